"""Papers of the counter: receipt and control slip.

Forms 01 and 06 of TT 03/2025/TT-VPCP Annex I; the dossier's code is printed as Code 128
and QR (TT 01/2018/TT-VPCP Art 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadastre.certificate.papers_frame import (
    DossierOnPaper,
    Head,
    Signatory,
    names_vi,
    render,
)
from cadastre.drawing.codes import code128_svg, qr_svg
from cadastre.drawing.wording import EMPTY, moment_vi, text_vi


@dataclass(frozen=True, slots=True)
class LodgedPaper:
    """A paper handed in: title, whether original or copy, how many, of which group of the list."""

    title: str
    form: str = "Bản sao"
    copies: int = 1
    group: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A result and the moment for which it is promised."""

    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """Receipt of a dossier with what was handed in and the appointments."""

    head: Head
    dossier: DossierOnPaper
    documents: tuple[LodgedPaper, ...]
    appointments: tuple[Appointment, ...]
    time_limit: str
    channel: str
    collect_at: str
    received_by: Signatory
    receiver: str = "Bộ phận Một cửa"
    parcel: str = ""
    sets: int = 1
    book: str = ""
    lookup_url: str = ""
    note: str = ""


def receipt(paper: ReceiptPaper, *, sample: bool = False) -> bytes:
    """Return the receipt as PDF/A."""
    dossier = paper.dossier
    first, others = dossier.people[0], dossier.people[1:]
    content = {
        **dossier.shown(),
        "receiver": paper.receiver,
        "co_applicants": [names_vi([other]) for other in others],
        "parcel": paper.parcel,
        "documents": _papers(paper.documents),
        "sets": paper.sets,
        "channel": paper.channel,
        "time_limit": paper.time_limit,
        "received_at": moment_vi(dossier.received_at),
        "appointments": _appointments(paper.appointments),
        "collect_at": text_vi(paper.collect_at),
        "book": paper.book,
        "note": paper.note,
        "left": Signatory("Người nộp hồ sơ", first.name).shown(),
        "right": paper.received_by.shown(),
    }
    images = {
        "barcode": code128_svg(dossier.code),
        "qr": qr_svg(paper.lookup_url or dossier.code, size_mm=27.0),
    }
    return render(
        "receipt", paper.head, content, sample=sample, reference=dossier.code, images=images
    )


def _papers(documents: tuple[LodgedPaper, ...]) -> list[dict[str, str | int]]:
    return [{"title": d.title, "form": d.form, "copies": d.copies} for d in documents]


def _appointments(appointments: tuple[Appointment, ...]) -> list[dict[str, str]]:
    return [{"title": a.title, "at": moment_vi(a.at)} for a in appointments]


@dataclass(frozen=True, slots=True)
class HandOver:
    """One hand-over of the dossier; ``outcome`` is early, on_time, overdue or empty (open)."""

    from_unit: str
    to_unit: str
    handed_over_at: datetime
    due_at: datetime | None = None
    outcome: str = ""
    from_person: str = ""
    to_person: str = ""
    note: str = ""


#: Words of the control slip for the three outcomes of a hand-over.
OUTCOME_VI = {"early": "Trước hạn", "on_time": "Đúng hạn", "overdue": "Quá hạn", "": EMPTY}


@dataclass(frozen=True, slots=True)
class ControlSlipPaper:
    """Slip that travels with the dossier and keeps the time of every hand-over."""

    head: Head
    dossier: DossierOnPaper
    hand_overs: tuple[HandOver, ...]
    appointments: tuple[Appointment, ...] = ()


def control_slip(paper: ControlSlipPaper, *, sample: bool = False) -> bytes:
    """Return the control slip as PDF/A."""
    content = {
        **paper.dossier.shown(),
        "appointments": _appointments(paper.appointments),
        "hand_overs": [
            {
                "from": _unit(h.from_unit, h.from_person),
                "to": _unit(h.to_unit, h.to_person),
                "at": moment_vi(h.handed_over_at),
                "due": moment_vi(h.due_at) if h.due_at else EMPTY,
                "outcome": OUTCOME_VI[h.outcome],
                "note": h.note,
            }
            for h in paper.hand_overs
        ],
    }
    code = paper.dossier.code
    images = {"barcode": code128_svg(code)}
    return render("control_slip", paper.head, content, sample=sample, reference=code, images=images)


def _unit(unit: str, person: str) -> str:
    return f"{unit} ({person})" if person else unit

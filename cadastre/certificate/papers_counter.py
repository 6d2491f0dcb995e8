"""Papers of the counter: receipt and control slip.

Forms 01 and 06 of TT 03/2025/TT-VPCP Annex I; the dossier's code is printed as Code 128
and QR (TT 01/2018/TT-VPCP Art 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadastre.certificate.papers_frame import (
    Authority,
    Form,
    Person,
    Signatory,
    names_vi,
    render,
)
from cadastre.drawing.codes import code128_svg, qr_svg
from cadastre.drawing.wording import EMPTY, moment_vi, text_vi


@dataclass(frozen=True, slots=True)
class LodgedPaper:
    """A paper handed in: title, whether original or copy, and how many."""

    title: str
    form: str = "Bản sao"
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Appointment:
    """A result and the moment for which it is promised."""

    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """Receipt of a dossier; ``applicants`` begins with the one who is addressed."""

    form: Form
    authority: Authority
    code: str
    made_at: datetime
    applicants: tuple[Person, ...]
    procedure_title: str
    documents: tuple[LodgedPaper, ...]
    received_at: datetime
    appointments: tuple[Appointment, ...]
    time_limit: str
    channel: str
    collect_at: str
    received_by: Signatory
    number: str | None = None
    receiver: str = "Bộ phận Một cửa"
    parcel: str = ""
    sets: int = 1
    book: str = ""
    lookup_url: str = ""
    note: str = ""


def receipt(paper: ReceiptPaper, *, sample: bool = False) -> bytes:
    """Return the receipt as PDF/A."""
    first, others = paper.applicants[0], paper.applicants[1:]
    content = {
        "code": paper.code,
        "receiver": paper.receiver,
        "applicant": first.shown(),
        "co_applicants": [names_vi([other]) for other in others],
        "procedure_title": paper.procedure_title,
        "parcel": paper.parcel,
        "documents": _papers(paper.documents),
        "sets": paper.sets,
        "channel": paper.channel,
        "time_limit": paper.time_limit,
        "received_at": moment_vi(paper.received_at),
        "appointments": [{"title": a.title, "at": moment_vi(a.at)} for a in paper.appointments],
        "collect_at": text_vi(paper.collect_at),
        "book": paper.book,
        "note": paper.note,
        "left": Signatory("Người nộp hồ sơ", first.name).shown(),
        "right": paper.received_by.shown(),
    }
    return render(
        "receipt",
        content,
        form=paper.form,
        authority=paper.authority,
        made_at=paper.made_at,
        sample=sample,
        number=paper.number,
        reference=paper.code,
        images={
            "barcode": code128_svg(paper.code),
            "qr": qr_svg(paper.lookup_url or paper.code, size_mm=27.0),
        },
    )


def _papers(documents: tuple[LodgedPaper, ...]) -> list[dict[str, str | int]]:
    return [{"title": d.title, "form": d.form, "copies": d.copies} for d in documents]


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

    form: Form
    authority: Authority
    made_at: datetime
    code: str
    applicants: tuple[Person, ...]
    procedure_title: str
    hand_overs: tuple[HandOver, ...]
    appointments: tuple[Appointment, ...] = ()
    number: str | None = None


def control_slip(paper: ControlSlipPaper, *, sample: bool = False) -> bytes:
    """Return the control slip as PDF/A."""
    content = {
        "code": paper.code,
        "names": names_vi(paper.applicants),
        "procedure_title": paper.procedure_title,
        "appointments": [{"title": a.title, "at": moment_vi(a.at)} for a in paper.appointments],
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
    return render(
        "control_slip",
        content,
        form=paper.form,
        authority=paper.authority,
        made_at=paper.made_at,
        sample=sample,
        number=paper.number,
        reference=paper.code,
        images={"barcode": code128_svg(paper.code)},
    )


def _unit(unit: str, person: str) -> str:
    return f"{unit} ({person})" if person else unit

"""Letters of the counter to the applicant: supplement request, refusal, apology, stop.

Forms 02 to 05 of TT 03/2025/TT-VPCP Annex I. Each names the dossier, gives its reason and is
signed; what else it says is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cadastre.certificate.papers_frame import (
    DossierOnPaper,
    Head,
    Signatory,
    render,
)
from cadastre.drawing.wording import moment_vi, text_vi


@dataclass(frozen=True, slots=True)
class Letter:
    """What every letter to the applicant has."""

    head: Head
    dossier: DossierOnPaper
    reason: str
    signed_by: Signatory


@dataclass(frozen=True, slots=True)
class SupplementPaper(Letter):
    """Request to complete a dossier: what is asked for, and whom to ask about it."""

    items: tuple[str, ...]
    contact: str = ""


def supplement_request(paper: SupplementPaper, *, sample: bool = False) -> bytes:
    """Return the request to complete the dossier as PDF/A."""
    content = {"items": list(paper.items), "contact": text_vi(paper.contact)}
    return _letter("supplement", paper, content, sample)


@dataclass(frozen=True, slots=True)
class RefusalPaper(Letter):
    """Refusal to accept a dossier, and where it belongs."""

    guidance: str


def refusal(paper: RefusalPaper, *, sample: bool = False) -> bytes:
    """Return the refusal of acceptance as PDF/A."""
    return _letter("refusal", paper, {"guidance": text_vi(paper.guidance)}, sample)


@dataclass(frozen=True, slots=True)
class ApologyPaper(Letter):
    """Apology for lateness: what was promised, and the one new date."""

    promised_at: datetime
    new_date: datetime


def apology(paper: ApologyPaper, *, sample: bool = False) -> bytes:
    """Return the apology with the new date as PDF/A."""
    content = {"promised": moment_vi(paper.promised_at), "new_date": moment_vi(paper.new_date)}
    return _letter("apology", paper, content, sample)


@dataclass(frozen=True, slots=True)
class StopPaper(Letter):
    """Notice that a dossier is no longer handled: withdrawn, sent back or refused."""

    returned: tuple[str, ...] = ()
    guidance: str = ""


def stop_notice(paper: StopPaper, *, sample: bool = False) -> bytes:
    """Return the notice that the handling stops as PDF/A."""
    content = {"returned": list(paper.returned), "guidance": paper.guidance}
    return _letter("stop_notice", paper, content, sample)


def _letter(template: str, paper: Letter, content: Mapping[str, Any], sample: bool) -> bytes:
    entries = {
        **paper.dossier.shown(),
        "reason": text_vi(paper.reason),
        "left": Signatory("Người nộp hồ sơ", paper.dossier.people[0].name).shown(),
        "right": paper.signed_by.shown(),
        **content,
    }
    return render(template, paper.head, entries, sample=sample, reference=paper.dossier.code)

"""Letters of the counter to the applicant: supplement request, refusal, apology, stop.

Forms 02 to 05 of TT 03/2025/TT-VPCP Annex I.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cadastre.certificate.papers_frame import (
    Authority,
    Form,
    Person,
    Signatory,
    names_vi,
    render,
)
from cadastre.drawing.wording import LEGAL_TIME, date_vi, moment_vi, text_vi


@dataclass(frozen=True, slots=True)
class SupplementPaper:
    """Request to complete a dossier: what is asked for, and why."""

    form: Form
    authority: Authority
    made_at: datetime
    applicants: tuple[Person, ...]
    procedure_title: str
    items: tuple[str, ...]
    reason: str
    signed_by: Signatory
    code: str = ""
    number: str | None = None
    contact: str = ""


def supplement_request(paper: SupplementPaper, *, sample: bool = False) -> bytes:
    """Return the request to complete the dossier as PDF/A."""
    content = {
        "applicant": paper.applicants[0].shown(),
        "names": names_vi(paper.applicants),
        "procedure_title": paper.procedure_title,
        "items": list(paper.items),
        "reason": text_vi(paper.reason),
        "code": paper.code,
        "contact": paper.contact,
        "left": Signatory("Người nộp hồ sơ", paper.applicants[0].name).shown(),
        "right": paper.signed_by.shown(),
    }
    return render(
        "supplement",
        content,
        form=paper.form,
        authority=paper.authority,
        made_at=paper.made_at,
        sample=sample,
        number=paper.number,
        reference=paper.code,
    )


@dataclass(frozen=True, slots=True)
class RefusalPaper:
    """Refusal to accept a dossier, with the reason and where it belongs."""

    form: Form
    authority: Authority
    made_at: datetime
    applicants: tuple[Person, ...]
    procedure_title: str
    reason: str
    guidance: str
    signed_by: Signatory
    number: str | None = None
    reference: str = ""


def refusal(paper: RefusalPaper, *, sample: bool = False) -> bytes:
    """Return the refusal of acceptance as PDF/A."""
    content = {
        "applicant": paper.applicants[0].shown(),
        "names": names_vi(paper.applicants),
        "procedure_title": paper.procedure_title,
        "reason": text_vi(paper.reason),
        "guidance": text_vi(paper.guidance),
        "left": Signatory("Người nộp hồ sơ", paper.applicants[0].name).shown(),
        "right": paper.signed_by.shown(),
    }
    return render(
        "refusal",
        content,
        form=paper.form,
        authority=paper.authority,
        made_at=paper.made_at,
        sample=sample,
        number=paper.number,
        reference=paper.reference,
    )


@dataclass(frozen=True, slots=True)
class ApologyPaper:
    """Apology for lateness: what was promised, why it is late, the one new date."""

    form: Form
    authority: Authority
    made_at: datetime
    code: str
    applicants: tuple[Person, ...]
    procedure_title: str
    received_at: datetime
    promised_at: datetime
    new_date: datetime
    reason: str
    signed_by: Signatory
    number: str | None = None


def apology(paper: ApologyPaper, *, sample: bool = False) -> bytes:
    """Return the apology with the new date as PDF/A."""
    content = {
        **_addressed(paper),
        "promised": moment_vi(paper.promised_at),
        "new_date": moment_vi(paper.new_date),
    }
    return _letter("apology", paper, content, sample)


@dataclass(frozen=True, slots=True)
class StopPaper:
    """Notice that a dossier is no longer handled: withdrawn, sent back or refused."""

    form: Form
    authority: Authority
    made_at: datetime
    code: str
    applicants: tuple[Person, ...]
    procedure_title: str
    received_at: datetime
    reason: str
    signed_by: Signatory
    returned: tuple[str, ...] = ()
    guidance: str = ""
    number: str | None = None


def stop_notice(paper: StopPaper, *, sample: bool = False) -> bytes:
    """Return the notice that the handling stops as PDF/A."""
    content = {
        **_addressed(paper),
        "returned": list(paper.returned),
        "guidance": paper.guidance,
    }
    return _letter("stop_notice", paper, content, sample)


def _addressed(paper: ApologyPaper | StopPaper) -> dict[str, Any]:
    return {
        "names": names_vi(paper.applicants),
        "code": paper.code,
        "procedure_title": paper.procedure_title,
        "issuer": paper.authority.name,
        "received_on": date_vi(paper.received_at.astimezone(LEGAL_TIME).date()),
        "reason": text_vi(paper.reason),
        "right": paper.signed_by.shown(),
    }


def _letter(
    template: str, paper: ApologyPaper | StopPaper, content: dict[str, Any], sample: bool
) -> bytes:
    return render(
        template,
        content,
        form=paper.form,
        authority=paper.authority,
        made_at=paper.made_at,
        sample=sample,
        number=paper.number,
        reference=paper.code,
    )

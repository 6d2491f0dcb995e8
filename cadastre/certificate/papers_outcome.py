"""Papers of the outcome: tax information sheet, registration notice, page of the register.

Forms 19 and 16 of ND 151/2025/ND-CP and their provincial successors; the register page
follows the land register of TT 10/2024/TT-BTNMT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cadastre.certificate.papers_frame import (
    DossierOnPaper,
    Head,
    ParcelOnPaper,
    Person,
    Signatory,
    names_vi,
    render,
)
from cadastre.drawing.wording import EMPTY, date_vi, text_vi


@dataclass(frozen=True, slots=True)
class TaxPaper:
    """Information sheet from which the tax authority determines the obligation."""

    head: Head
    dossier: DossierOnPaper
    tax_office: str
    parcel: ParcelOnPaper
    signed_by: Signatory
    location: str | None = None
    papers_of_right: str | None = None
    used_since: str | None = None
    assets: str | None = None
    relief: str | None = None
    attachments: tuple[str, ...] = ()


def tax_sheet(paper: TaxPaper, *, sample: bool = False) -> bytes:
    """Return the information sheet to the tax authority as PDF/A."""
    content = {
        **_people_and_parcel(paper.dossier.people, paper.parcel),
        "tax_office": paper.tax_office,
        "location": text_vi(paper.location),
        "papers_of_right": text_vi(paper.papers_of_right),
        "used_since": text_vi(paper.used_since),
        "assets": text_vi(paper.assets),
        "relief": text_vi(paper.relief),
        "attachments": list(paper.attachments),
        "left": None,
        "right": paper.signed_by.shown(),
    }
    return render("tax_sheet", paper.head, content, sample=sample, reference=paper.dossier.code)


def _people_and_parcel(holders: tuple[Person, ...], parcel: ParcelOnPaper) -> dict[str, Any]:
    people = [
        {**person.shown(), "born": str(person.birth_date.year) if person.birth_date else EMPTY}
        for person in holders
    ]
    return {"people": people, "names": names_vi(holders), "parcel": parcel.shown()}


@dataclass(frozen=True, slots=True)
class NoticePaper:
    """Notice that a registration is entered, without a certificate."""

    head: Head
    dossier: DossierOnPaper
    parcel: ParcelOnPaper
    findings: str
    conclusion: str
    signed_by: Signatory
    assets: str | None = None
    recipients: tuple[str, ...] = ()


def registration_notice(paper: NoticePaper, *, sample: bool = False) -> bytes:
    """Return the notice of the registration's result as PDF/A."""
    content = {
        **paper.dossier.shown(),
        **_people_and_parcel(paper.dossier.people, paper.parcel),
        "findings": text_vi(paper.findings),
        "conclusion": text_vi(paper.conclusion),
        "assets": text_vi(paper.assets),
        "recipients": list(paper.recipients),
        "right": paper.signed_by.shown(),
    }
    return render(
        "registration_notice", paper.head, content, sample=sample, reference=paper.dossier.code
    )


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A line of the register page: when, what on which ground, dossier, by whom."""

    entered_on: date
    content: str
    code: str = ""
    entered_by: str = ""


@dataclass(frozen=True, slots=True)
class RegisterPaper:
    """Page of the land register for one parcel."""

    head: Head
    page: str
    holders: tuple[Person, ...]
    parcel: ParcelOnPaper
    entries: tuple[RegisterEntry, ...]
    signed_by: Signatory
    serial: str | None = None
    book_number: str | None = None
    issued_on: date | None = None
    assets: str | None = None


def register_page(paper: RegisterPaper, *, sample: bool = False) -> bytes:
    """Return the page of the land register as PDF/A."""
    people_and_parcel = _people_and_parcel(paper.holders, paper.parcel)
    for person in people_and_parcel["people"]:
        person["share"] = person["share"] or EMPTY
    content = {
        **people_and_parcel,
        "page": paper.page,
        "serial": text_vi(paper.serial),
        "book_number": text_vi(paper.book_number),
        "issued_on": date_vi(paper.issued_on),
        "assets": text_vi(paper.assets),
        "entries": [
            {
                "on": date_vi(entry.entered_on),
                "content": entry.content,
                "code": text_vi(entry.code),
                "by": text_vi(entry.entered_by),
            }
            for entry in paper.entries
        ],
        "right": paper.signed_by.shown(),
    }
    return render("register_page", paper.head, content, sample=sample, reference=paper.page)


@dataclass(frozen=True, slots=True)
class DecisionPaper:
    """Decision on an issued certificate; ``lines`` are what was found, title and words."""

    head: Head
    dossier: DossierOnPaper
    holders: tuple[Person, ...]
    parcel: str
    serial: str
    book_number: str
    lines: tuple[tuple[str, str], ...]
    signed_by: Signatory
    effect: str = ""


def certificate_decision(paper: DecisionPaper, *, sample: bool = False) -> bytes:
    """Return the decision on a certificate as PDF/A."""
    content = {
        **paper.dossier.shown(),
        "names": names_vi(paper.holders),
        "parcel": text_vi(paper.parcel),
        "serial": paper.serial,
        "book_number": paper.book_number,
        "lines": [{"title": title, "text": text_vi(words)} for title, words in paper.lines],
        "effect": paper.effect,
        "right": paper.signed_by.shown(),
    }
    return render(
        "certificate_decision", paper.head, content, sample=sample, reference=paper.dossier.code
    )

"""Papers of the public posting: the list and the minutes of its closing.

The list names what the commune confirmed, at its office and in the residential area (form 17
of ND 151/2025/ND-CP and its provincial successors); the minutes close it with the opinions
that came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cadastre.certificate.papers_frame import (
    Head,
    ParcelOnPaper,
    Person,
    Signatory,
    names_vi,
    render,
    shown,
)
from cadastre.drawing.wording import area_vi, date_vi, moment_vi, text_vi


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """One dossier on the list, with what the commune confirmed about it."""

    code: str
    holders: tuple[Person, ...]
    parcel: ParcelOnPaper
    origin: str | None = None
    dispute: str | None = None
    planning: str | None = None

    def shown(self) -> dict[str, str]:
        """Return the printed entries."""
        return {
            "code": self.code,
            "names": names_vi(self.holders),
            "address": text_vi(self.parcel.address),
            "sheet": self.parcel.sheet,
            "parcel": self.parcel.parcel,
            "label": self.parcel.label,
            "area": area_vi(self.parcel.area_m2),
            "uses": "; ".join(p.shown()["title"] for p in self.parcel.purposes),
            "origin": text_vi(self.origin),
            "dispute": text_vi(self.dispute),
            "planning": text_vi(self.planning),
        }


@dataclass(frozen=True, slots=True)
class Posting:
    """What is posted from ``first_day`` to the end of ``last_day``, and at which ``places``."""

    entries: tuple[PostedEntry, ...]
    first_day: date
    last_day: date
    places: str
    subtitle: str = ""

    def shown(self) -> dict[str, Any]:
        """Return the printed entries."""
        return {
            "entries": [entry.shown() for entry in self.entries],
            "from": date_vi(self.first_day),
            "to": date_vi(self.last_day),
            "days": (self.last_day - self.first_day).days + 1,
            "places": self.places,
            "subtitle": self.subtitle,
        }


@dataclass(frozen=True, slots=True)
class PostingPaper:
    """Public list of what is posted, and where one objects."""

    head: Head
    posting: Posting
    contact: str
    signed_by: Signatory
    made_by: Signatory | None = None


def posting_list(paper: PostingPaper, *, sample: bool = False) -> bytes:
    """Return the public list as PDF/A."""
    content = {
        **paper.posting.shown(),
        "contact": paper.contact,
        "left": shown(paper.made_by),
        "right": paper.signed_by.shown(),
    }
    return render("posting_list", paper.head, content, sample=sample)


@dataclass(frozen=True, slots=True)
class Objection:
    """An opinion that came in while the list was posted, and what was answered."""

    made_by: str
    made_on: date
    text: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class MinutesPaper:
    """Minutes of the closing of a posting; ``present`` are (name, title) pairs who sign."""

    head: Head
    posting: Posting
    held_at: str
    present: tuple[tuple[str, str], ...]
    conclusion: str
    objections: tuple[Objection, ...] = ()
    list_number: str = ""
    copies: int = 3


def minutes(paper: MinutesPaper, *, sample: bool = False) -> bytes:
    """Return the minutes of closing as PDF/A."""
    content = {
        **paper.posting.shown(),
        "moment": moment_vi(paper.head.made_at),
        "place": paper.held_at,
        "present": [{"name": name, "title": title} for name, title in paper.present],
        "signers": [Signatory(title, name).shown() for name, title in paper.present],
        "objections": _objections(paper.objections),
        "conclusion": paper.conclusion,
        "list_number": paper.list_number,
        "copies": paper.copies,
    }
    return render("minutes", paper.head, content, sample=sample)


def _objections(objections: Sequence[Objection]) -> list[dict[str, str]]:
    return [
        {
            "by": objection.made_by,
            "at": date_vi(objection.made_on),
            "text": objection.text,
            "answer": text_vi(objection.answer),
        }
        for objection in objections
    ]

"""What papers of the procedure have in common: head, dossier, people, parcel, signatures, stamp.

Titles and form numbers are data: since ND 49/2026/ND-CP Art 15 each province sets them, so
they come with the procedure's profile. The templates lie beside this module and say in
their first lines what they print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from cadastre.drawing.papers import compile_paper
from cadastre.drawing.wording import (
    EMPTY,
    LEGAL_TIME,
    area_vi,
    date_vi,
    long_date_vi,
    moment_vi,
    text_vi,
)

TEMPLATES = Path(__file__).parent / "templates"
#: Version of the templates; it is written into each paper's footer.
TEMPLATE_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Form:
    """Title of a paper, its form number, and the text that prescribes it."""

    title: str
    number: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """The office that issues: ``superior`` above ``name``; ``place`` stands before the date."""

    name: str
    superior: str = ""
    unit: str = ""
    place: str = ""
    province: str = ""

    @classmethod
    def of_commune(cls, kind: str, name: str, province: str) -> Authority:
        """Return the People's Committee of a commune.

        >>> Authority.of_commune("xã", "Khánh Vĩnh", "Khánh Hòa").superior
        'Ủy ban nhân dân tỉnh Khánh Hòa'
        """
        return cls(
            name=f"Ủy ban nhân dân {kind} {name}",
            superior=f"Ủy ban nhân dân tỉnh {province}",
            place=name,
            province=province,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a paper: its form, who issues it, when it was made, its own number if it has one."""

    form: Form
    authority: Authority
    made_at: datetime
    number: str | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A person or body on a paper, with the share of a co-user where there are several."""

    name: str
    id_number: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    address: str | None = None
    phone: str | None = None
    share: Fraction | None = None

    def shown(self) -> dict[str, str]:
        """Return the printed entries, empty ones as ``-/-``."""
        return {
            "name": text_vi(self.name),
            "id_number": text_vi(self.id_number),
            "birth_date": date_vi(self.birth_date),
            "gender": text_vi(self.gender),
            "address": text_vi(self.address),
            "phone": text_vi(self.phone),
            "share": share_vi(self.share),
        }


@dataclass(frozen=True, slots=True)
class Purpose:
    """One land type of a parcel: code, name, area, form of use, term, origin."""

    land_use: str
    name: str = ""
    area_m2: float | None = None
    form: str | None = None
    term: str | None = None
    origin: str | None = None

    def shown(self) -> dict[str, str]:
        """Return the printed entries."""
        return {
            "title": f"{self.name} ({self.land_use})" if self.name else self.land_use,
            "area": area_vi(self.area_m2),
            "form": text_vi(self.form),
            "term": text_vi(self.term),
            "origin": text_vi(self.origin),
        }


@dataclass(frozen=True, slots=True)
class ParcelOnPaper:
    """The parcel as papers name it; ``area_m2`` is the area that is certified."""

    sheet: str
    parcel: str
    commune: str
    province: str
    area_m2: float
    purposes: tuple[Purpose, ...] = ()
    address: str | None = None
    identifier: str | None = None
    former: str | None = None

    @property
    def label(self) -> str:
        """Return "Thửa đất số 34, tờ bản đồ số 98" with the commune."""
        return f"Thửa đất số {self.parcel}, tờ bản đồ số {self.sheet}, {self.commune}"

    def shown(self) -> dict[str, Any]:
        """Return the printed entries."""
        several = len(self.purposes) > 1
        purposes = "; ".join(
            f"{p.shown()['title']}: {p.shown()['area']}\u00a0m²"
            if several and p.area_m2 is not None
            else p.shown()["title"]
            for p in self.purposes
        )
        return {
            "sheet": self.sheet,
            "parcel": self.parcel,
            "commune": self.commune,
            "province": self.province,
            "area": area_vi(self.area_m2),
            "purposes": purposes or EMPTY,
            "purpose_rows": [p.shown() for p in self.purposes],
            "address": text_vi(self.address),
            "identifier": text_vi(self.identifier),
            "former": text_vi(self.former),
            "label": self.label,
        }


@dataclass(frozen=True, slots=True)
class DossierOnPaper:
    """The dossier as papers name it; ``people`` begins with the one who is addressed."""

    code: str
    procedure_title: str
    people: tuple[Person, ...]
    received_at: datetime

    @property
    def received_on(self) -> date:
        """Day of the lodging in legal time."""
        return self.received_at.astimezone(LEGAL_TIME).date()

    def shown(self) -> dict[str, Any]:
        """Return the printed entries."""
        return {
            "code": self.code,
            "procedure_title": self.procedure_title,
            "names": names_vi(self.people),
            "addressed": "; ".join(person.name for person in self.people),
            "applicant": self.people[0].shown(),
            "received_on": date_vi(self.received_on),
        }


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs: title and name; ``signed_at`` makes it the visible block of a digital signature.

    ``on_behalf`` is the line above the title, such as "TM. ỦY BAN NHÂN DÂN".
    """

    title: str
    name: str = ""
    on_behalf: str = ""
    organisation: str = ""
    signed_at: datetime | None = None
    hint: str = "(Ký, ghi rõ họ tên)"

    def shown(self) -> dict[str, str]:
        """Return the printed entries."""
        return {
            "title": self.title,
            "name": self.name,
            "on_behalf": self.on_behalf,
            "organisation": self.organisation,
            "signed_at": moment_vi(self.signed_at) if self.signed_at else "",
            "hint": "" if self.signed_at else self.hint,
        }


def share_vi(share: Fraction | None) -> str:
    """Return an exact share, or nothing for the only user.

    >>> share_vi(Fraction(1, 3)), share_vi(Fraction(1)), share_vi(None)
    ('1/3', '', '')
    """
    return "" if share is None or share == 1 else f"{share.numerator}/{share.denominator}"


def render(
    template: str,
    head: Head,
    content: Mapping[str, Any],
    *,
    sample: bool,
    reference: str = "",
    images: Mapping[str, str] | None = None,
) -> bytes:
    """Return the PDF/A of one paper: the frame's entries and the paper's own content.

    Parameters
    ----------
    template : name of the template without ``.typ``
    head : its moment dates the paper and the file; a line to fill in stands for no number
    reference : what the footer says beside the version of the template
    """
    form, authority = head.form, head.authority
    version = f"{template}/{TEMPLATE_VERSION}"
    frame = {
        "form": {"title": form.title, "number": form.number, "basis": form.basis},
        "authority": {
            "name": authority.name.upper(),
            "superior": authority.superior.upper(),
            "unit": authority.unit.upper(),
            "place": authority.place,
        },
        "issuer": authority.name,
        "number": head.number or "……………",
        "long_date": long_date_vi(head.made_at.astimezone(LEGAL_TIME).date()),
        "footer": f"{reference} · {version}" if reference else version,
    }
    return compile_paper(
        TEMPLATES / f"{template}.typ",
        {**frame, **content},
        images,
        timestamp=head.made_at,
        sample=sample,
        draft=head.draft,
    )


def shown(signatory: Signatory | None) -> dict[str, str] | None:
    """Return the printed entries of a signatory who may be absent."""
    return None if signatory is None else signatory.shown()


def names_vi(people: Sequence[Person]) -> str:
    """Return the names in a row, with their shares.

    >>> names_vi([Person("Cao Thị Mẫu", share=Fraction(1, 2)), Person("Mấu Văn Thử")])
    'Cao Thị Mẫu (1/2); Mấu Văn Thử'
    """
    parts = []
    for person in people:
        share = share_vi(person.share)
        parts.append(f"{person.name} ({share})" if share else person.name)
    return "; ".join(parts) or EMPTY

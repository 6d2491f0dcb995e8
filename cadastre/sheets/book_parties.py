"""Owners as a land book writes them -> parties with kind, role and share.

``Ông Nguyễn Văn A và bà Trần Thị B`` are two persons. A couple holds together (Law on
Marriage and Family 52/2014/QH13 Art 33, 34): one half each unless the book says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from cadastre.sheets.columns import fold

_SEPARATOR = re.compile(r"\s*[;\n]\s*|\s+và\s+(?=(?:ông|bà|vợ|chồng)\b)|\s*&\s*", re.IGNORECASE)
_TITLE = re.compile(r"^(?:(hộ)\s+)?(?:(ông|bà)\s*[:.]?\s+)?", re.IGNORECASE)
_SPOUSE = re.compile(r"^(?:và\s+)?(?:(vợ|chồng)\s*(?:là)?\s*[:.]?\s*)", re.IGNORECASE)
_KINDS = {
    "canhan": "person", "hogiadinh": "household", "ho": "household", "vochong": "couple",
    "congdong": "community", "congdongdancu": "community", "tochuc": "organisation",
}  # fmt: skip
_ORGANISATIONS = (
    "ubnd", "uyban", "congty", "truong", "tram", "nhavanhoa", "chua", "nhatho", "hoptacxa",
    "htx", "banquanly", "doanhnghiep", "lamtruong",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """A holder; ``share`` is (numerator, denominator), (0, 0) while it is not stated."""

    name: str
    kind: str = "person"
    id_number: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    address: str | None = None
    share: tuple[int, int] = (0, 0)
    role: str = "user"


def parties_of(cell: Mapping[str, str | None]) -> list[Party]:
    """Holders in one group of columns, a spouse's column included.

    >>> [(p.name, p.gender) for p in parties_of({"name": "Ông Lê A và bà Trần Thị B"})]
    [('Lê A', 'male'), ('Trần Thị B', 'female')]
    """
    names = [part for part in _SEPARATOR.split(cell.get("name") or "") if part.strip()]
    if not names:
        return []
    ids = re.split(r"\s*[;\n,]\s*", cell.get("id_number") or "")
    share = _share(cell.get("share"))
    found = [
        replace(
            _person(name, cell),
            id_number=(ids[at] or None) if at < len(ids) else None,
            share=share if len(names) == 1 else (0, 0),
        )
        for at, name in enumerate(names)
    ]
    if cell.get("spouse"):
        found.append(
            replace(
                _person(str(cell["spouse"]), {**cell, "gender": None, "kind": None, "role": None}),
                id_number=cell.get("spouse_id"),
                birth_date=_date(cell.get("spouse_birth")),
                role="spouse",
            )
        )
    return found


def _person(text: str, cell: Mapping[str, str | None]) -> Party:
    spouse = _SPOUSE.match(text)
    rest = text[spouse.end() :] if spouse else text
    title = _TITLE.match(rest)
    name = rest[title.end() :].strip(" ,.:") if title else rest.strip()
    household = bool(title and title.group(1))
    folded = fold(name)
    kind = _KINDS.get(fold(cell.get("kind") or ""), "")
    if not kind and folded.startswith(_ORGANISATIONS):
        kind = "organisation"
    honour = (title.group(2) or "").lower() if title else ""
    said = spouse.group(1).lower() if spouse else ""
    return Party(
        name=" ".join(name.split()) or text.strip(),
        kind=kind if kind and kind != "couple" else ("household" if household else "person"),
        birth_date=_date(cell.get("birth_date")),
        gender=_gender(cell.get("gender"), honour, said),
        address=cell.get("party_address"),
        role="spouse" if spouse else _role(cell.get("role")),
    )


def _gender(stated: str | None, honour: str, spouse: str) -> str | None:
    word = fold(stated or "")
    if word in {"nam", "male", "1", "ong"} or honour == "ông" or spouse == "chồng":
        return "male"
    if word in {"nu", "female", "0", "ba"} or honour == "bà" or spouse == "vợ":
        return "female"
    return None


def _role(stated: str | None) -> str:
    word = fold(stated or "")
    if word in {"vo", "chong", "spouse"}:
        return "spouse"
    return {"chuho": "head", "daidien": "representative", "nguoidaidien": "representative",
            "thanhvien": "member"}.get(word, "user")  # fmt: skip


def _share(stated: str | None) -> tuple[int, int]:
    """Return ``1/2``, ``50 %`` or ``0,5`` as a fraction; (0, 0) when nothing is said.

    >>> _share("1/2"), _share("50%"), _share("0,25"), _share(None)
    ((1, 2), (1, 2), (1, 4), (0, 0))
    """
    text = (stated or "").replace(",", ".").replace(" ", "")
    percent = text.endswith("%")
    try:
        value = Fraction(text.rstrip("%")).limit_denominator(10_000)
    except (ValueError, ZeroDivisionError):
        return (0, 0)
    value = value / 100 if percent else value
    return (value.numerator, value.denominator) if 0 < value <= 1 else (0, 0)


def _date(stated: str | None) -> date | None:
    """Return a full date; a bare year is not one and is left out."""
    text = (stated or "").strip()
    found = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", text)
    try:
        if found:
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        if iso:
            return date(*map(int, iso.groups()))
    except ValueError:
        return None
    return None


def with_shares(parties: Sequence[Party]) -> list[Party]:
    """Return parties whose shares sum to one: what is not stated is divided evenly.

    >>> [p.share for p in with_shares([Party("A"), Party("B", role="spouse")])]
    [(1, 2), (1, 2)]
    """
    stated = sum((Fraction(*p.share) for p in parties if p.share != (0, 0)), Fraction(0))
    silent = sum(p.share == (0, 0) for p in parties)
    if silent == 0:
        return list(parties)
    each = (Fraction(1) - stated) / silent if stated < 1 else Fraction(1, len(parties))
    return [
        replace(p, share=(each.numerator, each.denominator)) if p.share == (0, 0) else p
        for p in parties
    ]

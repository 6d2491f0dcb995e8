"""Labels of a drawing -> number, area and land use of the parcel in which they stand.

Labels come apart on levels of their own or together, as ``25/245.8 ODT``, ``1L654/119.3``
or in several lines; nodes of gCadas hold sheet, parcel, address, land use and owner.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre.formats.linework import LineWork

_NUMBER = r"(?P<parcel>\d{1,5}[a-zA-Z]?)"
_AREA = r"(?P<area>\d{1,3}(?:\.\d{3})+,\d+|\d+(?:[.,]\d+)?)(?:\s*m[2²])?"
_USE = r"(?P<use>[A-ZĐ]{2,4}(?:\+[A-ZĐ]{2,4})*)"
_TOGETHER = tuple(
    re.compile(form)
    for form in (
        rf"(?:{_USE}\s+)?(?:\d[A-Z])?{_NUMBER}\s*/\s*{_AREA}",
        rf"(?:\d[A-Z])?{_NUMBER}\s*/\s*{_AREA}\s+{_USE}",
        rf"{_USE}\s+{_NUMBER}\s+{_AREA}",
        rf"{_NUMBER}\s+{_AREA}\s+{_USE}",
        rf"{_NUMBER}\s+{_AREA}",
        rf"{_NUMBER}\s+{_USE}",
        rf"{_USE}\s+{_NUMBER}",
    )
)
_ANY = frozenset({"label"})
_NODE_LINES = 4


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says; None where it does not."""

    parcel: str | None = None
    area_m2: float | None = None
    land_use: str | None = None


def parse_label(text: str, roles: Set[str] = _ANY) -> Label:
    r"""Return what a label says, by its form and what its level is for.

    >>> parse_label("25/245.8 ODT", {"number"})
    Label(parcel='25', area_m2=245.8, land_use='ODT')
    >>> parse_label("1L654/119.3").parcel, parse_label("300", {"area"}).area_m2
    ('654', 300.0)
    >>> parse_label("12\n34\nThôn Đá Trải\nONT\nTrần Thị Bé").parcel
    '34'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) >= _NODE_LINES and all(re.fullmatch(_NUMBER, line) for line in lines[:2]):
        return _node(lines[1:])
    plain = " ".join(text.split())
    for form in _TOGETHER:
        found = form.fullmatch(plain)
        if found:
            said = found.groupdict()
            return Label(said["parcel"], _metres(said.get("area")), said.get("use"))
    if re.fullmatch(_AREA, plain) and ("area" in roles or re.search(r"[.,]|m[2²]$", plain)):
        return Label(area_m2=_metres(plain))
    if re.fullmatch(_NUMBER, plain) and roles & {"number", "label"}:
        return Label(parcel=plain)
    use = re.fullmatch(_USE, plain) and roles & {"land_use", "label"}
    return Label(land_use=plain) if use else Label()


def _node(lines: list[str]) -> Label:
    """Return what a node of several lines says, the sheet's number already taken off."""
    use = next((line for line in lines[1:] if re.fullmatch(_USE, line)), None)
    area = next((line for line in lines[1:] if re.fullmatch(_AREA, line)), None)
    return Label(lines[0], _metres(area), use)


def _metres(text: str | None) -> float | None:
    if text is None:
        return None
    plain = re.sub(r"\s*m[2²]$", "", text)
    plain = plain.replace(".", "") if "," in plain and "." in plain else plain
    return float(plain.replace(",", "."))


@dataclass(frozen=True)
class Joined:
    """Labels by polygon: values (None where there is none), and what did not fit.

    ``records`` is the element that names each polygon (0 without one), ``many`` the numbers
    of polygons with several, ``outside`` the places of labels that lie in no polygon.
    """

    parcel: np.ndarray
    area_m2: np.ndarray
    land_use: np.ndarray
    records: np.ndarray
    many: dict[int, list[str]]
    outside: np.ndarray


def join_labels(
    work: LineWork, polygons: np.ndarray, roles: Mapping[Any, frozenset[str]]
) -> Joined:
    """Give each polygon the labels that stand in it.

    Parameters
    ----------
    roles : what the labels of each level are for; labels of other levels say nothing here
    """
    said = [
        parse_label(text, roles[level]) if isinstance(text, str) and level in roles else Label()
        for text, level in zip(work.texts, work.point_levels, strict=True)
    ]
    telling = np.array([label != Label() for label in said], dtype=bool)
    label_at, polygon_at = shapely.STRtree(polygons).query(work.points, predicate="within")
    parcel: list[dict[str, int]] = [{} for _ in polygons]
    area = np.full(len(polygons), np.nan)
    use = np.full(len(polygons), None, dtype=object)
    for at, inside in zip(label_at.tolist(), polygon_at.tolist(), strict=True):
        label = said[at]
        if label.parcel is not None:
            parcel[inside].setdefault(label.parcel, int(work.point_records[at]))
        area[inside] = area[inside] if label.area_m2 is None else label.area_m2
        use[inside] = label.land_use or use[inside]
    return Joined(
        parcel=np.array([next(iter(p)) if len(p) == 1 else None for p in parcel], dtype=object),
        area_m2=area,
        land_use=use,
        records=np.array([next(iter(p.values()), 0) for p in parcel], dtype=int),
        many={at: list(p) for at, p in enumerate(parcel) if len(p) > 1},
        outside=np.setdiff1d(np.flatnonzero(telling), label_at),
    )

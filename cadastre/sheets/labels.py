"""Labels of a drawing -> number, area and land use of the parcel in which they stand.

Labels come apart on levels of their own or together, as ``25/245.8 ODT``, ``1L654/119.3``
or in several lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre.formats.linework import LineWork
from cadastre.sheets.linework import level_number

_NUMBER = r"(?P<parcel>\d{1,5}[a-zA-Z]?)"
_AREA = r"(?P<area>\d+(?:[.,]\d+)?)"
_USE = r"(?P<use>[A-ZĐ]{2,4}(?:\+[A-ZĐ]{2,4})*)"
_TOGETHER = (
    re.compile(rf"(?:{_USE}\s+)?(?:\d[A-Z])?{_NUMBER}\s*/\s*{_AREA}"),
    re.compile(rf"(?:\d[A-Z])?{_NUMBER}\s*/\s*{_AREA}\s+{_USE}"),
    re.compile(rf"{_USE}\s+{_NUMBER}\s+{_AREA}"),
    re.compile(rf"{_NUMBER}\s+{_AREA}\s+{_USE}"),
    re.compile(rf"{_NUMBER}\s+{_AREA}"),
)


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says; None where it does not."""

    parcel: str | None = None
    area_m2: float | None = None
    land_use: str | None = None


def parse_label(text: str, level: int | None, levels: Mapping[str, Any]) -> Label:
    """Return what a label says, by its form and, where that is not enough, by its level.

    >>> table = {"number": [13], "area": [4], "land_use": [2, 29]}
    >>> parse_label("25/245.8 ODT", 13, table)
    Label(parcel='25', area_m2=245.8, land_use='ODT')
    >>> parse_label("1L654/119.3", 11, table).parcel, parse_label("300", 4, table).area_m2
    ('654', 300.0)
    """
    plain = " ".join(text.split())
    for form in _TOGETHER:
        found = form.fullmatch(plain)
        if found:
            use = found.groupdict().get("use")
            return Label(found["parcel"], _metres(found["area"]), use)
    if re.fullmatch(_AREA, plain) and (level in levels["area"] or re.search(r"[.,]", plain)):
        return Label(area_m2=_metres(plain))
    if re.fullmatch(_NUMBER, plain) and level not in levels["land_use"]:
        return Label(parcel=plain)
    return Label(land_use=plain) if re.fullmatch(_USE, plain) else Label()


def _metres(text: str) -> float:
    return float(text.replace(",", "."))


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


def join_labels(work: LineWork, polygons: np.ndarray, levels: Mapping[str, Any]) -> Joined:
    """Give each polygon the labels that stand in it."""
    said = [
        parse_label(text, level_number(level), levels) if isinstance(text, str) else Label()
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

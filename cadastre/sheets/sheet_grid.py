"""Nomenclature of map sheets -> the square of the sheet grid that it names.

TT 26/2024/TT-BTNMT Art 5: the plane is cut from X = 0, Y = 500 km into squares of 6 x 6 km
(1:10000), named ``10-`` and the kilometres of X and Y of the top left corner, three digits
each; quarters of 3 km (1:5000, six digits); ninths of 1 km (1:2000, ``-1`` to ``-9``), and of
those 500 m (``-a`` to ``-d``), 250 m (``-(1)`` to ``-(16)``) and 100 m (``-1`` to ``-100``).
Corners are multiples of 3 km, so the digits left out of a kilometre are known again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

#: Side of a sheet (m) by scale.
SIDES_M = {10000: 6000, 5000: 3000, 2000: 1000, 1000: 500, 500: 250, 200: 100}
_KM = 1000
_NAME = re.compile(
    r"(?P<ten>10-)?(?P<x>\d{3})[ _]?(?P<y>\d{3})"
    r"(?:-(?P<ninth>[1-9])(?:-(?:(?P<quarter>[a-d])|\((?P<sixteenth>\d{1,2})\)"
    r"|(?P<hundredth>\d{1,3})))?)?",
    re.IGNORECASE,
)
#: Northing in Viet Nam (km) and easting in any of its zones (km).
_NORTHINGS, _EASTINGS = range(900, 2700), range(200, 800)


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the sheet grid in metres of its own zone, and the scale that it is for."""

    name: str
    scale: int
    west: float
    south: float
    side: float


def parse_nomenclature(text: str) -> Cell | None:
    """Return the square that a nomenclature names, or None where it is none.

    >>> cell = parse_nomenclature("10-338566")
    >>> cell.scale, cell.west, cell.south + cell.side
    (10000, 566000.0, 1338000.0)
    >>> cell = parse_nomenclature("338566-6-d")
    >>> cell.scale, cell.west, cell.south, cell.side
    (1000, 568500.0, 1336000.0, 500.0)
    >>> parse_nomenclature("201205") is None
    True
    """
    found = _NAME.fullmatch(text.strip())
    if found is None:
        return None
    step = 6 if found["ten"] else 3
    north = _kilometre(int(found["x"]), _NORTHINGS, 0, step)
    west = _kilometre(int(found["y"]), _EASTINGS, 500, step)
    if north is None or west is None or (found["ten"] and found["ninth"]):
        return None
    return _within(found, 10000 if found["ten"] else 5000, west * 1000.0, north * 1000.0)


def _kilometre(digits: int, likely: range, origin: int, step: int) -> int | None:
    """Return the whole kilometre that ends with these digits and is a corner of the grid."""
    whole = range(digits, likely.stop, _KM)
    return next((km for km in whole if km in likely and (km - origin) % step == 0), None)


def _within(found: re.Match[str], scale: int, west: float, north: float) -> Cell | None:
    side = float(SIDES_M[scale])
    for group, next_scale, columns in (
        ("ninth", 2000, 3), ("quarter", 1000, 2), ("sixteenth", 500, 4), ("hundredth", 200, 10),
    ):  # fmt: skip
        said = found[group]
        if said is None:
            continue
        place = "abcd".index(said.lower()) if group == "quarter" else int(said) - 1
        if not 0 <= place < columns**2:
            return None
        scale, side = next_scale, side / columns
        west += (place % columns) * side
        north -= (place // columns) * side
    return Cell(found.group(), scale, west, north - side, side)


def named_cells(texts: Iterable[object]) -> list[Cell]:
    """Return the distinct squares named by whole texts among ``texts``.

    >>> [cell.name for cell in named_cells(["12", "338566-6", None, "338566-6"])]
    ['338566-6']
    """
    distinct = dict.fromkeys(text for text in texts if isinstance(text, str))
    return [cell for text in distinct if (cell := parse_nomenclature(text)) is not None]


def name_in(stem: str) -> Cell | None:
    """Return the square that a part of a file's name stands for.

    >>> name_in("DC_338566-6-d_2012").scale, name_in("DC12")
    (1000, None)
    """
    for part in re.finditer(r"(?<!\d)(?:10-)?\d{6}(?:-\d(?:-(?:[a-d]|\(\d+\)|\d+))?)?(?!\d)", stem):
        cell = parse_nomenclature(part.group())
        if cell is not None:
            return cell
    return None


def frame_cells(corners: np.ndarray, scale: int, tolerance_m: float) -> int:
    """Return how many squares of the grid have all their corners among ``corners``.

    Frame corners are drawn without error (TT 25/2014 Art 7(2)).

    >>> square = np.array([[568500.0, 1336000], [569000, 1336000], [568500, 1336500],
    ...                    [569000, 1336500]])
    >>> frame_cells(square, 1000, 0.05), frame_cells(square + 3.0, 1000, 0.05)
    (1, 0)
    """
    side = float(SIDES_M.get(scale, 0))
    if side == 0 or len(corners) == 0:
        return 0
    places = (corners - np.array([500_000.0, 0.0])) / side
    nearest = np.round(places)
    exact = (np.abs(places - nearest) * side <= tolerance_m).all(axis=1)
    held = set(map(tuple, nearest[exact].astype(int).tolist()))
    return sum({(e + 1, n), (e, n + 1), (e + 1, n + 1)} <= held for e, n in held)

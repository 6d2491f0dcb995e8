"""Where an outline crosses itself, in the words of the person who numbered its points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

_PLACE = re.compile(r"\[(\S+) (\S+)\]")


def crossing_told(shape: Any, *, swapped: bool = False) -> dict[str, str]:
    """Place of what makes a shape invalid, X north and Y east, in both languages.

    ``swapped``: the first coordinate of the shape is north.

    >>> bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    >>> crossing_told(bow)["en"]
    'at X 5.00, Y 5.00'
    """
    found = _PLACE.search(str(shapely.is_valid_reason(shape)))
    if found is None:
        return {"vi": "không xác định được vị trí", "en": "at no single place"}
    east, north = (float(text) for text in found.groups()[:: -1 if swapped else 1])
    told = f"X {north:.2f}, Y {east:.2f}"
    return {"vi": f"tại {told}", "en": f"at {told}"}


def crossing_sides(xy: NDArray[np.float64], names: Sequence[str]) -> tuple[str, str] | None:
    """The first two sides of a ring that cross, by the names of their ends.

    >>> ring = np.array([(0, 0), (10, 10), (10, 0), (0, 10)], dtype=float)
    >>> crossing_sides(ring, ["1", "2", "3", "4"])
    ('1-2', '3-4')
    """
    count = len(xy)
    after = np.roll(np.arange(count), -1)
    sides = shapely.linestrings(np.stack([xy, xy[after]], axis=1))
    one, other = shapely.STRtree(sides).query(sides, predicate="intersects")
    apart = np.abs(one - other)
    pairs = (one < other) & (apart > 1) & (apart < count - 1)
    if not pairs.any():
        return None
    first = int(np.flatnonzero(pairs)[np.lexsort((other[pairs], one[pairs]))[0]])
    told = [f"{names[at]}-{names[after[at]]}" for at in (one[first], other[first])]
    return told[0], told[1]

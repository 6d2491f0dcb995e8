"""Area, length, centroid, extent of many polygons from their vertices, and which are sound.

The variance of an area is propagated from its corners, sum |p(i+1) - p(i-1)|^2 s^2 / 4;
``chord_m2`` is that sum without the variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sharing import in_blocks

_TOUCHING_M2 = 1.0e-9  # m2 of a triangle below which it may be flat


@dataclass(frozen=True)
class Measures:
    """Per polygon: area m2, length m, centroid (n, 2), box (n, 4), sum of squared chords m2."""

    area: np.ndarray
    length: np.ndarray
    centroid: np.ndarray
    box: np.ndarray
    chord_m2: np.ndarray


def measure(rings: Rings) -> Measures:
    """Measures of all polygons of ``rings``."""
    count = len(rings.first) - 1
    result = Measures(
        np.zeros(count), np.zeros(count), np.zeros((count, 2)),
        np.full((count, 4), np.nan), np.zeros(count),
    )  # fmt: skip
    in_blocks(
        lambda begin, end: _measure(
            rings.xy, rings.start, rings.size, rings.first, result.area, result.length,
            result.centroid, result.box, result.chord_m2, begin, end,
        ),
        count,
    )  # fmt: skip
    return result


def stutters(rings: Rings, apart_m: float) -> np.ndarray:
    """Which polygons have a vertex closer than ``apart_m`` to the one before it."""
    result = np.zeros(len(rings.first) - 1, dtype=bool)
    in_blocks(
        lambda begin, end: _stutters(
            rings.xy, rings.start, rings.size, rings.first, apart_m**2, result, begin, end
        ),
        len(result),
    )
    return result


@compiled
def _stutters(xy, start, size, first, near, result, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        for ring in range(first[i], first[i + 1]):
            before = start[ring] + size[ring] - 1
            for at in range(start[ring], start[ring] + size[ring]):
                gap = (xy[at, 0] - xy[before, 0]) ** 2 + (xy[at, 1] - xy[before, 1]) ** 2
                if gap < near:
                    result[i] = True
                before = at


@compiled
def _measure(  # type: ignore[no-untyped-def]
    xy, start, size, first, area, length, centroid, box, chord_m2, begin, end
):
    for i in range(begin, end):
        if first[i] == first[i + 1] or size[first[i]] == 0:
            continue
        e0, n0 = xy[start[first[i]], 0], xy[start[first[i]], 1]
        double, line, ce, cn, le, ln, chord = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        west, south, east, north = e0, n0, e0, n0
        for ring in range(first[i], first[i + 1]):
            s, n = start[ring], size[ring]
            pe, pn = xy[s + n - 1, 0] - e0, xy[s + n - 1, 1] - n0
            for k in range(n):
                e, t = xy[s + k, 0] - e0, xy[s + k, 1] - n0
                after = s + k + 1 if k + 1 < n else s
                cross = pe * t - e * pn
                double += cross
                ce += cross * (pe + e)
                cn += cross * (pn + t)
                step = np.sqrt((e - pe) ** 2 + (t - pn) ** 2)
                line += step
                le += step * (pe + e) / 2.0
                ln += step * (pn + t) / 2.0
                chord += (xy[after, 0] - e0 - pe) ** 2 + (xy[after, 1] - n0 - pn) ** 2
                west, east = min(west, e0 + e), max(east, e0 + e)
                south, north = min(south, n0 + t), max(north, n0 + t)
                pe, pn = e, t
        area[i], length[i], chord_m2[i] = double / 2.0, line, chord
        box[i, 0], box[i, 1], box[i, 2], box[i, 3] = west, south, east, north
        if double > 0.0:
            centroid[i, 0], centroid[i, 1] = e0 + ce / (3.0 * double), n0 + cn / (3.0 * double)
        else:
            centroid[i, 0] = e0 + (le / line if line > 0.0 else 0.0)
            centroid[i, 1] = n0 + (ln / line if line > 0.0 else 0.0)


def sound(geometry: np.ndarray, rings: Rings) -> np.ndarray:
    """Which polygons are valid.

    A ring that is seen whole from its centroid does not cross itself; nearly all parcels are
    such, and a hole is clear of the outer ring when a circle about it is. Only the others
    are looked at closely, by GEOS.
    """
    count = len(geometry)
    valid = np.zeros(count, dtype=bool)

    def look(begin: int, end: int) -> None:
        _surely_sound(rings.xy, rings.start, rings.size, rings.first, rings.hole, valid, begin, end)
        unsure = begin + np.flatnonzero(~valid[begin:end])
        valid[unsure] = shapely.is_valid(geometry[unsure])

    in_blocks(look, count)
    return valid


@compiled
def _surely_sound(xy, start, size, first, hole, valid, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        low, rings = first[i], first[i + 1] - first[i]
        if rings < 1 or rings > 2 or not _seen_whole(xy, start[low], size[low], 1.0):
            continue
        inner = start[low] + size[low]
        valid[i] = rings == 1 or (
            hole[low + 1]
            and _seen_whole(xy, inner, size[low + 1], -1.0)
            and _encloses(xy, start[low], size[low], inner, size[low + 1])
        )


@compiled
def _seen_whole(xy, s, n, way):  # type: ignore[no-untyped-def]
    """Whether every edge is seen from the mean vertex, once round (1: counter-clockwise)."""
    if n < 3:
        return False
    ce, cn = _middle(xy, s, n)
    pe, pn = xy[s + n - 1, 0] - ce, xy[s + n - 1, 1] - cn
    turns = 0
    for at in range(s, s + n):
        e, t = xy[at, 0] - ce, xy[at, 1] - cn
        if way * (pe * t - e * pn) <= _TOUCHING_M2:
            return False
        turns += (pn < 0.0) != (t < 0.0)
        pe, pn = e, t
    return turns == 2


@compiled
def _middle(xy, s, n):  # type: ignore[no-untyped-def]
    ce, cn = 0.0, 0.0
    for at in range(s + 1, s + n):
        ce += xy[at, 0] - xy[s, 0]
        cn += xy[at, 1] - xy[s, 1]
    return xy[s, 0] + ce / n, xy[s, 1] + cn / n


@compiled
def _encloses(xy, s, n, inner, m):  # type: ignore[no-untyped-def]
    """Whether a circle about the inner ring lies within the outer, clear of its edges."""
    ce, cn = _middle(xy, inner, m)
    reach = 0.0
    for at in range(inner, inner + m):
        reach = max(reach, (xy[at, 0] - ce) ** 2 + (xy[at, 1] - cn) ** 2)
    inside = False
    pe, pn = xy[s + n - 1, 0] - ce, xy[s + n - 1, 1] - cn
    for at in range(s, s + n):
        e, t = xy[at, 0] - ce, xy[at, 1] - cn
        f, m2 = e - pe, t - pn
        share = min(1.0, max(0.0, -(pe * f + pn * m2) / (f * f + m2 * m2)))
        if (pe + share * f) ** 2 + (pn + share * m2) ** 2 <= reach + _TOUCHING_M2:
            return False
        if (t > 0.0) != (pn > 0.0) and e - t * (pe - e) / (pn - t) > 0.0:
            inside = not inside
        pe, pn = e, t
    return inside


def holding(rings: Rings, polygon: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Whether each polygon holds the point (n, 2) beside it.

    >>> from cadastre.reconcile.rings import rings_of
    >>> lot = rings_of(np.array([shapely.box(0, 0, 2, 2)]))
    >>> holding(lot, np.array([0, 0]), np.array([[1.0, 1.0], [3.0, 1.0]])).tolist()
    [True, False]
    """
    inside = np.zeros(len(polygon), dtype=bool)
    in_blocks(
        lambda begin, end: _holding(
            rings.xy, rings.start, rings.size, rings.first, polygon, point, inside, begin, end
        ),
        len(polygon),
    )
    return inside


@compiled
def _holding(xy, start, size, first, polygon, point, inside, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        e0, n0 = point[i, 0], point[i, 1]
        for ring in range(first[polygon[i]], first[polygon[i] + 1]):
            before = start[ring] + size[ring] - 1
            for at in range(start[ring], start[ring] + size[ring]):
                pe, pn, e, n = xy[before, 0], xy[before, 1], xy[at, 0], xy[at, 1]
                if (pn > n0) != (n > n0) and e0 < e + (n0 - n) * (pe - e) / (pn - n):
                    inside[i] = not inside[i]
                before = at

"""Rings of many polygons as flat coordinate arrays (ragged, without closing vertex)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cadastre.reconcile.compiled import compiled, in_blocks

_POLYGON = 3  # shapely's number of the type
_NEAR = 2048  # polygons that stay in a processor's cache from one question to the next


@dataclass(frozen=True)
class Rings:
    """Vertices of all rings: ring ``r`` holds ``xy[start[r]:start[r] + size[r]]``.

    ``owner`` is the polygon of a ring, ``hole`` whether it is an inner ring; polygon ``i``
    has the rings from ``first[i]`` to ``first[i + 1]``. Exterior rings run
    counter-clockwise, holes clockwise.
    """

    xy: np.ndarray
    start: np.ndarray
    size: np.ndarray
    owner: np.ndarray
    hole: np.ndarray
    first: np.ndarray

    def count(self, polygon: np.ndarray) -> np.ndarray:
        """Return the number of rings of polygons."""
        return np.asarray(self.first[polygon + 1] - self.first[polygon])


def rings_of(geometry: np.ndarray) -> Rings:
    """Rings of polygons and multipolygons, turned the way that :class:`Rings` says."""
    closed, rings, hole = _ring_sizes(geometry)
    first = np.concatenate([[0], np.cumsum(rings)]).astype(np.intp)
    size = np.maximum(closed - 1, 0)
    start = (np.cumsum(size) - size).astype(np.intp)
    xy = np.empty((int(size.sum()), 2))

    def read(begin: int, end: int) -> None:
        raw = shapely.get_coordinates(geometry[begin:end])
        _turn(raw, closed, start, hole, xy, first[begin], first[end])

    in_blocks(read, len(geometry), _NEAR)
    return Rings(xy, start, size, np.repeat(np.arange(len(geometry)), rings), hole, first)


def _ring_sizes(geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices of each ring with the closing one, rings of each polygon, holes among the rings."""
    parts: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def count(begin: int, end: int) -> None:
        parts[begin] = _block_sizes(geometry[begin:end])

    in_blocks(count, len(geometry), _NEAR)
    if not parts:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, dtype=bool)
    size, rings, hole = zip(*(parts[begin] for begin in sorted(parts)), strict=True)
    return np.concatenate(size), np.concatenate(rings), np.concatenate(hole)


def _block_sizes(geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = shapely.get_num_coordinates(geometry).astype(np.intp)
    rings = np.ones(len(geometry), dtype=np.intp)
    several = shapely.get_num_interior_rings(geometry) > 0
    several |= shapely.get_type_id(geometry) != _POLYGON
    which = np.flatnonzero(several)
    if not len(which):
        return count, rings, np.zeros(len(geometry), dtype=bool)
    parts, of_part = shapely.get_parts(geometry[which], return_index=True)
    lines, of_line = shapely.get_rings(parts, return_index=True)
    rings[which] = np.bincount(of_part[of_line], minlength=len(which))
    owner = np.repeat(np.arange(len(geometry)), rings)
    size, hole = count[owner], np.zeros(len(owner), dtype=bool)
    inner = np.zeros(len(lines), dtype=bool)
    inner[1:] = of_line[1:] == of_line[:-1]
    here = several[owner]
    size[here], hole[here] = shapely.get_num_coordinates(lines), inner
    return size, rings, hole


@compiled
def _turn(raw, closed, start, hole, xy, begin, end):  # type: ignore[no-untyped-def]
    """Copy rings ``begin`` to ``end``, each turned the right way round."""
    at = 0
    for ring in range(begin, end):
        n = closed[ring] - 1
        area = 0.0
        for i in range(at + 1, at + n - 1):
            area += (raw[i, 0] - raw[at, 0]) * (raw[i + 1, 1] - raw[at, 1]) - (
                raw[i + 1, 0] - raw[at, 0]
            ) * (raw[i, 1] - raw[at, 1])
        back = area > 0.0 if hole[ring] else area < 0.0
        for i in range(n):
            source = at + (n - i if back and i else i)
            xy[start[ring] + i, 0] = raw[source, 0]
            xy[start[ring] + i, 1] = raw[source, 1]
        at += closed[ring]


def neighbours_in_ring(rings: Rings, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the previous and of the next vertex in the rings of some vertices."""
    ring = np.searchsorted(rings.start, at, side="right") - 1
    first = rings.start[ring]
    last = first + rings.size[ring] - 1
    return np.where(at == first, last, at - 1), np.where(at == last, first, at + 1)


def moved(rings: Rings, xy: np.ndarray) -> Rings:
    """Return the same rings with other coordinates."""
    return replace(rings, xy=xy)


def ragged(start: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flat positions of several runs, and the number of the run of each.

    >>> ragged(np.array([10, 20]), np.array([2, 1]))[0].tolist()
    [10, 11, 20]
    """
    run = np.repeat(np.arange(len(size)), size)
    ends = np.cumsum(size)
    inside = np.arange(int(size.sum())) - np.repeat(ends - size, size)
    return np.repeat(start, size) + inside, run

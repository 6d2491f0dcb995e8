"""Rings of many polygons as flat coordinate arrays (ragged, without closing vertex)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.sharing import in_blocks

_NEAR = 2048  # polygons that stay in a processor's cache from one question to the next
_FEW_RINGS = 50  # of a polygon whose coordinates are gone over for each
_NOTHING = np.zeros((0, 2))


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
    return turned(read_blocks(geometry))


def read_blocks(geometry: np.ndarray) -> list[Block]:
    """Coordinates of polygons as they are drawn.

    GEOS gives them one polygon after the other with the interpreter's lock held, so that
    several threads would only wait for each other.
    """
    return [_read(geometry[at : at + _NEAR]) for at in range(0, max(len(geometry), 1), _NEAR)]


def turned(blocks: list[Block]) -> Rings:
    """Rings of blocks that were read, which are emptied."""
    closed, rings, hole = (
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("closed", "rings", "hole")
    )
    first = np.concatenate([[0], np.cumsum(rings)]).astype(np.intp)
    size = np.maximum(closed - 1, 0)
    start = (np.cumsum(size) - size).astype(np.intp)
    xy = np.empty((int(size.sum()), 2))
    ends = np.cumsum([0, *(len(block.closed) for block in blocks)])

    def turn(begin: int, end: int) -> None:
        for i in range(begin, end):
            _turn(blocks[i].raw, closed, start, hole, xy, ends[i], ends[i + 1])
            blocks[i].raw = _NOTHING

    in_blocks(turn, len(blocks), 1, cached=True)
    return Rings(xy, start, size, np.repeat(np.arange(len(rings)), rings), hole, first)


@dataclass
class Block:
    """Coordinates of some polygons as they are drawn, and what is known of their rings.

    ``closed`` are the vertices of each with the closing one, ``rings`` those of each polygon,
    ``kinds`` shapely's numbers of the polygons' types.
    """

    kinds: np.ndarray
    raw: np.ndarray
    closed: np.ndarray
    rings: np.ndarray
    hole: np.ndarray


def _read(geometry: np.ndarray) -> Block:
    """Polygons of one block, which are in the processor's cache after the first question.

    GEOS is asked for the rings of those of several parts, and where the coordinates leave doubt.
    """
    raw = shapely.get_coordinates(geometry)
    count = shapely.get_num_coordinates(geometry).astype(np.intp)
    kinds = shapely.get_type_id(geometry)
    plain = kinds == shapely.GeometryType.POLYGON
    rings = shapely.get_num_interior_rings(geometry).astype(np.intp) + 1
    odd = np.flatnonzero(~plain)
    asked = _lines(geometry[odd])
    rings[odd] = np.bincount(asked[2], minlength=len(odd))
    place = np.cumsum(rings) - rings
    closed, hole = np.zeros(int(rings.sum()), dtype=np.intp), np.ones(int(rings.sum()), dtype=bool)
    closed[place[plain]], hole[place[plain]] = count[plain], False
    several = np.flatnonzero(plain & (rings > 1))
    if len(several):
        begin = np.cumsum(count) - count
        runs = (values[several] for values in (begin, count, rings, place))
        unsure = several[~_ring_sizes(raw, *runs, closed)]
        if len(unsure):
            odd = np.concatenate([odd, unsure])
            asked = _lines(geometry[odd])
    here = ragged(place[odd], rings[odd])[0]
    closed[here], hole[here] = shapely.get_num_coordinates(asked[0]), asked[1]
    return Block(kinds, raw, closed, rings, hole)


def _lines(geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rings of polygons and multipolygons as lines, which are holes, and whose they are."""
    parts, of_part = shapely.get_parts(geometry, return_index=True)
    lines, of_line = shapely.get_rings(parts, return_index=True)
    inner = np.zeros(len(lines), dtype=bool)
    inner[1:] = of_line[1:] == of_line[:-1]
    return lines, inner, of_part[of_line]


@compiled
def _ring_sizes(raw, begin, count, rings, place, closed):  # type: ignore[no-untyped-def]
    """Write the vertices of each ring, which ends where its first vertex returns.

    Tells for each polygon whether that is sure: no first vertex stands in it a third time.
    """
    told = np.zeros(len(begin), dtype=np.bool_)
    for k in range(len(begin)):
        at, end, sure = begin[k], begin[k] + count[k], rings[k] <= _FEW_RINGS
        for ring in range(rings[k]):
            if not sure or at >= end:
                sure = False
                break
            e, n, last, times = raw[at, 0], raw[at, 1], at, 0
            for i in range(begin[k], end):
                if raw[i, 0] == e and raw[i, 1] == n:
                    times, last = times + 1, i
            sure = times == 2 and last > at
            closed[place[k] + ring] = last - at + 1
            at = last + 1
        told[k] = sure and at == end
    return told


@compiled
def _turn(raw, closed, start, hole, xy, begin, end):  # type: ignore[no-untyped-def]
    """Copy rings ``begin`` to ``end``, each turned the right way round."""
    at = 0
    for ring in range(begin, end):
        n, to, area = closed[ring] - 1, start[ring], 0.0
        if n > 2:
            e0, n0 = raw[at, 0], raw[at, 1]
            e, t = raw[at + 1, 0] - e0, raw[at + 1, 1] - n0
            for i in range(at + 2, at + n):
                pe, pt = e, t
                e, t = raw[i, 0] - e0, raw[i, 1] - n0
                area += pe * t - e * pt
        if area > 0.0 if hole[ring] else area < 0.0:
            xy[to, 0], xy[to, 1] = raw[at, 0], raw[at, 1]
            for i in range(1, n):
                xy[to + i, 0], xy[to + i, 1] = raw[at + n - i, 0], raw[at + n - i, 1]
        else:
            for i in range(n):
                xy[to + i, 0], xy[to + i, 1] = raw[at + i, 0], raw[at + i, 1]
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

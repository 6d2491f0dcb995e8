"""Rings of many polygons as flat coordinate arrays (ragged, without closing vertex)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely


@dataclass(frozen=True)
class Rings:
    """Vertices of all rings: ring ``r`` holds ``xy[start[r]:start[r] + size[r]]``.

    ``owner`` is the polygon of a ring, ``hole`` whether it is an inner ring, ``line`` its
    closed line. Exterior rings run counter-clockwise, holes clockwise.
    """

    xy: np.ndarray
    start: np.ndarray
    size: np.ndarray
    owner: np.ndarray
    hole: np.ndarray
    line: np.ndarray

    def vertex_ring(self) -> np.ndarray:
        """Ring of each vertex."""
        return np.repeat(np.arange(len(self.size)), self.size)


def rings_of(geometry: np.ndarray) -> Rings:
    """Rings of oriented polygons and multipolygons."""
    parts, part_owner = shapely.get_parts(geometry, return_index=True)
    lines, ring_part = shapely.get_rings(parts, return_index=True)
    first = np.ones(len(lines), dtype=bool)
    first[1:] = ring_part[1:] != ring_part[:-1]
    xy, ring = shapely.get_coordinates(lines, return_index=True)
    last = np.ones(len(xy), dtype=bool)
    last[:-1] = ring[1:] != ring[:-1]
    size = np.bincount(ring, minlength=len(lines)) - 1
    start = (np.cumsum(size) - size).astype(np.intp)
    return Rings(xy[~last], start, size, part_owner[ring_part], ~first, lines)


def neighbours_in_ring(rings: Rings) -> tuple[np.ndarray, np.ndarray]:
    """Index of the previous and of the next vertex in each vertex's ring."""
    at = np.arange(len(rings.xy))
    ring = rings.vertex_ring()
    first = rings.start[ring]
    last = first + rings.size[ring] - 1
    return np.where(at == first, last, at - 1), np.where(at == last, first, at + 1)


def moved(rings: Rings, xy: np.ndarray) -> Rings:
    """Return the same rings with other coordinates."""
    ring = rings.vertex_ring()
    lines = shapely.linearrings(xy, indices=ring) if len(xy) else rings.line
    return Rings(xy, rings.start, rings.size, rings.owner, rings.hole, lines)


def ragged(start: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flat positions of several runs, and the number of the run of each.

    >>> ragged(np.array([10, 20]), np.array([2, 1]))[0].tolist()
    [10, 11, 20]
    """
    run = np.repeat(np.arange(len(size)), size)
    ends = np.cumsum(size)
    inside = np.arange(int(size.sum())) - np.repeat(ends - size, size)
    return np.repeat(start, size) + inside, run

"""Exact common areas of candidate pairs, found by a spatial index, measured in two threads.

The area that two polygons share needs no overlay. A polygon is the signed sum of the strips
between its edges and a line below it, so the common area is the signed sum, over edges that
lie above each other, of the integral of the lower of the two: closed form, no topology, holes
included. Edges are joined by their interval along the east axis, so that the cost follows the
edges that really meet and a long outline is not compared edge by edge with the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from cadastre.reconcile.rings import ragged

CHUNK = 4000
#: Common areas below this, in m2, are the rounding of parcels that only touch.
TOUCHING_M2 = 1.0e-6


def translated(geometry: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Copies of geometries, each moved by its own offset (n, 2) in metres."""
    moving = np.any(offset != 0.0, axis=1)
    if not moving.any():
        return geometry
    result = geometry.copy()
    xy, at = shapely.get_coordinates(geometry[moving], return_index=True)
    result[moving] = shapely.set_coordinates(geometry[moving], xy + offset[moving][at])
    return result


def common_area(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Area in m2 that the polygons of each pair have in common.

    Polygons and multipolygons are oriented: outer rings one way, holes the other.

    >>> a, b = shapely.box(0, 0, 4, 4), shapely.box(3, 1, 9, 3)
    >>> common_area(np.array([a]), np.array([b])).tolist()
    [2.0]
    """
    return in_threads(_common, first, second)


def in_threads(
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray], first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Value of a measure for each pair, a few thousand pairs at a time in several threads."""
    if not len(first):
        return np.zeros(0)
    parts = [slice(start, start + CHUNK) for start in range(0, len(first), CHUNK)]
    if len(parts) == 1:
        return measure(first, second)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return np.concatenate(
            list(pool.map(lambda part: measure(first[part], second[part]), parts))
        )


@dataclass(frozen=True)
class _Edges:
    """Edges from west to east: ends (m, from the pair's own corner), direction, pair.

    ``key_low`` and ``key_high`` are the east interval, apart from those of every other pair.
    """

    low: np.ndarray
    high: np.ndarray
    at_low: np.ndarray
    at_high: np.ndarray
    sign: np.ndarray
    pair: np.ndarray
    key_low: np.ndarray
    key_high: np.ndarray


def _common(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    box = np.stack([shapely.bounds(first), shapely.bounds(second)])
    corner = box[:, :, :2].min(axis=0)
    stride = float((box[:, :, 2].max(axis=0) - corner[:, 0]).max()) + 1.0
    a, b = _edges(first, corner, stride), _edges(second, corner, stride)
    total = np.zeros(len(first))
    for left, right, side in ((a, b, "left"), (b, a, "right")):
        # Once those of the right that begin within one of the left, once the other way round.
        i, j = _beginning_within(left, right, side)
        strip = left.sign[i] * right.sign[j] * _lower(left, right, i, j)
        total += np.bincount(left.pair[i], weights=strip, minlength=len(first))
    return np.where(total > TOUCHING_M2, total, 0.0)


def _edges(geometry: np.ndarray, corner: np.ndarray, stride: float) -> _Edges:
    xy, pair = shapely.get_coordinates(geometry, return_index=True)
    joined = pair[1:] == pair[:-1]
    joined[_ring_ends(geometry, pair)] = False
    xy = xy - corner[pair]
    start = np.flatnonzero(joined & (xy[1:, 0] != xy[:-1, 0]))
    one, two = xy[start], xy[start + 1]
    east = one[:, 0] < two[:, 0]
    low, high = np.where(east, one[:, 0], two[:, 0]), np.where(east, two[:, 0], one[:, 0])
    layer = pair[start] * stride
    return _Edges(
        low, high,
        np.where(east, one[:, 1], two[:, 1]), np.where(east, two[:, 1], one[:, 1]),
        np.where(east, 1.0, -1.0), pair[start], layer + low, layer + high,
    )  # fmt: skip


def _ring_ends(geometry: np.ndarray, pair: np.ndarray) -> np.ndarray:
    """Positions of the last vertex of rings that another ring of the same shape follows."""
    several = shapely.get_type_id(geometry) != 3
    several |= shapely.get_num_interior_rings(geometry) > 0
    which = np.flatnonzero(several)
    if not len(which):
        return np.zeros(0, dtype=np.intp)
    parts, of_part = shapely.get_parts(geometry[which], return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    owner = of_part[of_ring]
    size = shapely.get_num_coordinates(rings)
    ends = np.cumsum(size)
    before = np.searchsorted(owner, np.arange(len(which)))
    inside = ends - np.concatenate([[0], ends])[before][owner]
    position = np.searchsorted(pair, which)[owner] + inside - 1
    return np.asarray(position[:-1][owner[1:] == owner[:-1]])


def _beginning_within(left: _Edges, right: _Edges, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Edges (left, right) of one pair where the right begins within the left's interval."""
    order = np.argsort(right.key_low)
    begins = right.key_low[order]
    start = np.searchsorted(begins, left.key_low, side="left" if side == "left" else "right")
    stop = np.searchsorted(begins, left.key_high, side="left")
    found, i = ragged(start, np.maximum(stop - start, 0))
    return i, order[found]


def _lower(left: _Edges, right: _Edges, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Integral in m2 of the lower of two edges over their common east interval."""
    low = np.maximum(left.low[i], right.low[j])
    high = np.minimum(left.high[i], right.high[j])
    width = np.maximum(high - low, 0.0)
    f0, f1 = _heights(left, i, low, high)
    g0, g1 = _heights(right, j, low, high)
    d0, d1 = f0 - g0, f1 - g1
    apart = np.abs(d0 + d1)
    crossing = (d0 < 0.0) != (d1 < 0.0)
    reach = np.abs(d0) + np.abs(d1)
    np.divide(d0 * d0 + d1 * d1, reach, out=apart, where=crossing & (reach > 0.0))
    return np.asarray(width * (f0 + f1 + g0 + g1 - apart) / 4.0)


def _heights(
    edges: _Edges, i: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Heights of edges at two places of their interval."""
    start, base = edges.low[i], edges.at_low[i]
    length, rise = edges.high[i] - start, edges.at_high[i] - base
    return (
        base + np.clip((low - start) / length, 0.0, 1.0) * rise,
        base + np.clip((high - start) / length, 0.0, 1.0) * rise,
    )


def near_pairs(
    tree: shapely.STRtree, box: np.ndarray, reach_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Index pairs (query, tree) whose boxes lie within ``reach_m`` of each other, sorted."""
    if not len(box):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    wide = shapely.box(
        box[:, 0] - reach_m, box[:, 1] - reach_m, box[:, 2] + reach_m, box[:, 3] + reach_m
    )
    query, found = tree.query(wide)
    order = np.lexsort((found, query))
    return query[order], found[order]

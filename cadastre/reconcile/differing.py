"""Differences at paired corners and along paired edges, in one pass over the corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.corners import Corners
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sharing import in_blocks

if TYPE_CHECKING:
    from cadastre.reconcile.judgement import CornerJudgement

_BLOCK = 100_000  # corners


@compiled
def write_judged(  # type: ignore[no-untyped-def]
    pair, map_vertex, ground_vertex, off_m, map_xy, raw_xy, ground_xy, threshold, square,
    difference, distance, raw, significant, moved, off, begin, end,
):  # fmt: skip
    """Write the differences of corner rows ``begin`` to ``end`` and whether they matter.

    ``threshold`` and ``square`` are per pair: the distance beyond which a corner moved, the
    square of that beyond which it is significant.
    """
    for i in range(begin, end):
        k, a, b = pair[i], map_vertex[i], ground_vertex[i]
        off[i] = off_m[i] > threshold[k]
        if a < 0 or b < 0:
            difference[0, i], difference[1, i], distance[i], raw[i] = np.nan, np.nan, np.nan, np.nan
            significant[i], moved[i] = False, False
            continue
        e, n = ground_xy[b, 0] - map_xy[a, 0], ground_xy[b, 1] - map_xy[a, 1]
        difference[0, i], difference[1, i] = e, n
        gap = np.sqrt(e * e + n * n)
        distance[i] = gap
        raw[i] = np.sqrt(
            (ground_xy[b, 0] - raw_xy[a, 0]) ** 2 + (ground_xy[b, 1] - raw_xy[a, 1]) ** 2
        )
        significant[i] = e * e + n * n > square[k]
        moved[i] = gap > threshold[k]


def any_beyond(
    corners: Corners, map_xy: np.ndarray, ground_xy: np.ndarray, threshold: np.ndarray
) -> np.ndarray:
    """Which pairs have a corner that moved, or one without partner that stands off."""
    beyond = np.zeros(len(threshold), dtype=bool)
    in_blocks(
        lambda begin, end: _any_beyond(
            corners.pair, corners.map_vertex, corners.ground_vertex, corners.off_m,
            map_xy, ground_xy, threshold, beyond, begin, end,
        ),
        len(corners.pair), _BLOCK,
    )  # fmt: skip
    return beyond


@compiled
def _any_beyond(  # type: ignore[no-untyped-def]
    pair, map_vertex, ground_vertex, off_m, map_xy, ground_xy, threshold, beyond, begin, end
):
    for i in range(begin, end):
        k, a, b = pair[i], map_vertex[i], ground_vertex[i]
        gap = off_m[i]
        if a >= 0 and b >= 0:
            e, n = ground_xy[b, 0] - map_xy[a, 0], ground_xy[b, 1] - map_xy[a, 1]
            gap = max(gap, np.sqrt(e * e + n * n))
        if gap > threshold[k]:
            beyond[k] = True


def worst_corners(
    corners: Corners, judged: CornerJudgement, pairs: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Greatest distance (m) of each pair's corners, and before the sheet's shift; NaN for none.

    Last come the vertices (pairs, 2) of the worst corner on the ground and on the map.
    """
    worst, raw = np.full((2, pairs), np.nan)
    vertices = np.full((pairs, 2), -1)
    _worst(
        corners.pair, corners.map_vertex, corners.ground_vertex, judged.distance, judged.raw,
        worst, raw, vertices,
    )  # fmt: skip
    return worst, raw, vertices


@compiled
def _worst(pair, map_vertex, ground_vertex, distance, before, worst, raw, vertices):  # type: ignore[no-untyped-def]
    for i in range(len(pair)):
        k = pair[i]
        if not distance[i] <= worst[k] and not np.isnan(distance[i]):
            worst[k], vertices[k, 0], vertices[k, 1] = distance[i], ground_vertex[i], map_vertex[i]
        if not before[i] <= raw[k] and not np.isnan(before[i]):
            raw[k] = before[i]


def write_places(xy: np.ndarray, vertex: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """East and north of vertices, NaN where there is none."""
    east, north = (np.empty(len(vertex)) for _ in range(2))
    in_blocks(
        lambda begin, end: _write_places(xy, vertex, east, north, begin, end), len(vertex), _BLOCK
    )
    return east, north


@compiled
def _write_places(xy, vertex, east, north, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        at = vertex[i]
        east[i] = xy[at, 0] if at >= 0 else np.nan
        north[i] = xy[at, 1] if at >= 0 else np.nan


def write_shared(
    pair: np.ndarray, bounds: np.ndarray, code: np.ndarray, allowed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Code of each row's pair, number of the row in it from 1, and the distance allowed."""
    codes, number = (np.empty(len(pair), dtype=np.int32) for _ in range(2))
    limit = np.empty(len(pair), dtype=np.float32)
    in_blocks(
        lambda begin, end: _write_shared(
            pair, bounds, code, allowed, codes, number, limit, begin, end
        ),
        len(pair),
        _BLOCK,
    )
    return codes, number, limit


@compiled
def _write_shared(pair, bounds, code, allowed, codes, number, limit, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        k = pair[i]
        codes[i], number[i], limit[i] = code[k], i - bounds[k] + 1, allowed[k]


def unlike_edges(
    corners: Corners,
    bounds: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    rings: tuple[Rings, Rings],
    quantile: np.ndarray,
    sigma_m: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges whose lengths differ significantly: rows of both ends, level in metres.

    An edge is judged where the partners of two corners that follow each other on the map
    follow each other on the ground. Few differ, so a block's rows are looked through at once.

    Parameters
    ----------
    bounds : first corner row of each pair, and the number of all rows
    pairs, rings : mapped and measured parcels of the pairs, rings of the map and the ground
    quantile : by the number of edges of a pair less one
    sigma_m : of the difference of two lengths, per pair
    """
    (p, m), (one, two) = pairs, rings
    level = np.zeros(len(bounds) - 1)
    found: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def look(begin: int, end: int) -> None:
        follower = np.empty(bounds[end] - bounds[begin], dtype=np.int32)
        _unlike(
            bounds, corners.map_vertex, corners.ground_vertex,
            one.xy, one.start, one.size, one.first, p,
            two.xy, two.start, two.size, two.first, m,
            quantile, sigma_m, level, follower, begin, end,
        )  # fmt: skip
        here = np.flatnonzero(follower >= 0)
        found[begin] = here + bounds[begin], follower[here]

    in_blocks(look, len(level))
    if not found:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int32), np.zeros(0)
    parts = [found[begin] for begin in sorted(found)]
    row, follower = (np.concatenate(part) for part in zip(*parts, strict=True))
    return row, follower, level[corners.pair[row]]


@compiled
def _unlike(  # type: ignore[no-untyped-def]
    bounds, map_vertex, ground_vertex, map_xy, start, size, first, p,
    ground_xy, start2, size2, first2, m, quantile, sigma_m, level, follower, begin, end,
):  # fmt: skip
    base = bounds[begin]
    for k in range(begin, end):
        edges, low, high = 0, bounds[k], bounds[k + 1]
        one_ring = first[p[k] + 1] == first[p[k]] + 1 and first2[m[k] + 1] == first2[m[k]] + 1
        for row in range(low, high):
            at, a, b = -1, map_vertex[row], ground_vertex[row]
            beside = one_ring and row + 1 < high and a >= 0 and b >= 0
            if beside and map_vertex[row + 1] == a + 1 and ground_vertex[row + 1] == b + 1:
                at = row + 1
            elif a >= 0 and b >= 0:
                a = _after(start, size, first[p[k]], first[p[k] + 1], a)
                b = _after(start2, size2, first2[m[k]], first2[m[k] + 1], b)
                at = _followed(map_vertex, ground_vertex, a, b, row, low, high)
            follower[row - base] = at
            edges += at >= 0
        level[k] = quantile[max(edges, 1) - 1] * sigma_m[k]
        for row in range(low, high):
            other = follower[row - base]
            if other < 0:
                continue
            a, c = map_vertex[row], map_vertex[other]
            e, n = map_xy[c, 0] - map_xy[a, 0], map_xy[c, 1] - map_xy[a, 1]
            a, c = ground_vertex[row], ground_vertex[other]
            e2, n2 = ground_xy[c, 0] - ground_xy[a, 0], ground_xy[c, 1] - ground_xy[a, 1]
            # Lengths never differ by more than the edges themselves do.
            if (e2 - e) ** 2 + (n2 - n) ** 2 <= level[k] ** 2 or (
                abs(np.sqrt(e2 * e2 + n2 * n2) - np.sqrt(e * e + n * n)) <= level[k]
            ):
                follower[row - base] = -1


@compiled
def _after(start, size, low, high, vertex):  # type: ignore[no-untyped-def]
    """Vertex after one in its ring, which is among some."""
    for ring in range(low, high):
        if vertex < start[ring] + size[ring]:
            return vertex + 1 if vertex + 1 < start[ring] + size[ring] else start[ring]
    return -1


@compiled
def _followed(map_vertex, ground_vertex, a, b, row, low, high):  # type: ignore[no-untyped-def]
    """Row of the corner of vertices a and b, that follow those of a row, or -1."""
    at = row + 1  # rows are in the order of the map's vertices, ring after ring
    if at >= high or map_vertex[at] != a:
        at = _row_of(map_vertex, low, high, a)
    if at >= 0 and ground_vertex[at] == b:
        return at
    return -1


@compiled
def _row_of(map_vertex, low, high, wanted):  # type: ignore[no-untyped-def]
    """Row among some that holds a vertex of the map, or -1."""
    for row in range(low, high):
        if map_vertex[row] == wanted:
            return row
    return -1

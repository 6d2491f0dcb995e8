"""Corners that were paired once are not paired again when the set of pairs changes a little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.corners import Corners
from cadastre.reconcile.sharing import in_blocks


@dataclass(frozen=True)
class PairedCorners:
    """Pairs of a measured parcel ``m`` (each once, in order) and a mapped ``p``; their corners."""

    m: np.ndarray
    p: np.ndarray
    corners: Corners


def pair_again(
    known: PairedCorners,
    m: np.ndarray,
    p: np.ndarray,
    pair: Callable[[np.ndarray, np.ndarray], Corners],
) -> PairedCorners:
    """Corners of pairs (m, p): those of ``known`` pairs as they are, of the others by ``pair``."""
    if not len(known.m) or not len(m):
        return PairedCorners(m, p, pair(m, p))
    place = np.full(max(int(known.m[-1]), int(m[-1])) + 1, -1, dtype=np.intp)
    place[known.m] = np.arange(len(known.m))
    at = np.where(known.p[place[m]] == p, place[m], -1)
    fresh = np.flatnonzero(at < 0)
    if not len(fresh) and len(m) == len(known.m):
        return PairedCorners(m, p, known.corners)
    other = pair(m[fresh], p[fresh])
    source = at.copy()
    source[fresh] = -1 - np.arange(len(fresh))
    bounds = [known.corners.bounds(len(known.m)), other.bounds(len(fresh))]
    size = np.where(at >= 0, np.diff(bounds[0])[at], 0)
    size[fresh] = np.diff(bounds[1])
    return PairedCorners(m, p, _joined(known.corners, other, source, bounds, size))


def _joined(
    known: Corners, other: Corners, source: np.ndarray, bounds: list[np.ndarray], size: np.ndarray
) -> Corners:
    """Rows of pair ``source[k]`` of ``known``, or of pair ``-1 - source[k]`` of ``other``."""
    ends = np.concatenate([[0], np.cumsum(size)])
    total = int(ends[-1])
    of_pair, on_map, on_ground = (np.empty(total, dtype=np.int32) for _ in range(3))
    off_m = np.empty(total, dtype=np.float32)
    in_blocks(
        lambda begin, end: _copy(
            source, ends, bounds[0], known.map_vertex, known.ground_vertex, known.off_m,
            bounds[1], other.map_vertex, other.ground_vertex, other.off_m,
            of_pair, on_map, on_ground, off_m, begin, end,
        ),
        len(source),
    )  # fmt: skip
    return Corners(of_pair, on_map, on_ground, off_m)


@compiled
def _copy(  # type: ignore[no-untyped-def]
    source, ends, bounds, map_vertex, ground_vertex, off,
    bounds2, map_vertex2, ground_vertex2, off2, of_pair, on_map, on_ground, off_m, begin, end,
):  # fmt: skip
    for k in range(begin, end):
        for i in range(ends[k + 1] - ends[k]):
            row = ends[k] + i
            of_pair[row] = k
            if source[k] >= 0:
                at = bounds[source[k]] + i
                on_map[row], on_ground[row], off_m[row] = map_vertex[at], ground_vertex[at], off[at]
            else:
                at = bounds2[-1 - source[k]] + i
                on_map[row], on_ground[row], off_m[row] = (
                    map_vertex2[at], ground_vertex2[at], off2[at],
                )  # fmt: skip

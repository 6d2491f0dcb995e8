"""Corner rows: which vertex of the map and which of the ground stand for one corner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadastre.reconcile.compiled import compiled


@dataclass(frozen=True)
class Corners:
    """Corner rows: pair number, vertex on the map and on the ground (-1: none).

    ``off_m`` is the distance of a vertex without partner from the other outline, 0 for
    partners. Rows are sorted by pair. A commune has many of them: they are gone over in compiled
    passes, since columns made only to be counted cost more in fresh memory than in counting.
    """

    pair: np.ndarray
    map_vertex: np.ndarray
    ground_vertex: np.ndarray
    off_m: np.ndarray

    def lone(self) -> np.ndarray:
        """Rows of vertices without a partner."""
        return np.asarray(_lone(self.map_vertex, self.ground_vertex))

    def telling(self, threshold: np.ndarray) -> Corners:
        """Return partners, and vertices farther off than the threshold (m) of their pair.

        The rows are moved up in their own memory, so that these corners are not to be used again.
        """
        columns = self.pair, self.map_vertex, self.ground_vertex, self.off_m
        count = _keep_telling(*columns, threshold)
        return Corners(*(column[:count] for column in columns))

    def bounds(self, pairs: int) -> np.ndarray:
        """First row of each of ``pairs`` pairs, and the number of rows."""
        return np.asarray(_bounds(self.pair, pairs))

    def paired_count(self, pairs: int) -> np.ndarray:
        """Partners of each of ``pairs`` pairs."""
        return np.asarray(_paired_count(self.pair, self.map_vertex, self.ground_vertex, pairs))


@compiled
def _bounds(pair, pairs):  # type: ignore[no-untyped-def]
    first, at = np.empty(pairs + 1, dtype=np.intp), 0
    for row in range(len(pair)):
        while at <= pair[row]:
            first[at] = row
            at += 1
    first[at:] = len(pair)
    return first


@compiled
def _lone(map_vertex, ground_vertex):  # type: ignore[no-untyped-def]
    count = 0
    for row in range(len(map_vertex)):
        count += map_vertex[row] < 0 or ground_vertex[row] < 0
    rows, at = np.empty(count, dtype=np.intp), 0
    for row in range(len(map_vertex)):
        if map_vertex[row] < 0 or ground_vertex[row] < 0:
            rows[at] = row
            at += 1
    return rows


@compiled
def _keep_telling(pair, map_vertex, ground_vertex, off_m, threshold):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(pair)):
        a, b = map_vertex[row], ground_vertex[row]
        if (a < 0 or b < 0) and not off_m[row] > threshold[pair[row]]:
            continue
        if at < row:
            pair[at], map_vertex[at], ground_vertex[at], off_m[at] = pair[row], a, b, off_m[row]
        at += 1
    return at


@compiled
def _paired_count(pair, map_vertex, ground_vertex, pairs):  # type: ignore[no-untyped-def]
    count = np.zeros(pairs, dtype=np.intp)
    for row in range(len(pair)):
        count[pair[row]] += map_vertex[row] >= 0 and ground_vertex[row] >= 0
    return count

"""Corner rows: which vertex of the map and which of the ground stand for one corner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Corners:
    """Corner rows: pair number, vertex on the map and on the ground (-1: none).

    ``off_m`` is the distance of a vertex without partner from the other outline, 0 for
    partners.
    """

    pair: np.ndarray
    map_vertex: np.ndarray
    ground_vertex: np.ndarray
    off_m: np.ndarray

    def take(self, which: np.ndarray) -> Corners:
        """Return some of the rows."""
        return Corners(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def lone(self) -> np.ndarray:
        """Rows of vertices without a partner."""
        return np.flatnonzero(np.minimum(self.map_vertex, self.ground_vertex) < 0)

    def telling(self, threshold: np.ndarray) -> Corners:
        """Return partners, and vertices farther off than the threshold (m) of their pair."""
        lone = self.lone()
        silent = lone[~(self.off_m[lone] > threshold[self.pair[lone]])]
        return self.take(np.delete(np.arange(len(self.pair)), silent)) if len(silent) else self

    def bounds(self, pairs: int) -> np.ndarray:
        """First row of each of ``pairs`` pairs, and the number of rows."""
        return np.searchsorted(self.pair, np.arange(pairs + 1, dtype=self.pair.dtype))

    def paired_count(self, pairs: int) -> np.ndarray:
        """Partners of each of ``pairs`` pairs."""
        return np.diff(self.bounds(pairs)) - np.bincount(self.pair[self.lone()], minlength=pairs)

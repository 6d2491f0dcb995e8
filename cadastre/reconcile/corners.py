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

    def telling(self, threshold: np.ndarray) -> Corners:
        """Return partners, and vertices farther off than the threshold (m) of their pair."""
        paired = (self.map_vertex >= 0) & (self.ground_vertex >= 0)
        return self.take(np.flatnonzero(paired | (self.off_m > threshold[self.pair])))

    def bounds(self, pairs: int) -> np.ndarray:
        """First row of each of ``pairs`` pairs, and the number of rows."""
        return np.searchsorted(self.pair, np.arange(pairs + 1, dtype=self.pair.dtype))

    def paired_count(self, pairs: int) -> np.ndarray:
        """Partners of each of ``pairs`` pairs."""
        paired = (self.map_vertex >= 0) & (self.ground_vertex >= 0)
        return np.bincount(self.pair[paired], minlength=pairs)

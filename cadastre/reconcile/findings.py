"""What the comparison has found, as arrays, before it is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cadastre.reconcile.conflicts import Conflict
from cadastre.reconcile.corners import Corners
from cadastre.reconcile.judgement import AreaJudgement, CornerJudgement, EdgeJudgement, PairLimits
from cadastre.reconcile.matching import Relations
from cadastre.reconcile.placing import Placed
from cadastre.reconcile.repeats import Repeats
from cadastre.reconcile.sides import GroundSide


@dataclass(frozen=True)
class Pairs:
    """One-to-one pairs (measured ``m``, mapped ``p``), their corners and judgement."""

    m: np.ndarray
    p: np.ndarray
    corners: Corners
    limits: PairLimits
    judged: CornerJudgement
    beyond: np.ndarray


@dataclass(frozen=True)
class Outlines:
    """Outlines compared corner by corner, with the vertices that their corners count.

    ``measured`` and ``parcels`` are the members of each where it is made of several.
    """

    pairs: Pairs
    area: AreaJudgement
    map_xy: np.ndarray
    ground_xy: np.ndarray
    ground_m2: np.ndarray
    measured: Sequence[Sequence[int]] | None = None
    parcels: Sequence[Sequence[int]] | None = None

    def members(self, k: int) -> tuple[list[int], list[int]]:
        """Mapped and measured parcels of a pair."""
        if self.measured is None or self.parcels is None:
            return [int(self.pairs.p[k])], [int(self.pairs.m[k])]
        return list(self.parcels[k]), list(self.measured[k])


@dataclass(frozen=True)
class Findings:
    """Everything found; ``area`` follows ``pairs``.

    ``wholes`` are the common outlines of parcels that do not stand one to one; ``agreed``
    marks overlaps with the map (rows of ``into``) that the neighbour's own measurement
    leaves free.
    """

    placed: Placed
    relations: Relations
    pairs: Pairs
    area: AreaJudgement
    edges: EdgeJudgement
    into: Conflict
    between: Conflict
    into_allowed: np.ndarray
    between_allowed: np.ndarray
    agreed: np.ndarray
    repeats: Repeats
    wholes: Outlines

    def singles(self, ground: GroundSide) -> Outlines:
        """Outlines of parcels that stand one to one."""
        return Outlines(
            self.pairs,
            self.area,
            self.placed.adjusted.xy,
            self.placed.ground_rings.xy,
            ground.shapes.area[self.pairs.m],
        )

    @property
    def deep_into(self) -> np.ndarray:
        """Overlaps with the map that are deeper than allowed, and as wide on the whole.

        A needle narrower than what is allowed is the noise of the line between two neighbours
        beside a side that moved.
        """
        deep = self.into.depth > self.into_allowed
        deep &= self.into.area > self.into.depth * self.into_allowed
        return np.flatnonzero(deep & ~self.repeats.open[self.into.first])

    @property
    def deep_between(self) -> np.ndarray:
        """Overlaps between measured parcels that are deeper than allowed."""
        held = self.repeats.open[self.between.first] | self.repeats.open[self.between.second]
        return np.flatnonzero((self.between.depth > self.between_allowed) & ~held)

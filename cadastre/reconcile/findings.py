"""What the comparison has found, as arrays, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cadastre.reconcile.conflicts import Conflict
from cadastre.reconcile.judgement import AreaJudgement, CornerJudgement, EdgeJudgement, PairLimits
from cadastre.reconcile.matching import Relations
from cadastre.reconcile.pairing import Corners
from cadastre.reconcile.placing import Placed


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
class Findings:
    """Everything found; ``area`` follows ``pairs``."""

    placed: Placed
    relations: Relations
    pairs: Pairs
    area: AreaJudgement
    edges: EdgeJudgement
    into: Conflict
    between: Conflict
    into_allowed: np.ndarray
    between_allowed: np.ndarray

    @property
    def deep_into(self) -> np.ndarray:
        """Overlaps with the map that are deeper than allowed."""
        return np.flatnonzero(self.into.depth > self.into_allowed)

    @property
    def deep_between(self) -> np.ndarray:
        """Overlaps between measured parcels that are deeper than allowed."""
        return np.flatnonzero(self.between.depth > self.between_allowed)

"""What an adjustment answers: points, residuals, covariance, statistics; and their tests.

Residual = adjusted - observed. Covariances are scaled by the reference standard deviation
in use. Tests after Baarda (1968) and Ghilani, Adjustment Computations, chapters 16 and 21.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, stats

from cadastre.survey.adjust_datum import Solver
from cadastre.survey.adjust_equations import Array, Layout


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of the whole adjustment; ``sigma0`` is a posteriori, in units of the a priori one.

    ``ratio`` = sigma0 / sigma_apriori lies between ``lower`` and ``upper`` when the
    chi-square test at ``confidence`` is ``passed``; ``scale`` multiplies cofactors.
    """

    observations: int
    unknowns: int
    defect: int
    degrees_of_freedom: int
    sum_of_squares: float
    sigma_apriori: float
    sigma0: float
    ratio: float
    lower: float
    upper: float
    passed: bool
    confidence: float
    use_aposteriori: bool
    scale: float
    ellipse_factor: float
    iterations: int


@dataclass(frozen=True)
class Covariance:
    """Covariances in square metres and radians, computed where they are asked for.

    ``selected`` has every pair of unknowns joined by an observation; any other pair is
    solved for in :meth:`of`.
    """

    layout: Layout
    solver: Solver
    selected: sparse.csr_matrix
    scale: float

    def labels(self) -> list[tuple[str, str]]:
        """Return (point, component) of each unknown; orientations are (station, "orientation")."""
        found = [("", "")] * self.layout.size
        for name, row in zip(self.layout.names, self.layout.unknowns, strict=True):
            for unknown, part in zip(row, ("east", "north", "height"), strict=True):
                if unknown >= 0:
                    found[unknown] = (name, part)
        first = self.layout.size - len(self.layout.groups)
        for (station, _), position in self.layout.groups.items():
            found[first + position] = (station, "orientation")
        return found

    def of(self, *points: str) -> Array:
        """Joint covariance of points: their unknowns in the order east, north, height."""
        rows = [self.layout.unknowns[self.layout.names.index(point)] for point in points]
        return self.between([int(u) for row in rows for u in row if u >= 0])

    def between(self, unknowns: list[int]) -> Array:
        """Joint covariance of unknowns by their position."""
        unit = np.zeros((self.layout.size, len(unknowns)))
        unit[unknowns, np.arange(len(unknowns))] = 1.0
        cofactors = self.solver.cofactor(unit)[unknowns]
        joint: Array = self.scale * (cofactors + cofactors.T) / 2
        return joint

    def blocks(self) -> Array:
        """3 x 3 covariance of every point (zero where it has no unknown)."""
        unknowns = self.layout.unknowns
        result = np.zeros((len(unknowns), 3, 3))
        for one in range(3):
            for two in range(3):
                both = (unknowns[:, one] >= 0) & (unknowns[:, two] >= 0)
                rows, columns = unknowns[both, one], unknowns[both, two]
                if len(rows):
                    found = np.asarray(self.selected[rows, columns]).ravel()
                    result[both, one, two] = self.scale * found
        return result


@dataclass(frozen=True)
class Adjustment:
    """Result of a least-squares adjustment, in metres and radians.

    ``points``: id, east, north, height, plane, level, sigma_east, sigma_north, sigma_height,
    semi_major, semi_minor, azimuth (standard ellipse; azimuth of the major axis) and
    confidence_major, confidence_minor.
    ``residuals``: kind, station, backsight, target, observed, adjusted, residual, sigma,
    sigma_adjusted, sigma_residual, redundancy, standardised, used, note, line.
    ``orientations``: station, group, orientation, sigma.
    """

    points: pd.DataFrame
    residuals: pd.DataFrame
    covariance: Covariance
    statistics: Statistics
    orientations: pd.DataFrame
    notes: tuple[dict[str, str], ...] = ()


def judge(
    vpv: float,
    counts: tuple[int, int, int],
    *,
    sigma_apriori: float,
    confidence: float,
    use_aposteriori: bool,
    iterations: int,
) -> Statistics:
    """Statistics from the weighted sum of squares and (observations, unknowns, defect).

    >>> told = judge(2.0, (6, 4, 0), sigma_apriori=1.0, confidence=0.95,
    ...              use_aposteriori=True, iterations=2)
    >>> told.degrees_of_freedom, told.sigma0, told.passed, round(told.lower, 3)
    (2, 1.0, True, 0.159)
    """
    observations, unknowns, defect = counts
    freedom = observations - unknowns + defect
    ratio = math.sqrt(vpv / freedom) if freedom else 1.0
    outside = (1 - confidence) / 2
    lower = upper = 1.0
    if freedom:
        lower, upper = np.sqrt(stats.chi2.ppf([outside, 1 - outside], freedom) / freedom)
    after = use_aposteriori and freedom > 0
    factor = 2 * stats.f.ppf(confidence, 2, freedom) if after else stats.chi2.ppf(confidence, 2)
    return Statistics(
        observations=observations,
        unknowns=unknowns,
        defect=defect,
        degrees_of_freedom=freedom,
        sum_of_squares=vpv * sigma_apriori**2,
        sigma_apriori=sigma_apriori,
        sigma0=ratio * sigma_apriori if freedom else 0.0,
        ratio=ratio if freedom else 0.0,
        lower=float(lower),
        upper=float(upper),
        passed=bool(not freedom or lower <= ratio <= upper),
        confidence=confidence,
        use_aposteriori=use_aposteriori,
        scale=ratio**2 if after else 1.0,
        ellipse_factor=math.sqrt(factor),
        iterations=iterations,
    )


def ellipses(blocks: Array) -> tuple[Array, Array, Array]:
    """Semi-axes and azimuth of the major axis (from north, clockwise) of 2 x 2 covariances.

    >>> major, minor, azimuth = ellipses(np.array([[[4.0, 0.0], [0.0, 1.0]]]))
    >>> float(major[0]), float(minor[0]), round(float(azimuth[0]), 6)
    (2.0, 1.0, 1.570796)
    """
    east, north, both = blocks[:, 0, 0], blocks[:, 1, 1], blocks[:, 0, 1]
    half = np.hypot((north - east) / 2, both)
    middle = (east + north) / 2
    azimuth = np.arctan2(2 * both, north - east) / 2 % np.pi
    return np.sqrt(middle + half), np.sqrt(np.maximum(middle - half, 0.0)), azimuth

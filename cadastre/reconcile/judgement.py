"""What is significant and beyond its limit: corners, edges and areas of matched pairs.

A difference is flagged only when it is beyond ``allowed = sqrt(limit^2 + (k sigma)^2)`` and
significant. A corner is significant by itself when d' S^-1 d exceeds the chi-square
quantile (two degrees of freedom, 95 %), S = S_map + S_survey. A parcel has several corners,
so it is suspected as a whole only at a level that holds for all of them together (Sidak);
beyond a stated multiple of the allowed a difference is flagged in any case.
The variance of an area is propagated from its corners: sum |p(i+1) - p(i-1)|^2 s^2 / 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from cadastre.reconcile.corners import Corners
from cadastre.reconcile.differing import unlike_edges, write_judged
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sharing import in_blocks
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.regulation import Regulation

_BLOCK = 200_000  # corners


@dataclass(frozen=True)
class PairLimits:
    """Per matched pair: position limit, allowed, variance of one coordinate, threshold (m)."""

    limit: np.ndarray
    allowed: np.ndarray
    variance: np.ndarray
    threshold: np.ndarray


@dataclass(frozen=True)
class CornerJudgement:
    """Per corner row: difference (2, n), length, raw length, flags; NaN without partner."""

    difference: np.ndarray
    distance: np.ndarray
    raw: np.ndarray
    significant: np.ndarray
    moved: np.ndarray
    off: np.ndarray


@dataclass(frozen=True)
class AreaJudgement:
    """Per matched pair: difference, allowed and bare limit (m2), flag, whether against a paper."""

    difference: np.ndarray
    allowed: np.ndarray
    limit: np.ndarray
    flagged: np.ndarray
    on_paper: np.ndarray


def map_variance(limit_m: np.ndarray, regulation: Regulation) -> np.ndarray:
    """Variance of one map coordinate in m2: the RMS of a point is a share of its limit."""
    share = float(regulation["accuracy"]["judgement"]["map_rms_share"])
    return np.asarray((limit_m * share) ** 2 / 2.0)


def pair_limits(
    map_side: MapSide,
    ground: GroundSide,
    pairs: tuple[np.ndarray, np.ndarray],
    corners: np.ndarray,
    regulation: Regulation,
) -> PairLimits:
    """Limits of pairs (m, p) with this many corners each."""
    m, p = pairs
    limit, sigma = map_side.limit_m[p], ground.sigma[m]
    variance = map_variance(limit, regulation) + sigma**2
    return limits_of(limit, sigma, variance, corners, regulation)


def limits_of(
    limit: np.ndarray,
    sigma: np.ndarray,
    variance: np.ndarray,
    corners: np.ndarray,
    regulation: Regulation,
) -> PairLimits:
    """Limits of outlines with this many corners each.

    Parameters
    ----------
    limit, sigma : position limit and survey's sigma of one coordinate, metres
    variance : of one coordinate of a difference, m2
    """
    allowed = regulation.accuracy.allowed(limit, sigma)
    rules = regulation["reconcile"]["judgement"]
    each = 1.0 - float(rules["parcel_level"]) ** (1.0 / np.maximum(corners, 1))
    level = np.sqrt(-2.0 * variance * np.log(each))
    return PairLimits(limit, allowed, variance, _threshold(allowed, level, regulation))


def _threshold(allowed: np.ndarray, level: np.ndarray, regulation: Regulation) -> np.ndarray:
    certain = float(regulation["reconcile"]["judgement"]["certain_factor"])
    return np.asarray(np.maximum(allowed, np.minimum(level, certain * allowed)))


def judge_corners(
    corners: Corners,
    map_xy: np.ndarray,
    raw_xy: np.ndarray,
    ground_xy: np.ndarray,
    limits: PairLimits,
    regulation: Regulation,
) -> CornerJudgement:
    """Compare paired corners; ``map_xy`` after the sheet's shift, ``raw_xy`` as mapped.

    Where no sheet has one the two are the same array, and so are the distances.
    """
    quantile = float(regulation["accuracy"]["judgement"]["chi_square_2d_95"])
    count = len(corners.pair)
    difference, distance = (np.empty(shape, dtype=np.float32) for shape in ((2, count), count))
    raw = distance if raw_xy is map_xy else np.empty(count, dtype=np.float32)
    judged = CornerJudgement(
        difference, distance, raw, *(np.empty(count, dtype=bool) for _ in range(3))
    )
    in_blocks(
        lambda begin, end: write_judged(
            corners.pair, corners.map_vertex, corners.ground_vertex, corners.off_m,
            map_xy, raw_xy, ground_xy, limits.threshold, quantile * limits.variance,
            judged.difference, judged.distance, judged.raw,
            judged.significant, judged.moved, judged.off, begin, end,
        ),
        count, _BLOCK,
    )  # fmt: skip
    return judged


def area_sigma(chord_m2: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Standard deviation in m2 of areas, from their chords and the variance of a coordinate."""
    return np.asarray(np.sqrt(chord_m2 * variance) / 2.0)


def judge_area(
    measured_m2: np.ndarray,
    map_m2: np.ndarray,
    paper_m2: np.ndarray,
    scale: np.ndarray,
    sigma: tuple[np.ndarray, np.ndarray],
    regulation: Regulation,
) -> AreaJudgement:
    """Compare measured areas with the papers, or with the map where no paper gives one.

    A paper's area that was taken from the map has the map's uncertainty; any other stands
    by itself, so that only the survey's sigma widens its limit.

    Parameters
    ----------
    sigma : of the measured and of the mapped area, m2
    """
    rules = regulation["reconcile"]["judgement"]
    on_paper = np.isfinite(paper_m2)
    other = np.where(on_paper, paper_m2, map_m2)
    derived = ~on_paper | (np.abs(other - map_m2) <= float(rules["derived_area_m2"]))
    limit = regulation.accuracy.area_limit(scale, other)
    allowed = regulation.accuracy.allowed(limit, sigma[0])
    level = float(ndtri(0.5 + float(rules["measure_level"]) / 2.0))
    threshold = np.where(
        derived,
        np.maximum(allowed, level * np.hypot(*sigma)),
        _threshold(allowed, level * sigma[0], regulation),
    )
    difference = measured_m2 - other
    return AreaJudgement(
        difference,
        np.where(derived, threshold, allowed),
        limit,
        np.abs(difference) > threshold,
        on_paper,
    )


@dataclass(frozen=True)
class EdgeJudgement:
    """Edges between paired corners: pair, both ends' rows, lengths and flags (m)."""

    pair: np.ndarray
    row: np.ndarray
    next_row: np.ndarray
    map_m: np.ndarray
    ground_m: np.ndarray
    allowed: np.ndarray
    flagged: np.ndarray


def judge_edges(
    corners: Corners,
    pairs: tuple[np.ndarray, np.ndarray],
    rings: tuple[Rings, Rings],
    scale: np.ndarray,
    farmland: np.ndarray,
    sigma: np.ndarray,
    limits: PairLimits,
    regulation: Regulation,
) -> EdgeJudgement:
    """Edge lengths against Annex 03; ``scale``, ``farmland`` and ``sigma`` are per pair.

    ``pairs`` are the mapped and the measured parcels, ``rings`` those of either side.
    Only edges whose difference is significant are returned: no other can be flagged.
    """
    map_rings, ground_rings = rings
    bounds = corners.bounds(len(scale))
    most = int(np.diff(bounds).max(initial=0))
    each = float(regulation["reconcile"]["judgement"]["measure_level"]) ** (
        1.0 / np.arange(1, most + 2)
    )
    quantile = ndtri(0.5 + each / 2.0)  # by the number of edges judged together
    row, next_row, level = unlike_edges(
        corners, bounds, pairs, rings, quantile, np.sqrt(2.0 * limits.variance)
    )
    k = corners.pair[row]
    map_m, ground_m = (
        np.hypot(*(side.xy[vertex[next_row]] - side.xy[vertex[row]]).T)
        for side, vertex in (
            (map_rings, corners.map_vertex),
            (ground_rings, corners.ground_vertex),
        )
    )
    limit = regulation.accuracy.edge_limit(scale[k], map_m, farmland[k])
    allowed = np.maximum(regulation.accuracy.allowed(limit, np.sqrt(2.0) * sigma[k]), level)
    flagged = np.abs(ground_m - map_m) > allowed
    return EdgeJudgement(k, row, next_row, map_m, ground_m, allowed, flagged)

"""Judging measurements and control: outliers one at a time, and the network adjusted twice.

Data snooping after Baarda (1968) with the normal quantile where the a priori sigma holds or
is not reached, and with Pope's tau (1976) where a larger sigma is estimated from the
residuals. An observation is switched off and named, never deleted. The control is judged by
what it adds to the sum of squares of a network that only its own measurements shape (F test).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from cadastre.errors import InputRefused
from cadastre.formats.network import KINDS_VI, NetworkPoint, Observation
from cadastre.regulation import Regulation, load
from cadastre.survey.adjust import Covariances, adjust_network
from cadastre.survey.adjust_hanging import hanging_control
from cadastre.survey.adjust_result import Adjustment, Statistics


@dataclass(frozen=True, slots=True)
class Outlier:
    """One suspected observation: its position, test value, limit and likely error (m, rad)."""

    number: int
    name: str
    line: int | None
    standardised: float
    limit: float
    likely_error: float

    @property
    def name_vi(self) -> str:
        """What a person calls it in Vietnamese."""
        kind, _, ends = self.name.partition(" ")
        return f"{KINDS_VI.get(kind, kind)} {ends}"


@dataclass(frozen=True, slots=True)
class OutlierSearch:
    """Observations switched off, in the order found, and the adjustment without them."""

    switched_off: tuple[Outlier, ...]
    adjustment: Adjustment


def search_outliers(
    observations: Iterable[Observation],
    points: Iterable[NetworkPoint],
    *,
    covariances: Covariances | None = None,
    regulation: Regulation | None = None,
    switched_off: Mapping[int, str] | None = None,
    first: Adjustment | None = None,
    **settings: Any,
) -> OutlierSearch:
    """Outliers found one at a time; each round switches off the worst and adjusts again.

    Parameters
    ----------
    observations, points, covariances, switched_off, **settings
        As for ``adjust_network``.
    first : adjustment with all of that, where there is one already

    Examples
    --------
    Five readings of one height, one of them 30 mm off:

    >>> seen = [Observation("height", 10 + e, 0.002, target="P")
    ...         for e in (0.001, -0.001, 0.0, 0.002, 0.030)]
    >>> found = search_outliers(seen, [NetworkPoint("P", plane="", level="adjusted")],
    ...                         use_aposteriori=False)
    >>> [outlier.number for outlier in found.switched_off]
    [4]
    """
    rule = (regulation or load())["survey"]["outlier"]
    everything, known = list(observations), list(points)
    off: dict[int, str] = dict(switched_off or {})
    found: list[Outlier] = []
    result = first or adjust_network(
        everything, known, covariances=covariances, switched_off=off, **settings
    )
    while True:
        worst = _worst(everything, result, rule)
        if worst is None or len(found) >= int(rule["most"]):
            return OutlierSearch(tuple(found), result)
        off[worst.number] = f"outlier: {worst.standardised:.1f} > {worst.limit:.1f}"
        try:
            result = adjust_network(
                everything, known, covariances=covariances, switched_off=off, **settings
            )
        except InputRefused:
            # Without it the network falls apart: it is not controlled well enough to accuse.
            return OutlierSearch(tuple(found), result)
        found.append(worst)


def _worst(
    observations: list[Observation], result: Adjustment, rule: Mapping[str, Any]
) -> Outlier | None:
    limit = critical_value(result, _level(result, rule))
    table = result.residuals
    controlled = table["used"] & (table["redundancy"] > float(rule["smallest_redundancy"]))
    size = table["standardised"].abs().where(controlled) * _lucky(result.statistics)
    if not size.notna().any() or not float(size.max()) > limit:
        return None
    number = int(size.to_numpy(dtype=float, na_value=-1.0).argmax())
    row = table.iloc[number].to_dict()
    return Outlier(
        number=number,
        name=observations[number].name,
        line=observations[number].line,
        standardised=float(size.iloc[number]),
        limit=limit,
        likely_error=-float(row["residual"]) / float(row["redundancy"]),
    )


def sound_observations(result: Adjustment, *, regulation: Regulation | None = None) -> set[int]:
    """Positions of the observations that others control, and that pass the test."""
    rule = (regulation or load())["survey"]["outlier"]
    limit = critical_value(result, _level(result, rule))
    table = result.residuals
    size = table["standardised"].abs() * _lucky(result.statistics)
    controlled = table["used"] & (table["redundancy"] > float(rule["smallest_redundancy"]))
    return set(np.flatnonzero((controlled & (size <= limit)).to_numpy(dtype=bool)).tolist())


def _level(result: Adjustment, rule: Mapping[str, Any]) -> float:
    """Significance of one test: in a large network sound observations shall not fall by chance."""
    tests = max(result.statistics.observations, 1)
    return min(float(rule["significance"]), float(rule["family"]) / tests)


def _lucky(statistics: Statistics) -> float:
    """Factor for residuals that came out smaller than the stated precision.

    They are then judged by what was stated: a network that happens to agree to the millimetre
    makes no blunder of three millimetres.
    """
    return min(statistics.ratio, 1.0) if statistics.use_aposteriori else 1.0


def critical_value(result: Adjustment, significance: float) -> float:
    """Limit of a standardised residual: normal, or Pope's tau with an estimated sigma."""
    statistics = result.statistics
    if not statistics.use_aposteriori or 0.0 < statistics.ratio < 1.0:
        return float(stats.norm.ppf(1 - significance / 2))
    freedom = statistics.degrees_of_freedom
    if freedom < 2:
        return math.inf
    student = float(stats.t.ppf(1 - significance / 2, freedom - 1))
    return math.sqrt(freedom) * student / math.sqrt(freedom - 1 + student**2)


@dataclass(frozen=True, slots=True)
class AdjustedTwice:
    """A network by its measurements alone, then on its control.

    ``strain`` is what the control adds to the sum of squares, ``limit`` its bound at the
    confidence of the adjustment; ``control`` maps each control point to the distance in
    metres between its given place and the one the measurements fit it to.
    """

    measurements: Adjustment
    final: Adjustment
    strain: float
    limit: float
    control_fits: bool
    control: Mapping[str, float]


def adjust_twice(
    observations: Iterable[Observation],
    points: Iterable[NetworkPoint],
    *,
    covariances: Covariances | None = None,
    regulation: Regulation | None = None,
    final: Adjustment | None = None,
    **settings: Any,
) -> AdjustedTwice:
    """Minimally constrained adjustment, then the adjustment to the control, and both judged.

    Very good measurements strain any control; one that fits them within the ``smallest_m`` of
    the rule is not accused. Control that the measurements alone cannot place, as a mark that
    was only sighted for orientation, plays no part in the first adjustment. ``final`` is the
    adjustment to the control, where there is one already.
    """
    rule = (regulation or load())["survey"]["control"]
    everything, known = list(observations), list(points)
    off = dict(settings.pop("switched_off", None) or {})
    free = adjust_network(
        everything, known, covariances=covariances, datum="constrained",
        switched_off=off | hanging_control(everything, known, off), **settings,
    )  # fmt: skip
    final = final or adjust_network(
        everything, known, covariances=covariances, switched_off=off, **settings
    )
    strain, limit = _strain(free.statistics, final.statistics)
    moved = _control(known, free)
    near = max(moved.values(), default=0.0) <= float(rule["smallest_m"])
    return AdjustedTwice(free, final, strain, limit, strain <= limit or near, moved)


def _strain(first: Statistics, second: Statistics) -> tuple[float, float]:
    """What the control adds to the sum of squares for each condition, and its bound.

    Against the precision that the residuals of the free network show (F), or against the a
    priori one where that holds (chi-square).
    """
    added = second.degrees_of_freedom - first.degrees_of_freedom
    if added <= 0 or first.degrees_of_freedom <= 0:
        return 0.0, math.inf
    more = max(second.sum_of_squares - first.sum_of_squares, 0.0) / added
    apriori = first.sigma_apriori**2
    if not first.use_aposteriori:
        return more / apriori, float(stats.chi2.ppf(first.confidence, added)) / added
    # Residuals a thousand times smaller than expected are rounding, not evidence.
    own = max(first.sum_of_squares / first.degrees_of_freedom, 1e-6 * apriori)
    return more / own, float(stats.f.ppf(first.confidence, added, first.degrees_of_freedom))


def _control(points: list[NetworkPoint], free: Adjustment) -> dict[str, float]:
    places = free.points.set_index("id")
    moved = {}
    for point in points:
        if point.id not in places.index or "fixed" not in (point.plane, point.level):
            continue
        row = places.loc[point.id].to_dict()
        given = [
            (point.east, row["east"], point.plane),
            (point.north, row["north"], point.plane),
            (point.height, row["height"], point.level),
        ]
        off = [float(found) - value for value, found, role in given if role == "fixed" and value]
        moved[point.id] = float(np.hypot.reduce(off)) if off else 0.0
    return moved

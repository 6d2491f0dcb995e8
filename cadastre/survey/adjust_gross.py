"""Observations that miss by more than a linearisation bears: gross absolute terms.

An observed value is compared with the one computed from the approximate coordinates, an
angle by what it means across its line of sight; a set of directions is oriented by the
median of its readings, so that one wrong reading does not accuse the others. Approximate
coordinates may be wrong themselves: only what also misses the network that the other
observations make is switched off. The rule is ``tol-abs`` of the gkf format (GNU Gama
manual, chapter "Network parameters").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cadastre.errors import InputRefused
from cadastre.formats.network import ANGULAR, NetworkPoint, Observation
from cadastre.survey.adjust_equations import Array, equations
from cadastre.survey.adjust_input import (
    Covariances,
    kept_covariances,
    observations_of,
    points_of,
    without_role,
)
from cadastre.survey.adjust_run import Run

#: Rounds in which observations are taken in again, or undetermined points left out.
_MOST_ROUNDS = 8


def gross_terms(
    observations: Iterable[Observation],
    points: Iterable[NetworkPoint],
    *,
    tolerance_m: float,
    datum: str = "fixed",
    covariances: Covariances | None = None,
) -> dict[int, str]:
    """Observations to switch off, by position, each with the reason.

    A point that nothing sound determines any more goes with its observations. What cannot
    be computed at all is left to the adjustment, which tells why.

    Examples
    --------
    One of three height differences is a hundred metres off:

    >>> loop = [Observation("dh", 1.0, 0.002, "A", "B"), Observation("dh", 0.5, 0.002, "B", "C"),
    ...         Observation("dh", -101.5, 0.002, "C", "A")]
    >>> heights = [NetworkPoint("A", height=10.0, plane="", level="fixed"),
    ...            NetworkPoint("B", height=11.0, plane="", level="adjusted"),
    ...            NetworkPoint("C", height=11.5, plane="", level="adjusted")]
    >>> gross_terms(loop, heights, tolerance_m=1.0)
    {2: 'gross: 100.000 m > 1.000 m'}
    """
    everything = observations_of(observations)
    known = points_of(points, everything, datum)
    try:
        work = _Work(everything, known, covariances or {}, tolerance_m)
        return work.confirmed(work.suspected())
    except InputRefused:
        return {}


class _Work:
    """One network of which parts are switched off and on again."""

    def __init__(
        self,
        observations: list[Observation],
        points: dict[str, NetworkPoint],
        covariances: Covariances,
        tolerance_m: float,
    ) -> None:
        self.observations, self.points = observations, points
        self.covariances, self.tolerance_m = covariances, tolerance_m
        self.used, self.whole = self._without({})

    def _without(self, off: Mapping[int, str]) -> tuple[list[int], Run]:
        gone = without_role(self.observations, self.points, off)
        used = [n for n in range(len(self.observations)) if n not in gone]
        kept = kept_covariances(self.covariances, self.observations, set(used))
        return used, Run.prepare([self.observations[n] for n in used], self.points, kept)

    def suspected(self) -> dict[int, str]:
        """What misses both the approximate coordinates and the network of all observations."""
        gross = self._gross(self.whole.start)
        if not gross:
            return {}
        try:
            settled = self._gross(self.whole.iterate(settle=False).coordinates)
        except InputRefused:
            return gross
        return {n: why for n, why in gross.items() if n in settled}

    def confirmed(self, suspected: dict[int, str]) -> dict[int, str]:
        """What misses the network of the others too; no sound point is lost for it."""
        off, weak = dict(suspected), dict[int, str]()
        for _ in range(_MOST_ROUNDS):
            if not off:
                return {}
            try:
                gross = self._gross(self._places(off | weak))
            except InputRefused as lost:
                more = self._of_points(lost.facts.get("points") or ())
                if not set(more) - set(off | weak):
                    return off | weak
                weak |= more
                continue
            kept = {n: gross[n] for n in off if n in gross}
            if set(kept) == set(off):
                return weak | kept
            off = kept
        return off | weak

    def _places(self, off: Mapping[int, str]) -> Array:
        """Coordinates of all points, unknown (nan) where the rest does not determine them."""
        _, run = self._without(off)
        found = dict(zip(run.layout.names, run.iterate(settle=False).coordinates, strict=True))
        nowhere = np.full(3, np.nan)
        return np.array([found.get(name, nowhere) for name in self.whole.layout.names])

    def _of_points(self, names: Iterable[str]) -> dict[int, str]:
        lost = set(names)
        ends = {n: {o.station, o.target, o.backsight} & lost
                for n, o in enumerate(self.observations)}  # fmt: skip
        return {
            n: f"point not determined: {', '.join(sorted(end))}" for n, end in ends.items() if end
        }

    def _gross(self, coordinates: Array) -> dict[int, str]:
        missed = _missed(self.whole, coordinates)
        return {
            self.used[row]: f"gross: {missed[row]:.3f} m > {self.tolerance_m:.3f} m"
            for row in np.flatnonzero(~(missed <= self.tolerance_m))
        }


def _missed(run: Run, coordinates: Array) -> Array:
    """How far each observation misses at some coordinates, in metres."""
    table = run.table
    turned = _orientations(run, coordinates)
    misfit = equations(table, run.layout, coordinates, turned).misfit
    angular = np.isin(table.kinds, ANGULAR)
    step = coordinates[table.target] - coordinates[table.station]
    rise = np.where(table.kinds == "z-angle", step[:, 2] + table.rise, 0.0)
    reach = np.where(angular, np.hypot(np.hypot(step[:, 0], step[:, 1]), rise), 1.0)
    missed: Array = np.abs(misfit * reach)
    return missed


def _orientations(run: Run, coordinates: Array) -> Array:
    """Orientation of each set by the median of its readings."""
    table = run.table
    rows = np.flatnonzero(table.kinds == "direction")
    step = coordinates[table.target[rows]] - coordinates[table.station[rows]]
    which = table.orientation[rows]
    middle = run.orientations(np.nan_to_num(coordinates))
    off = np.arctan2(step[:, 0], step[:, 1]) - table.value[rows] - middle[which]
    off = (off + np.pi) % (2 * np.pi) - np.pi
    median = pd.Series(off).groupby(which).median()
    middle[median.index] += median.fillna(0.0)
    turned: Array = middle
    return turned

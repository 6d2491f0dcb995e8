"""Measurements and control of a network, each judged by what the other cannot hide.

A control point that has moved strains the sound measurements around it, and a search for
outliers on that control would accuse them. What the search finds is believed where the
control fits without it and the network that only the measurements shape does not vouch for
what was accused. Else outliers are sought in that network alone, and control that still does
not fit is told instead of a measurement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cadastre.errors import InputRefused
from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey.adjust_hanging import hanging_control
from cadastre.survey.adjust_quality import (
    AdjustedTwice,
    Outlier,
    OutlierSearch,
    adjust_twice,
    search_outliers,
    sound_observations,
)
from cadastre.survey.adjust_result import Adjustment


@dataclass(frozen=True)
class Judged:
    """Observations switched off and the adjustment on the control without them.

    ``twice`` is None where only the control holds the network together.
    """

    outliers: tuple[Outlier, ...]
    adjustment: Adjustment
    twice: AdjustedTwice | None


def judge_network(
    observations: Iterable[Observation],
    points: Iterable[NetworkPoint],
    *,
    switched_off: Mapping[int, str] | None = None,
    first: Adjustment | None = None,
    **settings: Any,
) -> Judged:
    """Outliers and control of a network.

    Parameters
    ----------
    observations, points, switched_off, **settings
        As for ``adjust_network``; also ``regulation``.
    first : adjustment with all of that, where there is one already

    Examples
    --------
    A height levelled from three bench marks, over two ways each; the third has sunk by 50 mm,
    and nothing that was measured is to blame:

    >>> lines = [("A", 1.001), ("A", 0.999), ("B", 2.002), ("B", 2.0), ("C", 3.001), ("C", 2.999)]
    >>> seen = [Observation("dh", rise, 0.002, mark, "P") for mark, rise in lines]
    >>> marks = [NetworkPoint(n, height=h, plane="", level="fixed")
    ...          for n, h in (("A", 9.0), ("B", 8.001), ("C", 6.95))]
    >>> found = judge_network(seen, marks, use_aposteriori=False)
    >>> len(found.outliers), found.twice.control_fits
    (0, False)
    """
    work = _Work(list(observations), list(points), settings)
    given = dict(switched_off or {})
    on_control = work.search(given, first=first)
    accused, final = on_control.switched_off, on_control.adjustment
    twice = work.twice(given | _reasons(accused), final)
    believed = Judged(accused, final, twice)
    if not accused or twice is None:
        return believed
    if twice.control_fits and not work.vouched(accused, given, final):
        return believed
    alone = work.alone(given)
    twice = work.twice(given | _reasons(alone))
    if twice is None:
        return believed
    if not twice.control_fits:
        return Judged(alone, twice.final, twice)
    more = work.search(given | _reasons(alone), first=twice.final)
    every = (*alone, *more.switched_off)
    return Judged(every, more.adjustment, work.twice(given | _reasons(every), more.adjustment))


def _reasons(outliers: Iterable[Outlier]) -> dict[int, str]:
    return {o.number: f"outlier: {o.standardised:.1f} > {o.limit:.1f}" for o in outliers}


@dataclass(frozen=True)
class _Work:
    observations: list[Observation]
    points: list[NetworkPoint]
    settings: dict[str, Any]

    def search(self, off: Mapping[int, str], **more: Any) -> OutlierSearch:
        """Outliers on the control, or in another datum."""
        return search_outliers(
            self.observations, self.points, switched_off=dict(off), **self.settings, **more
        )

    def twice(
        self, off: Mapping[int, str], final: Adjustment | None = None
    ) -> AdjustedTwice | None:
        """Both adjustments; None where the measurements do not stand without the control."""
        try:
            return adjust_twice(
                self.observations, self.points, switched_off=dict(off), final=final, **self.settings
            )
        except InputRefused:
            return None

    def alone(self, off: Mapping[int, str]) -> tuple[Outlier, ...]:
        """Outliers of the network that only the measurements shape."""
        loose = dict(off) | hanging_control(self.observations, self.points, off)
        try:
            return self.search(loose, datum="constrained").switched_off
        except InputRefused:
            return ()

    def vouched(
        self, accused: Iterable[Outlier], off: Mapping[int, str], final: Adjustment
    ) -> bool:
        """Whether the measurements alone control all that is accused, and find it sound."""
        twice = self.twice(off, final)  # only what the measurements say is asked here
        if twice is None:
            return False
        regulation = self.settings.get("regulation")
        sound = sound_observations(twice.measurements, regulation=regulation)
        return all(outlier.number in sound for outlier in accused)

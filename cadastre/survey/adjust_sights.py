"""The observations of a network sorted by point, for looking around from a point."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from cadastre.formats.network import Observation


@dataclass
class Sights:
    """Observations sorted by point, for looking around from a point."""

    sets: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    sets_of: dict[str, set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))
    distance: dict[tuple[str, str], float] = field(default_factory=dict)
    azimuth: dict[tuple[str, str], float] = field(default_factory=dict)
    step: dict[tuple[str, str], dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    near: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def sorted_sights(observations: Iterable[Observation]) -> Sights:
    """Observations sorted by the points that they join."""
    sights = Sights()
    zenith: dict[tuple[str, str], float] = {}
    slopes: list[Observation] = []
    for number, o in enumerate(observations):
        if o.kind in ("direction", "angle"):
            _add_readings(sights, o, number)
        elif o.kind == "z-angle":
            zenith[o.station, o.target] = o.value
        elif o.kind == "s-distance":
            slopes.append(o)
        else:
            _add_line(sights, o)
        if o.station:
            sights.near[o.station].add(o.target)
            sights.near[o.target].add(o.station)
    for o in slopes:
        ends = (o.station, o.target)
        flat = o.value * math.sin(zenith.get(ends, zenith.get(ends[::-1], math.pi / 2)))
        sights.distance.setdefault(ends, flat)
        sights.distance.setdefault(ends[::-1], flat)
    return sights


def _add_readings(sights: Sights, o: Observation, number: int) -> None:
    if o.kind == "direction":
        _add_reading(sights, (o.station, o.group), o.target, o.value)
    else:
        _add_reading(sights, (o.station, -1 - number), o.backsight, 0.0)
        _add_reading(sights, (o.station, -1 - number), o.target, o.value)


def _add_line(sights: Sights, o: Observation) -> None:
    ends = (o.station, o.target)
    if o.kind == "distance":
        sights.distance[ends] = sights.distance[ends[::-1]] = o.value
    elif o.kind == "azimuth":
        sights.azimuth[ends] = o.value
    elif o.kind in ("d-east", "d-north"):
        sights.step[ends][o.kind] = o.value


def _add_reading(sights: Sights, name: tuple[str, int], target: str, reading: float) -> None:
    sights.sets.setdefault(name, {})[target] = reading
    for point in (name[0], target):
        sights.sets_of[point].add(name)
    sights.near[name[0]].add(target)
    sights.near[target].add(name[0])
    for other in sights.sets[name]:
        if other != target:
            sights.near[other].add(target)
            sights.near[target].add(other)

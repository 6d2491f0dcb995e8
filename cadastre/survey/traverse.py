"""Traverses in a field network: angular and linear misclosure against the limits.

A traverse leaves a control point, passes stations each of which sees the one before and
the one after, and ends on a control point. The angular misclosure is shared out equally
and the linear one by length (Bowditch); the stations that come out are good enough to
start a least-squares adjustment from, and are used for nothing else.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd

Place = complex


@dataclass(frozen=True, slots=True)
class Traverse:
    """One traverse: stations in order, misclosures (computed - known) and their limits.

    Angles in radians, lengths in metres. ``angular`` is None where an end has no control to
    look at; then the coordinates are only judged as far as they can be. ``relative`` is the
    length divided by the linear misclosure (inf for a perfect one); ``places`` are the
    stations after Bowditch.
    """

    stations: tuple[str, ...]
    angles: int
    length: float
    angular: float | None
    angular_allowed: float
    east: float
    north: float
    linear: float
    relative: float
    relative_allowed: float
    places: Mapping[str, Place]

    @property
    def passed(self) -> bool:
        """Whether both misclosures keep their limits."""
        turned = self.angular is None or abs(self.angular) <= self.angular_allowed
        return turned and self.relative >= self.relative_allowed


@dataclass
class _Sights:
    """Mean directions and distances between points that carry a traverse."""

    circle: dict[str, dict[int, dict[str, float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    distance: dict[frozenset[str], list[float]] = field(default_factory=lambda: defaultdict(list))
    near: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def length(self, a: str, b: str) -> float:
        """Mean of all distances between two points."""
        measured = self.distance[frozenset((a, b))]
        return sum(measured) / len(measured)

    def angle(self, at: str, back: str, ahead: str) -> float | None:
        """Angle turned clockwise from ``back`` to ``ahead``, if one set holds both."""
        for readings in self.circle.get(at, {}).values():
            if back in readings and ahead in readings:
                return (readings[ahead] - readings[back]) % (2 * math.pi)
        return None


def find_traverses(
    sights: pd.DataFrame, control: Mapping[str, Place], rules: Mapping[str, Any]
) -> list[Traverse]:
    """Traverses between control points, each told once.

    Parameters
    ----------
    sights : columns station, target, group, direction (radians clockwise), distance_m
    control : places (east + i north) of the known points, metres
    rules : ``angular_seconds`` (times the root of the number of angles), ``relative``

    Examples
    --------
    From A (north of it B) around a square of 100 m with sides 4 cm too long to the north and
    east; the fourth side closes on A again::

        1 ---- 2
        |      |      B is 50 m north of A
        A ---- 3

    >>> quarter = math.pi / 2
    >>> rows = [("A", "B", 0, 0.0, 50.0), ("A", "1", 0, 0.0, 100.04), ("A", "3", 0, quarter, 100.0),
    ...         ("1", "A", 1, 0.0, 100.04), ("1", "2", 1, 3 * quarter, 100.04),
    ...         ("2", "1", 2, 0.0, 100.04), ("2", "3", 2, 3 * quarter, 100.0),
    ...         ("3", "2", 3, 0.0, 100.0), ("3", "A", 3, 3 * quarter, 100.0)]
    >>> names = ["station", "target", "group", "direction", "distance_m"]
    >>> rules = {"angular_seconds": 30, "relative": 4000}
    >>> found, = find_traverses(pd.DataFrame(rows, columns=names), {"A": 0j, "B": 50j}, rules)
    >>> found.stations, found.angles, round(found.length, 2), round(found.linear, 4)
    (('A', '1', '2', '3', 'A'), 5, 400.08, 0.0566)
    >>> round(found.relative), found.passed, abs(found.angular) < 1e-12
    (7072, True, True)
    """
    ends = set(sights["station"]) | set(control)
    sorted_sights = _sorted(sights, ends, control)
    found: dict[frozenset[frozenset[str]], Traverse] = {}
    for start in sorted(control):
        for first in sorted_sights.near.get(start, []):
            path = _walk(sorted_sights, control, start, first)
            if path is None:
                continue
            key = frozenset(frozenset(leg) for leg in _legs(path))
            if key in found:
                continue
            told = _computed(sorted_sights, control, path, rules)
            if told is not None:
                found[key] = told
    return list(found.values())


def _legs(path: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(path))


def _sorted(sights: pd.DataFrame, ends: set[str], control: Mapping[str, Place]) -> _Sights:
    made = _Sights()
    columns = ["station", "target", "group", "direction", "distance_m"]
    for station, target, group, direction, distance in sights[columns].itertuples(index=False):
        if target not in ends:
            continue
        if math.isfinite(direction):
            made.circle[station][int(group)].setdefault(target, direction)
        if math.isfinite(distance):
            made.distance[frozenset((station, target))].append(distance)
            if not (station in control and target in control):
                for one, other in ((station, target), (target, station)):
                    if other not in made.near[one]:
                        made.near[one].append(other)
    return made


def _walk(
    sights: _Sights, control: Mapping[str, Place], start: str, first: str
) -> list[str] | None:
    """Stations from a control point to the next one; none where the way ends or forks."""
    path = [start, first]
    while path[-1] not in control:
        ahead = [p for p in sights.near[path[-1]] if p != path[-2]]
        if len(ahead) != 1 or ahead[0] in path[1:]:
            return None
        path.append(ahead[0])
    return path if len(path) > 2 else None


def _computed(
    sights: _Sights, control: Mapping[str, Place], path: list[str], rules: Mapping[str, Any]
) -> Traverse | None:
    start, end = path[0], path[-1]
    middle = [
        sights.angle(at, back, ahead)
        for back, at, ahead in zip(path[:-2], path[1:-1], path[2:], strict=True)
    ]
    if any(angle is None for angle in middle):
        return None
    opened = _opening(sights, control, path)
    azimuths = [opened[0] if opened else 0.0]
    for angle in middle:
        azimuths.append(azimuths[-1] + math.pi + (angle or 0.0))
    closed = _closing(sights, control, path, azimuths) if opened else None
    count = len(middle) + (2 if closed is not None else 1 if opened else 0)
    if closed is not None:
        share = closed / count
        azimuths = [azimuth - share * (n + 1) for n, azimuth in enumerate(azimuths)]
    elif not opened:
        azimuths = _swung(sights, control, path, azimuths)
    lengths = [sights.length(a, b) for a, b in _legs(path)]
    steps = [d * complex(math.sin(z), math.cos(z)) for d, z in zip(lengths, azimuths, strict=True)]
    off = control[start] + sum(steps) - control[end]
    total = sum(lengths)
    allowed = math.radians(float(rules["angular_seconds"]) / 3600) * math.sqrt(max(count, 1))
    return Traverse(
        tuple(path),
        count,
        total,
        closed,
        allowed,
        off.real,
        off.imag,
        abs(off),
        total / abs(off) if abs(off) > 1e-9 else math.inf,
        float(rules["relative"]),
        _bowditch(control[start], path, steps, lengths, off),
    )


def _azimuth(step: Place) -> float:
    return math.atan2(step.real, step.imag)


def _opening(
    sights: _Sights, control: Mapping[str, Place], path: list[str]
) -> tuple[float, str] | None:
    """Azimuth of the first leg, and the control point that gave it."""
    start = path[0]
    for back in sorted(control):
        if back != start and control[back] != control[start]:
            turned = sights.angle(start, back, path[1])
            if turned is not None:
                return _azimuth(control[back] - control[start]) + turned, back
    return None


def _closing(
    sights: _Sights, control: Mapping[str, Place], path: list[str], azimuths: list[float]
) -> float | None:
    """Angular misclosure: the azimuth carried to a known direction less the known azimuth."""
    end, before = path[-1], path[-2]
    for target in sorted(control):
        if target != end and control[target] != control[end]:
            turned = sights.angle(end, before, target)
            if turned is not None:
                carried = azimuths[-1] + math.pi + turned
                known = _azimuth(control[target] - control[end])
                return math.remainder(carried - known, 2 * math.pi)
    return None


def _swung(
    sights: _Sights, control: Mapping[str, Place], path: list[str], azimuths: list[float]
) -> list[float]:
    """Azimuths turned so that a traverse without orientation ends where it should."""
    steps = [
        sights.length(a, b) * complex(math.sin(z), math.cos(z))
        for (a, b), z in zip(_legs(path), azimuths, strict=True)
    ]
    known = control[path[-1]] - control[path[0]]
    if abs(known) < 1e-9 or abs(sum(steps)) < 1e-9:
        return azimuths
    turn = _azimuth(known) - _azimuth(sum(steps))
    return [azimuth + turn for azimuth in azimuths]


def _bowditch(
    start: Place, path: list[str], steps: list[Place], lengths: Iterable[float], off: Place
) -> dict[str, Place]:
    """Stations between the ends, each leg corrected in proportion to its length."""
    places, here = {}, start
    lengths = list(lengths)
    total = sum(lengths)
    for name, step, length in zip(path[1:-1], steps, lengths, strict=False):
        here += step - off * (length / total)
        places[name] = here
    return places

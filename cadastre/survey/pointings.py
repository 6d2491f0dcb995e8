"""Readings of a field book -> pointings: the mean of both faces, round by round.

On face two the horizontal circle stands half a turn further and the zenith angle is
counted from the other side; the mean of both faces is free of the collimation error and
of the index error of the vertical circle, which are told. A target read again in one
setup joins its first reading where both agree; a turned circle begins a set of its own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cadastre.formats.field_book import FieldBook, Reading, Setup

_HALF, _FULL = math.pi, 2 * math.pi


@dataclass(frozen=True, slots=True)
class Pointing:
    """A target seen from a setup: means of the faces, in metres and radians.

    ``group`` shares one orientation; ``collimation`` and ``index_error`` are known where
    both faces were read; ``slope`` is corrected for prism and atmosphere by the amounts
    ``prism_m`` and ``atmosphere_m``.
    """

    setup: Setup
    target: str
    group: int
    faces: int
    horizontal: float | None
    zenith: float | None
    slope: float | None
    flat: float | None
    rise: float | None
    target_height: float | None
    collimation: float | None
    index_error: float | None
    prism_m: float
    atmosphere_m: float
    code: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """How far a target read again in one setup differs from its first reading (radians)."""

    station: str
    target: str
    line: int
    difference: float
    allowed: float


def pointings(book: FieldBook, rules: Mapping[str, Any]) -> tuple[list[Pointing], list[ReadAgain]]:
    """Pointings of a book, and what reading again showed.

    Examples
    --------
    One target on both faces, 0.002 gon of collimation and 0.001 gon of index error:

    >>> from types import SimpleNamespace
    >>> gon = math.pi / 200
    >>> there = Reading(1, "P", 10.002 * gon, 99.001 * gon, 50.0, face=1)
    >>> back = Reading(1, "P", 209.998 * gon, 301.001 * gon, 50.002, face=2)
    >>> book = SimpleNamespace(setups=(Setup(1, "A"),), readings=(there, back))
    >>> mean, = pointings(book, {"again_seconds": 60})[0]
    >>> [round(v / gon, 4) for v in (mean.horizontal, mean.zenith, mean.index_error)]
    [10.0, 99.0, 0.001]
    >>> round(mean.slope, 4), mean.faces
    (50.001, 2)
    """
    setups = {setup.number: setup for setup in book.setups}
    by_setup: dict[int, list[Reading]] = defaultdict(list)
    for reading in book.readings:
        by_setup[reading.setup].append(reading)
    limit = math.radians(float(rules["again_seconds"]) / 3600)
    made: list[Pointing] = []
    again: list[ReadAgain] = []
    for number, readings in by_setup.items():
        first: dict[str, float] = {}
        rounds: dict[str, int] = defaultdict(int)
        for pair in _pairs(readings):
            mean = _mean(setups[number], pair)
            place, turned = rounds[mean.target], 0
            rounds[mean.target] += 1
            if mean.horizontal is not None and mean.target in first:
                off = math.remainder(mean.horizontal - first[mean.target], _FULL)
                if abs(off) <= limit:
                    again.append(ReadAgain(mean.setup.station, mean.target, mean.line, off, limit))
                else:
                    turned = place
            elif mean.horizontal is not None:
                first[mean.target] = mean.horizontal
            made.append(replace(mean, group=number * 1000 + min(turned, 999)))
    return made, again


def _pairs(readings: Iterable[Reading]) -> list[tuple[Reading, ...]]:
    """Readings of one setup, those of both faces together, in the order of the first."""
    waiting: dict[tuple[str, int], list[int]] = defaultdict(list)
    found: list[list[Reading]] = []
    for reading in readings:
        other = waiting[reading.target, 3 - reading.face] if reading.face in (1, 2) else []
        if other:
            found[other.pop(0)].append(reading)
        else:
            waiting[reading.target, reading.face].append(len(found))
            found.append([reading])
    return [tuple(pair) for pair in found]


def _mean(setup: Setup, pair: tuple[Reading, ...]) -> Pointing:
    horizontal = [_on_face_one(r) for r in pair if r.horizontal is not None]
    zenith = [_zenith_one(r) for r in pair if r.zenith is not None]
    both = len(pair) == 2
    middle, collimation = None, None
    if horizontal:
        spread = math.remainder(horizontal[-1] - horizontal[0], _FULL)
        middle = (horizontal[0] + spread / 2) % _FULL
        sign = 1.0 if pair[0].face == 1 else -1.0
        collimation = sign * spread / 2 if both and len(horizontal) == 2 else None
    index = None
    if both and len(zenith) == 2:
        index = (sum(r.zenith or 0.0 for r in pair) - _FULL) / 2
    slopes = [r for r in pair if r.slope is not None]
    prism = _average([r.prism_constant for r in slopes]) or 0.0
    air = _average([(r.slope or 0.0) * r.ppm * 1e-6 for r in slopes]) or 0.0
    slope = _average([r.slope for r in slopes])
    one = pair[0]
    return Pointing(
        setup,
        one.target,
        0,
        len(pair),
        middle,
        _average(zenith),
        None if slope is None else slope + prism + air,
        _average([r.horizontal_distance for r in pair]),
        _average([r.rise for r in pair]),
        one.target_height,
        collimation,
        index,
        prism,
        air,
        next((r.code for r in pair if r.code), ""),
        next((r.label for r in pair if r.label), ""),
        one.line,
    )


def _on_face_one(reading: Reading) -> float:
    return (reading.horizontal or 0.0) - (_HALF if reading.face == 2 else 0.0)


def _zenith_one(reading: Reading) -> float:
    zenith = reading.zenith or 0.0
    return _FULL - zenith if reading.face == 2 else zenith


def _average(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None

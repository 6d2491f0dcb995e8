"""``cadastre bench adjust``: seconds of survey networks and field books as they grow.

A block of points in rows and a corridor three points wide (distances and directions on both
ends of every line), and a field book of a corridor with ten boundary points a station: faces,
reductions, traverses, outliers and the control judged. Each is the best of several turns, in
seconds of the wall and of the processor.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from cadastre.formats.field_book import Reading, Setup
from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey import adjust_network
from cadastre.survey.field_network import adjust_field_book

BLOCKS = ((3025, 55),)
CORRIDORS = ((600, 3), (1200, 3), (2400, 3), (4800, 3))
BOOKS = (20, 80, 270)
_SIGMA_LENGTH, _SIGMA_DIRECTION = 3e-3, 2e-5


def strip(count: int, width: int) -> tuple[list[Observation], list[NetworkPoint]]:
    """Distances and directions among points in rows; the first and last rows are control.

    >>> seen, points = strip(9, 3)
    >>> len(seen), sum(p.plane == "fixed" for p in points)
    (36, 6)
    """
    rng = np.random.default_rng(22609)
    grid = np.array([(n % width, n // width) for n in range(count)]) * 100.0
    places = grid + rng.normal(scale=5, size=(count, 2))
    made = []
    for n in range(count):
        last = n % width == width - 1
        for other in (n + 1 if not last else -1, n + width):
            if 0 <= other < count:
                made += _line(places, n, other, rng.normal(size=3))
    fixed = [n < width or n >= count - width for n in range(count)]
    near = places + np.where(fixed, 0.0, 1.0)[:, None] * rng.normal(scale=0.05, size=(count, 2))
    known = [
        NetworkPoint(f"P{n}", float(east), float(north), plane="fixed" if fixed[n] else "adjusted")
        for n, (east, north) in enumerate(near)
    ]
    return made, known


def _line(places: Any, n: int, other: int, errors: Any) -> list[Observation]:
    step = places[other] - places[n]
    bearing, a, b = math.atan2(*step), f"P{n}", f"P{other}"
    there = bearing - n + _SIGMA_DIRECTION * errors[1]
    back = bearing + math.pi - other + _SIGMA_DIRECTION * errors[2]
    length = math.hypot(*step) + _SIGMA_LENGTH * errors[0]
    return [
        Observation("distance", length, _SIGMA_LENGTH, a, b),
        Observation("direction", there, _SIGMA_DIRECTION, a, b, group=n),
        Observation("direction", back, _SIGMA_DIRECTION, b, a, group=other),
    ]


def field_book(count: int) -> tuple[SimpleNamespace, dict[str, NetworkPoint]]:
    """A corridor of stations, each with its neighbours and ten boundary points, and control."""
    rng = np.random.default_rng(1)
    stations = np.array([(120.0 * i, 20 * rng.normal()) for i in range(count)])
    stations += [570_000.0, 1_348_000.0]
    setups = [Setup(i + 1, f"S{i}", height=1.5) for i in range(count)]
    readings: list[Reading] = []
    for i, place in enumerate(stations):
        seen = {f"S{j}": stations[j] for j in (i - 1, i + 1) if 0 <= j < count}
        seen |= {f"P{i}_{k}": place + 25 * rng.normal(size=2) for k in range(10)}
        for name, target in seen.items():
            step = target - place
            circle = (math.atan2(*step) - 0.1 * i + 2.5e-5 * rng.normal()) % (2 * math.pi)
            slope = math.hypot(*step) / 0.99995 + _SIGMA_LENGTH * rng.normal()
            line = len(readings) + 1
            readings.append(Reading(i + 1, name, circle, math.pi / 2, slope, 1.5, 1, line=line))
    ends = (0, 1, count - 2, count - 1)
    known = {
        f"S{k}": NetworkPoint(
            f"S{k}", float(stations[k][0]), float(stations[k][1]), 10.0, plane="fixed"
        )
        for k in ends
    }
    return SimpleNamespace(setups=tuple(setups), readings=tuple(readings)), known


def best_of(turns: int, work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of the wall and of the processor of the quickest turn, and its result."""
    taken = []
    result = None
    for _ in range(turns):
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    return min(t[0] for t in taken), min(t[1] for t in taken), result


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 0 when the block is adjusted within the seconds allowed."""
    parser = argparse.ArgumentParser(prog="cadastre bench adjust", description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="allowed for the block")
    chosen = parser.parse_args(list(arguments))
    say = sys.stdout.write
    say("network                    observations  points   wall s  processor s\n")
    worst = 0.0
    for name, sizes in (("block", BLOCKS), ("corridor", CORRIDORS)):
        for count, width in sizes:
            seen, points = strip(count, width)
            wall, processor, _ = best_of(chosen.turns, partial(adjust_network, seen, points))
            title = f"{name}, {width} wide"
            say(f"{title:<26} {len(seen):>12} {count:>7} {wall:>8.2f} {processor:>12.2f}\n")
            worst = max(worst, wall) if name == "block" else worst
    for stations in BOOKS:
        book, known = field_book(stations)
        work: Callable[[], Any] = partial(adjust_field_book, book, known, srid=9217)  # type: ignore[arg-type]
        wall, processor, found = best_of(chosen.turns, work)
        title = f"field book, {stations} stations"
        count = len(found.plane.residuals) + len(found.levels.residuals)
        say(f"{title:<26} {count:>12} {len(found.points):>7} {wall:>8.2f} {processor:>12.2f}\n")
    say(f"block within {chosen.seconds:g} s: {'yes' if worst <= chosen.seconds else 'NO'}\n")
    return 0 if worst <= chosen.seconds else 1

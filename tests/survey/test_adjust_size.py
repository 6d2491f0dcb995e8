"""Large networks are adjusted in seconds, and a corridor in time close to its length."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace

import numpy as np

from cadastre.formats.field_book import Reading, Setup
from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey import adjust_network
from cadastre.survey.field_network import adjust_field_book


def strip(count: int, width: int) -> tuple[list[Observation], list[NetworkPoint]]:
    """Distances and directions among points in rows; the first and last rows are control."""
    rng = np.random.default_rng(22609)
    grid = np.array([(n % width, n // width) for n in range(count)]) * 100.0
    places = grid + rng.normal(scale=5, size=(count, 2))
    made = []
    for n in range(count):
        last = n % width == width - 1
        for other in (n + 1 if not last else -1, n + width):
            if not 0 <= other < count:
                continue
            step = places[other] - places[n]
            bearing = math.atan2(*step)
            a, b = f"P{n}", f"P{other}"
            errors = rng.normal(size=3)
            made += [
                Observation("distance", math.hypot(*step) + 3e-3 * errors[0], 3e-3, a, b),
                Observation("direction", bearing - n + 2e-5 * errors[1], 2e-5, a, b, group=n),
                Observation(
                    "direction",
                    bearing + math.pi - other + 2e-5 * errors[2],
                    2e-5,
                    b,
                    a,
                    group=other,
                ),
            ]
    known = [
        NetworkPoint(f"P{n}", *places[n], plane="fixed")
        if n < width or n >= count - width
        else NetworkPoint(f"P{n}", *(places[n] + rng.normal(scale=0.05, size=2)))
        for n in range(count)
    ]
    return made, known


def seconds(count: int, width: int) -> tuple[float, int]:
    seen, points = strip(count, width)
    best = math.inf
    for _ in range(2):
        # Seconds of the processor: what the wall clock shows on a machine with nothing else to do.
        begun = time.process_time()
        result = adjust_network(seen, points)
        best = min(best, time.process_time() - begun)
    assert 0.9 < result.statistics.sigma0 < 1.1
    assert abs(result.residuals["redundancy"].sum() - result.statistics.degrees_of_freedom) < 1e-3
    return best, len(seen)


def test_ten_thousand_observations_take_less_than_five_seconds():
    taken, observations = seconds(3025, 55)
    assert observations > 10_000
    assert taken < 5.0


def test_a_corridor_takes_time_close_to_its_length():
    short, _ = seconds(600, 3)
    long, _ = seconds(2400, 3)
    assert long < 4 * short * 2.0


def field_book(count: int):
    """A corridor of stations, each with its neighbours and ten boundary points."""
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
            slope = math.hypot(*step) / 0.99995 + 0.003 * rng.normal()
            line = len(readings) + 1
            readings.append(Reading(i + 1, name, circle, math.pi / 2, slope, 1.5, 1, line=line))
    ends = (0, 1, count - 2, count - 1)
    known = {f"S{k}": NetworkPoint(f"S{k}", *stations[k], height=10.0, plane="fixed") for k in ends}
    return SimpleNamespace(setups=tuple(setups), readings=tuple(readings)), known


def test_a_field_book_takes_time_close_to_its_length():
    def taken(count: int) -> float:
        book, known = field_book(count)
        begun = time.process_time()
        adjust_field_book(book, known, srid=9217)
        return time.process_time() - begun

    taken(10)
    assert taken(80) < 4 * taken(20) * 2.0

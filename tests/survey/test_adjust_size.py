"""Large networks are adjusted in seconds, and a corridor in time close to its length."""

from __future__ import annotations

import math
import time

import numpy as np

from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey import adjust_network


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

"""Blunders are found and named; the control is judged apart from the measurements."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey.adjust_hanging import hanging_control
from cadastre.survey.adjust_judged import judge_network
from cadastre.survey.adjust_quality import adjust_twice, search_outliers

PLACES = {"A": 0j, "B": 100j, "C": 100 + 100j, "D": 100 + 0j, "E": 50 + 40j}


def observed(seed: int) -> list[Observation]:
    rng = np.random.default_rng(seed)
    made = []
    for number, (a, start) in enumerate(PLACES.items()):
        for b, end in PLACES.items():
            if a != b:
                step = end - start
                bearing = math.atan2(step.real, step.imag) - 0.7 * number
                e = np.clip(rng.normal(size=2), -2, 2)
                made.append(
                    Observation("direction", bearing + 2e-5 * e[0], 2e-5, a, b, group=number)
                )
                made.append(Observation("distance", abs(step) + 0.003 * e[1], 0.003, a, b))
    return made


def points(fixed: str, shift: complex = 0j) -> list[NetworkPoint]:
    return [
        NetworkPoint(
            n,
            (z + (shift if n == "C" else 0)).real,
            (z + (shift if n == "C" else 0)).imag,
            plane="fixed" if n in fixed else "adjusted",
        )
        for n, z in PLACES.items()
    ]


@settings(max_examples=25, derandomize=True)
@given(seed=st.integers(0, 1000), which=st.integers(0, 39))
def test_a_planted_blunder_is_the_first_one_found(seed, which):
    seen = observed(seed)
    seen[which] = replace(seen[which], value=seen[which].value + 10 * seen[which].sigma)
    found = search_outliers(seen, points("AB"), use_aposteriori=False)
    assert found.switched_off[0].number == which
    assert found.switched_off[0].likely_error == pytest.approx(10 * seen[which].sigma, rel=0.6)
    assert not found.adjustment.residuals.loc[which, "used"]


def test_sound_measurements_keep_every_observation():
    assert not search_outliers(observed(7), points("AB"), use_aposteriori=False).switched_off


def test_sound_control_fits_and_displaced_control_is_found():
    sound = adjust_twice(observed(3), points("ABC"))
    assert sound.control_fits
    assert max(sound.control.values()) < 0.005
    displaced = adjust_twice(observed(3), points("ABC", shift=0.08 + 0j))
    assert not displaced.control_fits
    assert displaced.measurements.statistics.sigma0 == pytest.approx(
        sound.measurements.statistics.sigma0, rel=1e-4
    )
    assert max(displaced.control.values()) > 0.02


def test_displaced_control_accuses_no_measurement():
    """D sees C once: alone that sight looks like a blunder, though it was measured well."""
    sound = judge_network(observed(3), points("ABC"), use_aposteriori=False)
    assert (len(sound.outliers), sound.twice.control_fits) == (0, True)
    displaced = judge_network(observed(3), points("ABC", shift=0.08 + 0j), use_aposteriori=False)
    assert not displaced.twice.control_fits
    assert displaced.outliers == ()
    assert max(displaced.twice.control, key=displaced.twice.control.get) == "C"


@pytest.mark.parametrize("which", [1, 8, 17, 30])
def test_a_blunder_on_sound_control_is_still_the_one_found(which):
    seen = observed(11)
    seen[which] = replace(seen[which], value=seen[which].value + 12 * seen[which].sigma)
    found = judge_network(seen, points("ABC"), use_aposteriori=False)
    assert [outlier.number for outlier in found.outliers] == [which]
    assert found.twice.control_fits


def test_a_mark_sighted_for_orientation_does_not_keep_the_control_from_being_judged():
    bearing = math.atan2(900.0, 400.0)
    far = Observation("direction", bearing, 2e-5, "A", "F", group=0)
    marks = [*points("ABC", shift=0.08 + 0j), NetworkPoint("F", 900.0, 400.0, plane="fixed")]
    assert list(hanging_control([*observed(3), far], marks, {})) == [len(observed(3))]
    twice = adjust_twice([*observed(3), far], marks)
    assert not twice.control_fits
    assert "F" not in twice.control


def test_residuals_smaller_than_the_stated_precision_accuse_nobody():
    """A network that agrees to a tenth of its sigma has no blunder of one sigma."""
    seen = [
        replace(o, sigma=10 * o.sigma) if n != 5 else replace(o, value=o.value + 1e-4, sigma=2e-4)
        for n, o in enumerate(observed(7))
    ]
    assert search_outliers(seen, points("AB")).switched_off == ()


def test_control_that_fits_within_the_rule_is_not_accused_by_perfect_measurements():
    exact = [replace(o, sigma=o.sigma / 100) for o in observed(3)]
    near = adjust_twice(exact, points("ABC", shift=0.008 + 0j))
    assert near.strain > near.limit
    assert near.control_fits


def test_a_large_sound_network_loses_no_observation_by_chance():
    """Of three thousand sound readings three are beyond one in a thousand; none is a blunder."""
    rng = np.random.default_rng(2)
    seen = [Observation("height", 10 + 0.002 * e, 0.002, target="P") for e in rng.normal(size=3000)]
    point = [NetworkPoint("P", plane="", level="adjusted")]
    found = search_outliers(seen, point, use_aposteriori=False)
    assert found.adjustment.residuals["standardised"].abs().max() > 3.29
    assert found.switched_off == ()
    seen[1200] = replace(seen[1200], value=10.02)
    (outlier,) = search_outliers(seen, point, use_aposteriori=False).switched_off
    assert outlier.number == 1200

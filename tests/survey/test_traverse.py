"""Traverses: perfect ones close, errors show as what they are, Bowditch leaves nothing over."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Proj, Transformer

from cadastre.survey.reductions import Grid
from cadastre.survey.traverse import find_traverses

RULES = {"angular_seconds": 30, "relative": 4000}


def bearing(step: complex) -> float:
    return math.atan2(step.real, step.imag)


def sights(places, path, *, long_leg=0.0, turned=0.0):
    """Every point of the path sees the one before and the one after; one leg and angle err."""
    rows = []
    for number, name in enumerate(path[1:-1], 1):
        zero = 0.37 * number
        for other in (path[number - 1], path[number + 1]):
            step = places[other] - places[name]
            off = turned if (number, other) == (2, path[3]) else 0.0
            extra = long_leg if {name, other} == {path[2], path[3]} else 0.0
            rows.append((name, other, number, bearing(step) - zero + off, abs(step) + extra))
    columns = ["station", "target", "group", "direction", "distance_m"]
    return pd.DataFrame(rows, columns=columns)


@st.composite
def traverses(draw):
    """B, A, stations going roughly east, C, D."""
    count = draw(st.integers(2, 6))
    wiggle = st.floats(-40, 40)
    places = {"B": complex(-100, draw(wiggle)), "A": 0j}
    for n in range(1, count + 1):
        places[f"T{n}"] = complex(120 * n + draw(wiggle), draw(wiggle))
    places["C"] = complex(120 * (count + 1), draw(wiggle))
    places["D"] = places["C"] + complex(100, draw(wiggle))
    return {name: place + complex(570_000, 1_348_000) for name, place in places.items()}


def control(places):
    return {name: places[name] for name in "ABCD"}


@given(traverses())
@settings(deadline=None)
def test_a_perfect_traverse_closes_and_bowditch_moves_nothing(places):
    (found,) = find_traverses(sights(places, list(places)), control(places), RULES)
    assert found.passed
    assert abs(found.angular) < 1e-9
    assert found.linear < 1e-6
    for name, place in found.places.items():
        assert abs(place - places[name]) < 1e-6


@given(traverses(), st.floats(0.02, 0.5))
@settings(deadline=None)
def test_a_leg_too_long_shows_as_the_linear_misclosure_and_is_shared_out(places, error):
    path = list(places)
    (found,) = find_traverses(sights(places, path, long_leg=error), control(places), RULES)
    assert abs(found.angular) < 1e-9
    assert found.linear == pytest.approx(error, abs=1e-6)
    assert found.relative == pytest.approx(found.length / error, rel=1e-4)
    # Nothing is left over: no station is further off than the whole error.
    assert all(abs(place - places[name]) <= error + 1e-6 for name, place in found.places.items())


@given(traverses(), st.floats(math.radians(0.01), math.radians(0.1)))
@settings(deadline=None)
def test_an_angle_that_errs_is_the_angular_misclosure(places, error):
    path = list(places)
    (found,) = find_traverses(sights(places, path, turned=error), control(places), RULES)
    assert found.angular == pytest.approx(error, abs=1e-9)
    allowed = math.radians(30 / 3600) * math.sqrt(found.angles)
    assert found.angular_allowed == pytest.approx(allowed)
    assert found.passed == (error <= allowed and found.relative >= 4000)


def test_a_traverse_that_forks_or_ends_in_the_open_is_none():
    places = {"A": 0j, "B": -100j, "1": 100 + 0j, "2": 200 + 0j}
    rows = [("1", "A", 1, 0.0, 100.0), ("1", "2", 1, math.pi, 100.0), ("2", "1", 2, 0.0, 100.0)]
    columns = ["station", "target", "group", "direction", "distance_m"]
    known = {name: places[name] for name in "AB"}
    assert find_traverses(pd.DataFrame(rows, columns=columns), known, RULES) == []


@pytest.mark.parametrize("east", [430_000.0, 500_000.0, 570_000.0, 640_000.0])
def test_scale_and_chords_agree_with_proj(east):
    north = 1_348_000.0
    grid = Grid.about(9217, north)
    back = Transformer.from_crs(9217, 4756, always_xy=True)
    lon, lat = back.transform(east, north)
    factors = Proj("EPSG:9217").get_factors(lon, lat)
    assert grid.scale(np.array([east]))[0] == pytest.approx(factors.meridional_scale, abs=2e-9)
    # A line of 3 km: its bearing on the grid against the geodesic's, by the convergence.
    end = (east + 1500.0, north + 2600.0)
    lon2, lat2 = back.transform(*end)
    azimuth = Geod(ellps="WGS84").inv(lon, lat, lon2, lat2)[0]
    tangent = math.radians(azimuth - factors.meridian_convergence)
    chord = math.atan2(end[0] - east, end[1] - north)
    bend = grid.arc_to_chord(np.array([[east, north]]), np.array([end]))[0]
    assert tangent + bend == pytest.approx(chord, abs=math.radians(0.02 / 3600))

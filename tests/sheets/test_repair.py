"""Broken outlines are made whole where the printed area allows it, and only there."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.regulation import load
from cadastre.sheets.enclaves import find_enclaves
from cadastre.sheets.repair import repair_outlines


def _repair(geometry, printed=np.nan, scale=500):
    return repair_outlines(np.array([geometry]), np.array([printed]), np.array([scale]), load())


def _ring(count, radius=20.0):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([1000 + radius * np.cos(angle), 2000 + radius * np.sin(angle)])


@settings(deadline=None)
@given(count=st.integers(4, 25), at=st.integers(0, 100))
def test_two_exchanged_corners_are_put_back(count, at):
    points = _ring(count)
    whole = shapely.Polygon(points)
    first, second = at % count, (at + 1) % count
    points[[first, second]] = points[[second, first]]
    done = _repair(shapely.Polygon(points), printed=whole.area)
    assert not done.refused
    assert done.geometries[0].area == pytest.approx(whole.area)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=3, max_size=12))
def test_what_comes_out_is_valid_land_or_refused(points):
    done = _repair(shapely.Polygon(points))
    result = done.geometries[0]
    assert done.refused or (result.is_valid and result.geom_type in {"Polygon", "MultiPolygon"})


def test_a_spike_is_cut_and_its_area_told():
    square = [(0, 0), (10, 0), (10, 10), (5, 10), (5, 30), (5, 10), (0, 10)]
    done = _repair(shapely.Polygon(square), printed=100.0)
    assert done.geometries[0].equals(shapely.box(0, 0, 10, 10))
    assert "spike" in done.changed[0].reason["en"]


def test_repeated_vertices_change_nothing_but_the_count():
    done = _repair(shapely.Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (0, 10)]))
    assert shapely.get_num_coordinates(done.geometries[0]) == 5
    assert done.changed[0].change_m2 == 0.0


def test_a_hole_written_before_its_shell_is_turned_round():
    wrong = shapely.Polygon(
        [(2, 2), (4, 2), (4, 4), (2, 4)], [[(0, 0), (10, 0), (10, 10), (0, 10)]]
    )
    done = _repair(wrong, printed=96.0)
    assert done.geometries[0].area == pytest.approx(96.0)


def test_a_parcel_in_two_pieces_that_add_up_stays_one():
    two = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(50, 0, 60, 10)])
    done = _repair(two, printed=200.0)
    assert done.geometries[0].equals(two)
    assert (len(done.flagged), len(done.parts)) == (1, 0)


def test_a_line_is_no_land():
    done = _repair(shapely.LineString([(0, 0), (1, 1)]))
    assert "LineString" in done.refused[0].reason["en"]


def test_the_same_land_twice_is_no_enclave():
    box = shapely.box(0, 0, 10, 10)
    assert find_enclaves(np.array([box, box])) == []


def test_a_neighbour_in_a_bay_is_no_enclave():
    host = shapely.Polygon(
        [(0, 0), (30, 0), (30, 30), (20, 30), (20, 10), (10, 10), (10, 30), (0, 30)]
    )
    assert find_enclaves(np.array([host, shapely.box(10, 10, 20, 30)])) == []

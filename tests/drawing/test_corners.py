"""Corners are numbered from the north-west clockwise, whatever order a file stored them in."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cadastre.drawing.corners import OutlineMissing, corner_rows, number_corners

HOLED = shapely.Polygon(
    [(0, 0), (100, 0), (100, 80), (0, 80)],
    [[(10, 10), (20, 10), (20, 20)], [(60, 60), (70, 60), (70, 70), (60, 70)]],
)


def signature(geometry):
    return [(c.number, c.ring, c.hole, c.east, c.north) for c in number_corners(geometry)]


@given(turn=st.integers(0, 3), reverse=st.booleans())
def test_numbering_does_not_depend_on_how_the_ring_is_stored(turn, reverse):
    ring = np.roll(np.array([(0, 0), (100, 5), (90, 80), (2, 70)]), turn, axis=0)
    stored = shapely.Polygon(ring[::-1] if reverse else ring)
    assert signature(stored) == [
        (1, 0, False, 2.0, 70.0),
        (2, 0, False, 90.0, 80.0),
        (3, 0, False, 100.0, 5.0),
        (4, 0, False, 0.0, 0.0),
    ]


def test_enclaves_follow_the_outline_and_are_marked():
    corners = number_corners(HOLED)
    assert [c.number for c in corners] == list(range(1, 12))
    assert [c.hole for c in corners] == [False] * 4 + [True] * 7
    assert (corners[4].east, corners[4].north) == (60.0, 70.0)


def test_edges_lead_to_the_next_corner_and_close_the_ring():
    corners = number_corners(HOLED)
    for corner in corners:
        following = corners[corner.next_number - 1]
        apart = np.hypot(following.east - corner.east, following.north - corner.north)
        assert corner.edge_m == pytest.approx(apart)
        assert following.ring == corner.ring
    assert corners[3].next_number == 1


def test_table_lists_north_before_east_and_repeats_the_first_corner():
    rows = corner_rows(number_corners(shapely.box(570000, 1345000, 570010, 1345020)))
    assert rows[0].as_list() == ["1", "1345020,000", "570000,000", "10,00"]
    assert rows[-1].as_list() == ["1", "1345020,000", "570000,000", ""]
    assert len(rows) == 5


def test_doubled_vertices_are_one_corner():
    doubled = shapely.Polygon([(0, 0), (0, 10), (0, 10.0001), (10, 10), (10, 0)])
    assert len(number_corners(doubled)) == 4


def test_multipart_land_is_numbered_through():
    two = shapely.union_all([shapely.box(0, 0, 10, 10), shapely.box(50, 50, 60, 60)])
    corners = number_corners(two)
    assert [c.number for c in corners] == list(range(1, 9))
    assert corners[0].north == 60.0


def test_land_without_an_outline_is_refused_by_name():
    with pytest.raises(OutlineMissing):
        number_corners(shapely.Polygon())

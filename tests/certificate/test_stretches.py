"""Which neighbour lies along which stretch of a boundary."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cadastre.certificate.stretches import stretches_of

LOT = shapely.box(0, 0, 20, 10)
SOUTH = shapely.box(0, -10, 20, 0)


def told(neighbours, reach_m=2.0):
    return [
        (s.first_corner, s.last_corner, s.neighbour, s.partly)
        for s in stretches_of(LOT, neighbours, reach_m=reach_m)
    ]


def test_a_side_shared_by_two_names_both():
    most, rest = shapely.box(-5, 10, 14, 20), shapely.box(14, 10, 30, 20)
    found = told([SOUTH, most, rest])
    whole = {one: (first, last) for first, last, one, partly in found if not partly}
    assert set(whole) == {0, 1, None}
    # The side to the north, named again for the neighbour of its last six metres.
    assert [f for f in found if f[3]] == [(*whole[1], 2, True)]


def test_land_that_touches_a_corner_alone_adjoins_no_side():
    west, corner = shapely.box(-10, 0, 0, 10), shapely.box(-10, -10, 0, 0)
    assert {one for _, _, one, _ in told([SOUTH, west, corner])} == {0, 1, None}


@pytest.mark.parametrize("off_m", [-0.4, 0.4])
def test_a_displaced_map_does_not_make_a_corner_a_side(off_m):
    around = [
        shapely.transform(one, lambda at: at + np.full(2, off_m))
        for one in (SOUTH, shapely.box(-10, 0, 0, 10), shapely.box(-10, -10, 0, 0))
    ]
    assert {one for _, _, one, _ in told(around)} == {0, 1, None}

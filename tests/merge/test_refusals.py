"""Limits that no join may break, and how little is given up for them."""

import numpy as np
import shapely

from cadastre.merge import merge_sheets
from cadastre.regulation import load


def _by_label(result, former):
    mine = result.parcels[result.parcels["former_commune"] == former]
    return dict(zip(mine["former_parcel"], mine.geometry, strict=True))


def test_a_small_parcel_gives_up_its_worst_join_and_keeps_the_others(make_sheet):
    """A long thin lot whose whole side would move: its end still meets the neighbour."""
    limit = float(load().accuracy.position_limit(2000))
    here = [shapely.box(0, 0, 20, 4), shapely.box(20, 0, 60, 4)]
    away = 0.9 * limit
    there = [
        shapely.Polygon([(0, -30), (20, -30), (20, -0.02), (0, -0.02)]),
        shapely.Polygon([(20, -30), (60, -30), (60, -away), (40, -away), (20, -0.02)]),
    ]
    result = merge_sheets(
        [
            make_sheet(here, former="22609", number="1", scale=2000),
            make_sheet(there, former="22630", number="2", scale=2000),
        ],
        commune="22609",
    )
    own = _by_label(result, "22609")
    for label, before in zip(("1", "2"), here, strict=True):
        allowed = float(load().accuracy.area_limit(np.array([2000]), np.array([before.area]))[0])
        assert abs(own[label].area - before.area) <= allowed
    other = _by_label(result, "22630")
    assert shapely.intersection(own["1"], other["1"]).length > 19.9
    assert shapely.is_valid(result.parcels.geometry.to_numpy()).all()


def test_a_merged_map_remembers_the_area_as_delivered(make_sheet, make_lots):
    frames = [
        make_sheet(make_lots(0, 0, [20, 20], 20), former="22609", number="1", scale=1000),
        make_sheet(make_lots(0, 20.1, [20, 20], 20), former="22630", number="2", scale=1000),
    ]
    first = merge_sheets(frames, commune="22609")
    again = merge_sheets([first.parcels], commune="22609")
    assert np.allclose(again.parcels["delivered_area_m2"], 400.0)
    assert again.moves.empty
    assert not np.allclose(first.parcels.area, 400.0)

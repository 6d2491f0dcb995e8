"""Evidence for the zone, strongest first: grid, control points, edges, outline, box."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.crs import between_zones, to_wgs84
from cadastre.sheets import read_sheet
from cadastre.sheets.evidence import Clues
from cadastre.sheets.plane import ZoneUnclear
from cadastre.sheets.zone import find_zone

#: The 1:1000 sheet 338566-6-d in the zone of Khánh Hòa.
WEST, SOUTH, SIDE = 568_500.0, 1_336_000.0, 500.0


def _parcels(west=WEST, south=SOUTH, count=10, size=50.0):
    return np.array(
        [
            shapely.box(west + c * size, south + r * size, west + (c + 1) * size, south + (r + 1) * size)
            for r in range(count)
            for c in range(count)
        ]
    )  # fmt: skip


def _swapped(geometries):
    return np.array([shapely.transform(g, lambda xy: xy[:, ::-1]) for g in geometries])


def _around(geometries, srid, margin):
    return to_wgs84(shapely.box(*shapely.total_bounds(geometries)).buffer(margin), srid).item()


def _file(tmp_path, geometries, srid, name="a.gpkg", **columns):
    count = len(geometries)
    frame = gpd.GeoDataFrame(
        {"so_to": ["12"] * count, "so_thua": [str(i + 1) for i in range(count)],
         "ty_le": [1000] * count, **columns},
        geometry=list(geometries), crs=srid,
    )  # fmt: skip
    frame.to_file(tmp_path / name)
    return tmp_path / name


def test_nomenclature_in_a_column_tells_the_zone_of_a_sheet_from_utm(tmp_path):
    """The outline alone is satisfied by EPSG:3405 and EPSG:5897, which lie 697 m apart."""
    parcels = _parcels(581_000.0, 2_322_500.0)
    wide = _around(parcels, 5897, 8000)
    file = _file(tmp_path, parcels, 3405)
    with pytest.raises(ZoneUnclear, match="several zones"):
        read_sheet(file, former_commune="07954", outline=wide)
    named = _file(tmp_path, parcels, 3405, "b.gpkg", phien_hieu=[_name(581, 2323)] * 100)
    reading = read_sheet(named, former_commune="07954", outline=wide)
    assert reading.zone.found_srid == 5897
    assert [step.kind for step in reading.zone.steps] == ["grid", "outline"]
    assert reading.zone.decided_by == "outline"
    assert "CRS_ZONE" in set(reading.mismatches["code"])
    assert "sheet frame and nomenclature" in reading.zone.evidence_en


def _name(west_km, north_km):
    """Nomenclature of the 1:1000 square whose top left corner is (west, north) in km."""
    x = -(-north_km // 3) * 3
    y = 500 + (west_km - 500) // 3 * 3
    ninth = int(x - north_km) * 3 + int(west_km - y) + 1
    return f"{x % 1000:03d}{y:03d}-{ninth}-a"


def test_the_name_of_the_file_tells_swapped_axes(tmp_path):
    file = _file(tmp_path, _swapped(_parcels()), 9217, "338566-6-d.gpkg")
    reading = read_sheet(
        file, former_commune="22645", outline=_around(_parcels(), 9217, 3000), sheet="1"
    )
    assert (reading.zone.found_srid, reading.zone.axis_order) == (9217, "ne")
    assert reading.zone.steps[0].left == 18


def test_evidence_against_evidence_is_not_clear(tmp_path):
    """The sheet's name says (east, north); the outline lies where (north, east) would be."""
    parcels = _parcels()
    file = _file(tmp_path, parcels, 9217, "338566-6-d.gpkg")
    elsewhere = _around(between_zones(parcels, 3406, 9217), 9217, 500)
    with pytest.raises(ZoneUnclear, match="contradicts itself"):
        read_sheet(file, former_commune="22645", outline=elsewhere, sheet="1")


def test_control_points_decide_where_the_outline_cannot(tmp_path):
    parcels = _parcels(581_000.0, 2_322_500.0)
    file = _file(tmp_path, parcels, 3405)
    wide = _around(parcels, 5897, 8000)
    corners = shapely.points(shapely.get_coordinates(parcels)[[0, 77, 200, 321]])
    control = gpd.GeoDataFrame(geometry=corners, crs=5897)
    reading = read_sheet(file, former_commune="07954", outline=wide, control=control)
    assert (reading.zone.found_srid, reading.zone.decided_by) == (5897, "control")
    assert reading.zone.steps[0].best.met == 4


def test_control_points_in_another_zone_are_brought_together(tmp_path):
    parcels = _parcels()
    file = _file(tmp_path, parcels, 9218)
    corners = shapely.points(shapely.get_coordinates(parcels)[[0, 77, 200, 321]])
    control = gpd.GeoDataFrame(geometry=between_zones(corners, 9217, 9218), crs=9218)
    reading = read_sheet(file, former_commune="22645", control=control)
    assert reading.zone.found_srid == 9217


def test_too_few_control_points_say_nothing(tmp_path):
    parcels = _parcels()
    file = _file(tmp_path, parcels, 9217)
    control = gpd.GeoDataFrame(geometry=[shapely.Point(WEST, SOUTH)], crs=9217)
    with pytest.raises(ZoneUnclear):
        read_sheet(file, former_commune="22645", control=control)


@pytest.mark.parametrize("misfit", [0.0, 0.2])
def test_edges_of_sheets_already_in_decide(tmp_path, misfit):
    parcels = _parcels(581_000.0, 2_322_500.0)
    beside = _parcels(581_500.0 + misfit, 2_322_500.0)
    file = _file(tmp_path, parcels, 3405)
    neighbours = gpd.GeoDataFrame(geometry=beside, crs=5897)
    reading = read_sheet(
        file, former_commune="07954", outline=_around(parcels, 5897, 8000), neighbours=neighbours
    )
    assert (reading.zone.found_srid, reading.zone.decided_by) == (5897, "neighbours")
    assert reading.zone.steps[0].best.met == 11


def test_sheets_that_do_not_touch_say_nothing(tmp_path, tight_outline):
    parcels = _parcels()
    file = _file(tmp_path, parcels, 9217)
    far = gpd.GeoDataFrame(geometry=_parcels(WEST + 5000, SOUTH), crs=9217)
    reading = read_sheet(
        file, former_commune="22645", neighbours=far, outline=_around(parcels, 9217, 3000)
    )
    assert reading.zone.found_srid == 9217
    assert reading.zone.steps[0].silent
    assert "tells nothing" in reading.zone.evidence_en


def test_a_bounding_box_is_enough_when_one_zone_fits_it(tmp_path):
    parcels = _parcels()
    file = _file(tmp_path, parcels, 9217)
    box = _around(parcels, 9217, 3000).bounds
    assert read_sheet(file, former_commune="22645", bounds=box).zone.decided_by == "bounds"
    with pytest.raises(ZoneUnclear, match="several zones"):
        read_sheet(file, former_commune="22645", bounds=(102.0, 8.0, 110.0, 24.0))


def test_the_corners_of_the_frame_tell_the_family_of_zones():
    parcels = _parcels(581_000.0, 2_322_500.0)
    frame = shapely.get_coordinates(shapely.box(581_000, 2_322_500, 581_500, 2_323_000))
    wide = _around(parcels, 5897, 8000)
    clues = Clues(frame=frame, scale=1000, outline=wide)
    assert find_zone(parcels, declared=None, clues=clues).found_srid == 5897
    shifted = between_zones(parcels, 5897, 3405)
    moved = shapely.get_coordinates(between_zones(shapely.points(frame), 5897, 3405))
    found = find_zone(shifted, declared=None, clues=Clues(frame=moved, scale=1000, outline=wide))
    assert found.found_srid == 3405


def test_a_zone_given_against_the_outline_is_obeyed_with_a_warning(tmp_path):
    parcels = _parcels()
    file = _file(tmp_path, parcels, 9217)
    reading = read_sheet(
        file, former_commune="22645", crs="EPSG:9218", outline=_around(parcels, 9217, 3000)
    )
    assert reading.parcels.crs.to_epsg() == 9218
    rows = reading.mismatches[reading.mismatches["code"] == "CRS_ZONE"]
    given = rows[rows["message_en"].str.contains("given by the user puts")].iloc[0]
    assert given["severity"] == "warning"
    assert given["measured"] > 20_000
    right = read_sheet(file, former_commune="22645", crs=9217, outline=_around(parcels, 9217, 3000))
    assert len(right.mismatches) == 0


def test_what_was_found_can_be_kept_as_json(tmp_path):
    import json

    parcels = _parcels()
    reading = read_sheet(
        _file(tmp_path, parcels, 9217), former_commune="22645", outline=_around(parcels, 9217, 3000)
    )
    plain = json.loads(json.dumps(reading.zone.to_dict(), allow_nan=False))
    assert plain["steps"][0]["kind"] == "outline"


def test_a_box_in_which_nothing_lies_is_said_to_fit_nothing(tmp_path):
    file = _file(tmp_path, _parcels(), 9217)
    with pytest.raises(ZoneUnclear, match="nothing fits the bounding box"):
        read_sheet(file, former_commune="22645", bounds=(105.0, 20.0, 105.1, 20.1))

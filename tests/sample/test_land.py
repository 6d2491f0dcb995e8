"""The truth is one sound coverage that looks like land."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from sample_data.bending import make_bending
from sample_data.coverage import Coverage, make_coverage
from sample_data.layout import from_town, make_layout

#: Bounds of xã Khánh Vĩnh in EPSG:9217 (Resolution 1667/NQ-UBTVQH15, polygon of the commune).
EAST, NORTH = (563_553.0, 578_772.0), (1_336_831.0, 1_359_634.0)


@pytest.fixture(scope="module")
def land() -> Coverage:
    rng = np.random.default_rng(7)
    layout = make_layout(rng, np.sqrt(0.2))
    calm = from_town(np.array([[0.0, 0.0]]), 0.0, layout.width, layout.height)[0]
    bending = make_bending(rng, (569_000.0, 1_348_000.0), (calm[0], calm[1]), layout.width * 0.3)
    return make_coverage(rng, layout, bending)


def test_the_land_is_a_valid_coverage(land: Coverage) -> None:
    assert shapely.is_valid(land.faces).all()
    assert shapely.coverage_is_valid(land.faces)
    whole = shapely.union_all(land.faces)
    assert shapely.area(land.faces).sum() == pytest.approx(whole.area, rel=1e-9)


def test_the_land_has_no_gaps_inside_its_outline(land: Coverage) -> None:
    whole = shapely.coverage_union_all(land.faces)
    assert whole.geom_type == "Polygon"
    assert not len(whole.interiors)


def test_the_land_lies_in_the_commune(land: Coverage) -> None:
    west, south, east, north = shapely.total_bounds(land.faces)
    assert EAST[0] < west < east < EAST[1]
    assert NORTH[0] < south < north < NORTH[1]


def test_lots_are_narrow_and_forest_is_wide(land: Coverage) -> None:
    area = shapely.area(land.faces)
    assert 80 < np.median(area[land.kind == "lot"]) < 200
    assert 400 < np.median(area[land.kind == "paddy"]) < 2000
    assert np.median(area[land.kind == "forest"]) > 8000


def test_boundaries_have_many_vertices_and_some_very_many(land: Coverage) -> None:
    vertices = shapely.get_num_coordinates(land.faces) - 1
    assert vertices.mean() > 8
    assert (vertices > 200).sum() >= 3
    assert vertices[land.kind == "lot"].mean() < 8


def test_land_has_holes_and_thin_wedges(land: Coverage) -> None:
    holes = shapely.get_num_interior_rings(land.faces)
    compact = 4 * np.pi * shapely.area(land.faces) / shapely.length(land.faces) ** 2
    private = np.isin(land.kind, ["paddy", "crop", "lot", "village"])
    assert (holes[np.isin(land.kind, ["crop", "forest"])] > 0).sum() >= 5
    assert (compact[private] < 0.2).sum() >= 3


def test_every_kind_and_former_commune_is_there(land: Coverage) -> None:
    assert set(land.former) == {"22609", "22630", "22645"}
    assert set(land.scale) == {500, 1000, 2000}
    assert set(land.kind) >= {"lot", "public", "village", "paddy", "crop", "forest", "enclave",
                              "road", "street", "river", "brook"}  # fmt: skip

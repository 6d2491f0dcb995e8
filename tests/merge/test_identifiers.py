"""The 12-character identifier of TT 19/2026."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.crs import project_geographic
from cadastre.merge import parcel_identifiers
from cadastre.merge.identifiers import characteristic_points, geohash

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"


def slow_geohash(lon, lat, length=12):
    """The textbook algorithm: halve the interval, bit by bit."""
    ranges, bits = [[-180.0, 180.0], [-90.0, 90.0]], ""
    for place in range(5 * length):
        value, span = (lon, ranges[0]) if place % 2 == 0 else (lat, ranges[1])
        middle = sum(span) / 2
        bits += "1" if value >= middle else "0"
        span[0 if value >= middle else 1] = middle
    return "".join(ALPHABET[int(bits[k : k + 5], 2)] for k in range(0, len(bits), 5))


def test_codes_equal_the_textbook_algorithm():
    rng = np.random.default_rng(22609)
    lonlat = np.column_stack([rng.uniform(-180, 180, 300), rng.uniform(-90, 90, 300)])
    assert geohash(lonlat).tolist() == [slow_geohash(*xy) for xy in lonlat]
    assert geohash(np.array([[-5.6, 42.6]]), 5).tolist() == ["ezs42"]


def frame(*shapes):
    return gpd.GeoDataFrame(
        {"parcel_uid": [f"p{k}" for k in range(len(shapes))]}, geometry=list(shapes), crs=9217
    )


def test_the_datum_shift_of_the_decree_decides_the_code():
    east, north = project_geographic(np.array([[108.9, 12.2]]), 9217)[0]
    found = parcel_identifiers(frame(shapely.box(east - 5, north - 5, east + 5, north + 5)))
    assert found["identifier"][0] == slow_geohash(108.901787862, 12.198968210)
    assert found["identifier"][0][:4] == "w6jm"
    assert found["identifier"][0] != slow_geohash(108.901782899, 12.198966875)
    assert (found["east"][0], found["north"][0]) == pytest.approx((east, north), abs=1e-6)


SHAPES = {
    "rectangle": shapely.box(0, 0, 30, 4),
    "house lot at an angle": shapely.affinity.rotate(shapely.box(0, 0, 5, 20), 33),
    "letter L": shapely.Polygon([(0, 0), (30, 0), (30, 4), (4, 4), (4, 10), (0, 10)]),
    "letter U": shapely.Polygon(
        [(0, 0), (30, 0), (30, 20), (26, 20), (26, 4), (4, 4), (4, 20), (0, 20)]
    ),
    "with a hole": shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20),
    "triangle": shapely.Polygon([(0, 0), (40, 3), (11, 25)]),
    "two parts": shapely.box(0, 0, 4, 4) | shapely.box(10, 0, 16, 6),
}


def turned(shape):
    """The same land, drawn from other vertices and in the other direction."""
    if shape.geom_type == "MultiPolygon":
        return shapely.MultiPolygon([turned(p) for p in reversed(shape.geoms)])
    ring = list(shape.exterior.coords)[:-1]
    return shapely.Polygon((ring[2:] + ring[:2])[::-1], [list(r.coords) for r in shape.interiors])


@pytest.mark.parametrize("name", SHAPES)
def test_first_vertex_and_direction_do_not_matter(name):
    at = [570_000.25, 1_345_000.5]
    one = shapely.transform(SHAPES[name], lambda xy: xy + np.array(at))
    other = shapely.transform(turned(SHAPES[name]), lambda xy: xy + np.array(at))
    assert (characteristic_points([one]) == characteristic_points([other])).all()


@pytest.mark.parametrize("name", SHAPES)
def test_the_point_is_inside_and_as_deep_as_any_to_a_millimetre(name):
    shape = SHAPES[name]
    point = shapely.Point(characteristic_points([shape])[0])
    depth = point.distance(shape.boundary)
    deepest = shapely.maximum_inscribed_circle(shape, tolerance=1e-5).length
    assert shape.contains(point)
    assert depth >= deepest - 0.0011


@pytest.mark.parametrize("name", SHAPES)
def test_of_equally_deep_points_it_is_the_one_nearest_the_centroid(name):
    shape = SHAPES[name]
    point = shapely.Point(characteristic_points([shape])[0])
    deepest = shapely.maximum_inscribed_circle(shape, tolerance=1e-5).length
    bounds = shape.bounds
    grid = np.mgrid[bounds[0] : bounds[2] : 0.05, bounds[1] : bounds[3] : 0.05].reshape(2, -1).T
    inside = shapely.contains_xy(shape, grid)
    deep = shapely.distance(shapely.points(grid), shape.boundary) >= deepest - 1e-4
    rivals = shapely.points(grid[inside & deep])
    if len(rivals):
        nearest = shapely.distance(rivals, shape.centroid).min()
        assert point.distance(shape.centroid) <= nearest + 0.01


def test_moves_with_the_parcel():
    shapes = np.array(list(SHAPES.values()), dtype=object)
    moved = shapely.transform(shapes, lambda xy: xy + np.array([565_000.0, 1_340_000.0]))
    difference = characteristic_points(moved) - characteristic_points(shapes)
    assert np.abs(difference - [565_000.0, 1_340_000.0]).max() < 1e-5


def test_an_empty_frame_has_no_identifiers():
    empty = gpd.GeoDataFrame({"parcel_uid": []}, geometry=[], crs=9217)
    assert len(parcel_identifiers(empty)) == 0

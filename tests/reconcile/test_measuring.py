"""Areas, distances and soundness in closed form are those that GEOS finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.frames import FrameRefused, validate_measured, validate_parcels
from cadastre.reconcile import reconcile
from cadastre.reconcile.labels import label_keys, label_numbers, parcel_keys
from cadastre.reconcile.measures import holding, measure, sound
from cadastre.reconcile.nearness import near_pairs
from cadastre.reconcile.overlap import common_area, greatest_distance
from cadastre.reconcile.rings import rings_of
from sample_data.benchmarks.reconciling import land

E0, N0 = 570_000.0, 1_348_000.0
SEEDS = st.integers(0, 2**32 - 1)
quickly = settings(max_examples=40, deadline=None)


def outlines(seed: int, count: int = 30) -> np.ndarray:
    """Polygons of 3 to 120 vertices, some turned clockwise, with holes or of two parts."""
    rng = np.random.default_rng(seed)
    shapes: list[Any] = []
    for _ in range(count):
        n = int(rng.choice([3, 4, 5, 9, 45, 120]))
        turn = np.sort(rng.uniform(0, 2 * np.pi, n)) if n < 45 else np.linspace(0, 6.2, n)
        reach = rng.uniform(4, 10, n)
        place = np.array([E0, N0]) + rng.uniform(-8, 8, 2)
        ring = np.column_stack([reach * np.cos(turn), reach * np.sin(turn)]) + place
        hole = [np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * rng.uniform(0.1, 1) + place]
        shape = shapely.Polygon(ring[:: rng.choice([-1, 1])], hole if rng.random() < 0.3 else [])
        if rng.random() < 0.15:
            shape = shapely.MultiPolygon([shape, shapely.box(*(place + 20), *(place + 24))])
        shapes.append(shape)
    return np.array(shapes, dtype=object)


@quickly
@given(seed=SEEDS)
def test_measures_are_those_of_geos(seed: int) -> None:
    shapes = outlines(seed)
    shapes = shapes[shapely.is_valid(shapes)]
    found = measure(rings_of(shapes))
    assert found.area == pytest.approx(shapely.area(shapes), abs=1e-6)
    assert found.length == pytest.approx(shapely.length(shapes), abs=1e-6)
    assert found.box == pytest.approx(shapely.bounds(shapes).reshape(-1, 4), abs=1e-9)
    assert found.centroid == pytest.approx(
        shapely.get_coordinates(shapely.centroid(shapes)).reshape(-1, 2), abs=1e-6
    )


@quickly
@given(seed=SEEDS)
def test_sound_is_what_geos_calls_valid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = outlines(seed)
    crossed = [
        shapely.Polygon(np.array([E0, N0]) + rng.integers(0, 4, (n, 2))) for n in (4, 5, 6, 7) * 5
    ]
    holes = [
        shapely.Polygon(shapely.box(E0, N0, E0 + 9, N0 + 9).exterior, [
            np.array([(0, 0), (0, 2), (2, 2), (2, 0)]) + place + (E0, N0)])
        for place in rng.integers(-3, 9, (10, 2))
    ]  # fmt: skip
    everything = np.array([*shapes, *crossed, *holes], dtype=object)
    assert sound(everything, rings_of(everything)).tolist() == shapely.is_valid(everything).tolist()


@quickly
@given(seed=SEEDS)
def test_common_areas_and_distances_are_those_of_geos(seed: int) -> None:
    shapes = outlines(seed)
    shapes = shapes[shapely.is_valid(shapes)]
    rings = rings_of(shapes)
    i, j = (side.ravel() for side in np.meshgrid(np.arange(len(shapes)), np.arange(len(shapes))))
    common = shapely.area(shapely.intersection(shapes[i], shapes[j]))
    assert common_area(rings, i, rings, j) == pytest.approx(common, abs=1e-5)
    distance = shapely.hausdorff_distance(shapes[i], shapes[j])
    assert greatest_distance(rings, i, rings, j) == pytest.approx(distance, abs=1e-6)


@quickly
@given(seed=SEEDS)
def test_points_in_outlines_and_boxes_near_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = outlines(seed)
    shapes = shapes[shapely.is_valid(shapes)]
    points = np.array([E0, N0]) + rng.uniform(-15, 15, (len(shapes), 2))
    inside = holding(rings_of(shapes), np.arange(len(shapes)), points)
    assert inside.tolist() == shapely.contains_xy(shapes, *points.T).tolist()
    box = shapely.bounds(shapes)
    query = np.hstack([points, points + rng.uniform(0, 5, (len(points), 2))])[:7]
    at, found = near_pairs(box, query, 1.5)
    wide = shapely.box(*(query + np.array([-1.5, -1.5, 1.5, 1.5])).T)
    expected = shapely.intersects(wide[:, None], shapely.box(*box.T)[None, :])
    assert list(zip(at, found, strict=True)) == list(zip(*np.nonzero(expected), strict=True))


@quickly
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text("KP-/0123456789 tờhử", max_size=30),
            st.from_regex(r"[A-Za-z]{0,3}-?\d{1,5}/\d{1,5}", fullmatch=True),
        )
    )
)
def test_plain_labels_are_read_like_all_others(labels: list[str | None]) -> None:
    def slowly(label: str | None) -> int:
        sheet, _, parcel = label_numbers(label).partition("/")
        fits = bool(parcel) and len(sheet) <= 9 and int(parcel) < 10_000_000
        return int(sheet) * 10_000_000 + int(parcel) if fits else -1

    assert label_keys(labels).tolist() == [slowly(label) for label in labels]


def test_parcel_numbers_with_letters_count_by_their_figures() -> None:
    sheet = pd.Series(["1", "02", "x", None, "3 ", "7"])
    parcel = pd.Series(["5", "12a", "7", "8", "12345678", "0123"])
    assert parcel_keys(sheet, parcel).tolist() == [10000005, 20000012, -1, -1, -1, 70000123]


@pytest.mark.parametrize("absent", ["parcel_uid", "scale"])
def test_a_frame_without_a_column_is_refused_by_its_name(absent: str) -> None:
    parcels, measured = land(20)
    with pytest.raises(FrameRefused, match=absent) as refused:
        reconcile(parcels.drop(columns=absent), measured)
    assert refused.value.columns == [absent]


def test_shapes_that_are_no_polygons_are_refused() -> None:
    parcels, measured = land(20)
    with pytest.raises(FrameRefused, match="polygons"):
        reconcile(parcels.set_geometry(parcels.centroid), measured)


def test_identifiers_out_of_order_late_in_a_frame_give_the_same_tables() -> None:
    parcels, measured = land(300)
    late = parcels.iloc[[*range(250), 299, *range(250, 299)]]
    one, two = reconcile(parcels, measured), reconcile(late, measured)
    for name in ("matches", "corners", "shifts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_parcels_of_one_part_are_compared_as_the_polygons_that_they_are() -> None:
    parcels, measured = land(300)
    several = [shapely.MultiPolygon([shape]) for shape in parcels.geometry]
    one = reconcile(parcels, measured)
    two = reconcile(parcels.set_geometry(several, crs=parcels.crs), measured)
    pd.testing.assert_frame_equal(one.matches, two.matches)
    pd.testing.assert_frame_equal(one.corners, two.corners)


def test_a_frame_that_fits_is_what_the_schema_makes_of_it() -> None:
    parcels, measured = land(20)
    for frame, validate, uid in (
        (parcels, validate_parcels, "parcel_uid"), (measured, validate_measured, "measured_uid"),
    ):  # fmt: skip
        text = frame.assign(**{uid: frame[uid].astype(object)})  # the schema has to be asked
        pd.testing.assert_frame_equal(validate(frame), validate(text), check_like=True)

"""Outlines as they really come: other drawing habits change nothing, hostile ones stop nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cadastre.reconcile import reconcile
from tests.reconcile.outlines import LOT, box, codes, measured_of, only, parcels_of, poly

BENT = poly((0, 0), (12, 1), (13, 9), (20, 10), (19, 22), (8, 21), (7, 15), (-1, 14))


def ring_of(shape: Any) -> np.ndarray:
    return np.asarray(shape.exterior.coords)[:-1]


def redrawn(
    shape: Any, *, turn: int, back: bool, twice: list[int], between: list[tuple[int, float]]
) -> Any:
    """The same outline: other start and direction, repeated points, points on its sides."""
    ring = ring_of(shape)
    points = []
    for i, here in enumerate(ring):
        points += [here] * (1 + twice.count(i))
        after = ring[(i + 1) % len(ring)]
        points += [here + (after - here) * s for k, s in sorted(between) if k == i]
    turned = np.roll(np.array(points), turn, axis=0)
    return shapely.Polygon(turned[::-1] if back else turned)


habits = {
    "turn": st.integers(0, 20),
    "back": st.booleans(),
    "twice": st.lists(st.integers(0, 7), max_size=3),
    "between": st.lists(
        st.tuples(st.integers(0, 7), st.floats(0.05, 0.95)), max_size=5, unique=True
    ),
}


@settings(max_examples=25, deadline=None)
@given(on_map=st.booleans(), **habits)
def test_drawing_habits_change_nothing(on_map: bool, **habit: Any) -> None:
    other = redrawn(BENT, **habit)
    mapped, measured = (other, BENT) if on_map else (BENT, other)
    assert codes(reconcile(parcels_of(mapped), measured_of(measured))) == []


@settings(max_examples=25, deadline=None)
@given(
    corner=st.integers(0, 7), way=st.floats(0, 6.28), factor=st.sampled_from([1.4, 2.0, 4.0]),
    **habits,
)  # fmt: skip
@example(corner=2, way=3.0, factor=4.0, turn=0, back=False, twice=[], between=[(2, 0.0625)])
def test_a_moved_corner_is_found_whatever_the_habits(
    corner: int, way: float, factor: float, **habit: Any
) -> None:
    ring = ring_of(BENT)
    allowed = 0.1015  # 1:500 and 3 cm, as in test_reconcile
    ring[corner] += factor * allowed * np.array([np.cos(way), np.sin(way)])
    moved = redrawn(shapely.Polygon(ring), **habit)
    row = only(reconcile(parcels_of(BENT), measured_of(moved)), "CORNER")
    assert row["measured"] == pytest.approx(factor * allowed, abs=1e-3)


def test_a_moved_corner_beside_a_very_short_side_is_a_corner() -> None:
    """Two vertices 9 cm apart, one of them moved: the order tells which is which."""
    near = poly((0, 0), (10, 0), (10, 19.95), (9.925, 20), (0, 20))
    moved = poly((0, 0), (10, 0), (10.16, 20.05), (9.925, 20), (0, 20))
    row = only(reconcile(parcels_of(near), measured_of(moved)), "CORNER")
    assert row["measured"] == pytest.approx(np.hypot(0.16, 0.1), abs=1e-6)


def test_a_missing_corner_is_shape() -> None:
    cut = poly((0, 0), (12, 1), (13, 9), (19, 22), (8, 21), (7, 15), (-1, 14))
    result = reconcile(parcels_of(BENT), measured_of(cut))
    assert "SHAPE" in codes(result)
    assert "CORNER" not in codes(result)


@pytest.mark.parametrize("strokes", [(40, 56), (56, 40), (48, 48)])
def test_an_arc_stroked_otherwise_is_the_same_arc(strokes: tuple[int, int]) -> None:
    """A round of 12 m stroked with chords that the rule allows (0.2 mm at 1:500 is 10 cm)."""
    shapes = []
    for number, count in enumerate(strokes):
        turn = 2 * np.pi * (np.arange(count) + 0.4 * number) / count
        shapes.append(poly(*zip(12 * np.cos(turn), 12 * np.sin(turn), strict=True)))
    result = reconcile(parcels_of(shapes[0]), measured_of(shapes[1]))
    assert not {"CORNER", "SHAPE"} & set(codes(result))


def test_several_holes_are_each_compared_with_their_own() -> None:
    yards = [(4, 4), (4, 30), (30, 30)]
    whole = box(0, 0, 40, 40)
    holes = [list(box(e, n, e + 5, n + 5).exterior.coords) for e, n in yards]
    mapped = shapely.Polygon(whole.exterior.coords, holes)
    other_order = shapely.Polygon(whole.exterior.coords, holes[::-1])
    assert codes(reconcile(parcels_of(mapped), measured_of(other_order))) == []
    one_less = shapely.Polygon(whole.exterior.coords, holes[:2])
    result = reconcile(parcels_of(mapped), measured_of(one_less))
    assert only(result, "SHAPE")["geometry"].within(shapely.Polygon(holes[2]).buffer(0.01))


def test_a_mapped_parcel_of_two_parts() -> None:
    both = shapely.union_all([box(0, 0, 10, 20), box(14, 0, 24, 20)])
    assert codes(reconcile(parcels_of(both), measured_of(both))) == []
    half = reconcile(parcels_of(both), measured_of(box(0, 0, 10, 20)))
    assert half.matches["parcel_uid"].tolist() == ["p0"]
    assert "SHAPE" in codes(half)


def test_slivers_do_not_disturb_their_neighbours() -> None:
    parcels = parcels_of(LOT, box(10, 0, 10.02, 20), box(10.02, 0, 20, 20))
    result = reconcile(parcels, measured_of(LOT, box(10.02, 0, 20, 20), labels=["12/1", "12/3"]))
    assert codes(result) == []
    assert result.matches["parcel_uid"].tolist() == ["p0", "p2"]


def test_one_outline_over_sixty_mapped_parcels_is_one_merger() -> None:
    lots = [box(5 * i, 20 * k, 5 * i + 5, 20 * k + 20) for i in range(20) for k in range(3)]
    result = reconcile(parcels_of(*lots), measured_of(box(0, 0, 100, 60)))
    row = only(result, "MERGED")
    assert row["measured"] == 60
    assert codes(result) == ["MERGED"]


def test_a_measured_point_cloud_of_a_line_is_no_parcel() -> None:
    flat = poly((0, 0), (10, 0), (20, 0))
    result = reconcile(parcels_of(LOT), measured_of(LOT, flat, labels=["12/1", "x"]))
    assert result.matches.set_index("measured_uid").loc["m0", "verdict"] == "within"


def test_no_map_makes_everything_unmapped() -> None:
    result = reconcile(parcels_of(LOT).iloc[:0], measured_of(LOT))
    assert codes(result) == ["UNMAPPED"]


def test_rows_of_equal_lots_keep_their_rows() -> None:
    """Half a lot along and a metre across: label, shape and neighbours decide together."""
    lots = [box(5 * i, 20 * k, 5 * i + 5, 20 * k + 20) for k in range(3) for i in range(12)]
    moved = [shapely.affinity.translate(lot, 2.4, 1.0) for lot in lots]
    result = reconcile(parcels_of(*lots), measured_of(*moved))
    assert (result.matches["measured_uid"].str[1:] == result.matches["parcel_uid"].str[1:]).all()
    assert (result.matches["score"] > result.matches["runner_up"]).all()
    assert only(result, "SHEET_SHIFT")["measured"] == pytest.approx(2.6, abs=0.02)

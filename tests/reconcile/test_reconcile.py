"""Each code on land small enough to work out by hand, and what must never change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.frames import FrameRefused
from cadastre.reconcile import reconcile
from tests.reconcile.outlines import (
    E0,
    LOT,
    N0,
    box,
    codes,
    measured_of,
    only,
    parcels_of,
    poly,
)


def test_the_same_outline_is_within_and_flags_nothing() -> None:
    result = reconcile(parcels_of(LOT, register_area_m2=[200.0]), measured_of(LOT))
    assert codes(result) == []
    match = result.matches.iloc[0]
    assert (match["relation"], match["verdict"]) == ("same", "within")
    assert match["iou"] == pytest.approx(1.0)
    assert len(result.corners) == 4
    # 1:500: sqrt(0.07^2 + (2.45 * 0.03)^2) = 0.1015 m
    assert result.corners["allowed_m"].tolist() == pytest.approx([0.1015] * 4, abs=1e-4)


def test_a_moved_corner_is_one_flag_with_its_vector() -> None:
    moved = poly((0, 0), (10, 0), (10.3, 20.4), (0, 20))
    result = reconcile(parcels_of(LOT), measured_of(moved))
    row = only(result, "CORNER")
    assert row["measured"] == pytest.approx(0.5)
    assert row["allowed"] == pytest.approx(0.1015, abs=1e-4)
    assert (row["severity"], row["unit"], row["rule"]) == ("blocking", "m", "accuracy.position")
    assert row["geometry"].length == pytest.approx(0.5)
    assert "0,50 m" in row["message_vi"]
    assert "0.50 m" in row["message_en"]
    assert result.matches["verdict"].tolist() == ["changed"]


def test_a_corner_moved_less_than_allowed_is_not_flagged() -> None:
    moved = poly((0, 0), (10, 0), (10.06, 20.03), (0, 20))
    assert "CORNER" not in codes(reconcile(parcels_of(LOT), measured_of(moved)))


def test_collinear_vertices_change_nothing() -> None:
    more = poly((0, 0), (4, 0), (10, 0), (10, 7), (10, 20), (3, 20), (0, 20))
    assert codes(reconcile(parcels_of(LOT), measured_of(more))) == []
    assert codes(reconcile(parcels_of(more), measured_of(LOT))) == []


def test_t_junctions_that_slide_along_a_straight_side_are_no_corners() -> None:
    one = poly((0, 0), (4, 0), (10, 0), (10, 20), (0, 20))
    two = poly((0, 0), (6, 0), (10, 0), (10, 20), (0, 20))
    assert codes(reconcile(parcels_of(one), measured_of(two))) == []


def test_an_added_corner_is_shape_not_corner() -> None:
    bent = poly((0, 0), (10, 0), (10, 20), (5, 20.6), (0, 20))
    result = reconcile(parcels_of(LOT), measured_of(bent))
    assert codes(result) == ["AREA", "SHAPE"]
    assert only(result, "SHAPE")["measured"] == pytest.approx(0.6)
    assert result.corners["kind"].tolist().count("added") == 1


def test_a_cut_corner_is_shape() -> None:
    cut = poly((0, 0), (10, 0), (10, 17), (7, 20), (0, 20))
    assert "SHAPE" in codes(reconcile(parcels_of(LOT), measured_of(cut)))


def test_area_is_judged_against_the_register_unrounded() -> None:
    # 1:500, 203 m2: limit 1.325; sigma of the area 0.03 / 2 * sqrt(4 * 500) = 0.671;
    # allowed sqrt(1.325^2 + (2.45 * 0.671)^2) = 2.111
    result = reconcile(parcels_of(LOT, register_area_m2=[203.0]), measured_of(LOT))
    row = only(result, "AREA")
    assert row["measured"] == pytest.approx(3.0)
    assert row["allowed"] == pytest.approx(2.111, abs=0.001)
    assert row["severity"] == "blocking"
    assert result.matches["verdict"].tolist() == ["not_confirmed"]
    near = reconcile(parcels_of(LOT, register_area_m2=[202.0]), measured_of(LOT))
    assert codes(near) == []


def test_confirmed_boundary_makes_the_area_information() -> None:
    boundary = pd.DataFrame({"parcel_uid": ["p0"], "confirmed": ["unchanged"]})
    parcels = parcels_of(LOT, register_area_m2=[210.0])
    result = reconcile(parcels, measured_of(LOT), boundary=boundary)
    assert only(result, "AREA")["severity"] == "info"
    assert result.matches["verdict"].tolist() == ["unchanged_area_differs"]


@pytest.mark.parametrize(
    ("confirmed", "verdict"),
    [("unchanged", "confirmed_unchanged"), ("changed", "changed"), ("disputed", "conflict")],
)
def test_the_signed_description_decides_the_verdict(confirmed: str, verdict: str) -> None:
    measured = measured_of(LOT, boundary_confirmed=[confirmed])
    assert reconcile(parcels_of(LOT), measured).matches["verdict"].tolist() == [verdict]


def test_one_mapped_parcel_measured_as_two_is_a_split() -> None:
    halves = measured_of(box(0, 0, 10, 8), box(0, 8, 10, 20), labels=["12/1-1", "12/1-2"])
    result = reconcile(parcels_of(LOT, box(10, 0, 20, 20)), halves)
    assert codes(result) == ["SPLIT"]
    assert result.matches["relation"].tolist() == ["part", "part"]


def test_an_uneven_split_is_a_split() -> None:
    parts = measured_of(box(0, 0, 10, 17), box(0, 17, 10, 20), labels=["12/1-1", "12/1-2"])
    assert "SPLIT" in codes(reconcile(parcels_of(LOT), parts))


def test_two_mapped_parcels_measured_as_one_are_merged() -> None:
    result = reconcile(parcels_of(LOT, box(10, 0, 20, 20)), measured_of(box(0, 0, 20, 20)))
    assert codes(result) == ["MERGED"]
    assert result.matches["relation"].tolist() == ["whole", "whole"]


def test_land_on_no_parcel_is_unmapped() -> None:
    result = reconcile(parcels_of(LOT), measured_of(box(30, 0, 40, 20)))
    assert codes(result) == ["UNMAPPED"]
    assert result.matches.iloc[0]["relation"] == "none"
    assert result.matches.iloc[0]["verdict"] == "unmapped"


def test_measured_land_in_a_neighbour_is_shown_as_a_sliver() -> None:
    result = reconcile(parcels_of(LOT, box(10, 0, 20, 20)), measured_of(box(0, 0, 10.4, 20)))
    row = only(result, "OVERLAP_MAP")
    assert row["measured"] == pytest.approx(0.4)
    assert (row["parcel_uid"], row["other_parcel_uid"]) == ("p0", "p1")
    assert row["geometry"].area == pytest.approx(8.0)
    assert result.matches["verdict"].tolist() == ["conflict"]


def test_running_into_a_road_is_encroachment() -> None:
    parcels = parcels_of(LOT, box(10, 0, 20, 20), land_use=["ONT", "DGT"])
    result = reconcile(parcels, measured_of(box(0, 0, 10.4, 20)))
    assert result.matches["verdict"].tolist() == ["encroachment"]


def test_two_measured_parcels_that_overlap_are_flagged_once() -> None:
    parcels = parcels_of(LOT, box(10, 0, 20, 20))
    result = reconcile(parcels, measured_of(box(0, 0, 10.5, 20), box(9.5, 0, 20, 20)))
    row = only(result, "OVERLAP_SURVEY")
    assert row["measured"] == pytest.approx(1.0)


def test_a_parcel_moved_as_a_whole_is_in_the_wrong_position() -> None:
    result = reconcile(parcels_of(LOT), measured_of(box(0.5, 0.5, 10.5, 20.5)))
    assert result.matches["verdict"].tolist() == ["position_wrong"]


def test_holes_are_compared_with_holes() -> None:
    whole = box(0, 0, 40, 40)
    with_hole = whole.difference(box(10, 10, 20, 20))
    assert codes(reconcile(parcels_of(with_hole), measured_of(with_hole))) == []
    moved = whole.difference(box(10.6, 10, 20.6, 20))
    result = reconcile(parcels_of(with_hole), measured_of(moved))
    assert only(result, "CORNER")["measured"] == pytest.approx(0.6)
    assert "SHAPE" in codes(reconcile(parcels_of(with_hole), measured_of(whole)))


def test_a_thin_wedge_keeps_its_corners() -> None:
    wedge = poly((0, 0), (40, 0), (40, 0.8))
    assert codes(reconcile(parcels_of(wedge), measured_of(wedge))) == []


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("shift", [2.5, -2.5, 2.6])
def test_equal_lots_off_by_half_a_lot_do_not_match_off_by_one(shift: float, labelled: bool) -> None:
    lots = [box(5 * i, 0, 5 * i + 5, 20) for i in range(20)]
    moved = [box(5 * i + shift, 0, 5 * i + 5 + shift, 20) for i in range(20)]
    labels = None if labelled else [f"A{i}" for i in range(20)]
    result = reconcile(parcels_of(*lots), measured_of(*moved, labels=labels))
    assert (result.matches["measured_uid"].str[1:] == result.matches["parcel_uid"].str[1:]).all()
    assert (result.matches["relation"] == "same").all()


def test_swapped_labels_do_not_swap_the_match() -> None:
    parcels = parcels_of(LOT, box(10, 0, 20, 20))
    measured = measured_of(LOT, box(10, 0, 20, 20), labels=["12/2", "12/1"])
    result = reconcile(parcels, measured)
    assert result.matches["parcel_uid"].tolist() == ["p0", "p1"]


def test_two_surveys_of_one_parcel_are_both_the_same_parcel() -> None:
    measured = measured_of(LOT, LOT, labels=["12/1", "12/1"], survey=["K1", "K2"])
    result = reconcile(parcels_of(LOT), measured)
    assert result.matches["relation"].tolist() == ["same", "same"]
    assert codes(result) == []


def test_a_displaced_sheet_is_one_flag_and_parcels_are_judged_on_the_rest(
    new_land: Any, frames: Any
) -> None:
    parcels, measured = frames(new_land(3, rows=6, lots=20))
    away = parcels.set_geometry(parcels.translate(-0.8, -0.3))
    result = reconcile(away, measured)
    row = only(result, "SHEET_SHIFT")
    assert row["measured"] == pytest.approx(np.hypot(0.8, 0.3), abs=0.02)
    shift = result.shifts.iloc[0]
    assert (shift["de"], shift["dn"]) == pytest.approx((0.8, 0.3), abs=0.02)
    flagged = result.mismatches.query("severity == 'blocking'")["measured_uid"].nunique()
    assert flagged <= 0.03 * len(measured)
    assert result.corners["raw_distance_m"].median() > 0.7
    assert result.corners["distance_m"].median() < 0.1


def test_a_shift_is_not_applied_when_an_officer_denies_it(new_land: Any, frames: Any) -> None:
    parcels, measured = frames(new_land(3, rows=6, lots=20))
    away = parcels.set_geometry(parcels.translate(-0.8, -0.3))
    found = only(reconcile(away, measured), "SHEET_SHIFT")["mismatch_id"]
    result = reconcile(away, measured, decisions={found: "not_a_mismatch"})
    assert "SHEET_SHIFT" not in codes(result)
    assert result.mismatches["code"].tolist().count("CORNER") == len(measured)


def test_fewer_than_five_parcels_give_no_shift_and_say_so() -> None:
    lots = [box(30 * i, 0, 30 * i + 10, 20) for i in range(4)]
    result = reconcile(parcels_of(*lots), measured_of(*lots))
    assert result.shifts["status"].tolist() == ["too few parcels"]
    assert result.shifts["de"].isna().all()


def test_rotation_of_a_sheet_is_found(new_land: Any, frames: Any) -> None:
    parcels, measured = frames(new_land(4, rows=6, lots=20, noise=False))
    turned = parcels.set_geometry(
        parcels.rotate(np.degrees(-0.005), origin=(E0 + 70, N0 + 60), use_radians=False)
    )
    result = reconcile(turned, measured)
    assert result.shifts.iloc[0]["rotation_rad"] == pytest.approx(0.005, rel=0.02)
    assert result.corners["distance_m"].max() < 0.01


def test_order_does_not_matter(new_land: Any, frames: Any) -> None:
    parcels, measured = frames(new_land(5, rows=4, lots=10))
    one = reconcile(parcels, measured)
    two = reconcile(parcels.sample(frac=1, random_state=1), measured.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(one.matches, two.matches)
    pd.testing.assert_frame_equal(one.corners, two.corners)
    pd.testing.assert_frame_equal(one.mismatches, two.mismatches)


@settings(max_examples=8, deadline=None)
@given(
    angle=st.floats(-180, 180), de=st.floats(-3000, 3000), dn=st.floats(-3000, 3000),
    seed=st.integers(0, 50),
)  # fmt: skip
def test_rigid_motion_of_both_sides_changes_nothing(
    angle: float, de: float, dn: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    lots = [box(10 * i, 0, 10 * i + 10, 20) for i in range(6)]
    rings = [np.asarray(g.exterior.coords)[:-1] for g in lots]
    closed = [shapely.Polygon(xy + rng.normal(0, 0.05, xy.shape)) for xy in rings]
    one = reconcile(parcels_of(*lots), measured_of(*closed))

    def moved(shape: Any) -> Any:
        turned = shapely.affinity.rotate(shape, angle, origin=(E0, N0))
        return shapely.affinity.translate(turned, de, dn)

    two = reconcile(parcels_of(*map(moved, lots)), measured_of(*map(moved, closed)))
    assert codes(one) == codes(two)
    assert one.matches["verdict"].tolist() == two.matches["verdict"].tolist()
    assert np.sort(one.corners["distance_m"]) == pytest.approx(
        np.sort(two.corners["distance_m"]), abs=1e-6
    )


def test_splitting_a_measured_parcel_and_joining_it_again_gives_the_first_answer() -> None:
    parcels = parcels_of(LOT, box(10, 0, 20, 20))
    first = reconcile(parcels, measured_of(poly((0, 0), (10, 0), (10.3, 20.2), (0, 20))))
    whole = poly((0, 0), (10, 0), (10.3, 20.2), (0, 20))
    low, high = whole.intersection(box(-1, -1, 12, 9)), whole.difference(box(-1, -1, 12, 9))
    again = reconcile(parcels, measured_of(shapely.union_all([low, high])))
    assert set(first.mismatches["mismatch_id"]) == set(again.mismatches["mismatch_id"])
    assert first.mismatches["measured"].tolist() == pytest.approx(
        again.mismatches["measured"].tolist()
    )


def test_identifiers_do_not_follow_the_measured_value() -> None:
    one = reconcile(parcels_of(LOT), measured_of(poly((0, 0), (10, 0), (10.3, 20.4), (0, 20))))
    two = reconcile(parcels_of(LOT), measured_of(poly((0, 0), (10, 0), (10.5, 20.9), (0, 20))))
    key = [only(r, "CORNER")["mismatch_id"] for r in (one, two)]
    assert key[0] == key[1]


def test_a_broken_outline_does_not_stop_the_others() -> None:
    crossing = poly((30, 0), (40, 20), (40, 0), (30, 20))
    result = reconcile(parcels_of(LOT, crossing), measured_of(LOT, crossing))
    assert result.matches.set_index("measured_uid").loc["m0", "verdict"] == "within"


def test_nothing_measured_gives_empty_tables() -> None:
    empty = measured_of(LOT).iloc[:0]
    result = reconcile(parcels_of(LOT), empty)
    assert result.matches.empty
    assert result.mismatches.empty


def test_different_zones_are_refused() -> None:
    with pytest.raises(FrameRefused):
        reconcile(parcels_of(LOT), measured_of(LOT).to_crs(9218))

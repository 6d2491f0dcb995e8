"""Corners a few centimetres or decimetres apart, as real parcels have them, stay what they are."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cadastre.reconcile import reconcile
from tests.reconcile.outlines import box, codes, measured_of, only, parcels_of, poly

#: A lot whose corners 7 and 8 stand half a metre apart.
CLOSE_MAP = [
    (-0.437, -4.237), (0.053, -4.595), (5.738, 1.840), (6.023, 2.227), (0.168, 3.568),
    (-0.838, 4.254), (-5.553, -1.785), (-5.155, -1.270),
]  # fmt: skip
CLOSE_GROUND = [
    (-0.497, -4.241), (0.075, -4.567), (5.741, 1.819), (5.987, 2.251), (0.163, 3.574),
    (-0.821, 4.270), (-5.565, -1.770), (-5.155, -1.275),
]  # fmt: skip


def test_an_outline_that_noise_laid_across_itself_keeps_its_corners():
    assert not poly(*CLOSE_MAP).is_valid
    assert codes(reconcile(parcels_of(poly(*CLOSE_MAP)), measured_of(poly(*CLOSE_GROUND)))) == []
    moved = [*CLOSE_GROUND]
    moved[3] = (6.4, 2.25)
    found = reconcile(parcels_of(poly(*CLOSE_MAP)), measured_of(poly(*moved)))
    assert only(found, "CORNER").measured == pytest.approx(0.378, abs=0.01)
    assert "SHAPE" not in codes(found)


def test_an_outline_that_crosses_itself_in_earnest_is_compared_by_its_land():
    bow = poly((0, 0), (10, 10), (10, 0), (0, 10))
    assert not bow.is_valid
    found = reconcile(parcels_of(bow), measured_of(box(0, 0, 10, 10)))
    assert "AREA" in codes(found)


def test_a_tip_that_was_folded_onto_the_other_side_is_a_moved_corner():
    tip = [
        (0.0, 0.0),
        (9.526, -1.182),
        (11.771, 1.011),
        (12.016, 1.269),
        (8.034, 2.909),
        (0.0, 6.2),
    ]
    folded = [*tip]
    folded[2] = (11.633, 1.376)
    found = reconcile(parcels_of(poly(*tip)), measured_of(poly(*folded)))
    assert only(found, "CORNER").measured == pytest.approx(0.39, abs=0.01)


@pytest.mark.parametrize("points", [6, 18])
def test_a_spike_lost_from_a_bent_side_is_found_however_many_points_the_side_has(points):
    """The spike reaches the chord of the side's ends: still nothing of it is on the ground."""
    bulge = [(-1.0 * np.sin(np.pi * k / points), 100.0 - 100.0 * k / points) for k in range(points)]
    east = [(50.0, 0.0), (51.0, 55.0), (50.0, 100.0)]
    at = points // 2
    spike = [*bulge[:at], (0.0, bulge[at][1] + 2.0), *bulge[at:]]
    mapped, ground = poly(*spike, (0.0, 0.0), *east), poly(*bulge, (0.0, 0.0), *east)
    found = reconcile(parcels_of(mapped, scale=2000), measured_of(ground))
    assert only(found, "SHAPE").measured == pytest.approx(1.0, abs=0.1)


def test_a_corner_of_a_divided_parcel_that_moved_past_its_neighbour_is_a_moved_corner():
    mapped = [(0, 0), (10.49, 0.0), (10.915, 0.0), (10.34, 7.15), (10.69, 12.2), (0, 20)]
    whole = [*mapped]
    whole[2] = (10.50, 0.17)  # 0.45 m off, now nearest to the corner beside it
    low = poly(*whole[:4], (10.5, 9.6), (0, 9.6))
    high = poly((0, 9.6), (10.5, 9.6), *whole[4:])
    labels = ["KP-12/1-1", "KP-12/1-2"]
    found = reconcile(parcels_of(poly(*mapped)), measured_of(low, high, labels=labels))
    assert only(found, "CORNER").measured == pytest.approx(0.448, abs=0.01)
    assert only(found, "SPLIT").measured == 2
    assert "SHAPE" not in codes(found)


def test_a_needle_between_two_neighbours_is_no_overlap_with_the_second():
    """The fence to the first neighbour moved; along the second lies a needle of noise."""
    own, first = box(0, 0, 10, 20), box(10, 0, 20, 20)
    second = box(0, 20, 20, 40)
    ground = poly((0, 0), (10.4, 0), (10.4, 20.04), (0, 20.0))
    found = reconcile(parcels_of(own, first, second), measured_of(ground))
    flags = found.mismatches[found.mismatches["code"] == "OVERLAP_MAP"]
    assert list(flags["other_parcel_uid"]) == ["p1"]
    deep = reconcile(
        parcels_of(own, first, second),
        measured_of(poly((0, 0), (10.4, 0), (10.4, 20.4), (0, 20.4))),
    ).mismatches
    assert set(deep.loc[deep["code"] == "OVERLAP_MAP", "other_parcel_uid"]) == {"p1", "p2"}


@pytest.mark.parametrize(("scale", "size"), [(200, 4.0), (500, 9.0)])
def test_a_sheet_of_large_scale_needs_less_ground_to_be_recognised(scale, size):
    """Parcels spread over the same paper are spread well enough at any scale."""
    lots = [
        box(e * size, n * size, (e + 1) * size, (n + 1) * size) for e in range(6) for n in range(6)
    ]
    mapped = [shapely.transform(lot, lambda xy: xy + np.array([0.9, 0.0])) for lot in lots]
    found = reconcile(parcels_of(*mapped, scale=scale), measured_of(*lots, sigma_m=0.01))
    assert only(found, "SHEET_SHIFT").measured == pytest.approx(0.9, abs=0.01)
    row = found.shifts.iloc[0]
    assert (row["status"], bool(row["applied"])) == ("estimated", True)


def test_parcels_in_a_row_are_not_spread_whatever_the_scale():
    lots = [box(12.0 * k, 0, 12.0 * k + 12, 12) for k in range(12)]
    mapped = [shapely.transform(lot, lambda xy: xy + np.array([0.9, 0.0])) for lot in lots]
    found = reconcile(parcels_of(*mapped, scale=200), measured_of(*lots, sigma_m=0.01))
    assert found.shifts["status"].tolist() == ["parcels not spread"]


def test_a_corner_more_on_a_side_that_ends_at_two_close_posts_is_not_one_of_them_far_away():
    rest = [
        (1.354, -0.211), (19.093, -3.303), (18.884, 2.507), (18.149, 19.231), (17.697, 27.529),
        (7.270, 28.385),
    ]  # fmt: skip
    mapped = [(-0.029, 0.019), (0.006, 0.002), *rest, (3.624, 28.563)]
    ground = [(0.0, 0.0), (-0.006, -0.001), *rest, (3.614, 28.567), (2.120, 16.012)]
    found = reconcile(parcels_of(poly(*mapped)), measured_of(poly(*ground), sigma_m=0.009))
    assert only(found, "SHAPE").measured == pytest.approx(0.100, abs=0.005)
    assert codes(found) == ["SHAPE"]


def test_a_point_of_a_side_that_lies_on_the_other_outline_is_not_lost():
    """The neighbouring corners' chord passes it by more than is allowed; the outline does not."""
    mapped = [
        (2.209, -1.398), (2.427, -1.005), (2.920, 0.185), (-3.904, 3.632), (-5.229, 1.069),
        (1.577, -2.482),
    ]  # fmt: skip
    ground = [
        (2.408, -0.984), (2.265, -1.396), (1.571, -2.465), (-2.910, -0.143), (-5.234, 1.080),
        (-3.911, 3.627), (-1.224, 2.287), (2.924, 0.197),
    ]  # fmt: skip
    one, two = poly(*mapped), poly(*ground)
    assert codes(reconcile(parcels_of(one, scale=200), measured_of(two, sigma_m=0.0098))) == []


def test_a_fence_that_moved_by_more_than_stands_between_its_posts_keeps_all_of_them():
    still = [
        (-11.653, 9.360), (-10.271, 4.709), (-9.510, 2.283), (-9.485, 2.157), (-5.547, -10.739),
        (6.191, -8.216), (7.754, -7.895),
    ]  # fmt: skip
    fence = [(8.169, -7.812), (7.151, -4.343), (7.119, -4.275), (4.472, 4.507), (3.758, 6.942)]
    end = (1.850, 13.321)
    moved = [(e - 0.373, n - 0.112) for e, n in (*fence, end)]
    found = reconcile(
        parcels_of(poly(*still, *fence, end)), measured_of(poly(*still, *moved), sigma_m=0.009)
    )
    assert only(found, "CORNER").measured == pytest.approx(0.389, abs=0.005)
    assert found.corners["beyond"].sum() == 6
    assert "SHAPE" not in codes(found)


def test_a_notch_in_a_divided_parcel_is_not_closed_like_a_slit_between_its_parts():
    mapped = [
        (-14.684, 25.566), (-19.512, 15.792), (-18.125, 15.365), (-31.840, -22.368),
        (16.032, -37.292), (31.955, -3.092), (36.174, 6.028),
    ]  # fmt: skip
    west = [
        (-15.545, -27.481), (-31.860, -22.417), (-19.428, 16.193), (-19.554, 15.962),
        (-14.633, 25.663), (2.472, 19.038),
    ]  # fmt: skip
    middle = [(2.472, 19.038), (20.588, 12.022), (3.053, -33.254), (-15.545, -27.481)]
    east = [
        (20.588, 12.022), (36.117, 6.008), (31.873, -3.119), (16.141, -37.317), (3.053, -33.254),
    ]  # fmt: skip
    parts = (poly(*west), poly(*middle), poly(*east))
    labels = [f"KP-12/1-{k}" for k in (1, 2, 3)]
    found = reconcile(parcels_of(poly(*mapped), scale=2000), measured_of(*parts, labels=labels))
    assert only(found, "CORNER").measured == pytest.approx(1.544, abs=0.01)
    assert only(found, "SPLIT").measured == 3
    assert "SHAPE" not in codes(found)

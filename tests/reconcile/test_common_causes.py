"""One cause, one flag at the right subject: measured twice, in parts, together with a neighbour."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from cadastre.reconcile import reconcile
from tests.reconcile.outlines import LOT, box, codes, measured_of, only, parcels_of, poly

NEXT = box(10, 0, 20, 20)


def test_two_measurements_that_differ_are_one_question_to_the_surveyors() -> None:
    off = poly((0, 0), (10, 0), (10.4, 20.3), (0, 20))
    measured = measured_of(LOT, off, labels=["12/1", "12/1"], survey=["K1", "K2"])
    result = reconcile(parcels_of(LOT, NEXT), measured)
    row = only(result, "SURVEYS_DIFFER")
    assert codes(result) == ["SURVEYS_DIFFER"]
    assert row["measured"] == pytest.approx(0.5)
    # sqrt(0.07^2 + (2.45 * 0.03 * sqrt(2))^2)
    assert row["allowed"] == pytest.approx(0.1253, abs=1e-4)
    assert (row["severity"], row["rule"]) == ("blocking", "accuracy.position")
    assert row["geometry"].length == pytest.approx(0.5)
    assert "K1/12/1" in row["message_vi"]
    assert "K2/12/1" in row["message_en"]
    assert result.matches["verdict"].tolist() == ["not_confirmed"] * 2
    assert result.matches["boundary_geometry"].tolist() == ["undetermined"] * 2


def test_once_decided_the_map_is_judged_again() -> None:
    off = poly((0, 0), (10, 0), (10.4, 20.3), (0, 20))
    measured = measured_of(LOT, off, labels=["12/1", "12/1"], survey=["K1", "K2"])
    found = only(reconcile(parcels_of(LOT), measured), "SURVEYS_DIFFER")["mismatch_id"]
    waiting = reconcile(parcels_of(LOT), measured, decisions={found: "measure_again"})
    assert codes(waiting) == ["SURVEYS_DIFFER"]
    settled = reconcile(parcels_of(LOT), measured, decisions={found: "not_a_mismatch"})
    assert "CORNER" in codes(settled)
    assert found in settled.mismatches["mismatch_id"].tolist()


def test_of_two_measurements_the_chosen_one_alone_is_held_against_the_map() -> None:
    off = poly((0, 0), (10, 0), (10.4, 20.3), (0, 20))
    for first, second, expected in ((LOT, off, []), (off, LOT, ["CORNER"])):
        measured = measured_of(first, second, labels=["12/1", "12/1"], survey=["K1", "K2"])
        found = only(reconcile(parcels_of(LOT), measured), "SURVEYS_DIFFER")["mismatch_id"]
        chosen = reconcile(parcels_of(LOT), measured, decisions={found: "accept_measurement"})
        assert [c for c in codes(chosen) if c in ("CORNER", "SHAPE")] == expected
        assert set(chosen.mismatches["measured_uid"]) == {"m0"}
        assert chosen.matches["verdict"].tolist()[1] == "not_confirmed"
        assert chosen.matches["verdict"].tolist()[0] in ("within", "changed")


def test_the_one_named_second_can_be_chosen_as_well() -> None:
    off = poly((0, 0), (10, 0), (10.4, 20.3), (0, 20))
    for first, second, expected in ((LOT, off, ["CORNER"]), (off, LOT, [])):
        measured = measured_of(first, second, labels=["12/1", "12/1"], survey=["K1", "K2"])
        found = only(reconcile(parcels_of(LOT), measured), "SURVEYS_DIFFER")["mismatch_id"]
        told = {found: "accept_other_measurement"}
        chosen = reconcile(parcels_of(LOT), measured, decisions=told)
        assert [c for c in codes(chosen) if c in ("CORNER", "SHAPE")] == expected
        assert chosen.matches["verdict"].tolist()[0] == "not_confirmed"
        assert chosen.matches["verdict"].tolist()[1] in ("within", "changed")


def test_two_measurements_that_agree_are_both_judged() -> None:
    near = poly((0.03, 0), (10, 0.05), (10.04, 20), (0, 20))
    measured = measured_of(LOT, near, labels=["12/1", "12/1"], survey=["K1", "K2"])
    result = reconcile(parcels_of(LOT, register_area_m2=[200.0]), measured)
    assert codes(result) == []
    assert result.matches["verdict"].tolist() == ["within", "within"]


def test_the_outer_corner_of_a_split_parcel_is_judged() -> None:
    low, high = box(0, 0, 10, 9), poly((0, 9), (10, 9), (10.3, 20.4), (0, 20))
    result = reconcile(parcels_of(LOT), measured_of(low, high, labels=["12/1-1", "12/1-2"]))
    row = only(result, "CORNER")
    assert row["measured"] == pytest.approx(0.5)
    assert row["parcel_uid"] == "p0"
    assert {"SPLIT", "CORNER"} <= set(codes(result))
    assert "12/1-1" in row["message_vi"]


def test_parts_measured_apart_leave_no_false_corner_along_their_common_line() -> None:
    low = poly((0, 0), (10, 0), (10.02, 8.98), (5, 9.03), (-0.01, 9.02))
    high = poly((0.01, 9.0), (5.02, 8.97), (10, 9.02), (10, 20), (0, 20))
    result = reconcile(parcels_of(LOT), measured_of(low, high, labels=["12/1-1", "12/1-2"]))
    assert codes(result) == ["SPLIT"]


def test_the_outer_corner_of_parcels_measured_as_one_is_judged() -> None:
    both = poly((0, 0), (20, 0), (20.3, 20.4), (0, 20))
    result = reconcile(parcels_of(LOT, NEXT), measured_of(both))
    assert only(result, "CORNER")["measured"] == pytest.approx(0.5)
    assert "MERGED" in codes(result)


def test_a_part_that_was_not_measured_says_nothing_of_the_whole() -> None:
    parts = measured_of(box(0, 0, 10, 6), box(0, 6, 10, 12), labels=["12/1-1", "12/1-2"])
    assert codes(reconcile(parcels_of(LOT), parts)) == ["SPLIT"]


def test_the_sum_of_the_parts_is_held_against_the_register() -> None:
    halves = measured_of(box(0, 0, 10, 9), box(0, 9, 10, 20), labels=["12/1-1", "12/1-2"])
    row = only(reconcile(parcels_of(LOT, register_area_m2=[212.0]), halves), "AREA")
    assert row["measured"] == pytest.approx(12.0)


def test_a_fence_that_both_neighbours_follow_is_no_conflict() -> None:
    measured = measured_of(box(0, 0, 10.4, 20), box(10.4, 0, 20, 20))
    result = reconcile(parcels_of(LOT, NEXT), measured)
    over = only(result, "OVERLAP_MAP")
    assert (over["severity"], over["measured_uid"]) == ("info", "m0")
    assert "liền kề" in over["message_vi"]
    assert result.matches["verdict"].tolist() == ["changed", "changed"]
    corners = result.mismatches.query("code == 'CORNER'")
    assert corners["parcel_uid"].tolist() == ["p0", "p1"]
    assert set(corners["severity"]) == {"blocking"}


def test_a_fence_that_the_neighbour_denies_is_a_conflict() -> None:
    result = reconcile(parcels_of(LOT, NEXT), measured_of(box(0, 0, 10.4, 20), NEXT))
    assert only(result, "OVERLAP_MAP")["severity"] == "blocking"
    assert "OVERLAP_SURVEY" in codes(result)
    assert result.matches["verdict"].tolist() == ["conflict", "conflict"]


def test_every_mismatch_can_be_acted_on() -> None:
    """Severity, numbers, unit, evidence, rule and both sentences, for every code that fires."""
    off = poly((30, 0), (40, 0), (40.4, 20.3), (30, 20))
    measured = measured_of(
        poly((0, 0), (10, 0), (10.3, 20.4), (0, 20)),
        box(10, 0, 20.5, 20),
        box(30, 0, 40, 20),
        off,
        box(50, 0, 60, 9),
        box(50, 9, 60, 20),
        box(70, 0, 90, 20),
        box(200, 0, 210, 20),
        poly((110, 0), (120, 0), (120, 20), (115, 20.8), (110, 20)),
        box(129.5, 0, 140, 20),
        box(119, 30, 130, 50),
        box(129.5, 30, 140, 50),
        labels=["1", "2", "3", "3", "5-1", "5-2", "7", "8", "9", "10", "11", "12"],
    )
    shapes = [
        LOT, NEXT, box(20, 0, 30, 20), box(30, 0, 40, 20), box(50, 0, 60, 20), box(70, 0, 80, 20),
        box(80, 0, 90, 20), box(110, 0, 120, 20), box(129.5, 0, 140, 20), box(120, 30, 129.5, 50),
        box(129.5, 30, 140, 50),
    ]  # fmt: skip
    papers = [shape.area for shape in shapes]
    papers[8] += 9.0
    result = reconcile(parcels_of(*shapes, register_area_m2=papers), measured)
    expected = {
        "CORNER", "OVERLAP_MAP", "SURVEYS_DIFFER", "SPLIT", "MERGED", "UNMAPPED", "SHAPE", "AREA",
        "OVERLAP_SURVEY", "EDGE_LENGTH",
    }  # fmt: skip
    assert set(codes(result)) == expected
    for row in result.mismatches.itertuples():
        assert row.severity in {"blocking", "warning", "info"}
        assert row.measured > row.allowed
        assert row.unit in {"m", "m2", ""}
        assert row.rule.startswith(("accuracy.", "reconcile."))
        assert not shapely.is_empty(row.geometry)
        assert row.message_vi.endswith(".")
        assert row.message_en.endswith(".")
        assert pd.notna(row.measured_uid)

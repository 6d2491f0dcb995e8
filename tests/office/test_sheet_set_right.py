"""A sheet that the ground shows displaced is a proposal; accepted, the next merge sets it right."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from cadastre.office.decide_mismatch import decide_mismatch, undo_decision
from cadastre.office.decide_proposal import decide_proposal, preview_proposal
from cadastre.office.foresee_decision import foresee_decisions
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.office.undo_merge import undo_merge
from cadastre.store.transaction import reading
from tests.office.conftest import EAST, NORTH, lots, write_sheet, write_survey

COMMUNE = "22609"
SIZE, SIDE = 12.0, 6
OFF = (0.8, -0.35)  # metres by which the sheet lies west and north of the ground


def _rows(desk, sql, **parameters):
    with reading(desk.engine, desk.actor) as connection:
        return [dict(r) for r in connection.execute(text(sql), parameters).mappings()]


def _map(desk):
    rows = _rows(
        desk,
        "SELECT parcel_uid::text AS uid, ST_AsBinary(geometry) AS g FROM cadastre.parcel "
        "WHERE valid_to IS NULL",
    )
    return {r["uid"]: shapely.from_wkb(bytes(r["g"])) for r in rows}


def _proposals(desk):
    return _rows(
        desk,
        "SELECT proposal_id::text AS uid, kind, moment, status, max_move_m, row_version, parameters, "
        "cardinality(parcel_uids) AS parcels FROM cadastre.proposal ORDER BY parameters ->> 'ordinal'",
    )


def _flags(desk):
    return _rows(
        desk, "SELECT mismatch_id::text AS uid, code, status, decision FROM cadastre.mismatch"
    )


def _ground(shift=(0.0, 0.0), which=range(0, SIDE * SIDE, 3)):
    """Corners of every third lot where they stand on the ground, a centimetre of noise aside."""
    told = {}
    for k in which:
        west, south, east, north = lots(SIDE, size=SIZE)[k].bounds
        wobble = 0.01 * ((k * 7) % 5 - 2) / 2.0
        told[f"1/{k + 1}"] = [
            (x + shift[0] + wobble, y + shift[1] - wobble)
            for x, y in ((west, south), (east, south), (east, north), (west, north))
        ]
    return told


@pytest.fixture
def displaced(desk, tmp_path):
    """A town whose only sheet lies off by 0.87 m, and a survey of a third of its lots."""
    shapes = lots(SIDE, size=SIZE, east=EAST - OFF[0], north=NORTH - OFF[1])
    sheet = write_sheet(tmp_path / "tt.gpkg", shapes, scale=500, land_use="ODT")
    import_sheets(desk, commune=COMMUNE, path=sheet, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    survey = write_survey(tmp_path / "do.csv", _ground())
    record_survey(desk, commune=COMMUNE, path=survey, label="K1", crs=9217)
    return reconcile_commune(desk, commune=COMMUNE)


def test_the_comparison_proposes_and_moves_nothing(officer, desk, displaced):
    assert (displaced.shifts, displaced.proposals) == (1, 1)
    before = _map(desk)
    (one,) = _proposals(desk)
    assert (one["kind"], one["moment"], one["status"]) == ("shift", "reconcile", "open")
    told = one["parameters"]
    assert (told["de"], told["dn"]) == pytest.approx(OFF, abs=0.01)
    assert told["displacement_m"] == pytest.approx(0.873, abs=0.01)
    assert 0 < told["precision_m"] < 0.01
    assert (told["n"], one["parcels"]) == (12, 36)
    assert one["max_move_m"] == pytest.approx(0.873, abs=0.02)
    seen = preview_proposal(officer, commune=COMMUNE, proposal_id=one["uid"])
    assert set(seen.parcels["parcel_uid"]) == set(before)
    assert seen.corners["distance_m"].between(0.85, 0.90).all()
    assert _map(desk) == before
    again = reconcile_commune(desk, commune=COMMUNE)
    assert (again.proposals, again.mismatches.opened) == (1, 0)
    assert _proposals(desk)[0]["row_version"] == one["row_version"]


def test_accepted_the_next_merge_sets_the_sheet_right_and_it_can_be_taken_back(
    officer, desk, displaced
):
    before = _map(desk)
    (one,) = _proposals(desk)
    decide_proposal(officer, commune=COMMUNE, proposal_id=one["uid"], decision="accepted")
    assert _map(desk) == before
    reconcile_commune(desk, commune=COMMUNE)  # it waits for the merge: no second proposal
    assert [p["status"] for p in _proposals(desk)] == ["accepted"]
    merged = merge_commune(desk, commune=COMMUNE)
    assert (merged.moved, merged.proposals) == (36, 0)
    moves = _rows(
        desk,
        "SELECT DISTINCT reason, round(max_move_m::numeric, 1)::float8 AS m FROM cadastre.parcel_move",
    )
    assert moves == [{"reason": "sheet_set_right", "m": 0.9}]
    after = _map(desk)
    for uid, shape in after.items():
        moved = shapely.get_coordinates(shape) - shapely.get_coordinates(before[uid])
        assert moved == pytest.approx(shapely.get_coordinates(before[uid]) * 0 + OFF, abs=0.02)
        assert shape.area == pytest.approx(before[uid].area, rel=2e-3)
    jobs = _rows(desk, "SELECT kind, arguments -> 'surveys' AS surveys FROM cadastre.job")
    assert jobs == [{"kind": "reconcile_commune", "surveys": None}]
    outcome = reconcile_commune(desk, commune=COMMUNE)
    assert (outcome.shifts, outcome.proposals) == (0, 0)
    assert [f["status"] for f in _flags(desk) if f["code"] == "SHEET_SHIFT"] == ["closed"]
    assert [p["status"] for p in _proposals(desk)] == ["accepted"]
    settled = merge_commune(desk, commune=COMMUNE)
    assert (settled.opened, settled.closed) == (0, 0)
    assert len(_rows(desk, "SELECT 1 FROM cadastre.job")) == 1
    decide_proposal(officer, commune=COMMUNE, proposal_id=one["uid"], decision="open")
    merge_commune(desk, commune=COMMUNE)
    assert _map(desk) == before
    assert reconcile_commune(desk, commune=COMMUNE).shifts == 1


def test_the_merge_that_set_it_right_can_be_undone(officer, desk, displaced):
    before = _map(desk)
    decide_proposal(
        officer, commune=COMMUNE, proposal_id=_proposals(desk)[0]["uid"], decision="accepted"
    )
    merge_commune(desk, commune=COMMUNE)
    undo_merge(officer, commune=COMMUNE)
    assert _map(desk) == before
    merge_commune(desk, commune=COMMUNE)
    assert _map(desk) != before


def test_what_is_decided_on_the_flag_holds_for_the_proposal(officer, desk, displaced):
    (flag,) = [f["uid"] for f in _flags(desk) if f["code"] == "SHEET_SHIFT"]
    for decision, status in (
        ("keep_map", "rejected"),
        ("accept_measurement", "accepted"),
        ("measure_again", "open"),
    ):
        decide_mismatch(officer, commune=COMMUNE, mismatch_id=flag, decision=decision)
        assert [p["status"] for p in _proposals(desk)] == [status]
        reconcile_commune(desk, commune=COMMUNE)
        assert [p["status"] for p in _proposals(desk)] == [status]
    decide_mismatch(officer, commune=COMMUNE, mismatch_id=flag, decision="accept_measurement")
    undo_decision(officer, commune=COMMUNE, mismatch_id=flag)
    assert [p["status"] for p in _proposals(desk)] == ["open"]


def test_a_rejected_proposal_is_asked_again_only_when_the_sheet_lies_elsewhere(
    officer, desk, displaced, tmp_path
):
    (one,) = _proposals(desk)
    decide_proposal(officer, commune=COMMUNE, proposal_id=one["uid"], decision="rejected")
    reconcile_commune(desk, commune=COMMUNE)
    assert [p["status"] for p in _proposals(desk)] == ["rejected"]
    further = write_survey(tmp_path / "do2.csv", _ground(shift=(0.3, 0.0)))
    record_survey(desk, commune=COMMUNE, path=further, label="K1", crs=9217)
    reconcile_commune(desk, commune=COMMUNE)
    (now,) = _proposals(desk)
    assert (now["uid"], now["status"]) == (one["uid"], "open")
    assert now["parameters"]["de"] == pytest.approx(1.1, abs=0.01)


def test_a_sheet_set_right_once_can_be_set_right_again_from_where_it_stands(
    officer, desk, displaced, tmp_path
):
    decide_proposal(
        officer, commune=COMMUNE, proposal_id=_proposals(desk)[0]["uid"], decision="accepted"
    )
    merge_commune(desk, commune=COMMUNE)
    better = write_survey(tmp_path / "do3.csv", _ground(shift=(0.0, 0.4)))
    record_survey(desk, commune=COMMUNE, path=better, label="K1", crs=9217)
    assert reconcile_commune(desk, commune=COMMUNE).proposals == 1
    _, second = _proposals(desk)
    assert second["parameters"]["dn"] == pytest.approx(0.4, abs=0.01)
    decide_proposal(officer, commune=COMMUNE, proposal_id=second["uid"], decision="accepted")
    merge_commune(desk, commune=COMMUNE)
    corners = {tuple(c) for g in _map(desk).values() for c in shapely.get_coordinates(g)}
    low = min(corners)
    assert low == pytest.approx((EAST, NORTH + 0.4), abs=0.02)
    assert reconcile_commune(desk, commune=COMMUNE).shifts == 0
    decide_proposal(officer, commune=COMMUNE, proposal_id=second["uid"], decision="open")
    merge_commune(desk, commune=COMMUNE)
    low = min(tuple(c) for g in _map(desk).values() for c in shapely.get_coordinates(g))
    assert low == pytest.approx((EAST, NORTH), abs=0.02)


def test_too_few_parcels_propose_nothing(desk, tmp_path):
    shapes = lots(SIDE, size=SIZE, east=EAST - OFF[0], north=NORTH - OFF[1])
    sheet = write_sheet(tmp_path / "tt.gpkg", shapes, scale=500, land_use="ODT")
    import_sheets(desk, commune=COMMUNE, path=sheet, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    survey = write_survey(tmp_path / "it.csv", _ground(which=(0, 14, 30, 35)))
    record_survey(desk, commune=COMMUNE, path=survey, label="K1", crs=9217)
    outcome = reconcile_commune(desk, commune=COMMUNE)
    assert (outcome.shifts, outcome.proposals) == (0, 0)
    assert _proposals(desk) == []


def test_the_flag_of_a_sheet_says_what_each_decision_would_do(officer, desk, displaced):
    (flag,) = [f["uid"] for f in _flags(desk) if f["code"] == "SHEET_SHIFT"]
    told = {e.decision: e for e in foresee_decisions(officer, commune=COMMUNE, mismatch_id=flag)}
    sheet = told["accept_measurement"].sheet
    assert (sheet.parcels, sheet.certified) == (36, 0)
    assert sheet.proposal_id == _proposals(desk)[0]["uid"]
    assert "36 thửa, xa nhất 0,8" in told["accept_measurement"].message_vi
    assert told["keep_map"].sheet is None
    assert "mà không trừ độ lệch chung" in told["not_a_mismatch"].message_vi

"""From files to a merged map with flagged differences, through the verbs and a real PostGIS."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text

from cadastre.office.decide_mismatch import (
    DecisionUnknown,
    MismatchChanged,
    decide_mismatch,
    undo_decision,
)
from cadastre.office.import_sheets import FormerCommuneUnknown, import_sheets
from cadastre.office.load_landbook import load_landbook
from cadastre.office.merge_commune import NothingToMerge, merge_commune
from cadastre.office.permissions import CommuneForbidden, VerbForbidden
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.store.actor import Actor
from cadastre.store.transaction import reading
from tests.office.conftest import EAST, NORTH, lots, write_landbook, write_sheet, write_survey

COMMUNE = "22609"


def _import(desk, path, former):
    return import_sheets(desk, commune=COMMUNE, path=path, former_commune=former, crs=9217)


def _rows(desk, sql, **parameters):
    with reading(desk.engine, desk.actor) as connection:
        return connection.execute(text(sql), parameters).mappings().all()


def test_the_same_file_again_changes_nothing(desk, town):
    first = _import(desk, town, "22609")
    again = _import(desk, town, "22609")
    assert (first.opened, first.closed, first.unchanged) == (25, 0, 0)
    assert (again.opened, again.closed, again.unchanged) == (0, 0, 25)
    assert first.report["loaded"] + first.report["repaired"] + first.report["refused"] == 25


def test_several_columns_of_its_own_are_the_same_again(desk, tmp_path):
    frame = gpd.read_file(
        write_sheet(tmp_path / "to-1.gpkg", lots(2), scale=500, land_use="ODT")
    ).assign(b_hoi="x", aa="1", ghi_chu=["có\tdấu", None, '"', "\\"])
    frame.to_file(tmp_path / "to-1.gpkg")
    asked = {"commune": COMMUNE, "path": tmp_path / "to-1.gpkg", "former_commune": "22609"}
    assert import_sheets(desk, **asked, crs=9217).opened == 4
    again = import_sheets(desk, **asked, crs=9217)
    assert (again.opened, again.closed, again.unchanged) == (0, 0, 4)


def test_a_corrected_file_changes_only_what_changed(desk, town, tmp_path):
    _import(desk, town, "22609")
    shapes = lots(5)
    shapes[7] = shapely.set_coordinates(
        shapely.Polygon(shapes[7].exterior), shapely.get_coordinates(shapes[7]) + [[0.5, 0.0]] * 5
    )
    corrected = write_sheet(tmp_path / "tt2.gpkg", shapes, scale=500, land_use="ODT")
    result = _import(desk, corrected, "22609")
    assert (result.opened, result.closed, result.unchanged) == (1, 1, 24)
    kept = _rows(
        desk, "SELECT valid_to IS NULL AS open, count(*) FROM cadastre.sheet_parcel GROUP BY 1"
    )
    assert {row["open"]: row["count"] for row in kept} == {True: 25, False: 1}


def test_owner_names_are_kept_apart_from_the_land(desk, town):
    _import(desk, town, "22609")
    land = _rows(desk, "SELECT attributes::text AS told FROM cadastre.sheet_parcel")
    people = _rows(desk, "SELECT attributes::text AS told FROM cadastre.sheet_person")
    assert all("Đồng Ao" in row["told"] and "Nguyễn" not in row["told"] for row in land)
    assert len(people) == 25
    assert all("Nguyễn Văn Mẫu" in row["told"] for row in people)


def test_sheets_of_the_seat_keep_their_numbers_and_the_others_follow(desk, town, village):
    _import(desk, town, "22609")
    _import(desk, village, "22630")
    outcome = merge_commune(desk, commune=COMMUNE)
    numbers = _rows(desk, "SELECT former_commune, sheet FROM cadastre.sheet ORDER BY sheet")
    assert [(row["former_commune"], row["sheet"]) for row in numbers] == [
        ("22609", 1),
        ("22630", 2),
    ]
    assert outcome.parcels == 50
    assert outcome.identifiers == 50
    again = merge_commune(desk, commune=COMMUNE)
    assert (again.opened, again.closed, again.unchanged) == (0, 0, 50)


def test_every_old_number_leads_to_its_parcel(desk, town, village):
    _import(desk, town, "22609")
    _import(desk, village, "22630")
    merge_commune(desk, commune=COMMUNE)
    found = _rows(
        desk,
        "SELECT p.sheet, p.parcel FROM cadastre.crosswalk AS c JOIN cadastre.parcel AS p "
        "ON p.commune = c.commune AND p.parcel_uid = c.parcel_uid AND p.valid_to IS NULL "
        "WHERE c.former_commune = '22630' AND c.former_sheet = '1' AND c.former_parcel = '7'",
    )
    assert [(row["sheet"], row["parcel"]) for row in found] == [(2, "7")]


def test_display_coordinates_are_those_of_the_pinned_operation(desk, town):
    from cadastre.crs import to_web_mercator

    _import(desk, town, "22609")
    row = _rows(
        desk,
        "SELECT ST_AsBinary(geometry) AS g, ST_AsBinary(display) AS d FROM cadastre.sheet_parcel",
    )[0]
    expected = to_web_mercator([shapely.from_wkb(bytes(row["g"]))], 9217)[0]
    assert shapely.equals_exact(shapely.from_wkb(bytes(row["d"])), expected, 1e-6)


def test_a_merge_without_sheets_says_what_to_do(desk):
    with pytest.raises(NothingToMerge, match="import the sheets first"):
        merge_commune(desk, commune=COMMUNE)


def test_a_file_of_a_foreign_commune_is_refused(desk, town):
    with pytest.raises(FormerCommuneUnknown):
        _import(desk, town, "22612")


def test_a_surveyor_may_not_import_and_nobody_works_for_a_foreign_commune(officer, town):
    from dataclasses import replace

    surveyor = replace(officer, actor=Actor("do-dac", "surveyor", (COMMUNE,)))
    with pytest.raises(VerbForbidden):
        _import(surveyor, town, "22609")
    stranger = replace(officer, actor=Actor("la", "officer", ("22612",)))
    with pytest.raises(CommuneForbidden):
        _import(stranger, town, "22609")


@pytest.fixture
def surveyed(desk, town, village, tmp_path):
    """A merged map, a land book, and a survey in which one lot has a corner moved by 0.6 m."""
    _import(desk, town, "22609")
    _import(desk, village, "22630")
    book = write_landbook(
        tmp_path / "so.xlsx",
        [("22609", 1, i + 1, 100.0, "ODT", "Trần Thị Mẫu", f"99900000{i:04d}") for i in range(24)],
    )
    load_landbook(desk, commune=COMMUNE, path=book)
    merge_commune(desk, commune=COMMUNE)
    square = [(EAST, NORTH), (EAST + 10, NORTH), (EAST + 10, NORTH + 10), (EAST, NORTH + 10)]
    moved = [
        (EAST + 20, NORTH),
        (EAST + 30, NORTH),
        (EAST + 30, NORTH + 10),
        (EAST + 20.0, NORTH + 10.6),
    ]
    survey = write_survey(tmp_path / "do.csv", {"22609-1/1": square, "22609-1/11": moved})
    record_survey(desk, commune=COMMUNE, path=survey, label="Đợt 1", crs=9217)
    return reconcile_commune(desk, commune=COMMUNE)


def test_a_moved_corner_is_flagged_and_an_unmoved_lot_is_not(desk, surveyed):
    flagged = _rows(
        desk,
        "SELECT m.code, m.severity, p.former_parcel FROM cadastre.mismatch AS m "
        "JOIN cadastre.parcel AS p ON p.commune = m.commune AND p.parcel_uid = m.parcel_uid "
        "AND p.valid_to IS NULL WHERE m.moment = 'reconcile' AND m.status = 'open'",
    )
    assert ("CORNER", "blocking", "11") in {
        (row["code"], row["severity"], row["former_parcel"]) for row in flagged
    }
    assert not [
        row for row in flagged if row["former_parcel"] == "1" and row["severity"] == "blocking"
    ]
    states = _rows(
        desk,
        "SELECT p.former_parcel, s.state FROM cadastre.parcel_state AS s JOIN cadastre.parcel AS p "
        "USING (commune, parcel_uid) WHERE p.valid_to IS NULL AND p.former_commune = '22609'",
    )
    shown = {row["former_parcel"]: row["state"] for row in states}
    assert shown["11"] == "blocking"
    assert shown["1"] == "measured"


def test_a_decision_is_kept_over_a_re_run_and_can_be_undone(officer, desk, surveyed):
    corner = _rows(
        desk,
        "SELECT mismatch_id::text AS uid, row_version FROM cadastre.mismatch WHERE code = 'CORNER'",
    )[0]
    decided = decide_mismatch(
        officer,
        commune=COMMUNE,
        mismatch_id=corner["uid"],
        decision="accept_measurement",
        note="Đã xem tại thực địa",
        row_version=corner["row_version"],
    )
    assert (decided.status, decided.clears) == ("decided", True)
    reconcile_commune(desk, commune=COMMUNE)
    kept = _rows(desk, "SELECT status, decision FROM cadastre.mismatch WHERE code = 'CORNER'")[0]
    assert dict(kept) == {"status": "decided", "decision": "accept_measurement"}
    with pytest.raises(MismatchChanged):
        undo_decision(
            officer, commune=COMMUNE, mismatch_id=corner["uid"], row_version=corner["row_version"]
        )
    undone = undo_decision(officer, commune=COMMUNE, mismatch_id=corner["uid"])
    assert (undone.status, undone.decision) == ("open", None)
    history = _rows(desk, "SELECT decision, ended_why FROM cadastre.mismatch_decision")
    assert [dict(row) for row in history] == [
        {"decision": "accept_measurement", "ended_why": "undone"}
    ]


def test_measure_again_leaves_the_mismatch_open(officer, desk, surveyed):
    corner = _rows(
        desk, "SELECT mismatch_id::text AS uid FROM cadastre.mismatch WHERE code = 'CORNER'"
    )[0]
    result = decide_mismatch(
        officer, commune=COMMUNE, mismatch_id=corner["uid"], decision="measure_again"
    )
    assert (result.status, result.clears) == ("open", False)
    with pytest.raises(DecisionUnknown):
        decide_mismatch(officer, commune=COMMUNE, mismatch_id=corner["uid"], decision="accept_gap")


def test_a_decision_lapses_when_the_value_moves(officer, desk, surveyed, tmp_path):
    corner = _rows(
        desk, "SELECT mismatch_id::text AS uid FROM cadastre.mismatch WHERE code = 'CORNER'"
    )[0]
    decide_mismatch(officer, commune=COMMUNE, mismatch_id=corner["uid"], decision="keep_map")
    moved = [
        (EAST + 20, NORTH),
        (EAST + 30, NORTH),
        (EAST + 30, NORTH + 10),
        (EAST + 20, NORTH + 11.2),
    ]
    survey = write_survey(tmp_path / "do2.csv", {"22609-1/11": moved})
    record_survey(desk, commune=COMMUNE, path=survey, label="Đợt 1", crs=9217)
    reconcile_commune(desk, commune=COMMUNE)
    now = _rows(desk, "SELECT status, decision FROM cadastre.mismatch WHERE code = 'CORNER'")[0]
    assert dict(now) == {"status": "open", "decision": None}
    history = _rows(desk, "SELECT ended_why FROM cadastre.mismatch_decision")
    assert [row["ended_why"] for row in history] == ["lapsed"]


def test_a_survey_uploaded_again_is_a_new_version_and_the_old_one_is_kept(desk, surveyed, tmp_path):
    square = [(EAST, NORTH), (EAST + 10, NORTH), (EAST + 10, NORTH + 10), (EAST, NORTH + 10)]
    survey = write_survey(tmp_path / "do3.csv", {"22609-1/1": square})
    second = record_survey(desk, commune=COMMUNE, path=survey, label="Đợt 1", crs=9217)
    same = record_survey(desk, commune=COMMUNE, path=survey, label="Đợt 1", crs=9217)
    assert (second.version, second.unchanged) == (2, False)
    assert (same.version, same.unchanged) == (2, True)
    kept = _rows(
        desk, "SELECT version, valid_to IS NULL AS open FROM cadastre.survey ORDER BY version"
    )
    assert [(row["version"], row["open"]) for row in kept] == [(1, False), (2, True)]


def test_the_land_book_names_its_parcels_and_what_is_missing_is_flagged(desk, surveyed):
    joined = _rows(
        desk, "SELECT count(*) AS n FROM cadastre.landbook_record WHERE parcel_uid IS NOT NULL"
    )
    assert joined[0]["n"] == 24
    areas = _rows(
        desk,
        "SELECT count(*) AS n FROM cadastre.parcel WHERE register_area_m2 = 100 AND valid_to IS NULL",
    )
    assert areas[0]["n"] == 24
    missing = _rows(
        desk,
        "SELECT count(*) AS n FROM cadastre.mismatch WHERE code = 'PARCEL_WITHOUT_RECORD' AND status = 'open'",
    )
    assert missing[0]["n"] >= 1


def test_the_reading_library_works_without_a_database(town):
    import cadastre

    reading_of_file = cadastre.read_sheet(town, former_commune="22609", crs=9217)
    merged = cadastre.merge_sheets([reading_of_file.parcels], commune="22609")
    assert isinstance(merged.parcels, gpd.GeoDataFrame)
    assert len(merged.parcels) == 25

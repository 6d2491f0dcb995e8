"""Proposals are decided, late sheets follow, a merge is taken back, paper sheets are named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cadastre.office.decide_proposal import (
    ProposalChanged,
    ProposalDecisionUnknown,
    ProposalUnknown,
    decide_proposal,
    preview_proposal,
)
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune, merged_map
from cadastre.office.permissions import VerbForbidden
from cadastre.office.register_paper_sheet import (
    PaperSheetIncomplete,
    SheetHeldAsGeometry,
    register_paper_sheet,
)
from cadastre.office.undo_merge import MergeInUse, NoMergeToUndo, undo_merge
from cadastre.store.conversion import read_conversion
from cadastre.store.land_register import read_commune
from cadastre.store.lineage import parcel_lineage
from cadastre.store.lookup import find
from cadastre.store.transaction import reading
from tests.office.conftest import EAST, lots, write_sheet

COMMUNE = "22609"


def _import(desk, path, former):
    return import_sheets(desk, commune=COMMUNE, path=path, former_commune=former, crs=9217)


def _rows(desk, sql, **parameters):
    with reading(desk.engine, desk.actor) as connection:
        return connection.execute(text(sql), parameters).mappings().all()


def _map(desk):
    rows = _rows(
        desk,
        "SELECT parcel_uid::text, sheet, ST_AsBinary(geometry) AS g FROM cadastre.parcel "
        "WHERE valid_to IS NULL",
    )
    return {row["parcel_uid"]: (row["sheet"], bytes(row["g"])) for row in rows}


@pytest.fixture
def apart(desk, town, tmp_path):
    """Two sheets of 1:500 and 1:1000 with a gap beyond the limit but not hopelessly so."""
    village = write_sheet(
        tmp_path / "sc.gpkg", lots(5, east=EAST + 50.2), scale=1000, land_use="ONT"
    )
    _import(desk, town, "22609")
    _import(desk, village, "22630")
    merge_commune(desk, commune=COMMUNE)
    return _rows(
        desk,
        "SELECT proposal_id::text AS uid, row_version, kind, parcel_uids::text[] AS parcels "
        "FROM cadastre.proposal WHERE status = 'open' ORDER BY proposal_id",
    )


def test_an_officer_sees_what_a_proposal_would_move_and_the_next_merge_applies_it(
    officer, desk, apart
):
    assert apart[0]["kind"] == "join"
    before = _map(desk)
    preview = preview_proposal(officer, commune=COMMUNE, proposal_id=apart[0]["uid"])
    moves = preview.parcels
    assert set(apart[0]["parcels"]) <= set(moves["parcel_uid"])
    assert moves["max_move_m"].between(0.01, 0.2).all()
    assert set(preview.corners["parcel_uid"]) <= set(moves["parcel_uid"])
    assert preview.corners["distance_m"].max() == moves["max_move_m"].max()
    assert _map(desk) == before
    decided = decide_proposal(
        officer,
        commune=COMMUNE,
        proposal_id=apart[0]["uid"],
        decision="accepted",
        row_version=apart[0]["row_version"],
    )
    assert decided.status == "accepted"
    merge_commune(desk, commune=COMMUNE)
    after = _map(desk)
    assert {uid for uid in after if after[uid] != before[uid]} == set(moves["parcel_uid"])
    with pytest.raises(ProposalChanged):
        decide_proposal(
            officer,
            commune=COMMUNE,
            proposal_id=apart[0]["uid"],
            decision="open",
            row_version=apart[0]["row_version"],
        )


def test_a_rejected_proposal_is_not_asked_again(officer, desk, apart):
    for row in apart:
        decide_proposal(officer, commune=COMMUNE, proposal_id=row["uid"], decision="rejected")
    outcome = merge_commune(desk, commune=COMMUNE)
    kept = _rows(desk, "SELECT DISTINCT status FROM cadastre.proposal")
    assert [row["status"] for row in kept] == ["rejected"]
    assert outcome.opened == 0


def test_only_an_officer_decides_and_only_what_exists(officer, desk, apart):
    from dataclasses import replace

    from cadastre.store.actor import Actor

    surveyor = replace(officer, actor=Actor("do-dac", "surveyor", (COMMUNE,)))
    with pytest.raises(VerbForbidden):
        decide_proposal(surveyor, commune=COMMUNE, proposal_id=apart[0]["uid"], decision="open")
    with pytest.raises(ProposalDecisionUnknown):
        decide_proposal(officer, commune=COMMUNE, proposal_id=apart[0]["uid"], decision="maybe")
    unknown = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(ProposalUnknown):
        decide_proposal(officer, commune=COMMUNE, proposal_id=unknown, decision="accepted")


def test_a_late_sheet_takes_the_next_number_and_leaves_the_far_map_alone(
    desk, town, village, tmp_path
):
    _import(desk, town, "22609")
    _import(desk, village, "22630")
    merge_commune(desk, commune=COMMUNE)
    before = _map(desk)
    late = write_sheet(
        tmp_path / "kp.gpkg", lots(5, east=EAST + 100.1), scale=1000, land_use="LUC", sheet="1"
    )
    _import(desk, late, "22645")
    outcome = merge_commune(desk, commune=COMMUNE)
    after = _map(desk)
    assert {after[uid][0] for uid in after.keys() - before.keys()} == {3}
    assert all(before[uid][0] == after[uid][0] for uid in before)
    changed = {uid for uid in before if before[uid] != after[uid]}
    villagers = {
        row["uid"]
        for row in _rows(
            desk,
            "SELECT parcel_uid::text AS uid FROM cadastre.parcel WHERE former_commune = '22630'",
        )
    }
    assert changed
    assert changed <= villagers
    assert outcome.examined < outcome.parcels == 75
    whole = merge_commune(desk, commune=COMMUNE, whole=True)
    assert (whole.opened, whole.closed, whole.mismatches.opened) == (0, 0, 0)


def test_a_merge_is_taken_back_by_new_versions(officer, desk, town, village, tmp_path):
    _import(desk, town, "22609")
    merge_commune(desk, commune=COMMUNE)
    before = _map(desk)
    _import(desk, village, "22630")
    merge_commune(desk, commune=COMMUNE)
    assert len(_map(desk)) == 50
    undone = undo_merge(officer, commune=COMMUNE)
    assert _map(desk) == before
    assert undone.closed == 25
    assert undone.restored > 0
    held = _rows(desk, "SELECT count(*) AS n FROM cadastre.crosswalk WHERE valid_to IS NULL")
    assert held[0]["n"] == 25
    moved = _rows(
        desk, "SELECT parcel_uid::text AS uid FROM cadastre.parcel WHERE origin = 'undo' LIMIT 1"
    )[0]["uid"]
    with reading(desk.engine, desk.actor) as connection:
        line = parcel_lineage(connection, commune=COMMUNE, parcel_uid=moved)
    assert [(v.version, v.opened.verb, v.closed.verb if v.closed else None) for v in line] == [
        (1, "merge_commune", "merge_commune"),
        (2, "merge_commune", "undo_merge"),
        (3, "undo_merge", None),
    ]
    undo_merge(officer, commune=COMMUNE)
    assert _map(desk) == {}
    with pytest.raises(NoMergeToUndo):
        undo_merge(officer, commune=COMMUNE)
    assert merge_commune(desk, commune=COMMUNE).parcels == 50
    assert len(_map(desk)) == 50


def test_a_merge_with_an_open_dossier_stands_and_the_dossier_is_named(officer, desk, town):
    from cadastre.office.lodge_dossier import NewParty, lodge_dossier

    _import(desk, town, "22609")
    merge_commune(desk, commune=COMMUNE)
    uid = next(iter(_map(desk)))
    dossier = lodge_dossier(
        desk,
        commune=COMMUNE,
        procedure="first_certificate",
        parcel_uid=uid,
        parties=[NewParty("Trần Thị Mẫu")],
    )
    with pytest.raises(MergeInUse) as refused:
        undo_merge(officer, commune=COMMUNE)
    named = refused.value.facts["items"]
    assert [(row["parcel_uid"], row["kind"], row["name"]) for row in named] == [
        (uid, "dossier", dossier.code)
    ]


def test_a_parcel_on_paper_is_answered_as_paper(officer, desk, town):
    _import(desk, town, "22609")
    merge_commune(desk, commune=COMMUNE)
    kept = register_paper_sheet(
        officer,
        commune=COMMUNE,
        former_commune="22645",
        sheet="7",
        scale=1000,
        year=1986,
        parcels=["101", "102", "102", "103a"],
        note="Bản đồ 299",
    )
    assert kept.parcels == ("101", "102", "103a")
    with reading(desk.engine, desk.actor) as connection:
        answer = find(connection, "tờ 7 thửa 102 Khánh Phú", communes=[COMMUNE])
        other = find(connection, "tờ 7 thửa 999 Khánh Phú", communes=[COMMUNE])
    assert answer.status == "paper"
    assert answer.results[0]["parcel_uid"] is None
    assert answer.results[0]["detail"] == ("Khánh Phú: tờ 7 thửa 102, 1:1000, 1986 (bản đồ giấy)")
    assert other.status == "not_found"


def test_a_paper_sheet_is_complete_and_no_held_sheet(officer, desk, town):
    _import(desk, town, "22609")
    told = {"commune": COMMUNE, "former_commune": "22609", "sheet": "1", "scale": 500}
    with pytest.raises(SheetHeldAsGeometry):
        register_paper_sheet(officer, parcels=["1"], **told)
    with pytest.raises(PaperSheetIncomplete):
        register_paper_sheet(officer, parcels=[], **told)


def test_a_town_at_rest_is_not_worked_again(desk, town, village):
    _import(desk, town, "22609")
    _import(desk, village, "22630")
    merge_commune(desk, commune=COMMUNE)
    again = merge_commune(desk, commune=COMMUNE)
    assert (again.examined, again.opened, again.unchanged) == (0, 0, 50)


def test_the_old_number_of_land_mapped_twice_leads_to_the_copy_that_holds(desk, town, tmp_path):
    """The sheet of 1:500 holds against that of 1:1000; a merge of a late sheet leaves that so."""
    copy = write_sheet(tmp_path / "lai.gpkg", lots(2), scale=1000, land_use="ONT", sheet="9")
    _import(desk, town, "22609")
    _import(desk, copy, "22645")
    merge_commune(desk, commune=COMMUNE)

    def asked(words):
        with reading(desk.engine, desk.actor) as connection:
            return find(connection, words, communes=[COMMUNE])

    holds = asked("tờ 1 thửa 1 1:500").results[0]["parcel_uid"]
    led = asked("tờ 9 thửa 1 Khánh Phú")
    assert (led.status, led.results[0]["parcel_uid"]) == ("resolved", holds)
    (lost,) = _rows(
        desk,
        "SELECT parcel_uid::text AS uid, sheet FROM cadastre.parcel "
        "WHERE valid_to IS NULL AND former_sheet = '9' AND former_parcel = '1'",
    )
    assert lost["uid"] != holds
    assert asked(f"{lost['sheet']}/1").results[0]["parcel_uid"] == lost["uid"]
    with reading(desk.engine, desk.actor) as connection:
        table = read_conversion(connection, read_commune(connection, COMMUNE))
    rows = table[table["former_sheet"] == "9"]
    assert rows[["sheet", "parcels"]].values.tolist() == [[lost["sheet"], 4]]
    late = write_sheet(
        tmp_path / "xa.gpkg", lots(2, east=EAST + 400), scale=500, land_use="ONT", sheet="8"
    )
    _import(desk, late, "22630")
    merge_commune(desk, commune=COMMUNE)
    assert asked("tờ 9 thửa 1 Khánh Phú").results[0]["parcel_uid"] == holds


def test_a_preview_reads_the_sheets_around_it_and_no_others(officer, desk, apart, tmp_path):
    far = write_sheet(
        tmp_path / "xa.gpkg", lots(3, east=EAST + 900), scale=500, land_use="ONT", sheet="8"
    )
    _import(desk, far, "22645")
    merge_commune(desk, commune=COMMUNE)
    before = preview_proposal(officer, commune=COMMUNE, proposal_id=apart[0]["uid"])
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, COMMUNE)
        seen = merged_map(desk, connection, facts, around=apart[0]["parcels"])
    assert "8" not in set(seen.parcels["former_sheet"])
    assert len(seen.parcels) > len(before.parcels) > 0

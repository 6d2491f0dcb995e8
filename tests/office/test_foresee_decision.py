"""What a decision is said to change is what it changes, for every decision of every flag."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cadastre.office.adopt_measurement import adopt_measurement, preview_adoption
from cadastre.office.decide_mismatch import MismatchUnknown, decide_mismatch, undo_decision
from cadastre.office.desk import Desk
from cadastre.office.foresee_decision import foresee_decisions
from cadastre.office.import_sheets import import_sheets
from cadastre.office.load_landbook import load_landbook
from cadastre.office.lodge_dossier import NewParty, lodge_dossier
from cadastre.office.merge_commune import merge_commune
from cadastre.office.permissions import VerbForbidden
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.store.actor import Actor
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import reading
from tests.office.conftest import EAST, NORTH, write_landbook, write_survey

COMMUNE = "22609"
MEASURED = [(20, 20), (30.6, 20), (30.6, 30), (20, 30)]  # lot 13; its east line moved by 0.6 m


def _rows(desk, sql, **parameters):
    with reading(desk.engine, desk.actor) as connection:
        return [dict(r) for r in connection.execute(text(sql), parameters).mappings()]


@pytest.fixture
def measured(desk, town, tmp_path):
    import_sheets(desk, commune=COMMUNE, path=town, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    corners = [(EAST + e, NORTH + n) for e, n in MEASURED]
    path = write_survey(tmp_path / "do-dac.csv", {"1/13": corners})
    record_survey(desk, commune=COMMUNE, path=path, crs=9217)
    reconcile_commune(desk, commune=COMMUNE)
    return _rows(desk, "SELECT parcel_uid::text, measured_uid::text FROM cadastre.match")[0]


@pytest.fixture
def dossier(desk, measured):
    return lodge_dossier(
        desk,
        commune=COMMUNE,
        procedure="first_certificate",
        parcel_uid=measured["parcel_uid"],
        parties=[NewParty("Trần Thị Mẫu")],
    ).code


def _states(desk):
    rows = _rows(desk, "SELECT parcel_uid::text AS uid, state, blocking FROM cadastre.parcel_state")
    return {row["uid"]: (row["state"], row["blocking"]) for row in rows}


def _held(desk, code):
    with reading(desk.engine, desk.actor) as connection:
        found = read_dossier(connection, code)
    return sum(one.severity == "blocking" for one in found.mismatches)


def test_every_decision_does_what_was_foreseen(officer, desk, measured, dossier):
    flags = _rows(
        desk,
        "SELECT mismatch_id::text AS uid, code FROM cadastre.mismatch WHERE status = 'open' "
        "ORDER BY code",
    )
    assert {"AREA", "CORNER", "OVERLAP_MAP"} <= {flag["code"] for flag in flags}
    tried = set()
    for flag in flags:
        asked = {"commune": COMMUNE, "mismatch_id": flag["uid"]}
        before, held = _states(desk), _held(officer, dossier)
        for effect in foresee_decisions(officer, **asked):
            assert _states(desk) == before  # looking changes nothing
            assert {p.parcel_uid: (p.state_before, p.blocking_before) for p in effect.parcels} == {
                p.parcel_uid: before[p.parcel_uid] for p in effect.parcels
            }
            done = decide_mismatch(officer, decision=effect.decision, **asked)
            assert (done.status, done.clears) == (effect.status, effect.clears)
            after = _states(desk)
            for parcel in effect.parcels:
                assert after[parcel.parcel_uid] == (parcel.state_after, parcel.blocking_after)
            changed = {uid for uid in after if after[uid] != before[uid]}
            assert changed <= {p.parcel_uid for p in effect.parcels}
            (about,) = effect.dossiers
            assert (about.code, about.held_before) == (dossier, held)
            assert about.held_after == _held(officer, dossier)
            assert effect.message_vi
            assert effect.message_en
            undo_decision(officer, **asked)
            tried.add((flag["code"], effect.decision))
    assert ("AREA", "correct_register") in tried
    assert {d for code, d in tried if code == "CORNER"} == {
        "accept_measurement", "keep_map", "not_a_mismatch", "measure_again",
    }  # fmt: skip


def test_only_accepting_moves_land_and_by_what_the_adoption_then_does(
    officer, desk, measured, dossier
):
    corner = _rows(
        desk, "SELECT mismatch_id::text AS uid FROM cadastre.mismatch WHERE code = 'CORNER'"
    )[0]["uid"]
    effects = {
        e.decision: e for e in foresee_decisions(officer, commune=COMMUNE, mismatch_id=corner)
    }
    plan = preview_adoption(officer, commune=COMMUNE, measured_uid=measured["measured_uid"])
    accepting = effects["accept_measurement"]
    assert accepting.gains == (plan.parcel, *plan.neighbours)
    assert all(not effects[name].gains for name in effects if name != "accept_measurement")
    mine = accepting.parcels[0]
    assert (mine.area_before_m2, mine.area_after_m2, mine.basis) == (100.0, 106.0, "map")
    assert effects["keep_map"].parcels[0].area_after_m2 == 100.0
    decide_mismatch(officer, commune=COMMUNE, mismatch_id=corner, decision="accept_measurement")
    adopt_measurement(officer, commune=COMMUNE, measured_uid=measured["measured_uid"])
    area = _rows(
        desk,
        "SELECT area_m2 FROM cadastre.parcel WHERE parcel_uid = :uid AND valid_to IS NULL",
        uid=measured["parcel_uid"],
    )[0]["area_m2"]
    assert area == pytest.approx(mine.area_after_m2, abs=0.05)


def test_correcting_the_register_names_both_areas(officer, desk, measured, tmp_path):
    book = [
        ("22609", 1, i + 1, 100.0, "ODT", "Trần Thị Mẫu", f"99900000{i:04d}") for i in range(25)
    ]
    load_landbook(desk, commune=COMMUNE, path=write_landbook(tmp_path / "so.xlsx", book))
    area = _rows(
        desk, "SELECT mismatch_id::text AS uid FROM cadastre.mismatch WHERE code = 'AREA'"
    )[0]["uid"]
    effects = {e.decision: e for e in foresee_decisions(officer, commune=COMMUNE, mismatch_id=area)}
    assert "100,0 m² thành 106,0 m²" in effects["correct_register"].message_vi


def test_who_may_not_decide_may_not_look_and_what_is_unknown_is_said(
    commune_database, officer, desk, measured
):
    unknown = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(MismatchUnknown):
        foresee_decisions(officer, commune=COMMUNE, mismatch_id=unknown)
    surveyor = Desk(
        commune_database.web_engine, Actor("do", "surveyor", (COMMUNE,)), commune_database.home
    )
    with pytest.raises(VerbForbidden):
        foresee_decisions(surveyor, commune=COMMUNE, mismatch_id=unknown)

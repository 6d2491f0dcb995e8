"""A measured outline enters the map with the neighbour's agreement, and can be taken back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cadastre.cli import app
from cadastre.office.adopt_measurement import (
    AdoptionOvertaken,
    NeighbourNotAgreed,
    NothingToAdopt,
    adopt_measurement,
    preview_adoption,
    undo_adoption,
)
from cadastre.office.decide_mismatch import decide_mismatch
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune
from cadastre.office.permissions import VerbForbidden
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_boundary import BoundaryRefused, record_boundary
from cadastre.office.record_survey import record_survey
from cadastre.reconcile.adoption import MapWouldBreak
from cadastre.store.transaction import reading
from tests.office.conftest import EAST, NORTH, write_survey

COMMUNE = "22609"
MEASURED = [(20, 20), (30.6, 20), (30.6, 30), (20, 30)]  # lot 13; its east line moved by 0.6 m


def _one(desk, sql, **parameters):
    with reading(desk.engine, desk.actor) as connection:
        return connection.execute(text(sql), parameters).mappings().all()


@pytest.fixture
def measured(desk, town, tmp_path):
    import_sheets(desk, commune=COMMUNE, path=town, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    corners = [(EAST + e, NORTH + n) for e, n in MEASURED]
    path = write_survey(tmp_path / "do-dac.csv", {"1/13": corners})
    survey = record_survey(desk, commune=COMMUNE, path=path, crs=9217)
    reconcile_commune(desk, commune=COMMUNE, surveys=[survey.survey_uid])
    match = _one(desk, "SELECT parcel_uid::text, measured_uid::text FROM cadastre.match")[0]
    return dict(match)


def _versions(desk, uid):
    return _one(
        desk,
        "SELECT version, origin, area_m2, valid_to IS NULL AS stands FROM cadastre.parcel "
        "WHERE parcel_uid = :uid ORDER BY version",
        uid=uid,
    )


def test_a_preview_shows_gain_and_loss_and_changes_nothing(desk, measured):
    told = preview_adoption(desk, commune=COMMUNE, measured_uid=measured["measured_uid"])
    assert told.parcel.parcel_uid == measured["parcel_uid"]
    assert told.parcel.gain_m2 == pytest.approx(6.0, abs=0.01)
    assert sum(n.gain_m2 for n in told.neighbours) == pytest.approx(-6.0, abs=0.01)
    assert not told.agreed
    assert set(told.missing) == {n.parcel_uid for n in told.neighbours}
    assert _one(desk, "SELECT 1 FROM cadastre.event WHERE verb = 'adopt_measurement'") == []
    assert len(_versions(desk, measured["parcel_uid"])) == 1


def test_it_needs_the_signature_of_the_neighbours_that_change(desk, officer, measured):
    with pytest.raises(NeighbourNotAgreed) as refused:
        adopt_measurement(officer, commune=COMMUNE, **measured)
    record_boundary(
        officer,
        commune=COMMUNE,
        parcel_uid=measured["parcel_uid"],
        confirmed="changed",
        neighbours=[
            {"parcel_uid": uid, "answer": "signed"} for uid in refused.value.facts["items"]
        ],
    )
    done = adopt_measurement(officer, commune=COMMUNE, **measured)
    assert _jobs(officer) == ["reconcile_commune"]
    assert [v["origin"] for v in _versions(officer, measured["parcel_uid"])] == ["merge", "survey"]
    undone = undo_adoption(officer, commune=COMMUNE, event_id=done.event_id)
    versions = _versions(officer, measured["parcel_uid"])
    assert [v["origin"] for v in versions] == ["merge", "survey", "undo"]
    assert versions[0]["area_m2"] == versions[2]["area_m2"]
    assert len(undone.restored) == 1 + len(done.neighbours)
    with pytest.raises(AdoptionOvertaken) as late:
        undo_adoption(officer, commune=COMMUNE, event_id=done.event_id)
    assert done.parcel.label in late.value.message("vi")
    assert measured["parcel_uid"] not in late.value.message("vi")


def test_an_outline_that_breaks_the_map_is_refused_with_the_numbers_of_the_parcels(
    desk, measured, tmp_path
):
    corners = [(EAST + e, NORTH + n) for e, n in [(20, 20), (46, 27), (30, 30), (20, 30)]]
    path = write_survey(tmp_path / "xa.csv", {"1/13": corners})
    record_survey(desk, commune=COMMUNE, path=path, crs=9217)
    newest = _one(
        desk,
        "SELECT measured_uid::text FROM cadastre.measured_parcel ORDER BY opened_by DESC LIMIT 1",
    )[0]
    with pytest.raises(MapWouldBreak) as refused:
        preview_adoption(
            desk,
            commune=COMMUNE,
            parcel_uid=measured["parcel_uid"],
            measured_uid=newest["measured_uid"],
        )
    assert "Các thửa: Tờ 1 thửa" in refused.value.message("vi")
    assert "Measure the common line" in refused.value.message("en")


def test_a_boundary_description_says_which_neighbour_is_wrong(officer, measured):
    own, rows = measured["parcel_uid"], [{"name": "Ông A", "answer": "signed"}]
    for bad, word in (
        ({"name": "Bà B", "answer": "maybe"}, "maybe"),
        ({"parcel_uid": own, "answer": "signed"}, "chính thửa này"),
    ):
        with pytest.raises(BoundaryRefused) as refused:
            record_boundary(
                officer,
                commune=COMMUNE,
                parcel_uid=own,
                confirmed="changed",
                neighbours=[*rows, bad],
            )
        assert "Hộ liền kề thứ 2" in refused.value.message("vi")
        assert word in refused.value.message("vi")
        assert refused.value.facts["row"] == 2


def test_a_boundary_description_is_not_signed_tomorrow(officer, measured):
    tomorrow = (officer.moment() + timedelta(days=2)).date()
    with pytest.raises(BoundaryRefused) as refused:
        record_boundary(
            officer,
            commune=COMMUNE,
            parcel_uid=measured["parcel_uid"],
            confirmed="unchanged",
            signed_on=tomorrow,
        )
    assert refused.value.facts["field"] == "signed_on"
    assert f"{tomorrow:%d/%m/%Y} sau ngày hôm nay" in refused.value.message("vi")


def _jobs(desk):
    rows = _one(desk, "SELECT kind FROM cadastre.job ORDER BY kind")
    return [row["kind"] for row in rows]


def _signed(desk, measured):
    plan = preview_adoption(desk, commune=COMMUNE, measured_uid=measured["measured_uid"])
    record_boundary(
        desk,
        commune=COMMUNE,
        parcel_uid=measured["parcel_uid"],
        confirmed="changed",
        neighbours=[{"parcel_uid": n.parcel_uid, "answer": "signed"} for n in plan.neighbours],
    )
    return plan


def test_an_absent_or_refusing_neighbour_or_a_dispute_needs_a_decision(desk, officer, measured):
    plan = _signed(officer, measured)
    uids = [n.parcel_uid for n in plan.neighbours]
    for confirmed, answer in (
        ("changed", "absent"),
        ("changed", "refused"),
        ("disputed", "signed"),
    ):
        record_boundary(
            officer,
            commune=COMMUNE,
            parcel_uid=measured["parcel_uid"],
            confirmed=confirmed,
            neighbours=[{"parcel_uid": uid, "answer": answer} for uid in uids],
        )
        with pytest.raises(NeighbourNotAgreed):
            adopt_measurement(officer, commune=COMMUNE, **measured)
    flag = _one(
        desk,
        "SELECT mismatch_id::text FROM cadastre.mismatch WHERE measured_uid = :m AND parcel_uid = :p",
        m=measured["measured_uid"],
        p=measured["parcel_uid"],
    )[0]
    decide_mismatch(
        officer, commune=COMMUNE, decision="accept_measurement", note="biên bản hòa giải", **flag
    )
    assert adopt_measurement(officer, commune=COMMUNE, **measured).neighbours


def test_what_was_seen_must_still_stand(officer, measured):
    seen = _signed(officer, measured).seen
    done = adopt_measurement(officer, commune=COMMUNE, seen=seen, **measured)
    with pytest.raises(AdoptionOvertaken):  # a second officer, from the same preview
        adopt_measurement(officer, commune=COMMUNE, seen=seen, **measured)
    with pytest.raises(NothingToAdopt):
        adopt_measurement(officer, commune=COMMUNE, **measured)
    plan = preview_adoption(officer, commune=COMMUNE, measured_uid=measured["measured_uid"])
    assert plan.standing == done.event_id


def test_two_officers_at_once_adopt_once(commune_database, officer, measured):
    seen = _signed(officer, measured).seen

    def work(_at):
        try:
            return adopt_measurement(officer, commune=COMMUNE, seen=seen, **measured)
        except AdoptionOvertaken as late:
            return late

    with ThreadPoolExecutor(4) as crowd:
        done = list(crowd.map(work, range(4)))
    assert sum(isinstance(one, AdoptionOvertaken) for one in done) == 3
    assert [v["origin"] for v in _versions(officer, measured["parcel_uid"])] == ["merge", "survey"]


def test_the_comparison_after_it_closes_the_flags_and_after_the_undo_opens_them(
    desk, officer, measured
):
    def flags():
        rows = _one(
            desk,
            "SELECT code, status FROM cadastre.mismatch WHERE measured_uid = :m ORDER BY code",
            m=measured["measured_uid"],
        )
        return {row["code"]: row["status"] for row in rows}

    before = flags()
    assert before["CORNER"] == "open"
    _signed(officer, measured)
    done = adopt_measurement(officer, commune=COMMUNE, **measured)
    arguments = _one(desk, "SELECT arguments FROM cadastre.job")[0]["arguments"]
    reconcile_commune(desk, commune=COMMUNE, surveys=arguments["surveys"])
    assert flags()["CORNER"] == "closed"
    undo_adoption(officer, commune=COMMUNE, event_id=done.event_id)
    reconcile_commune(desk, commune=COMMUNE, surveys=arguments["surveys"])
    assert flags()["CORNER"] == "open"


def test_only_an_officer_adopts(desk, measured, commune_database):
    from cadastre.office.desk import Desk
    from cadastre.store.actor import Actor

    surveyor = Desk(
        commune_database.web_engine, Actor("do", "surveyor", (COMMUNE,)), commune_database.home
    )
    with pytest.raises(VerbForbidden):
        adopt_measurement(surveyor, commune=COMMUNE, **measured)


def test_a_decision_does_not_cover_a_difference_that_had_gone_and_came_back(
    desk, officer, measured
):
    asked = {"commune": COMMUNE, "measured_uid": measured["measured_uid"]}
    survey = _one(desk, "SELECT survey_uid::text FROM cadastre.survey")[0]["survey_uid"]
    (corner,) = [
        row["uid"]
        for row in _one(desk, "SELECT mismatch_id::text AS uid, code FROM cadastre.mismatch")
        if row["code"] == "CORNER"
    ]

    def seen():
        flag = _one(
            desk,
            "SELECT status, decision FROM cadastre.mismatch WHERE mismatch_id = :uid",
            uid=corner,
        )[0]
        ended = _one(
            desk,
            "SELECT ended_why FROM cadastre.mismatch_decision WHERE mismatch_id = :uid "
            "ORDER BY decision_id",
            uid=corner,
        )
        return flag["status"], flag["decision"], [row["ended_why"] for row in ended]

    decide_mismatch(officer, commune=COMMUNE, mismatch_id=corner, decision="accept_measurement")
    assert reconcile_commune(desk, commune=COMMUNE, surveys=[survey]).mismatches.reopened == 0
    assert seen() == ("decided", "accept_measurement", [None])  # it holds: the decision stays
    done = adopt_measurement(officer, **asked)
    reconcile_commune(desk, commune=COMMUNE, surveys=[survey])
    assert seen()[0] == "closed"
    undo_adoption(officer, commune=COMMUNE, event_id=done.event_id)
    again = reconcile_commune(desk, commune=COMMUNE, surveys=[survey])
    assert again.mismatches.reopened == 1
    assert seen() == ("open", None, ["reopened"])
    state = _one(
        desk,
        "SELECT state, blocking FROM cadastre.parcel_state WHERE parcel_uid = :uid",
        uid=measured["parcel_uid"],
    )[0]
    assert state["state"] == "blocking"
    with pytest.raises(NeighbourNotAgreed):  # nor does it stand for the neighbours any more
        adopt_measurement(officer, **asked)
    decide_mismatch(officer, commune=COMMUNE, mismatch_id=corner, decision="keep_map")
    assert seen() == ("decided", "keep_map", ["reopened", None])


@pytest.fixture
def command(officer, monkeypatch):
    """Run ``cadastre`` at the officer's desk; return what it printed as JSON, or its refusal."""
    for room in ("land", "surveys"):
        monkeypatch.setattr(f"cadastre.cli.{room}.open_desk", lambda account=None: officer)

    def run(*arguments: str, code: int = 0):
        done = CliRunner().invoke(app, [*arguments, "-c", COMMUNE, "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if code == 0 else done

    return run


def test_an_outline_is_adopted_and_taken_back_by_commands(officer, measured, command):
    uid = measured["measured_uid"]
    seen = command("survey", "adopt", uid)
    assert (seen["agreed"], seen["event_id"]) == (False, None)
    assert seen["parcels"][0]["gain_m2"] == pytest.approx(6.0, abs=0.01)
    assert sum(p["gain_m2"] for p in seen["parcels"]) == pytest.approx(0.0, abs=0.01)
    refused = command("survey", "adopt", uid, "--apply", code=1)
    assert isinstance(refused.exception, NeighbourNotAgreed)
    assert [v["origin"] for v in _versions(officer, measured["parcel_uid"])] == ["merge"]
    _signed(officer, measured)
    done = command("survey", "adopt", uid, "--apply", "--parcel", measured["parcel_uid"])
    assert done["parcel"]["parcel_uid"] == measured["parcel_uid"]
    assert command("survey", "adopt", uid)["event_id"] == done["event_id"]
    back = command("survey", "adopt", uid, "--undo", str(done["event_id"]))
    assert measured["parcel_uid"] in back["restored"]
    origins = [v["origin"] for v in _versions(officer, measured["parcel_uid"])]
    assert origins == ["merge", "survey", "undo"]


def test_what_each_decision_would_do_is_told_by_command(officer, measured, command):
    flags = command("mismatch", "list", "--code", "CORNER")
    told = command("mismatch", "effects", flags[0]["mismatch_id"])
    gains = {one["decision"]: [g["gain_m2"] for g in one["gains"]] for one in told}
    assert gains["keep_map"] == gains["measure_again"] == gains["not_a_mismatch"] == []
    assert sum(gains["accept_measurement"]) == pytest.approx(0.0, abs=0.01)

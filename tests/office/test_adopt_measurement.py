"""A measured outline enters the map with the neighbour's agreement, and can be taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cadastre.office.adopt_measurement import (
    AdoptionOvertaken,
    NeighbourNotAgreed,
    adopt_measurement,
    undo_adoption,
)
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune
from cadastre.office.permissions import VerbForbidden
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_boundary import record_boundary
from cadastre.office.record_survey import record_survey
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


def test_a_trial_shows_gain_and_loss_and_changes_nothing(desk, measured):
    told = adopt_measurement(desk, commune=COMMUNE, trial=True, **measured)
    assert told.parcel.gain_m2 == pytest.approx(6.0, abs=0.01)
    assert sum(n.gain_m2 for n in told.neighbours) == pytest.approx(-6.0, abs=0.01)
    assert not told.agreed
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
    assert done.agreed
    assert [v["origin"] for v in _versions(officer, measured["parcel_uid"])] == ["merge", "survey"]
    undone = undo_adoption(officer, commune=COMMUNE, event_id=done.event_id)
    versions = _versions(officer, measured["parcel_uid"])
    assert [v["origin"] for v in versions] == ["merge", "survey", "undo"]
    assert versions[0]["area_m2"] == versions[2]["area_m2"]
    assert len(undone.restored) == 1 + len(done.neighbours)
    with pytest.raises(AdoptionOvertaken):
        undo_adoption(officer, commune=COMMUNE, event_id=done.event_id)


def test_only_an_officer_adopts(desk, measured, commune_database):
    from cadastre.office.desk import Desk
    from cadastre.store.actor import Actor

    surveyor = Desk(
        commune_database.web_engine, Actor("do", "surveyor", (COMMUNE,)), commune_database.home
    )
    with pytest.raises(VerbForbidden):
        adopt_measurement(surveyor, commune=COMMUNE, **measured)

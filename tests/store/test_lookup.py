"""The search box on the sample commune: dossiers, certificates, identifiers, holders, points."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cadastre.store.actor import SYSTEM
from cadastre.store.lookup import find
from cadastre.store.transaction import reading

pytestmark = pytest.mark.store
COMMUNE = "22609"


@pytest.fixture
def register(sample_database):
    with reading(sample_database.web_engine, SYSTEM) as connection:
        yield connection


def _one(register, statement):
    return register.execute(text(statement)).one()


def _found(register, typed, *, persons=False):
    return find(register, typed, communes=[COMMUNE], persons=persons)


def test_everything_that_is_printed_on_a_paper_finds_its_parcel(register):
    dossier = _one(
        register,
        "SELECT code, parcel_uid::text AS uid FROM cadastre.dossier "
        "WHERE parcel_uid IS NOT NULL ORDER BY code LIMIT 1",
    )
    certificate = _one(
        register, "SELECT number, serial, parcel_uid::text AS uid FROM cadastre.certificate LIMIT 1"
    )
    identifier = _one(
        register,
        "SELECT identifier AS code, parcel_uid::text AS uid FROM cadastre.parcel_identifier LIMIT 1",
    )
    expected = [
        (dossier.code, "dossier", dossier.uid),
        (certificate.number, "certificate", certificate.uid),
        (certificate.serial, "certificate", certificate.uid),
        (identifier.code, "parcel", identifier.uid),
    ]
    for typed, kind, uid in expected:
        found = _found(register, typed)
        assert found.status == "resolved", typed
        assert (found.results[0]["kind"], found.results[0]["parcel_uid"]) == (kind, uid)


def test_a_point_is_found_by_degrees_in_either_order_and_by_the_grid(register):
    row = _one(
        register,
        "SELECT parcel_uid::text AS uid, ST_X(p) AS lon, ST_Y(p) AS lat, ST_X(g) AS east, "
        "ST_Y(g) AS north FROM cadastre.parcel, ST_PointOnSurface(geometry) AS g, "
        "ST_Transform(g, 4326) AS p WHERE valid_to IS NULL AND land_use = 'ODT' LIMIT 1",
    )
    for typed in (
        f"{row.lat:.8f}, {row.lon:.8f}",
        f"{row.lon:.8f} {row.lat:.8f}",
        f"{row.north:.2f}; {row.east:.2f}",
    ):
        found = _found(register, typed)
        assert row.uid in [result["parcel_uid"] for result in found.results]


def test_a_holder_is_found_without_accents_by_those_who_may_ask(register):
    row = _one(
        register,
        "SELECT p.name, p.name_search, r.parcel_uid::text AS uid FROM cadastre.party AS p "
        "JOIN cadastre.parcel_right AS r USING (party_uid) "
        "JOIN cadastre.parcel AS q ON q.parcel_uid = r.parcel_uid AND q.valid_to IS NULL "
        "WHERE r.valid_to IS NULL ORDER BY p.name LIMIT 1",
    )
    for typed in (row.name, row.name_search):
        found = _found(register, typed, persons=True)
        assert row.uid in [result["parcel_uid"] for result in found.results]
    assert _found(register, row.name).status == "not_found"


def test_nothing_is_found_in_a_commune_of_others(register):
    dossier = _one(register, "SELECT code FROM cadastre.dossier LIMIT 1")
    assert find(register, dossier.code, communes=["22612"]).status == "not_found"
    assert find(register, "7/3", communes=["22612"]).status == "not_found"

"""A small commune with real parcels, people of the office, and the walk of a dossier."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
import shapely
from sqlalchemy import text

from cadastre.crs import to_web_mercator
from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.desk import Desk
from cadastre.office.issue_certificate import issue_certificate
from cadastre.office.load_blanks import load_blanks
from cadastre.office.lodge_dossier import LodgedDocument, NewParty, lodge_dossier
from cadastre.office.record_boundary import record_boundary
from cadastre.store.actor import SYSTEM, Actor
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import office_transaction, reading
from tests.papers.test_papers import text_of

COMMUNE = "22609"
SRID = 9217
#: Monday morning at the office, after Tet 2026.
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
PARCELS = {
    "11111111-1111-5111-8111-111111111111": shapely.box(570000, 1345000, 570012.5, 1345020),
    "22222222-2222-5222-8222-222222222222": shapely.box(570012.5, 1345000, 570025, 1345020),
}
HOUSE, NEXT_DOOR = PARCELS

ROAD = [
    ("hoa", "accept", {}),
    (
        "lan",
        "confirm",
        {
            "present_use": "house",
            "dispute": "none",
            "stable_use": True,
            "origin": "Sử dụng ổn định từ năm 1990",
            "used_since": "1990-05-01",
            "planning": True,
        },
    ),
    ("lan", "make_extract", {}),
    ("lan", "open_posting", {}),
    ("lan", "close_posting", {}),
    ("lan", "find_eligible", {"grounds": "Điều 138 Luật Đất đai 2024", "term": "Lâu dài"}),
    ("lan", "send_obligation", {}),
    ("lan", "record_notice", {"amount": 12_500_000, "reference": "TB-0077"}),
    ("hoa", "record_payment", {"amount": 12_500_000, "reference": "GNT-123"}),
    ("lan", "submit", {}),
    ("chi", "sign", {}),
    ("hoa", "hand_over", {"received_by": "Cao Thị Mẫu", "originals_taken": True}),
    ("hoa", "register", {}),
]


class SmallOffice:
    """Four people at their desks, a clock that they share, and what they do."""

    def __init__(self, database):
        self.database = database
        self.now = MONDAY
        roles = {"lan": "officer", "hoa": "registrar", "chi": "chair", "chau": "chair"}
        self.actors = {
            name: Actor(name, role, (COMMUNE,), display_name=name.title())
            for name, role in roles.items()
        }

    def desk(self, name, **changes):
        base = Desk(self.database.web_engine, self.actors[name], self.database.home, now=self.now)
        return replace(base, **changes)

    def lodge(self, parcel_uid=HOUSE, **changes):
        given = {
            "procedure": "first_certificate",
            "parcel_uid": parcel_uid,
            "parties": [
                NewParty("Cao Thị Mẫu", Fraction(1, 3), id_number="056190000001"),
                NewParty("Mấu Văn Thử", Fraction(2, 3), id_number="056190000002"),
            ],
            "documents": [LodgedDocument("application"), LodgedDocument("land_paper")],
        }
        return lodge_dossier(self.desk("hoa"), commune=COMMUNE, **{**given, **changes})

    def take(self, code, action, data=None, *, who="lan", **kept):
        verb = issue_certificate if action == "sign" else advance_dossier
        return verb(
            self.desk(who), commune=COMMUNE, code=code, action=action, data=data or {}, **kept
        )

    def walk(self, code, *, until):
        """Take the road of a certificate up to and including the step ``until``."""
        for who, action, data in ROAD:
            self.now += timedelta(days=20 if action == "close_posting" else 1)
            result = self.take(code, action, data, who=who)
            if action == until:
                return result
        raise AssertionError(until)

    def withdraw_certificate(self, serial, *, wrong):
        """Take a certificate back through its procedure: examined by one, signed by another."""
        code = self.lodge(
            None, procedure="certificate_withdrawal", certificate=serial,
            documents=[LodgedDocument("application"), LodgedDocument("certificate_held")],
        ).code  # fmt: skip
        self.take(code, "accept", who="hoa")
        self.take(code, "examine", {"wrong": wrong, "grounds": "Kết luận 12/KL"})
        self.take(code, "submit")
        self.take(code, "sign_decision", who="chau")
        return code

    def sign_boundary(self, parcel_uid=HOUSE, confirmed="unchanged", answer="signed"):
        return record_boundary(
            self.desk("lan"),
            commune=COMMUNE,
            parcel_uid=parcel_uid,
            confirmed=confirmed,
            neighbours=[{"name": "Bà Hoa", "answer": answer}],
            signed_on=self.now.date(),
        )

    def blanks(self, count=3):
        return load_blanks(self.desk("hoa"), commune=COMMUNE, letters="AA", first=1, count=count)

    def sql(self, statement, **parameters):
        with office_transaction(
            self.database.worker_engine, actor=SYSTEM, verb="test", commune=COMMUNE
        ) as transaction:
            result = transaction.connection.execute(
                text(statement), {**parameters, "event": transaction.event_id}
            )
            return result.fetchall() if result.returns_rows else []

    def flag(self, parcel_uid=HOUSE, *, code="AREA", other=None):
        """Open a blocking mismatch, as a reconciliation would."""
        (row,) = self.sql(
            "INSERT INTO cadastre.mismatch (commune, mismatch_id, moment, code, severity, subject,"
            " parcel_uid, other_parcel_uid, measured, allowed, unit, rule, message_vi, message_en,"
            " opened_by) VALUES ('22609', gen_random_uuid(), 'reconcile', :code, 'blocking', 's',"
            " :parcel, :other, 5.2, 1.3, 'm2', 'accuracy.area', 'Lệch diện tích 5,2 m²',"
            " 'Area off by 5.2 m2', :event) RETURNING mismatch_id::text",
            code=code, parcel=parcel_uid, other=other,
        )  # fmt: skip
        return row[0]


def put_parcels(office):
    """Put the parcels on the map, with their identifiers."""
    for number, (uid, shape) in enumerate(PARCELS.items(), start=1):
        office.sql(
            "INSERT INTO cadastre.parcel (commune, parcel_uid, version, sheet, parcel,"
            " former_commune, former_sheet, former_parcel, scale, land_use, area_m2, geometry,"
            " display, opened_by) VALUES ('22609', :uid, 1, 98, :parcel, '22645', '12', :parcel,"
            " 500, 'ONT', :area, ST_GeomFromWKB(:shape, 9217), ST_GeomFromWKB(:display, 3857),"
            " :event)",
            uid=uid, parcel=str(number), area=shape.area, shape=shapely.to_wkb(shape),
            display=shapely.to_wkb(to_web_mercator([shape], SRID)[0]),
        )  # fmt: skip
        office.sql(
            "INSERT INTO cadastre.parcel_identifier VALUES (:id, '22609', :uid, 0, 0, :event)",
            id=f"w6jmqe0zh2b{number}", uid=uid,
        )  # fmt: skip


def file_of(office, code, who="lan"):
    with reading(office.database.web_engine, office.actors[who]) as connection:
        return read_dossier(connection, code)


def paper_of(office, code, kind):
    found = next(d for d in reversed(file_of(office, code).documents) if d["kind"] == kind)
    return text_of(office.desk("lan").evidence.path(found["sha256"]).read_bytes())


@pytest.fixture
def office(commune_database):
    small = SmallOffice(commune_database)
    put_parcels(small)
    return small


@pytest.fixture
def staffed_office(staffed_database):
    """The same with an account of each role."""
    small = SmallOffice(staffed_database)
    put_parcels(small)
    return small

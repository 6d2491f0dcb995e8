"""The house on a real PostGIS: roles, row-level security, versions, audit."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text

from cadastre.errors import CadastreError
from cadastre.store.actor import SYSTEM, Actor
from cadastre.store.transaction import office_transaction, reading


def _insert_party(transaction, name):
    transaction.connection.execute(
        text(
            "INSERT INTO cadastre.party (party_uid, commune, name, name_search, opened_by) "
            "VALUES (gen_random_uuid(), :commune, :name, :name, :event)"
        ),
        {"commune": transaction.commune, "name": name, "event": transaction.event_id},
    )


def test_a_person_of_another_commune_is_invisible_to_the_web_role(commune_database):
    officer = Actor("a", "officer", ("22609",))
    stranger = Actor("b", "officer", ("22612",))
    with office_transaction(
        commune_database.web_engine, actor=officer, verb="test", commune="22609"
    ) as transaction:
        _insert_party(transaction, "Nguyễn Văn Mẫu")
    for actor, expected in ((officer, 1), (stranger, 0), (None, 0)):
        with reading(commune_database.web_engine, actor) as connection:
            seen = connection.execute(text("SELECT count(*) FROM cadastre.party")).scalar_one()
        assert seen == expected


def test_the_web_role_owns_nothing_and_may_not_delete(commune_database):
    with psycopg.connect(commune_database.dsns["cadastre_web"]) as connection:
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        ).fetchone()
        assert owned == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM cadastre.parcel")


def test_a_closed_version_is_never_changed_not_even_by_the_owner(commune_database):
    with office_transaction(
        commune_database.worker_engine, actor=SYSTEM, verb="test", commune="22609"
    ) as transaction:
        _insert_party(transaction, "Trần Thị Mẫu")
        transaction.connection.execute(
            text("UPDATE cadastre.party SET valid_to = now(), closed_by = :event"),
            {"event": transaction.event_id},
        )
    for statement in ("UPDATE cadastre.party SET name = 'x'", "DELETE FROM cadastre.party"):
        with (
            psycopg.connect(commune_database.admin_dsn) as connection,
            pytest.raises(psycopg.errors.CheckViolation),
        ):
            connection.execute(statement)


def test_every_change_of_a_person_is_audited_with_the_verb_behind_it(commune_database):
    officer = Actor("can-bo", "officer", ("22609",))
    with office_transaction(
        commune_database.web_engine, actor=officer, verb="test", commune="22609"
    ) as transaction:
        _insert_party(transaction, "Lê Mẫu")
        event = transaction.event_id
    with psycopg.connect(commune_database.admin_dsn) as connection:
        row = connection.execute(
            "SELECT event_id, actor, operation, after ->> 'name' FROM cadastre.audit "
            "WHERE table_name = 'party'"
        ).fetchone()
    assert row == (event, "can-bo", "INSERT", "Lê Mẫu")


def test_a_verb_that_fails_leaves_no_event(commune_database):
    class Refused(CadastreError):
        """No."""

    def half_done():
        with office_transaction(
            commune_database.web_engine, actor=SYSTEM, verb="half_done", commune="22609"
        ) as transaction:
            _insert_party(transaction, "Nửa chừng")
            raise Refused()

    with pytest.raises(Refused):
        half_done()
    with psycopg.connect(commune_database.admin_dsn) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM cadastre.party), "
            "(SELECT count(*) FROM cadastre.event WHERE verb = 'half_done')"
        ).fetchone()
    assert left == (0, 0)


def test_nothing_can_be_written_while_reading(commune_database):
    with (
        pytest.raises(Exception, match="read-only"),
        reading(commune_database.web_engine, SYSTEM) as connection,
    ):
        connection.execute(text("UPDATE cadastre.commune SET name = 'x'"))

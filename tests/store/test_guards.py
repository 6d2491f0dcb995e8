"""What the database itself refuses, whoever asks; and what a migration leaves alone."""

from __future__ import annotations

import psycopg
import pytest

from cadastre.store.actor import SYSTEM
from cadastre.store.migrate import migrate
from cadastre.store.settings import read_private
from cadastre.store.transaction import office_transaction, reading
from tests.synthetic import COMMUNE, fill_land

pytestmark = pytest.mark.store
#: Tables about persons and papers: seen only by those who work for the commune.
GUARDED = {
    "event", "audit", "sheet_person", "party", "landbook_record", "parcel_right", "dossier",
    "dossier_event", "dossier_party", "dossier_document", "objection", "certificate",
    "register_entry", "job", "remark", "delegation", "document_words", "external_code", "hand_over",
}  # fmt: skip


def test_tables_about_persons_are_guarded_and_tables_of_geometry_are_not(database):
    with psycopg.connect(database.admin_dsn) as connection:
        rows = connection.execute(
            "SELECT c.relname, c.relrowsecurity FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = c.relnamespace WHERE n.nspname = 'cadastre' AND c.relkind IN ('r', 'p')"
        ).fetchall()
    assert {name for name, guarded in rows if guarded} == GUARDED


def test_row_level_security_is_asked_once_per_query(commune_database):
    with psycopg.connect(commune_database.dsns["cadastre_web"]) as connection:
        plan = "\n".join(
            row[0] for row in connection.execute("EXPLAIN SELECT * FROM cadastre.party")
        )
    assert "InitPlan" in plan


def test_a_row_for_another_commune_cannot_be_written(commune_database):
    written = "INSERT INTO cadastre.event (commune, verb, actor) VALUES ('22609', 'x', 'x')"
    with psycopg.connect(commune_database.dsns["cadastre_web"]) as connection:
        connection.execute("SELECT set_config('app.communes', '22612', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(written)


def test_the_web_role_makes_no_table_and_writes_no_audit(database):
    with psycopg.connect(database.dsns["cadastre_web"], autocommit=True) as connection:
        for statement in (
            "CREATE TABLE cadastre.mine (n integer)",
            "INSERT INTO cadastre.audit (commune, table_name, operation) VALUES ('22609', 'x', 'x')",
            "UPDATE cadastre.audit SET operation = 'x'",
            "TRUNCATE cadastre.parcel",
            "DELETE FROM cadastre.event",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_version_is_closed_and_opened_anew_never_changed(commune_database):
    fill_land(commune_database, side=3)
    with psycopg.connect(commune_database.admin_dsn, autocommit=True) as owner:
        for column in ("geometry = display", "area_m2 = 1", "parcel = '9'", "valid_from = now()"):
            with pytest.raises(psycopg.errors.CheckViolation, match="never changed"):
                owner.execute(f"UPDATE cadastre.parcel SET {column}")
        owner.execute("UPDATE cadastre.parcel SET valid_to = now() WHERE parcel = '1'")
        with pytest.raises(psycopg.errors.CheckViolation, match="closed version"):
            owner.execute("UPDATE cadastre.parcel SET valid_to = NULL WHERE parcel = '1'")


def test_a_commune_is_opened_with_partitions_of_its_own(commune_database):
    with psycopg.connect(commune_database.dsns["cadastre_web"]) as connection:
        connection.execute("SELECT cadastre.open_commune('22612')")
        connection.execute("SELECT cadastre.open_commune('22612')")
        found = connection.execute(
            "SELECT tableoid::regclass::text FROM cadastre.parcel_22612"
        ).fetchall()
        assert found == []
        with pytest.raises(psycopg.errors.RaiseException, match="five digits"):
            connection.execute("SELECT cadastre.open_commune('x; --')")


def test_an_event_cannot_be_rewritten_after_its_transaction(commune_database):
    with office_transaction(
        commune_database.web_engine, actor=SYSTEM, verb="noted", commune=COMMUNE
    ) as transaction:
        transaction.note(parcels=3)
    with psycopg.connect(commune_database.admin_dsn) as owner:
        details = owner.execute(
            "SELECT details FROM cadastre.event WHERE verb = 'noted'"
        ).fetchone()
        assert details == ({"parcels": 3},)
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("UPDATE cadastre.event SET actor = 'x'")


def test_migrating_again_changes_nothing_and_keeps_the_passwords(database):
    before = read_private(database.home / "database.json")
    status = migrate(database.admin_dsn, database.home)
    assert status.version == status.newest
    assert read_private(database.home / "database.json") == before


@pytest.mark.parametrize(("found", "then"), [("4", "1.1"), ("2.5", "2.5")])
def test_migrating_tells_the_planner_of_a_solid_disk_unless_somebody_chose(database, found, then):
    def cost():
        with psycopg.connect(database.admin_dsn) as owner:
            return owner.execute("SHOW random_page_cost").fetchone()[0]

    with psycopg.connect(database.admin_dsn, autocommit=True) as owner:
        name = owner.execute("SELECT current_database()").fetchone()[0]
        owner.execute(f'ALTER DATABASE "{name}" SET random_page_cost = {found}')
    assert cost() == found
    migrate(database.admin_dsn, database.home)
    assert cost() == then


def test_each_test_has_a_database_of_its_own(commune_database, database):
    with reading(database.web_engine, SYSTEM) as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    assert name.startswith("test_")
    assert (database.home / "database.json").stat().st_mode & 0o777 == 0o600

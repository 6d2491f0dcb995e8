"""A backup holds the register and its kept files, and comes back into an empty database only."""

from __future__ import annotations

import json
import uuid

import psycopg
import pytest

from cadastre.store.actor import SYSTEM
from cadastre.store.backup import BackupFailed, DatabaseNotEmpty, back_up, restore_from
from cadastre.store.evidence import Evidence, register_source
from cadastre.store.settings import write_private
from cadastre.store.transaction import office_transaction


@pytest.fixture
def filled(commune_database):
    with office_transaction(
        commune_database.worker_engine, actor=SYSTEM, verb="test", commune="22609"
    ) as transaction:
        register_source(
            transaction, Evidence(commune_database.home), b"goc", kind="scan", name="goc.pdf"
        )
    return commune_database


@pytest.fixture
def empty(filled, tmp_path):
    """An empty database beside the filled one, and a data folder that knows its roles."""
    name = f"restored_{uuid.uuid4().hex[:12]}"
    server = filled.admin_dsn.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    home = tmp_path / "elsewhere"
    home.mkdir()
    dsns = {role: dsn.rpartition("/")[0] + "/" + name for role, dsn in filled.dsns.items()}
    write_private(home / "database.json", dsns)
    yield dsns["owner"], home
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_comes_back_whole(filled, empty, tmp_path):
    owner, home = empty
    made = back_up(filled.admin_dsn, filled.home, tmp_path / "backup")
    assert made.evidence_files == 1
    restore_from(owner, home, tmp_path / "backup")
    with psycopg.connect(owner) as connection:
        row = connection.execute("SELECT sha256, name FROM cadastre.source").fetchone()
        commune = connection.execute("SELECT name FROM cadastre.commune").fetchone()
    assert commune == ("Khánh Vĩnh",)
    assert row[1] == "goc.pdf"
    assert Evidence(home).path(row[0]).read_bytes() == b"goc"
    with psycopg.connect(owner) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("DELETE FROM cadastre.event")


def test_a_backup_is_not_restored_over_a_register(filled, tmp_path):
    back_up(filled.admin_dsn, filled.home, tmp_path / "backup")
    with pytest.raises(DatabaseNotEmpty):
        restore_from(filled.admin_dsn, filled.home, tmp_path / "backup")


def test_a_damaged_backup_is_refused_before_anything_is_written(filled, empty, tmp_path):
    owner, home = empty
    back_up(filled.admin_dsn, filled.home, tmp_path / "backup")
    dump = tmp_path / "backup" / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-10])
    with pytest.raises(BackupFailed):
        restore_from(owner, home, tmp_path / "backup")
    with psycopg.connect(owner) as connection:
        held = connection.execute("SELECT to_regclass('cadastre.commune')").fetchone()
    assert held == (None,)
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert manifest["dump_sha256"]

"""A migration from zero leads to the schema as it is declared, down to triggers and rights."""

from __future__ import annotations

import os
import re
import subprocess
import uuid

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine

from cadastre.store.embedded import postgres_program
from cadastre.store.engine import sqlalchemy_dsn
from cadastre.store.schema import METADATA, create_declared
from tests.conftest import SERVER, _admin, _named

pytestmark = pytest.mark.store


def _dump(dsn: str) -> str:
    done = subprocess.run(
        [
            str(postgres_program("pg_dump")), "-s", "--no-comments", "-T", "public.schema_version",
            "-d", dsn,
        ],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return done.stdout


def _statements(dump: str) -> list[str]:
    """Statements of a dump in a fixed order: how they came about does not count."""
    lines = [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
    pieces = re.split(r";\n(?=[A-Z])", "\n".join(lines))
    return sorted(piece.strip().rstrip(";") for piece in pieces)


def test_a_migration_from_zero_equals_the_declared_schema(database):
    name = f"declared_{uuid.uuid4().hex[:12]}"
    with _admin() as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        declared = _named(os.environ[SERVER], name)
        engine = create_engine(sqlalchemy_dsn(declared), poolclass=NullPool)
        with engine.begin() as connection:
            create_declared(connection)
        migrated = _statements(_dump(database.admin_dsn))
        wanted = _statements(_dump(declared))
    finally:
        with _admin() as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert [s for s in migrated if s not in wanted] == []
    assert [s for s in wanted if s not in migrated] == []
    assert len(wanted) > 400


def test_every_table_in_the_database_is_declared(database):
    with psycopg.connect(database.admin_dsn) as connection:
        found = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'cadastre' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        ).fetchall()
    assert {row[0] for row in found} == {table.name for table in METADATA.sorted_tables}

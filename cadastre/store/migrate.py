"""Set the database up: roles, tables, guards; from zero or from any earlier version.

Roles belong to the server, tables to the database. The web process and the worker sign in
with roles that own nothing; their passwords are random and kept in the data folder.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import NullPool, create_engine

from cadastre.crs import check_operation
from cadastre.store.engine import sqlalchemy_dsn
from cadastre.store.settings import read_private, write_private
from cadastre.store.spatial_reference import check_zones

ROLES = ("cadastre_web", "cadastre_worker")
#: One migration at a time on a server, whoever starts it.
_LOCK = 226_092_260


@dataclass(frozen=True)
class SchemaStatus:
    """Version of the tables and the newest version that this release knows."""

    version: str | None
    newest: str


def migrate(admin_dsn: str, home: Path) -> SchemaStatus:
    """Bring a database to the newest version; nothing happens when it is there already.

    Parameters
    ----------
    admin_dsn : address of an owner that may create roles and the extension
    home : data folder; ``database.json`` (mode 600) receives the addresses of the roles
    """
    check_operation()
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        ensure_roles(connection, admin_dsn, home)
        _upgrade(admin_dsn)
        _say_solid_state(connection)
        with connection.cursor() as cursor:
            check_zones(cursor)
    return status(admin_dsn)


def status(admin_dsn: str) -> SchemaStatus:
    """Return which version the tables have."""
    newest = ScriptDirectory.from_config(_config()).get_current_head() or ""
    engine = create_engine(sqlalchemy_dsn(admin_dsn), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "schema_version"})
        return SchemaStatus(version=context.get_current_revision(), newest=newest)


def _upgrade(admin_dsn: str) -> None:
    engine = create_engine(sqlalchemy_dsn(admin_dsn), poolclass=NullPool)
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _say_solid_state(connection: psycopg.Connection) -> None:
    """Let the planner of this database know that its disk is a solid-state one.

    With the server's default, made for spinning disks, it finds one pass over a small commune
    cheaper than some hundred visits of the index. Only that default is changed, only for this
    database, and only where the role may.
    """
    row = connection.execute(
        "SELECT d.datname, s.boot_val = s.setting AND pg_has_role(d.datdba, 'USAGE') "
        "FROM pg_database AS d, pg_settings AS s "
        "WHERE d.datname = current_database() AND s.name = 'random_page_cost'"
    ).fetchone()
    if row is not None and row[1]:
        name = sql.Identifier(row[0])
        connection.execute(sql.SQL("ALTER DATABASE {} SET random_page_cost = 1.1").format(name))


def ensure_roles(connection: psycopg.Connection, admin_dsn: str, home: Path) -> None:
    """Create the roles that are missing; give them passwords this data folder knows."""
    kept = home.resolve() / "database.json"
    known = read_private(kept) if kept.exists() else {}
    if known.get("owner") == admin_dsn and _roles_work(known):
        return
    addresses = {"owner": admin_dsn}
    for role in ROLES:
        password = secrets.token_urlsafe(24)
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = "ALTER" if exists else "CREATE"
        connection.execute(
            sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(password)
            )
        )
        addresses[role] = _address(admin_dsn, role, password)
    write_private(kept, addresses)


def _roles_work(addresses: dict[str, str]) -> bool:
    try:
        for role in ROLES:
            psycopg.connect(addresses[role], connect_timeout=5).close()
    except (psycopg.OperationalError, KeyError):
        return False
    return True


def _address(admin_dsn: str, role: str, password: str) -> str:
    """Return the owner's address with another name and password."""
    parts = urlsplit(admin_dsn)
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{role}:{quote(password)}@{place}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))

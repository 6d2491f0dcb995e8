"""Connections to PostGIS, one pool per process and role."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine

from cadastre.store.settings import Settings


def make_engine(dsn: str, *, pool_size: int = 8) -> Engine:
    """Return an engine for a database address (psycopg 3, synchronous).

    Parameters
    ----------
    dsn : ``postgresql://user:password@host:port/database``; the user is the role
    """
    return create_engine(
        sqlalchemy_dsn(dsn),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC", "application_name": "cadastre"},
    )


def sqlalchemy_dsn(dsn: str) -> str:
    """Return the address in the form that SQLAlchemy reads.

    >>> sqlalchemy_dsn("postgresql://a:b@127.0.0.1:5433/c")
    'postgresql+psycopg://a:b@127.0.0.1:5433/c'
    """
    for prefix in ("postgresql://", "postgres://"):
        if dsn.startswith(prefix):
            return "postgresql+psycopg://" + dsn.removeprefix(prefix)
    return dsn


def dsn_of(settings: Settings, *, role: str) -> str:
    """Return the address of a role as kept in the data folder."""
    return settings.dsn(role)


def engine_from_settings(settings: Settings, *, role: str) -> Engine:
    """Return an engine that signs in as ``cadastre_web``, ``cadastre_worker`` or ``owner``."""
    return make_engine(settings.dsn(role))

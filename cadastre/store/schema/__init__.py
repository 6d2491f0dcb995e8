"""The schema as it is declared: tables as metadata; functions, guards and rights as SQL.

The migrations are history and are never changed; this is the present. A test builds one
database from each and compares ``pg_dump -s`` of both, because metadata does not see
policies, triggers, partitions and rights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cadastre.store.schema import (  # noqa: F401 - importing declares the tables
    counter,
    deliveries,
    flags,
    ground,
    land,
    merging,
    people,
    procedure,
    service,
)
from cadastre.store.schema.columns import METADATA

__all__ = ["METADATA", "create_declared"]


def create_declared(connection: Connection) -> None:
    """Build the declared schema in an empty database with PostGIS; roles exist already."""
    from procrastinate.schema import SchemaManager

    driver: Any = connection.connection.driver_connection

    def run(script: str) -> None:
        driver.execute(script)

    run("CREATE EXTENSION IF NOT EXISTS postgis")
    run("CREATE SCHEMA cadastre")
    METADATA.create_all(connection)
    here = Path(__file__).parent
    for name in ("functions", "public_functions", "tiles", "guards"):
        run(here.joinpath(f"{name}.sql").read_text(encoding="utf-8"))
    run(SchemaManager.get_schema())
    run(here.joinpath("rights.sql").read_text(encoding="utf-8"))
    run(here.joinpath("ogc.sql").read_text(encoding="utf-8"))

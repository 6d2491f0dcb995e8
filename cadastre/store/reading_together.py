"""Several named queries in one round trip, by the pipeline mode of psycopg 3 (libpq 14).

A verb reads a dossier with a dozen short queries; sent one after another they cost more in
waiting and bookkeeping than in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from cadastre.store.named import query

Rows = tuple[dict[str, Any], ...]


def read_together(
    connection: Connection, wanted: Mapping[str, Mapping[str, Any]]
) -> dict[str, Rows]:
    """Return the rows of each named query; all are sent before the first answer is awaited.

    Parameters
    ----------
    wanted : name of a query that only reads -> its parameters
    """
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():
        cursors = {
            name: driver.cursor(row_factory=dict_row).execute(_driver_text(name), parameters)
            for name, parameters in wanted.items()
        }
        return {name: tuple(cursor.fetchall()) for name, cursor in cursors.items()}


@cache
def _driver_text(name: str) -> str:
    """Return a named query with its parameters as psycopg writes them."""
    dialect = PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]
    return str(query(name).compile(dialect=dialect))

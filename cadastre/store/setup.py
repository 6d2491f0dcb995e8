"""What has been set up already, told without loading the geometry libraries."""

from __future__ import annotations

from sqlalchemy import Engine

from cadastre.store.actor import SYSTEM
from cadastre.store.named import query
from cadastre.store.transaction import reading


def verbs_done(engine: Engine, commune: str) -> set[str]:
    """Return the verbs that have been carried out for a commune."""
    with reading(engine, SYSTEM) as connection:
        rows = connection.execute(query("verbs_done"), {"commune": commune})
        return {row.verb for row in rows}

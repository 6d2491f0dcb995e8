"""The transaction of a verb, and the read-only one of a query.

A verb's transaction opens with its audit event, to which every version and decision of it
points, and tells the database who acts for which communes; row-level security reads that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from cadastre.store.actor import SYSTEM, Actor
from cadastre.store.constraints import domain_error
from cadastre.store.idempotency import claim_key
from cadastre.store.named import query


@dataclass(frozen=True)
class Transaction:
    """One verb at work: its connection, its audit event, who acts, in which commune."""

    connection: Connection
    event_id: int
    actor: Actor
    commune: str

    def note(self, **details: Any) -> None:
        """Add to the details of the audit event (never personal data)."""
        self.connection.execute(
            query("event_note"),
            {"event": self.event_id, "details": json.dumps(details, default=str)},
        )


@contextmanager
def office_transaction(
    engine: Engine,
    *,
    actor: Actor,
    verb: str,
    commune: str,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
) -> Iterator[Transaction]:
    """Open the one transaction of a verb; it commits as a whole or not at all.

    Raises
    ------
    CadastreError
        The domain error behind a violated constraint (see :mod:`cadastre.store.constraints`).
    """
    communes = actor.communes or (commune,)
    try:
        with engine.begin() as connection:
            _introduce(connection, actor, communes)
            claim_key(connection)
            event_id = connection.execute(
                query("event_open"),
                {
                    "commune": commune,
                    "verb": verb,
                    "actor": actor.username,
                    "subject": subject,
                    "details": json.dumps(details or {}, default=str),
                },
            ).scalar_one()
            yield Transaction(connection, int(event_id), actor, commune)
    except DBAPIError as refused:
        known = domain_error(refused)
        if known is None:
            raise
        raise known from refused


@contextmanager
def housekeeping(engine: Engine) -> Iterator[Connection]:
    """Open a transaction of the service itself: sessions, progress of jobs; never the register."""
    with engine.begin() as connection:
        _introduce(connection, SYSTEM, ())
        yield connection


@contextmanager
def reading(engine: Engine, actor: Actor | None) -> Iterator[Connection]:
    """Open a read-only transaction that sees what ``actor`` may see; None sees no persons."""
    with engine.connect() as connection, connection.begin():
        connection.execute(query("transaction_read_only"))
        _introduce(connection, actor, actor.communes if actor else ())
        yield connection


def _introduce(connection: Connection, actor: Actor | None, communes: tuple[str, ...]) -> None:
    connection.execute(
        query("transaction_actor"),
        {
            "actor": actor.username if actor else "",
            "communes": "*" if actor and actor.role == "system" else ",".join(communes),
        },
    )

"""What the counter keeps beside a dossier: external codes, hand-overs, delegations, catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from cadastre.errors import Conflict, NotFound
from cadastre.store.actor import Actor
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, reading


class DelegationEnded(Conflict):
    """The delegation under which you act has ended."""

    message_vi = "Ủy quyền ký thay đã hết hiệu lực."


class DelegationUnknown(NotFound):
    """There is no such delegation of yours that could be ended."""

    message_vi = "Không có ủy quyền này của bạn đang còn hiệu lực."


class ColleagueUnknown(NotFound):
    """No active account of this name works for the commune."""

    message_vi = "Xã không có tài khoản này đang hoạt động."


def enter_external_code(
    transaction: Transaction, dossier_uid: str, *, system: str, code: str, at: datetime
) -> None:
    """Keep the code that another system gave a dossier; a code belongs to one dossier."""
    transaction.connection.execute(
        query("external_code_insert"),
        {
            "commune": transaction.commune,
            "system": system,
            "code": code,
            "dossier_uid": dossier_uid,
            "recorded_at": at,
            "event": transaction.event_id,
        },
    )


def colleague(connection: Connection, commune: str, username: str) -> dict[str, Any]:
    """Return an active account of the commune.

    Raises
    ------
    ColleagueUnknown
    """
    wanted = {"commune": commune, "username": username}
    row = connection.execute(query("colleague"), wanted).mappings().first()
    if row is None:
        raise ColleagueUnknown(f"({username})", username=username)
    return dict(row)


def colleagues(connection: Connection, commune: str) -> list[dict[str, Any]]:
    """Return the active accounts of a commune."""
    return [
        dict(row)
        for row in connection.execute(query("colleagues"), {"commune": commune}).mappings()
    ]


def delegations(connection: Connection, commune: str, day: date) -> list[dict[str, Any]]:
    """Return the delegations of a commune, the latest first; each tells if it is ``in_force``."""
    wanted = {"commune": commune, "day": day}
    found = connection.execute(query("delegations"), wanted).mappings()
    return [dict(row) for row in found]


def with_delegations(engine: Engine, actor: Actor, day: date) -> Actor:
    """Return the actor with the roles that are delegated to it on a day."""
    if not actor.communes:
        return actor
    wanted = {"taken_by": actor.username, "communes": list(actor.communes), "day": day}
    with reading(engine, actor) as connection:
        rows = connection.execute(query("delegated_now"), wanted).mappings().all()
    return replace(actor, delegated={row["role"]: row["given_by"] for row in rows})


def lock_delegation(
    transaction: Transaction, *, taken_by: str, given_by: str, role: str, day: date
) -> str:
    """Hold a delegation in force until the step is done; return the title under which one signs.

    Raises
    ------
    DelegationEnded
    """
    wanted = {
        "commune": transaction.commune,
        "taken_by": taken_by,
        "given_by": given_by,
        "role": role,
        "day": day,
    }
    row = transaction.connection.execute(query("delegation_in_force"), wanted).first()
    if row is None:
        raise DelegationEnded(f"({given_by}, {role})", given_by=given_by)
    return str(row.title)


def catalogue_current(connection: Connection, commune: str) -> dict[str, dict[str, Any]]:
    """Return the catalogue in force of a commune, by code."""
    rows = connection.execute(query("catalogue_current"), {"commune": commune}).mappings()
    return {row["code"]: dict(row) for row in rows}


def catalogue_entry(connection: Connection, commune: str, code: str) -> dict[str, Any] | None:
    """Return the row of a procedure in the commune's catalogue in force."""
    one = {"commune": commune, "code": code.upper()}
    row = connection.execute(query("catalogue_entry"), one).mappings().first()
    return None if row is None else dict(row)


def close_entries(transaction: Transaction, codes: Sequence[str]) -> None:
    """End entries of the catalogue."""
    transaction.connection.execute(
        query("catalogue_close"),
        {"commune": transaction.commune, "codes": list(codes), "event": transaction.event_id},
    )


def open_entries(transaction: Transaction, entries: Sequence[Mapping[str, Any]]) -> None:
    """Open entries of the catalogue."""
    transaction.connection.execute(
        query("catalogue_open"),
        {
            "commune": transaction.commune,
            "event": transaction.event_id,
            "entries": json.dumps([dict(entry) for entry in entries], ensure_ascii=False),
        },
    )


def scan_to_read(
    engine: Engine, actor: Actor, commune: str, document_uid: str
) -> dict[str, Any] | None:
    """Return the file, title and dossier of a scan, and how it has been read so far."""
    wanted = {"commune": commune, "document_uid": document_uid}
    with reading(engine, actor) as connection:
        row = connection.execute(query("scan_to_read"), wanted).mappings().first()
        return None if row is None else dict(row)


def scans_unread(connection: Connection, commune: str) -> list[str]:
    """Return the scans of a commune whose words are not known, the oldest first."""
    rows = connection.execute(query("scans_unread"), {"commune": commune}).scalars()
    return [str(uid) for uid in rows]


def enter_words(transaction: Transaction, document_uid: str, *, words: str, reading: str) -> None:
    """Keep what a scan is found by: its title and words, without accents, and how it was read."""
    transaction.connection.execute(
        query("words_enter"), {"document_uid": document_uid, "words": words, "reading": reading}
    )


def search_catalogue(
    connection: Connection,
    *,
    words: str = "",
    commune: str | None = None,
    online: bool | None = None,
    field: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Return entries in force by part of code or title; ``words`` without accents."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(
        query("catalogue_search"),
        {
            "words": f"%{escaped}%",
            "commune": commune,
            "online": online,
            "field": field,
            "after": after,
            "limit": limit,
        },
    ).mappings()
    return [dict(row) for row in rows]


def count_catalogue(connection: Connection, commune: str | None = None) -> list[dict[str, Any]]:
    """Return how many procedures are posted, and how many of them online, by field."""
    rows = connection.execute(query("catalogue_counted"), {"commune": commune}).mappings()
    return [dict(row) for row in rows]

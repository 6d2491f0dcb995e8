"""Accounts and sessions: who may sign in, and who holds a token.

Passwords are kept as Argon2id hashes (RFC 9106); a session token is random and kept only as
its SHA-256, so that a copy of the database lets nobody in (OWASP ASVS 5.0, 7.2).
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping

from cadastre.errors import NotFound
from cadastre.store.actor import Actor
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, housekeeping

#: A working day at the counter.
SESSION_HOURS = 12
_TOKEN_BYTES = 32


class AccountUnknown(NotFound):
    """There is no active account of this name."""

    message_vi = "Không có tài khoản nào đang hoạt động với tên này."


@dataclass(frozen=True)
class Session:
    """A session as handed to its holder; the token is not kept anywhere."""

    token: str
    expires_at: datetime


def insert_account(
    transaction: Transaction,
    *,
    username: str,
    display_name: str,
    password: str,
    role: str,
    communes: Sequence[str],
) -> str:
    """Create an account inside the transaction of a verb; return its identifier.

    Raises
    ------
    UsernameTaken
        Another account has this name.
    """
    account_uid = str(uuid.uuid4())
    transaction.connection.execute(
        query("account_create"),
        {
            "account_uid": account_uid,
            "username": username,
            "display_name": display_name,
            "password_hash": _hasher().hash(password),
            "role": role,
            "communes": list(communes),
        },
    )
    return account_uid


def account_facts(transaction: Transaction, username: str) -> dict[str, Any]:
    """Return an account, active or not, locked for a change.

    Raises
    ------
    AccountUnknown
        There is none of this name.
    """
    found = transaction.connection.execute(query("account_lock"), {"username": username})
    row = found.mappings().first()
    if row is None:
        raise AccountUnknown(f"({username})", username=username)
    return dict(row)


def update_account(
    transaction: Transaction,
    *,
    username: str,
    display_name: str,
    role: str,
    communes: Sequence[str],
    active: bool,
    password: str | None,
) -> dict[str, Any]:
    """Write an account inside the transaction of a verb; return it as it stands then.

    A new password and the end of the account end its open sessions.
    """
    changed = transaction.connection.execute(
        query("account_change"),
        {
            "username": username,
            "display_name": display_name,
            "role": role,
            "communes": list(communes),
            "active": active,
            "password_hash": _hasher().hash(password) if password else None,
        },
    )
    if password or not active:
        transaction.connection.execute(query("account_sessions_end"), {"username": username})
    return dict(changed.mappings().one())


def accounts_of(connection: Connection, communes: Sequence[str]) -> list[dict[str, Any]]:
    """Return the accounts that work for some communes, with when each signed in last."""
    rows = connection.execute(query("accounts_of"), {"communes": list(communes)}).mappings()
    return [dict(row) for row in rows]


def authenticate(engine: Engine, username: str, password: str) -> Actor | None:
    """Return who signs in with this name and password, None when they do not fit.

    An unknown name takes as long as a wrong password.
    """
    with housekeeping(engine) as connection:
        row = connection.execute(query("account_by_username"), {"username": username})
        found = row.mappings().first()
        stored = _decoy() if found is None else found["password_hash"]
        right, renewed = _hasher().verify_and_update(password, stored)
        if found is None or not right:
            return None
        if renewed:
            connection.execute(
                query("account_rehash"),
                {"account_uid": found["account_uid"], "password_hash": renewed},
            )
        return _actor(found)


def open_session(engine: Engine, actor: Actor, *, hours: int = SESSION_HOURS) -> Session:
    """Open a session for an account; its token is returned once and not kept."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with housekeeping(engine) as connection:
        expires_at = connection.execute(
            query("session_open"),
            {"token_hash": _hash(token), "account_uid": actor.account_uid, "hours": hours},
        ).scalar_one()
    return Session(token, expires_at)


def actor_of_token(engine: Engine, token: str) -> Actor | None:
    """Return who holds this token, None when it is unknown, ended or expired."""
    with engine.connect() as connection:
        found = connection.execute(query("session_account"), {"token_hash": _hash(token)})
        row = found.mappings().first()
    return None if row is None else _actor(row)


def end_session(engine: Engine, token: str) -> None:
    """End the session of a token; an unknown token changes nothing."""
    with housekeeping(engine) as connection:
        connection.execute(query("session_end"), {"token_hash": _hash(token)})


def actor_by_username(engine: Engine, username: str) -> Actor:
    """Return the account of this name, for work that was asked for earlier.

    Raises
    ------
    AccountUnknown
        There is none, or it is no longer active.
    """
    with engine.connect() as connection:
        found = connection.execute(query("account_by_username"), {"username": username})
        row = found.mappings().first()
    if row is None:
        raise AccountUnknown(f"({username})", username=username)
    return _actor(row)


def account_of(engine: Engine, actor: Actor) -> dict[str, Any]:
    """Return the account as a page or a program shows it to its holder."""
    found = actor_by_username(engine, actor.username)
    return {
        "username": found.username,
        "display_name": found.display_name,
        "role": found.role,
        "communes": list(found.communes),
    }


def _actor(row: RowMapping) -> Actor:
    return Actor(
        username=row["username"],
        role=row["role"],
        communes=tuple(row["communes"]),
        account_uid=row["account_uid"],
        display_name=row["display_name"],
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher() -> Any:
    from pwdlib import PasswordHash

    return PasswordHash.recommended()


@cache
def _decoy() -> str:
    return str(_hasher().hash(secrets.token_urlsafe(_TOKEN_BYTES)))

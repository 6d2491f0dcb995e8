"""A write sent twice under one key is carried out once, and answered twice.

The key is claimed inside the transaction of the verb (draft-ietf-httpapi-idempotency-key-header,
section 2): when the verb is refused, the claim goes with it and the key is free again; when two
requests race, the second waits for the first and then gets its answer.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row

from cadastre.errors import Conflict, InputRefused
from cadastre.store.named import query

#: The answer is written right after the verb's transaction; a repeat waits this long for it.
_ANSWER_WITHIN_S = 5.0


class KeyReused(InputRefused):
    """This Idempotency-Key was used for a different request; use a new one."""

    message_vi = "Idempotency-Key này đã dùng cho yêu cầu khác; hãy dùng khóa mới."


class AlreadyCarriedOut(Conflict):
    """This request was carried out, but its answer was lost; look at the present state."""

    message_vi = (
        "Yêu cầu này đã được thực hiện nhưng câu trả lời bị mất; hãy xem trạng thái hiện tại."
    )


@dataclass(frozen=True)
class Answer:
    """An HTTP answer that can be given again; ``repeated`` says that it was."""

    status: int
    body: Any
    repeated: bool = False


@dataclass
class _Claim:
    actor: str
    key: str
    verb: str
    request_hash: str
    taken: bool = False


class _KeyTaken(Exception):
    """Another transaction committed with this key."""


_claim: ContextVar[_Claim | None] = ContextVar("idempotency_claim", default=None)


def carry_out(
    engine: Engine,
    *,
    actor: str,
    key: str | None,
    verb: str,
    request: Any,
    work: Callable[[], Answer],
) -> Answer:
    """Return the answer of ``work``, or of the earlier request with the same key.

    Parameters
    ----------
    actor, key : who asks, and the key of the request; without a key ``work`` simply runs
    verb, request : what is asked; the same key with another request is refused
    work : carries out exactly one verb and returns the answer (JSON-able body)

    Raises
    ------
    KeyReused
        The key belongs to a different request.
    """
    if not key:
        return work()
    claim = _Claim(actor, key, verb, _hash(verb, request))
    if _known(engine, claim) is not None:
        return _awaited(engine, claim)
    token = _claim.set(claim)
    try:
        answer = work()
    except _KeyTaken:
        return _awaited(engine, claim)
    finally:
        _claim.reset(token)
    if claim.taken:
        _keep(engine, claim, answer)
    return answer


def claim_key(connection: Connection) -> None:
    """Claim the key of the request at work, if it has one, inside its verb's transaction."""
    claim = _claim.get()
    if claim is None or claim.taken:
        return
    taken = connection.execute(
        query("idempotency_claim"),
        {
            "actor": claim.actor,
            "key": claim.key,
            "verb": claim.verb,
            "request_hash": claim.request_hash,
        },
    ).first()
    if taken is None:
        raise _KeyTaken
    claim.taken = True


def _keep(engine: Engine, claim: _Claim, answer: Answer) -> None:
    with engine.begin() as connection:
        connection.execute(
            query("idempotency_answer"),
            {
                "actor": claim.actor,
                "key": claim.key,
                "status": answer.status,
                "response": json.dumps(answer.body, default=str, ensure_ascii=False),
            },
        )


def _known(engine: Engine, claim: _Claim) -> Row[Any] | None:
    with engine.connect() as connection:
        row = connection.execute(
            query("idempotency_known"), {"actor": claim.actor, "key": claim.key}
        ).first()
    if row is not None and (row.verb, row.request_hash) != (claim.verb, claim.request_hash):
        raise KeyReused(key=claim.key)
    return row


def _awaited(engine: Engine, claim: _Claim) -> Answer:
    until = time.monotonic() + _ANSWER_WITHIN_S
    while time.monotonic() < until:
        row = _known(engine, claim)
        if row is not None and row.status is not None:
            return Answer(row.status, row.response, repeated=True)
        time.sleep(0.05)
    raise AlreadyCarriedOut(key=claim.key)


def _hash(verb: str, request: Any) -> str:
    text = json.dumps([verb, request], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

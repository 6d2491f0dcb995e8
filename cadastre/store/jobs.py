"""Rows of long work: what was asked, how far it is, how it ended.

The queue only carries the identifier of such a row. Progress is written in transactions of
its own, so that pages see it while the work's transaction is still open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping

from cadastre.store.actor import SYSTEM, Actor
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, housekeeping, reading


@dataclass(frozen=True)
class JobRow:
    """A job as stored; ``progress`` is a share from 0 to 1."""

    job_id: str
    commune: str
    kind: str
    subject: str | None
    status: str
    progress: float
    stage: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
    actor: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def create_job(
    transaction: Transaction,
    *,
    job_id: str,
    kind: str,
    subject: str | None,
    arguments: dict[str, Any],
) -> None:
    """Write a new job inside the transaction of the verb that asks for it."""
    transaction.connection.execute(
        query("job_create"),
        {
            "job_id": job_id,
            "commune": transaction.commune,
            "kind": kind,
            "subject": subject,
            "arguments": json.dumps(arguments, default=str, ensure_ascii=False),
            "actor": transaction.actor.username,
        },
    )


def read_job(engine: Engine, job_id: str, actor: Actor = SYSTEM) -> JobRow | None:
    """Return a job that ``actor`` may see, None when there is none."""
    with reading(engine, actor) as connection:
        row = connection.execute(query("job_by_id"), {"job_id": job_id}).mappings().first()
    return None if row is None else _job(row)


def recent_jobs(connection: Connection, commune: str, *, limit: int = 20) -> list[JobRow]:
    """Return the latest jobs of a commune, newest first."""
    rows = connection.execute(query("jobs_recent"), {"commune": commune, "limit": limit})
    return [_job(row) for row in rows.mappings()]


def start_running(engine: Engine, job_id: str) -> None:
    """Mark a job as taken by a worker."""
    _write(engine, "job_start", job_id=job_id)


def report_progress(engine: Engine, job_id: str, share: float, stage: str) -> None:
    """Show how far a running job is."""
    _write(engine, "job_progress", job_id=job_id, progress=min(max(share, 0.0), 1.0), stage=stage)


def finish_job(
    engine: Engine,
    job_id: str,
    *,
    result: dict[str, Any] | None = None,
    problem: dict[str, Any] | None = None,
) -> None:
    """End a job: done, or failed when there is a problem."""
    _write(engine, "job_finish", job_id=job_id, result=_json(result), problem=_json(problem))


def _write(engine: Engine, name: str, **parameters: Any) -> None:
    with housekeeping(engine) as connection:
        connection.execute(query(name), parameters)


def _json(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)


def _job(row: RowMapping) -> JobRow:
    return JobRow(**row)

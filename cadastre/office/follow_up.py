"""Work that follows from a verb: put on the queue in the verb's own transaction."""

from __future__ import annotations

import uuid

from cadastre.store.jobs import create_job
from cadastre.store.queue import defer_job
from cadastre.store.transaction import Transaction


def compare_anew(transaction: Transaction, surveys: list[str] | None) -> str:
    """Put the comparison of some surveys, or of all (None), on the queue; return the job."""
    job_id = str(uuid.uuid4())
    create_job(
        transaction,
        job_id=job_id,
        kind="reconcile_commune",
        subject=None,
        arguments={"surveys": surveys, "files": []},
    )
    defer_job(transaction.connection, job_id, lock=transaction.commune)
    return job_id

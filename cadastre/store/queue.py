"""The job queue in PostgreSQL: deferring inside a verb's transaction, and the worker's app.

A job deferred in a transaction exists only if the transaction commits. The queue carries
the identifier of a row of ``cadastre.job``; arguments, progress and result live there.
"""

from __future__ import annotations

from procrastinate import App, PsycopgConnector
from sqlalchemy import Connection

TASK = "run_job"
#: Long work on one commune runs one after the other; a stalled job may be tried this often.
MAX_ATTEMPTS = 3


def queue_app(dsn: str | None = None) -> App:
    """Return the queue; with a DSN for a worker, without for deferring on a given connection."""
    return App(connector=PsycopgConnector(conninfo=_plain(dsn)) if dsn else PsycopgConnector())


_deferring = queue_app()


def defer_job(connection: Connection, job_id: str, *, lock: str) -> int:
    """Put a job on the queue inside the transaction of ``connection``.

    Parameters
    ----------
    lock : jobs with the same lock run one after the other (the commune)
    """
    driver = connection.connection.driver_connection
    return int(_deferring.configure_task(TASK, lock=lock, connection=driver).defer(job_id=job_id))


def _plain(dsn: str) -> str:
    return dsn.replace("postgresql+psycopg://", "postgresql://", 1)

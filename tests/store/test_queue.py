"""Jobs are put on the queue by the web role inside its verb, and taken by the worker role."""

from __future__ import annotations

import psycopg
import pytest

from cadastre.errors import Conflict
from cadastre.jobs import worker_app
from cadastre.office.desk import Desk
from cadastre.office.start_job import start_job
from cadastre.store.actor import SYSTEM
from cadastre.store.jobs import create_job, read_job
from cadastre.store.queue import defer_job
from cadastre.store.transaction import office_transaction

pytestmark = pytest.mark.store
_ANOTHER = "00000000-0000-0000-0000-00000000000a"


def _queued(database):
    with psycopg.connect(database.admin_dsn) as connection:
        return connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()[0]


def _start_and_fail(database):
    with office_transaction(
        database.web_engine, actor=SYSTEM, verb="start_job", commune="22609"
    ) as transaction:
        create_job(transaction, job_id=_ANOTHER, kind="merge_commune", subject=None, arguments={})
        defer_job(transaction.connection, _ANOTHER, lock="22609")
        raise Conflict()


def test_a_job_of_a_verb_that_fails_never_existed(commune_database):
    with pytest.raises(Conflict):
        _start_and_fail(commune_database)
    assert _queued(commune_database) == 0
    assert read_job(commune_database.web_engine, _ANOTHER) is None


def test_the_worker_carries_a_queued_job_out_and_writes_why_it_was_refused(commune_database):
    web = Desk(commune_database.web_engine, SYSTEM, commune_database.home)
    job_id = start_job(web, commune="22609", kind="merge_commune")
    assert read_job(commune_database.web_engine, job_id).status == "queued"
    app = worker_app(
        commune_database.dsns["cadastre_worker"],
        commune_database.worker_engine,
        commune_database.home,
    )
    with app.open():
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    job = read_job(commune_database.web_engine, job_id)
    assert (job.status, job.problem["code"]) == ("failed", "nothing_to_merge")
    assert job.problem["detail_vi"].startswith("Xã chưa có tờ bản đồ")
    assert job.finished_at is not None

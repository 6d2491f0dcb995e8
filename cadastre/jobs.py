"""Queue tasks: each calls one verb of the office, once per file, and keeps its progress.

The worker is a process of its own. A job whose worker died is found by its missing
heartbeat and run again; every verb takes a lock on its subject and changes nothing when
its work is done already, so running twice is harmless.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from procrastinate import App, JobContext
from procrastinate.jobs import Status
from sqlalchemy import Engine

from cadastre.errors import CadastreError
from cadastre.office.desk import Desk, part_of
from cadastre.store.accounts import actor_by_username
from cadastre.store.actor import SYSTEM
from cadastre.store.engine import dsn_of, engine_from_settings
from cadastre.store.jobs import JobRow, finish_job, read_job, report_progress, start_running
from cadastre.store.queue import MAX_ATTEMPTS, TASK, queue_app
from cadastre.store.settings import Settings

_STALLED_AFTER_S = 30
_PROGRESS_EVERY_S = 0.3


def worker_app(dsn: str, engine: Engine, home: Path) -> App:
    """Return the queue with its tasks, ready to be run by a worker process."""
    app = queue_app(dsn)

    @app.task(name=TASK)
    def run(job_id: str) -> None:
        run_job(engine, home, job_id)

    @app.periodic(cron="* * * * *")
    @app.task(name="rescue_stalled", pass_context=True)
    async def rescue(context: JobContext, timestamp: int) -> None:
        await rescue_stalled(app, _STALLED_AFTER_S)

    return app


async def rescue_stalled(app: App, seconds: float) -> int:
    """Put jobs of workers without a heartbeat for ``seconds`` back on the queue; return how many.

    After some attempts a job is given up: work that kills its worker must not do so for ever.
    """
    manager = app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
    for job in stalled:
        if job.attempts < MAX_ATTEMPTS:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
    return len(stalled)


def run_job(engine: Engine, home: Path, job_id: str) -> None:
    """Carry out one job and write its result, or its problem, beside it."""
    row = read_job(engine, job_id)
    if row is None or row.status in ("done", "failed"):
        return
    start_running(engine, job_id)
    try:
        actor = SYSTEM if row.actor == SYSTEM.username else actor_by_username(engine, row.actor)
        desk = Desk(engine, actor, home, progress=_writer(engine, job_id))
        results, problems = _carry_out(desk, row)
    except CadastreError as refusal:
        results, problems = [], [problem_of(refusal)]
    except Exception as broken:
        finish_job(engine, job_id, problem=_fault(broken), result={"results": []})
        raise
    finish_job(
        engine,
        job_id,
        result={"results": results, "problems": problems},
        problem=problems[0] if problems else None,
    )


def _carry_out(desk: Desk, row: JobRow) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    arguments = dict(row.arguments)
    given = arguments.pop("files", [])
    files = [file for file in given if not file.get("role")]
    beside = [file for file in given if file.get("role")]
    verb = _verb(row.kind)
    if not files:
        return [asdict(verb(desk, commune=row.commune, **arguments))], []
    if row.kind == "import_sheets":
        # The files of one delivery know of each other: two with the same sheet lose neither.
        arguments["delivered"] = {}
    results, problems = [], []
    sizes = [desk.evidence.path(file["sha256"]).stat().st_size for file in files]
    for position, file in enumerate(files):
        part = desk.with_progress(part_of(desk.progress, sizes, position))
        try:
            with TemporaryDirectory(prefix="cadastre-") as folder:
                path = _laid_out(desk, Path(folder), file)
                roles = {b["role"]: _laid_out(desk, Path(folder) / b["role"], b) for b in beside}
                done = verb(
                    part, commune=row.commune, path=path, name=file["name"], **roles, **arguments
                )
                results.append(asdict(done))
        except CadastreError as refusal:
            problems.append({**problem_of(refusal), "file": file["name"]})
    return results, problems


def _laid_out(desk: Desk, folder: Path, file: dict[str, Any]) -> Path:
    """Return a kept file under the name it had, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / Path(file["name"]).name
    path.symlink_to(desk.evidence.path(file["sha256"]).resolve())
    return path


def _verb(kind: str) -> Callable[..., Any]:
    from importlib import import_module

    return getattr(import_module(f"cadastre.office.{kind}"), kind)


def _writer(engine: Engine, job_id: str) -> Callable[[float, str], None]:
    written_at, written_stage = 0.0, ""

    def write(share: float, stage: str) -> None:
        nonlocal written_at, written_stage
        now = time.monotonic()
        if stage != written_stage or now - written_at > _PROGRESS_EVERY_S:
            written_at, written_stage = now, stage
            report_progress(engine, job_id, share, stage)

    return write


def problem_of(refusal: CadastreError) -> dict[str, Any]:
    """Return a refusal as the JSON that pages and programs read."""
    facts = {k: v for k, v in refusal.facts.items() if isinstance(v, str | int | float | list)}
    return {
        "code": refusal.code,
        "detail": refusal.message("en"),
        "detail_vi": refusal.message("vi"),
        **facts,
    }


def _fault(broken: Exception) -> dict[str, Any]:
    return {
        "code": "internal_fault",
        "detail": f"The work stopped unexpectedly ({type(broken).__name__}); nothing was changed.",
        "detail_vi": f"Công việc dừng bất ngờ ({type(broken).__name__}); chưa có gì bị thay đổi.",
    }


def main(_arguments: Sequence[str]) -> int:
    """Run queued jobs until stopped (``cadastre worker``)."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    settings = Settings()
    engine = engine_from_settings(settings, role="cadastre_worker")
    app = worker_app(dsn_of(settings, role="cadastre_worker"), engine, settings.home)
    with app.open():
        app.run_worker(concurrency=1, delete_jobs="never")
    return 0

"""Long work: what was asked, how far it is, how it ended; also as a stream of events.

The stream is server-sent events (WHATWG HTML, section 9.2): one ``progress`` event whenever
the job changes, and the connection ends with the job.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.encoders import jsonable_encoder
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine

from api.dependencies import ActorHere, EngineHere
from api.routes.parameters import CommuneHere, Register, written
from cadastre.errors import NotFound
from cadastre.office.desk import Desk
from cadastre.office.start_job import Upload, start_job
from cadastre.store.actor import Actor
from cadastre.store.jobs import JobRow, read_job, recent_jobs

router = APIRouter(tags=["jobs"])

_LOOK_EVERY_S = 0.4
_SIGN_OF_LIFE_EVERY_S = 15.0
_ENDED = frozenset({"done", "failed"})


class JobUnknown(NotFound):
    """There is no such job in your communes."""

    message_vi = "Không có công việc này trong các xã bạn phụ trách."


@router.get("/jobs/{job_id}", summary="Một công việc / One job")
def job(job_id: UUID, engine: EngineHere, actor: ActorHere) -> Any:
    """Return a job with its progress."""
    return shown(_read(engine, job_id, actor))


@router.get("/communes/{code}/jobs", summary="Các công việc gần đây / Recent jobs")
def jobs(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the latest jobs of a commune."""
    return {"jobs": [shown(row) for row in recent_jobs(register, code)]}


@router.get("/jobs/{job_id}/events", summary="Theo dõi công việc / Follow a job")
async def events(job_id: UUID, engine: EngineHere, actor: ActorHere) -> StreamingResponse:
    """Stream the job's changes until it ends."""
    await run_in_threadpool(_read, engine, job_id, actor)
    return StreamingResponse(
        _stream(engine, job_id, actor),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(engine: Engine, job_id: UUID, actor: Actor) -> AsyncIterator[str]:
    told, silent = "", 0.0
    while True:
        row = await run_in_threadpool(_read, engine, job_id, actor)
        text = json.dumps(jsonable_encoder(shown(row)), ensure_ascii=False)
        if text != told:
            yield f"event: progress\ndata: {text}\n\n"
            told, silent = text, 0.0
        elif silent >= _SIGN_OF_LIFE_EVERY_S:
            yield ": still here\n\n"
            silent = 0.0
        if row.status in _ENDED:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
        silent += _LOOK_EVERY_S


def _read(engine: Engine, job_id: UUID, actor: Actor) -> JobRow:
    row = read_job(engine, str(job_id), actor)
    if row is None:
        raise JobUnknown(f"({job_id})", job_id=str(job_id))
    return row


def shown(row: JobRow) -> dict[str, Any]:
    """Return a job as pages and programs see it."""
    return {k: v for k, v in asdict(row).items() if k not in ("arguments", "actor")}


def job_started(
    desk: Desk,
    key: str | None,
    commune: str,
    kind: str,
    *,
    files: Sequence[Upload] | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Response:
    """Start a job once per request key; the answer is 202 with the job."""
    given = {name: value for name, value in (arguments or {}).items() if value is not None}

    def work() -> dict[str, Any]:
        job_id = start_job(
            desk,
            commune=commune,
            kind=kind,
            arguments=jsonable_encoder(given),
            files=files,
        )
        return {"job": shown(_read(desk.engine, UUID(job_id), desk.actor))}

    sent = [(file.name, hashlib.sha256(file.content).hexdigest()) for file in files or []]
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb=kind,
        request=[commune, jsonable_encoder(given), sent],
        status=202,
        work=work,
    )

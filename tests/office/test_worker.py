"""Long work in a process of its own: it is done once, and survives the death of its worker."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from cadastre.jobs import rescue_stalled
from cadastre.office.permissions import VerbForbidden
from cadastre.office.start_job import Upload, UploadEmpty, start_job
from cadastre.store.jobs import read_job
from cadastre.store.queue import queue_app
from tests.office.conftest import write_sheet

COMMUNE = "22609"
IMPORT = {"former_commune": "22609", "crs": 9217}


@contextmanager
def a_worker(home: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "cadastre", "worker"],
        env={**os.environ, "CADASTRE_HOME": str(home)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(engine, job_id: str, *statuses: str):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        job = read_job(engine, job_id)
        if job.status in statuses:
            return job
        time.sleep(0.02)
    raise AssertionError(f"the job is still {job.status}")


def test_a_job_is_taken_by_the_worker_and_keeps_its_result(commune_database, officer, town):
    upload = Upload("tt.gpkg", town.read_bytes())
    job_id = start_job(
        officer, commune=COMMUNE, kind="import_sheets", files=[upload], arguments=IMPORT
    )
    with a_worker(commune_database.home):
        job = _until(commune_database.worker_engine, job_id, "done", "failed")
    assert job.problem is None
    assert job.progress == 1
    assert job.result["results"][0]["opened"] == 25


def test_one_bad_file_among_good_ones_is_told_and_the_good_ones_are_kept(
    commune_database, officer, town
):
    uploads = [Upload("tt.gpkg", town.read_bytes()), Upload("hong.gpkg", b"not a map")]
    job_id = start_job(
        officer, commune=COMMUNE, kind="import_sheets", files=uploads, arguments=IMPORT
    )
    with a_worker(commune_database.home):
        job = _until(commune_database.worker_engine, job_id, "done", "failed")
    assert job.status == "failed"
    assert job.problem["file"] == "hong.gpkg"
    assert job.problem["detail_vi"]
    assert [result["file"] for result in job.result["results"]] == ["tt.gpkg"]


def test_a_job_whose_worker_was_killed_is_run_again_and_done_once(
    commune_database, officer, tmp_path
):
    import shapely

    lots = [shapely.box(570000 + i * 10, 1348000, 570010 + i * 10, 1348010) for i in range(3000)]
    path = write_sheet(tmp_path / "dai.gpkg", lots, scale=500, land_use="ODT")
    job_id = start_job(
        officer,
        commune=COMMUNE,
        kind="import_sheets",
        files=[Upload("dai.gpkg", path.read_bytes())],
        arguments=IMPORT,
    )
    engine = commune_database.worker_engine
    with a_worker(commune_database.home):
        _until(engine, job_id, "running")
    assert read_job(engine, job_id).status == "running"

    async def rescue() -> int:
        app = queue_app(commune_database.dsns["cadastre_worker"])
        async with app.open_async():
            return await rescue_stalled(app, 1)

    time.sleep(1.5)
    assert asyncio.run(rescue()) == 1
    with a_worker(commune_database.home):
        job = _until(engine, job_id, "done", "failed")
    assert job.problem is None
    assert job.result["results"][0]["opened"] == 3000


def test_an_empty_upload_and_a_role_without_the_permission_start_nothing(officer, town):
    from dataclasses import replace

    from cadastre.store.actor import Actor

    with pytest.raises(UploadEmpty):
        start_job(
            officer,
            commune=COMMUNE,
            kind="import_sheets",
            files=[Upload("a.gpkg", b"")],
            arguments=IMPORT,
        )
    surveyor = replace(officer, actor=Actor("do-dac", "surveyor", (COMMUNE,)))
    with pytest.raises(VerbForbidden):
        start_job(
            surveyor,
            commune=COMMUNE,
            kind="import_sheets",
            files=[Upload("tt.gpkg", town.read_bytes())],
            arguments=IMPORT,
        )

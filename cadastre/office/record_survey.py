"""Record a field survey: the uploaded file as evidence, its points, its measured parcels.

Evidence is never changed: a survey uploaded again under the same label is a new version,
and the earlier one is closed. The same file again changes nothing.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cadastre.frames import NAMESPACE
from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.copying import copy_frame, copy_rows
from cadastre.store.evidence import register_source
from cadastre.store.land_register import CommuneFacts, lock_subject, read_commune
from cadastre.store.mismatch_register import record_run
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, reading
from cadastre.survey import SurveyReading, read_survey


@dataclass(frozen=True)
class SurveyResult:
    """What a survey file brought."""

    survey_uid: str
    label: str
    version: int
    file: str
    report: dict[str, Any]
    points: int
    measured: int
    mismatches: int
    unchanged: bool


def record_survey(
    desk: Desk,
    *,
    commune: str,
    path: Path,
    name: str | None = None,
    label: str | None = None,
    surveyed_on: date | None = None,
    crs: str | int = "auto",
    columns: dict[str, str] | str = "auto",
) -> SurveyResult:
    """Read a survey file and keep it; a new file under a known label is its next version."""
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
    shown = name or Path(path).name
    chosen = label or Path(shown).stem
    desk.progress(0.05, "read")
    found = read_survey(
        path,
        survey=chosen,
        crs=crs,
        columns=columns,
        outline=facts.outline,
        srid=facts.srid,
        regulation=desk.regulation,
    )
    desk.progress(0.5, "store")
    with desk.transaction("record_survey", commune=commune, subject=chosen) as transaction:
        return _store(desk, transaction, facts, found, Path(path), shown, chosen, surveyed_on)


def _store(
    desk: Desk,
    transaction: Transaction,
    facts: CommuneFacts,
    found: SurveyReading,
    path: Path,
    shown: str,
    label: str,
    surveyed_on: date | None,
) -> SurveyResult:
    connection = transaction.connection
    lock_subject(connection, "survey", facts.code, label)
    report = {**found.report.to_dict(), "file": shown}
    same = connection.execute(
        query("survey_of_content"), {"commune": facts.code, "sha256": found.report.sha256}
    ).first()
    if same is not None and same.label == label:
        return SurveyResult(
            same.survey_uid, label, same.version, shown, report,
            len(found.points), len(found.measured), 0, True,
        )  # fmt: skip
    source_id = register_source(transaction, desk.evidence, path, kind="survey", name=shown)
    survey_uid, version = _open_survey(
        transaction, facts, label, source_id, surveyed_on, report, desk.actor.username
    )
    _write_points(transaction, survey_uid, found.points)
    keys = _write_measured(transaction, facts, survey_uid, found)
    mismatches = found.mismatches.assign(
        measured_uid=[keys.get(str(uid)) for uid in found.mismatches["measured_uid"]]
    )
    outcome = record_run(
        transaction,
        moment="survey",
        found=mismatches,
        srid=facts.srid,
        lapse_share=float(desk.regulation["accuracy"]["judgement"]["lapse_share"]),
        survey_uids=[survey_uid],
        survey_of=dict.fromkeys(keys.values(), survey_uid),
    )
    states.refresh(connection, facts.code, None)
    transaction.note(label=label, version=version, measured=len(found.measured))
    return SurveyResult(
        survey_uid, label, version, shown, report, len(found.points), len(found.measured),
        outcome.opened + outcome.renewed, False,
    )  # fmt: skip


def _open_survey(
    transaction: Transaction,
    facts: CommuneFacts,
    label: str,
    source_id: str,
    surveyed_on: date | None,
    report: dict[str, Any],
    surveyor: str,
) -> tuple[str, int]:
    connection = transaction.connection
    before = connection.execute(
        query("survey_latest"), {"commune": facts.code, "label": label}
    ).first()
    version = 1 if before is None else int(before.version) + 1
    if before is not None:
        connection.execute(
            query("survey_close"),
            {
                "commune": facts.code,
                "survey_uid": before.survey_uid,
                "event": transaction.event_id,
            },
        )
    survey_uid = str(uuid.uuid4())
    connection.execute(
        query("survey_insert"),
        {
            "survey_uid": survey_uid,
            "commune": facts.code,
            "label": label,
            "version": version,
            "source_id": source_id,
            "srid": facts.srid,
            "surveyed_on": surveyed_on,
            "uploaded_by": surveyor,
            "report": json.dumps(report, ensure_ascii=False),
            "event": transaction.event_id,
        },
    )
    return survey_uid, version


def _write_points(transaction: Transaction, survey_uid: str, points: pd.DataFrame) -> None:
    if points.empty:
        return
    columns = ["point", "east", "north", "height", "sigma_m", "code", "row_number"]
    rows = points[columns].assign(commune=transaction.commune, survey_uid=survey_uid)
    copy_rows(transaction.connection, "cadastre.survey_point", list(rows.columns), rows)


def _write_measured(
    transaction: Transaction, facts: CommuneFacts, survey_uid: str, found: SurveyReading
) -> dict[str, str]:
    """Write the measured parcels; their stored identifiers name this version of the survey."""
    measured = found.measured
    keys = {
        str(uid): str(uuid.uuid5(NAMESPACE, f"{survey_uid}|{uid}"))
        for uid in measured["measured_uid"]
    }
    if keys:
        told = _boundaries_told(found)
        frame = measured[["measured_uid", "label", "sigma_m", measured.geometry.name]].assign(
            measured_uid=[keys[str(uid)] for uid in measured["measured_uid"]],
            boundary_confirmed=[told.get(str(label)) for label in measured["label"]],
            area_m2=shapely.area(np.asarray(measured.geometry.array)),
            survey_uid=survey_uid,
        )
        copy_frame(
            transaction.connection,
            "cadastre.measured_parcel",
            frame,
            srid=facts.srid,
            extra={"commune": facts.code, "opened_by": transaction.event_id},
        )
    return keys


def _boundaries_told(found: SurveyReading) -> dict[str, str]:
    """Return what the signed boundary descriptions delivered with the survey say, by label."""
    told = found.boundary
    if told is None or told.empty:
        return {}
    return {
        str(label): str(confirmed)
        for label, confirmed in zip(told["label"], told["confirmed"], strict=True)
    }

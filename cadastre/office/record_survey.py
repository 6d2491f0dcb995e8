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
from sqlalchemy import Connection

from cadastre.formats.accounting import content_hash
from cadastre.formats.network import FIXED, NetworkPoint
from cadastre.frames import NAMESPACE
from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.copying import copy_frame, copy_rows
from cadastre.store.deliveries import control_points
from cadastre.store.evidence import register_source
from cadastre.store.land_register import (
    CommuneFacts,
    lock_subject,
    parcels_about,
    read_commune,
)
from cadastre.store.mismatch_register import record_run
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, reading
from cadastre.survey import SurveyReading, read_survey
from cadastre.survey.field_report import network_figures
from cadastre.survey.found import POINT_COLUMNS


@dataclass(frozen=True)
class SurveyResult:
    """What a survey file brought; ``failed_checks`` is what a surveyor should look at first."""

    survey_uid: str
    label: str
    version: int
    file: str
    report: dict[str, Any]
    points: int
    measured: int
    mismatches: int
    unchanged: bool
    observations: int = 0
    failed_checks: int = 0


def record_survey(
    desk: Desk,
    *,
    commune: str,
    path: Path,
    name: str | None = None,
    label: str | None = None,
    surveyed_on: date | None = None,
    crs: str | int = "auto",
    axes: str = "auto",
    columns: dict[str, str] | str = "auto",
    control: Path | None = None,
    sequences: Path | None = None,
    scale: int | None = None,
) -> SurveyResult:
    """Read a survey file and keep it; a new file under a known label is its next version.

    ``control`` is a list of known points and ``sequences`` the table of points that make each
    parcel: evidence like the file itself. ``crs`` and ``axes`` state the zone and the order of
    the coordinates where they cannot be found from where the commune is.
    """
    shown = name or Path(path).name
    chosen = label or Path(shown).stem
    beside = {"control": control, "sequences": sequences}
    desk.progress(0.05, "read")
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        found = read_survey(
            path,
            survey=chosen,
            crs=crs,
            axes=axes,
            columns=columns,
            outline=facts.outline,
            srid=facts.srid,
            regulation=desk.regulation,
            control=control or _registered(connection, facts),
            sequences=sequences,
            scale=scale,
            mapped=_map_of(connection, facts),
        )
    desk.progress(0.5, "store")
    files = _Files(Path(path), shown, {k: v for k, v in beside.items() if v is not None})
    with desk.transaction("record_survey", commune=commune, subject=chosen) as transaction:
        return _store(desk, transaction, facts, found, files, chosen, surveyed_on)


@dataclass(frozen=True)
class _Files:
    path: Path
    shown: str
    beside: dict[str, Path]

    def told(self, found: SurveyReading) -> dict[str, Any]:
        """Return the report as it is kept: the account, the checks, the network's figures."""
        beside = {role: {"file": p.name, "sha256": content_hash(p)}
                  for role, p in self.beside.items()}  # fmt: skip
        return {
            **found.report.to_dict(),
            "file": self.shown,
            "beside": beside,
            "checks": json.loads(found.checks.to_json(orient="records")),
            "network": network_figures(found.network),
        }


def _registered(connection: Connection, facts: CommuneFacts) -> dict[str, NetworkPoint]:
    """Return the control points that the commune's register holds."""
    frame = control_points(connection, facts.code, facts.srid)
    return {
        str(name): NetworkPoint(str(name), place.x, place.y, plane=FIXED)
        for name, place in zip(frame["name"], frame.geometry, strict=True)
    }


def _map_of(connection: Connection, facts: CommuneFacts) -> Any:
    def about(bounds: tuple[float, float, float, float]) -> Any:
        if not connection.execute(query("map_has_parcels"), {"commune": facts.code}).scalar():
            return None
        return parcels_about(connection, facts.code, facts.srid, bounds)

    return about


def _store(
    desk: Desk,
    transaction: Transaction,
    facts: CommuneFacts,
    found: SurveyReading,
    files: _Files,
    label: str,
    surveyed_on: date | None,
) -> SurveyResult:
    connection = transaction.connection
    lock_subject(connection, "survey", facts.code, label)
    report = files.told(found)
    counts = {
        "points": len(found.points),
        "measured": len(found.measured),
        "observations": len(found.observations),
        "failed_checks": int((~found.checks["passed"]).sum()),
    }
    same = connection.execute(
        query("survey_of_content"), {"commune": facts.code, "sha256": found.report.sha256}
    ).first()
    if (
        same is not None
        and same.label == label
        and same.report.get("beside", {}) == report["beside"]
    ):
        return SurveyResult(
            same.survey_uid, label, same.version, files.shown, report, mismatches=0,
            unchanged=True, **counts,
        )  # fmt: skip
    source_id = register_source(
        transaction, desk.evidence, files.path, kind="survey", name=files.shown
    )
    for path in files.beside.values():
        register_source(transaction, desk.evidence, path, kind="survey", name=path.name)
    survey_uid, version, before = _open_survey(
        transaction, facts, label, source_id, surveyed_on, report, desk.actor.username
    )
    _write_points(transaction, survey_uid, found.points)
    _write_observations(transaction, survey_uid, found.observations)
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
        survey_uids=[survey_uid] if before is None else [survey_uid, before],
        survey_of={**dict.fromkeys(keys.values(), survey_uid), "": survey_uid},
    )
    states.refresh(connection, facts.code, None)
    transaction.note(label=label, version=version, measured=len(found.measured))
    return SurveyResult(
        survey_uid, label, version, files.shown, report,
        mismatches=outcome.opened + outcome.renewed, unchanged=False, **counts,
    )  # fmt: skip


def _open_survey(
    transaction: Transaction,
    facts: CommuneFacts,
    label: str,
    source_id: str,
    surveyed_on: date | None,
    report: dict[str, Any],
    surveyor: str,
) -> tuple[str, int, str | None]:
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
    return survey_uid, version, None if before is None else str(before.survey_uid)


def _write_points(transaction: Transaction, survey_uid: str, points: pd.DataFrame) -> None:
    if points.empty:
        return
    columns = [name for name in POINT_COLUMNS if name != "label"]
    rows = points[columns].assign(commune=transaction.commune, survey_uid=survey_uid)
    copy_rows(transaction.connection, "cadastre.survey_point", list(rows.columns), rows)


def _write_observations(
    transaction: Transaction, survey_uid: str, observations: pd.DataFrame
) -> None:
    if observations.empty:
        return
    rows = observations.assign(
        number=np.arange(1, len(observations) + 1),
        corrections=[json.dumps(made) for made in observations["corrections"]],
        commune=transaction.commune,
        survey_uid=survey_uid,
    )
    copy_rows(transaction.connection, "cadastre.survey_observation", list(rows.columns), rows)


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
        corners = found.corners.drop(columns="label").assign(
            measured_uid=[keys[str(uid)] for uid in found.corners["measured_uid"]],
            commune=facts.code,
        )
        if len(corners):
            copy_rows(
                transaction.connection, "cadastre.measured_corner", list(corners.columns), corners
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

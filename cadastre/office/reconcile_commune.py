"""Compare the measured parcels of a commune with its parcel map and flag what matters.

The comparison is decided in :mod:`cadastre.reconcile`. A run judges the surveys given (or
all in force); decisions already taken are kept, mismatches that no longer hold are closed.
A displaced sheet becomes a proposal to set it right; the map itself is never moved here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.errors import InputRefused
from cadastre.mismatch import Code
from cadastre.office.desk import Desk
from cadastre.office.sheet_proposals import propose_sheets
from cadastre.reconcile import Reconciliation, reconcile
from cadastre.store import states
from cadastre.store.copying import copy_rows, read_frame
from cadastre.store.land_register import (
    current_parcels,
    lock_subject,
    measured_parcels,
    read_commune,
    read_table,
)
from cadastre.store.mismatch_register import RunOutcome, lock_mismatch, record_run
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class NothingToCompare(InputRefused):
    """There is no parcel map or no survey yet; merge the sheets and record a survey first."""

    message_vi = "Chưa có bản đồ thửa đất hoặc chưa có số liệu đo để so sánh."


@dataclass(frozen=True)
class ReconciliationOutcome:
    """What a comparison found."""

    reconciliation_id: str
    measured: int
    matched: int
    shifts: int
    proposals: int
    verdicts: dict[str, int]
    mismatches: RunOutcome


#: What is true of two measured parcels, whichever of them is named.
_BETWEEN_TWO = (Code.SURVEYS_DIFFER, Code.OVERLAP_SURVEY)
_MATCH_COLUMNS = [
    "measured_uid", "parcel_uid", "relation", "score", "overlap_m2", "iou", "area_map_m2",
    "area_measured_m2", "register_area_m2", "max_corner_m", "hausdorff_m",
    "boundary_geometry", "verdict",
]  # fmt: skip
_CORNER_COLUMNS = [
    "measured_uid", "parcel_uid", "corner", "map_e", "map_n", "measured_e", "measured_n",
    "de", "dn", "distance_m", "allowed_m", "significant",
]  # fmt: skip


def reconcile_commune(
    desk: Desk, *, commune: str, surveys: Sequence[str] | None = None
) -> ReconciliationOutcome:
    """Compare surveys with the parcel map.

    Parameters
    ----------
    surveys : identifiers of the surveys to judge; None means all in force. What others measured
        beside them is looked at too: two measurements are compared with each other.
    """
    with desk.transaction("reconcile_commune", commune=commune) as transaction:
        connection = transaction.connection
        lock_subject(connection, "reconcile", commune)
        facts = read_commune(connection, commune)
        near = _parcels_near(desk, connection, commune, surveys)
        parcels = current_parcels(connection, commune, facts.srid, near)
        measured = measured_parcels(connection, commune, facts.srid, surveys)
        if parcels.empty or measured.empty:
            raise NothingToCompare(f"({commune})", commune=commune)
        boundary = read_table(connection, "boundaries_confirmed", commune=commune, uids=near)
        beside = _beside(connection, commune, facts.srid, surveys)
        seen = gpd.GeoDataFrame(pd.concat([measured, *beside], ignore_index=True))
        result = _compared(desk, connection, parcels, seen, boundary, near)
        result = _of_judged(result, measured, beside)
        proposals = propose_sheets(
            desk, transaction, srid=facts.srid, result=result, whole=surveys is None
        )
        outcome = _store(desk, transaction, facts.srid, result, (measured, seen), near, proposals)
        transaction.note(**asdict(outcome))
        return outcome


def _beside(
    connection: Any, commune: str, srid: int, surveys: Sequence[str] | None
) -> list[gpd.GeoDataFrame]:
    """Measured parcels of other surveys beside those of some: they are looked at, not judged."""
    if surveys is None:
        return []
    asked = {"commune": commune, "surveys": list(surveys)}
    found = read_frame(connection, query("measured_beside"), asked, srid=srid)
    return [] if found.empty else [found]


def _of_judged(
    result: Reconciliation, judged: gpd.GeoDataFrame, beside: list[gpd.GeoDataFrame]
) -> Reconciliation:
    """What was found of the parcels judged, and between them and those beside them."""
    if not beside:
        return result
    uids = set(judged["measured_uid"])
    flags = result.mismatches
    kept = flags["measured_uid"].isin(uids) | flags["measured_uid"].isna()
    kept |= flags["code"].isin(_BETWEEN_TWO)
    return Reconciliation(
        result.matches[result.matches["measured_uid"].isin(uids)].reset_index(drop=True),
        result.corners[result.corners["measured_uid"].isin(uids)].reset_index(drop=True),
        result.shifts,
        flags[kept].reset_index(drop=True),
    )


def _parcels_near(
    desk: Desk, connection: Any, commune: str, surveys: Sequence[str] | None
) -> list[str] | None:
    """Parcels that a comparison of some surveys can touch; None means the whole map.

    A sheet may lie off by the search reach, so parcels that far around are needed too.
    """
    if surveys is None:
        return None
    reach = float(desk.regulation["reconcile"]["near"]["reach_m"])
    rows = read_table(
        connection, "parcels_near_measured", commune=commune, surveys=list(surveys), reach=reach
    )
    return [str(uid) for uid in rows["parcel_uid"]]


def _compared(
    desk: Desk,
    connection: Any,
    parcels: gpd.GeoDataFrame,
    measured: gpd.GeoDataFrame,
    boundary: pd.DataFrame,
    near: list[str] | None,
) -> Reconciliation:
    commune = parcels["commune"].iloc[0]
    decisions = read_table(connection, "decisions_in_force", commune=commune, uids=near)
    return reconcile(
        parcels,
        measured,
        boundary=boundary,
        regulation=desk.regulation,
        decisions=dict(zip(decisions["mismatch_id"], decisions["decision"], strict=True)),
        progress=lambda share, stage: desk.progress(0.1 + 0.6 * share, stage),
    )


def _store(
    desk: Desk,
    transaction: Transaction,
    srid: int,
    result: Reconciliation,
    frames: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    touched: list[str] | None,
    proposals: int,
) -> ReconciliationOutcome:
    measured, seen = frames  # what is judged, and with what stands beside it
    reconciliation_id = str(uuid.uuid4())
    _write_run(transaction, reconciliation_id, result)
    _write_matches(transaction, reconciliation_id, result, list(measured["measured_uid"]))
    desk.progress(0.8, "mismatches")
    survey_of = dict(zip(seen["measured_uid"], seen["survey_uid"], strict=True))
    whole_sheets = result.mismatches["measured_uid"].isna()
    outcome = record_run(
        transaction,
        moment="reconcile",
        found=result.mismatches[~_known_to_merge(transaction, result.mismatches)],
        srid=srid,
        lapse_share=float(desk.regulation["accuracy"]["judgement"]["lapse_share"]),
        survey_uids=None if touched is None else sorted(set(measured["survey_uid"])),
        survey_of=survey_of,
    )
    states.refresh(transaction.connection, transaction.commune, touched)
    verdicts = result.matches["verdict"].value_counts().to_dict()
    return ReconciliationOutcome(
        reconciliation_id=reconciliation_id,
        measured=len(measured),
        matched=int((result.matches["relation"] != "none").sum()),
        shifts=int(whole_sheets.sum()),
        proposals=proposals,
        verdicts={str(name): int(count) for name, count in verdicts.items()},
        mismatches=outcome,
    )


def _known_to_merge(transaction: Transaction, found: gpd.GeoDataFrame) -> np.ndarray:
    """Displaced sheets that the merge flagged already: an officer sees one flag a sheet."""
    known = np.zeros(len(found), dtype=bool)
    for at in np.flatnonzero(found["code"].eq(Code.SHEET_SHIFT).to_numpy(dtype=bool)):
        row = lock_mismatch(transaction, str(found["mismatch_id"].iloc[at]))
        known[at] = row is not None and row["moment"] == "merge" and row["status"] != "closed"
    return known


def _write_run(transaction: Transaction, reconciliation_id: str, result: Reconciliation) -> None:
    summary = {
        "verdicts": result.matches["verdict"].value_counts().to_dict(),
        "relations": result.matches["relation"].value_counts().to_dict(),
        "mismatches": result.mismatches["code"].value_counts().to_dict(),
    }
    transaction.connection.execute(
        query("reconciliation_insert"),
        {
            "reconciliation_id": reconciliation_id,
            "commune": transaction.commune,
            "summary": json.dumps(summary, default=int),
            "shifts": result.shifts.to_json(orient="records"),
            "event": transaction.event_id,
        },
    )


def _write_matches(
    transaction: Transaction, reconciliation_id: str, result: Reconciliation, judged: list[str]
) -> None:
    transaction.connection.execute(
        query("matches_supersede"), {"commune": transaction.commune, "measured": judged}
    )
    run = {"commune": transaction.commune, "reconciliation_id": reconciliation_id}
    for table, frame, columns in (
        ("cadastre.match", result.matches, _MATCH_COLUMNS),
        ("cadastre.corner", _paired(result.corners), _CORNER_COLUMNS),
    ):
        if len(frame):
            rows = frame[columns].replace([np.inf, -np.inf], np.nan).assign(**run)
            copy_rows(transaction.connection, table, list(rows.columns), rows)


def _paired(corners: pd.DataFrame) -> pd.DataFrame:
    return corners.dropna(subset=["measured_uid", "parcel_uid"])

"""The register of mismatches: what a new run opens, renews, closes, and which decisions hold.

A run judges a scope (some sheets, a survey, the whole commune) at one moment. Its
mismatches are found again by their identifiers, so a decision survives a re-run. It ends,
visibly, in two cases: it lapses when the measured value has moved by more than a stated share
of the allowed since it was taken; and it does not cover a mismatch that was closed (the
difference had gone) and is found again, however alike: nobody has looked at the new one. A
decision stays in force while its mismatch is closed, because what it says may be why the
difference went (an accepted gap, a sheet that is not displaced).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import RowMapping

from cadastre.store.copying import copy_frame
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

_WRITTEN = [
    "mismatch_id", "code", "severity", "subject", "parcel_uid", "other_parcel_uid",
    "measured_uid", "sheet", "measured", "allowed", "unit", "rule", "message_vi", "message_en",
]  # fmt: skip


@dataclass(frozen=True)
class RunOutcome:
    """How many mismatches a run opened, found again, closed; how many decisions ended.

    ``lapsed`` decisions ended because the value has moved, ``reopened`` ones because the
    difference had gone and came back.
    """

    opened: int
    renewed: int
    closed: int
    lapsed: int
    reopened: int = 0


def record_run(
    transaction: Transaction,
    *,
    moment: str,
    found: gpd.GeoDataFrame,
    srid: int,
    lapse_share: float,
    sheets: Sequence[str] | None = None,
    survey_uids: Sequence[str] | None = None,
    parcel_uids: Sequence[str] | None = None,
    survey_of: dict[str, str] | None = None,
) -> RunOutcome:
    """Write the mismatches of one run; close those of its scope that no longer hold.

    Parameters
    ----------
    moment : import, landbook, merge, survey or reconcile
    found : mismatch frame (columns of :class:`cadastre.mismatch.Mismatch`)
    sheets, survey_uids, parcel_uids : the scope judged; all None means the whole commune
    survey_of : measured_uid -> survey_uid, kept with the mismatch; "" for those of none
    """
    scope = {
        "commune": transaction.commune,
        "moment": moment,
        "sheets": list(sheets) if sheets is not None else None,
        "surveys": list(survey_uids) if survey_uids is not None else None,
        "parcels": list(parcel_uids) if parcel_uids is not None else None,
        "event": transaction.event_id,
    }
    found = found.drop_duplicates("mismatch_id")
    transaction.connection.execute(query("mismatch_stage_create"))
    _stage(transaction, found, moment=moment, srid=srid, survey_of=survey_of or {})
    reopened = _count(transaction, "mismatch_decisions_reopen", scope)
    lapsed = _count(transaction, "mismatch_decisions_lapse", scope | {"share": lapse_share})
    renewed = _count(transaction, "mismatch_renew", scope)
    opened = _count(transaction, "mismatch_open", scope)
    closed = _count(transaction, "mismatch_close_absent", scope)
    transaction.connection.execute(query("mismatch_stage_drop"))
    return RunOutcome(
        opened=opened, renewed=renewed, closed=closed, lapsed=lapsed, reopened=reopened
    )


def _count(transaction: Transaction, name: str, parameters: dict[str, Any]) -> int:
    return int(transaction.connection.execute(query(name), parameters).rowcount)


def _stage(
    transaction: Transaction,
    found: gpd.GeoDataFrame,
    *,
    moment: str,
    srid: int,
    survey_of: dict[str, str],
) -> None:
    if found.empty:
        return
    # Evidence may be missing (a record without land): such rows are staged without geometry.
    present = found.geometry.notna() & ~found.geometry.is_empty
    frame = found[[*_WRITTEN, found.geometry.name]].copy()
    for name in ("parcel_uid", "other_parcel_uid", "measured_uid", "sheet"):
        frame[name] = [None if pd.isna(value) else str(value) for value in frame[name]]
    frame["survey_uid"] = [survey_of.get(uid or "") for uid in frame["measured_uid"]]
    for name in ("measured", "allowed"):
        frame[name] = frame[name].astype("float64").replace([np.inf, -np.inf], np.nan)
    for mask in (present, ~present):
        if mask.any():
            copy_frame(
                transaction.connection,
                "mismatch_stage",
                frame[mask.to_numpy()],
                srid=srid,
                extra={"moment": moment},
            )


def lock_mismatch(transaction: Transaction, mismatch_id: str) -> RowMapping | None:
    """Return one mismatch of the commune, locked until the transaction ends; None when unknown."""
    return (
        transaction.connection.execute(
            query("mismatch_lock"), {"commune": transaction.commune, "mismatch_id": mismatch_id}
        )
        .mappings()
        .first()
    )


def close_decision(transaction: Transaction, mismatch_id: str, *, why: str) -> bool:
    """End the decision in force (``undone`` or ``replaced``); False when there was none."""
    ended = transaction.connection.execute(
        query("decision_end_current"),
        {
            "commune": transaction.commune,
            "mismatch_id": mismatch_id,
            "why": why,
            "event": transaction.event_id,
        },
    )
    return bool(ended.rowcount)


def open_decision(
    transaction: Transaction, row: RowMapping, *, decision: str | None, note: str, clears: bool
) -> int:
    """Write the decision now in force (None: none) and return the new row version."""
    subject = {"commune": transaction.commune, "mismatch_id": str(row["mismatch_id"])}
    if decision is not None:
        transaction.connection.execute(
            query("decision_open"),
            {
                **subject,
                "decision": decision,
                "note": note,
                "actor": transaction.actor.username,
                "measured": row["measured"],
                "allowed": row["allowed"],
                "clears": clears,
                "event": transaction.event_id,
            },
        )
    version = transaction.connection.execute(
        query("mismatch_set_status"),
        {**subject, "status": "decided" if clears else "open", "decision": decision},
    ).scalar_one()
    return int(version)

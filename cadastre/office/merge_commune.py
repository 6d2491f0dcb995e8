"""Merge the delivered sheets of a commune into one parcel map.

The merge itself is decided in :mod:`cadastre.merge`; this verb opens and closes the
versions that differ, publishes sheet numbers (never changed again), keeps the crosswalk,
and stores the identifiers of parcels that have none.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection

from cadastre.errors import InputRefused
from cadastre.merge import MergeResult, merge_sheets, parcel_identifiers
from cadastre.merge.numbering import SheetId
from cadastre.office.desk import Desk, Progress
from cadastre.office.follow_up import compare_anew
from cadastre.office.sheet_proposals import corrections_in_force
from cadastre.store import states
from cadastre.store.copying import copy_frame, copy_rows
from cadastre.store.land_register import (
    CommuneFacts,
    close_parcels,
    current_parcels,
    delivered_parcels,
    lock_subject,
    open_parcel_versions,
    read_commune,
    read_table,
    store_identifiers,
)
from cadastre.store.mismatch_register import RunOutcome, record_run
from cadastre.store.named import query
from cadastre.store.transaction import Transaction
from cadastre.store.versions import version_change


class NothingToMerge(InputRefused):
    """No sheet has been imported for this commune yet; import the sheets first."""

    message_vi = "Xã chưa có tờ bản đồ nào được nhập; hãy nhập các tờ bản đồ trước."


@dataclass(frozen=True)
class MergeOutcome:
    """What a merge changed in the register."""

    run_id: str
    parcels: int
    sheets: int
    opened: int
    closed: int
    unchanged: int
    moved: int
    proposals: int
    shifts: int
    mismatches: RunOutcome
    identifiers: int
    identifiers_waiting: int
    examined: int


_COMPARED = [
    "sheet", "parcel", "former_parcel", "scale", "land_use", "printed_area_m2",
    "register_area_m2", "surveyed_on",
]  # fmt: skip
_NUMBER = ["former_commune", "map_set", "scale", "former_sheet", "former_parcel"]


def merge_commune(desk: Desk, *, commune: str, whole: bool = False) -> MergeOutcome:
    """Work the commune: one parcel map, numbers, crosswalk, edge faults, identifiers.

    Where nothing but new or corrected sheets came since the last merge, only their edges are
    worked again; ``whole`` works every edge all the same.
    """
    with desk.transaction("merge_commune", commune=commune) as transaction:
        connection = transaction.connection
        lock_subject(connection, "merge", commune)
        facts = read_commune(connection, commune)
        late = None if whole else _late_sheets(desk, connection, commune)
        standing = None if late is None else current_parcels(connection, commune, facts.srid)
        merged = merged_map(
            desk,
            connection,
            facts,
            standing=standing,
            new_sheets=late,
            progress=lambda share, stage: desk.progress(0.05 + 0.6 * share, stage),
        )
        outcome = _store(desk, transaction, facts, merged)
        transaction.note(**asdict(outcome))
        return outcome


def merged_map(
    desk: Desk,
    connection: Connection,
    facts: CommuneFacts,
    *,
    assumed: Mapping[str, str] | None = None,
    standing: gpd.GeoDataFrame | None = None,
    new_sheets: list[SheetId] | None = None,
    around: Collection[str] | None = None,
    progress: Progress | None = None,
) -> MergeResult:
    """Merge the delivered parcels of a commune under the decisions in force; write nothing.

    Parameters
    ----------
    assumed : decisions to take for granted on top of those in force, to see what they do
    standing, new_sheets, around : see :func:`cadastre.merge.merge_sheets`; ``around`` some
        parcels nothing is read but their sheets and the sheets beside those
    """
    sheets = None if around is None else _sheets_about(desk, connection, facts.code, around)
    delivered = _with_register_areas(connection, facts, sheets)
    if delivered.empty:
        raise NothingToMerge(f"({facts.code})", commune=facts.code)
    return merge_sheets(
        [delivered],
        commune=facts.code,
        former_order=[former.code for former in facts.former],
        outline=facts.outline,
        regulation=desk.regulation,
        decisions=_decisions(connection, facts.code) | dict(assumed or {}),
        published=read_table(connection, "published_sheets", commune=facts.code),
        standing=standing,
        new_sheets=new_sheets,
        around=around,
        corrections=corrections_in_force(connection, facts.code, assumed),
        progress=progress,
    )


def _late_sheets(desk: Desk, connection: Connection, commune: str) -> list[SheetId] | None:
    """Sheets that changed since the last merge; None when every edge has to be worked."""
    last = connection.execute(query("merge_last"), {"commune": commune}).mappings().first()
    if last is None or last["reconsidered"] or last["set_right"]:
        return None
    if last["summary"].get("rules") != _rules(desk):
        return None
    changed = read_table(
        connection, "sheets_changed_since", commune=commune, event=last["event_id"]
    )
    keys = _rows(changed, ["former_commune", "map_set", "scale", "former_sheet"])
    return [SheetId(str(f), str(m), int(s), str(n)) for f, m, s, n in keys]


def _rules(desk: Desk) -> str:
    """Fingerprint of the rules under which a merge was made."""
    names = ("merge", "numbering", "accuracy")
    text = json.dumps([desk.regulation[name] for name in names], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sheets_about(
    desk: Desk, connection: Connection, commune: str, parcels: Collection[str]
) -> list[str]:
    reach = float(desk.regulation["merge"]["flag"]["widest_gap_m"])
    asked = {"commune": commune, "uids": list(parcels), "reach": reach}
    return [str(uid) for uid in connection.execute(query("sheets_about"), asked).scalars()]


def _with_register_areas(
    connection: Any, facts: CommuneFacts, sheets: list[str] | None
) -> gpd.GeoDataFrame:
    delivered = delivered_parcels(connection, facts.code, facts.srid, sheets)
    areas = read_table(connection, "register_areas", commune=facts.code)
    by_uid = dict(zip(areas["parcel_uid"], areas["register_area_m2"], strict=True))
    known = [by_uid.get(uid, np.nan) for uid in delivered["parcel_uid"]]
    return delivered.assign(register_area_m2=np.asarray(known, dtype=np.float64))


def _decisions(connection: Any, commune: str) -> dict[str, str]:
    taken = read_table(connection, "decisions_in_force", commune=commune, uids=None)
    proposals = read_table(connection, "proposals_known", commune=commune)
    decided = proposals[proposals["status"].isin(["accepted", "rejected"])]
    return dict(zip(taken["mismatch_id"], taken["decision"], strict=True)) | dict(
        zip(decided["proposal_id"], decided["status"], strict=True)
    )


def _store(
    desk: Desk, transaction: Transaction, facts: CommuneFacts, merged: MergeResult
) -> MergeOutcome:
    run_id = str(uuid.uuid4())
    _publish(transaction, merged.sheets)
    desk.progress(0.7, "store")
    opened, closed, unchanged = _write_parcels(transaction, facts, merged.parcels)
    _write_crosswalk(transaction, merged)
    _compare_if_corrected(transaction)
    _write_run(desk, transaction, run_id, merged)
    _write_proposals(transaction, facts, run_id, merged)
    desk.progress(0.8, "identifiers")
    stored, waiting = _write_identifiers(transaction, merged.parcels)
    outcome = record_run(
        transaction,
        moment="merge",
        found=merged.mismatches,
        srid=facts.srid,
        lapse_share=float(desk.regulation["accuracy"]["judgement"]["lapse_share"]),
        parcel_uids=None if merged.examined is None else sorted(merged.examined),
    )
    desk.progress(0.95, "states")
    states.refresh(transaction.connection, facts.code, None)
    return MergeOutcome(
        run_id=run_id,
        parcels=len(merged.parcels),
        sheets=len(merged.sheets),
        opened=opened,
        closed=closed,
        unchanged=unchanged,
        moved=len(merged.moves),
        proposals=len(merged.proposals),
        shifts=len(merged.shifts),
        mismatches=outcome,
        identifiers=stored,
        identifiers_waiting=waiting,
        examined=len(merged.parcels) if merged.examined is None else len(merged.examined),
    )


def _corrections(transaction: Transaction) -> dict[str, Any]:
    """Return the sheets that the ground holds, with their corrections, for the summary."""
    found = corrections_in_force(transaction.connection, transaction.commune)
    return {"|".join(map(str, sheet)): asdict(made) for sheet, made in sorted(found.items())}


def _compare_if_corrected(transaction: Transaction) -> None:
    """Have the surveys compared anew where this merge sets a sheet right by them, or no longer."""
    asked = {"commune": transaction.commune}
    last = transaction.connection.execute(query("merge_last"), asked).mappings().first()
    before = {} if last is None else last["summary"].get("corrections", {})
    if json.loads(json.dumps(_corrections(transaction))) != before:
        compare_anew(transaction, None)


def _publish(transaction: Transaction, sheets: pd.DataFrame) -> None:
    rows = sheets.assign(map_set=sheets["map_set"].fillna(""))
    for row in rows.to_dict("records"):
        transaction.connection.execute(
            query("sheet_publish"),
            {**{str(name): value for name, value in row.items()}, "commune": transaction.commune},
        )


def _write_parcels(
    transaction: Transaction, facts: CommuneFacts, parcels: gpd.GeoDataFrame
) -> tuple[int, int, int]:
    current = current_parcels(transaction.connection, facts.code, facts.srid)
    # A parcel whose outline was adopted from a measurement is no longer the sheets' to change.
    adopted = set(current.loc[current["origin"] == "survey", "parcel_uid"])
    wanted = parcels[~parcels["parcel_uid"].isin(adopted)]
    held = current[~current["parcel_uid"].isin(adopted)]
    change = version_change(held, wanted, key="parcel_uid", columns=_COMPARED)
    gone = sorted(set(change.closed) - set(wanted["parcel_uid"]))
    close_parcels(transaction, gone)
    open_parcel_versions(transaction, wanted.iloc[change.opened], srid=facts.srid, origin="merge")
    return len(change.opened), len(change.closed), change.unchanged + len(adopted)


def _write_crosswalk(transaction: Transaction, merged: MergeResult) -> None:
    columns = [*_NUMBER, "parcel_uid", "sheet", "parcel"]
    current = read_table(transaction.connection, "crosswalk_current", commune=transaction.commune)
    walk = merged.crosswalk[~merged.crosswalk["gives_way"]]
    wanted = walk[columns].assign(map_set=walk["map_set"].fillna(""))
    old = {tuple(map(str, row[1:])): row[0] for row in _rows(current, ["crosswalk_id", *columns])}
    new = {tuple(map(str, row)): row for row in _rows(wanted, columns)}
    settled = _numbers_elsewhere(merged)
    ended = [int(old[key]) for key in old.keys() - new.keys() if key[: len(_NUMBER)] not in settled]
    if ended:
        transaction.connection.execute(
            query("crosswalk_close"),
            {"commune": transaction.commune, "ids": ended, "event": transaction.event_id},
        )
    added = sorted(key for key in new.keys() - old.keys() if key[: len(_NUMBER)] not in settled)
    if added:
        rows = pd.DataFrame([new[key] for key in added], columns=columns).assign(
            commune=transaction.commune, opened_by=transaction.event_id
        )
        copy_rows(transaction.connection, "cadastre.crosswalk", list(rows.columns), rows)


def _numbers_elsewhere(merged: MergeResult) -> set[tuple[str, ...]]:
    """Return the old numbers of parcels that were not looked at: what they lead to stands."""
    if merged.examined is None:
        return set()
    parcels = merged.parcels[~merged.parcels["parcel_uid"].isin(merged.examined)]
    numbers = parcels[_NUMBER].assign(map_set=parcels["map_set"].fillna(""))
    return {tuple(map(str, row)) for row in _rows(numbers, _NUMBER)}


def _rows(frame: pd.DataFrame, columns: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[name] for name in columns), strict=True))


def _write_run(desk: Desk, transaction: Transaction, run_id: str, merged: MergeResult) -> None:
    shifts = json.loads(merged.shifts.to_json(orient="records"))
    summary = {
        "parcels": len(merged.parcels),
        "moves": len(merged.moves),
        "rules": _rules(desk),
        "corrections": _corrections(transaction),
    }
    transaction.connection.execute(
        query("merge_run_insert"),
        {
            "run_id": run_id,
            "commune": transaction.commune,
            "summary": json.dumps(summary),
            "shifts": json.dumps(shifts, ensure_ascii=False),
            "event": transaction.event_id,
        },
    )
    if len(merged.moves):
        rows = merged.moves.assign(run_id=run_id, commune=transaction.commune)
        columns = [
            "commune", "run_id", "parcel_uid", "max_move_m", "area_before_m2",
            "area_after_m2", "reason",
        ]  # fmt: skip
        copy_rows(transaction.connection, "cadastre.parcel_move", columns, rows[columns])


def _write_proposals(
    transaction: Transaction, facts: CommuneFacts, run_id: str, merged: MergeResult
) -> None:
    known = read_table(transaction.connection, "proposals_known", commune=facts.code)
    proposals = merged.proposals
    elsewhere = [
        uid
        for uid, uids in zip(known["proposal_id"], known["parcel_uids"], strict=True)
        if merged.examined is not None and not merged.examined.intersection(uids)
    ]
    kept = {
        "commune": facts.code,
        "kept": [str(uid) for uid in proposals["proposal_id"]],
        "elsewhere": elsewhere,
        "moment": "merge",
        "event": transaction.event_id,
    }
    transaction.connection.execute(query("proposals_withdraw"), kept)
    transaction.connection.execute(query("proposals_reopen"), kept)
    new = proposals[~proposals["proposal_id"].isin(set(known["proposal_id"]))]
    if new.empty:
        return
    frame = new.assign(parcel_uids=["{" + ",".join(uids) + "}" for uids in new["parcel_uids"]])
    copy_frame(
        transaction.connection,
        "cadastre.proposal",
        frame,
        srid=facts.srid,
        extra={"commune": facts.code, "run_id": run_id, "opened_by": transaction.event_id},
    )


def _write_identifiers(transaction: Transaction, parcels: gpd.GeoDataFrame) -> tuple[int, int]:
    held = read_table(transaction.connection, "identifiers_held", commune=transaction.commune)
    new = parcels[~parcels["parcel_uid"].isin(set(held["parcel_uid"]))]
    if new.empty:
        return 0, 0
    stored = store_identifiers(transaction, parcel_identifiers(new))
    return stored, len(new) - stored

"""Take a merge back: the parcel map becomes what it was before it.

The register never reopens a version: an undo opens new versions copied from the earlier
ones (origin ``undo``), and the crosswalk follows. Published sheet numbers and stored
identifiers stay, they never change. A merge on which a later certificate, survey adoption,
open dossier or later version rests is not taken back; all of them are named.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cadastre.errors import Conflict
from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.copying import copy_rows, read_frame
from cadastre.store.land_register import (
    CommuneFacts,
    close_parcels,
    lock_subject,
    open_parcel_versions,
    read_commune,
    read_table,
)
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class NoMergeToUndo(Conflict):
    """There is no merge that could be taken back."""

    message_vi = "Không có lần hợp nhất nào có thể hoàn tác."


class MergeInUse(Conflict):
    """Later work rests on this merge; it cannot be taken back."""

    message_vi = "Đã có hồ sơ về sau dựa trên lần hợp nhất này; không thể hoàn tác."


@dataclass(frozen=True)
class UndoOutcome:
    """What taking a merge back changed: versions copied, parcels closed, crosswalk rows."""

    run_id: str
    restored: int
    closed: int
    crosswalk: int
    mismatches_closed: int


def undo_merge(desk: Desk, *, commune: str, run_id: str | None = None) -> UndoOutcome:
    """Take a merge back, by default the latest that still stands.

    Raises
    ------
    NoMergeToUndo
        No merge stands, or ``run_id`` is none of the commune's or was taken back already.
    MergeInUse
        With ``items``: parcel, kind (certificate, dossier, survey, version) and name.
    """
    with desk.transaction("undo_merge", commune=commune) as transaction:
        lock_subject(transaction.connection, "merge", commune)
        facts = read_commune(transaction.connection, commune)
        run, event = _run(transaction, run_id)
        _refuse_if_used(transaction, event)
        restored, closed = _restore(transaction, facts, event)
        crosswalk = _restore_crosswalk(transaction, event)
        flags = transaction.connection.execute(
            query("mismatches_close_of_merge"),
            {"commune": commune, "event": transaction.event_id, "undone": event},
        ).rowcount
        outcome = UndoOutcome(run, restored, closed, crosswalk, int(flags))
        transaction.note(restored=restored, closed=closed, crosswalk=crosswalk, run_id=run)
        states.refresh(transaction.connection, commune, None)
        return outcome


def _run(transaction: Transaction, run_id: str | None) -> tuple[str, int]:
    runs = read_table(transaction.connection, "merge_runs", commune=transaction.commune)
    standing = runs[~runs["undone"].astype(bool)]
    if run_id is not None:
        standing = standing[standing["run_id"] == run_id]
    if standing.empty:
        raise NoMergeToUndo(f"({run_id or transaction.commune})", run_id=run_id)
    return str(standing["run_id"].iloc[0]), int(standing["event_id"].iloc[0])


def _refuse_if_used(transaction: Transaction, event: int) -> None:
    rows = read_table(
        transaction.connection, "undo_hindrances", commune=transaction.commune, event=event
    )
    if rows.empty:
        return
    items = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    more = f" (+{len(items) - 5})" if len(items) > 5 else ""
    vi, en = (
        ", ".join(f"{_HINDRANCES[str(row['kind'])][k]} {row['name']}" for row in items[:5]) + more
        for k in (0, 1)
    )
    raise MergeInUse(en, vi, items=items)


#: What may rest on a merge, in both languages.
_HINDRANCES = {
    "certificate": ("giấy chứng nhận", "certificate"),
    "dossier": ("hồ sơ", "dossier"),
    "survey": ("bản đo", "survey"),
    "version": ("phiên bản thửa", "parcel version"),
}


def _restore(transaction: Transaction, facts: CommuneFacts, event: int) -> tuple[int, int]:
    asked = {"commune": facts.code, "event": event}
    before = read_frame(transaction.connection, query("parcels_before"), asked, srid=facts.srid)
    opened = read_table(transaction.connection, "parcels_opened_by", **asked)
    new = sorted(set(opened["parcel_uid"]) - set(before["parcel_uid"]))
    close_parcels(transaction, new)
    open_parcel_versions(transaction, before, srid=facts.srid, origin="undo")
    return len(before), len(new)


def _restore_crosswalk(transaction: Transaction, event: int) -> int:
    rows = read_table(
        transaction.connection, "crosswalk_of_event", commune=transaction.commune, event=event
    )
    ended = rows[rows["opened"].astype(bool) & rows["in_force"].astype(bool)]
    if len(ended):
        transaction.connection.execute(
            query("crosswalk_close"),
            {
                "commune": transaction.commune,
                "ids": [int(number) for number in ended["crosswalk_id"]],
                "event": transaction.event_id,
            },
        )
    earlier = rows[~rows["opened"].astype(bool)]
    if len(earlier):
        columns = [
            "former_commune", "map_set", "scale", "former_sheet", "former_parcel", "parcel_uid",
            "sheet", "parcel",
        ]  # fmt: skip
        copies: pd.DataFrame = earlier[columns].assign(
            commune=transaction.commune, opened_by=transaction.event_id
        )
        copy_rows(transaction.connection, "cadastre.crosswalk", list(copies.columns), copies)
    return len(ended) + len(earlier)

"""Decide a mismatch, or take the decision back.

``regulation/mismatch.toml`` says which decisions a code knows and which of them clear the
gate of the certificate. A decision is kept with who, when, why and the value it was taken on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from cadastre.errors import Conflict, InputRefused, NotFound
from cadastre.mismatch import Code
from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.mismatch_register import close_decision, lock_mismatch, open_decision
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class MismatchUnknown(NotFound):
    """There is no such mismatch."""

    message_vi = "Không có sai khác này."


class DecisionUnknown(InputRefused):
    """This decision does not exist for this kind of mismatch."""

    message_vi = "Quyết định này không áp dụng cho loại sai khác này."


class MismatchChanged(Conflict):
    """The mismatch has changed since you looked at it; look again and decide."""

    message_vi = "Sai khác đã thay đổi từ khi bạn xem; hãy xem lại rồi quyết định."


class MismatchClosed(Conflict):
    """The mismatch no longer holds; there is nothing to decide."""

    message_vi = "Sai khác không còn nữa, không cần quyết định."


class NothingDecided(Conflict):
    """No decision is in force on this mismatch."""

    message_vi = "Sai khác này chưa có quyết định nào đang có hiệu lực."


#: Decisions that leave the mismatch open: somebody has to go out again.
POSTPONING = ("measure_again",)


@dataclass(frozen=True)
class DecisionResult:
    """State of a mismatch after a decision was taken or undone."""

    mismatch_id: str
    status: str
    decision: str | None
    clears: bool
    row_version: int


def decisions_for(rule: Any) -> list[str]:
    """Return the decisions that a code knows, those that clear the gate first."""
    return [*rule["clears"], *(name for name in POSTPONING if name not in rule["clears"])]


def decide_mismatch(
    desk: Desk,
    *,
    commune: str,
    mismatch_id: str,
    decision: str,
    note: str = "",
    row_version: int | None = None,
) -> DecisionResult:
    """Take a decision on a mismatch; an earlier one is replaced and kept.

    Parameters
    ----------
    row_version : the version that the person saw; refused when it has moved on
    """
    with desk.transaction("decide_mismatch", commune=commune, subject=mismatch_id) as transaction:
        row = _locked(transaction, mismatch_id, row_version)
        if row["status"] == "closed":
            raise MismatchClosed(mismatch_id=mismatch_id)
        rule = desk.regulation.mismatch_rule(row["code"])
        if decision not in decisions_for(rule):
            raise DecisionUnknown(f"({decision}, {row['code']})", field="decision")
        clears = decision in rule["clears"]
        close_decision(transaction, mismatch_id, why="replaced")
        version = open_decision(transaction, row, decision=decision, note=note, clears=clears)
        follow_flag(transaction, row, decision)
        _refresh(transaction, row)
        transaction.note(decision=decision, code=row["code"], note=note)
        return DecisionResult(
            mismatch_id, "decided" if clears else "open", decision, clears, version
        )


def undo_decision(
    desk: Desk, *, commune: str, mismatch_id: str, row_version: int | None = None
) -> DecisionResult:
    """Take the decision in force back; the mismatch is open again."""
    with desk.transaction("undo_decision", commune=commune, subject=mismatch_id) as transaction:
        row = _locked(transaction, mismatch_id, row_version)
        if not close_decision(transaction, mismatch_id, why="undone"):
            raise NothingDecided(mismatch_id=mismatch_id)
        version = open_decision(transaction, row, decision=None, note="", clears=False)
        follow_flag(transaction, row, None)
        _refresh(transaction, row)
        return DecisionResult(mismatch_id, "open", None, False, version)


#: What a decision on the flag of a displaced sheet says of the proposal to set it right.
_SHEET_DECISIONS = {
    "accept_measurement": "accepted",
    "keep_map": "rejected",
    "not_a_mismatch": "rejected",
}


def follow_flag(transaction: Transaction, row: RowMapping, decision: str | None) -> None:
    """Let the proposal of a sheet that the comparison found displaced follow its flag."""
    if row["code"] != Code.SHEET_SHIFT or row["moment"] != "reconcile":
        return
    transaction.connection.execute(
        query("sheet_proposal_decide"),
        {
            "commune": transaction.commune,
            "mismatch_id": str(row["mismatch_id"]),
            "status": _SHEET_DECISIONS.get(decision or "", "open"),
            "event": transaction.event_id,
        },
    )


def _locked(transaction: Transaction, mismatch_id: str, row_version: int | None) -> RowMapping:
    row = lock_mismatch(transaction, mismatch_id)
    if row is None:
        raise MismatchUnknown(f"({mismatch_id})", mismatch_id=mismatch_id)
    if row_version is not None and row["row_version"] != row_version:
        raise MismatchChanged(mismatch_id=mismatch_id, row_version=row["row_version"])
    return row


def _refresh(transaction: Transaction, row: RowMapping) -> None:
    touched = [str(row[name]) for name in ("parcel_uid", "other_parcel_uid") if row[name]]
    if touched:
        states.refresh(transaction.connection, transaction.commune, touched)

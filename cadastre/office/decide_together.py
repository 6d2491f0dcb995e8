"""Decide several mismatches at once where they share a cause, such as a displaced sheet.

One decision, one reason, one event; each mismatch keeps its own decision with the value on
which it was taken and can be taken back alone. Nothing is decided when one of them cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cadastre.errors import InputRefused
from cadastre.office.decide_mismatch import (
    DecisionUnknown,
    MismatchChanged,
    MismatchClosed,
    MismatchUnknown,
    decisions_for,
    follow_flag,
)
from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.mismatch_register import close_decision, lock_mismatch, open_decision
from cadastre.store.transaction import Transaction

MOST = 500


class TooManyTogether(InputRefused):
    """At most 500 mismatches are decided at once."""

    message_vi = "Mỗi lần quyết định chung nhiều nhất 500 sai khác."


class ReasonMissing(InputRefused):
    """A decision on several mismatches needs a reason."""

    message_vi = "Quyết định chung cho nhiều sai khác phải ghi lý do."


@dataclass(frozen=True)
class TogetherResult:
    """How many mismatches got the decision, and whether it clears the gate of each."""

    decided: int
    clearing: int
    decision: str


def decide_together(
    desk: Desk, *, commune: str, seen: Mapping[str, int], decision: str, note: str
) -> TogetherResult:
    """Take one decision on several mismatches, all or none.

    Parameters
    ----------
    seen : mismatch -> the version that the person saw
    note : the reason; needed here

    Raises
    ------
    TooManyTogether, ReasonMissing, MismatchUnknown, MismatchChanged, MismatchClosed,
    DecisionUnknown
        With the mismatch that cannot be decided.
    """
    if not 1 <= len(seen) <= MOST:
        raise TooManyTogether(field="mismatches")
    if not note.strip():
        raise ReasonMissing(field="note")
    with desk.transaction("decide_together", commune=commune) as transaction:
        # In a fixed order: two people who decide overlapping sets wait, they do not deadlock.
        clearing = sum(
            _decide(desk, transaction, mismatch_id, seen[mismatch_id], decision, note)
            for mismatch_id in sorted(seen)
        )
        _refresh(transaction, sorted(seen))
        transaction.note(decision=decision, mismatches=sorted(seen), note=note)
        return TogetherResult(len(seen), clearing, decision)


def _decide(
    desk: Desk, transaction: Transaction, mismatch_id: str, version: int, decision: str, note: str
) -> bool:
    row = lock_mismatch(transaction, mismatch_id)
    if row is None:
        raise MismatchUnknown(f"({mismatch_id})", mismatch_id=mismatch_id)
    if row["row_version"] != version:
        raise MismatchChanged(f"({row['subject']})", mismatch_id=mismatch_id)
    if row["status"] == "closed":
        raise MismatchClosed(f"({row['subject']})", mismatch_id=mismatch_id)
    rule = desk.regulation.mismatch_rule(row["code"])
    if decision not in decisions_for(rule):
        raise DecisionUnknown(f"({decision}, {row['code']})", field="decision")
    clears = decision in rule["clears"]
    close_decision(transaction, mismatch_id, why="replaced")
    open_decision(transaction, row, decision=decision, note=note, clears=clears)
    follow_flag(transaction, row, decision)
    return clears


def _refresh(transaction: Transaction, mismatch_ids: list[str]) -> None:
    rows = [lock_mismatch(transaction, mismatch_id) for mismatch_id in mismatch_ids]
    touched = {
        str(row[name])
        for row in rows
        if row is not None
        for name in ("parcel_uid", "other_parcel_uid")
        if row[name]
    }
    if touched:
        states.refresh(transaction.connection, transaction.commune, sorted(touched))

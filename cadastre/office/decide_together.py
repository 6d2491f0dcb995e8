"""Decide several mismatches at once where they share a cause, such as a displaced sheet.

One decision, one reason, one event; each mismatch keeps its own decision with the value on
which it was taken and can be taken back alone, or with the others. Nothing is decided, and
nothing taken back, when one of them cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping

from cadastre.errors import InputRefused
from cadastre.office.decide_mismatch import (
    DecisionUnknown,
    MismatchChanged,
    MismatchClosed,
    MismatchUnknown,
    NothingDecided,
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
    """How many mismatches got the decision, whether it clears the gate of each, its version now."""

    decided: int
    clearing: int
    decision: str
    versions: Mapping[str, int]


@dataclass(frozen=True)
class UndoneTogether:
    """How many mismatches are open again."""

    undone: int


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
    _check(seen)
    if not note.strip():
        raise ReasonMissing(field="note")
    with desk.transaction("decide_together", commune=commune) as transaction:
        rows = _locked(transaction, seen)
        told = [_decide(desk, transaction, row, decision, note) for row in rows]
        _refresh(transaction, rows)
        transaction.note(decision=decision, mismatches=sorted(seen), note=note)
        versions = {str(row["mismatch_id"]): v for row, (_, v) in zip(rows, told, strict=True)}
        return TogetherResult(len(seen), sum(clears for clears, _ in told), decision, versions)


def undo_together(desk: Desk, *, commune: str, seen: Mapping[str, int]) -> UndoneTogether:
    """Take the decisions in force on several mismatches back, all or none.

    Parameters
    ----------
    seen : mismatch -> the version that the person saw, as the decision returned it

    Raises
    ------
    TooManyTogether, MismatchUnknown, MismatchChanged, NothingDecided
        With the mismatch whose decision cannot be taken back.
    """
    _check(seen)
    with desk.transaction("undo_together", commune=commune) as transaction:
        rows = _locked(transaction, seen)
        for row in rows:
            if not close_decision(transaction, str(row["mismatch_id"]), why="undone"):
                raise NothingDecided(f"({row['subject']})", mismatch_id=str(row["mismatch_id"]))
            open_decision(transaction, row, decision=None, note="", clears=False)
            follow_flag(transaction, row, None)
        _refresh(transaction, rows)
        transaction.note(mismatches=sorted(seen))
        return UndoneTogether(len(seen))


def _check(seen: Mapping[str, int]) -> None:
    if not 1 <= len(seen) <= MOST:
        raise TooManyTogether(field="mismatches")


def _locked(transaction: Transaction, seen: Mapping[str, int]) -> list[RowMapping]:
    """The mismatches, each in the version that was seen."""
    rows = []
    # In a fixed order: two people who decide overlapping sets wait, they do not deadlock.
    for mismatch_id in sorted(seen):
        row = lock_mismatch(transaction, mismatch_id)
        if row is None:
            raise MismatchUnknown(f"({mismatch_id})", mismatch_id=mismatch_id)
        if row["row_version"] != seen[mismatch_id]:
            raise MismatchChanged(f"({row['subject']})", mismatch_id=mismatch_id)
        rows.append(row)
    return rows


def _decide(
    desk: Desk, transaction: Transaction, row: RowMapping, decision: str, note: str
) -> tuple[bool, int]:
    """Decide one; whether that clears its gate, and its version now."""
    mismatch_id = str(row["mismatch_id"])
    if row["status"] == "closed":
        raise MismatchClosed(f"({row['subject']})", mismatch_id=mismatch_id)
    rule = desk.regulation.mismatch_rule(row["code"])
    if decision not in decisions_for(rule):
        raise DecisionUnknown(f"({decision}, {row['code']})", field="decision")
    clears = decision in rule["clears"]
    close_decision(transaction, mismatch_id, why="replaced")
    version = open_decision(transaction, row, decision=decision, note=note, clears=clears)
    follow_flag(transaction, row, decision)
    return clears, version


def _refresh(transaction: Transaction, rows: list[RowMapping]) -> None:
    touched = {
        str(row[name]) for row in rows for name in ("parcel_uid", "other_parcel_uid") if row[name]
    }
    if touched:
        states.refresh(transaction.connection, transaction.commune, sorted(touched))

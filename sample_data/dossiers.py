"""Dossiers of the sample commune, walked through the procedure by the sample accounts.

Every step is taken by the verb that the pages call, at a moment in the past (a posting of
fifteen days cannot be hurried); no gate is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd

from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.desk import Desk
from cadastre.office.issue_certificate import issue_certificate
from cadastre.office.lodge_dossier import LodgedDocument, NewParty, lodge_dossier
from cadastre.office.record_boundary import record_boundary
from cadastre.store.actor import Actor
from cadastre.store.land_register import read_table
from cadastre.store.transaction import reading

Step = tuple[str, str, int, dict[str, Any]]  # role, action, day after lodging, data

_CONFIRMED = {
    "present_use": "house",
    "dispute": "none",
    "stable_use": True,
    "origin": "Sử dụng ổn định từ trước ngày 15/10/1993 (dữ liệu mẫu)",
    "used_since": "1990-01-01",
    "planning": True,
}
_WAY: list[Step] = [
    ("registrar", "accept", 0, {}),
    ("officer", "confirm", 3, _CONFIRMED),
    ("officer", "make_extract", 4, {}),
    ("officer", "open_posting", 5, {}),
    ("officer", "close_posting", 24, {}),
    ("officer", "find_eligible", 25, {"grounds": "Điều 138 Luật Đất đai 2024 (dữ liệu mẫu)"}),
    ("officer", "send_obligation", 25, {}),
    ("officer", "record_notice", 28, {"amount": 1250000, "reference": "TB-MAU-01"}),
    ("registrar", "record_payment", 29, {"amount": 1250000, "reference": "CT-MAU-01"}),
    ("officer", "submit", 30, {}),
    ("chair", "sign", 31, {}),
    ("registrar", "hand_over", 32, {"received_by": "Người nộp (mẫu)", "originals_taken": True}),
    ("registrar", "register", 33, {}),
]
_SUPPLEMENT: Step = (
    "registrar", "request_supplement", 0,
    {"reason": "Bổ sung bản kê khai nguồn gốc sử dụng đất (dữ liệu mẫu)"},
)  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """A dossier of the sample: state of its parcel, days since lodging, steps taken."""

    parcel_state: str
    lodged_days_ago: int
    steps: Sequence[Step]
    documents: Sequence[str] = ("application", "land_paper")


def _until(action: str) -> list[Step]:
    names = [step[1] for step in _WAY]
    return _WAY[: names.index(action) + 1]


_PLANS = [
    _Plan("measured", 60, _WAY),
    _Plan("measured", 58, _WAY),
    _Plan("measured", 45, _until("sign")),
    _Plan("measured", 40, _until("submit")),
    _Plan("measured", 38, _until("submit")),
    _Plan("measured", 30, _until("open_posting")),
    _Plan("measured", 9, _until("open_posting")),
    _Plan("blocking", 12, _until("make_extract")),
    _Plan("clear", 3, _until("accept")),
    _Plan("clear", 1, [_SUPPLEMENT], documents=("application",)),
    _Plan("clear", 0, []),
]


def load_dossiers(desk: Desk, *, commune: str, actors: dict[str, Actor]) -> list[str]:
    """Lodge the sample's dossiers and take each as far as its plan says; return their codes."""
    now = desk.moment()
    free = {
        state: _candidates(desk, commune, state) for state in {plan.parcel_state for plan in _PLANS}
    }
    codes = []
    for plan in _PLANS:
        if not free[plan.parcel_state]:
            continue
        parcel_uid, rows = free[plan.parcel_state].pop(0)
        codes.append(_walk(desk, commune, actors, plan, parcel_uid, rows, now))
    return codes


def _candidates(desk: Desk, commune: str, state: str) -> list[tuple[str, pd.DataFrame]]:
    with reading(desk.engine, desk.actor) as connection:
        rows = read_table(connection, "parcels_with_holders", commune=commune, state=state)
    residential = rows[rows["land_use"].isin(["ONT", "ODT"])]
    return [(str(uid), group) for uid, group in residential.groupby("parcel_uid", sort=False)]


def _walk(
    desk: Desk,
    commune: str,
    actors: dict[str, Actor],
    plan: _Plan,
    parcel_uid: str,
    rows: pd.DataFrame,
    now: datetime,
) -> str:
    lodged = _working_morning(now - timedelta(days=plan.lodged_days_ago))

    def desk_of(role: str, day: int) -> Desk:
        moment = _after_weekend(lodged + timedelta(days=day))
        return replace(desk, actor=actors[role], now=min(moment, now))

    result = lodge_dossier(
        desk_of("registrar", 0),
        commune=commune,
        procedure="first_certificate",
        parcel_uid=parcel_uid,
        parties=[_party(row) for row in rows.to_dict("records")],
        documents=[LodgedDocument(kind) for kind in plan.documents],
    )
    for role, action, day, data in plan.steps:
        at_desk = desk_of(role, day)
        if action == "make_extract":
            _sign_boundary(at_desk, commune, parcel_uid)
        step = issue_certificate if action == "sign" else advance_dossier
        step(at_desk, commune=commune, code=result.code, action=action, data=data)
    return result.code


def _sign_boundary(desk: Desk, commune: str, parcel_uid: str) -> None:
    record_boundary(
        desk,
        commune=commune,
        parcel_uid=parcel_uid,
        confirmed="unchanged",
        neighbours=[{"name": "Các hộ liền kề (mẫu)", "answer": "signed"}],
        signed_on=desk.moment().date(),
        note="Dữ liệu mẫu",
    )


def _party(row: dict[Any, Any]) -> NewParty:
    return NewParty(
        name=row["name"],
        share=Fraction(int(row["share_numerator"]), int(row["share_denominator"])),
        id_number=row["id_number"] if isinstance(row["id_number"], str) else None,
        address=row["address"] if isinstance(row["address"], str) else None,
        party_uid=row["party_uid"],
    )


def _after_weekend(moment: datetime) -> datetime:
    """Return the same hour on the next weekday."""
    return moment + timedelta(days=max(0, 7 - moment.weekday()) if moment.weekday() > 4 else 0)


def _working_morning(moment: datetime) -> datetime:
    """Return nine o'clock of that day in Viet Nam, or of the Friday before a weekend."""
    day = moment - timedelta(days=max(0, moment.weekday() - 4))
    return min(day.astimezone(UTC).replace(hour=2, minute=0, second=0, microsecond=0), moment)

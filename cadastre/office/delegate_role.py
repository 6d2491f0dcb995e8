"""Hand the chairman's signature to another person for some days, by a written decision.

Law on Organisation of Local Government 72/2025/QH15: a chairman may assign a vice-chairman
to sign. Who prepared a dossier cannot sign it, delegated or not; a delegation is not handed
on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cadastre.certificate.context import office_date
from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.store.counter import DelegationUnknown, colleague
from cadastre.store.named import query

ROLE = "chair"


class DelegationRefused(InputRefused):
    """A delegation names another person, runs forward from today, and has a written decision."""

    message_vi = "Ủy quyền phải cho người khác, từ hôm nay trở đi, và có văn bản ủy quyền."


@dataclass(frozen=True)
class DelegationResult:
    """A delegation that was recorded."""

    delegation_id: int
    taken_by: str
    starts_on: date
    ends_on: date


def delegate_role(
    desk: Desk,
    *,
    commune: str,
    taken_by: str,
    starts_on: date,
    ends_on: date,
    reference: str,
    title: str = "PHÓ CHỦ TỊCH",
) -> DelegationResult:
    """Hand the signature to ``taken_by`` from one day to another, both included.

    Raises
    ------
    DelegationRefused, ColleagueUnknown
    """
    today = office_date(desk.moment())
    if not today <= starts_on <= ends_on:
        raise DelegationRefused(f"({starts_on:%d/%m/%Y} - {ends_on:%d/%m/%Y})", field="starts_on")
    if not reference.strip() or not title.strip():
        raise DelegationRefused(field="reference")
    if taken_by == desk.actor.username:
        raise DelegationRefused(f"({taken_by})", field="taken_by")
    with desk.transaction("delegate_role", commune=commune, subject=taken_by) as transaction:
        colleague(transaction.connection, commune, taken_by)
        made = transaction.connection.execute(
            query("delegation_insert"),
            {
                "commune": commune,
                "given_by": desk.actor.username,
                "taken_by": taken_by,
                "role": ROLE,
                "title": title.strip().upper(),
                "reference": reference.strip(),
                "starts_on": starts_on,
                "ends_on": ends_on,
                "event": transaction.event_id,
            },
        ).scalar_one()
        transaction.note(starts_on=starts_on, ends_on=ends_on, reference=reference)
        return DelegationResult(int(made), taken_by, starts_on, ends_on)


def end_delegation(desk: Desk, *, commune: str, delegation_id: int) -> int:
    """End a delegation of one's own today, before its time.

    Raises
    ------
    DelegationUnknown
    """
    with desk.transaction(
        "end_delegation", commune=commune, subject=str(delegation_id)
    ) as transaction:
        ended = transaction.connection.execute(
            query("delegation_end"),
            {
                "commune": commune,
                "delegation_id": delegation_id,
                "given_by": desk.actor.username,
                "ended_on": office_date(desk.moment()),
            },
        ).scalar()
        if ended is None:
            raise DelegationUnknown(f"({delegation_id})", delegation_id=delegation_id)
        return int(ended)

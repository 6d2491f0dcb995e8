"""What the verbs of the procedure share: taking a step under lock, and making its papers.

The verbs open the transaction; everything here works inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cadastre.certificate.certificate_record import certificate_record
from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import ClockReading, working_calendar
from cadastre.certificate.effects import Deed
from cadastre.certificate.paper_case import PaperCase
from cadastre.certificate.paperwork import SIGNED, make_paper
from cadastre.certificate.procedure import Advance, advance
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import paper_case
from cadastre.office.stationery import Stationery
from cadastre.store import states
from cadastre.store.certificates import (
    CertificateUnknown,
    cancel_in_book,
    enter_register,
)
from cadastre.store.counter import lock_delegation
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossier_writing import (
    add_document,
    write_line,
)
from cadastre.store.dossiers import lock_dossier, read_dossier
from cadastre.store.land_register import lock_subject
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

ISSUE = "issue_certificate"


@dataclass(frozen=True)
class StepResult:
    """A dossier after a step: where it is, which version, which papers were made."""

    code: str
    action: str
    from_state: str
    to_state: str
    row_version: int
    papers: tuple[str, ...]
    clock: ClockReading


@dataclass(frozen=True)
class StepTaken:
    """A step decided under lock, with its line of the log, before anything is written."""

    found: DossierFile
    step: Advance
    line: DossierEvent
    now: datetime


def decide_step(
    desk: Desk,
    transaction: Transaction,
    *,
    code: str,
    action: str,
    data: Mapping[str, Any],
    row_version: int | None,
) -> StepTaken:
    """Lock the dossier and pass the action through role and gates."""
    found = lock_dossier(transaction.connection, code, row_version, commune=transaction.commune)
    now = desk.moment()
    calendar = working_calendar(desk.regulation)
    context = found.context(desk.actor, now, calendar)
    step = advance(found.profile, context, action, data, calendar=calendar)
    role, acting = _acting(desk, transaction, found, action)
    line = DossierEvent(
        ordinal=len(found.log) + 1,
        action=action,
        from_state=step.from_state,
        to_state=step.to_state,
        actor=desk.actor.username,
        role=role,
        at=now,
        data={**step.data, **acting},
    )
    return StepTaken(found, step, line, now)


def _acting(
    desk: Desk, transaction: Transaction, found: DossierFile, action: str
) -> tuple[str, dict[str, str]]:
    """Return the role in which the step is taken, and for whom when it is delegated."""
    actor, roles = desk.actor, found.profile.actions[action].roles
    if actor.role in roles:
        return actor.role, {}
    role = next(role for role in sorted(actor.delegated) if role in roles)
    given_by = actor.delegated[role]
    title = lock_delegation(
        transaction, taken_by=actor.username, given_by=given_by, role=role,
        day=office_date(desk.moment()),
    )  # fmt: skip
    return role, {"acting_for": given_by, "acting_title": title}


def write_step(desk: Desk, transaction: Transaction, taken: StepTaken) -> tuple[int, ClockReading]:
    """Write the line of the log and the dossier's new state; return its version and clock."""
    calendar = working_calendar(desk.regulation)
    reading = taken.found.clock(calendar, office_date(taken.now), more=[taken.line])
    return write_line(transaction, taken.found, taken.step, taken.line, reading), reading


def carry_out(desk: Desk, transaction: Transaction, taken: StepTaken, deed: Deed) -> None:
    """Carry out a deed that needs no paper of its own."""
    one = {"dossier_uid": taken.found.uid}
    match deed.name:
        case "take_objection":
            transaction.connection.execute(
                query("objection_insert"),
                {
                    **one,
                    **deed.data,
                    "commune": transaction.commune,
                    "made_at": taken.now,
                    "event": transaction.event_id,
                },
            )
        case "answer_objection":
            transaction.connection.execute(
                query("objection_answer"), {**one, **deed.data, "answered_at": taken.now}
            )
        case "enter_register":
            case = paper_case(desk, transaction.connection, taken.found, taken.now)
            enter_outcome(transaction, taken, case)
        case "correct_certificate" | "cancel_certificate":
            change_certificate(desk, transaction, taken, deed)


def change_certificate(desk: Desk, transaction: Transaction, taken: StepTaken, deed: Deed) -> None:
    """Enter a correction of the named certificate, or cancel it; the register says why."""
    named = taken.found.named
    if named is None:
        raise CertificateUnknown(f"({taken.found.code})", dossier=taken.found.code)
    kind = "correction"
    if deed.name == "cancel_certificate":
        kind = "cancellation"
        cancel_in_book(transaction, named["certificate_uid"], named["row_version"])
    enter_register(
        transaction,
        parcel_uid=named["parcel_uid"],
        kind=kind,
        certificate_uid=named["certificate_uid"],
        at=taken.now,
        content={
            "dossier": taken.found.code,
            "number": named["number"],
            "serial": named["serial"],
            **deed.data,
            "entered_by": desk.actor.display_name or desk.actor.username,
            "signed_by": desk.actor.display_name or desk.actor.username,
        },
    )
    states.refresh(transaction.connection, transaction.commune, [named["parcel_uid"]])


def enter_outcome(
    transaction: Transaction,
    taken: StepTaken,
    case: PaperCase,
    certificate_uid: str | None = None,
    **more: Any,
) -> None:
    """Write the outcome on the register page of the parcel, with everything that it says."""
    found = taken.found
    if found.parcel is None:
        return
    enter_register(
        transaction,
        parcel_uid=found.parcel.facts.parcel_uid,
        kind="certificate" if certificate_uid else "registration",
        certificate_uid=certificate_uid,
        at=taken.now,
        content={
            "dossier": found.code,
            "parcel": found.parcel.facts.label,
            "holders": [{"name": p.name, "share": str(p.share)} for p in found.parties],
            "grounds": found.facts.get("eligibility", {}).get("grounds"),
            "entered_by": case.made_by,
            "record": certificate_record(case),
            **more,
        },
    )


def make_papers(
    desk: Desk, transaction: Transaction, taken: StepTaken, kinds: tuple[str, ...]
) -> tuple[str, ...]:
    """Make the papers of a step from the dossier as it stands after it."""
    if kinds:
        after = read_dossier(transaction.connection, taken.found.code)
        case = paper_case(desk, transaction.connection, after, taken.now)
        for kind in kinds:
            issue_paper(desk, transaction, after, kind, case, taken.now)
    return kinds


def issue_paper(
    desk: Desk,
    transaction: Transaction,
    found: DossierFile,
    kind: str,
    case: PaperCase,
    at: datetime,
) -> str:
    """Make a paper, sign it where it is one that bears a signature, and file it."""
    stationery = Stationery(desk.home)
    content = make_paper(kind, case, sample=stationery.sample)
    if kind not in SIGNED:
        return file_paper(desk, transaction, found, kind, content, at)
    if stationery.sample:
        # Its key is made when it is first used.
        lock_subject(transaction.connection, "sample key")
    actor = desk.actor
    content = stationery.sign(
        content, name=actor.display_name or actor.username, reason=f"{kind} {found.code}"
    )
    return file_paper(desk, transaction, found, kind, content, at, signed_by=actor.username)


def file_paper(
    desk: Desk,
    transaction: Transaction,
    found: DossierFile,
    kind: str,
    content: bytes,
    at: datetime,
    *,
    signed_by: str | None = None,
) -> str:
    """Keep a paper that the office made and enter it in the dossier."""
    return add_document(
        transaction,
        found.uid,
        kind=kind,
        title=found.profile.made_papers[kind].title.vi,
        direction="made",
        at=at,
        content=content,
        evidence=desk.evidence,
        name=f"{found.code}-{kind}.pdf",
        signed_by=signed_by,
    )


def refresh_parcel(transaction: Transaction, found: DossierFile) -> None:
    """Have the map show what became of the dossier's parcel."""
    if found.parcel is not None:
        states.refresh(transaction.connection, transaction.commune, [found.parcel.facts.parcel_uid])

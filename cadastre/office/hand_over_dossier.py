"""Hand a dossier's folder from one person to another: its bar code scanned, who, to whom, when.

The control slip (form 06 of TT 03/2025/TT-VPCP) has a line per hand-over; each is judged by
the days of the step that the folder was in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import punctuality, working_calendar
from cadastre.certificate.hand_overs import Journey, arrival
from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.store.counter import colleague
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossiers import lock_dossier
from cadastre.store.named import query


class FolderAlreadyThere(InputRefused):
    """This person has the folder already."""

    message_vi = "Người này đang giữ hồ sơ rồi."


@dataclass(frozen=True)
class HandOverResult:
    """A hand-over that was scanned: who gave, who took, and whether the step was in time."""

    code: str
    given_by: str
    taken_by: str
    from_step: str | None
    to_step: str | None
    due_on: date | None
    outcome: str


def hand_over_dossier(
    desk: Desk, *, commune: str, code: str, taken_by: str | None = None, note: str = ""
) -> HandOverResult:
    """Record that a dossier's folder was handed over.

    Parameters
    ----------
    code : the dossier's code, as its bar code says
    taken_by : who has it now; default the person who scans

    Raises
    ------
    DossierUnknown, ColleagueUnknown, FolderAlreadyThere
    """
    with desk.transaction("hand_over_dossier", commune=commune, subject=code) as transaction:
        found = lock_dossier(transaction.connection, code.strip(), None, commune=commune)
        taker = desk.actor.username
        if taken_by is not None and taken_by != taker:
            taker = str(colleague(transaction.connection, commune, taken_by)["username"])
        giver, step, since = _holder(found)
        if giver == taker:
            raise FolderAlreadyThere(f"({taker})", username=taker)
        done = _judged(desk, found, giver, taker, step, since)
        transaction.connection.execute(
            query("hand_over_insert"),
            {
                "commune": commune,
                "dossier_uid": found.uid,
                "from_step": done.from_step,
                "to_step": done.to_step,
                "given_by": giver,
                "taken_by": taker,
                "scanned_by": desk.actor.username,
                "at": desk.moment(),
                "due_on": done.due_on,
                "outcome": done.outcome,
                "note": note,
                "event": transaction.event_id,
            },
        )
        transaction.note(given_by=giver, taken_by=taker, outcome=done.outcome)
        return done


def _holder(found: DossierFile) -> tuple[str, str | None, DossierEvent]:
    """Who has the folder, the step in which it came to them, and the line it came with."""
    states = found.profile.states
    if not found.hand_overs:
        first = found.log[0]
        return first.actor, states[first.to_state].step, first
    last = found.hand_overs[-1]
    came = arrival(found.profile, found.log, last["to_step"], last["at"])
    return str(last["taken_by"]), last["to_step"], came


def _judged(
    desk: Desk,
    found: DossierFile,
    giver: str,
    taker: str,
    step: str | None,
    since: DossierEvent,
) -> HandOverResult:
    today = office_date(desk.moment())
    here = found.profile.states[str(found.row["state"])].step
    journey = Journey(
        found.profile,
        found.log,
        working_calendar(desk.regulation),
        found.wants_certificate,
        found.commune.mountain,
    )
    due = None if step is None else journey.due(step, since, today=today)
    outcome = "early" if due is None else punctuality(today, due)
    return HandOverResult(found.code, giver, taker, step, here, due, outcome)

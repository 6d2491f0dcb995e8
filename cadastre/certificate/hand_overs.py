"""When a dossier passes from one step to the next, and how each was in time.

The control slip (form 06 of TT 03/2025/TT-VPCP) has a line per hand-over, with the three
outcomes early, on time, overdue; stops of the legal clock are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import (
    Outcome,
    WorkingCalendar,
    phases_of,
    punctuality,
    read_clock,
)
from cadastre.certificate.profile import Profile


@dataclass(frozen=True)
class Journey:
    """A dossier on its way through the steps of its profile."""

    profile: Profile
    log: tuple[DossierEvent, ...]
    calendar: WorkingCalendar
    wants_certificate: bool
    mountain: bool

    def step_days(self, step: str) -> int:
        """Whole working days that a step may take, at least one."""
        limits = self.profile.steps[step]
        days = limits.days if self.wants_certificate else limits.days_notice
        return max(1, math.ceil(days + (limits.mountain_extra if self.mountain else 0)))

    def due(self, step: str, arrived: DossierEvent, *, today: date) -> date:
        """Last working day of a step that began with ``arrived``, stops left out."""
        whole = self.step_days(step)
        here = [line for line in self.log if line.ordinal >= arrived.ordinal]
        phases = phases_of(self.profile, here, self.calendar)
        if not phases or phases[0].clock == "before":
            return self.calendar.add(office_date(arrived.at), whole)
        reading = read_clock(self.calendar, phases, today=today, limits={step: whole})
        return reading.due[step]


@dataclass(frozen=True, slots=True)
class Passage:
    """One change of step: what was left, for what, when, by whom, and how in time."""

    from_step: str
    to_step: str | None
    action: str
    actor: str
    at: datetime
    due_on: date
    outcome: Outcome


def passages(journey: Journey, *, today: date) -> tuple[Passage, ...]:
    """Every change of step of a dossier, in order."""
    states = journey.profile.states
    found = []
    arrived = journey.log[0]
    for line, previous in zip(journey.log[1:], journey.log, strict=False):
        before, after = states[previous.to_state], states[line.to_state]
        if before.step is None or (after.step == before.step and not after.final):
            continue
        due = journey.due(before.step, arrived, today=today)
        found.append(
            Passage(
                from_step=before.step,
                to_step=after.step,
                action=line.action,
                actor=line.actor,
                at=line.at,
                due_on=due,
                outcome=punctuality(office_date(line.at), due),
            )
        )
        arrived = line
    return tuple(found)


def arrival(
    profile: Profile, log: Sequence[DossierEvent], step: str | None, until: datetime
) -> DossierEvent:
    """Return the line with which a dossier last came into a step before a moment."""
    came, inside = log[0], False
    for line in log:
        if line.at > until:
            break
        here = profile.states[line.to_state].step == step
        if here and not inside:
            came = line
        inside = here
    return came


def receivers(
    found: Sequence[Passage], scanned: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any] | None, ...]:
    """Return the scanned receipt of each passage: the first one before the next passage."""
    ends = [passage.at for passage in found[1:]] + [None]
    return tuple(
        next((s for s in scanned if s["at"] >= passage.at and (end is None or s["at"] < end)), None)
        for passage, end in zip(found, ends, strict=True)
    )

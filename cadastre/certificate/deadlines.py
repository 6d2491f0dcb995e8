"""Working days, postings and the legal clock of a dossier, in the office's own time zone.

A period starts on the day after the event that opens it, and an end that falls on a day off
moves to the end of the next working day (Civil Code 91/2015/QH13 Art 147, 148). The clock
does not run during public posting, determination and payment of obligations, handling of
violations and expert assessment (Decree 151/2025/ND-CP Annex I Part V.A.II): a working day
counts when the clock was running as that day began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.profile import Profile
from cadastre.regulation import Regulation

_DAY = timedelta(days=1)
_FOLDER = "calendar/"
_SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """Days off beside the weekends, and the weekend days that are worked in exchange."""

    extra_days_off: frozenset[date] = frozenset()
    extra_working: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether the office works on ``day``.

        >>> calendar = WorkingCalendar(extra_working=frozenset({date(2026, 8, 22)}))
        >>> calendar.is_working(date(2026, 8, 22)), calendar.is_working(date(2026, 9, 2))
        (True, False)
        """
        if day in self.extra_working:
            return True
        if day in self.extra_days_off or day.weekday() >= _SATURDAY:
            return False
        return day not in _legal_holidays(day.year)

    def on_or_after(self, day: date) -> date:
        """``day`` itself when it is worked, otherwise the next working day."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add(self, day: date, working_days: int) -> date:
        """The working day that is ``working_days`` after ``day`` (day 1 is the day after)."""
        for _ in range(working_days):
            day = self.on_or_after(day + _DAY)
        return day

    def between(self, after: date, until: date) -> int:
        """Number of working days in (``after``, ``until``]."""
        span = range(1, (until - after).days + 1)
        return sum(self.is_working(after + timedelta(days=n)) for n in span)

    def posting_end(self, opened_on: date, days: int) -> date:
        """Last day of a posting of calendar ``days``; day 1 is the day after it was opened."""
        return self.on_or_after(opened_on + timedelta(days=days))


@lru_cache(maxsize=64)
def _legal_holidays(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("VN", years=[year]))


def working_calendar(regulation: Regulation) -> WorkingCalendar:
    """Return the calendar in force: legal holidays, overridden by ``calendar/YYYY.toml``."""
    days_off: set[date] = set()
    working: set[date] = set()
    for name, tables in regulation.files.items():
        if name.startswith(_FOLDER):
            days_off.update(_dates(tables, "days_off"))
            working.update(_dates(tables, "working"))
    return WorkingCalendar(frozenset(days_off), frozenset(working))


def _dates(tables: Mapping[str, Any], key: str) -> list[date]:
    return [entry["date"] for entry in tables.get(key, ())]


Outcome = Literal["early", "on_time", "overdue"]


def punctuality(finished_on: date, due_on: date) -> Outcome:
    """How a finished dossier is counted: before, on or after its appointment.

    >>> punctuality(date(2026, 3, 3), date(2026, 3, 4))
    'early'
    """
    if finished_on < due_on:
        return "early"
    return "on_time" if finished_on == due_on else "overdue"


@dataclass(frozen=True, slots=True)
class Phase:
    """What the clock does from a date on: before, run, done, or the name of a stop."""

    since: date
    clock: str


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Where the legal clock stands.

    ``due`` is the date of each appointment: certain while the clock runs, counted as if the
    stop ended now (a posting: on its last day) while it is stopped.
    """

    running: bool
    stopped_by: str | None
    started_on: date | None
    finished_on: date | None
    days_used: int
    days_limit: int
    days_left: int
    due: Mapping[str, date]


def clock_kept(reading: ClockReading) -> dict[str, Any]:
    """Return a reading as it is kept with the dossier after each step.

    The verdict on a finished dossier is final; what is left of an unfinished one holds while
    the clock is stopped, and is counted anew from the due date while it runs.
    """
    last = max(reading.due.values(), default=None)
    finished = reading.finished_on
    return {
        "started_on": reading.started_on,
        "finished_on": finished,
        "stopped_by": reading.stopped_by,
        "running": reading.running,
        "days_used": reading.days_used,
        "days_left": reading.days_left,
        "outcome": None if finished is None else _verdict(reading, finished, last),
    }


def _verdict(reading: ClockReading, finished: date, last: date | None) -> Outcome:
    if reading.started_on is None or last is None:
        return "early"
    return punctuality(finished, last)


def phases_of(
    profile: Profile, log: Sequence[DossierEvent], calendar: WorkingCalendar
) -> list[Phase]:
    """Phases of the clock from a dossier's event log.

    A posting stops the clock for its own days only: an office that closes it late does not
    gain the difference.
    """
    phases: list[Phase] = []
    posted_until: date | None = None
    for line in log:
        if line.from_state == line.to_state:
            continue
        day, clock = office_date(line.at), profile.states[line.to_state].clock
        if posted_until is not None and posted_until < day:
            phases.append(Phase(posted_until, "run"))
        phases.append(Phase(day, clock))
        posted_until = _posted_until(profile, day, clock, calendar)
    if posted_until is not None:
        phases.append(Phase(posted_until, "run"))
    return phases


def _posted_until(
    profile: Profile, day: date, clock: str, calendar: WorkingCalendar
) -> date | None:
    if clock != "posting" or profile.posting is None:
        return None
    return calendar.posting_end(day, profile.posting.days)


def read_clock(
    calendar: WorkingCalendar,
    phases: Sequence[Phase],
    *,
    today: date,
    limits: Mapping[str, int],
) -> ClockReading:
    """Return the reading of a dossier's clock on ``today``.

    Parameters
    ----------
    phases : in order of time; of several on one day the last one rules the next day
    limits : appointment -> working days from the start of the clock

    A phase that begins after ``today`` is the known end of the present stop (the last day of
    a posting): the due dates count from there.
    """
    past = [phase for phase in phases if phase.since <= today]
    ahead = [phase.since for phase in phases if phase.since > today]
    phases, now = past, past[-1].clock if past else "before"
    limit = max(limits.values(), default=0)
    begun = _started(phases)
    finished = next((p.since for p in phases if p.clock == "done"), None)
    if begun is None:
        due = {name: calendar.add(today, days) for name, days in limits.items()}
        return ClockReading(False, None, None, finished, 0, limit, limit, due)
    used = sum(1 for _ in _counted(calendar, phases, begun, finished or today))
    stopped = now if now not in ("before", "run", "done") else None
    resumes = finished or (ahead[0] if ahead else today)
    return ClockReading(
        running=now == "run",
        stopped_by=stopped,
        started_on=begun,
        finished_on=finished,
        days_used=used,
        days_limit=limit,
        days_left=limit - used,
        due={
            name: _due(calendar, phases, begun, days, used, resumes)
            for name, days in limits.items()
        },
    )


def _started(phases: Sequence[Phase]) -> date | None:
    """Day on which the clock last left ``before``: a supplement starts it anew."""
    begun = None
    for phase in phases:
        if phase.clock == "before":
            begun = None
        elif begun is None and phase.clock != "done":
            begun = phase.since
    return begun


def _counted(
    calendar: WorkingCalendar, phases: Sequence[Phase], begun: date, until: date
) -> list[date]:
    days: list[date] = []
    day = begun + _DAY
    while day <= until:
        in_force = [p.clock for p in phases if p.since < day]
        if in_force[-1] == "run" and calendar.is_working(day):
            days.append(day)
        day += _DAY
    return days


def _due(
    calendar: WorkingCalendar,
    phases: Sequence[Phase],
    begun: date,
    days: int,
    used: int,
    resumes: date,
) -> date:
    if used < days:
        return calendar.add(resumes, days - used)
    if days == 0:
        return begun
    return _counted(calendar, phases, begun, resumes)[days - 1]

"""The figures of a commune's counter: logs read here, counted in the certificate room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from cadastre.certificate.deadlines import working_calendar
from cadastre.certificate.figures import (
    OfficeLog,
    Period,
    by_month,
    by_procedure,
    counted,
    verdicts,
)
from cadastre.certificate.figures_steps import (
    by_person,
    by_step,
    lost_to_systems,
    sent_back,
    step_times,
)
from cadastre.certificate.procedure import load_stored
from cadastre.drawing.wording import LEGAL_TIME
from cadastre.regulation import Regulation
from cadastre.store.land_register import read_table
from cadastre.store.named import query

_EARLIEST = date(1990, 1, 1)
_MOMENTS = ("lodged_at", "at")


def office_figures(
    connection: Connection, communes: Sequence[str], period: Period, regulation: Regulation
) -> dict[str, Any]:
    """Return the figures of a period as of its last day.

    Keys: totals, dossiers (by procedure), months, steps, persons, sent_back, systems,
    reappointed, papers, hand_overs, certificates_issued.
    """
    log = office_log(connection, communes, period, regulation)
    judged = verdicts(log, period.until)
    times = step_times(log, period)
    return {
        "totals": counted(judged, period),
        "dossiers": _titled(log, by_procedure(judged, period)),
        "months": by_month(judged, period),
        "steps": by_step(log, judged, period, times),
        "persons": by_person(log, period),
        "sent_back": sent_back(log, period),
        "systems": lost_to_systems(_waits(log), log.table(period.until), period.until),
        "reappointed": _reappointed(log.dossiers),
        "papers": _row(connection, "figures_documents", communes, period),
        "hand_overs": _rows(connection, "figures_hand_overs", communes, period),
        "certificates_issued": _row(connection, "figures_issued", communes, period),
    }


def office_log(
    connection: Connection, communes: Sequence[str], period: Period, regulation: Regulation
) -> OfficeLog:
    """Return the dossiers of a period with their event logs and profiles."""
    asked = _asked(communes, period)
    dossiers = read_table(connection, "figures_dossiers", **asked)
    events = read_table(connection, "figures_events", **asked)
    for frame in (dossiers, events):
        for name in _MOMENTS:
            if name in frame:
                frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    rows = connection.execute(query("figures_profiles"), {"communes": list(communes)})
    return OfficeLog(
        dossiers=dossiers,
        events=events,
        profiles={row.profile_hash: load_stored(row.procedure, row.profile) for row in rows},
        calendar=working_calendar(regulation),
        rules=regulation["office"]["figures"],
    )


def _asked(communes: Sequence[str], period: Period) -> dict[str, Any]:
    first = period.since or _EARLIEST
    return {
        "communes": list(communes),
        "since": _midnight(first),
        "until": _midnight(period.until + timedelta(days=1)),
        "first": first,
        "last": period.until,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LEGAL_TIME).astimezone(UTC)


def _rows(
    connection: Connection, name: str, communes: Sequence[str], period: Period
) -> list[dict[str, Any]]:
    rows = connection.execute(query(name), _asked(communes, period)).mappings()
    return [dict(row) for row in rows]


def _row(
    connection: Connection, name: str, communes: Sequence[str], period: Period
) -> dict[str, Any]:
    (row,) = _rows(connection, name, communes, period)
    return row


def _titled(log: OfficeLog, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    titles = {profile.name: profile.title for profile in log.profiles.values()}
    return [
        {**row, "title_vi": titles[row["procedure"]].vi, "title_en": titles[row["procedure"]].en}
        for row in rows
    ]


def _waits(log: OfficeLog) -> pd.DataFrame:
    rows = [
        (uid, wait["system"], wait["started_at"], wait.get("ended_at"))
        for uid, waits in zip(log.dossiers["dossier_uid"], log.dossiers["waiting"], strict=True)
        for wait in waits
    ]
    found = pd.DataFrame(rows, columns=["dossier_uid", "system", "started_at", "ended_at"])
    for name in ("started_at", "ended_at"):
        moments = pd.to_datetime(found[name], utc=True, format="ISO8601")
        found[name] = moments.dt.as_unit("us")
    return found


def _reappointed(dossiers: pd.DataFrame) -> dict[str, int]:
    given = [one for one in dossiers["reappointment"] if isinstance(one, dict)]
    return {"dossiers": len(given), "apologies_late": sum(bool(one.get("late")) for one in given)}

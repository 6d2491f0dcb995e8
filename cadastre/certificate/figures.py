"""The figures of the one-stop counter: received, processed, in progress, and how in time.

Everything comes from the event logs, read under the profile with which each dossier was
lodged; lateness is that of the legal clock with its stops (Decree 151/2025/ND-CP Annex I
Part V.A.II), as :func:`cadastre.certificate.deadlines.read_clock` judges one dossier. A
dossier is processed when its clock is done, whatever came out of it. Classes after
TT 03/2025/TT-VPCP: early, on time, overdue; in progress within, near or past the date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from cadastre.certificate.context import office_date
from cadastre.certificate.deadlines import WorkingCalendar
from cadastre.certificate.profile import Profile
from cadastre.certificate.working_time import WorkingTime, working_time
from cadastre.drawing.wording import LEGAL_TIME

OUTCOMES = ("early", "on_time", "overdue")
CLASSES = ("within", "near", "past_due")
_DAY = np.timedelta64(1, "D")
_EVER, _NEVER = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")


@dataclass(frozen=True)
class Period:
    """Days of a report, both included; ``until`` is also the day as of which it speaks."""

    since: date | None
    until: date


@dataclass(frozen=True)
class OfficeLog:
    """Dossiers of a report and their event logs.

    ``dossiers``: dossier_uid, code, procedure, profile_hash, channel, lodged_at, wants,
    mountain. ``events``: dossier_uid, ordinal, action, from_state, to_state, actor, at,
    reason; in the order of dossier and ordinal. ``profiles`` by hash.
    """

    dossiers: pd.DataFrame
    events: pd.DataFrame
    profiles: Mapping[str, Profile]
    calendar: WorkingCalendar
    rules: Mapping[str, Any]

    def table(self, until: date) -> WorkingTime:
        """Return the working time of the days that the log speaks of."""
        days = [until, *(office_date(at) for at in self.dossiers["lodged_at"])]
        # A posting may end, and a report be asked, some weeks after the last event.
        return working_time(
            self.calendar,
            min(days).replace(day=1),
            date(max(days).year + 1, 12, 31),
            hours=self.rules,
        )


def phases_frame(log: OfficeLog, until: date) -> pd.DataFrame:
    """Phases of the clock of every dossier, as :func:`deadlines.phases_of` makes them.

    One row per phase: dossier_uid, since, until (days), at, ended_at (moments), clock, step,
    number (its order in the dossier).
    """
    moved = log.events[log.events["from_state"] != log.events["to_state"]]
    rows = moved.merge(log.dossiers[["dossier_uid", "profile_hash"]], on="dossier_uid")
    rows = rows.merge(_states_frame(log.profiles), on=["profile_hash", "to_state"])
    rows = rows.sort_values(["dossier_uid", "ordinal"], kind="stable")
    rows["since"] = _office_days(rows["at"])
    rows = rows[rows["since"] <= np.datetime64(until, "D")]
    rows = pd.concat([rows, _after_posting(rows, log, until)])
    rows = rows.sort_values(["dossier_uid", "ordinal", "since"], kind="stable")
    own = rows.groupby("dossier_uid", sort=False)
    rows["number"] = own.cumcount()
    following = own[["since", "at"]].shift(-1)
    rows["until"] = following["since"].fillna(pd.Timestamp(until))
    rows["ended_at"] = following["at"]
    names = ["dossier_uid", "since", "until", "at", "ended_at", "clock", "step", "number", "final"]
    return rows[names].reset_index(drop=True)


def _states_frame(profiles: Mapping[str, Profile]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (key, state.name, state.clock, state.step, state.final)
            for key, profile in profiles.items()
            for state in profile.states.values()
        ],
        columns=["profile_hash", "to_state", "clock", "step", "final"],
    )


def _after_posting(rows: pd.DataFrame, log: OfficeLog, until: date) -> pd.DataFrame:
    """The clock runs again after the last day of a posting, closed or not."""
    following = rows.groupby("dossier_uid")["since"].shift(-1).fillna(pd.Timestamp(until))
    posted = rows[rows["clock"] == "posting"].copy()
    if posted.empty:
        return posted
    ends = []
    for opened, key in zip(posted["since"], posted["profile_hash"], strict=True):
        posting = log.profiles[key].posting
        day = opened.date()
        ends.append(day if posting is None else log.calendar.posting_end(day, posting.days))
    posted["since"] = pd.to_datetime(ends)
    posted["at"] = posted["since"].dt.tz_localize(LEGAL_TIME).dt.tz_convert("UTC") + _DAY
    posted["clock"] = "run"
    return posted[posted["since"] < following.loc[posted.index]]


def _office_days(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_convert(LEGAL_TIME).dt.tz_localize(None).dt.normalize()


def verdicts(log: OfficeLog, until: date) -> pd.DataFrame:
    """Return each dossier with the verdict of its clock as of a day.

    Adds lodged_on, finished_on (NaT in progress), days_used, days_limit, outcome (of a
    finished one), class (of one in progress), stopped (the clock does not run now).
    """
    phases, table = phases_frame(log, until), log.table(until)
    own = phases.groupby("dossier_uid")
    done = phases[phases["clock"] == "done"].groupby("dossier_uid")["since"].first()
    last_before = phases[phases["clock"] == "before"].groupby("dossier_uid")["number"].max()
    uid = phases["dossier_uid"]
    counted = phases[
        (phases["clock"] == "run")
        & (phases["number"] > uid.map(last_before).fillna(-1))
        & (phases["since"] < _mapped(uid, done).fillna(_NEVER))
    ]
    spans = table.days(counted["until"]) - table.days(counted["since"])
    used = pd.Series(spans, index=counted["dossier_uid"]).groupby(level=0).sum()
    found = log.dossiers.copy()
    found["lodged_on"] = _office_days(found["lodged_at"])
    found = found[found["lodged_on"] <= np.datetime64(until, "D")]
    key = found["dossier_uid"]
    found["finished_on"] = _mapped(key, done)
    found["days_used"] = key.map(used).fillna(0).astype(int)
    found["days_limit"] = _limits(log, found)
    found["stopped"] = key.map(own["clock"].last()) != "run"
    found["started"] = key.isin(set(counted["dossier_uid"]) | _out_of_before(phases, last_before))
    return _judged(found, table, until, int(log.rules["near_days"]))


def _mapped(key: pd.Series, days: pd.Series) -> pd.Series:
    """Return the day of each dossier, a column of days also when there is none."""
    return pd.Series(pd.to_datetime(days.reindex(key).to_numpy()), index=key.index)


def _out_of_before(phases: pd.DataFrame, last_before: pd.Series) -> set[str]:
    """Dossiers whose clock has left ``before`` for something else than the end."""
    after = phases["number"] > phases["dossier_uid"].map(last_before).fillna(-1)
    return set(phases.loc[after & (phases["clock"] != "done"), "dossier_uid"])


def _limits(log: OfficeLog, found: pd.DataFrame) -> pd.Series:
    kinds = found[["profile_hash", "mountain", "wants"]].drop_duplicates()
    kinds = kinds.assign(
        limit=[
            max(
                log.profiles[str(row.profile_hash)]
                .limits(mountain=bool(row.mountain), wants_certificate=bool(row.wants))
                .values(),
                default=0,
            )
            for row in kinds.itertuples()
        ]
    )
    merged = found.merge(kinds, on=["profile_hash", "mountain", "wants"], how="left")
    return pd.Series(merged["limit"].to_numpy(), index=found.index)


def _judged(found: pd.DataFrame, table: WorkingTime, until: date, near_days: int) -> pd.DataFrame:
    finished = found["finished_on"].notna()
    asked = found["finished_on"].fillna(pd.Timestamp(until))
    left = found["days_limit"] - found["days_used"]
    # On a day off the last working day has passed already.
    past = found["started"] & ((left < 0) | ((left == 0) & ~table.worked(asked)))
    outcome = np.select([past, found["started"] & (left == 0)], ["overdue", "on_time"], "early")
    found["outcome"] = pd.Series(outcome, index=found.index).where(finished)
    kind = np.select([past, found["started"] & (left <= near_days)], ["past_due", "near"], "within")
    found["class"] = pd.Series(kind, index=found.index).where(~finished)
    return found


def counted(found: pd.DataFrame, period: Period) -> dict[str, int]:
    """Return the figures of a set of judged dossiers in a period.

    What was carried over from before plus what was received equals what was processed plus
    what is in progress.
    """
    since = pd.Timestamp(period.since) if period.since else _EVER
    before = found["lodged_on"] < since
    earlier = before & (found["finished_on"] < since)
    here = found[~earlier]
    received = here[here["lodged_on"] >= since]
    processed = here[here["finished_on"].notna()]
    progress = here[here["finished_on"].isna()]
    online = int((received["channel"] == "online").sum())
    post = int((received["channel"] == "post").sum())
    return {
        "carried_over": int((~(here["lodged_on"] >= since)).sum()),
        "received": len(received),
        "received_online": online,
        "received_direct": len(received) - online,
        "received_by_post": post,
        "processed": len(processed),
        **{name: int((processed["outcome"] == name).sum()) for name in OUTCOMES},
        "in_progress": len(progress),
        **{name: int((progress["class"] == name).sum()) for name in CLASSES},
    }


def by_procedure(found: pd.DataFrame, period: Period) -> list[dict[str, Any]]:
    """Return the figures of each procedure."""
    return [
        {"procedure": str(name), **counted(group, period)}
        for name, group in found.groupby("procedure", sort=True)
    ]


def by_month(found: pd.DataFrame, period: Period) -> list[dict[str, Any]]:
    """Return what was received and processed in each month of the period."""
    since = pd.Timestamp(period.since) if period.since else _EVER
    received = found.loc[found["lodged_on"] >= since, "lodged_on"].dt.strftime("%Y-%m")
    ended = found[found["finished_on"] >= since]
    months = ended["finished_on"].dt.strftime("%Y-%m")
    names = sorted(set(received) | set(months))
    return [
        {
            "month": month,
            "received": int((received == month).sum()),
            "processed": int((months == month).sum()),
            **{
                name: int(((months == month) & (ended["outcome"] == name)).sum())
                for name in OUTCOMES
            },
        }
        for month in names
    ]


def moment_of(day: date) -> datetime:
    """Return the last moment of a day at the office."""
    return datetime.combine(day, datetime.max.time(), LEGAL_TIME)

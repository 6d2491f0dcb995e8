"""Where the time goes: per step and person, working against waiting, sent back, why late.

Time is working time in days (office hours of working days). A dossier *waits* while its
legal clock is stopped or has not begun; the rest is work. Time lost to another system is
part of the work and is named besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cadastre.certificate.figures import OfficeLog, Period, moment_of, phases_frame
from cadastre.certificate.working_time import WorkingTime
from cadastre.drawing.wording import LEGAL_TIME

_SHARE = 0.9
_MOST_REASONS = 30


def step_times(log: OfficeLog, period: Period) -> pd.DataFrame:
    """Return the working time of each dossier in each step: worked, waited, ended.

    Columns: dossier_uid, step, worked, waited, open (the dossier is in the step now).
    """
    phases, table = phases_frame(log, period.until), log.table(period.until)
    phases = phases[phases["step"].notna()].copy()
    phases["open"] = phases["ended_at"].isna() & ~phases["final"].astype(bool)
    now = pd.Timestamp(moment_of(period.until)).tz_convert("UTC")
    ended = phases["ended_at"].fillna(now)
    # A report for a day that has not ended speaks of the day, not of this minute.
    spent = np.maximum(table.time(ended) - table.time(phases["at"]), 0.0)
    works = (phases["clock"] == "run").to_numpy()
    phases["worked"], phases["waited"] = np.where(works, spent, 0.0), np.where(works, 0.0, spent)
    # The state after the last step (handed over, clock done) takes no time of the step.
    phases = phases[phases["clock"] != "done"]
    grouped = phases.groupby(["dossier_uid", "step"], as_index=False)
    return grouped.agg(worked=("worked", "sum"), waited=("waited", "sum"), open=("open", "any"))


def by_step(
    log: OfficeLog, judged: pd.DataFrame, period: Period, times: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return for each step of each procedure: median, 90 %, waiting, and how often it was late.

    ``caused`` counts the overdue dossiers for which this step went furthest beyond its days.
    """
    known = ["dossier_uid", "procedure", "profile_hash", "mountain", "wants", "outcome", "class"]
    rows = times.merge(judged[known], on="dossier_uid")
    if rows.empty:
        return []
    rows["limit"] = _step_limits(log, rows)
    rows["over"] = rows["worked"] - rows["limit"]
    late = rows[(rows["outcome"] == "overdue") | (rows["class"] == "past_due")]
    late = late.sort_values("over", ascending=False)
    causes = late.drop_duplicates("dossier_uid").groupby(["procedure", "step"]).size()
    titles = _step_titles(log)
    return [
        _step_row(str(procedure), str(step), group, titles)
        | {"caused": int(causes.get((procedure, step), 0))}
        for (procedure, step), group in rows.groupby(["procedure", "step"], sort=True)
    ]


def _step_row(
    procedure: str, step: str, group: pd.DataFrame, titles: Mapping[tuple[str, str], Any]
) -> dict[str, Any]:
    ended = group[~group["open"]]
    title = titles[procedure, step]
    return {
        "procedure": procedure,
        "step": step,
        "title_vi": title.vi,
        "title_en": title.en,
        "dossiers": len(ended),
        "waiting_now": int(group["open"].sum()),
        "limit": float(group["limit"].max()),
        "median": _quantile(ended["worked"], 0.5),
        "p90": _quantile(ended["worked"], _SHARE),
        "worked": round(float(group["worked"].sum()), 2),
        "waited": round(float(group["waited"].sum()), 2),
        "over_limit": int((ended["worked"] > ended["limit"]).sum()),
    }


def _quantile(values: pd.Series, share: float) -> float | None:
    return None if values.empty else round(float(values.quantile(share)), 2)


def _step_titles(log: OfficeLog) -> dict[tuple[str, str], Any]:
    return {
        (profile.name, step.name): step.title
        for profile in log.profiles.values()
        for step in profile.steps.values()
    }


def _step_limits(log: OfficeLog, rows: pd.DataFrame) -> pd.Series:
    steps = {
        (key, step.name): step
        for key, profile in log.profiles.items()
        for step in profile.steps.values()
    }
    found = [
        (steps[key, step].days if wants else steps[key, step].days_notice)
        + (steps[key, step].mountain_extra if mountain else 0)
        for key, step, wants, mountain in zip(
            rows["profile_hash"], rows["step"], rows["wants"], rows["mountain"], strict=True
        )
    ]
    return pd.Series(found, index=rows.index, dtype=float)


def by_person(log: OfficeLog, period: Period) -> list[dict[str, Any]]:
    """Return for each person: steps taken, dossiers, and the time until a dossier moved on."""
    events, table = log.events, log.table(period.until)
    at = events["at"]
    previous = events.groupby("dossier_uid")["at"].shift(1)
    taken = events.assign(spent=_between(table, previous, at), on=at)
    taken = taken[previous.notna() & (at <= pd.Timestamp(moment_of(period.until)))]
    if period.since:
        taken = taken[taken["at"] >= pd.Timestamp(period.since).tz_localize(LEGAL_TIME)]
    return [
        {
            "person": str(person),
            "steps": len(group),
            "dossiers": int(group["dossier_uid"].nunique()),
            "median": _quantile(group["spent"], 0.5),
            "p90": _quantile(group["spent"], _SHARE),
        }
        for person, group in taken.groupby("actor", sort=True)
    ]


def _between(table: WorkingTime, start: pd.Series, end: pd.Series) -> np.ndarray:
    return np.asarray(table.time(end) - table.time(start.fillna(end)))


def sent_back(log: OfficeLog, period: Period) -> list[dict[str, Any]]:
    """Return how often dossiers were sent back or asked to be completed, and for what."""
    marks = pd.DataFrame(
        [
            (key, action.name, action.title.vi, action.title.en)
            for key, profile in log.profiles.items()
            for action in profile.actions.values()
            if action.sends_back
        ],
        columns=["profile_hash", "action", "title_vi", "title_en"],
    )
    named = log.events.merge(
        log.dossiers[["dossier_uid", "procedure", "profile_hash"]], on="dossier_uid"
    )
    back = named.merge(marks, on=["profile_hash", "action"])
    back = back[back["at"] <= pd.Timestamp(moment_of(period.until))]
    if period.since:
        back = back[back["at"] >= pd.Timestamp(period.since).tz_localize(LEGAL_TIME)]
    return [
        {
            "procedure": str(procedure),
            "action": str(action),
            "title_vi": str(group["title_vi"].iloc[0]),
            "title_en": str(group["title_en"].iloc[0]),
            "times": len(group),
            "dossiers": int(group["dossier_uid"].nunique()),
            "reasons": [
                {"reason": str(reason), "times": int(times)}
                for reason, times in group["reason"].value_counts().head(_MOST_REASONS).items()
            ],
        }
        for (procedure, action), group in back.groupby(["procedure", "action"], sort=True)
    ]


def lost_to_systems(waits: pd.DataFrame, table: WorkingTime, until: date) -> list[dict[str, Any]]:
    """Return the working time that each other system took; the legal clock ran on.

    ``waits``: dossier_uid, system, started_at, ended_at (NaT while it has not answered).
    """
    if waits.empty:
        return []
    now = pd.Timestamp(moment_of(until)).tz_convert("UTC")
    ended = waits["ended_at"].fillna(now)
    ended = ended.where(ended <= now, now)
    spent = np.maximum(table.time(ended) - table.time(waits["started_at"]), 0.0)
    waits = waits.assign(spent=spent)
    return [
        {
            "system": str(system),
            "times": len(group),
            "dossiers": int(group["dossier_uid"].nunique()),
            "open": int(group["ended_at"].isna().sum()),
            "working_days": round(float(group["spent"].sum()), 2),
            "median": _quantile(group["spent"], 0.5),
        }
        for system, group in waits.groupby("system", sort=True)
    ]

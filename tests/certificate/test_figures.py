"""The figures agree with the clock of each single dossier, and add up."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.certificate.context import DossierEvent
from cadastre.certificate.deadlines import phases_of, punctuality, read_clock, working_calendar
from cadastre.certificate.figures import OfficeLog, Period, by_month, counted, verdicts
from cadastre.certificate.figures_steps import (
    by_person,
    by_step,
    lost_to_systems,
    sent_back,
    step_times,
)
from cadastre.certificate.procedure import load_profile
from cadastre.drawing.wording import LEGAL_TIME
from cadastre.regulation import load

PROFILES = {
    name: load_profile(name, load())
    for name in ("first_certificate", "civil_status_extract", "land_use_change")
}
CALENDAR = working_calendar(load())
RULES = load()["office"]["figures"]


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), LEGAL_TIME)


def office_log(walks):
    """Walks: (name of the profile, channel, wants, [(day, action)]), the first is the lodging."""
    dossiers, events, logs = [], [], []
    for number, (name, channel, wants, steps) in enumerate(walks):
        profile = PROFILES[name]
        state, log = None, []
        for ordinal, (moment, action, actor, data) in enumerate(steps, start=1):
            came = state
            state = profile.initial if state is None else profile.actions[action].target_of(state)
            log.append(DossierEvent(ordinal, action, came, state, actor, "officer", moment, data))
        logs.append(log)
        uid = f"d-{number:04d}"
        dossiers.append((uid, uid, name, profile.hash, channel, log[0].at, wants, True, None, []))
        events += [
            (
                uid,
                e.ordinal,
                e.action,
                e.from_state,
                e.to_state,
                e.actor,
                e.at,
                e.data.get("reason"),
            )
            for e in log
        ]
    return logs, frames(dossiers, events)


def frames(dossiers, events):
    heads = pd.DataFrame(
        dossiers,
        columns=[
            "dossier_uid", "code", "procedure", "profile_hash", "channel", "lodged_at", "wants",
            "mountain", "reappointment", "waiting",
        ],
    )  # fmt: skip
    lines = pd.DataFrame(
        events,
        columns=[
            "dossier_uid", "ordinal", "action", "from_state", "to_state", "actor", "at", "reason",
        ],
    )  # fmt: skip
    heads["lodged_at"] = pd.to_datetime(heads["lodged_at"], utc=True)
    lines["at"] = pd.to_datetime(lines["at"], utc=True)
    hashed = {p.hash: p for p in PROFILES.values()}
    return OfficeLog(heads, lines, hashed, CALENDAR, RULES)


@st.composite
def walk(draw):
    name = draw(st.sampled_from(sorted(PROFILES)))
    profile, day = PROFILES[name], date(2026, 1, 5) + timedelta(draw(st.integers(0, 60)))
    steps, state = [(at(day), "lodge", "hoa", {})], profile.initial
    for _ in range(draw(st.integers(0, 14))):
        ways = [a for a in profile.actions.values() if state in a.sources and a.name != "withdraw"]
        if not ways:
            break
        action = draw(st.sampled_from(ways))
        day += timedelta(draw(st.sampled_from([0, 0, 1, 1, 2, 5, 16, 30])))
        state = action.target_of(state)
        steps.append((at(day, draw(st.integers(0, 23))), action.name, "lan", {"reason": "thiếu"}))
    # The days of one dossier go forward.
    moments = sorted(step[0] for step in steps)
    steps = [(moment, *step[1:]) for moment, step in zip(moments, steps, strict=True)]
    channel = draw(st.sampled_from(["counter", "online", "post"]))
    return name, channel, draw(st.booleans()), steps


@given(walks=st.lists(walk(), min_size=0, max_size=6), later=st.integers(0, 120))
@settings(max_examples=60, deadline=None)
def test_each_verdict_is_that_of_the_dossiers_own_clock(walks, later):
    logs, log = office_log(walks)
    until = date(2026, 2, 15) + timedelta(later)
    judged = verdicts(log, until).set_index("dossier_uid")
    for number, ((name, _, wants, _), lines) in enumerate(zip(walks, logs, strict=True)):
        uid = f"d-{number:04d}"
        past = [e for e in lines if e.at.astimezone(LEGAL_TIME).date() <= until]
        if not past:
            assert uid not in judged.index
            continue
        row, profile = judged.loc[uid], PROFILES[name]
        limits = profile.limits(mountain=True, wants_certificate=wants)
        reading = read_clock(
            CALENDAR, phases_of(profile, past, CALENDAR), today=until, limits=limits
        )
        assert (row["days_used"], row["days_limit"]) == (reading.days_used, reading.days_limit)
        due = max(reading.due.values())
        if reading.finished_on is None:
            assert pd.isna(row["finished_on"])
            late = reading.started_on is not None and reading.days_left <= 0 and due < until
            assert (row["class"] == "past_due") == late
        else:
            assert row["finished_on"].date() == reading.finished_on
            begun = reading.started_on is not None
            assert row["outcome"] == (punctuality(reading.finished_on, due) if begun else "early")


@given(walks=st.lists(walk(), max_size=8), first=st.integers(0, 90), length=st.integers(0, 90))
@settings(max_examples=40, deadline=None)
def test_what_came_in_is_what_went_out_and_what_is_left(walks, first, length):
    _, log = office_log(walks)
    period = Period(
        date(2026, 1, 1) + timedelta(first), date(2026, 1, 1) + timedelta(first + length)
    )
    judged = verdicts(log, period.until)
    f = counted(judged, period)
    assert f["carried_over"] + f["received"] == f["processed"] + f["in_progress"]
    assert f["early"] + f["on_time"] + f["overdue"] == f["processed"]
    assert f["within"] + f["near"] + f["past_due"] == f["in_progress"]
    assert f["received_online"] + f["received_direct"] == f["received"]
    assert sum(month["received"] for month in by_month(judged, period)) == f["received"]
    assert sum(month["processed"] for month in by_month(judged, period)) == f["processed"]
    late = int((judged["outcome"] == "overdue").sum() + (judged["class"] == "past_due").sum())
    steps = by_step(log, judged, period, step_times(log, period))
    assert sum(step["caused"] for step in steps) == late


def civil(lodged: datetime, copied: datetime, handed: datetime | None, reason: str = ""):
    steps = [(lodged, "lodge", "hoa", {}), (copied, "make_copy", "lan", {})]
    if handed:
        steps.append((handed, "hand_over", "hoa", {}))
    return "civil_status_extract", "counter", False, steps


def test_times_of_steps_counted_by_hand():
    # Office hours 07:30 to 17:00 are 9.5 hours. Mon 2/3 08:00 to Tue 3/3 08:00 is one day;
    # Mon 2/3 08:00 to 12:45 is half a day; Fri 6/3 12:15 to Mon 9/3 12:15 is one day.
    monday, friday = date(2026, 3, 2), date(2026, 3, 6)
    walks = [
        civil(at(monday, 8), at(monday + timedelta(1), 8), at(monday + timedelta(1), 8)),
        civil(at(monday, 8), at(monday, 8) + timedelta(hours=4.75), None),
        civil(at(friday, 12), at(friday + timedelta(3), 12), at(friday + timedelta(4), 10)),
    ]
    _, log = office_log(walks)
    period = Period(monday, date(2026, 3, 13))
    judged = verdicts(log, period.until)
    rows = {row["step"]: row for row in by_step(log, judged, period, step_times(log, period))}
    assert rows["one_stop"]["median"] == 1.0
    assert rows["one_stop"]["p90"] == 1.0
    assert (rows["one_stop"]["dossiers"], rows["one_stop"]["waiting_now"]) == (3, 0)
    assert (rows["closing"]["dossiers"], rows["closing"]["waiting_now"]) == (2, 1)
    # The third took two working days of one; the second waits in the closing step since 2/3.
    assert judged["outcome"].iloc[0] == "on_time"
    assert counted(judged, period)["overdue"] == 1
    assert counted(judged, period)["past_due"] == 1
    assert (rows["one_stop"]["caused"], rows["closing"]["caused"]) == (1, 1)
    assert {p["person"]: p["steps"] for p in by_person(log, period)} == {"hoa": 2, "lan": 3}


def test_waiting_is_told_from_working_and_reasons_are_counted():
    monday = date(2026, 3, 2)
    steps = [
        (at(monday, 8), "lodge", "hoa", {}),
        (at(monday, 8), "request_supplement", "hoa", {"reason": "Thiếu đơn"}),
        (at(date(2026, 3, 4), 8), "resume_supplement", "hoa", {}),
        (at(date(2026, 3, 4), 8), "accept", "hoa", {}),
    ]
    _, log = office_log([("first_certificate", "online", True, steps)] * 2)
    period = Period(monday, date(2026, 3, 4))
    rows = {
        row["step"]: row
        for row in by_step(log, verdicts(log, period.until), period, step_times(log, period))
    }
    assert (rows["one_stop"]["worked"], rows["one_stop"]["waited"]) == (0.0, 4.0)
    (back,) = sent_back(log, period)
    assert (back["action"], back["times"], back["dossiers"]) == ("request_supplement", 2, 2)
    assert back["reasons"] == [{"reason": "Thiếu đơn", "times": 2}]


def test_time_lost_to_another_system_is_attributed():
    waits = pd.DataFrame(
        [
            ("d-1", "Thuế điện tử", at(date(2026, 3, 2), 8), at(date(2026, 3, 4), 8)),
            ("d-2", "Thuế điện tử", at(date(2026, 3, 3), 8), pd.NaT),
        ],
        columns=["dossier_uid", "system", "started_at", "ended_at"],
    )
    for name in ("started_at", "ended_at"):
        waits[name] = pd.to_datetime(waits[name], utc=True)
    _, log = office_log([civil(at(date(2026, 3, 2)), at(date(2026, 3, 2)), None)])
    (row,) = lost_to_systems(waits, log.table(date(2026, 3, 5)), date(2026, 3, 5))
    assert (row["times"], row["open"], row["dossiers"]) == (2, 1, 2)
    # Until the end of 5/3: 3, 4 and 5/3 less the half hour before 08:00 of the first.
    assert row["working_days"] == pytest.approx(2 + 3 - 0.5 / 9.5, abs=0.01)

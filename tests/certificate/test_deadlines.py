"""The calendar and the clock against periods counted by hand on a wall calendar."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from cadastre.certificate.context import DossierEvent
from cadastre.certificate.deadlines import (
    Phase,
    phases_of,
    punctuality,
    read_clock,
    working_calendar,
)
from cadastre.certificate.procedure import load_profile
from cadastre.drawing.wording import LEGAL_TIME
from cadastre.regulation import load


@pytest.fixture(scope="module")
def calendar():
    return working_calendar(load())


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        # Tet 2026: off from Sat 14 to Sun 22 February (Mon 16 to Fri 20 are the five holidays).
        # From Fri 6/2: 9-13/2 are days 1-5, 23-27/2 days 6-10, 2-6/3 11-15, 9-13/3 16-20,
        # 16-20/3 21-25, Mon 23/3 26, Tue 24/3 27.
        (date(2026, 2, 6), 5, date(2026, 2, 13)),
        (date(2026, 2, 6), 6, date(2026, 2, 23)),
        (date(2026, 2, 6), 27, date(2026, 3, 24)),
        # Hung Kings on Sun 26/4 moves to Mon 27/4; 30/4 and 1/5 are Thu and Fri.
        # From Fri 24/4: Tue 28 day 1, Wed 29 day 2, Mon 4/5 day 3.
        (date(2026, 4, 24), 2, date(2026, 4, 29)),
        (date(2026, 4, 24), 3, date(2026, 5, 4)),
        # 2 September: Mon 31/8 exchanged with Sat 22/8, Tue 1/9 and Wed 2/9 are holidays.
        # From Thu 20/8: Fri 21 day 1, Sat 22 day 2, Mon 24 day 3.
        (date(2026, 8, 20), 2, date(2026, 8, 22)),
        (date(2026, 8, 20), 3, date(2026, 8, 24)),
        (date(2026, 8, 28), 1, date(2026, 9, 3)),
        # New Year 2026: Fri 2/1 exchanged with Sat 10/1.
        (date(2025, 12, 31), 1, date(2026, 1, 5)),
        (date(2026, 1, 9), 1, date(2026, 1, 10)),
        # Day of Vietnamese Culture: Tue 24/11/2026 is off.
        (date(2026, 11, 23), 1, date(2026, 11, 25)),
        # 2 September 2025: Mon 1/9 and Tue 2/9 are off; from Fri 29/8, Wed 3/9 is day 1.
        (date(2025, 8, 29), 1, date(2025, 9, 3)),
        # 2025: Sat 26/4 was worked for Fri 2/5.
        (date(2025, 4, 25), 1, date(2025, 4, 26)),
        (date(2025, 4, 29), 1, date(2025, 5, 5)),
    ],
)
def test_working_days_are_those_of_the_wall_calendar(calendar, start, days, end):
    assert calendar.add(start, days) == end
    assert calendar.between(start, end) == days


@pytest.mark.parametrize(
    ("opened", "last"),
    [
        # Tue 3/2 + 15 = Wed 18/2, inside Tet: moves to Mon 23/2.
        (date(2026, 2, 3), date(2026, 2, 23)),
        # Wed 15/4 + 15 = Thu 30/4: moves over 1/5 and the weekend to Mon 4/5.
        (date(2026, 4, 15), date(2026, 5, 4)),
        # Tue 18/8 + 15 = Wed 2/9: moves to Thu 3/9.
        (date(2026, 8, 18), date(2026, 9, 3)),
        # Mon 2/3 + 15 = Tue 17/3, a working day.
        (date(2026, 3, 2), date(2026, 3, 17)),
    ],
)
def test_a_posting_ends_on_a_working_day(calendar, opened, last):
    assert calendar.posting_end(opened, 15) == last


LIMITS = {"registration": 27, "certificate": 30}


def test_the_clock_does_not_run_before_the_dossier_is_complete(calendar):
    phases = [Phase(date(2026, 3, 2), "before")]
    reading = read_clock(calendar, phases, today=date(2026, 3, 4), limits=LIMITS)
    assert (reading.running, reading.days_used, reading.started_on) == (False, 0, None)


def test_the_posting_stops_the_clock_and_moves_the_appointments(calendar):
    # Accepted Mon 2/3. Posted Mon 9/3: 3, 4, 5, 6, 9/3 have counted (5 days).
    # The posting ends Tue 24/3; closed Wed 25/3: 10 to 25/3 do not count.
    phases = [
        Phase(date(2026, 3, 2), "run"),
        Phase(date(2026, 3, 9), "posting"),
        Phase(date(2026, 3, 25), "run"),
    ]
    reading = read_clock(calendar, phases, today=date(2026, 3, 27), limits=LIMITS)
    # 26 and 27/3 are days 6 and 7.
    assert reading.days_used == 7
    assert reading.days_left == 23
    # Day 27 counted on: 30/3-3/4 8-12, 6-10/4 13-17, 13-17/4 18-22, 20-24/4 23-27.
    assert reading.due["registration"] == date(2026, 4, 24)
    # Days 28 and 29 are 28 and 29/4 (27/4 off), day 30 is Mon 4/5.
    assert reading.due["certificate"] == date(2026, 5, 4)


def test_while_posted_the_due_dates_count_from_the_end_of_the_posting(calendar):
    phases = [
        Phase(date(2026, 3, 2), "run"),
        Phase(date(2026, 3, 9), "posting"),
        Phase(date(2026, 3, 24), "run"),
    ]
    reading = read_clock(calendar, phases, today=date(2026, 3, 12), limits={"registration": 10})
    assert (reading.running, reading.stopped_by, reading.days_used) == (False, "posting", 5)
    # Five days remain after Tue 24/3: 25, 26, 27, 30, 31/3.
    assert reading.due["registration"] == date(2026, 3, 31)


def test_a_posting_closed_late_does_not_stretch_the_clock(calendar):
    profile = load_profile("first_certificate", load())
    steps = [
        ("lodge", None, "lodged", 1),
        ("accept", "lodged", "accepted", 2),
        ("confirm", "accepted", "confirmed", 4),
        ("make_extract", "confirmed", "extract_made", 5),
        ("open_posting", "extract_made", "posted", 9),
        ("answer_objection", "posted", "posted", 27),
        ("close_posting", "posted", "posting_closed", 30),
    ]
    log = [
        DossierEvent(n, action, before, after, "anyone", "officer", noon(day), {})
        for n, (action, before, after, day) in enumerate(steps, start=1)
    ]
    phases = phases_of(profile, log, calendar)
    assert Phase(date(2026, 3, 24), "run") in phases
    reading = read_clock(calendar, phases, today=date(2026, 3, 31), limits=LIMITS)
    # 3, 4, 5, 6, 9/3 before the posting; 25, 26, 27, 30, 31/3 after its last day.
    assert reading.days_used == 10


def noon(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=LEGAL_TIME)


def test_a_late_dossier_keeps_the_date_that_it_missed(calendar):
    phases = [Phase(date(2026, 3, 2), "run")]
    reading = read_clock(calendar, phases, today=date(2026, 3, 20), limits={"result": 3})
    assert reading.due["result"] == date(2026, 3, 5)
    assert reading.days_left == -11


def test_a_supplement_starts_the_clock_anew(calendar):
    phases = [
        Phase(date(2026, 3, 2), "before"),
        Phase(date(2026, 3, 3), "before"),
        Phase(date(2026, 3, 9), "run"),
    ]
    reading = read_clock(calendar, phases, today=date(2026, 3, 10), limits={"result": 3})
    assert (reading.started_on, reading.days_used) == (date(2026, 3, 9), 1)


def test_a_finished_dossier_stops_counting(calendar):
    phases = [Phase(date(2026, 3, 2), "run"), Phase(date(2026, 3, 4), "done")]
    reading = read_clock(calendar, phases, today=date(2026, 3, 31), limits={"result": 3})
    assert (reading.days_used, reading.finished_on) == (2, date(2026, 3, 4))
    assert punctuality(reading.finished_on, reading.due["result"]) == "early"


@pytest.mark.parametrize(
    ("lodged", "opened", "closed", "due"),
    [
        # Over Tet 2026. Complete on Fri 30/1: 2-6/2 are days 1-5 (Tue 3/2 to Fri 6/2 run on as
        # the posting is opened on Fri 6/2). Posted 6/2 to Sat 21/2, which is off: its last day
        # is Mon 23/2; closed on Tue 24/2. Day 6 is Tue 24/2, days 7-9 end Fri 27/2, 10-14 Fri
        # 6/3, 15-19 Fri 13/3, 20-24 Fri 20/3, 25-27 Wed 25/3, 28-30 Mon 30/3.
        (date(2026, 1, 30), date(2026, 2, 6), date(2026, 2, 24), date(2026, 3, 30)),
        # Over 30 April: complete on Mon 13/4, days 1-4 are 14-17/4; posted on Fri 17/4 until
        # Sat 2/5, off: last day Mon 4/5. Day 5 is Tue 5/5, 8 Fri 8/5, 13 Fri 15/5, 18 Fri 22/5,
        # 23 Fri 29/5, 28 Fri 5/6, 30 Tue 9/6.
        (date(2026, 4, 13), date(2026, 4, 17), date(2026, 5, 5), date(2026, 6, 9)),
        # Over 2 September: complete on Mon 17/8, days 1-4 are 18-21/8, day 5 is Sat 22/8
        # (worked for Mon 31/8), day 6 Mon 24/8; posted on Mon 24/8 until Tue 8/9. Day 7 is Wed
        # 9/9, 9 Fri 11/9, 14 Fri 18/9, 19 Fri 25/9, 24 Fri 2/10, 29 Fri 9/10, 30 Mon 12/10.
        (date(2026, 8, 17), date(2026, 8, 24), date(2026, 9, 9), date(2026, 10, 12)),
    ],
)
def test_a_posting_across_the_holidays_by_hand(calendar, lodged, opened, closed, due):
    profile = load_profile("first_certificate", load())
    steps = [
        (lodged, "lodge", None, "lodged"),
        (lodged, "accept", "lodged", "accepted"),
        (opened, "open_posting", "extract_made", "posted"),
        (closed, "close_posting", "posted", "posting_closed"),
    ]
    log = [
        DossierEvent(n, action, before, after, "lan", "officer", _noon(day), {})
        for n, (day, action, before, after) in enumerate(steps, start=1)
    ]
    limits = profile.limits(mountain=True, wants_certificate=True)
    reading = read_clock(calendar, phases_of(profile, log, calendar), today=closed, limits=limits)
    assert reading.due["certificate"] == due


def _noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=LEGAL_TIME)


def test_results_are_counted_three_ways():
    due = date(2026, 3, 5)
    days = [date(2026, 3, 4), due, date(2026, 3, 6)]
    assert [punctuality(day, due) for day in days] == ["early", "on_time", "overdue"]

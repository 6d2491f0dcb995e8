"""The figures that a commune published for its first weeks, replayed through the real workflow.

From 1 July to 14 September 2025: 894 dossiers received (339 online, 555 direct), 701
processed (695 early, 6 on time, none overdue), 193 in progress, 10 first-time certificates.
Every dossier is lodged and moved by the verbs that the pages call, on the days of that
summer; the statistics over HTTP must show exactly these numbers.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import text

from cadastre.certificate.deadlines import working_calendar
from cadastre.crs import to_web_mercator
from cadastre.drawing.wording import LEGAL_TIME
from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.issue_certificate import issue_certificate
from cadastre.office.load_blanks import load_blanks
from cadastre.office.lodge_dossier import LodgedDocument, NewParty, lodge_dossier
from cadastre.regulation import load
from tests.certificate.conftest import COMMUNE, ROAD, SRID, SmallOffice
from tests.serving import serving

pytestmark = pytest.mark.store

FIRST, LAST = date(2025, 7, 1), date(2025, 9, 14)
CALENDAR = working_calendar(load())
RECEIVED, ONLINE, PROCESSED, ON_TIME, CERTIFICATES = 894, 339, 701, 6, 10
#: Dossiers on land: how many are finished, how many go on.
LAND_DONE, LAND_OPEN, FIRST_OPEN = 24, 13, 20
CIVIL_DONE = PROCESSED - CERTIFICATES - LAND_DONE
CIVIL_OPEN = RECEIVED - PROCESSED - LAND_OPEN - FIRST_OPEN
#: More at once would only wait for each other: they are one process.
WORKERS = 2


def working_days(first: date, last: date) -> list[date]:
    span = (first + timedelta(n) for n in range((last - first).days + 1))
    return [day for day in span if CALENDAR.is_working(day)]


@dataclass(frozen=True)
class Task:
    """One dossier of that summer: procedure, when lodged, steps and on which working day."""

    procedure: str
    lodged: date
    steps: tuple[tuple[str, str, int, dict[str, Any]], ...]
    channel: str = "counter"
    parcel: int | None = None


def civil(lodged: date, after: int | None) -> Task:
    steps = () if after is None else (
        ("lan", "make_copy", after, {}),
        ("hoa", "hand_over", after, {"received_by": "Người nộp"}),
    )  # fmt: skip
    return Task("civil_status_extract", lodged, steps)


def change(lodged: date, parcel: int, done: bool) -> Task:
    steps = [("hoa", "accept", 1, {}), ("lan", "submit", 9, {})]
    if done:
        steps += [
            ("chi", "decide", 10, {}),
            ("hoa", "hand_over", 11, {"received_by": "Người nộp"}),
        ]
    return Task("land_use_change", lodged, tuple(steps), parcel=parcel)


def first(lodged: date, parcel: int, until: str) -> Task:
    """Working days of the walk; the posting of 15 calendar days takes 11 or 12 of them."""
    days = {
        "accept": 0, "confirm": 3, "make_extract": 4, "open_posting": 5, "close_posting": 17,
        "find_eligible": 18, "send_obligation": 18, "record_notice": 20, "record_payment": 22,
        "submit": 23, "sign": 24, "hand_over": 25, "register": 26,
    }  # fmt: skip
    steps = [(who, action, days[action], data) for who, action, data in ROAD]
    names = [step[1] for step in steps]
    return Task("first_certificate", lodged, tuple(steps[: names.index(until) + 1]), parcel=parcel)


def tasks() -> list[Task]:
    open_days = working_days(FIRST, LAST)
    early = working_days(FIRST, date(2025, 8, 20))
    found: list[Task] = []
    # 667 copies: six handed over on the day promised, the others on the day they were asked for.
    for number in range(CIVIL_DONE):
        day = early[number % len(early)]
        found.append(civil(day, 1 if number < ON_TIME else 0))
    found += [civil(open_days[-1 - n % 5], None) for n in range(CIVIL_OPEN)]
    parcels = iter(range(200))
    found += [change(early[n % 25], next(parcels), True) for n in range(LAND_DONE)]
    found += [change(open_days[-15 + n % 5], next(parcels), False) for n in range(LAND_OPEN)]
    found += [first(early[n % 12], next(parcels), "register") for n in range(CERTIFICATES)]
    states = ("accept", "confirm", "make_extract", "open_posting")
    found += [
        first(open_days[-14 + n % 6], next(parcels), states[n % 4]) for n in range(FIRST_OPEN)
    ]
    online = [replace(task, channel="online") for task in found[:ONLINE]]
    return online + found[ONLINE:]


class Summer(SmallOffice):
    """The office in the summer of 2025, with a parcel for each dossier on land."""

    def put_land(self, count: int) -> list[str]:
        places = [(570000 + 30 * (n % 20), 1345000 + 30 * (n // 20)) for n in range(count)]
        shapes = [shapely.box(east, north, east + 20, north + 20) for east, north in places]
        uids = [f"30000000-0000-5000-8000-{number:012d}" for number in range(count)]
        self.sql(
            "WITH put AS (INSERT INTO cadastre.parcel (commune, parcel_uid, version, sheet, parcel,"
            " former_commune, former_sheet, former_parcel, scale, land_use, area_m2, geometry,"
            " display, opened_by) SELECT '22609', uid, 1, 98, n::text, '22645', '12', n::text, 500,"
            " 'ONT', ST_Area(g), g, ST_GeomFromWKB(display, 3857), :event FROM (SELECT uid, n,"
            " ST_GeomFromWKB(shape, 9217) AS g, display FROM unnest(CAST(:uids AS uuid[]),"
            " CAST(:shapes AS bytea[]), CAST(:displays AS bytea[])) WITH ORDINALITY"
            " AS t (uid, shape, display, n)) AS given RETURNING parcel_uid, parcel)"
            " INSERT INTO cadastre.parcel_identifier SELECT 'w6jmqe' || lpad(parcel, 6, '0'),"
            " '22609', parcel_uid, 0, 0, :event FROM put",
            uids=uids,
            shapes=list(shapely.to_wkb(shapes)),
            displays=list(shapely.to_wkb(to_web_mercator(shapes, SRID))),
        )  # fmt: skip
        return uids

    def at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), LEGAL_TIME)

    def carry(self, task: Task, uids: list[str]) -> str:
        desk = lambda who, day, hour: self.desk(who, now=self.at(day, hour))  # noqa: E731
        parcel = None if task.parcel is None else uids[task.parcel]
        kinds = {
            "civil_status_extract": ("application",),
            "land_use_change": ("application", "certificate_copy"),
            "first_certificate": ("application", "land_paper"),
        }[task.procedure]
        code = lodge_dossier(
            desk("hoa", task.lodged, 8),
            commune=COMMUNE,
            procedure=task.procedure,
            parcel_uid=parcel,
            channel=task.channel,
            parties=[NewParty("Người Nộp Hồ Sơ")],
            documents=[LodgedDocument(kind) for kind in kinds],
        ).code
        for hour, (who, action, after, data) in enumerate(task.steps, start=9):
            day = CALENDAR.add(task.lodged, after)
            verb = issue_certificate if action == "sign" else advance_dossier
            verb(
                desk(who, day, min(hour, 16)), commune=COMMUNE, code=code, action=action, data=data
            )
        return code


@pytest.mark.timeout(900)
def test_the_published_figures_come_out_of_the_real_workflow(staffed_database: Any) -> None:
    office = Summer(staffed_database)
    office.now = office.at(FIRST, 8)
    plan = tasks()
    uids = office.put_land(sum(task.parcel is not None for task in plan))
    for uid in uids:
        office.sign_boundary(uid)
    load_blanks(office.desk("hoa"), commune=COMMUNE, letters="AA", first=1, count=20)
    assert len(plan) == RECEIVED
    with ThreadPoolExecutor(WORKERS) as pool:
        codes = list(pool.map(lambda task: office.carry(task, uids), plan))
    assert len(set(codes)) == RECEIVED
    evening = office.at(LAST, 18)
    with serving(staffed_database.home, clock=lambda: evening) as served:
        answer = served.signed_in("manager").get(
            "/api/v1/statistics", params={"since": FIRST.isoformat(), "until": LAST.isoformat()}
        )
    assert answer.status_code == 200, answer.text
    figures = answer.json()
    totals = figures["totals"]
    assert totals | {"within": 0, "near": 0} == {
        "carried_over": 0,
        "received": 894,
        "received_online": 339,
        "received_direct": 555,
        "received_by_post": 0,
        "processed": 701,
        "early": 695,
        "on_time": 6,
        "overdue": 0,
        "in_progress": 193,
        "within": 0,
        "near": 0,
        "past_due": totals["past_due"],
    }
    assert totals["within"] + totals["near"] + totals["past_due"] == 193
    assert figures["certificates_issued"] == {"first": 10, "reissued": 0, "cancelled_since": 0}
    assert {row["procedure"]: row["received"] for row in figures["dossiers"]} == {
        "civil_status_extract": CIVIL_DONE + CIVIL_OPEN,
        "first_certificate": CERTIFICATES + FIRST_OPEN,
        "land_use_change": LAND_DONE + LAND_OPEN,
    }
    assert sum(month["received"] for month in figures["months"]) == 894
    with office.database.engine.connect() as connection:
        serials = connection.execute(text("SELECT count(*) FROM cadastre.certificate")).scalar()
    assert serials == 10

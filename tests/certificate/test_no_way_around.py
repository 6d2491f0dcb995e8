"""No sequence of steps by any mix of people reaches a certificate around a gate.

A dossier lives in memory: people of every role take any step at any time, mismatches open
and are decided, objections come, days pass. Whatever happens, an issued certificate had no
open blocking mismatch, a met obligation, a finished posting and two pairs of eyes; and the
log replays to the state.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import currently_in_test_context, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cadastre.certificate.context import (
    Boundary,
    DossierContext,
    DossierEvent,
    Objection,
    OpenMismatch,
    ParcelFacts,
    office_date,
)
from cadastre.certificate.deadlines import phases_of, read_clock, working_calendar
from cadastre.certificate.procedure import (
    DataRefused,
    GateRefused,
    advance,
    available,
    load_profile,
    preparers,
    replay,
)
from cadastre.errors import CadastreError
from cadastre.regulation import load

PROFILE = load_profile("first_certificate", load())
CALENDAR = working_calendar(load())
PEOPLE = [
    ("lan", "officer"),
    ("minh", "officer"),
    ("hoa", "registrar"),
    ("chi", "chair"),
    # One person with two accounts' worth of roles: the rule is about the person.
    ("lan", "chair"),
    ("tuan", "surveyor"),
]
#: The road that leads to a certificate, so that long walks are not all withdrawn.
ROAD = [
    "accept", "confirm", "make_extract", "open_posting", "close_posting", "find_eligible",
    "send_obligation", "record_notice", "record_payment", "submit", "sign", "hand_over",
]  # fmt: skip
#: Every step but those that simply end the dossier.
LIVELY = sorted(set(PROFILE.actions) - {"withdraw", "refuse", "prepare_notice"})
GOOD = {
    "present_use": "house",
    "dispute": "none",
    "stable_use": True,
    "origin": "sử dụng từ 1990",
    "planning": True,
    "grounds": "Điều 138",
    "amount": 1000,
    "reference": "12/TB",
    "reason": "lý do",
    "received_by": "Nguyễn Văn An",
    "originals_taken": True,
    "made_by": "Ông Ba",
    "text": "lấn đất",
    "answer": "đã kiểm tra",
    "system": "Thuế điện tử",
    "new_on": "2026-12-31",
}


class Office(RuleBasedStateMachine):
    """One dossier and everything around it."""

    @initialize(wants=st.sampled_from([True, True, True, False]), halves=st.booleans())
    def lodge(self, wants, halves):
        self.now = datetime(2026, 1, 12, 2, tzinfo=UTC)
        self.state = PROFILE.initial
        self.facts = {"wants_certificate": wants}
        self.mismatches: dict[int, OpenMismatch] = {}
        self.objections: list[Objection] = []
        self.boundary = Boundary("unchanged", date(2026, 1, 9))
        self.shares = (Fraction(1, 2), Fraction(1, 2)) if halves else (Fraction(1),)
        self.log = [DossierEvent(1, "lodge", None, self.state, "hoa", "registrar", self.now, {})]
        self.witness: DossierContext | None = None

    def context(self, who):
        return DossierContext(
            actor=who[0],
            role=who[1],
            now=self.now,
            state=self.state,
            facts=self.facts,
            parcel=ParcelFacts("p", "Tờ 1 thửa 1", "w6jmqe0zh2b9", self.boundary),
            mismatches=tuple(self.mismatches.values()),
            shares=self.shares,
            papers_asked=PROFILE.lodged_papers,
            papers_lodged=frozenset({"application", "land_paper"}),
            objections=tuple(self.objections),
            preparers=preparers(PROFILE, self.log),
        )

    def take(self, who, action, data):
        context = self.context(who)
        try:
            step = advance(PROFILE, context, action, data, calendar=CALENDAR)
        except CadastreError:
            return
        self.log.append(
            DossierEvent(
                len(self.log) + 1, action, step.from_state, step.to_state, *who, self.now, step.data
            )
        )
        self.state, self.facts = step.to_state, {**self.facts, **step.facts}
        for deed in step.deeds:
            self.carry_out(deed, context)

    def carry_out(self, deed, context):
        if deed.name == "take_objection":
            number = len(self.objections) + 1
            self.objections.append(Objection(number, deed.data["made_by"], deed.data["text"]))
        elif deed.name == "answer_objection":
            self.objections = [
                Objection(o.objection_id, o.made_by, o.text, deed.data["answer"])
                if o.objection_id == deed.data["objection_id"]
                else o
                for o in self.objections
            ]
        elif deed.name == "issue_certificate":
            assert self.witness is None, "a second certificate was issued"
            self.witness = context
            if currently_in_test_context():
                event("a certificate was issued")

    @rule(
        who=st.sampled_from(PEOPLE),
        action=st.sampled_from(LIVELY),
        objection=st.integers(0, 4),
    )
    def anybody_takes_any_step(self, who, action, objection):
        asked = {i.name for i in PROFILE.actions[action].inputs}
        data = {key: value for key, value in GOOD.items() if key in asked}
        if "objection_id" in asked:
            data["objection_id"] = str(objection)
        self.take(who, action, data)

    @rule(
        paid=st.sampled_from([1000, 1000, 999]),
        steps=st.integers(1, 8),
        patient=st.booleans(),
        tidy=st.booleans(),
        pick=st.integers(0, 3),
    )
    def the_right_people_take_the_next_steps(self, paid, steps, patient, tidy, pick):
        if tidy:
            self.mismatches.clear()
            self.boundary = Boundary("unchanged", date(2026, 1, 9))
        for _ in range(steps):
            self.now += timedelta(days=25 if patient and self.state == "posted" else 1)
            self.go_on(paid, pick)

    def go_on(self, paid, pick=0):
        ahead = [name for name in ROAD if self.state in PROFILE.actions[name].sources]
        if not ahead:
            return
        action = PROFILE.actions[ahead[-1]]
        able = [person for person in PEOPLE if person[1] in action.roles]
        who = able[pick % len(able)]
        asked = {i.name for i in action.inputs}
        data = {key: value for key, value in GOOD.items() if key in asked}
        if action.name == "record_payment":
            data["amount"] = paid
        self.take(who, action.name, data)

    @rule(number=st.integers(0, 2), severity=st.sampled_from(["blocking", "warning"]))
    def a_mismatch_is_flagged(self, number, severity):
        self.mismatches[number] = OpenMismatch(f"m-{number}", "AREA", severity, "lệch", "off")

    @rule(action=st.sampled_from(["withdraw", "refuse", "prepare_notice"]), sure=st.integers(0, 5))
    def somebody_ends_the_dossier(self, action, sure):
        if sure == 5:
            self.take(("hoa", "registrar"), action, {"reason": "lý do"})

    @rule()
    def every_mismatch_is_decided(self):
        self.mismatches.clear()

    @rule(confirmed=st.sampled_from(["unchanged", "disputed"]), signed=st.booleans())
    def the_boundary_is_recorded(self, confirmed, signed):
        self.boundary = Boundary(confirmed, date(2026, 1, 9) if signed else None)

    @rule(days=st.sampled_from([1, 8, 25]))
    def days_pass(self, days):
        self.now += timedelta(days=days)

    @invariant()
    def the_log_replays_to_the_state(self):
        assert replay(PROFILE, self.log) == self.state

    @invariant()
    def nothing_offered_as_allowed_is_refused_for_a_gate(self):
        who = PEOPLE[len(self.log) % len(PEOPLE)]
        context = self.context(who)
        for view in available(PROFILE, self.state, context):
            if not view.allowed:
                continue
            try:
                advance(PROFILE, context, view.action, {}, calendar=CALENDAR)
            except DataRefused:
                pass
            except GateRefused as refused:
                raise AssertionError(view.action) from refused

    @invariant()
    def the_clock_can_always_be_read(self):
        limits = PROFILE.limits(mountain=True, wants_certificate=True)
        phases = phases_of(PROFILE, self.log, CALENDAR)
        reading = read_clock(CALENDAR, phases, today=office_date(self.now), limits=limits)
        assert reading.days_used + reading.days_left == 30
        assert reading.due["registration"] <= reading.due["certificate"]

    @invariant()
    def a_certificate_was_issued_in_order_only(self):
        if self.witness is None:
            assert self.state not in {"signed", "handed_over", "registered"}
            return
        seen = self.witness
        assert not [m for m in seen.mismatches if m.severity == "blocking"]
        assert seen.facts["obligation"]["outcome"] in {"paid", "exempt", "debt"}
        posting = seen.facts["posting"]
        assert posting["closed_on"] > posting["ends_on"]
        assert seen.parcel.boundary.confirmed != "disputed"
        assert all(o.answer for o in seen.objections)
        (signed,) = [e for e in self.log if e.action == "sign"]
        prepared = {
            e.actor
            for e in self.log
            if PROFILE.actions.get(e.action, None) and PROFILE.actions[e.action].prepares
        }
        assert signed.role == "chair"
        assert signed.actor not in prepared


TestOffice = Office.TestCase
TestOffice.settings = settings(max_examples=12, stateful_step_count=40, deadline=None)


@pytest.mark.slow
class TestOfficeAtLength(Office.TestCase):
    """The same over many more walks."""

    settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


def test_the_road_to_a_certificate_is_open():
    office = Office()
    office.lodge(True, True)
    for _ in range(len(ROAD) + 1):
        office.go_on(1000)
        office.days_pass(25 if office.state == "posted" else 1)
        office.the_log_replays_to_the_state()
    office.a_certificate_was_issued_in_order_only()
    assert office.state == "handed_over"

"""No sequence of steps by any mix of people reaches a certificate around a gate, in PostGIS.

The same promise as that of the walk in memory, through the verbs and the real register:
people of every role, a person with two roles and a deputy under a delegation take any step
at any time; mismatches open and are decided, boundaries are disputed, parcels are measured
anew, objections come, days pass. What is judged is read from the tables, not from the code
that decided.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cadastre.certificate.context import office_date
from cadastre.certificate.procedure import load_profile, replay
from cadastre.crs import to_web_mercator
from cadastre.errors import CadastreError
from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.delegate_role import delegate_role, end_delegation
from cadastre.office.issue_certificate import issue_certificate
from cadastre.regulation import load
from cadastre.store.actor import Actor
from cadastre.store.counter import with_delegations
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import reading
from tests.certificate.conftest import COMMUNE, MONDAY, SRID, SmallOffice
from tests.certificate.test_no_way_around import GOOD, LIVELY, ROAD

pytestmark = pytest.mark.store

PROFILE = load_profile("first_certificate", load())
PEOPLE = [
    Actor("lan", "officer", (COMMUNE,)),
    Actor("hoa", "registrar", (COMMUNE,)),
    Actor("chi", "chair", (COMMUNE,)),
    # The same person, once as officer and once as chairman: the rule is about the person.
    Actor("lan", "chair", (COMMUNE,)),
    # A deputy, with the signature while a delegation lasts; and an officer who may be one too.
    Actor("manager", "manager", (COMMUNE,)),
    Actor("officer", "officer", (COMMUNE,)),
    Actor("surveyor", "surveyor", (COMMUNE,)),
]
SIGN = "sign"


class Register(RuleBasedStateMachine):
    """One dossier on a parcel of its own, in a commune with people at their desks."""

    office: SmallOffice

    @initialize(
        wants=st.sampled_from([True, True, True, False]), walked=st.sampled_from([0, 4, 8, 10])
    )
    def lodge(self, wants, walked):
        self.office.now = MONDAY
        self.parcel = self.office.put_one_more()
        self.office.sign_boundary(self.parcel)
        self.code = self.office.lodge(self.parcel, wants_certificate=wants).code
        self.delegations = []
        self.issued = None
        # Most of what can go wrong comes late: walks begin anywhere on the road.
        self.go_on(walked, 1000, False)

    # People ------------------------------------------------------------------------------------

    @rule(
        who=st.sampled_from(PEOPLE),
        action=st.sampled_from(LIVELY),
        objection=st.integers(0, 3),
    )
    def anybody_takes_any_step(self, who, action, objection):
        self.take(who, action, objection=objection)

    @rule(steps=st.integers(2, 9), paid=st.sampled_from([1000, 1000, 999]), deputy=st.booleans())
    def the_right_people_take_the_next_steps(self, steps, paid, deputy):
        self.go_on(steps, paid, deputy)

    @rule(deputy=st.booleans(), short=st.booleans())
    def everything_is_put_in_order_and_goes_on(self, deputy, short):
        self.every_mismatch_is_decided()
        self.the_boundary_is_recorded("unchanged")
        self.take(PEOPLE[0], "answer_objection", objection=len(self.objections()))
        if deputy:
            self.the_chairman_delegates("manager", 200)
        self.go_on(5 if short else 14, 1000, deputy)

    def go_on(self, steps, paid, deputy):
        for _ in range(steps):
            state = self.state()
            ahead = [name for name in ROAD if state in PROFILE.actions[name].sources]
            if not ahead:
                return
            action = ahead[-1]
            able = [one for one in PEOPLE if one.role in PROFILE.actions[action].roles]
            who = PEOPLE[4] if deputy and action == SIGN else able[0]
            self.office.now += timedelta(days=25 if state == "posted" else 1)
            if not self.take(who, action, amount=paid):
                # Land that is no longer as posted is posted again.
                self.take(PEOPLE[0], "withdraw_posting")

    def objections(self):
        return self.office.sql(
            "SELECT o.objection_id FROM cadastre.objection AS o"
            " JOIN cadastre.dossier AS d USING (dossier_uid) WHERE d.code = :c"
            " ORDER BY o.objection_id",
            c=self.code,
        )

    def take(self, who, action, *, objection=0, amount=1000):
        asked = {one.name for one in PROFILE.actions[action].inputs}
        data = {key: value for key, value in GOOD.items() if key in asked}
        if "objection_id" in asked:
            known = [row.objection_id for row in self.objections()]
            data["objection_id"] = str(known[objection - 1] if objection <= len(known) != 0 else 0)
        if "amount" in asked:
            data["amount"] = amount
        if "new_on" in asked:
            data["new_on"] = (office_date(self.office.now) + timedelta(days=60)).isoformat()
        if who.username == "manager" and action != SIGN:
            return False
        engine = self.office.database.web_engine
        desk = replace(
            self.office.desk("lan"),
            actor=with_delegations(engine, who, office_date(self.office.now)),
        )
        before = self.seen()
        verb = issue_certificate if action == SIGN else advance_dossier
        try:
            done = verb(desk, commune=COMMUNE, code=self.code, action=action, data=data)
        except CadastreError:
            assert self.seen() == before, "a refused step left a trace"
            return False
        if action == SIGN:
            assert self.issued is None, "a second certificate was issued"
            self.issued = done
            self.judge(who, before, desk.actor)
        return True

    # What is read from the tables ----------------------------------------------------------------

    def state(self):
        return self.office.sql("SELECT state FROM cadastre.dossier WHERE code = :c", c=self.code)[
            0
        ].state

    def seen(self):
        (row,) = self.office.sql(
            "SELECT d.state, d.row_version, d.facts,"
            " (SELECT count(*) FROM cadastre.mismatch AS m WHERE m.status = 'open'"
            "   AND m.severity = 'blocking'"
            "   AND CAST(:parcel AS uuid) IN (m.parcel_uid, m.other_parcel_uid)) AS blocking,"
            " (SELECT count(*) FROM cadastre.objection AS o WHERE o.dossier_uid = d.dossier_uid"
            "   AND o.answer IS NULL) AS unanswered,"
            " (SELECT b.confirmed FROM cadastre.boundary_description AS b"
            "   WHERE b.parcel_uid = d.parcel_uid AND b.valid_to IS NULL) AS boundary,"
            " (SELECT p.version FROM cadastre.parcel AS p"
            "   WHERE p.parcel_uid = d.parcel_uid AND p.valid_to IS NULL) AS parcel_version,"
            " (SELECT count(*) FROM cadastre.dossier_event AS e"
            "   WHERE e.dossier_uid = d.dossier_uid) AS lines,"
            " (SELECT count(*) FROM cadastre.dossier_document AS t"
            "   WHERE t.dossier_uid = d.dossier_uid) AS papers,"
            " (SELECT count(*) FROM cadastre.certificate AS c"
            "   WHERE c.dossier_uid = d.dossier_uid) AS certificates,"
            " (SELECT count(*) FROM cadastre.certificate_blank WHERE status = 'free') AS free"
            " FROM cadastre.dossier AS d WHERE d.code = :code",
            parcel=self.parcel, code=self.code,
        )  # fmt: skip
        return row

    def judge(self, who, before, actor):
        """What held at the moment of the signature."""
        assert (before.blocking, before.unanswered) == (0, 0)
        assert before.boundary not in (None, "disputed")
        assert before.facts["obligation"]["outcome"] in {"paid", "exempt", "debt"}
        posting = before.facts["posting"]
        assert posting["closed_on"] > posting["ends_on"]
        assert before.parcel_version == self.posted_version, "signed on land that was not posted"
        lines = self.office.sql(
            "SELECT e.action, e.actor, e.role, e.data FROM cadastre.dossier_event AS e"
            " JOIN cadastre.dossier AS d USING (dossier_uid) WHERE d.code = :c"
            " ORDER BY e.ordinal",
            c=self.code,
        )
        (signed,) = [line for line in lines if line.action == SIGN]
        prepared = {
            line.actor
            for line in lines
            if line.action in PROFILE.actions and PROFILE.actions[line.action].prepares
        }
        assert (signed.actor, signed.role) == (who.username, "chair")
        assert signed.actor not in prepared
        if who.role != "chair":
            assert actor.delegated["chair"] == signed.data["acting_for"] == "chi"
            day = office_date(self.office.now)
            # Walks share the commune: the delegation may be of an earlier one.
            assert self.office.sql(
                "SELECT delegation_id FROM cadastre.delegation WHERE taken_by = :who"
                " AND role = 'chair' AND :day BETWEEN starts_on AND ends_on"
                " AND (ended_on IS NULL OR ended_on > :day)",
                who=who.username, day=day,
            )  # fmt: skip

    @property
    def posted_version(self):
        rows = self.office.sql(
            "SELECT p.version FROM cadastre.dossier_event AS e"
            " JOIN cadastre.dossier AS d USING (dossier_uid)"
            " JOIN cadastre.event AS v ON v.event_id = e.event_id"
            " JOIN cadastre.parcel AS p ON p.parcel_uid = d.parcel_uid"
            "  AND p.valid_from <= v.at AND (p.valid_to IS NULL OR p.valid_to > v.at)"
            " WHERE d.code = :c AND e.action = 'open_posting' ORDER BY e.ordinal",
            c=self.code,
        )
        return rows[-1].version

    # What happens around the dossier -------------------------------------------------------------

    @rule(severity=st.sampled_from(["blocking", "warning"]))
    def a_mismatch_is_flagged(self, severity):
        flagged = self.office.flag(self.parcel)
        if severity != "blocking":
            self.office.sql(
                "UPDATE cadastre.mismatch SET severity = :s WHERE mismatch_id = :m",
                s=severity, m=flagged,
            )  # fmt: skip

    @rule()
    def every_mismatch_is_decided(self):
        self.office.sql(
            "UPDATE cadastre.mismatch SET status = 'closed', closed_by = :event"
            " WHERE parcel_uid = :p AND status = 'open'",
            p=self.parcel,
        )

    @rule(confirmed=st.sampled_from(["unchanged", "unchanged", "disputed"]))
    def the_boundary_is_recorded(self, confirmed):
        self.office.sign_boundary(self.parcel, confirmed=confirmed)

    @precondition(lambda self: self.issued is None)
    @rule()
    def the_parcel_gets_a_new_version(self):
        self.office.new_version(self.parcel)

    @rule(days=st.sampled_from([1, 8, 25]))
    def days_pass(self, days):
        self.office.now += timedelta(days=days)

    @rule(to=st.sampled_from(["manager", "officer"]), days=st.sampled_from([0, 3, 200]))
    def the_chairman_delegates(self, to, days):
        today = office_date(self.office.now)
        made = delegate_role(
            self.office.desk("chi"), commune=COMMUNE, taken_by=to, reference="15/QĐ-UBND",
            starts_on=today, ends_on=today + timedelta(days=days),
        )  # fmt: skip
        self.delegations.append([today, today + timedelta(days=days), False])
        self.last_delegation = made.delegation_id

    @precondition(lambda self: self.delegations and not self.delegations[-1][2])
    @rule()
    def a_delegation_is_ended(self):
        try:
            end_delegation(
                self.office.desk("chi"), commune=COMMUNE, delegation_id=self.last_delegation
            )
        except CadastreError:
            return
        self.delegations[-1][2] = True

    # Always ------------------------------------------------------------------------------------

    @invariant()
    def the_log_replays_to_the_state(self):
        with reading(self.office.database.web_engine, PEOPLE[0]) as connection:
            found = read_dossier(connection, self.code)
        assert replay(found.profile, found.log) == found.row["state"]
        assert [line.ordinal for line in found.log] == list(range(1, len(found.log) + 1))
        assert (found.certificate is None) == (self.issued is None)
        final = {"signed", "handed_over", "registered"}
        assert self.issued is not None or found.row["state"] not in final


class Land(SmallOffice):
    """The small office with as many parcels as dossiers, each by itself."""

    parcels = 0

    def put_one_more(self):
        self.parcels += 1
        uid = f"40000000-0000-5000-8000-{self.parcels:012d}"
        self.shape = shapely.box(0, 0, 20, 20)
        self._put(uid, 1, self._place(uid, 0.0))
        self.sql(
            "INSERT INTO cadastre.parcel_identifier VALUES (:id, '22609', :uid, 0, 0, :event)",
            id=f"w6jmqf{self.parcels:06d}", uid=uid,
        )  # fmt: skip
        return uid

    def new_version(self, uid):
        (row,) = self.sql(
            "SELECT max(version) AS version FROM cadastre.parcel WHERE parcel_uid = :u", u=uid
        )
        self.sql(
            "UPDATE cadastre.parcel SET valid_to = now(), closed_by = :event"
            " WHERE parcel_uid = :u AND valid_to IS NULL",
            u=uid,
        )
        self._put(uid, row.version + 1, self._place(uid, 0.1 * row.version))

    def _place(self, uid, wider):
        number = int(uid[-12:])
        east, north = 571000 + 40 * (number % 50), 1346000 + 40 * (number // 50)
        return shapely.box(east, north, east + 20 + wider, north + 20)

    def _put(self, uid, version, shape):
        self.sql(
            "INSERT INTO cadastre.parcel (commune, parcel_uid, version, sheet, parcel,"
            " former_commune, former_sheet, former_parcel, scale, land_use, area_m2, geometry,"
            " display, opened_by) VALUES ('22609', :uid, :version, 97, :parcel, '22645', '12',"
            " :parcel, 500, 'ONT', :area, ST_GeomFromWKB(:shape, 9217),"
            " ST_GeomFromWKB(:display, 3857), :event)",
            uid=uid, version=version, parcel=str(int(uid[-12:])), area=shape.area,
            shape=shapely.to_wkb(shape),
            display=shapely.to_wkb(to_web_mercator([shape], SRID)[0]),
        )  # fmt: skip


def walk(database, *, examples, steps):
    office = Land(database)
    office.actors["lan"] = replace(office.actors["lan"], role="officer")
    office.blanks(examples * 4)
    machine = type("Walk", (Register,), {"office": office})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            derandomize=True, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return office


def test_no_way_around_a_gate_in_the_register(staffed_database):
    office = walk(staffed_database, examples=10, steps=8)
    (row,) = office.sql("SELECT count(*) AS issued FROM cadastre.certificate")
    print(f"{office.parcels} dossiers, {row.issued} certificates")
    assert row.issued >= 1, "no walk reached a certificate: the test shows nothing"


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_no_way_around_a_gate_over_many_walks(staffed_database):
    office = walk(staffed_database, examples=120, steps=40)
    (row,) = office.sql("SELECT count(*) AS issued FROM cadastre.certificate")
    assert row.issued >= 10


def test_the_road_in_the_register_is_open(staffed_database):
    office = Land(staffed_database)
    office.blanks(2)
    walk = type("Walk", (Register,), {"office": office})()
    walk.lodge(True, len(ROAD))
    assert walk.state() == "handed_over"

"""Each gate answers with the list of what is unmet, and with nothing once it is met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from cadastre.certificate.context import (
    Boundary,
    DossierContext,
    NamedCertificate,
    Objection,
    OpenMismatch,
    ParcelFacts,
)
from cadastre.certificate.gates import GATES
from cadastre.certificate.procedure import load_profile
from cadastre.regulation import load

SIGNED = Boundary("unchanged", date(2026, 3, 1), (("Nguyễn Văn An", "signed"),))
PARCEL = ParcelFacts("p-1", "Tờ 98 thửa 34", "w6jmqe0zh2b9", SIGNED)
FACTS = {
    "wants_certificate": True,
    "confirmations": {"dispute": "none"},
    "posting": {"ends_on": "2026-03-17", "closed_on": "2026-03-18"},
    "obligation": {"outcome": "paid"},
    "waiting": [{"system": "Thuế điện tử", "started_at": "2026-03-19T02:00:00+00:00"}],
}
CERTIFICATE = NamedCertificate("CN 00001", "AA 00000001", "in_force", "p-1")
READY = DossierContext(
    actor="chair",
    role="chair",
    now=datetime(2026, 3, 20, 3, tzinfo=UTC),
    state="submitted",
    facts=FACTS,
    parcel=PARCEL,
    shares=(Fraction(1, 3), Fraction(2, 3)),
    papers_asked=load_profile("first_certificate", load()).lodged_papers,
    papers_lodged=frozenset({"application", "land_paper"}),
    preparers=frozenset({"officer"}),
    certificate=CERTIFICATE,
)


def without(*names):
    return {key: value for key, value in FACTS.items() if key not in names}


def bounded(boundary):
    return replace(PARCEL, boundary=boundary)


def test_a_dossier_in_order_meets_every_gate():
    assert {name: gate(READY) for name, gate in GATES.items() if gate(READY)} == {}


@pytest.mark.parametrize(
    ("gate", "changes", "items"),
    [
        ("documents_complete", {"papers_lodged": frozenset({"land_paper"})}, ("application",)),
        (
            "documents_complete",
            {"papers_lodged": frozenset({"application"})},
            ("land_paper", "origin_declaration"),
        ),
        ("parcel_on_map", {"parcel": None}, ()),
        ("parcel_identified", {"parcel": replace(PARCEL, identifier=None)}, ("p-1",)),
        (
            "mismatches_decided",
            {"mismatches": (OpenMismatch("m-7", "AREA", "blocking", "Lệch", "Off"),)},
            ("m-7",),
        ),
        ("boundary_signed", {"parcel": bounded(None)}, ()),
        ("boundary_signed", {"parcel": bounded(Boundary("unchanged", None))}, ()),
        ("boundary_signed", {"parcel": bounded(Boundary("disputed", date(2026, 3, 1)))}, ()),
        (
            "boundary_signed",
            {"parcel": bounded(Boundary("unchanged", date(2026, 3, 1), (("Bà Hoa", "refused"),)))},
            ("Bà Hoa",),
        ),
        ("no_dispute", {"facts": without("confirmations")}, ()),
        ("no_dispute", {"facts": {**FACTS, "confirmations": {"dispute": "open"}}}, ()),
        ("shares_sum_to_one", {"shares": (Fraction(1, 3), Fraction(1, 3))}, ("2/3",)),
        ("shares_sum_to_one", {"shares": ()}, ("0",)),
        ("shares_sum_to_one", {"shares": (Fraction(2), Fraction(-1))}, ("1",)),
        ("only_dossier_of_parcel", {"other_dossiers": ("H32-1",)}, ("H32-1",)),
        ("certificate_wanted", {"facts": without("wants_certificate")}, ()),
        ("posting_complete", {"facts": without("posting")}, ()),
        # The posting ends at midnight of its last day: at 23:30 on that day it still runs.
        (
            "posting_complete",
            {"now": datetime(2026, 3, 17, 16, 30, tzinfo=UTC)},
            ("2026-03-17",),
        ),
        ("posting_closed", {"facts": without("posting")}, ()),
        ("posting_closed", {"facts": {**FACTS, "posting": {"ends_on": "2026-03-17"}}}, ()),
        ("objections_answered", {"objections": (Objection(4, "Ông Ba", "Lấn đất"),)}, ("4",)),
        ("obligation_met", {"facts": without("obligation")}, ()),
        ("four_eyes", {"actor": "officer"}, ("officer",)),
        (
            "not_reappointed",
            {"facts": {"reappointment": {"new_on": "2026-04-01"}}},
            ("2026-04-01",),
        ),
        ("waiting_on_something", {"facts": without("waiting")}, ()),
        (
            "waiting_on_something",
            {"facts": {"waiting": [{"system": "Thuế", "ended_at": "2026-03-19T03:00:00+00:00"}]}},
            (),
        ),
        ("parcel_not_certified", {"in_force": ("AA 00000007",)}, ("AA 00000007",)),
        ("certificate_named", {"certificate": None}, ()),
        (
            "certificate_named",
            {"certificate": replace(CERTIFICATE, status="cancelled")},
            ("AA 00000001",),
        ),
        (
            "certificate_named",
            {"certificate": replace(CERTIFICATE, parcel_uid="p-2")},
            ("AA 00000001",),
        ),
    ],
)
def test_a_gate_names_what_is_unmet(gate, changes, items):
    (unmet,) = GATES[gate](replace(READY, **changes))
    assert unmet.gate == gate
    assert unmet.items == items
    assert unmet.message_vi
    assert unmet.message_en


def test_only_blocking_mismatches_hold_and_each_is_named():
    found = tuple(
        OpenMismatch(f"m-{n}", code, severity, f"vi {n}", f"en {n}")
        for n, (code, severity) in enumerate(
            [("AREA", "blocking"), ("SHAPE", "warning"), ("OVERLAP_MAP", "blocking")]
        )
    )
    unmet = GATES["mismatches_decided"](replace(READY, mismatches=found))
    assert [item.items for item in unmet] == [("m-0",), ("m-2",)]
    assert "OVERLAP_MAP" in unmet[1].message_vi


def test_the_posting_is_complete_just_after_midnight_of_its_last_day():
    after = replace(READY, now=datetime(2026, 3, 17, 17, 1, tzinfo=UTC))
    assert GATES["posting_complete"](after) == []


def test_an_answered_objection_holds_nothing():
    answered = replace(READY, objections=(Objection(4, "Ông Ba", "Lấn đất", "Không lấn"),))
    assert GATES["objections_answered"](answered) == []

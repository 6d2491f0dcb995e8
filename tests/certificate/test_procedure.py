"""Profiles: what loading proves, what an overlay may change, what a log replays to."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import UTC, datetime

import pytest

from cadastre.certificate.context import DossierContext, DossierEvent
from cadastre.certificate.deadlines import working_calendar
from cadastre.certificate.procedure import (
    ActionImpossible,
    DataRefused,
    LogBroken,
    RoleRefused,
    advance,
    available,
    load_all,
    load_profile,
    load_stored,
    replay,
)
from cadastre.certificate.profile import ProcedureUnknown, ProfileRefused
from cadastre.regulation import Regulation, load

PROVINCIAL = """
title_vi = "Đăng ký đất đai lần đầu (quy trình của tỉnh)"
title_en = "First registration, as a province orders it"
source = "a province's decision"
needs_parcel = true
[[appointments]]
name = "whole"
title_vi = "Kết quả"
title_en = "Result"
days = 12
[[steps]]
name = "desk"
title_vi = "Một bàn"
title_en = "One desk"
days = 12
[states.received]
title_vi = "Đã nhận"
title_en = "Received"
initial = true
step = "desk"
clock = "run"
[states.finished]
title_vi = "Xong"
title_en = "Finished"
final = true
clock = "done"
[actions.finish]
title_vi = "Kết thúc"
title_en = "Finish"
from = ["received"]
to = "finished"
roles = ["officer"]
gates = ["mismatches_decided"]
"""


def profile_with(**changes):
    tables = deepcopy(tomllib.loads(PROVINCIAL))
    for path, value in changes.items():
        *parents, last = path.split("__")
        table = tables
        for parent in parents:
            table = table[parent]
        table[last] = value
    return load_profile("made_up", Regulation({"procedures/made_up": tables}))


def context(state="received", role="officer", actor="lan", **facts):
    now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    return DossierContext(actor=actor, role=role, now=now, state=state, facts=facts)


def line(ordinal, action, before, after):
    at = datetime(2026, 3, ordinal, tzinfo=UTC)
    return DossierEvent(ordinal, action, before, after, "lan", "officer", at, {})


def test_every_shipped_procedure_is_sound():
    assert set(load_all(load())) >= {
        "first_certificate",
        "civil_status_extract",
        "land_use_change",
    }


def test_the_steps_of_the_default_profile_sum_to_the_legal_days():
    profile = load_profile("first_certificate", load())
    assert sum(step.days for step in profile.steps.values()) == 20
    assert sum(step.days_notice for step in profile.steps.values()) == 17
    plain = profile.limits(mountain=False, wants_certificate=True)
    high = profile.limits(mountain=True, wants_certificate=False)
    assert plain == {"registration": 17, "certificate": 20}
    assert high == {"registration": 27}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"actions__finish__to": "nowhere"}, "nowhere"),
        ({"actions__finish__gates": ["wishes_granted"]}, "wishes_granted"),
        ({"actions__finish__effects": ["grant_wishes"]}, "grant_wishes"),
        ({"actions__finish__makes": ["poem"]}, "poem"),
        ({"states__received__clock": "sleeping"}, "sleeping"),
        ({"states__received__step": "attic"}, "attic"),
        ({"states__received__initial": False}, "initial"),
        ({"states__finished__final": False}, "no outgoing"),
        (
            {
                "states__island": {
                    "title_vi": "Đảo",
                    "title_en": "Island",
                    "clock": "done",
                    "final": True,
                }
            },
            "island",
        ),
        ({"states__received": {"title_vi": "x"}}, "missing"),
    ],
)
def test_loading_names_what_is_wrong_with_a_profile(changes, named):
    with pytest.raises(ProfileRefused, match=named):
        profile_with(**changes)


def test_an_unknown_procedure_is_not_found():
    with pytest.raises(ProcedureUnknown):
        load_profile("no_such", load())


def test_a_province_replaces_the_procedure_without_a_change_of_code(tmp_path):
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "first_certificate.toml").write_text(PROVINCIAL, encoding="utf-8")
    overlaid = load(tmp_path)
    profile = load_profile("first_certificate", overlaid)
    assert list(profile.states) == ["received", "finished"]
    assert profile.limits(mountain=True, wants_certificate=True) == {"whole": 12}
    done = advance(profile, context(), "finish", {}, calendar=working_calendar(overlaid))
    assert (done.to_state, done.final) == ("finished", True)
    assert load_profile("first_certificate", load()).hash != profile.hash


def test_the_stored_text_gives_the_same_profile_back():
    profile = load_profile("first_certificate", load())
    assert load_stored(profile.name, profile.text) == profile


def test_a_log_replays_to_its_state_and_a_forged_one_is_refused():
    profile = profile_with()
    log = [line(1, "lodge", None, "received"), line(2, "finish", "received", "finished")]
    assert replay(profile, log) == "finished"
    with pytest.raises(LogBroken):
        replay(profile, [*log, line(3, "finish", "finished", "finished")])
    with pytest.raises(LogBroken):
        replay(profile, [log[0], line(2, "finish", "received", "received")])


def test_steps_are_refused_by_state_role_and_data():
    profile, calendar = load_profile("first_certificate", load()), working_calendar(load())
    with pytest.raises(ActionImpossible):
        advance(profile, context("lodged"), "sign", {}, calendar=calendar)
    with pytest.raises(ActionImpossible):
        advance(profile, context("lodged"), "dance", {}, calendar=calendar)
    with pytest.raises(RoleRefused):
        advance(profile, context("accepted", "surveyor"), "confirm", {}, calendar=calendar)
    data = {"present_use": "castle", "dispute": "none", "used_since": "long ago", "colour": "red"}
    with pytest.raises(DataRefused) as refused:
        advance(profile, context("accepted"), "confirm", data, calendar=calendar)
    assert refused.value.fields == [
        "colour", "present_use", "stable_use", "origin", "used_since", "planning",
    ]  # fmt: skip


def test_a_person_sees_the_steps_ahead_and_what_holds_them():
    profile = load_profile("first_certificate", load())
    views = {
        view.action: view
        for view in available(profile, "posting_closed", context("posting_closed"))
    }
    ahead = {name for name, view in views.items() if not view.stays}
    assert ahead == {
        "find_eligible", "prepare_notice", "reopen_confirmation", "return_dossier", "withdraw",
        "withdraw_posting",
    }  # fmt: skip
    assert set(views) - ahead == {"apologise", "wait_on_system", "end_waiting"}
    held = {item.gate for item in views["find_eligible"].unmet}
    assert {"certificate_wanted", "no_dispute", "shares_sum_to_one", "posting_closed"} <= held
    assert not views["find_eligible"].allowed
    assert views["withdraw"].allowed
    assert all(item.message_vi and item.message_en for item in views["find_eligible"].unmet)

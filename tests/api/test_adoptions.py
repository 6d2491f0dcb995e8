"""Adopting a measurement over HTTP: seen beforehand, agreed, done once, taken back."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.serving import Served
from tests.synthetic import fill_land, fill_measured

pytestmark = pytest.mark.store
API = "/api/v1"
ADOPTION = f"{API}/measured/{uuid.UUID(int=9)}/adoption"


@pytest.fixture
def land(office: Any) -> dict[str, Any]:
    frame = fill_land(office, side=6)
    return {"first": frame.iloc[0]["parcel_uid"], "mismatch": fill_measured(office, frame)}


@pytest.fixture
def officer(land: dict[str, Any], served: Served) -> httpx.Client:
    return served.signed_in("officer")


def _sign(officer: httpx.Client, uid: str, plan: dict[str, Any]) -> None:
    neighbours = [
        {"parcel_uid": f["id"], "answer": "signed"}
        for f in plan["features"]
        if f["properties"]["role"] == "neighbour"
    ]
    answer = officer.post(
        f"{API}/parcels/{uid}/boundary",
        json={"confirmed": "changed", "neighbours": neighbours, "signed_on": "2026-11-01"},
    )
    assert answer.status_code == 201, answer.text


def test_an_adoption_is_seen_signed_done_once_and_taken_back(officer, land):
    seen = officer.get(ADOPTION)
    assert seen.status_code == 200, seen.text
    plan = seen.json()
    gains = {f["id"]: f["properties"]["gain_m2"] for f in plan["features"]}
    assert gains.pop(land["first"]) == pytest.approx(10.0)
    assert sum(gains.values()) == pytest.approx(-10.0, abs=0.6)  # the outer corner has no neighbour
    assert all(f["geometry"]["type"] == "Polygon" for f in plan["features"])
    assert (plan["agreed"], plan["event_id"]) == (False, None)

    refused = officer.post(ADOPTION)
    assert (refused.status_code, refused.json()["code"]) == (409, "neighbour_not_agreed")
    assert "Tờ 7 thửa 2" in refused.json()["detail_vi"]

    _sign(officer, land["first"], plan)
    headers = {"If-Match": seen.headers["ETag"], "Idempotency-Key": "nhan-1"}
    done = officer.post(ADOPTION, headers=headers)
    again = officer.post(ADOPTION, headers=headers)
    assert (done.status_code, again.status_code) == (201, 201)
    assert again.json() == done.json()
    late = officer.post(ADOPTION, headers={"If-Match": seen.headers["ETag"]})
    assert (late.status_code, late.json()["code"]) == (409, "adoption_overtaken")
    parcel = officer.get(f"{API}/parcels/{land['first']}").json()["properties"]
    assert parcel["areas"]["map_m2"] == pytest.approx(110.0)
    assert parcel["history"][0]["verb"] == "adopt_measurement"
    assert officer.get(f"{API}/jobs/{done.json()['job_id']}").json()["kind"] == "reconcile_commune"

    event = officer.get(ADOPTION).json()["event_id"]
    assert event == done.json()["event_id"]
    undone = officer.post(f"{ADOPTION}/undo", json={"event_id": event})
    assert undone.status_code == 200, undone.text
    parcel = officer.get(f"{API}/parcels/{land['first']}").json()["properties"]
    assert parcel["areas"]["map_m2"] == pytest.approx(100.0)
    assert [v["origin"] for v in parcel["history"]] == ["undo", "survey", "merge"]


def test_the_decision_of_an_officer_stands_for_a_missing_signature(officer, land):
    decided = officer.post(
        f"{API}/mismatches/{land['mismatch']}/decisions",
        json={"decision": "accept_measurement", "note": "biên bản hòa giải"},
    )
    assert decided.status_code == 201
    plan = officer.get(ADOPTION).json()
    assert (plan["decided"], plan["agreed"], plan["missing"]) == (True, True, [])
    assert officer.post(ADOPTION).status_code == 201


def test_others_may_not_look_and_what_is_unknown_is_said(officer, land, served):
    surveyor = served.signed_in("surveyor").get(ADOPTION)
    assert (surveyor.status_code, surveyor.json()["code"]) == (403, "verb_forbidden")
    unknown = officer.get(f"{API}/measured/{uuid.UUID(int=1)}/adoption")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "adoption_unknown")
    nothing = officer.post(f"{ADOPTION}/undo", json={"event_id": 1})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "adoption_unknown")

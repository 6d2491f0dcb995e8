"""The main job over HTTP and over the command line: files in, certificate out, on real files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.commanding import in_a_process
from tests.serving import serving

COMMUNE = "22609"


class Clock:
    """The time of the server, moved on by the test."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_days(self, days: int) -> None:
        self.moment += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(sample_database, clock):
    accounts = json.loads((sample_database.home / "sample-accounts.json").read_text())
    with serving(sample_database.home, clock=clock) as running:

        def signed_in(role: str):
            client = running.client()
            answer = client.post("/api/v1/auth/token", data=accounts[role])
            client.cookies.clear()
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            return client

        yield running, signed_in


def _parcel(client, *, state: str, mismatches: bool) -> dict:
    page = client.get(f"/api/v1/communes/{COMMUNE}/parcels", params={"state": state, "limit": 200})
    for feature in page.json()["features"]:
        found = client.get(f"/api/v1/parcels/{feature['id']}").json()["properties"]
        open_blocking = [
            m for m in found["mismatches"] if m["severity"] == "blocking" and m["status"] == "open"
        ]
        free = not found["dossiers"] and found["identifier"] and found["land_use"] in ("ONT", "ODT")
        if free and bool(open_blocking) == mismatches:
            return found
    raise AssertionError(f"no such parcel: {state}")


def _lodge(client, parcel: dict) -> dict:
    answer = client.post(
        "/api/v1/dossiers",
        json={
            "commune": COMMUNE,
            "procedure": "first_certificate",
            "parcel_uid": parcel["parcel_uid"],
            "channel": "counter",
            "wants_certificate": True,
            "parties": [
                {"name": "Nguyễn Thị Mẫu", "id_number": "999000000001", "share": "1/2"},
                {"name": "Trần Văn Mẫu", "id_number": "999000000002", "share": "1/2"},
            ],
            "documents": [{"kind": "application"}, {"kind": "land_paper"}],
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def _step(client, dossier: dict, action: str, **data):
    return client.post(
        f"/api/v1/dossiers/{dossier['code']}/actions/{action}",
        json=data,
        headers={"If-Match": f'"{dossier["row_version"]}"'},
    )


CONFIRMED = {
    "present_use": "house",
    "dispute": "none",
    "stable_use": True,
    "origin": "Sử dụng từ trước 15/10/1993",
    "used_since": "1990-01-01",
    "planning": True,
}


def _to_eligible(officer, registrar, dossier: dict, clock: Clock) -> dict:
    """Take a dossier to the end of its posting."""
    for client, action, data in (
        (registrar, "accept", {}),
        (officer, "confirm", CONFIRMED),
        (officer, "make_extract", {}),
        (officer, "open_posting", {}),
    ):
        answer = _step(client, dossier, action, **data)
        assert answer.status_code == 200, (action, answer.text)
        dossier = answer.json()
    early = _step(officer, dossier, "close_posting")
    assert early.status_code == 409
    assert early.json()["items"][0]["gate"] == "posting_complete"
    clock.pass_days(20)
    answer = _step(officer, dossier, "close_posting")
    assert answer.status_code == 200, answer.text
    return answer.json()


def _sign_boundary(officer, parcel: dict, confirmed: str = "unchanged") -> None:
    answer = officer.post(
        f"/api/v1/parcels/{parcel['parcel_uid']}/boundary",
        json={
            "confirmed": confirmed,
            "neighbours": [{"name": "Hộ liền kề", "answer": "signed"}],
            "signed_on": "2026-01-05",
            "note": "",
        },
    )
    assert answer.status_code == 201, answer.text


def test_a_dossier_goes_from_the_counter_to_a_certificate_that_anyone_can_check(office, clock):
    running, signed_in = office
    officer, registrar, chair = map(signed_in, ("officer", "registrar", "chair"))
    parcel = _parcel(officer, state="measured", mismatches=False)
    dossier = _lodge(registrar, parcel)
    _sign_boundary(officer, parcel)
    dossier = _to_eligible(officer, registrar, dossier, clock)
    for client, action, data in (
        (officer, "find_eligible", {"grounds": "Điều 138 Luật Đất đai 2024"}),
        (officer, "send_obligation", {}),
        (officer, "record_notice", {"amount": 1_000_000, "reference": "TB 01"}),
        (registrar, "record_payment", {"amount": 1_000_000, "reference": "CT 01"}),
        (officer, "submit", {}),
        (chair, "sign", {}),
        (registrar, "hand_over", {"received_by": "Nguyễn Thị Mẫu", "originals_taken": True}),
        (registrar, "register", {}),
    ):
        answer = _step(client, dossier, action, **data)
        assert answer.status_code == 200, (action, answer.text)
        dossier = answer.json()
    assert dossier["state"] == "registered"
    pdf = officer.get(f"/api/v1/dossiers/{dossier['code']}/documents/certificate.pdf")
    assert pdf.content.startswith(b"%PDF-")
    token = dossier["certificate"]["token"]
    public = running.client().get(f"/api/v1/verify/{token}")
    told = public.json()
    assert told["status"] == "in_force"
    assert "Mẫu" not in public.text
    stranger = running.client().get(f"/api/v1/dossiers/{dossier['code']}")
    assert stranger.status_code == 401


def test_a_dossier_with_an_open_blocking_mismatch_is_held_and_the_mismatch_named(office, clock):
    _running, signed_in = office
    officer, registrar = signed_in("officer"), signed_in("registrar")
    parcel = _parcel(officer, state="blocking", mismatches=True)
    dossier = _lodge(registrar, parcel)
    _sign_boundary(officer, parcel, "changed")
    dossier = _to_eligible(officer, registrar, dossier, clock)
    held = _step(officer, dossier, "find_eligible", grounds="Điều 138")
    assert held.status_code == 409
    gates = {item["gate"]: item for item in held.json()["items"]}
    blocking = {
        m["mismatch_id"]
        for m in officer.get(f"/api/v1/parcels/{parcel['parcel_uid']}").json()["properties"][
            "mismatches"
        ]
        if m["severity"] == "blocking" and m["status"] == "open"
    }
    named = json.dumps(gates["mismatches_decided"], ensure_ascii=False)
    assert all(uid in named for uid in blocking)
    for uid in blocking:
        seen = officer.get(f"/api/v1/mismatches/{uid}").json()
        facts = seen.get("properties", seen)
        answer = officer.post(
            f"/api/v1/mismatches/{uid}/decisions",
            json={"decision": facts["allowed_decisions"][0], "note": "Đã xem thực địa"},
            headers={"If-Match": f'"{facts["row_version"]}"'},
        )
        assert answer.status_code == 201, answer.text
    passed = _step(officer, dossier, "find_eligible", grounds="Điều 138")
    assert passed.status_code == 200, passed.text


def test_a_stale_version_is_refused_and_a_repeated_key_is_answered_once(office):
    _running, signed_in = office
    officer, registrar = signed_in("officer"), signed_in("registrar")
    parcel = _parcel(officer, state="clear", mismatches=False)
    dossier = _lodge(registrar, parcel)
    first = _step(registrar, dossier, "accept")
    assert first.status_code == 200
    again = _step(registrar, dossier, "accept")
    assert again.status_code in (409, 412)
    body = {
        "commune": COMMUNE,
        "procedure": "first_certificate",
        "parcel_uid": parcel["parcel_uid"],
        "parties": [{"name": "Lê Mẫu"}],
        "documents": [{"kind": "application"}],
    }
    key = {"Idempotency-Key": "mot-lan"}
    once = registrar.post("/api/v1/dossiers", json=body, headers=key)
    twice = registrar.post("/api/v1/dossiers", json=body, headers=key)
    assert once.status_code == twice.status_code == 201
    assert once.json()["code"] == twice.json()["code"]


def test_the_same_story_over_the_command_line(
    commune_database, sample_folder, sample_template, commands
):
    run = commands(commune_database)
    manifest = json.loads((sample_folder / "sample" / "manifest.json").read_text())
    files = sample_folder / "sample"
    loaded = in_a_process(
        commune_database.home,
        "communes", "load", files / manifest["commune"]["outline"], "-c", COMMUNE,
    )  # fmt: skip
    assert loaded.code == 0, loaded.err
    records = 0
    for former in ("22609", "22630", "22645"):
        scales = {one["scale"] for one in manifest["sheets"] if one["former_commune"] == former}
        options = ["--former", former, "-c", COMMUNE, "--json"]
        options += ["--scale", str(*scales)] if len(scales) == 1 else []
        for told in run("import", files / former, *options).told():
            assert told["records"] == told["loaded"] + told["repaired"] + told["refused"]
            records += told["records"]
    assert records > 800
    assert run("merge", "-c", COMMUNE, "--json").told()["parcels"] > 500
    for survey in manifest["surveys"]:
        run("survey", "add", files / survey["file"], "-c", COMMUNE, "--json").told()
    run("reconcile", "-c", COMMUNE, "--json").told()
    assert run("mismatch", "list", "-c", COMMUNE, "--code", "CORNER", "--json").told()
    run("lookup", "tờ 1 thửa 3 Khánh Phú", "-c", COMMUNE, "--json").told()
    refused = run("import", files / "manifest.json", "--former", "22645", "-c", COMMUNE)
    assert refused.code == 1
    assert refused.err.strip()

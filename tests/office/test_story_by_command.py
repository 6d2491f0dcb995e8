"""The certificate over the command line, and a survey over HTTP, on the loaded sample."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commanding import in_a_process
from tests.serving import serving

COMMUNE = "22609"


@pytest.fixture
def cadastre(sample_database, commands):
    """Run a command in the sample's data folder; return what it printed as JSON."""
    ran = commands(sample_database)

    def run(*arguments: str, code: int = 0):
        answer = ran(*arguments, "--json")
        assert answer.code == code, answer.err
        return json.loads(answer.out) if code == 0 else answer.err

    return run


@pytest.fixture
def accounts(sample_database):
    return json.loads((sample_database.home / "sample-accounts.json").read_text())


def test_a_posted_dossier_becomes_a_certificate_by_commands(cadastre, accounts, sample_database):
    names = {role: account["username"] for role, account in accounts.items()}
    posted = cadastre("dossier", "list", "-c", COMMUNE, "--state", "posted")
    code = min(posted, key=lambda one: one["lodged_at"])["code"]
    ways = [
        ("officer", "close_posting", {}),
        ("officer", "find_eligible", {"grounds": "Điều 138"}),
        ("officer", "send_obligation", {}),
        ("officer", "record_exemption", {"reference": "TB-02"}),
        ("officer", "submit", {}),
    ]
    for role, action, data in ways:
        cadastre("dossier", "act", code, action, "--data", json.dumps(data), "--as", names[role])
    refused = cadastre("dossier", "act", code, "sign", "--as", names["officer"], code=1)
    assert refused.strip()
    signed = cadastre("dossier", "act", code, "sign", "--as", names["chair"])
    told = in_a_process(sample_database.home, "verify", signed["token"], "--json").told()
    assert told["status"] == "in_force"
    shown = cadastre("dossier", "show", code, "--as", names["officer"])
    assert shown["certificate"]["serial"] == signed["serial"]


def test_a_mismatch_is_decided_and_taken_back_by_commands(cadastre, accounts):
    officer = accounts["officer"]["username"]
    found = cadastre("mismatch", "list", "-c", COMMUNE, "--code", "CORNER")
    uid = found[0]["mismatch_id"]
    decided = cadastre("mismatch", "decide", uid, "keep_map", "-c", COMMUNE, "--as", officer)
    assert decided["status"] == "decided"
    undone = cadastre("mismatch", "undo", uid, "-c", COMMUNE, "--as", officer)
    assert undone["status"] == "open"


@pytest.fixture
def worker(sample_database):
    process = subprocess.Popen(
        [sys.executable, "-m", "cadastre", "worker"],
        env={**os.environ, "CADASTRE_HOME": str(sample_database.home)},
    )
    yield
    process.kill()
    process.wait()


def _signed_in(running, account):
    client = running.client()
    answer = client.post("/api/v1/auth/token", data=account)
    client.cookies.clear()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def _done(client, job: dict) -> dict:
    end = time.monotonic() + 120
    while job["status"] not in ("done", "failed"):
        assert time.monotonic() < end, job
        time.sleep(0.2)
        job = client.get(f"/api/v1/jobs/{job['job_id']}").json()
    return job


def test_over_http_a_parcel_is_found_measured_compared_and_decided(
    sample_database, accounts, worker, tmp_path: Path
):
    with serving(sample_database.home) as running:
        officer = _signed_in(running, accounts["officer"])
        surveyor = _signed_in(running, accounts["surveyor"])
        page = officer.get(
            f"/api/v1/communes/{COMMUNE}/parcels", params={"state": "clear", "limit": 500}
        ).json()
        parcel = next(
            p["properties"]
            for p in page["features"]
            if p["properties"]["former_commune"] != COMMUNE and p["properties"]["former_parcel"]
        )
        former = {"22630": "Sông Cầu", "22645": "Khánh Phú"}[parcel["former_commune"]]
        asked = f"tờ {parcel['former_sheet']} thửa {parcel['former_parcel']} {former}"
        answer = officer.get("/api/v1/lookup", params={"q": asked, "commune": COMMUNE}).json()
        assert [one["parcel_uid"] for one in answer["results"]] == [parcel["parcel_uid"]]

        one = officer.get(f"/api/v1/parcels/{parcel['parcel_uid']}").json()["properties"]
        rows = [
            f"{c['n']};{c['north']:.3f};{c['east']:.3f};9.0;thu-1;RG;0.02" for c in one["corners"]
        ]
        north, east = one["corners"][0]["north"] - 1.5, one["corners"][0]["east"]
        rows[0] = f"{one['corners'][0]['n']};{north:.3f};{east:.3f};9.0;thu-1;RG;0.02"
        file = "\n".join(["diem;X;Y;H;thua;ma;sai_so", *rows]).encode()
        sent = surveyor.post(
            f"/api/v1/communes/{COMMUNE}/surveys",
            files={"files": ("thu.csv", file, "text/csv")},
            data={"label": "Đợt thử"},
        )
        assert sent.status_code == 202, sent.text
        read = _done(surveyor, sent.json()["job"])
        assert read["status"] == "done", read
        assert read["result"]["results"][0]["measured"] == 1
        compared = surveyor.post(
            f"/api/v1/communes/{COMMUNE}/reconciliations",
            json={"surveys": [read["result"]["results"][0]["survey_uid"]]},
        )
        assert compared.status_code == 202
        outcome = _done(surveyor, compared.json()["job"])
        assert outcome["status"] == "done"
        assert outcome["result"]["results"][0]["measured"] == 1  # and not the whole commune

        flagged = officer.get(
            f"/api/v1/communes/{COMMUNE}/mismatches",
            params={"parcel_uid": parcel["parcel_uid"], "code": "CORNER"},
        ).json()["features"]
        assert len(flagged) == 1
        facts = flagged[0]["properties"]
        assert facts["measured"] == pytest.approx(1.5, abs=0.1)
        decided = officer.post(
            f"/api/v1/mismatches/{facts['mismatch_id']}/decisions",
            json={"decision": "keep_map", "note": "Đo nhầm"},
            headers={"If-Match": f'"{facts["row_version"]}"'},
        )
        assert decided.status_code == 201, decided.text
        forbidden = surveyor.post(
            f"/api/v1/mismatches/{facts['mismatch_id']}/decisions", json={"decision": "keep_map"}
        )
        assert forbidden.status_code == 403

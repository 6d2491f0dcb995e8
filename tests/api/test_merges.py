"""Proposals of the merge over HTTP and by commands: seen, decided, applied, taken back, printed."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import httpx
import openpyxl
import pytest
from typer.testing import CliRunner

from cadastre.cli import app
from cadastre.office.desk import Desk
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.store.accounts import actor_by_username
from cadastre.store.actor import SYSTEM
from tests.office.conftest import EAST, NORTH, lots, write_sheet, write_survey

pytestmark = pytest.mark.store
COMMUNE = "22609"
API = f"/api/v1/communes/{COMMUNE}"


@pytest.fixture
def desk(office: Any) -> Desk:
    return Desk(office.worker_engine, SYSTEM, office.home)


@pytest.fixture
def apart(desk: Desk, tmp_path: Any) -> Desk:
    """A town at 1:500 and a village at 1:1000, 20 cm short of each other."""
    sheets = {
        "22609": write_sheet(tmp_path / "tt.gpkg", lots(5), scale=500, land_use="ODT"),
        "22630": write_sheet(
            tmp_path / "sc.gpkg", lots(5, east=EAST + 50.2), scale=1000, land_use="ONT"
        ),
    }
    for former, path in sheets.items():
        import_sheets(desk, commune=COMMUNE, path=path, former_commune=former, crs=9217)
    merge_commune(desk, commune=COMMUNE)
    return desk


@pytest.fixture
def officer(apart: Desk, served: Any) -> httpx.Client:
    return served.signed_in("officer")


def _listed(client: httpx.Client, **filters: Any) -> Any:
    answer = client.get(f"{API}/proposals", params=filters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_proposal_is_seen_decided_applied_and_taken_back(officer, apart):
    page = _listed(officer, status="open", limit=2)
    assert page["counts"] == {
        "open": 5, "accepted": 0, "rejected": 0, "withdrawn": 0, "waiting": 0, "merges": 1,
    }  # fmt: skip
    first, second = page["features"]
    assert first["geometry"]["type"] == "Polygon"
    rest = _listed(officer, status="open", limit=3, cursor=page["next"])
    assert rest["next"] is None
    seen = {f["id"] for f in [first, second, *rest["features"]]}
    assert len(seen) == 5

    one = officer.get(f"{API}/proposals/{first['id']}")
    told = one.json()["properties"]
    assert set(told["parcel_uids"]) <= {e["parcel_uid"] for e in told["effects"]}
    for effect in told["effects"]:
        assert effect["before"] != effect["after"]
        assert 0 < effect["max_move_m"] < 0.2
        assert effect["label"].startswith("Tờ ")
    assert max(c["distance_m"] for c in told["corners"]) == max(
        e["max_move_m"] for e in told["effects"]
    )
    where = f"{API}/proposals/{first['id']}/decisions"
    stale = officer.post(where, json={"decision": "accepted"}, headers={"If-Match": '"99"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "proposal_changed")
    wrong = officer.post(where, json={"decision": "maybe"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "proposal_decision_unknown")
    done = officer.post(
        where,
        json={"decision": "accepted", "note": "đã xem"},
        headers={"If-Match": one.headers["ETag"]},
    )
    assert done.status_code == 201, done.text
    assert (done.json()["status"], done.json()["note"]) == ("accepted", "đã xem")
    assert _listed(officer)["counts"]["waiting"] == 1

    merge_commune(apart, commune=COMMUNE)
    assert _listed(officer)["counts"]["waiting"] == 0
    latest, before = officer.get(f"{API}/merges").json()["merges"]
    assert (latest["undoable"], before["undoable"]) == (True, False)
    moves = officer.get(f"{API}/merges/{latest['run_id']}/moves", params={"limit": 1}).json()
    more = officer.get(
        f"{API}/merges/{latest['run_id']}/moves", params={"cursor": moves["next"]}
    ).json()["moves"]
    assert moves["moves"][0]["max_move_m"] >= more[0]["max_move_m"] > 0
    assert len(more) + 1 == latest["moved"]
    uid = told["parcel_uids"][0]
    undone = officer.post(f"{API}/merges/{latest['run_id']}/undo")
    assert undone.status_code == 200, undone.text
    assert undone.json()["restored"] == latest["moved"]
    again = officer.get(f"{API}/merges").json()["merges"]
    assert again[0]["undone_by"] == "officer"
    assert again[1]["undoable"]
    history = officer.get(f"/api/v1/parcels/{uid}").json()["properties"]["history"]
    assert [(h["origin"], h["verb"], h["closed_by_verb"]) for h in history] == [
        ("undo", "undo_merge", None),
        ("merge", "merge_commune", "undo_merge"),
        ("merge", "merge_commune", "merge_commune"),
    ]


def test_a_merge_on_which_a_survey_rests_stands_and_the_survey_is_named(officer, apart, tmp_path):
    corner = [(EAST, NORTH), (EAST + 10, NORTH), (EAST + 10, NORTH + 10), (EAST, NORTH + 10)]
    record_survey(
        apart, commune=COMMUNE, path=write_survey(tmp_path / "K9.csv", {"1": corner}), label="K9"
    )
    reconcile_commune(apart, commune=COMMUNE)
    (run,) = officer.get(f"{API}/merges").json()["merges"]
    refused = officer.post(f"{API}/merges/{run['run_id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "merge_in_use")
    assert {(i["kind"], i["name"], i["parcel"]) for i in refused.json()["items"]} == {
        ("survey", "K9", "1/1")
    }


def test_only_an_officer_of_the_commune_decides(officer, served):
    first = _listed(officer, limit=1)["features"][0]["id"]
    surveyor = served.signed_in("surveyor")
    refused = surveyor.post(f"{API}/proposals/{first}/decisions", json={"decision": "accepted"})
    assert (refused.status_code, refused.json()["code"]) == (403, "verb_forbidden")
    assert served.client().get(f"{API}/proposals").status_code == 401
    unknown = "00000000-0000-0000-0000-000000000000"
    assert officer.get(f"{API}/proposals/{unknown}").status_code == 404
    assert officer.post(f"{API}/merges/{unknown}/undo").status_code == 409


def test_the_conversion_table_is_downloaded(officer):
    seen = officer.get(f"{API}/conversion").json()["sheets"]
    assert [(s["former_commune"], s["former_sheet"], s["sheet"], s["parcels"]) for s in seen] == [
        ("22609", "1", 1, 25),
        ("22630", "1", 2, 25),
    ]
    book = officer.get(f"{API}/conversion.xlsx")
    assert book.headers["content-disposition"].endswith('bang-chuyen-doi-22609.xlsx"')
    pages = openpyxl.load_workbook(io.BytesIO(book.content))
    rows = list(pages["Cũ sang mới"].iter_rows(min_row=2, values_only=True))
    assert [(r[0], r[4], r[5], r[6]) for r in rows] == [
        ("22609", "1", 1, 25),
        ("22630", "1", 2, 25),
    ]
    paper = officer.get(f"{API}/conversion.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")


@pytest.fixture
def command(apart: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run ``cadastre merge`` at the desk of this database; return what it printed as JSON."""

    def at_this_desk(account: str | None = None) -> Desk:
        actor = SYSTEM if account is None else actor_by_username(apart.engine, account)
        return replace(apart, actor=actor)

    monkeypatch.setattr("cadastre.cli.merging.open_desk", at_this_desk)

    def run(*arguments: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["merge", *arguments])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if code == 0 else done.output

    return run


def test_the_review_by_commands(command, tmp_path):
    def run(*arguments: str) -> Any:
        return command(*arguments, "-c", COMMUNE, "--json")

    listed = run("proposals")
    assert len(listed) == 5
    uid = listed[0]["proposal_id"]
    assert {e["parcel"] for e in run("preview", uid)}
    assert run("decide", uid, "accepted", "--as", "officer")["status"] == "accepted"
    assert run()["moved"] > 0
    runs = run("list")
    assert len(runs) == 2
    assert run("undo")["run_id"] == runs[0]["run_id"]
    assert run("conversion", str(tmp_path / "bang.pdf"))["rows"] == 2
    assert (tmp_path / "bang.pdf").read_bytes().startswith(b"%PDF-")
    assert [one["undone_at"] is None for one in run("list")] == [False, True]
    assert "--commune" in command(code=2)


def test_a_sheet_displaced_by_the_ground_is_proposed_over_http_and_by_command(
    desk, served, tmp_path, monkeypatch
):
    size, side, off = 12.0, 6, 0.8
    shapes = lots(side, size=size, east=EAST - off)
    sheet = write_sheet(tmp_path / "to.gpkg", shapes, scale=500, land_use="ODT")
    import_sheets(desk, commune=COMMUNE, path=sheet, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    ground = {
        f"1/{k + 1}": list(shape.exterior.coords)[:-1]
        for k, shape in enumerate(lots(side, size=size))
        if k % 3 == 0
    }
    path = write_survey(tmp_path / "K1.csv", ground)
    record_survey(desk, commune=COMMUNE, path=path, label="K1", crs=9217)
    reconcile_commune(desk, commune=COMMUNE)
    officer = served.signed_in("officer")
    (found,) = _listed(officer, status="open", kind="shift")["features"]
    told = found["properties"]
    assert (told["moment"], told["parameters"]["n"]) == ("reconcile", 12)
    assert told["parameters"]["de"] == pytest.approx(off, abs=0.001)
    one = officer.get(f"{API}/proposals/{found['id']}")
    effects = one.json()["properties"]["effects"]
    assert len(effects) == 36
    assert all(e["max_move_m"] == pytest.approx(off, abs=0.001) for e in effects)
    monkeypatch.setattr("cadastre.cli.merging.open_desk", lambda account=None: desk)
    listed = CliRunner().invoke(app, ["merge", "proposals", "-c", COMMUNE, "--json"])
    assert [p["moment"] for p in json.loads(listed.stdout)] == ["reconcile"]
    done = officer.post(
        f"{API}/proposals/{found['id']}/decisions",
        json={"decision": "accepted", "note": "theo số đo"},
        headers={"If-Match": one.headers["ETag"]},
    )
    assert (done.status_code, done.json()["status"]) == (201, "accepted")
    assert _listed(officer)["counts"]["waiting"] == 1
    merge_commune(desk, commune=COMMUNE)
    (latest, _) = officer.get(f"{API}/merges").json()["merges"]
    assert (latest["moved"], latest["max_move_m"]) == (36, pytest.approx(off, abs=0.001))
    assert officer.post(f"{API}/merges/{latest['run_id']}/undo").status_code == 200

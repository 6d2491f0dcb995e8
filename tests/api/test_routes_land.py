"""Reading the land over HTTP: communes, parcels, look-up, mismatches, surveys, tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import STAFFED, copy_of
from tests.serving import Served, serving
from tests.synthetic import COMMUNE, RECONCILIATION, SURVEY, fill_land, fill_measured

pytestmark = pytest.mark.store
API = "/api/v1"


def _fill(database: Any) -> dict[str, Any]:
    frame = fill_land(database, side=6)
    mismatch = fill_measured(database, frame)
    return {"first": frame.iloc[0]["parcel_uid"], "mismatch": mismatch, "database": database}


@pytest.fixture(scope="module")
def house(
    staffed_template: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """One database for all tests that only read."""
    yield from copy_of(STAFFED, staffed_template, tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def land(house: Any) -> dict[str, Any]:
    return _fill(house)


@pytest.fixture(scope="module")
def reading(house: Any) -> Iterator[Served]:
    with serving(house.home, kiosk_lookups_per_minute=1000) as running:
        yield running


@pytest.fixture(scope="module")
def officer(land: dict[str, Any], reading: Served) -> httpx.Client:
    return reading.signed_in("officer")


@pytest.fixture
def own_land(office: Any) -> dict[str, Any]:
    """A database of its own, for a test that writes."""
    return _fill(office)


@pytest.fixture
def own_officer(own_land: dict[str, Any], served: Served) -> httpx.Client:
    return served.signed_in("officer")


def _get(client: httpx.Client, path: str, **parameters: Any) -> Any:
    answer = client.get(API + path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_commune_tells_its_zone_its_former_communes_and_what_is_open(officer):
    (commune,) = _get(officer, "/communes")["communes"]
    assert commune == _get(officer, f"/communes/{COMMUNE}")
    assert (commune["srid"], commune["zone_name"]) == (9217, "VN-2000 108°15'")
    assert [former["code"] for former in commune["former_communes"]] == ["22609", "22630", "22645"]
    assert commune["parcels"] == 36
    assert commune["open"] == {"blocking": 1, "warning": 0, "info": 0}
    west, south, east, north = commune["bbox"]
    assert 108 < west < east < 109
    assert 12 < south < north < 13


def test_a_commune_of_others_is_refused(officer):
    answer = officer.get(f"{API}/communes/22612")
    assert answer.status_code == 403
    assert answer.json()["code"] == "commune_forbidden"


def test_sheets_tell_how_many_parcels_they_hold(officer):
    sheets = _get(officer, f"/communes/{COMMUNE}/sheets")["sheets"]
    assert [(s["sheet"], s["parcels"]) for s in sheets] == [(7, 12), (91, 12), (92, 12)]


def test_a_parcel_tells_everything_the_officer_needs(officer, land):
    found = _get(officer, f"/parcels/{land['first']}")
    assert found["geometry"]["type"] == "Polygon"
    parcel = found["properties"]
    assert parcel["label"] == "Tờ 7 thửa 1"
    assert parcel["state"] == "blocking"
    # The limit that judges a measurement is wider than the bare one: it knows the survey's sigma.
    assert parcel["areas"].pop("allowed_measured_m2") > parcel["areas"]["allowed_m2"]
    assert parcel["areas"] == {
        "register_m2": 100.0,
        "printed_m2": 100.0,
        "map_m2": pytest.approx(100.0),
        "measured_m2": 110.0,
        "allowed_m2": pytest.approx(0.81),
    }
    assert [n["sheet"] for n in parcel["numbers"]] == ["7"]
    assert [(h["version"], h["verb"], h["actor"]) for h in parcel["history"]] == [
        (1, "fill", "system")
    ]
    assert [m["code"] for m in parcel["mismatches"]] == ["AREA"]
    assert parcel["mismatches"][0]["allowed_decisions"][0] == "accept_measurement"
    (measured,) = parcel["measured"]
    assert (measured["relation"], measured["survey_label"]) == ("same", "K1")
    assert measured["corners"][0]["distance_m"] == 1.0
    assert len(parcel["neighbours"]) == 3
    assert [c["n"] for c in parcel["corners"]] == [1, 2, 3, 4]
    assert parcel["holders"] == []
    assert parcel["boundary"] is None


def test_coordinates_are_given_as_measured_when_asked_for(officer, land):
    found = _get(officer, f"/parcels/{land['first']}", crs="EPSG:9217")
    assert [570000.0, 1348000.0] in [point[:2] for point in found["geometry"]["coordinates"][0]]
    refused = officer.get(f"{API}/parcels/{land['first']}", params={"crs": "32649"})
    assert (refused.status_code, refused.json()["field"]) == (422, "crs")


def test_who_holds_the_right_is_not_told_to_a_surveyor(reading, land):
    found = _get(reading.signed_in("surveyor"), f"/parcels/{land['first']}")
    assert "holders" not in found["properties"]


def test_pages_of_parcels_meet_without_gap_or_repetition(officer):
    seen, cursor = [], None
    while True:
        given = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        page = _get(officer, f"/communes/{COMMUNE}/parcels", **given)
        assert page["matched"] == 36
        seen += [f["properties"]["parcel_uid"] for f in page["features"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 36


def test_parcels_are_filtered_by_box_sheet_and_state(officer):
    west, south, east, north = _get(officer, f"/communes/{COMMUNE}")["bbox"]
    corner = f"{west},{south},{west + (east - west) * 0.1},{south + (north - south) * 0.1}"
    few = _get(officer, f"/communes/{COMMUNE}/parcels", bbox=corner)
    assert few["matched"] == 1
    assert _get(officer, f"/communes/{COMMUNE}/parcels", sheet=91)["matched"] == 12
    assert _get(officer, f"/communes/{COMMUNE}/parcels", state="blocking")["matched"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "108,12,107,13"}, "bbox"),
        ({"cursor": "xx"}, "cursor"),
        ({"limit": 0}, "query.limit"),
    ],
)
def test_a_bad_request_is_told_which_field(officer, query, field):
    answer = officer.get(f"{API}/communes/{COMMUNE}/parcels", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_a_number_that_three_communes_have_is_ambiguous_and_then_resolved(officer):
    found = _get(officer, "/lookup", q="7/3")
    assert found["status"] == "ambiguous"
    assert [r["label"] for r in found["results"]] == [f"Tờ {n} thửa 3" for n in (7, 91, 92)]
    found = _get(officer, "/lookup", q="tờ 07 thửa 003 Sông Cầu")
    assert (found["status"], found["results"][0]["label"]) == ("resolved", "Tờ 91 thửa 3")
    assert found["results"][0]["detail"] == "Sông Cầu: tờ 7 thửa 3, 1:500"
    assert _get(officer, "/lookup", q="tờ 92 thửa 3")["status"] == "resolved"
    assert found["results"][0]["point"][0] == pytest.approx(108.9, abs=0.5)


def test_a_point_on_the_ground_finds_its_parcel(officer):
    found = _get(officer, "/lookup", q="1348005 570005")
    assert found["status"] == "resolved"
    assert found["results"][0]["label"] == "Tờ 7 thửa 1"


def test_what_cannot_be_found_is_said(officer):
    assert _get(officer, "/lookup", q="tờ 999 thửa 1")["status"] == "not_found"


def test_the_mismatch_queue_tells_what_may_be_decided(officer, land):
    found = _get(officer, f"/communes/{COMMUNE}/mismatches", code="AREA", severity="blocking")
    (mismatch,) = found["features"]
    assert mismatch["id"] == land["mismatch"]
    assert mismatch["geometry"]["type"] == "Polygon"
    assert mismatch["properties"]["parcel_label"] == "Tờ 7 thửa 1"
    assert _get(officer, f"/communes/{COMMUNE}/mismatches", code="SHAPE")["matched"] == 0


def test_a_decision_is_taken_once_per_key_and_taken_back(own_officer, own_land):
    path = f"{API}/mismatches/{own_land['mismatch']}/decisions"
    body = {"decision": "accept_measurement", "note": "ký đủ"}
    key = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    first = own_officer.post(path, json=body, headers=key)
    again = own_officer.post(path, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json()["status"] == "decided"
    assert [d["decision"] for d in first.json()["decisions"]] == ["accept_measurement"]
    stale = own_officer.post(path, json=body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "mismatch_changed")
    other = own_officer.post(
        path, json={"decision": "keep_map"}, headers={"Idempotency-Key": "k-1"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    state = _get(own_officer, f"/parcels/{own_land['first']}")["properties"]["state"]
    assert state == "measured"
    undone = own_officer.post(f"{path}/undo")
    assert (undone.status_code, undone.json()["status"]) == (200, "open")
    assert undone.json()["decisions"][0]["ended_why"] == "undone"


def test_a_surveyor_may_not_decide(reading, land):
    answer = reading.signed_in("surveyor").post(
        f"{API}/mismatches/{land['mismatch']}/decisions", json={"decision": "keep_map"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "verb_forbidden")


def test_a_boundary_description_is_recorded(own_officer, own_land):
    answer = own_officer.post(
        f"{API}/parcels/{own_land['first']}/boundary",
        json={
            "confirmed": "unchanged",
            "neighbours": [{"name": "Ông Mẫu", "answer": "signed"}],
            "signed_on": "2026-11-01",
        },
    )
    assert answer.status_code == 201, answer.text
    boundary = _get(own_officer, f"/parcels/{own_land['first']}")["properties"]["boundary"]
    assert (boundary["confirmed"], boundary["signed_on"]) == ("unchanged", "2026-11-01")


def test_surveys_and_comparisons_are_read(officer):
    (survey,) = _get(officer, f"/communes/{COMMUNE}/surveys")["surveys"]
    assert (survey["label"], survey["measured"], survey["open"]) == ("K1", 1, {"blocking": 1})
    one = _get(officer, f"/surveys/{SURVEY}")
    assert one["points"][0]["point"] == "P1"
    assert one["measured"]["features"][0]["properties"]["parcel_label"] == "Tờ 7 thửa 1"
    (match,) = _get(officer, f"/reconciliations/{RECONCILIATION}")["matches"]
    assert (match["verdict"], match["label"]) == ("changed", "7/1")
    missing = officer.get(f"{API}/surveys/00000000-0000-0000-0000-000000000001")
    assert missing.status_code == 404


def _tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    import math

    n = 1 << z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return int((lon + 180) / 360 * n), int(y)


@pytest.mark.parametrize("layer", ["parcels", "sheets", "measured", "mismatches"])
def test_a_tile_is_cut_once_and_asked_for_again_by_its_etag(officer, layer):
    west, south, _east, _north = _get(officer, f"/communes/{COMMUNE}")["bbox"]
    x, y = _tile_of(west + 1e-5, south + 1e-5, 16)
    path = f"{API}/tiles/{COMMUNE}/{layer}/16/{x}/{y}.mvt"
    tile = officer.get(path)
    assert tile.status_code == 200
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert tile.headers["cache-control"].startswith("private")
    assert layer.encode() in tile.content
    again = officer.get(path, headers={"If-None-Match": tile.headers["etag"]})
    assert again.status_code == 304
    assert officer.get(f"{API}/tiles/{COMMUNE}/{layer}/16/0/0.mvt").status_code == 204


def test_tiles_are_for_those_who_work_for_the_commune(officer, reading):
    assert officer.get(f"{API}/tiles/22612/parcels/16/1/1.mvt").status_code == 403
    assert reading.client().get(f"{API}/tiles/{COMMUNE}/parcels/16/1/1.mvt").status_code == 401
    assert officer.get(f"{API}/tiles/{COMMUNE}/parcels/2/9/9.mvt").status_code == 422


def test_figures_are_counted(officer):
    figures = _get(officer, "/statistics")
    assert figures["parcels"] == {"clear": 35, "blocking": 1}
    assert figures["mismatches"] == [{"severity": "blocking", "code": "AREA", "open": 1}]


def test_long_work_is_a_job_that_can_be_followed(own_officer, own_land):
    answer = own_officer.post(
        f"{API}/communes/{COMMUNE}/surveys",
        files=[("files", ("K2.csv", b"diem;X;Y;H;thua;ma;sai_so\n", "text/csv"))],
        headers={"Idempotency-Key": "upload-1"},
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert (job["status"], job["kind"]) == ("queued", "record_survey")
    repeated = own_officer.post(
        f"{API}/communes/{COMMUNE}/surveys",
        files=[("files", ("K2.csv", b"diem;X;Y;H;thua;ma;sai_so\n", "text/csv"))],
        headers={"Idempotency-Key": "upload-1"},
    )
    assert repeated.json()["job"]["job_id"] == job["job_id"]
    from cadastre.store.jobs import finish_job, report_progress, start_running

    engine = own_land["database"].worker_engine
    start_running(engine, job["job_id"])
    report_progress(engine, job["job_id"], 0.5, "read")
    assert _get(own_officer, f"/jobs/{job['job_id']}")["progress"] == 0.5
    finish_job(engine, job["job_id"], result={"results": []})
    with own_officer.stream("GET", f"{API}/jobs/{job['job_id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = "".join(stream.iter_text())
    assert told.startswith("event: progress")
    assert '"status": "done"' in told


def test_a_field_book_is_sent_with_its_lists(own_officer, own_land):
    answer = own_officer.post(
        f"{API}/communes/{COMMUNE}/surveys",
        files=[
            ("files", ("so_do.gsi", b"110001+00000001 88..10+00001500", "text/plain")),
            ("control", ("khong_che.csv", b"diem;X;Y", "text/csv")),
            ("sequences", ("noi_diem.csv", b"12: 1, 2, 3", "text/csv")),
        ],
        data={"scale": "1000"},
    )
    assert answer.status_code == 202, answer.text
    from cadastre.store.jobs import read_job

    job = read_job(own_land["database"].worker_engine, answer.json()["job"]["job_id"])
    roles = {file["name"]: file.get("role") for file in job.arguments["files"]}
    assert roles == {"so_do.gsi": None, "khong_che.csv": "control", "noi_diem.csv": "sequences"}
    assert job.arguments["scale"] == 1000


def test_an_empty_upload_is_refused(officer):
    answer = officer.post(
        f"{API}/communes/{COMMUNE}/surveys", files=[("files", ("K2.csv", b"", "text/csv"))]
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_empty")


def test_a_certificate_that_nobody_issued_is_not_found(reading, officer):
    assert officer.get(f"{API}/certificates/CH 00001").status_code == 404
    assert reading.client().get(f"{API}/verify/khong-co").status_code == 404
    assert reading.client().get(f"{API}/kiosk/khong-co").status_code == 404

"""What the officer's map asks for over HTTP: remarks, causes, versions, far map, paper, a page."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pypdf
import pytest
from sqlalchemy import text

from tests.serving import Served
from tests.synthetic import COMMUNE, EAST, LOT_M, NORTH, fill_land, fill_measured

pytestmark = pytest.mark.store
API = "/api/v1"
LINE = {"kind": "line", "points": [[EAST + 1, NORTH + 1], [EAST + 6, NORTH + 4]]}


@pytest.fixture
def land(office: Any) -> dict[str, Any]:
    frame = fill_land(office, side=6)
    mismatch = fill_measured(office, frame)
    return {"first": frame.iloc[0]["parcel_uid"], "mismatch": mismatch, "database": office}


@pytest.fixture
def officer(land: dict[str, Any], served: Served) -> httpx.Client:
    return served.signed_in("officer")


def _remarks(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{API}/communes/{COMMUNE}/remarks").json()["features"]
    return found


def test_a_remark_is_drawn_listed_with_its_parcel_and_settled_but_kept(
    officer: httpx.Client, land: dict[str, Any]
) -> None:
    drawn = officer.post(
        f"{API}/communes/{COMMUNE}/remarks", json={**LINE, "text": "Mốc đã bị dời <b>"}
    )
    assert drawn.status_code == 201
    assert drawn.json()["parcel_uid"] == land["first"]
    [remark] = _remarks(officer)
    assert remark["properties"]["text"] == "Mốc đã bị dời <b>"
    assert remark["properties"]["parcel_label"] == "Tờ 7 thửa 1"
    assert remark["geometry"]["type"] == "LineString"
    settled = officer.post(f"{API}/remarks/{remark['id']}/settlement")
    assert settled.status_code == 200
    assert _remarks(officer) == []
    with land["database"].engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.communes', '*', false)"))
        kept = connection.execute(text("SELECT valid_to IS NOT NULL FROM cadastre.remark")).scalar()
        verbs = connection.execute(
            text("SELECT verb FROM cadastre.event WHERE verb LIKE '%remark' ORDER BY event_id")
        ).scalars()
        assert (kept, list(verbs)) == (True, ["draw_remark", "settle_remark"])
    again = officer.post(f"{API}/remarks/{remark['id']}/settlement")
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("remark", "field"),
    [
        ({"kind": "area", "points": [[0, 0], [9, 9], [9, 0], [0, 9]], "text": "x"}, "points"),
        ({"kind": "line", "points": [[EAST, NORTH]], "text": "x"}, "points"),
        ({**LINE, "text": "   "}, "text"),
    ],
)
def test_a_drawing_that_is_none_is_refused_with_its_field(
    officer: httpx.Client, remark: dict[str, Any], field: str
) -> None:
    answer = officer.post(f"{API}/communes/{COMMUNE}/remarks", json=remark)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_remark_needs_the_right_role(served: Served, land: dict[str, Any]) -> None:
    manager = served.signed_in("manager")
    answer = manager.post(f"{API}/communes/{COMMUNE}/remarks", json={**LINE, "text": "x"})
    assert answer.status_code == 403


def _open_more(land: dict[str, Any], count: int) -> list[str]:
    """Copy the mismatch to other parcels of the same sheet."""
    with land["database"].engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.communes', '*', true)"))
        found = connection.execute(
            text(
                "INSERT INTO cadastre.mismatch (commune, mismatch_id, moment, code, severity, subject,"
                " parcel_uid, sheet, measured, allowed, unit, rule, message_vi, message_en, opened_by)"
                " SELECT m.commune, gen_random_uuid(), m.moment, m.code, m.severity, p.parcel,"
                " p.parcel_uid, m.sheet, m.measured, m.allowed, m.unit, m.rule, m.message_vi,"
                " m.message_en, m.opened_by FROM cadastre.mismatch m, cadastre.parcel p"
                " WHERE p.sheet = 7 AND p.parcel IN ('2', '3', '4')"
                " ORDER BY p.parcel LIMIT :n RETURNING mismatch_id::text"
            ),
            {"n": count},
        )
        return list(found.scalars())


def test_mismatches_with_one_cause_are_decided_at_once_or_not_at_all(
    officer: httpx.Client, land: dict[str, Any]
) -> None:
    _open_more(land, 2)
    answer = officer.get(f"{API}/mismatches/{land['mismatch']}/cause").json()
    assert answer["cause"] == "same_sheets"
    seen = {m["mismatch_id"]: m["row_version"] for m in answer["mismatches"]}
    assert len(seen) == 3
    body = {"decision": "keep_map", "note": "Tờ bản đồ lệch, đã kiểm tra"}
    stale = dict.fromkeys(seen, 99)
    where = f"{API}/communes/{COMMUNE}/mismatches/decisions"
    assert officer.post(where, json={**body, "mismatches": stale}).status_code == 409
    assert officer.post(where, json={**body, "note": " ", "mismatches": seen}).status_code == 422
    listed = f"{API}/communes/{COMMUNE}/mismatches"
    assert officer.get(listed).json()["matched"] == 3
    done = officer.post(where, json={**body, "mismatches": seen}).json()
    versions = done.pop("versions")
    assert done == {"decided": 3, "clearing": 3, "decision": "keep_map"}
    assert officer.get(listed).json()["matched"] == 0
    # Taken back together, all or none; and decided again.
    back = f"{where}/undo"
    assert officer.post(back, json={"mismatches": seen}).status_code == 409
    assert officer.post(back, json={"mismatches": versions}).json() == {"undone": 3}
    listing = officer.get(listed).json()
    assert listing["matched"] == 3
    assert {f["properties"]["decisions"][0]["ended_why"] for f in listing["features"]} == {"undone"}
    seen = {f["id"]: f["properties"]["row_version"] for f in listing["features"]}
    nothing = officer.post(back, json={"mismatches": seen})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_decided")
    assert officer.post(where, json={**body, "mismatches": seen}).json()["decided"] == 3
    one = next(iter(seen))
    # Long after: which were decided in that step is known from any of them.
    beside = officer.get(f"{API}/mismatches/{one}/decisions/together").json()["mismatches"]
    assert officer.post(back, json={"mismatches": beside}).json() == {"undone": 3}
    beside = officer.get(f"{API}/mismatches/{one}/decisions/together").json()["mismatches"]
    assert beside == {}
    seen = {f["id"]: f["properties"]["row_version"] for f in officer.get(listed).json()["features"]}
    assert officer.post(where, json={**body, "mismatches": seen}).json()["decided"] == 3
    decided = officer.get(f"{API}/mismatches/{one}").json()["properties"]
    undone = officer.post(
        f"{API}/mismatches/{one}/decisions/undo",
        json={},
        headers={"If-Match": f'"{decided["row_version"]}"'},
    )
    assert undone.status_code == 200
    assert officer.get(listed).json()["matched"] == 1
    other = next(uid for uid in seen if uid != one)
    beside = officer.get(f"{API}/mismatches/{other}/decisions/together").json()["mismatches"]
    assert set(beside) == set(seen) - {one}
    # What was closed since is no longer there to be taken back: it would be open again.
    with land["database"].engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.communes', '*', true)"))
        closing = text("UPDATE cadastre.mismatch SET status = 'closed' WHERE mismatch_id = :uid")
        connection.execute(closing, {"uid": next(uid for uid in beside if uid != other)})
    beside = officer.get(f"{API}/mismatches/{other}/decisions/together").json()["mismatches"]
    assert set(beside) == {other}


def test_a_displaced_sheet_gathers_what_it_caused(
    officer: httpx.Client, land: dict[str, Any]
) -> None:
    with land["database"].engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.communes', '*', true)"))
        connection.execute(
            text(
                "UPDATE cadastre.mismatch SET code = 'CORNER';"
                "INSERT INTO cadastre.mismatch (commune, mismatch_id, moment, code, severity, subject,"
                " sheet, unit, rule, message_vi, message_en, opened_by)"
                " SELECT commune, gen_random_uuid(), 'merge', 'SHEET_SHIFT', 'warning', 'sheet 7', '7',"
                " 'm', rule, 'x', 'x', opened_by FROM cadastre.mismatch"
            )
        )
    answer = officer.get(f"{API}/mismatches/{land['mismatch']}/cause").json()
    assert answer["cause"] == "displaced_sheet"
    assert {m["code"] for m in answer["mismatches"]} == {"CORNER", "SHEET_SHIFT"}
    assert all("geometry" in m for m in answer["mismatches"])
    # What the land is used for does not come from where its sheet lies.
    with land["database"].engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.communes', '*', true)"))
        connection.execute(
            text("UPDATE cadastre.mismatch SET code = 'LAND_USE' WHERE code = 'CORNER'")
        )
    answer = officer.get(f"{API}/mismatches/{land['mismatch']}/cause").json()
    assert (answer["cause"], len(answer["mismatches"])) == ("same_sheets", 1)


def test_the_queue_knows_how_old_a_mismatch_is(officer: httpx.Client) -> None:
    listed = f"{API}/communes/{COMMUNE}/mismatches"
    assert officer.get(listed, params={"older_than_days": 0}).json()["matched"] == 1
    assert officer.get(listed, params={"older_than_days": 7}).json()["matched"] == 0


def test_a_version_is_read_as_it_stood_and_an_unknown_one_is_not_found(
    officer: httpx.Client, land: dict[str, Any]
) -> None:
    then = officer.get(f"{API}/parcels/{land['first']}/versions/1", params={"crs": "9217"}).json()
    assert [EAST, NORTH] in then["geometry"]["coordinates"][0]
    assert then["properties"]["area_m2"] == pytest.approx(100)
    assert officer.get(f"{API}/parcels/{land['first']}/versions/2").status_code == 404


def test_both_limits_of_the_area_are_told_and_the_wider_judges_the_ground(
    officer: httpx.Client, land: dict[str, Any]
) -> None:
    areas = officer.get(f"{API}/parcels/{land['first']}").json()["properties"]["areas"]
    assert areas["allowed_m2"] == pytest.approx(0.81)
    assert areas["allowed_measured_m2"] > areas["allowed_m2"]


def test_the_far_map_counts_every_parcel_once(officer: httpx.Client) -> None:
    sheets = officer.get(f"{API}/communes/{COMMUNE}/overview").json()["sheets"]
    assert [s["sheet"] for s in sheets] == [7, 91, 92]
    assert sum(s["parcels"] for s in sheets) == 36
    assert sheets[0]["states"] == {"clear": 11, "blocking": 1}
    assert {s["land_use"] for s in sheets} == {"residential"}


def test_delivered_tiles_are_served_where_there_are_sheets(officer: httpx.Client) -> None:
    answer = officer.get(f"{API}/tiles/{COMMUNE}/delivered/16/52565/30538.mvt")
    assert answer.status_code == 204


def test_the_view_is_printed_to_true_scale(officer: httpx.Client, tmp_path: Path) -> None:
    asked = {"east": EAST + 30, "north": NORTH + 30, "scale": 500, "paper": "a4"}
    for theme in ("land_use", "former", "scale", "age", "state"):
        answer = officer.get(f"{API}/communes/{COMMUNE}/view.pdf", params={**asked, "theme": theme})
        assert answer.headers["content-type"] == "application/pdf", theme
    page = pypdf.PdfReader(BytesIO(answer.content)).pages[0]
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]
    words = page.extract_text()
    assert "1:500" in words
    assert "VN-2000" in words
    # Lots of 10 m at 1:500: the poppler picture has a line every 20 mm, seven of them.
    lines = _upright_lines_mm(answer.content, tmp_path)
    assert np.diff(lines) == pytest.approx([LOT_M * 1000 / 500] * 6, abs=0.15)


def _upright_lines_mm(pdf: bytes, folder: Path) -> np.ndarray:
    """Where the upright lines inside the frame stand, in millimetres of the paper."""
    (folder / "view.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "254", "-gray", "view.pdf", "view"]
    subprocess.run(command, cwd=folder, check=True)
    raw = next(folder.glob("view*.pgm")).read_bytes()
    head = re.match(rb"P5\s(\d+)\s(\d+)\s255\s", raw)
    assert head is not None
    width, height = int(head[1]), int(head[2])
    grey = np.frombuffer(raw[head.end() :], dtype=np.uint8).reshape(height, width)
    rows = grey[height // 2 - 500 : height // 2 + 500]
    dark = np.flatnonzero((rows < 190).mean(axis=0) > 0.8)
    middles = np.array(
        [group.mean() for group in np.split(dark, np.flatnonzero(np.diff(dark) > 3) + 1)]
    )
    return middles[1:-1] / 10


def test_too_many_parcels_for_a_paper_are_refused(
    officer: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maps.printing.MOST_PARCELS", 10)
    asked = {"east": EAST + 30, "north": NORTH + 30, "scale": 500}
    answer = officer.get(f"{API}/communes/{COMMUNE}/view.pdf", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "view_too_wide")


def test_the_page_to_carry_asks_nobody_and_escapes_what_it_shows(
    officer: httpx.Client, land: dict[str, Any]
) -> None:
    with land["database"].engine.begin() as connection:
        connection.execute(text("UPDATE cadastre.survey SET label = '<img src=x onerror=1>'"))
    answer = officer.get(f"{API}/parcels/{land['first']}/inspection.html", params={"lang": "en"})
    assert answer.status_code == 200
    page = answer.text
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"] in page.replace("&#39;", "'")
    outside = re.findall(
        r"(?:src|href)=[\"']([^\"'#][^\"']*)", re.sub(r"(?s)<script>.*?</script>", "", page)
    )
    assert [address for address in outside if not address.startswith("data:")] == []
    assert "<img src=x" not in page
    assert "Sheet 7 parcel 1" in page
    assert "Neighbouring parcels" in page
    page = officer.get(f"{API}/parcels/{land['first']}/inspection.html", params={"lang": "vi"}).text
    assert "Tờ 7 thửa 1" in page


def test_measured_points_are_listed_in_a_box(officer: httpx.Client) -> None:
    assert officer.get(f"{API}/communes/{COMMUNE}/points").status_code == 422
    answer = officer.get(f"{API}/communes/{COMMUNE}/points", params={"bbox": "108,11,110,13"})
    assert answer.json()["type"] == "FeatureCollection"

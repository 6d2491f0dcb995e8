"""The counter over HTTP: batches, delegations, hand-overs, cards, the catalogue; and probes."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from cadastre.office.load_blanks import load_blanks
from cadastre.office.lodge_dossier import LodgedDocument
from tests.certificate.conftest import COMMUNE, HOUSE, NEXT_DOOR, ROAD, SmallOffice, put_parcels
from tests.certificate.test_counter import catalogue_table
from tests.commanding import Run, in_a_process
from tests.serving import Served, serving

pytestmark = pytest.mark.store

API = "/api/v1"
CARD = "056190000017||Cao Thị Mẫu|01051990|Nữ|Tổ 3, Khánh Vĩnh|10052021"


@pytest.fixture
def land(staffed_database: Any) -> SmallOffice:
    office = SmallOffice(staffed_database)
    put_parcels(office)
    load_blanks(office.desk("hoa"), commune=COMMUNE, letters="AA", first=1, count=5)
    return office


@pytest.fixture
def served(land: SmallOffice) -> Any:
    with serving(land.database.home, clock=lambda: land.now) as running:
        yield running


def submitted(land: SmallOffice, parcel: str) -> str:
    land.sign_boundary(parcel)
    start, code = land.now, land.lodge(parcel).code
    land.walk(code, until="submit")
    land.now = start
    return code


def words_of(pdf: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert all("DỰ THẢO" in unicodedata.normalize("NFC", page) for page in pages)
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())


def test_a_batch_is_reviewed_and_each_dossier_signed_or_refused_on_its_own(
    land: SmallOffice, served: Served
) -> None:
    codes = [submitted(land, HOUSE), submitted(land, NEXT_DOOR)]
    land.now += timedelta(days=60)
    chair, officer = served.signed_in("chair"), served.signed_in("officer")
    review = chair.get(f"{API}/communes/{COMMUNE}/signatures").json()["dossiers"]
    count = chair.get(f"{API}/communes/{COMMUNE}/signatures/count").json()
    assert count == {"waiting": len(review)}
    assert [one["code"] for one in review] == codes
    assert all(one["actions"][0]["allowed"] for one in review)
    assert (review[0]["prepared_by"], review[0]["area_m2"]) == (["lan"], 250.0)
    # Shown in pieces, counted as a whole.
    where = f"{API}/communes/{COMMUNE}/signatures"
    first = chair.get(where, params={"limit": 1}).json()
    assert (first["waiting"], first["more"], len(first["dossiers"])) == (2, True, 1)
    rest = chair.get(where, params={"limit": 1, "after": codes[0]}).json()
    assert (rest["waiting"], rest["more"], rest["dossiers"][0]["code"]) == (2, False, codes[1])
    # What will be signed is seen before, and nothing of it is kept.
    drafts = [one["href"] for one in review[0]["drafts"]]
    assert drafts == [f"{API}/dossiers/{codes[0]}/drafts/certificate.pdf"]
    assert chair.get(f"{API}/dossiers/{codes[0]}").json()["drafts"] == review[0]["drafts"]
    kept = land.sql("SELECT count(*) FROM cadastre.dossier_document")
    said = words_of(chair.get(drafts[0]).content)
    assert "250,0 m²" in said
    assert "Ký bởi" not in said
    assert land.sql("SELECT count(*) FROM cadastre.dossier_document") == kept
    # Names and numbers of persons are for those who work on rights.
    assert served.signed_in("manager").get(drafts[0]).status_code == 403
    chosen = [{"code": one["code"], "row_version": one["row_version"]} for one in review]
    # Not the chair, and no delegation: each is refused.
    answer = officer.post(f"{API}/communes/{COMMUNE}/signatures", json={"dossiers": chosen})
    assert {one["problem"] for one in answer.json()["results"]} == {"verb_forbidden"}
    # A mismatch appears on the second one between the review and the signature.
    land.flag(NEXT_DOOR)
    answer = chair.post(
        f"{API}/communes/{COMMUNE}/signatures",
        json={"dossiers": [*chosen, {"code": "H32.22609-260302-0099", "row_version": 1}]},
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["signed"], body["refused"]) == (1, 2)
    assert [one.get("problem") for one in body["results"]] == [
        None, "gate_refused", "dossier_unknown",
    ]  # fmt: skip
    assert body["results"][0]["serial"] == "AA 00000001"
    assert chair.get(drafts[0]).status_code == 404
    # What changed since the review is not signed; nor is anything signed twice.
    again = chair.post(f"{API}/communes/{COMMUNE}/signatures", json={"dossiers": chosen}).json()
    assert [one["problem"] for one in again["results"]] == ["nothing_to_approve", "gate_refused"]
    stale = chair.post(
        f"{API}/communes/{COMMUNE}/signatures",
        json={"dossiers": [{"code": codes[1], "row_version": 1}]},
    ).json()
    assert stale["results"][0]["problem"] == "dossier_changed"
    assert land.sql("SELECT count(*) FROM cadastre.certificate") == [(1,)]


def test_the_review_of_a_correction_says_what_is_wrong_and_right(
    land: SmallOffice, served: Served
) -> None:
    land.sign_boundary()
    code = land.lodge().code
    land.walk(code, until="register")
    (row,) = land.sql("SELECT serial FROM cadastre.certificate")
    paper = land.lodge(
        None, procedure="certificate_correction", certificate=row[0],
        documents=[LodgedDocument("application"), LodgedDocument("certificate_held")],
    ).code  # fmt: skip
    land.take(paper, "accept", who="hoa")
    finding = {"wrong": "Năm sinh 1991", "right": "Năm sinh 1990", "grounds": "Thẻ căn cước"}
    land.take(paper, "examine", finding)
    land.take(paper, "submit")
    review = f"{API}/communes/{COMMUNE}/signatures"
    (shown,) = served.signed_in("chair").get(review).json()["dossiers"]
    assert [line["value"] for line in shown["findings"]] == list(finding.values())
    # Which certificate, not whose: its holders are for those who see persons.
    about = shown["about_certificate"]
    assert (about["serial"], set(about)) == (row[0], {"serial", "number", "status"})
    assert shown["area_m2"] is None
    drafts = {one["kind"]: one["href"] for one in shown["drafts"]}
    assert set(drafts) == {"correction_decision", "certificate_changed"}
    corrected = words_of(served.signed_in("chair").get(drafts["certificate_changed"]).content)
    assert "nay là: Năm sinh 1990" in corrected
    assert "chưa ký" in corrected
    assert row[0] in corrected
    words_of(served.signed_in("chair").get(drafts["correction_decision"]).content)


def test_a_deputy_signs_over_http_only_while_the_delegation_lasts(
    land: SmallOffice, served: Served
) -> None:
    code = submitted(land, HOUSE)
    land.now += timedelta(days=60)
    chair, manager = served.signed_in("chair"), served.signed_in("manager")
    where = f"{API}/communes/{COMMUNE}/delegations"
    day = land.now.date()
    body = {
        "taken_by": "manager",
        "starts_on": day.isoformat(),
        "ends_on": (day + timedelta(days=7)).isoformat(),
        "reference": "15/QĐ-UBND",
    }
    assert served.signed_in("registrar").post(where, json=body).status_code == 403
    assert chair.post(where, json={**body, "taken_by": "nobody"}).status_code == 404
    assert chair.post(where, json={**body, "ends_on": "2020-01-01"}).status_code == 422
    given = chair.post(where, json=body)
    assert given.status_code == 201, given.text
    told = chair.get(where).json()["delegations"][0]
    assert (told["title"], told["in_force"]) == ("PHÓ CHỦ TỊCH", True)
    land.now += timedelta(days=8)
    assert chair.get(where).json()["delegations"][0]["in_force"] is False
    sign = f"{API}/dossiers/{code}/actions/sign"
    assert manager.post(sign, json={}).status_code == 403
    land.now -= timedelta(days=1)
    shown = manager.post(sign, json={})
    assert shown.status_code == 200, shown.text
    assert shown.json()["timeline"][-1]["data"]["acting_for"] == "chair"
    ended = chair.post(f"{where}/{given.json()['delegation_id']}/end", json={})
    assert ended.status_code == 200
    assert chair.get(where).json()["delegations"][0]["in_force"] is False
    assert chair.post(f"{where}/{given.json()['delegation_id']}/end", json={}).status_code == 404


def test_cards_codes_hand_overs_and_late_dossiers(land: SmallOffice, served: Served) -> None:
    registrar, officer = served.signed_in("registrar"), served.signed_in("officer")
    card = registrar.post(f"{API}/identity-card", json={"scanned": CARD})
    assert card.json()["birth_date"] == "1990-05-01"
    assert card.headers["cache-control"] == "no-store"
    assert registrar.post(f"{API}/identity-card", json={"scanned": "xyz"}).status_code == 422
    assert served.signed_in("manager").post(
        f"{API}/identity-card", json={"scanned": CARD}
    ).status_code == 403  # fmt: skip
    code = land.lodge(external_codes={"portal": "G22.99-260302-0001"}).code
    where = f"{API}/dossiers/{code}"
    taken = registrar.post(
        f"{where}/external-codes", json={"system": "portal", "scanned": "G22.99-260302-0002"}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "external_code_taken")
    assert officer.post(f"{where}/hand-overs", json={}).json()["taken_by"] == "officer"
    answer = officer.post(
        f"{where}/actions/apologise", json={"new_on": "2026-05-04", "reason": "Chờ trích đo"}
    )
    assert answer.json()["reappointed_on"] == "2026-05-04"
    answer = officer.post(f"{where}/actions/wait_on_system", json={"system": "Thuế điện tử"})
    assert answer.json()["waiting_on"] == ["Thuế điện tử"]
    land.now += timedelta(days=1)
    figures = served.signed_in("manager").get(f"{API}/statistics").json()
    assert figures["systems"][0]["open"] == 1
    assert figures["reappointed"] == {"dossiers": 1, "apologies_late": 0}
    assert figures["totals"]["received_direct"] == 1
    assert figures["hand_overs"][0]["outcome"] == "early"
    bad = served.signed_in("manager").get(
        f"{API}/statistics", params={"since": "2026-03-02", "until": "2026-03-01"}
    )
    assert (bad.status_code, bad.json()["code"]) == (422, "period_refused")
    listed = officer.get(f"{API}/dossiers", params={"q": "G22.99-260302"}).json()["dossiers"]
    assert listed[0]["waiting_on"] == ["Thuế điện tử"]
    found = officer.get(f"{API}/communes/{COMMUNE}/documents", params={"q": "don dang ky dat dai"})
    assert [one["code"] for one in found.json()["documents"]] == [code]


def test_the_catalogue_is_loaded_by_the_counter_and_read_by_anybody(served: Served) -> None:
    where = f"{API}/procedures/catalogue"
    files = {"file": ("thu-tuc.csv", catalogue_table(), "text/csv")}
    assert served.client().post(f"{where}/{COMMUNE}", files=files).status_code == 401
    assert served.signed_in("chair").post(f"{where}/{COMMUNE}", files=files).status_code == 403
    loaded = served.signed_in("registrar").post(f"{where}/{COMMUNE}", files=files)
    assert (loaded.status_code, loaded.json()["online"]) == (201, 180)
    visitor = served.client()
    first = visitor.get(where, params={"limit": 300}).json()
    assert (first["procedures"], first["online"], len(first["catalogue"])) == (489, 180, 300)
    second = visitor.get(where, params={"limit": 300, "cursor": first["next"]}).json()
    assert len(second["catalogue"]) == 189
    found = visitor.get(where, params={"q": "ĐĂNG KÝ đất đai, lần đầu"}).json()["catalogue"]
    assert [entry["code"] for entry in found] == ["1.013978"]
    junk = {"file": ("x.csv", b"\x00\x01\x02", "text/csv")}
    assert served.signed_in("registrar").post(f"{where}/{COMMUNE}", files=junk).status_code == 422
    assert visitor.get(where, params={"q": "1.900"}).json()["catalogue"][0]["code"] == "1.900000"


def test_no_probe_gets_around_the_procedure(land: SmallOffice, served: Served) -> None:
    land.sign_boundary()
    code = land.lodge().code
    officer, chair = served.signed_in("officer"), served.signed_in("chair")
    where = f"{API}/dossiers/{code}"

    def act(who: Any, action: str, data: Any = None, **kept: Any) -> int:
        return int(who.post(f"{where}/actions/{action}", json=data, **kept).status_code)

    assert act(chair, "sign") == 409  # out of order
    assert act(chair, "lodge") == 409  # not an action of the profile
    assert act(chair, "../sign") in {404, 405}
    assert act(officer, "accept", ["a"]) == 422
    assert act(officer, "accept", {"to_state": "signed"}) == 422
    assert act(officer, "accept", headers={"If-Match": '"99"'}) == 409
    assert act(officer, "accept") == 200
    confirm = dict(ROAD[1][2])
    assert act(officer, "confirm", {**confirm, "present_use": "castle"}) == 422
    assert act(officer, "confirm", {**confirm, "acting_for": "chair"}) == 422
    assert act(officer, "confirm", {**confirm, "used_since": "30/02/1990"}) == 422
    assert act(officer, "confirm", confirm) == 200
    assert act(officer, "make_extract") == 200
    assert act(officer, "open_posting") == 200
    # The posting cannot be cut short, nor its objection left open.
    assert act(officer, "close_posting") == 409
    assert act(officer, "take_objection", {"made_by": "Ông Ba", "text": "Lấn đất"}) == 200
    land.now += timedelta(days=25)
    refused = officer.post(f"{where}/actions/close_posting", json={})
    assert [item["gate"] for item in refused.json()["items"]] == ["objections_answered"]
    assert act(officer, "answer_objection", {"objection_id": "999", "answer": "x"}) == 422
    other = land.lodge(NEXT_DOOR).code
    objection = officer.get(where).json()["objections"][0]["objection_id"]
    stolen = officer.post(
        f"{API}/dossiers/{other}/actions/answer_objection",
        json={"objection_id": str(objection), "answer": "x"},
    )
    assert stolen.status_code == 409
    assert (
        act(officer, "answer_objection", {"objection_id": str(objection), "answer": "Đã đo"}) == 200
    )
    assert act(officer, "close_posting") == 200
    assert act(officer, "find_eligible", {"grounds": "Điều 138"}) == 200
    assert act(officer, "send_obligation") == 200
    for amount in ("NaN", "Infinity", "-5", -5, "1e400"):
        assert act(officer, "record_notice", {"amount": amount, "reference": "x"}) == 422, amount
    assert act(officer, "record_notice", {"amount": 100, "reference": "TB"}) == 200
    for amount in ("NaN", "inf", 99):
        assert act(officer, "record_payment", {"amount": amount, "reference": "x"}) == 422, amount
    assert act(officer, "submit") == 409
    assert land.sql("SELECT count(*) FROM cadastre.certificate") == [(0,)]
    assert served.client().get(where).status_code == 401
    assert officer.get(f"{where}/documents/..%2F..%2Fetc%2Fpasswd.pdf").status_code == 404


def test_the_same_by_commands(
    land: SmallOffice, tmp_path: Any, commands: Callable[..., Run]
) -> None:
    ran = commands(land.database)

    def command(*given: str, stdin: str = "") -> tuple[int, Any]:
        answer = ran(*given, "--json", stdin=stdin)
        return answer.code, json.loads(answer.out) if answer.out else answer.err

    land.now = datetime.now(UTC)
    code = land.lodge().code
    who = ("--commune", COMMUNE, "--as")
    exit_code, card = command("dossier", "card", stdin=CARD + "\n")
    assert (exit_code, card["name"]) == (0, "Cao Thị Mẫu")
    unread = in_a_process(land.database.home, "dossier", "card", stdin="x\n")
    assert unread.code == 1
    assert unread.err == ran("dossier", "card", stdin="x\n").err
    assert "căn cước" in unread.err.lower()
    exit_code, done = command("dossier", "hand-over", code, *who, "officer")
    assert (exit_code, done["given_by"]) == (0, "hoa")
    exit_code, said = command(
        "dossier", "external-code", code, "portal", "G22.99-991231-0001", *who, "registrar"
    )
    assert exit_code == 1
    assert "hãy quét lại mã" in said
    exit_code, results = command("dossier", "sign", code, *who, "chair")
    assert (exit_code, results[0]["status"]) == (1, "refused")
    table = tmp_path / "bang.csv"
    table.write_bytes(catalogue_table())
    assert command("procedures", "load", str(table), *who, "registrar")[1]["posted"] == 489
    exit_code, found = command("procedures", "find", "cap giay chung nhan")
    assert [entry["code"] for entry in found] == ["1.013978"]
    exit_code, figures = command("figures", "--commune", COMMUNE, "--as", "manager")
    assert figures["totals"]["in_progress"] == 1
    exit_code, left = command(
        "blanks", "spoil", "AA 00000001", "--reason", "Rách", *who, "registrar"
    )
    assert (exit_code, left["spoiled"], left["free"]) == (0, 1, 4)

"""The procedure over HTTP: lodge, look, step, paper, refusal, replay, verification."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from cadastre.office.create_account import create_account
from cadastre.office.desk import Desk
from cadastre.office.load_blanks import load_blanks
from cadastre.office.open_commune import open_commune
from cadastre.store.actor import SYSTEM
from cadastre.store.land_register import FormerCommune
from tests.certificate.conftest import COMMUNE, HOUSE, ROAD, SmallOffice, put_parcels
from tests.serving import PASSWORD, Served, serving

pytestmark = pytest.mark.store

API = "/api/v1"
ROLE = {"hoa": "registrar", "lan": "officer", "chi": "chair"}
LODGE = {
    "commune": COMMUNE,
    "procedure": "first_certificate",
    "parcel_uid": HOUSE,
    "parties": [
        {"name": "Cao Thị Mẫu", "share": "1/3", "id_number": "056190000001"},
        {"name": "Mấu Văn Thử", "share": "2/3"},
    ],
    "documents": [{"kind": "application"}, {"kind": "land_paper"}],
    "external_codes": {"portal": "G22.99-260302-0001"},
}


@pytest.fixture
def land(staffed_database: Any) -> SmallOffice:
    office = SmallOffice(staffed_database)
    put_parcels(office)
    load_blanks(office.desk("hoa"), commune=COMMUNE, letters="AA", first=1, count=5)
    return office


@pytest.fixture
def served(land: SmallOffice) -> Any:
    with serving(land.database.home) as running:
        yield running


def lodge(served: Served, **changes: Any) -> dict[str, Any]:
    answer = served.signed_in("registrar").post(f"{API}/dossiers", json={**LODGE, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_other_dossiers_of_the_same_people_or_land_are_one_click_away(served: Served) -> None:
    first = lodge(served)
    mau, _ = LODGE["parties"]
    same_land = lodge(served, parties=[{"name": "Cao Là Khác"}], external_codes={})
    person = {**mau, "share": "1", "gender": "Nữ", "phone": "0900000001"}
    same_person = lodge(
        served, procedure="civil_status_extract", parcel_uid=None, parties=[person],
        documents=[{"kind": "application"}], external_codes={},
    )  # fmt: skip
    registrar = served.signed_in("registrar")

    def related(code: str) -> list[tuple[str, bool, bool, bool]]:
        told = registrar.get(f"{API}/dossiers/{code}").json()["related"]
        return [(one["code"], one["people"], one["parcel"], one["open"]) for one in told]

    assert related(first["code"]) == [
        (same_person["code"], True, False, True),
        (same_land["code"], False, True, True),
    ]
    assert related(same_land["code"]) == [(first["code"], False, True, True)]
    withdrawn = registrar.post(
        f"{API}/dossiers/{first['code']}/actions/withdraw", json={"reason": "Chưa đủ giấy tờ"}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert related(same_person["code"]) == [(first["code"], True, False, False)]
    (shown,) = same_person["parties"]
    assert (shown["gender"], shown["phone"]) == ("Nữ", "0900000001")


def backdate(land: SmallOffice, code: str) -> None:
    """Let the posting of a dossier have ended yesterday, as if it had been opened earlier."""
    with land.database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE cadastre.dossier SET facts = jsonb_set(facts, '{posting,ends_on}',"
                " to_jsonb((current_date - 2)::text)) WHERE code = :code"
            ),
            {"code": code},
        )


def test_a_dossier_walks_over_http_to_a_certificate_that_anyone_can_verify(
    served: Served, land: SmallOffice
) -> None:
    people = {who: served.signed_in(role) for who, role in ROLE.items()}
    signed = {"confirmed": "unchanged", "signed_on": "2026-03-01", "neighbours": []}
    assert people["lan"].post(f"{API}/parcels/{HOUSE}/boundary", json=signed).status_code == 201
    shown = lodge(served)
    assert shown["state"] == "lodged"
    assert shown["parcel_label"] == "Tờ 98 thửa 1"
    assert set(shown["clock"]["due"]) == {"registration", "certificate"}
    for who, action, data in ROAD:
        if action == "close_posting":
            backdate(land, shown["code"])
        offered = {view["action"]: view for view in shown["actions"]}
        assert action in offered
        answer = people[who].post(
            f"{API}/dossiers/{shown['code']}/actions/{action}",
            json=data,
            headers={"If-Match": f'"{shown["row_version"]}"'},
        )
        assert answer.status_code == 200, (action, answer.text)
        shown = answer.json()
        assert answer.headers["ETag"] == f'"{shown["row_version"]}"'
    assert (shown["state"], shown["final"]) == ("registered", True)
    for document in shown["documents"]:
        if document["href"]:
            pdf = people["hoa"].get(document["href"])
            assert pdf.status_code == 200
            assert pdf.content.startswith(b"%PDF-")
    seen = served.client().get(f"{API}/verify/{shown['certificate']['token']}").json()
    assert seen["status"] == "in_force"
    assert seen["land_use_name_vi"] == "Đất ở tại nông thôn"
    assert "Mẫu" not in str(seen)
    listed = people["lan"].get(f"{API}/dossiers", params={"q": "cao thi mau"}).json()["dossiers"]
    assert [row["code"] for row in listed] == [shown["code"]]
    assert listed[0]["certificate"]["number"] == shown["certificate"]["number"]
    known = people["hoa"].get(f"{API}/communes/{COMMUNE}/parties", params={"q": "cao thi"}).json()
    assert [person["id_number"] for person in known["parties"]] == ["056190000001"]
    number = shown["certificate"]["number"]
    # One person alone cancels nothing: that is a procedure with two pairs of eyes.
    alone = people["chi"].post(
        f"{API}/certificates/{number}/cancellation", json={"reason": "Cấp sai thửa"}
    )
    assert alone.is_client_error
    again = served.client().get(f"{API}/verify/{shown['certificate']['token']}").json()
    assert (again["status"], again["changes"]) == ("in_force", [])
    one = people["lan"].get(f"{API}/certificates/{number}", params={"commune": COMMUNE}).json()
    assert (one["number"], one["parcel_label"]) == (number, "Tờ 98 thửa 1")


def test_the_refusal_lists_what_is_unmet_in_both_languages(served: Served) -> None:
    code = lodge(served, documents=[])["code"]
    answer = served.signed_in("registrar").post(f"{API}/dossiers/{code}/actions/accept", json={})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "gate_refused"
    assert [item["gate"] for item in problem["items"]] == ["documents_complete"] * 2
    assert all(item["message_vi"] and item["message_en"] for item in problem["items"])


def test_an_old_version_is_refused_and_a_repeated_request_is_carried_out_once(
    served: Served,
) -> None:
    registrar = served.signed_in("registrar")
    headers = {"Idempotency-Key": "lodge-1"}
    first = registrar.post(f"{API}/dossiers", json=LODGE, headers=headers)
    again = registrar.post(f"{API}/dossiers", json=LODGE, headers=headers)
    assert again.json()["code"] == first.json()["code"]
    assert again.headers["Idempotency-Replayed"] == "true"
    step = f"{API}/dossiers/{first.json()['code']}/actions/accept"
    assert registrar.post(step, json={}, headers={"If-Match": '"1"'}).status_code == 200
    refused = registrar.post(step, json={}, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "dossier_changed")


def test_only_the_chair_signs_and_only_their_own_commune_is_seen(served: Served) -> None:
    code = lodge(served)["code"]
    officer = served.signed_in("officer")
    assert officer.post(f"{API}/dossiers/{code}/actions/sign", json={}).status_code == 403
    assert served.client().get(f"{API}/dossiers/{code}").status_code == 401
    assert officer.get(f"{API}/dossiers/H32.22609-200101-0001").status_code == 404
    assert officer.get(f"{API}/dossiers/{code}/documents/certificate.pdf").status_code == 404
    manager = served.signed_in("manager").get(f"{API}/dossiers/{code}").json()
    assert all("id_number" not in party for party in manager["parties"])


def test_a_bad_share_and_a_bad_scan_are_refused_by_field(served: Served) -> None:
    registrar = served.signed_in("registrar")
    bad = {**LODGE, "parties": [{"name": "A", "share": "1/0"}]}
    answer = registrar.post(f"{API}/dossiers", json=bad)
    assert (answer.status_code, answer.json()["field"]) == (422, "share")
    code = lodge(served)["code"]
    where = f"{API}/dossiers/{code}/documents"
    scan = {"file": ("scan.pdf", b"%PDF-1.4 scan", "application/pdf")}
    added = registrar.post(where, data={"kind": "land_paper"}, files=scan)
    assert added.status_code == 201, added.text
    fake = {"file": ("scan.pdf", b"MZ", "application/pdf")}
    assert registrar.post(where, data={"kind": "land_paper"}, files=fake).status_code == 422


def test_pages_of_dossiers_follow_each_other(served: Served) -> None:
    codes = [lodge(served, external_codes={})["code"] for _ in range(3)]
    officer = served.signed_in("officer")
    seen: list[str] = []
    cursor = None
    for _ in range(2):
        asked = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = officer.get(f"{API}/dossiers", params=asked).json()
        seen += [row["code"] for row in page["dossiers"]]
        cursor = page["next"]
    assert seen == codes[::-1]
    assert cursor is None


def test_anyone_reads_the_procedures_and_the_postings(served: Served, land: SmallOffice) -> None:
    visitor = served.client()
    found = visitor.get(f"{API}/procedures", params={"q": "giay chung nhan lan dau"}).json()[
        "procedures"
    ]
    assert [one["name"] for one in found] == ["first_certificate"]
    assert {step["name"] for step in found[0]["steps"]} >= {"one_stop", "land_unit"}
    assert visitor.get(f"{API}/procedures/civil_status_extract").json()["needs_parcel"] is False
    land.sign_boundary()
    code = land.lodge().code
    land.walk(code, until="open_posting")
    (posted,) = visitor.get(f"{API}/communes/{COMMUNE}/postings").json()["postings"]
    names = (posted["land_use"], posted["land_use_name_vi"], posted["land_use_name_en"])
    assert names == ("ONT", "Đất ở tại nông thôn", "Rural residential")
    assert posted["holders"] == "Cao Thị Mẫu; Mấu Văn Thử"
    assert posted["ends_on"] == "2026-03-23"
    assert "056190000001" not in str(posted)


def second_book(land: SmallOffice, other: str) -> None:
    """Another commune whose book has a certificate of the same number."""
    desk = Desk(land.database.worker_engine, SYSTEM, land.database.home)
    open_commune(
        desk,
        commune=other,
        name="Liên Sang",
        kind="xã",
        province="Khánh Hòa",
        srid=9217,
        mountain=True,
        valid_from=date(2025, 7, 1),
        former_communes=[FormerCommune(other, "Liên Sang", "xã", True, 1)],
    )
    land.sql(
        "INSERT INTO cadastre.certificate_blank (commune, serial, status, event_id)"
        " VALUES (:other, 'BB 00000001', 'used', :event)",
        other=other,
    )
    changes = {
        "parcel": {},
        "dossier": {"dossier_uid": str(uuid4()), "code": f"{other}-260302-0001"},
    }
    changes["certificate"] = {
        "certificate_uid": str(uuid4()),
        "serial": "BB 00000001",
        "token": "another-token",
        "dossier_uid": changes["dossier"]["dossier_uid"],
        "document_uid": None,
    }
    for table, changed in changes.items():
        land.sql(
            f"INSERT INTO cadastre.{table} SELECT (jsonb_populate_record(t, CAST(:changed AS jsonb))).*"
            f" FROM cadastre.{table} AS t WHERE t.parcel_uid = :house",
            changed=json.dumps({**changed, "commune": other}),
            house=HOUSE,
        )


def test_a_number_that_stands_in_two_books_asks_for_the_commune(
    served: Served, land: SmallOffice
) -> None:
    land.sign_boundary()
    land.walk(land.lodge().code, until="sign")
    second_book(land, "22612")
    create_account(
        Desk(land.database.worker_engine, SYSTEM, land.database.home),
        commune=COMMUNE,
        username="both",
        display_name="Hai xã",
        password=PASSWORD,
        role="officer",
        communes=(COMMUNE, "22612"),
    )
    both = served.signed_in("both")
    asked = both.get(f"{API}/certificates/CN 00001")
    assert (asked.status_code, asked.json()["code"]) == (409, "certificate_ambiguous")
    assert "hãy nêu xã" in asked.json()["detail_vi"]
    assert "name the commune" in asked.json()["detail"]
    assert "22609, 22612" in asked.json()["detail_vi"]
    for commune, serial in ((COMMUNE, "AA 00000001"), ("22612", "BB 00000001")):
        told = both.get(f"{API}/certificates/CN 00001", params={"commune": commune}).json()
        assert (told["commune"], told["serial"]) == (commune, serial)
        # A serial is one blank in the whole country.
        assert both.get(f"{API}/certificates/{serial}").json()["commune"] == commune
    # Who works for one of them is not asked.
    own = served.signed_in("officer").get(f"{API}/certificates/CN 00001").json()
    assert own["serial"] == "AA 00000001"

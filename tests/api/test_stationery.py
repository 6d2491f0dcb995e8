"""Blanks, printers, overprint and register page, over HTTP on a signed certificate."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from cadastre.store.certificates import BlankNotFree
from tests.api.test_dossiers import API, land, served  # noqa: F401 - fixtures
from tests.certificate.conftest import COMMUNE, HOUSE, NEXT_DOOR, SmallOffice
from tests.serving import Served

pytestmark = pytest.mark.store
MM = 72 / 25.4


@pytest.fixture
def signed(land: SmallOffice) -> str:  # noqa: F811
    land.sign_boundary()
    code = land.lodge().code
    land.walk(code, until="sign")
    return code


def words_at(pdf: bytes, words: str) -> tuple[float, float]:
    """Where the first run of text with these words begins on page 1, in mm from the lower left."""
    found = []

    def note(text: str, outer: Any, inner: Any, *_font: Any) -> None:
        if words in text and not found:
            found.append(
                (
                    (inner[4] * outer[0] + outer[4]) / MM,
                    (inner[5] * outer[3] + outer[5]) / MM,
                )
            )

    PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=note)
    return found[0]


def test_the_overprint_is_what_was_signed_moved_by_the_printers_shift(
    signed: str,
    served: Served,  # noqa: F811
) -> None:
    office = served.signed_in("registrar")
    straight = office.get(f"{API}/dossiers/{signed}/overprint.pdf")
    assert straight.headers["content-type"] == "application/pdf"
    kept = office.post(
        f"{API}/communes/{COMMUNE}/printers",
        json={"name": "Máy in phòng 2", "right_mm": 1.5, "down_mm": -2},
    )
    assert kept.status_code == 201, kept.text
    moved = office.get(
        f"{API}/dossiers/{signed}/overprint.pdf", params={"printer": "Máy in phòng 2"}
    )
    (x0, y0), (x1, y1) = (words_at(one.content, "Cao Thị Mẫu") for one in (straight, moved))
    assert (x1 - x0, y1 - y0) == (pytest.approx(1.5, abs=0.01), pytest.approx(2.0, abs=0.01))
    boxes = [PdfReader(io.BytesIO(one.content)).pages[0].mediabox for one in (straight, moved)]
    assert boxes[0] == boxes[1]
    text = PdfReader(io.BytesIO(moved.content)).pages[0].extract_text()
    assert "AA 00000001" not in text


def test_a_printer_measured_anew_replaces_its_shift_and_shows_it(
    signed: str,
    served: Served,  # noqa: F811
) -> None:
    office = served.signed_in("registrar")
    for right in (1.5, 0.5):
        office.post(
            f"{API}/communes/{COMMUNE}/printers",
            json={"name": "HP", "right_mm": right, "down_mm": 0},
        )
    assert office.get(f"{API}/communes/{COMMUNE}/printers").json()["printers"] == [
        {"name": "HP", "right_mm": 0.5, "down_mm": 0.0}
    ]
    page = office.get(f"{API}/communes/{COMMUNE}/calibration.pdf", params={"printer": "HP"})
    assert "HP" in PdfReader(io.BytesIO(page.content)).pages[0].extract_text()
    unknown = office.get(f"{API}/communes/{COMMUNE}/calibration.pdf", params={"printer": "XX"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "printer_unknown")
    far = office.post(
        f"{API}/communes/{COMMUNE}/printers", json={"name": "HP", "right_mm": 25, "down_mm": 0}
    )
    assert far.status_code == 422


def test_before_the_signature_there_is_no_overprint(land: SmallOffice, served: Served) -> None:  # noqa: F811
    code = land.lodge().code
    missing = served.signed_in("registrar").get(f"{API}/dossiers/{code}/overprint.pdf")
    assert (missing.status_code, missing.json()["code"]) == (404, "overprint_missing")


def test_persons_papers_are_not_for_every_role(signed: str, served: Served) -> None:  # noqa: F811
    surveyor = served.signed_in("surveyor")
    for path in (f"/dossiers/{signed}/overprint.pdf", f"/parcels/{HOUSE}/register.pdf"):
        assert surveyor.get(API + path).status_code == 403


def test_the_register_page_tells_issue_and_cancellation(
    signed: str,
    land: SmallOffice,  # noqa: F811
    served: Served,  # noqa: F811
) -> None:
    office = served.signed_in("registrar")
    empty = office.get(f"{API}/parcels/{NEXT_DOOR}/register.pdf")
    assert (empty.status_code, empty.json()["code"]) == (404, "register_page_empty")
    land.withdraw_certificate("AA 00000001", wrong="Ghi sai tên")
    page = office.get(f"{API}/parcels/{HOUSE}/register.pdf")
    text = " ".join(PdfReader(io.BytesIO(page.content)).pages[0].extract_text().split())
    for words in ("CN 00001", "AA 00000001", "Cao Thị Mẫu", "1/3", "Ghi sai tên", "250,0"):
        assert words in text, words


def test_a_spoiled_blank_is_counted_and_never_used(land: SmallOffice, served: Served) -> None:  # noqa: F811
    office = served.signed_in("registrar")
    spoiled = office.post(
        f"{API}/communes/{COMMUNE}/blanks/spoiled",
        json={"serial": "AA 00000001", "reason": "Kẹt giấy"},
    )
    assert (spoiled.json()["free"], spoiled.json()["spoiled"]) == (4, 1)
    land.sign_boundary()
    assert land.walk(land.lodge().code, until="sign").serial == "AA 00000002"


def to_signature(land: SmallOffice) -> str:  # noqa: F811
    land.sign_boundary()
    code = land.lodge().code
    land.walk(code, until="submit")
    return code


def test_a_serial_of_the_national_software_is_recorded_once(land: SmallOffice) -> None:  # noqa: F811
    code = to_signature(land)
    with pytest.raises(BlankNotFree):
        land.take(code, "sign", {"serial": "BB 00000077"}, who="chi")
    told = {"serial": "BB 00000077", "printed_elsewhere": True}
    assert land.take(code, "sign", told, who="chi").serial == "BB 00000077"
    second = land.lodge(NEXT_DOOR).code
    land.sign_boundary(NEXT_DOOR)
    land.walk(second, until="submit")
    with pytest.raises(BlankNotFree):
        land.take(second, "sign", told, who="chi")


def test_the_chairman_may_name_a_free_blank(land: SmallOffice) -> None:  # noqa: F811
    code = to_signature(land)
    assert land.take(code, "sign", {"serial": "aa00000004".upper()}, who="chi").serial == (
        "AA 00000004"
    )


def test_the_certificate_is_exported_as_data_before_and_after_it_is_signed(
    signed: str,
    land: SmallOffice,  # noqa: F811
    served: Served,  # noqa: F811
) -> None:
    office = served.signed_in("registrar")
    told = office.get(f"{API}/dossiers/{signed}/certificate.json").json()
    assert told["format"] == "certificate-record/1"
    assert (told["certificate"]["serial"], told["certificate"]["book_number"]) == (
        "AA 00000001",
        "CN 00001",
    )
    assert [(h["name"], h["share"]) for h in told["holders"]] == [
        ("Cao Thị Mẫu", "1/3"),
        ("Mấu Văn Thử", "2/3"),
    ]
    parcel = told["parcel"]
    assert (parcel["sheet"], parcel["parcel"], parcel["area_m2"]) == ("98", "1", 250.0)
    assert parcel["purposes"][0]["land_use"] == "ONT"
    corners = told["outline"]["vertices"]
    assert [(c["x_north_m"], c["y_east_m"]) for c in corners] == [
        (1345020.0, 570000.0), (1345020.0, 570012.5), (1345000.0, 570012.5), (1345000.0, 570000.0),
    ]  # fmt: skip
    assert served.signed_in("surveyor").get(
        f"{API}/dossiers/{signed}/certificate.json"
    ).status_code == 403  # fmt: skip
    land.sign_boundary(NEXT_DOOR)
    waiting = land.lodge(NEXT_DOOR).code
    land.walk(waiting, until="submit")
    before = office.get(f"{API}/dossiers/{waiting}/certificate.json").json()
    assert (before["certificate"], before["obligation"]["outcome"]) == (None, "paid")


def test_the_kiosk_says_that_a_dossier_is_paused_waits_or_has_a_new_date(
    land: SmallOffice,  # noqa: F811
    served: Served,  # noqa: F811
) -> None:
    land.sign_boundary()
    code = land.lodge().code
    land.walk(code, until="open_posting")
    land.take(code, "wait_on_system", {"system": "Thuế điện tử"})
    land.take(code, "apologise", {"new_on": "2026-12-31", "reason": "Lỗi phần mềm"})
    told = served.client().get(f"{API}/kiosk/{code}").json()
    assert told["stopped_by_vi"] == "Niêm yết công khai"
    assert told["waiting_on"] == ["Thuế điện tử"]
    assert told["reappointed_on"] == "2026-12-31"
    land.take(code, "end_waiting", {"system": "Thuế điện tử"})
    assert served.client().get(f"{API}/kiosk/{code}").json()["waiting_on"] == []

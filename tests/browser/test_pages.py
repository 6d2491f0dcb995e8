"""Every page, by every role that uses it, at desk and phone size, in both languages."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cadastre.certificate.context import office_date
from cadastre.drawing.papers import SAMPLE_STAMP

from .conftest import DESKTOP, PHONE
from .test_accessibility import faults

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]
PAGES = (
    "surveys", "sheets", "dossiers", "dashboard", "procedures", "docs", "stationery", "signatures",
)  # fmt: skip


@pytest.mark.parametrize("role", ["officer", "registrar", "manager"])
def test_pages_of_the_office_open_for_a_role(visit: Visit, role: str) -> None:
    with visit(role) as w:
        w.open("/", "home")
        w.shot(f"home-{role}")
        for name in PAGES:
            w.open(f"/{name}", name)
            if role == "officer":
                w.shot(name)
            assert w.page.inner_text("h1")


@pytest.mark.parametrize(
    ("language", "sizes"),
    [("en", (DESKTOP, PHONE)), ("vi", (PHONE, DESKTOP))],
    ids=["en-desk-first", "vi-phone-first"],
)
def test_no_text_is_missing_and_nothing_sticks_out(
    visit: Visit, language: str, sizes: tuple[dict[str, int], dict[str, int]]
) -> None:
    keys = r"/\b(common|home|map|surveys|sheets|dossiers|dashboard|procedures|report|stationery|signatures|dossier)\.[a-z_.]+\b/"
    with visit("officer", size=sizes[0]) as w:
        w.page.goto(f"{w.address}/language/{language}?back=/")
        for name in PAGES:
            w.page.set_viewport_size(sizes[0])  # type: ignore[arg-type]
            w.open(f"/{name}", name)
            for size in sizes:
                w.page.set_viewport_size(size)  # type: ignore[arg-type]
                assert w.page.get_attribute("html", "lang") == language
                assert w.page.evaluate(f"document.body.innerText.match({keys})") is None
                assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_a_page_of_the_sample_is_printed_with_its_mark(visit: Visit, tmp_path: Path) -> None:
    with visit("manager") as w:
        for name in ("dashboard", "dossiers"):
            w.open(f"/{name}", name)
            w.page.pdf(format="A5", path=tmp_path / "page.pdf")
            asked = ["pdftotext", "-layout", "-enc", "UTF-8", tmp_path / "page.pdf", "-"]
            text = subprocess.run(asked, capture_output=True, check=True).stdout.decode()
            told = [" ".join(page.split()) for page in text.split("\f")[:-1]]
            assert [SAMPLE_STAMP in unicodedata.normalize("NFC", page) for page in told] == [
                True
            ] * len(told)
            assert not w.page.is_visible(".sample-mark")


def test_a_visitor_is_sent_to_sign_in_and_comes_back_to_the_page(visit: Visit) -> None:
    with visit() as w:
        w.page.goto(w.address + "/dashboard")
        w.shot("sign-in")
        w.page.fill("[name=username]", w.accounts["manager"]["username"])
        w.page.fill("[name=password]", w.accounts["manager"]["password"])
        w.page.click("button[type=submit]")
        w.ready("dashboard")
        assert w.page.url == w.address + "/dashboard"


def test_a_wrong_password_is_said_in_words(visit: Visit) -> None:
    with visit() as w:
        w.expected.append((401, "/auth/token"))
        w.page.goto(w.address + "/")
        w.page.fill("[name=username]", "officer")
        w.page.fill("[name=password]", "sai")
        w.page.click("button[type=submit]")
        w.page.wait_for_selector("#problem:not([hidden])")
        assert "không đúng" in w.page.inner_text("#problem")


def test_a_dossier_is_lodged_from_a_parcel_and_followed_at_the_kiosk(visit: Visit) -> None:
    with visit("registrar") as w:
        uid = w.page.evaluate(
            "async () => (await (await fetch('/api/v1/communes/22609/parcels?limit=1&state=clear'))"
            ".json()).features[0].properties.parcel_uid"
        )
        w.open(f"/dossiers/new?parcel={uid}", "new_dossier")
        assert w.page.get_attribute("#chosen-parcel", "data-uid") == uid
        w.page.fill("[data-field=name]", "Nguyễn Thị Mẫu")
        w.page.check("#documents input[value=origin_declaration]")
        w.shot("new-dossier")
        w.page.click("#lodge button[type=submit]")
        w.ready("dossier")
        w.shot("dossier")
        code = w.page.inner_text("h1")
        assert w.page.get_attribute("#state", "data-state") == "lodged"
        w.page.click("[data-action=accept]")
        w.until("document.querySelector('#state').dataset.state === 'accepted'")
    with visit(size=PHONE, touch=True) as w:
        w.open("/kiosk", "kiosk")
        w.page.fill("#code", code)
        w.page.click("#kiosk-form button[type=submit]")
        w.page.wait_for_selector("#kiosk-state")
        assert "Mẫu" not in w.page.inner_text("#answer")
        w.shot("kiosk-phone")


def test_an_unknown_certificate_is_said_to_be_unknown(visit: Visit) -> None:
    with visit() as w:
        w.expected.append((404, "/verify/"))
        w.open("/verify/khong-co", "verify")
        assert w.page.get_attribute("#verdict", "data-status") == "unknown"
        w.shot("verify-unknown")


def test_the_policy_lets_no_inline_script_run(visit: Visit) -> None:
    with visit() as w:
        w.page.goto(w.address + "/kiosk")
        ran = w.page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            "document.body.append(s); return window.ran ?? 0; }"
        )
        assert ran == 0
        assert any("Content Security Policy" in fault for fault in w.faults)
        w.faults.clear()


def test_a_printer_is_calibrated_and_a_blank_accounted_for(visit: Visit) -> None:
    with visit("registrar") as w:
        w.open("/stationery", "stationery")
        assert "Chưa khai báo máy in nào" in w.page.inner_text("#printers")
        w.page.click("details:has(#printer) > summary")
        w.page.fill("#printer [name=name]", "Máy in phòng 2")
        w.page.fill("#printer [name=right_mm]", "1.5")
        w.page.click("#printer button[type=submit]")
        w.page.wait_for_selector("#printers table")
        assert "1,5" in w.page.inner_text("#printers")
        free = int(w.page.inner_text("[data-blanks=free]").replace(".", ""))
        w.page.click("details:has(#load) > summary")
        for name, value in (("letters", "ZZ"), ("first", "00000001"), ("count", "2")):
            w.page.fill(f"#load [name={name}]", value)
        w.page.click("#load button[type=submit]")
        told = "document.querySelector('[data-blanks=free]').textContent.replace('.', '')"
        w.until(f"{told} === '{free + 2}'")
        w.shot("stationery")
        w.expected.append((404, "/overprint.pdf"))
        w.page.fill("#overprint [name=code]", "H32.22609-000000-0000")
        w.page.click("#overprint button[type=submit]")
        w.page.wait_for_selector("#notices .notice.bad")
        assert w.page.inner_text("#notices .notice.bad").strip()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_the_review_of_the_merge_shows_decides_and_reopens(
    visit: Visit, size: dict[str, int]
) -> None:
    with visit("officer", size=size) as w:
        w.open("/merge/22609", "merge")
        if size is PHONE:
            w.page.click("#side-toggle")
        w.page.keyboard.press("n")
        w.until("Boolean(document.documentElement.dataset.proposal)", timeout_s=90)
        w.shot(f"merge-{size['width']}")
        assert w.page.locator("#proposal-detail tbody tr").count() > 0
        w.page.keyboard.press("b")
        assert w.page.get_attribute("[data-view=before]", "aria-pressed") == "true"
        w.page.keyboard.press("r")
        w.page.wait_for_selector("#proposal-detail [data-status=rejected]")
        w.page.click("#proposal-detail [data-decision=open]")
        w.page.wait_for_selector("#proposal-detail [data-status=open]")
        w.page.click("[data-side=merges]")
        assert w.page.locator(".merge-run [data-undo]").count() == 1
        w.page.click("[data-side=numbers]")
        sheets = w.page.locator("#conversion tbody tr").count()
        w.page.fill("#conversion-find", "khánh phú")
        found = w.page.locator("#conversion tbody tr").all_inner_texts()
        assert 0 < len(found) < sheets
        assert all("Khánh Phú" in row for row in found)
        with w.page.expect_download() as download:
            w.page.click("#conversion-xlsx")
        assert download.value.suggested_filename == "bang-chuyen-doi-22609.xlsx"
        assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_manager_sees_where_the_work_is_and_goes_there(
    visit: Visit, size: dict[str, int]
) -> None:
    with visit("manager", size=size) as w:
        w.open("/dashboard", "dashboard")
        sheets = w.page.evaluate(
            "async () => (await (await fetch('/api/v1/communes/22609/office-map')).json()).features"
        )
        assert w.page.locator("#office-map a").count() == len(sheets) > 3
        busy = [s["properties"] for s in sheets if s["properties"]["dossiers"]]
        assert w.page.locator(".work-ring").count() == len(busy) > 0
        for sheet in (s["properties"] for s in sheets):
            assert sheet["blocked"] <= min(sheet["blocking"], sheet["parcels"])
        assert sum(s["properties"]["blocked"] for s in sheets) > 0
        assert w.page.locator("#slow-steps .step-row").count() > 0
        assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        path = w.shot(f"dashboard-{size['width']}")
        w.page.screenshot(path=path, full_page=True)
        w.page.locator("#office-map a").first.focus()
        w.page.keyboard.press("Enter")
        w.ready("map")
        assert "/map/22609#17/" in w.page.url


def test_the_step_that_holds_dossiers_up_stands_out(visit: Visit) -> None:
    def late(route: Any) -> None:
        figures = route.fetch().json()
        figures["steps"][1] |= {"caused": 2, "over_limit": 3}
        figures["steps"][0] |= {"over_limit": 9}
        route.fulfill(json=figures)

    with visit("manager") as w:
        w.page.route("**/api/v1/statistics*", late)
        w.open("/dashboard", "dashboard")
        rows = w.page.locator("#slow-steps .step-row")
        # A step that made dossiers late stands before one that only went over its own limit.
        assert rows.nth(1).get_attribute("class") == "step-row blocks"
        assert w.page.locator(".step-row.blocks").count() == 1
        assert "Chỗ nghẽn" in rows.nth(1).inner_text()
        assert "2 hồ sơ" in w.page.inner_text("#slow-steps .hint >> nth=0")
        w.shot("dashboard-bottleneck")


def test_the_work_of_a_role_is_a_list_and_a_board_by_step(visit: Visit) -> None:
    with visit("chair") as w:
        w.open("/dossiers", "dossiers")
        everything = w.page.locator("#list tbody tr").count()
        with w.page.expect_response(lambda r: "turn=1" in r.url):
            w.page.check("[name=turn]")
        w.until(f"document.querySelectorAll('#list tbody tr').length < {everything}")
        states = w.page.locator("#list tbody tr").all_inner_texts()
        assert states
        assert all("Đã trình ký" in state for state in states)
        w.page.uncheck("[name=turn]")
        w.page.check("[name=view][value=board]")
        w.page.wait_for_selector(".board-column")
        assert w.page.locator(".board-card").count() == everything
        heads = w.page.locator(".board-column h2").all_inner_texts()
        assert "Một cửa" in heads[0]
        assert any(head == f"Chủ tịch UBND cấp xã ký ({len(states)})" for head in heads)
        assert faults(w) == []
        w.shot("dossiers-board")


def test_the_chairman_sees_how_many_wait_and_who_prepared_them(visit: Visit) -> None:
    with visit("chair") as w:
        w.open("/", "home")
        w.page.wait_for_selector("a[href='/signatures'] .chip")
        told = w.page.inner_text("a[href='/signatures'] .chip")
        w.open("/signatures", "signatures")
        waiting = w.page.locator("#signatures [data-code]")
        assert w.page.locator("#signatures [data-draft]").count() == waiting.count()
        assert told.startswith(f"{waiting.count()} ")
        assert "Cán bộ địa chính (mẫu)" in waiting.first.inner_text()
        w.shot("signatures-waiting")
        # Whoever stands in for the chairman finds the way as well.
        w.page.click("#delegations summary")
        w.page.select_option("[name=taken_by]", w.accounts["registrar"]["username"])
        today = office_date(datetime.now(UTC)).isoformat()
        w.page.fill("[name=starts_on]", today)
        w.page.fill("[name=ends_on]", today)
        w.page.fill("[name=reference]", "QĐ 12/QĐ-UBND")
        w.page.click("#delegations button[type=submit]")
        w.page.wait_for_selector("#delegations li .chip")
        assert "đang có hiệu lực" in w.page.inner_text("#delegations li")
    with visit("registrar") as w:
        w.open("/", "home")
        w.page.wait_for_selector("a[href='/signatures'] .chip")
        assert told == w.page.inner_text("a[href='/signatures'] .chip")

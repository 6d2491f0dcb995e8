"""The camera: papers of the service in its picture are read by the decoder that the page brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Playwright

from .conftest import CHROMIUM, FLAGS, PHONE
from .photographed import film, located, photograph, printed
from .test_accessibility import faults

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]
BARS, SQUARE = zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode
CARD = "056180001234|225001234|Trần Thị Ngọc Ánh|02031980|Nữ|Thôn Hạ, Khánh Vĩnh|05062021"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that is the picture of the camera; it is read anew each time the camera opens."""
    path: Path = tmp_path_factory.mktemp("camera") / "picture.y4m"
    film(path, np.full((720, 1280), 90, np.uint8))
    return path


@pytest.fixture(scope="module")
def browser(playwright_here: Playwright, picture: Path) -> Iterator[Browser]:
    """Chromium with a camera, and no BarcodeDetector of its own as on most phones and PCs."""
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={picture}",
    ]
    opened = playwright_here.chromium.launch(executable_path=CHROMIUM, args=FLAGS + camera)
    yield opened
    opened.close()


def paper(w: Any, kind: str) -> bytes:
    """The first paper of a kind among the dossiers of the sample."""
    api = w.page.context.request
    for row in api.get(f"{w.address}/api/v1/dossiers").json()["dossiers"]:
        for document in api.get(f"{w.address}/api/v1/dossiers/{row['code']}").json()["documents"]:
            if document["kind"] == kind and document["href"]:
                return bytes(api.get(w.address + document["href"]).body())
    raise AssertionError(f"no {kind} in the sample")


def test_a_phone_reads_the_codes_of_our_papers_and_opens_what_they_name(
    visit: Visit, picture: Path, tmp_path: Path
) -> None:
    with visit("registrar", size=PHONE) as w:
        receipt, certificate = paper(w, "receipt"), paper(w, "certificate")
        bars = printed(receipt, tmp_path, BARS)
        # Too far away, then nearer and across the phone.
        film(picture, photograph(bars, share=0.2), photograph(bars, share=0.5, angle_deg=86))
        w.open("/", "home")
        assert w.page.evaluate("'BarcodeDetector' in window") is False
        w.page.click("#scan")
        w.page.wait_for_url(f"**/dossiers/{bars.text}")
        w.ready("dossier")
        square = located(bars.page, SQUARE)
        assert square.text.endswith(bars.text)
        film(picture, photograph(square, share=0.2, angle_deg=-20, tilt=0.1, blur_px=1.2))
        w.open("/", "home")
        w.page.click("#scan")
        w.page.wait_for_url(f"**/dossiers/{bars.text}")
        w.ready("dossier")
        verify = printed(certificate, tmp_path, SQUARE)
        film(picture, photograph(verify, share=0.5))
        w.page.click("#scan")
        w.page.wait_for_url("**/verify/*")
        w.ready("verify")
        assert w.page.get_attribute("#verdict", "data-status") == "in_force"
        assert verify.text.split("\n")[0].endswith(w.page.url.removeprefix(w.address))


def test_a_phone_reads_an_identity_card_into_the_form(visit: Visit, picture: Path) -> None:
    drawn = zxingcpp.create_barcode(CARD, SQUARE, ec_level="M")
    card = np.asarray(zxingcpp.write_barcode_to_image(drawn, scale=6, add_quiet_zones=True))
    page = np.pad(card, 400, constant_values=235)
    film(picture, photograph(located(page, SQUARE), share=0.3))
    with visit("registrar", size=PHONE) as w:
        w.open("/dossiers/new", "new_dossier")
        w.page.click("[data-camera]")
        w.until("document.querySelector('[data-field=id_number]').value === '056180001234'")
        assert w.page.input_value("[data-field=name]") == "Trần Thị Ngọc Ánh"
        w.page.wait_for_selector("dialog.scanner", state="detached")


def test_the_screen_in_the_hall_reads_a_receipt_and_says_why_a_camera_does_not_open(
    visit: Visit, picture: Path, tmp_path: Path
) -> None:
    with visit("registrar") as office:
        bars = printed(paper(office, "receipt"), tmp_path, BARS)
        square = located(bars.page, SQUARE)
    with visit(size=PHONE, touch=True) as w:
        film(picture, photograph(bars, share=0.5))
        w.open("/kiosk", "kiosk")
        w.page.tap("#kiosk-scan")
        w.page.wait_for_selector("#kiosk-state")
        assert w.page.input_value("#code") == bars.text
        # The citizen's own phone opens the address that the QR holds.
        w.open("/kiosk?" + square.text.split("?")[1], "kiosk")
        assert w.page.locator("#kiosk-state").count() == 1
        assert w.page.url.endswith("/kiosk")
        film(picture, photograph(square, share=0.05))
        w.page.tap("#kiosk-scan")
        w.until("document.querySelector('dialog.scanner video').videoWidth === 1280")
        assert faults(w) == []
        w.shot("scanner")
        w.page.tap("dialog.scanner button")
        for name, said in (
            ("NotFoundError", "không có máy ảnh"),
            ("NotAllowedError", "chưa được phép"),
            ("NotReadableError", "chương trình khác"),
        ):
            w.page.evaluate(
                """name => {
                    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
                }""",
                name,
            )
            w.page.tap("#kiosk-scan")
            w.until(f"document.querySelector('dialog.scanner').innerText.includes('{said}')")
            w.page.tap("dialog.scanner button")
        w.page.evaluate("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
        w.page.tap("#kiosk-scan")
        w.until("document.querySelector('dialog.scanner').innerText.includes('https')")

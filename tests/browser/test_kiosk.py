"""The touch screen in the hall: posted lists with their map, and back to the start by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_posted_list_is_read_and_found_on_its_map_by_touch_alone(
    visit: Visit, size: dict[str, int]
) -> None:
    with visit(size=size, touch=True) as w:
        w.open("/kiosk", "kiosk")
        w.page.tap(".kiosk-links a[href='/postings']")
        w.ready("postings")
        posted = w.page.locator("[data-code]")
        assert posted.count() > 0
        assert "Niêm yết từ" in posted.last.inner_text()
        posted.first.tap()
        assert posted.first.get_attribute("aria-pressed") == "true"
        assert w.page.locator(".parcel-number.posted").count() == posted.count()
        # Identity numbers have no place in a posting.
        assert w.page.evaluate("/\\b\\d{12}\\b/.test(document.body.innerText)") is False
        assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        w.page.wait_for_timeout(400)
        w.shot(f"postings-{size['width']}")
        w.page.tap(".kiosk-back")
        w.ready("kiosk")


def test_the_kiosk_is_at_its_start_again_after_a_minute_without_a_touch(visit: Visit) -> None:
    with visit(touch=True) as w:
        w.expected.append((404, "/kiosk/"))
        w.page.clock.install()
        w.open("/kiosk", "kiosk")
        # Any province's letter can be touched; digits come back by themselves.
        for key in ("ABC", "G", "2", "2"):
            w.page.tap(f"#keypad button:text-is('{key}')")
        assert w.page.input_value("#code") == "G22"
        w.page.tap("#kiosk-form button[type=submit]")
        w.page.wait_for_selector("#answer .kiosk-answer")
        w.page.clock.fast_forward(50_000)
        w.page.tap("#keypad button >> nth=0")
        w.page.clock.fast_forward(50_000)
        assert w.page.locator("#answer .kiosk-answer").count() == 1
        w.page.clock.fast_forward(15_000)
        assert w.page.locator("#answer .kiosk-answer").count() == 0
        assert w.page.input_value("#code") == ""
        # A page that the kiosk leads to comes back to it as well.
        w.open("/procedures", "procedures")
        w.page.clock.fast_forward(61_000)
        w.ready("kiosk")

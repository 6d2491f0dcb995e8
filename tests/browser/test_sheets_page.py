"""The sheets page: a paper sheet is registered, listed, and refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.store, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Any]


def test_a_paper_sheet_is_registered_and_listed(visit: Visit) -> None:
    with visit("officer") as w:
        w.page.goto(f"{w.address}/language/en?back=/")
        w.open("/sheets", "sheets")
        w.page.click("#paper > summary")
        w.shot("sheets-paper-form")
        w.page.select_option("#paper-form [name=former_commune]", "22645")
        w.page.fill("#paper-form [name=sheet]", "299-3")
        w.page.fill("#paper-form [name=parcels]", "1-40, 42a")
        w.page.fill("#paper-form [name=year]", "1986")
        w.page.click("#paper-form button[type=submit]")
        w.until("document.querySelector('#result .card') !== null")
        assert "41" in w.page.inner_text("#result")
        w.until("document.querySelector('#list').innerText.includes('299-3')")
        w.expected.append((422, "/sheets/paper"))
        w.page.fill("#paper-form [name=sheet]", "299-4")
        w.page.fill("#paper-form [name=parcels]", "1-9999999")
        w.page.click("#paper-form button[type=submit]")
        w.until("document.body.innerText.includes('1-9999999')")
        w.shot("sheets-paper-refused")

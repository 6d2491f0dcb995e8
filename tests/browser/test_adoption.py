"""Adopting a measurement in the officer's map: who gains, who loses, done, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_gain_and_loss_are_seen_before_the_outline_is_adopted_and_undone(
    visit: Visit, language: str
) -> None:
    with visit("officer") as w:
        w.page.goto(f"{w.address}/language/{language}?back=/map/22609")
        w.ready("map")
        w.drawn()
        w.page.select_option("[name=code]", "CORNER")
        w.page.wait_for_selector(".queue-item")
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel [data-adoption-look]")
        card = "#queue-detail .mismatch"
        w.page.click(f"{card} .decide summary")
        w.page.wait_for_selector(f"{card} [data-decision=accept_measurement] .effect li")
        w.page.wait_for_selector(".plan-gain")
        for decision in ("keep_map", "not_a_mismatch", "measure_again"):
            w.page.wait_for_selector(f"{card} [data-decision={decision}] .effect li")
        told = w.page.inner_text(f"{card} .decide-buttons")
        assert "effect." not in told  # every line has its words
        assert {"vi": "Diện tích để cấp", "en": "Area to certify"}[language] in told
        w.shot(f"adoption-decide-{language}")
        w.page.click("#panel [data-adoption-look]")
        w.page.wait_for_selector("#panel .adoption tbody tr")
        assert w.page.is_disabled("[data-adoption-do]")
        w.shot(f"adoption-missing-{language}")
        assert {"vi": "Tờ", "en": "Sheet"}[language] in w.page.inner_text("#panel h2")
        w.page.click(f"{card} [data-decision=keep_map]")
        w.page.wait_for_selector(f"{card} .decided")
        w.until("document.querySelector('.plan-gain') === null")
        w.page.click(f"{card} [data-undo]")
        w.page.click(f"{card} .decide summary")
        w.page.wait_for_selector(f"{card} [data-decision=accept_measurement] .effect li")
        w.page.click(f"{card} [data-decision=accept_measurement]")
        w.page.wait_for_selector(f"{card} .decided")
        w.page.click("#panel [data-tab=measured]")
        w.page.click("#panel [data-adoption-look]")
        w.page.wait_for_selector("[data-adoption-do]:not([disabled])")
        w.page.click("[data-adoption-do]")
        w.page.wait_for_selector("#panel [data-adoption-look]")
        w.page.click("#panel [data-adoption-look]")
        w.page.wait_for_selector("[data-adoption-undo]")
        w.shot(f"adoption-done-{language}")
        w.page.click("[data-adoption-undo]")
        w.page.wait_for_selector("#panel [data-adoption-look]")
        w.page.click("#panel [data-adoption-look]")
        w.page.wait_for_selector("[data-adoption-do]")
        w.page.click(f"{card} [data-undo]")
        w.page.wait_for_selector(f"{card} .decide")

"""Every page for its role, on a desktop and on a phone, in both languages: axe-core finds no fault.

The same visit watches what :mod:`tests.browser.conftest` watches: no request to another host,
no error on the console, no refused policy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import maps

from .conftest import DESKTOP, PHONE, Watched

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]
AXE = Path(maps.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
#: role -> pages as (address, name that the page says when it is ready)
PAGES: dict[str | None, list[tuple[str, str]]] = {
    None: [("/kiosk", "kiosk"), ("/procedures", "procedures"), ("/postings", "postings")],
    "officer": [
        ("/", "home"), ("/map/22609", "map"), ("/surveys", "surveys"), ("/sheets", "sheets"),
        ("/dossiers", "dossiers"), ("/dossiers/new", "new_dossier"), ("/merge/22609", "merge"),
    ],
    "registrar": [("/dossiers", "dossiers"), ("/stationery", "stationery")],
    "chair": [("/", "home"), ("/dossiers", "dossiers"), ("/signatures", "signatures")],
    "manager": [("/dashboard", "dashboard")],
    "surveyor": [("/surveys", "surveys"), ("/surveys/{uid}", "survey"), ("/map/22609", "map")],
    "admin": [("/users", "users"), ("/", "home")],
}  # fmt: skip


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


def faults(watched: Watched) -> list[str]:
    """Serious and critical findings of axe-core on the page as it stands."""
    if not watched.page.evaluate("'axe' in window"):
        watched.page.evaluate(_axe())
    result = watched.page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations']})"
        ".then(r => r.violations.map(v => ({id: v.id, impact: v.impact,"
        " at: v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? ''))})))"
    )
    return [
        f"{watched.page.url} {found['id']}: {found['at']}"
        for found in result
        if found["impact"] in ("serious", "critical")
    ]


def a_survey(watched: Watched) -> str:
    """Identifier of a survey of the sample; nothing for who may not see any."""
    answer = watched.page.request.get(f"{watched.address}/api/v1/communes/22609/surveys")
    return str(answer.json()["surveys"][0]["survey_uid"]) if answer.ok else ""


def _turn(watched: Watched, touch: Any, size: dict[str, int]) -> None:
    """Give a page a size, as a window that is dragged or a phone that is held."""
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": size is PHONE})
    watched.page.set_viewport_size(size)  # type: ignore[arg-type]
    watched.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


@pytest.mark.parametrize(
    ("language", "sizes"),
    [("vi", (DESKTOP, PHONE)), ("en", (PHONE, DESKTOP))],
    ids=["vi-desktop-first", "en-phone-first"],
)
def test_no_page_has_a_serious_fault(
    visit: Visit, language: str, sizes: tuple[dict[str, int], dict[str, int]]
) -> None:
    # Every page is opened at both sizes, once in each language, and judged at both in both.
    found: list[str] = []
    for role, pages in PAGES.items():
        with visit(role, size=sizes[0]) as w:
            touch = w.page.context.new_cdp_session(w.page)
            w.page.context.add_cookies(
                [{"name": "cadastre_language", "value": language, "url": w.address}]
            )
            for path, name in pages:
                _turn(w, touch, sizes[0])
                w.open(path.replace("{uid}", a_survey(w)) if "{uid}" in path else path, name)
                for size in sizes:
                    _turn(w, touch, size)
                    w.shot(f"{role or 'anyone'}-{name}-{size['width']}-{language}")
                    found += faults(w)
                    assert w.page.evaluate("document.documentElement.lang") == language
                    sideways = "document.documentElement.scrollWidth - innerWidth"
                    assert w.page.evaluate(sideways) <= 0, (path, size)
    assert found == []


def test_the_open_tools_and_the_open_parcel_have_none_either(visit: Visit) -> None:
    found: list[str] = []
    with visit("officer") as w:
        w.open("/map/22609", "map")
        w.drawn()
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel h2")
        for tab in ("parcel", "mismatches", "measured", "history"):
            w.page.click(f"[data-tab={tab}]")
            found += faults(w)
        w.page.keyboard.press("Escape")
        for tool in ("length", "remark", "swipe", "place", "print", "help"):
            w.page.click(f"[data-tool={tool}]")
            found += faults(w)
        for side in ("layers", "remarks"):
            w.page.click(f"[data-side={side}]")
            found += faults(w)
    assert found == []


def test_an_unknown_page_says_so_in_both_languages(visit: Visit) -> None:
    with visit("officer") as w:
        w.expected.append((404, "/nowhere"))
        w.page.goto(f"{w.address}/nowhere?lang=vi")
        assert "Không có trang này" in w.page.inner_text("h1")
        assert faults(w) == []
        w.page.goto(f"{w.address}/nowhere?lang=en")
        assert "no such page" in w.page.inner_text("h1")
        w.page.click("main a.button")
        w.ready("home")


def test_an_open_database_fault_is_a_page_and_not_a_trace(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.pages.commune_view", broken)
    with visit("officer") as w:
        w.expected.append((500, "/map/22609"))
        w.page.goto(f"{w.address}/map/22609")
        assert "gặp lỗi" in w.page.inner_text("h1")
        assert "secret detail" not in w.page.content()
        assert faults(w) == []

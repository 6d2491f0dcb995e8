"""Debian's chromium against the real server on loopback, over a loaded sample commune.

Every page is watched: a request to another host, a script error, a refused policy or a
failed answer fails the test. Screenshots go to ``var/screenshots``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright
from sqlalchemy import Engine

from api.security import COOKIE
from cadastre.store.accounts import actor_by_username, open_session
from tests.serving import Served, serving

CHROMIUM = (
    os.environ.get("CADASTRE_CHROMIUM")
    or shutil.which("chromium-headless-shell")
    or "/usr/bin/chromium"
)
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    "--use-angle=swiftshader",
    # As a browser does by itself on a machine without a GPU: pages are painted and put
    # together in software, only WebGL goes through the software renderer.
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
]
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
DESKTOP = {"width": 1366, "height": 768}
#: Eighteen hours behind the office: a page that asks the browser for the day is mostly wrong.
FAR_AWAY = "Pacific/Pago_Pago"
PHONE = {"width": 390, "height": 844}


@dataclass
class Watched:
    """A page, what went wrong on it, and what a person does with it."""

    page: Page
    address: str
    accounts: dict[str, dict[str, str]]
    engine: Engine
    faults: list[str] = field(default_factory=list)
    #: Answers that a test provokes on purpose, as (status, part of the address).
    expected: list[tuple[int, str]] = field(default_factory=list)

    def sign_in(self, role: str) -> None:
        """Sign in through the page as the sample account of a role."""
        self.page.goto(self.address + "/")
        self.page.fill("[name=username]", self.accounts[role]["username"])
        self.page.fill("[name=password]", self.accounts[role]["password"])
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#sign-out")
        self.ready("home")

    def enter(self, role: str) -> None:
        """Be signed in already: a session of the sample account of a role, as its cookie."""
        session = open_session(
            self.engine, actor_by_username(self.engine, self.accounts[role]["username"])
        )
        self.page.context.add_cookies(
            [{"name": COOKIE, "value": session.token, "url": self.address, "httpOnly": True,
              "sameSite": "Strict"}]
        )  # fmt: skip

    def open(self, path: str, name: str) -> None:
        """Go to a page and wait until it says that it is ready."""
        self.page.goto(self.address + path)
        self.ready(name)

    def ready(self, name: str) -> None:
        """Wait until the page's module has done its first work."""
        self.until(f"document.documentElement.dataset.ready === '{name}'")

    def until(self, expression: str, timeout_s: float = 30) -> None:
        """Poll: a waiting expression as a string would need eval, which the policy forbids."""
        end = time.monotonic() + timeout_s
        while not self._holds(expression):
            if time.monotonic() > end:
                self.shot("timeout")
                raise AssertionError(f"not in {timeout_s} s: {expression}")
            self.page.wait_for_timeout(50)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.page.evaluate(f"document.documentElement !== null && ({expression})"))
        except Error as moved_on:
            # Between two pages there is nothing to ask; the next one is asked again.
            if "Execution context was destroyed" not in str(moved_on):
                raise
            return False

    def drawn(self, after: int = 0) -> None:
        """Wait until the tiles are drawn once more than ``after``."""
        self.until(f"Number(document.documentElement.dataset.tiles ?? 0) > {after}")

    def shot(self, name: str) -> Path:
        """Keep a picture of the page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path


@pytest.fixture(scope="module")
def playwright_here(sample_template: Any) -> Iterator[Playwright]:
    # Playwright keeps an event loop in this thread while it runs: the sample is loaded before
    # (signing starts a loop of its own), and other modules are tested after.
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright_here: Playwright) -> Iterator[Browser]:
    """Chromium without a window."""
    opened = playwright_here.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield opened
    opened.close()


@pytest.fixture
def live_server(sample_database: Any) -> Iterator[Served]:
    """The server over a copy of the loaded sample commune."""
    with serving(sample_database.home) as running:
        yield running


@pytest.fixture
def accounts(sample_database: Any) -> dict[str, dict[str, str]]:
    """Names and passwords of the sample accounts, by role."""
    found: dict[str, dict[str, str]] = json.loads(
        (sample_database.home / "sample-accounts.json").read_text("utf-8")
    )
    return found


@pytest.fixture
def worker(sample_database: Any) -> Iterator[None]:
    """The worker in a process of its own, as in real life."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cadastre", "worker"],
        env={**os.environ, "CADASTRE_HOME": str(sample_database.home)},
    )
    yield
    process.terminate()
    process.wait(20)


@pytest.fixture
def visit(
    browser: Browser,
    live_server: Served,
    accounts: dict[str, dict[str, str]],
    sample_database: Any,
) -> Callable[..., Any]:
    """Open watched pages: ``with visit(role="officer", size=PHONE) as page``."""

    @contextmanager
    def open_page(
        role: str | None = None, *, size: dict[str, int] | None = None, touch: bool = False
    ) -> Iterator[Watched]:
        context = browser.new_context(
            viewport=size or DESKTOP, has_touch=touch, timezone_id=FAR_AWAY
        )
        engine = sample_database.web_engine
        watched = Watched(context.new_page(), live_server.address, accounts, engine)
        _watch(watched)
        if role:
            watched.enter(role)
            # A small page of the service: what a test asks the API for is asked from there.
            watched.page.goto(watched.address + "/static/icon.svg")
        yield watched
        context.close()
        assert watched.faults == []

    return open_page


def _watch(watched: Watched) -> None:
    page = watched.page

    def outside(request: Any) -> None:
        if not request.url.startswith((watched.address, "blob:", "data:")):
            watched.faults.append(f"asked another host: {request.url}")

    def spoke(message: Any) -> None:
        # The browser repeats a failed answer on the console; answers are judged below.
        if message.type == "error" and "Failed to load resource" not in message.text:
            watched.faults.append(f"console: {message.text}")

    def answered(response: Any) -> None:
        status = response.status
        known = any(status == s and part in response.url for s, part in watched.expected)
        if status >= 400 and not known:
            watched.faults.append(f"{status}: {response.url}")

    page.on("request", outside)
    page.on("console", spoke)
    page.on("pageerror", lambda error: watched.faults.append(f"script: {error}"))
    page.on("response", answered)

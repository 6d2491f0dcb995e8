"""What an office adds to the map or takes from it: a base map, the ellipses, the link to a view."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.serving import serving

from .conftest import Watched
from .test_survey_pages import field_survey  # noqa: F401 - the fixture of a field book

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]


def _tile() -> bytes:
    """A grey 1 x 1 picture as PNG, written by hand."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    out = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    out.seek(0, io.SEEK_END)
    for name, body in (
        (b"IHDR", head),
        (b"IDAT", zlib.compress(b"\0\xb8\xc4\xb0")),
        (b"IEND", b""),
    ):
        out.write(chunk(name, body))
    return out.getvalue()


@pytest.fixture
def tile_server() -> Iterator[tuple[str, list[str]]]:
    """A tile server of the province on another port, and what it was asked for."""
    asked: list[str] = []
    picture = _tile()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_base_map_is_drawn_below_the_parcels_by_configuration_alone(
    sample_database: Any, tile_server: tuple[str, list[str]], browser: Any, accounts: Any
) -> None:
    address, asked = tile_server
    with serving(sample_database.home, basemap_url=f"{address}/{{z}}/{{x}}/{{y}}.png") as running:
        w = Watched(
            browser.new_context().new_page(),
            running.address,
            accounts,
            sample_database.web_engine,
        )
        w.page.on("console", lambda m: w.faults.append(m.text) if m.type == "error" else None)
        w.enter("officer")
        w.open("/map/22609", "map")
        w.drawn()
        w.until("document.querySelectorAll('.leaflet-tile-loaded').length > 0")
        height = (
            "Number(getComputedStyle(document.querySelector('{}').closest('.leaflet-pane')).zIndex)"
        )
        below, above = height.format(".leaflet-tile-loaded"), height.format(".maplibregl-map")
        assert w.page.evaluate(below) < w.page.evaluate(above)
        w.shot("map-base-map")
        w.page.context.close()
    assert asked
    assert all(path.endswith(".png") for path in asked)
    assert w.faults == []


def test_without_one_the_policy_lets_no_picture_come_from_elsewhere(
    visit: Visit, tile_server: tuple[str, list[str]]
) -> None:
    address, asked = tile_server
    with visit("officer") as w:
        w.open("/map/22609", "map")
        loaded = w.page.evaluate(
            "url => new Promise(done => { const i = new Image(); i.onload = () => done(true);"
            " i.onerror = () => done(false); i.src = url; })",
            f"{address}/1/1/1.png",
        )
        assert loaded is False
        assert any("Content Security Policy" in fault for fault in w.faults)
        w.faults.clear()
    assert asked == []


def test_the_copied_link_reopens_the_view_and_its_parcel(visit: Visit) -> None:
    with visit("officer") as w:
        w.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        w.open("/map/22609", "map")
        w.drawn()
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel h2")
        label = w.page.inner_text("#panel h2")
        w.until("location.hash.split('/').length === 4")
        w.page.click("[data-tool=link]")
        w.until("document.querySelector('#notices').textContent.trim() !== ''")
        copied = w.page.evaluate("navigator.clipboard.readText()")
        assert copied == w.page.url
        w.page.goto("about:blank")
        w.page.goto(copied)
        w.page.wait_for_selector("#panel h2")
        assert w.page.inner_text("#panel h2") == label


def test_measured_points_carry_their_ellipses_enlarged_by_a_stated_factor(
    field_survey: str,  # noqa: F811 - a fixture
    visit: Visit,
) -> None:
    with visit("surveyor") as w:
        w.open("/map/22609", "map")
        w.drawn()
        w.page.click("[data-side=layers]")
        w.page.check("input[name=points]")
        assert "50" in w.page.inner_text("label:has(input[name=points])")
        before = int(w.page.evaluate("document.documentElement.dataset.tiles"))
        w.page.evaluate(
            """async () => {
                const all = await (await fetch('/api/v1/communes/22609/points?bbox=108.8,12.0,109.0,12.3')).json();
                const [lon, lat] = all.features.find(f => f.properties.var_east).geometry.coordinates;
                cadastreMap.map.setView([lat, lon], 18.5, {animate: false});
            }"""
        )
        w.drawn(after=before)
        w.until("document.querySelectorAll('.leaflet-points-pane path').length > 3")
        w.shot("map-ellipses")

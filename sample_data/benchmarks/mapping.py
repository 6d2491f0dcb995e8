"""``cadastre bench map``: the officer's map with very many parcels, in headless chromium.

A commune is written into a private server, the real web server is started on it, and a browser
without a GPU opens the map. Printed are the largest tile of each zoom, the time from asking
for the page to the first complete picture, and the time between frames while the map is
dragged. Zoom is that of the tiles (512 pixels), one less than Leaflet's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

CHROMIUM = os.environ.get("CADASTRE_CHROMIUM", "/usr/bin/chromium")
FLAGS = (
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
)
#: Layers of the map and how many zooms of each are measured: tiles only get smaller from
#: the first zoom at which single parcels are asked for; sheets grow until then.
_LAYERS = {"sheets": 8, "parcels": 2, "mismatches": 2}
_DRAG_ZOOMS = (15, 16, 17)
_STEPS, _STEP_PX = 90, 6
PARTS = ("tiles", "open", "drag")
_FRAMES = """() => {
    window.frames = []; let last = performance.now(); window.dragging = true;
    const tick = (now) => { window.frames.push(now - last); last = now;
        if (window.dragging) requestAnimationFrame(tick); };
    requestAnimationFrame(tick); }"""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; ``--home`` keeps the filled database for another run."""
    parser = argparse.ArgumentParser(prog="cadastre bench map", description=__doc__)
    parser.add_argument("--parcels", type=int, default=300_000)
    parser.add_argument("--repeat", type=int, default=5, help="openings of the map")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--home", type=Path, help="data folder to keep; a temporary one if absent")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    chosen = parser.parse_args(list(arguments))
    with _folder(chosen.home) as home, _served(home, chosen.parcels) as (address, secret, count):
        figures: dict[str, Any] = {"parcels": count}
        with _browsing() as browser:
            figures |= _measure(browser, address, secret, chosen.repeat, chosen.parts)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n" if chosen.json else _table(figures))
    return 0


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="cadastre-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def _served(home: Path, parcels: int) -> Iterator[tuple[str, str, int]]:
    """Address of a running server over the filled database, a password, how many parcels."""
    from cadastre.store.embedded import EmbeddedServer
    from cadastre.store.migrate import migrate

    database = EmbeddedServer(home)
    migrate(database.start(), home)
    try:
        secret, count = _prepare(home, parcels)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {"CADASTRE_HOME": str(home), "CADASTRE_PORT": str(port)}
        server = subprocess.Popen([sys.executable, "-m", "cadastre", "serve"], env=environment)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address)
            yield address, secret, count
        finally:
            server.terminate()
            server.wait(10)
    finally:
        database.stop()


def _prepare(home: Path, parcels: int) -> tuple[str, int]:
    from cadastre.office.create_account import create_account
    from cadastre.office.desk import Desk
    from cadastre.store.actor import SYSTEM
    from cadastre.store.engine import make_engine
    from cadastre.store.settings import read_private, write_private
    from sample_data.benchmarks.wide_land import COMMUNE, fill

    kept = home / "bench.json"
    if kept.exists():
        facts = read_private(kept)
        return facts["password"], int(facts["parcels"])
    desk = Desk(make_engine(read_private(home / "database.json")["cadastre_worker"]), SYSTEM, home)
    count = fill(desk, parcels=parcels)
    secret = secrets.token_urlsafe(12)
    create_account(
        desk,
        commune=COMMUNE,
        username="officer",
        display_name="Cán bộ",
        password=secret,
        role="officer",
        communes=(COMMUNE,),
    )
    desk.engine.dispose()
    write_private(kept, {"password": secret, "parcels": str(count)})
    return secret, count


def _wait(address: str) -> None:
    end = time.monotonic() + 180
    while True:
        try:
            urllib.request.urlopen(f"{address}/health/ready", timeout=2).close()  # noqa: S310
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextmanager
def _browsing() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def _measure(
    browser: Any, address: str, secret: str, repeat: int, parts: Sequence[str]
) -> dict[str, Any]:
    page = _signed_in(browser, address, secret)
    bounds = page.evaluate(
        "async () => (await (await fetch('/api/v1/communes/22609')).json()).bbox"
    )
    centre = ((bounds[1] + bounds[3]) / 2, (bounds[0] + bounds[2]) / 2)
    near = f"#18/{centre[0]:.6f}/{centre[1]:.6f}"
    figures: dict[str, Any] = {}
    if "tiles" in parts:
        figures["tiles"] = {
            layer: _tile_sizes(page, layer, count, bounds) for layer, count in _LAYERS.items()
        }
        _say("tiles measured")
    if "open" in parts:
        figures["first_picture_s"] = {
            name: _median([_first_picture(browser, address, secret, at) for _ in range(repeat)])
            for name, at in (("commune", ""), ("parcels", near))
        }
        _say(f"opened: {figures['first_picture_s']}")
    if "drag" in parts:
        figures["frames_ms"] = {z: _drag(page, address, z, centre) for z in _DRAG_ZOOMS}
    return figures


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _median(values: list[float]) -> float:
    return round(float(np.median(values)), 2)


def _signed_in(browser: Any, address: str, secret: str) -> Any:
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(address + "/")
    page.fill("[name=username]", "officer")
    page.fill("[name=password]", secret)
    page.click("button[type=submit]")
    page.wait_for_selector("#sign-out")
    return page


def _tile_sizes(
    page: Any, layer: str, count: int, bounds: Sequence[float]
) -> dict[int, dict[str, float]]:
    """Largest tile and slowest answer of each zoom at which the map asks for the layer."""
    script = """async ([layer, z, west, east, north, south]) => {
        const places = [];
        for (let x = west; x <= east; x += 1)
            for (let y = north; y <= south; y += 1) places.push([x, y]);
        let most = 0, slowest = 0, next = 0;
        const work = async () => {
            while (next < places.length) {
                const [x, y] = places[next++];
                const began = performance.now();
                const body = await (await fetch(
                    `/api/v1/tiles/22609/${layer}/${z}/${x}/${y}.mvt`)).arrayBuffer();
                slowest = Math.max(slowest, performance.now() - began);
                most = Math.max(most, body.byteLength);
            }
        };
        await Promise.all([work(), work(), work(), work()]);
        return {bytes: most, slowest_ms: Math.round(slowest), tiles: places.length};
    }"""
    first = _first_zoom(page, layer)
    asked = range(first, first + count)
    return {z: page.evaluate(script, [layer, z, *_range(z, bounds)]) for z in asked}


def _first_zoom(page: Any, layer: str) -> int:
    """The first zoom at which the map's own style asks for tiles of the layer."""
    page.goto(page.url.split("/map")[0].rstrip("/") + "/map/22609")
    source = page.evaluate(
        "JSON.parse(document.getElementById('map-configuration').textContent).style.sources"
    )[layer]
    return int(source["minzoom"])


def _range(z: int, bounds: Sequence[float]) -> list[int]:
    def place(lon: float, lat: float) -> tuple[int, int]:
        turn = math.radians(lat)
        y = (1 - math.log(math.tan(turn) + 1 / math.cos(turn)) / math.pi) / 2
        return int((lon + 180) / 360 * 2**z), int(y * 2**z)

    (west, south), (east, north) = place(bounds[0], bounds[1]), place(bounds[2], bounds[3])
    return [west, east, north, south]


def _first_picture(browser: Any, address: str, secret: str, at: str) -> float:
    """Seconds from asking for the page to the first complete picture, with an empty cache."""
    page = _signed_in(browser, address, secret)
    page.goto(f"{address}/map/22609{at}")
    end = time.monotonic() + 60
    while not page.evaluate("performance.getEntriesByName('map-drawn').length"):
        if time.monotonic() > end:
            raise TimeoutError("the map was not drawn in 60 s")
        page.wait_for_timeout(20)
    taken = page.evaluate("performance.getEntriesByName('map-drawn')[0].startTime") / 1000
    page.context.close()
    return float(taken)


def _drag(page: Any, address: str, zoom: int, centre: tuple[float, float]) -> dict[str, float]:
    """Drag to and fro; return percentiles of the time between frames."""
    page.goto("about:blank")
    page.goto(f"{address}/map/22609#{zoom + 1}/{centre[0]:.6f}/{centre[1]:.6f}")
    page.wait_for_selector("html[data-ready=map]")
    page.wait_for_timeout(2500)
    page.evaluate(_FRAMES)
    page.mouse.move(900, 400)
    page.mouse.down()
    for step in range(_STEPS):
        page.mouse.move(900 + (step % 30 - 15) * _STEP_PX, 400 + (step % 20 - 10) * _STEP_PX)
    page.mouse.up()
    frames = np.array(page.evaluate("() => { window.dragging = false; return window.frames; }"))
    parcels = page.evaluate("cadastreMap.gl.queryRenderedFeatures({layers: ['parcels']}).length")
    return {
        "median": round(float(np.median(frames)), 1),
        "p95": round(float(np.percentile(frames, 95)), 1),
        "most": round(float(frames.max()), 1),
        "frames": len(frames),
        "parcels": parcels,
    }


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{figures['parcels']:,} parcels", ""]
    if "tiles" in figures:
        lines.append("layer       zoom  tiles  largest  slowest")
    for layer, zooms in figures.get("tiles", {}).items():
        lines += [
            f"{layer:<11} {z:>4} {t['tiles']:>6} {t['bytes'] / 1000:>5.0f} kB "
            f"{t['slowest_ms']:>5} ms"
            for z, t in zooms.items()
        ]
    for name, seconds in figures.get("first_picture_s", {}).items():
        lines.append(f"first picture, {name}: {seconds} s")
    lines += [
        f"drag at zoom {zoom}: median {f['median']} ms, p95 {f['p95']} ms, most {f['most']} ms, "
        f"{f['frames']} frames, {f['parcels']} parcels in sight"
        for zoom, f in figures.get("frames_ms", {}).items()
    ]
    return "\n".join([*lines, ""])

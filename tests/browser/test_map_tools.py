"""The tools of the officer's map: measuring, remarks, comparing, coordinates, paper, time line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Watched

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]
#: A parcel of the town: small, with few corners, so that all of them are in sight when near.
TOWN = """async () => {
    const all = await (await fetch('/api/v1/communes/22609/parcels?limit=1000&crs=9217')).json();
    const small = all.features.filter(f => f.geometry.type === 'Polygon'
        && f.geometry.coordinates.length === 1 && f.geometry.coordinates[0].length <= 8
        && f.properties.area_m2 > 80 && f.properties.area_m2 < 500);
    const one = small[0];
    return {uid: one.id, ring: one.geometry.coordinates[0].slice(0, -1),
            area: one.properties.area_m2};
}"""
#: A mismatch that shares its cause with others.
SHARED = """async () => {
    const all = await (await fetch('/api/v1/communes/22609/mismatches?limit=1000')).json();
    for (const {properties: m} of all.features) {
        const c = await (await fetch(`/api/v1/mismatches/${m.mismatch_id}/cause`)).json();
        if (c.mismatches.length > 1) return {id: m.mismatch_id, code: m.code, severity: m.severity};
    }
    return null;
}"""


def _near(w: Watched) -> dict[str, Any]:
    """Stand close over one parcel; return it with where its corners are on the screen."""
    w.open("/map/22609", "map")
    parcel: dict[str, Any] = w.page.evaluate(TOWN)
    before = int(w.page.evaluate("document.documentElement.dataset.tiles ?? 0"))
    parcel["places"] = w.page.evaluate(
        """ring => {
            const {map, positionOf, zone} = cadastreMap;
            const latlngs = ring.map(([e, n]) => positionOf(e, n, zone)).map(([lon, lat]) => [lat, lon]);
            map.fitBounds(latlngs, {maxZoom: 20, padding: [180, 180], animate: false});
            const box = map.getContainer().getBoundingClientRect();
            return latlngs.map(l => { const p = map.latLngToContainerPoint(l);
                return [p.x + box.left, p.y + box.top]; });
        }""",
        parcel["ring"],
    )
    w.drawn(after=before)
    return parcel


def _snaps(w: Watched, tool: str) -> None:
    with w.page.expect_response(lambda r: "crs=9217" in r.url and "bbox" in r.url):
        w.page.click(f"[data-tool={tool}]")
    w.page.wait_for_timeout(200)


def _number(text: str) -> float:
    found = re.search(r"[\d.]+,\d+", text)
    assert found, text
    return float(found[0].replace(".", "").replace(",", "."))


def test_an_area_snaps_to_the_corners_and_equals_that_of_the_register(visit: Visit) -> None:
    with visit("officer") as w:
        parcel = _near(w)
        _snaps(w, "area")
        for x, y in parcel["places"]:
            # A hand is not exact: five pixels beside the corner.
            w.page.mouse.click(x + 4, y - 3)
            w.page.wait_for_timeout(350)
        measured = _number(w.page.inner_text("#measured-area"))
        assert measured == pytest.approx(parcel["area"], abs=0.06)
        w.shot("map-measure")


#: Stand where neither the centre nor the point two key presses above it snaps to a corner.
FREE_OF_CORNERS = """found => {
    const {map, positionOf, zone} = cadastreMap;
    const corners = found.features.flatMap(f => f.geometry.coordinates.flat(Infinity)
        .reduce((pairs, v, i) => (i % 2 ? pairs.at(-1).push(v) : pairs.push([v]), pairs), []))
        .map(([e, n]) => { const [lon, lat] = positionOf(e, n, zone);
            return map.latLngToContainerPoint([lat, lon]); });
    const {x: width, y: height} = map.getSize();
    for (let y = height - 40; y > 200; y -= 15) for (let x = 40; x < width - 40; x += 15) {
        const ends = [L.point(x, y), L.point(x, y - 160)];
        if (ends.some(p => corners.some(c => c.distanceTo(p) < 30))) continue;
        map.panTo(map.containerPointToLatLng([x, y]), {animate: false});
        return true;
    }
    return false;
}"""


def test_a_length_has_a_grid_bearing_and_works_by_keys_alone(visit: Visit) -> None:
    with visit("officer") as w:
        _near(w)
        w.page.focus("#map")
        with w.page.expect_response(lambda r: "crs=9217" in r.url and "bbox" in r.url) as corners:
            w.page.keyboard.press("m")
        w.page.wait_for_selector("#measured-length")
        assert w.page.evaluate(FREE_OF_CORNERS, corners.value.json()), "corners everywhere"
        w.page.wait_for_timeout(500)
        w.page.keyboard.press("Enter")
        for _ in range(2):
            w.page.keyboard.press("ArrowUp")
            w.page.wait_for_timeout(500)
        w.page.keyboard.press("Enter")
        w.until("document.querySelectorAll('#tool-card tbody tr').length === 1")
        text = w.page.inner_text("#tool-card tbody tr")
        # Straight up the screen is north but for the convergence of the meridians.
        assert re.search(r"\b(359|0)°", text), text
        w.page.keyboard.press("Escape")
        assert w.page.is_hidden("#tool-card")


def test_a_remark_is_drawn_by_one_and_settled_by_another(visit: Visit) -> None:
    with visit("surveyor") as w:
        parcel = _near(w)
        _snaps(w, "remark")
        for x, y in parcel["places"][:2]:
            w.page.mouse.click(x, y)
            w.page.wait_for_timeout(350)
        w.page.fill("#tool-card textarea", "Mốc <b>đã dời</b>")
        w.page.click("#tool-card button[type=submit]")
        w.until("document.querySelector('[data-side=remarks] .count').textContent === '1'")
        w.page.click("[data-side=remarks]")
        assert "<b>đã dời</b>" in w.page.inner_text("#remarks")
        assert w.page.locator("[data-settle]").count() == 0
        w.shot("map-remark")
    with visit("officer") as w:
        w.open("/map/22609", "map")
        w.page.click("[data-side=remarks]")
        w.page.click("[data-settle]")
        w.page.wait_for_selector("#remarks .empty")


def test_the_former_sheets_are_compared_by_a_line_that_moves(visit: Visit) -> None:
    with visit("officer") as w:
        _near(w)
        w.page.click("[data-tool=swipe]")
        w.page.wait_for_selector(".swipe-slider")
        w.until("document.querySelectorAll('.leaflet-delivered-pane canvas').length === 1")
        left = "parseFloat(document.querySelector('.swipe-line').style.left)"
        middle = w.page.evaluate(left)
        w.page.focus(".swipe-slider")
        for _ in range(10):
            w.page.keyboard.press("ArrowRight")
        assert w.page.evaluate(left) > middle + 50
        w.page.wait_for_timeout(1500)
        w.shot("map-swipe")
        w.page.click("[data-tool=swipe]")
        assert w.page.locator(".swipe-slider").count() == 0


def test_a_typed_coordinate_is_gone_to_and_nonsense_is_refused(visit: Visit) -> None:
    with visit("officer") as w:
        w.open("/map/22609", "map")
        w.page.keyboard.press("g")
        w.page.fill("#tool-card input", "ngã ba")
        w.page.keyboard.press("Enter")
        assert "VN-2000" in w.page.inner_text("#tool-card .form-problem")
        w.page.fill("#tool-card input", "X 1348600,5; Y 569100,25")
        w.page.keyboard.press("Enter")
        here = "cadastreMap.gridOf(cadastreMap.map.getCenter().lng, cadastreMap.map.getCenter().lat, cadastreMap.zone)"
        east, north = w.page.evaluate(here)
        assert (east, north) == (
            pytest.approx(569100.25, abs=0.6),
            pytest.approx(1348600.5, abs=0.6),
        )
        w.page.fill("#q", "1348700 569200")
        w.page.wait_for_selector("#search-results [role=option]")
        assert "1348700,00" in w.page.inner_text("#search-results [role=option] >> nth=-1")


def test_the_print_opens_with_the_scale_and_theme_of_the_screen(visit: Visit) -> None:
    with visit("officer") as w:
        _near(w)
        w.page.click("[data-side=layers]")
        w.page.check("input[value=age]")
        w.page.click("[data-tool=print]")
        asked = w.page.evaluate(
            "() => new URLSearchParams(new FormData(document.querySelector('#tool-card form'))).toString()"
        )
        assert "theme=age" in asked
        answer = w.page.evaluate(
            "async asked => { const r = await fetch('/api/v1/communes/22609/view.pdf?' + asked);"
            " return [r.status, r.headers.get('content-type')]; }",
            asked,
        )
        assert answer == [200, "application/pdf"]
        assert w.page.url.endswith("/-/age")


def test_several_mismatches_of_one_cause_are_decided_together(visit: Visit) -> None:
    with visit("officer") as w:
        w.open("/map/22609", "map")
        shared = w.page.evaluate(SHARED)
        with w.page.expect_response(lambda r: f"code={shared['code']}" in r.url):
            w.page.select_option("[name=code]", shared["code"])
        w.page.click(f"[data-mismatch='{shared['id']}']")
        w.page.wait_for_selector("#together")
        w.page.click("#together summary")
        w.page.wait_for_selector("#together [name=chosen]")
        chosen = w.page.locator("#together [name=chosen]").count()
        assert chosen >= 2
        w.page.click("#together-look")
        assert w.page.locator("path.sliver").count() == chosen
        w.page.fill("#together textarea", "Hai tờ vẽ cùng một khu")
        w.shot("map-together")
        w.page.click("#together [data-together=keep_map]")
        w.page.wait_for_selector(".notice.good")
        assert str(chosen) in w.page.inner_text(".notice.good")
        w.page.wait_for_selector(f"[data-mismatch='{shared['id']}']", state="detached")
        w.page.click(".notice.good button.small")
        w.page.wait_for_selector(f"[data-mismatch='{shared['id']}']")
        # Decided again, and taken back long after its message has gone.
        w.page.click(f"[data-mismatch='{shared['id']}']")
        w.page.click("#together summary")
        w.page.fill("#together textarea", "Hai tờ vẽ cùng một khu")
        w.page.click("#together [data-together=keep_map]")
        w.page.wait_for_selector(f"[data-mismatch='{shared['id']}']", state="detached")
        w.page.select_option("[name=status]", "decided")
        w.page.click(f"[data-mismatch='{shared['id']}']")
        w.page.wait_for_selector("[data-undo-together]")
        assert str(chosen - 1) in w.page.inner_text("[data-undo-together]")
        w.shot("map-together-decided")
        w.page.click("[data-undo-together]")
        w.page.wait_for_selector(f"[data-mismatch='{shared['id']}']", state="detached")
        w.page.select_option("[name=status]", "open")
        w.page.wait_for_selector(f"[data-mismatch='{shared['id']}']")


def test_the_time_line_draws_the_outline_of_that_day(visit: Visit) -> None:
    with visit("officer") as w:
        w.open("/map/22609", "map")
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel h2")
        w.page.click("[data-tab=history]")
        with w.page.expect_response(lambda r: "/versions/1" in r.url):
            w.page.click("[data-version='1']")
        w.page.wait_for_selector("[data-version='1'][aria-pressed=true]")


def test_a_scanner_opens_a_dossier_from_anywhere_even_from_a_field(visit: Visit) -> None:
    with visit("officer") as w:
        code = w.page.evaluate(
            "async () => (await (await fetch('/api/v1/dossiers')).json()).dossiers[0].code"
        )
        w.open("/map/22609", "map")
        w.page.focus("#q")
        # A scanner is a keyboard that is faster than a test driver on a busy machine.
        left = w.page.evaluate(
            """code => {
                const field = document.activeElement;
                const press = (key) => field.dispatchEvent(
                    new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
                for (const letter of code) { press(letter); field.value += letter; }
                press('Enter');
                return field.value;
            }""",
            code,
        )
        assert left == ""
        w.page.wait_for_url(f"**/dossiers/{code}")
        w.ready("dossier")


def test_an_admin_makes_an_account_that_signs_in_until_it_is_ended(visit: Visit) -> None:
    with visit("admin") as w:
        w.open("/users", "users")
        w.page.click("#add")
        w.page.fill("[name=display_name]", "Trần Thị Mới")
        w.page.fill("[name=username]", "moi")
        w.page.fill("[name=password]", "mat-khau-moi-2026")
        w.page.click("#editor button[type=submit]")
        w.page.wait_for_selector("#handed")
        w.shot("users")
        assert "Trần Thị Mới" in w.page.inner_text("#list")
        with visit() as other:
            other.accounts = {"new": {"username": "moi", "password": "mat-khau-moi-2026"}}
            other.sign_in("new")
            w.page.click("[data-change=moi]")
            w.page.uncheck("[name=active]")
            w.page.click("#editor button[type=submit]")
            w.page.wait_for_selector("#list .chip.plain")
            other.page.goto(other.address + "/dossiers")
            other.page.wait_for_selector("#sign-in")

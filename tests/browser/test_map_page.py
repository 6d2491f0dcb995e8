"""The officer's map in the browser: tiles, queue, evidence, decisions, search, coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cadastre.crs import grid_coordinates, wgs84_coordinates

from .conftest import PHONE, Watched

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]


def _map(watched: Watched) -> None:
    watched.open("/map/22609", "map")
    watched.drawn()


def test_parcels_are_drawn_and_a_click_opens_the_parcel(visit: Visit) -> None:
    with visit("officer") as w:
        _map(w)
        w.shot("map")
        count = "cadastreMap.gl.queryRenderedFeatures({layers: ['parcels']}).length"
        assert w.page.evaluate(count) > 100
        w.page.mouse.click(850, 420)
        w.page.wait_for_selector("#panel h2")
        assert "Tờ" in w.page.inner_text("#panel h2")
        rows = w.page.context.request.get(f"{w.address}/api/v1/dossiers").json()["dossiers"]
        certified = next(row for row in rows if row["certificate"])
        w.open(f"/map/22609?parcel={certified['parcel_uid']}", "map")
        w.page.click("#parcel-papers summary")
        papers = w.page.locator("#parcel-papers a")
        papers.first.wait_for()
        listed = " ".join(papers.all_inner_texts())
        assert "Giấy chứng nhận quyền sử dụng đất" in listed
        assert "Trang sổ địa chính" in listed
        for address in papers.evaluate_all("links => links.map(link => link.href)"):
            assert w.page.context.request.get(address).status == 200, address


def test_the_queue_flies_to_a_mismatch_draws_it_and_a_decision_can_be_undone(
    visit: Visit,
) -> None:
    with visit("officer") as w:
        _map(w)
        w.page.select_option("[name=code]", "CORNER")
        w.page.wait_for_selector(".queue-item")
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel .sketch")
        w.until("document.querySelectorAll('.leaflet-evidence-pane path').length >= 4")
        assert "phóng đại" in w.page.inner_text(".evidence-key")
        w.shot("map-evidence")
        card = "#queue-detail .mismatch"
        w.page.click(f"{card} .decide summary")
        w.page.fill(f"{card} textarea", "Đã xem tại thực địa")
        w.page.click(f"{card} [data-decision=keep_map]")
        w.page.wait_for_selector(f"{card} .decided")
        w.shot("map-decided")
        w.page.click(f"{card} [data-undo]")
        w.page.wait_for_selector(f"{card} .decide")


def test_a_parcel_is_found_by_its_old_number_typed_as_people_type(visit: Visit) -> None:
    with visit("officer") as w:
        found = _old_number(w)
        _map(w)
        w.page.fill("#q", f"tờ {found['sheet']} thửa {found['parcel']} {found['former']}")
        w.page.wait_for_selector("#search-results [role=option]")
        w.shot("map-search")
        w.page.keyboard.press("ArrowDown")
        w.page.keyboard.press("Enter")
        w.page.wait_for_selector("#panel h2")
        assert w.page.inner_text("#panel h2") == found["label"]
        w.shot("map-parcel")
        # A name that many have: each with whom it stands for, and gone when nobody is looked for.
        w.page.fill("#q", "nguyen")
        w.until("document.querySelectorAll('#search-results [role=option]').length > 1")
        for row in w.page.locator("#search-results [role=option]").all_inner_texts():
            assert "nguyễn" in row.lower()
        marks = "document.querySelectorAll('.leaflet-overlay-pane path').length"
        assert w.page.evaluate(marks) > 1
        w.page.keyboard.press("Escape")
        assert w.page.evaluate(marks) == 0


def _old_number(w: Watched) -> dict[str, Any]:
    """A parcel that came from another former commune than the seat."""
    script = """async () => {
        const {sheets} = await (await fetch('/api/v1/communes/22609/sheets')).json();
        const sheet = sheets.find(s => s.former_commune === '22645' && s.parcels > 0).sheet;
        const all = await (await fetch('/api/v1/communes/22609/parcels?sheet=' + sheet)).json();
        const p = all.features[0].properties;
        const one = await (await fetch('/api/v1/parcels/' + p.parcel_uid)).json();
        const q = one.properties;
        return {sheet: q.former_sheet, parcel: q.former_parcel, former: q.former_commune_name,
                label: q.label};
    }"""
    found: dict[str, Any] = w.page.evaluate(script)
    return found


def test_a_number_that_a_file_wrote_as_markup_is_shown_as_text(visit: Visit) -> None:
    with visit("officer") as w:
        found = _old_number(w)
        _map(w)
        asked = f"tờ {found['sheet']} thửa {found['parcel']} {found['former']}"
        answer = w.page.evaluate(
            "async q => (await fetch(`/api/v1/lookup?q=${encodeURIComponent(q)}&commune=22609`)).json()",
            asked,
        )
        one = answer["results"][0]
        answer["results"] = [{**one, "label": f"{n}<b id=spoiled>1</b>"} for n in (1, 2)]
        w.page.route("**/api/v1/lookup*", lambda route: route.fulfill(json=answer))
        w.page.fill("#q", asked)
        w.page.wait_for_selector(".leaflet-tooltip.candidate")
        assert "<b id=spoiled>" in w.page.inner_text(".leaflet-tooltip.candidate >> nth=0")
        assert w.page.locator("#spoiled").count() == 0


def test_the_browser_reads_coordinates_as_the_pinned_operation_does(visit: Visit) -> None:
    points = np.array([[108.9, 12.27], [108.75, 12.2], [109.1, 12.5]])
    with visit("officer") as w:
        _map(w)
        there = w.page.evaluate(
            "points => points.map(([lon, lat]) => cadastreMap.gridOf(lon, lat, cadastreMap.zone))",
            points.tolist(),
        )
        back = w.page.evaluate(
            "points => points.map(([e, n]) => cadastreMap.positionOf(e, n, cadastreMap.zone))",
            there,
        )
    plane = grid_coordinates(points, 9217)
    assert np.abs(np.array(there) - plane).max() < 1e-5
    assert np.abs(np.array(back) - wgs84_coordinates(plane, 9217)).max() < 1e-10


def test_the_map_works_on_a_phone_and_in_english(visit: Visit) -> None:
    with visit("officer", size=PHONE, touch=True) as w:
        w.page.goto(w.address + "/language/en?back=/map/22609")
        w.ready("map")
        w.drawn()
        w.page.click("#side-toggle")
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel h2")
        w.page.click("#side-toggle")
        w.shot("map-phone")
        assert w.page.inner_text("[data-tab=mismatches]").startswith("Mismatches")
        # Nothing sticks out to the side.
        assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_address_reopens_exactly_this_view(visit: Visit) -> None:
    with visit("officer") as w:
        _map(w)
        w.page.click("#queue-next")
        w.page.wait_for_selector("#panel h2")
        label = w.page.inner_text("#panel h2")
        w.until("location.hash.split('/').length === 4")
        address = w.page.url
        w.page.goto("about:blank")
        w.page.goto(address)
        w.page.wait_for_selector("#panel h2")
        assert w.page.inner_text("#panel h2") == label


def test_the_themes_repaint_the_parcels(visit: Visit) -> None:
    with visit("officer") as w:
        _map(w)
        w.page.click("[data-side=layers]")
        for theme in ("land_use", "former", "scale", "state"):
            w.page.check(f"input[value={theme}]")
        assert w.page.locator(".legend li").count() == 7
        w.shot("map-layers")


def test_a_browser_that_cannot_draw_is_told_what_to_do(visit: Visit) -> None:
    with visit("officer") as w:
        w.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
        w.page.goto(w.address + "/map/22609")
        w.page.wait_for_selector(".map-fault")
        assert "WebGL" in w.page.inner_text(".map-fault")
        w.shot("map-without-webgl")
        assert all("WebGL" in fault for fault in w.faults)
        w.faults.clear()


def test_the_lists_do_not_wait_for_tiles_that_do_not_come(visit: Visit) -> None:
    with visit("officer") as w:
        held: list[Any] = []
        let_through = False

        def answered(tile: Any) -> None:
            if let_through:
                tile.continue_()
            else:
                held.append(tile)

        w.page.route("**/api/v1/tiles/**", answered)
        w.page.goto(w.address + "/map/22609")
        w.page.wait_for_selector(".queue-item")
        assert held
        let_through = True
        for tile in held:
            tile.continue_()
        w.ready("map")
        w.drawn()


def test_the_search_answers_before_the_rest_of_the_page_is_there(visit: Visit) -> None:
    with visit("officer") as w:
        held: list[Any] = []
        w.page.route("**/static/map/desk.js", lambda route: held.append(route))
        w.page.goto(w.address + "/map/22609")
        # An example of this commune: a former commune of another name.
        assert w.page.get_attribute("#q", "placeholder") == "tờ 12 thửa 34 Sông Cầu"
        w.page.fill("#q", "tờ 1 thửa 5")
        w.page.press("#q", "Enter")
        w.page.wait_for_selector("#search-results [data-uid]")
        assert w.page.url.endswith("/map/22609")
        w.page.click("#search-results [data-uid] >> nth=0")
        assert w.page.evaluate("document.documentElement.dataset.ready") is None
        assert held
        w.page.unroute("**/static/map/desk.js")
        # What was chosen meanwhile opens.
        w.page.wait_for_selector("#panel h2")
        w.ready("map")

"""The surveyor's pages: a file sent, judged and mended; one survey with its network and map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cadastre.formats.gsi import write_gsi
from cadastre.office.desk import Desk
from cadastre.office.open_commune import load_outline
from cadastre.office.record_survey import record_survey
from cadastre.store.actor import SYSTEM
from tests.survey import field_scene as scene

from .conftest import DESKTOP, PHONE
from .test_accessibility import faults

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]
COMMUNE = "22609"
#: The whole commune, of which the small sample maps a part.
WHOLE = shapely.box(108.835715, 12.087467, 108.975650, 12.293542)


def files(folder: Path, **setting: Any) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    book = scene.book(folder / "scene", scene.Scene(**setting))
    return {
        "path": write_gsi(book, folder / "so_do.gsi"),
        "control": scene.write_control(folder / "khong_che.csv"),
        "sequences": scene.write_sequences(folder / "noi_diem.csv"),
    }


@pytest.fixture
def field_survey(sample_database: Any, tmp_path: Path) -> str:
    """A field book with a blunder, recorded: its network is drawn and one sight switched off."""
    desk = Desk(sample_database.worker_engine, SYSTEM, sample_database.home)
    load_outline(desk, commune=COMMUNE, outline=WHOLE)
    sent = files(tmp_path / "f", rng=np.random.default_rng(3), blunders={("T2", "C"): 0.25})
    return record_survey(desk, commune=COMMUNE, label="Sổ đo lô 12", **sent).survey_uid


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_field_book_shows_network_map_residuals_and_what_is_wrong(
    field_survey: str, visit: Visit, size: dict[str, int], language: str
) -> None:
    with visit("surveyor", size=size, touch=size is PHONE) as w:
        w.page.goto(f"{w.address}/language/{language}?back=/")
        w.open(f"/surveys/{field_survey}", "survey")
        w.until("document.querySelector('#drawing img').naturalWidth > 0")
        assert "T2" in w.page.inner_text("#outliers")
        off = {"vi": "không dùng", "en": "not used"}[language]
        assert off in w.page.inner_text("#observations tbody tr >> nth=0")
        assert w.page.locator("[data-measured]").count() == 3
        # The map: three dashed outlines with their names, ellipses, stations and control.
        assert w.page.locator("#land .measured-name").count() == 3
        assert w.page.locator("#land path.leaflet-interactive").count() == 0
        assert w.page.locator("#land .leaflet-overlay-pane path").count() > 3 + 9
        corrections = w.page.inner_text("#observations")
        for told in {
            "vi": ("mặt bàn độ", "cao máy", "về lưới", "cong Trái Đất"),
            "en": ("faces", "height of instrument", "grid", "earth curvature"),
        }[language]:
            assert told in corrections, told
        assert "[object" not in w.page.inner_text("main")
        report = w.page.get_attribute("a[href$='adjustment.pdf']", "href")
        assert w.page.request.get(w.address + report).headers["content-type"] == "application/pdf"
        assert w.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        assert faults(w) == []
        path = w.shot(f"field-survey-{size['width']}-{language}")
        w.page.screenshot(path=path, full_page=True)


def test_sending_again_from_a_survey_makes_its_next_version(
    field_survey: str, visit: Visit, tmp_path: Path, worker: Any
) -> None:
    mended = files(tmp_path / "g", rng=np.random.default_rng(3))
    with visit("surveyor") as w:
        w.open(f"/surveys/{field_survey}", "survey")
        w.page.click("#head a[href^='/surveys?label=']")
        w.ready("surveys")
        assert w.page.input_value("[name=label]") == "Sổ đo lô 12"
        w.page.set_input_files("[name=files]", mended["path"])
        w.page.click("#more summary")
        w.page.set_input_files("[name=control]", mended["control"])
        w.page.set_input_files("[name=sequences]", mended["sequences"])
        w.page.uncheck("#compare")
        w.page.click("#upload button[type=submit]")
        w.page.wait_for_selector("#judged", timeout=60_000)
        w.shot("survey-sent")
        w.page.click("#result a[href^='/surveys/']")
        w.ready("survey")
        assert w.page.locator("#versions li").count() == 2
        assert w.page.locator("#outliers").count() == 0


def test_a_refused_list_says_what_to_state_and_the_choice_is_at_hand(
    sample_database: Any, visit: Visit, tmp_path: Path, worker: Any
) -> None:
    sent = files(tmp_path / "h")
    desk = Desk(sample_database.worker_engine, SYSTEM, sample_database.home)
    load_outline(desk, commune=COMMUNE, outline=shapely.box(108.83, 12.28, 108.84, 12.29))
    with visit("surveyor") as w:
        w.open("/surveys", "surveys")
        w.page.set_input_files("[name=files]", sent["path"])
        w.page.click("#more summary")
        w.page.set_input_files("[name=control]", sent["control"])
        w.page.set_input_files("[name=sequences]", sent["sequences"])
        w.page.uncheck("#compare")
        w.page.click("#more summary")
        w.page.click("#upload button[type=submit]")
        w.page.wait_for_selector("[data-status=failed]", timeout=60_000)
        told = w.page.inner_text("#progress")
        assert "khong_che.csv" in told
        assert "múi chiếu" in told
        assert w.page.is_visible("[name=crs]")
        assert faults(w) == []
        w.shot("survey-refused")
        w.page.select_option("[name=crs]", "9217")
        w.page.select_option("[name=axes]", "ne")
        w.page.click("#upload button[type=submit]")
        w.page.wait_for_selector("#judged", timeout=60_000)
        assert "cần xem" in w.page.inner_text("#judged")  # its parcels lie outside the commune
        assert "ngoài" in w.page.inner_text("#judged")


def test_a_survey_of_outlines_shows_its_parcels_and_their_papers(visit: Visit) -> None:
    with visit("surveyor") as w:
        w.open("/surveys", "surveys")
        w.page.click("[data-survey] h3 a >> nth=0")
        w.ready("survey")
        paper = w.page.get_attribute(
            "[data-measured] a[href$='measured_state.pdf'] >> nth=0", "href"
        )
        assert w.page.request.get(w.address + paper).headers["content-type"] == "application/pdf"
        assert w.page.is_hidden("#drawing")
        w.shot("survey")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_commune_without_surveys_says_what_to_do_and_an_unknown_survey_is_a_page(
    sample_database: Any, visit: Visit, size: dict[str, int]
) -> None:
    with visit("surveyor", size=size) as w:
        w.page.route(
            f"**/communes/{COMMUNE}/surveys", lambda route: route.fulfill(json={"surveys": []})
        )
        w.open("/surveys", "surveys")
        assert "Chưa có đợt đo nào" in w.page.inner_text("#list")
        w.shot(f"surveys-empty-{size['width']}")
        nowhere = "/surveys/00000000-0000-4000-8000-000000000000"
        w.expected.append((404, nowhere))
        w.page.goto(w.address + nowhere)
        assert "Không có đợt đo này" in w.page.inner_text("main")
        w.shot(f"survey-unknown-{size['width']}")

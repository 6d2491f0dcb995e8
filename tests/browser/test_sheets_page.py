"""A former commune's drawing on the sheets page: refused for its levels, corrected, read; paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sample_data.dgn_file import Text, write_dgn
from tests.serving import PASSWORD, serving

from .conftest import DESKTOP, Watched

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]
LEVEL, SIDE, COUNT = 40, 20.0, 5


def _drawing(path: Path, east: float, north: float) -> Path:
    """Five lots with their boundary on a level of another meaning, one of them left open."""
    lines, labels = [], []
    for at in range(COUNT):
        west = east + at * SIDE
        ring = [(west, north), (west + SIDE, north), (west + SIDE, north + SIDE),
                (west, north + SIDE), (west, north)]  # fmt: skip
        lines.append((LEVEL, np.array(ring)))
        labels.append(Text(13, (west + SIDE / 2, north + SIDE / 2), (str(at + 1).encode(),)))
    lines.append((LEVEL, np.array([(east, north - 5), (east + 4, north - 9)])))
    write_dgn(path, lines, labels)
    return path


def test_levels_are_corrected_and_the_account_is_shown(
    visit: Visit, worker: None, tmp_path: Path
) -> None:
    with visit("officer") as w:
        w.open("/sheets", "sheets")
        w.shot("sheets-list")
        west, south, *_ = w.page.evaluate(
            "async () => (await (await fetch('/api/v1/communes')).json()).communes[0].bbox"
        )
        east, north = _within(west, south)
        file = _drawing(tmp_path / "DC95.dgn", east, north)
        w.page.click("#import > summary")
        w.page.set_input_files("#upload input[type=file]", str(file))
        w.page.select_option("#upload [name=former_commune]", "22645")
        w.page.select_option("#upload [name=scale]", "500")
        w.page.click("#upload button[type=submit]")
        # The levels that have lines are proposed where they can be corrected.
        w.until("document.querySelector('[name=levels]').value.includes('boundary')", timeout_s=120)
        w.shot("sheets-levels-unclear")
        w.page.fill("[name=levels]", f"boundary = [{LEVEL}]\n")
        w.page.fill("[name=crs]", "EPSG:9217")
        w.page.click("#upload button[type=submit]")
        w.until("document.querySelector('#result .report') !== null", timeout_s=120)
        said = w.page.inner_text("#result .report")
        assert "EPSG:9217" in said
        assert "Nét ranh giới không khép thửa nào" in said
        with w.page.expect_download() as downloading:
            w.page.click("#result .report a[download]")
        lines = Path(downloading.value.path()).read_text("utf-8-sig").splitlines()
        assert lines[0].startswith("record,outcome,")
        assert len(lines) >= 2
        w.page.click("#result .report details summary")
        w.page.evaluate("document.querySelector('#result').scrollIntoView()")
        w.shot("sheets-account")


def _within(west: float, south: float) -> tuple[float, float]:
    from cadastre.crs import grid_coordinates

    east, north = grid_coordinates(np.array([[west + 0.01, south + 0.01]]), 9217)[0]
    return round(float(east)), round(float(north))


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
        # A merge that was left is found again under its own name.
        merging = w.page.context.request.post(
            f"{w.address}/api/v1/communes/22609/merges", headers={"Origin": w.address}
        )
        assert merging.status == 202
        w.open("/sheets", "sheets")
        w.page.wait_for_selector("#progress [data-job]")
        assert "Merging" in w.page.inner_text("#progress")


def test_a_commune_without_sheets_is_told_where_to_begin(
    browser: Any, staffed_database: Any
) -> None:
    accounts = {"officer": {"username": "officer", "password": PASSWORD}}
    with serving(staffed_database.home) as running:
        context = browser.new_context(viewport=DESKTOP)
        w = Watched(context.new_page(), running.address, accounts, staffed_database.web_engine)
        w.enter("officer")
        w.open("/sheets", "sheets")
        assert w.page.is_visible("#upload button[type=submit]")
        assert "Nhập tệp bản đồ" in w.page.inner_text("#list")
        w.shot("sheets-empty")
        w.open("/merge/22609", "merge")
        w.until("document.querySelector('#proposal-list .empty') !== null")
        assert "Chưa ghép bản đồ lần nào" in w.page.inner_text("#proposal-list")
        w.shot("merge-empty")
        w.page.click("#proposal-list a.button")
        w.ready("sheets")
        context.close()

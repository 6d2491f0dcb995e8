"""Every kind of paper that a sample prints says on every page that it is one.

Each template of the package is drawn; one that is added without the stamp, or without being
drawn here, fails.
"""

from __future__ import annotations

import io
import unicodedata
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from pypdf import PdfReader

import cadastre
from cadastre.certificate import papers
from cadastre.drawing.papers import SAMPLE_STAMP, compile_paper
from cadastre.exchange import both_ways, conversion_paper, conversion_table
from cadastre.formats.workbook import workbook_of
from cadastre.survey.adjustment_paper import AdjustmentPaper, adjustment_report

from .conftest import HOUSE, MADE_AT, OFFICE, ONE, parcel_of
from .test_papers import EXAMPLES

ROOM = Path(cadastre.__file__).parent
#: Pieces that templates import; they print nothing by themselves.
PIECES = {"frame", "stamp"}
#: Paper -> template, where they are not of one name.
TEMPLATES = {
    "supplement_request": "supplement",
    "boundary_description": "boundary",
    "certificate_overprint": "certificate",
}
CROSSWALK = pd.DataFrame(
    {
        "former_commune": "22645",
        "map_set": ["", *["1998"] * 119],
        "scale": 2000,
        "former_sheet": [str(n) for n in range(120)],
        "sheet": range(100, 220),
        "parcel": "1",
    }
)
TABLE = conversion_table(CROSSWALK, {"22645": "Khánh Phú"})
POINT = {
    "point": "T1", "role": "station", "north": 1345000.0, "east": 570000.0, "height": None,
    "var_north": 1e-5, "var_east": 1e-5, "semi_major": 0.004, "semi_minor": 0.003, "azimuth": 0.5,
}  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10mm" height="10mm" viewBox="0 0 1 1"/>'
VIEW = {
    "title": "Bản đồ", "subtitle": "Tình trạng", "scale": 1000, "zone": "VN-2000", "north": "B",
    "language": "vi", "paper": {"width": 297, "height": 210}, "map": {"width": 277, "height": 160},
    "legend": [], "lines": [], "bar": {"step_mm": 10, "half": "20 m", "whole": "40 m"}, "foot": "",
}  # fmt: skip


def measured_state(sample: bool) -> bytes:
    paper = papers.MeasuredStatePaper(
        head=head("Phiếu xác nhận kết quả đo đạc hiện trạng thửa đất"),
        parcel=parcel_of(HOUSE),
        geometry=HOUSE,
        zone="VN-2000",
        holders=ONE,
        surveyed_on=date(2026, 3, 2),
        surveyor=papers.Signatory("Người đo đạc"),
    )
    return papers.measured_state(paper, sample=sample)


def head(title: str) -> papers.Head:
    return papers.Head(papers.Form(title), OFFICE, MADE_AT)


def adjustment(sample: bool) -> bytes:
    paper = AdjustmentPaper(
        commune="xã Khánh Vĩnh", survey="Đo thử", version=1, zone="VN-2000", file="so.gsi",
        sha256="0" * 64, made_at=MADE_AT, figures={}, points=[POINT] * 150, observations=(),
        network_svg=SVG,
    )  # fmt: skip
    return adjustment_report(paper, sample=sample)


def conversion(sample: bool) -> bytes:
    return conversion_paper(
        TABLE, commune="22609", name="Xã Khánh Vĩnh", province="Khánh Hòa", at=MADE_AT,
        sample=sample,
    )  # fmt: skip


OTHERS = {
    "measured_state": measured_state,
    "adjustment": adjustment,
    "conversion": conversion,
    "calibration": lambda sample: papers.calibration_page(
        head("Trang căn chỉnh"), printer="Máy in phòng 2", sample=sample
    ),
    "map_view": lambda sample: compile_paper(
        ROOM / "drawing" / "templates" / "map_view.typ", VIEW, {"map": SVG}, timestamp=MADE_AT,
        sample=sample,
    ),
}  # fmt: skip
KINDS = (*EXAMPLES, "certificate_overprint", *OTHERS)


def draw(kind: str, examples: SimpleNamespace, sample: bool) -> bytes:
    if kind in OTHERS:
        return OTHERS[kind](sample)
    if kind == "certificate_overprint":
        paper = examples["certificate_paper"]()
        return papers.certificate(paper, sample=sample, output="overprint")
    return getattr(papers, kind)(examples[EXAMPLES[kind]](), sample=sample)


def words_of_pages(pdf: bytes) -> list[str]:
    return [
        unicodedata.normalize("NFC", page.extract_text())
        for page in PdfReader(io.BytesIO(pdf)).pages
    ]


def test_every_template_is_drawn_here():
    drawn = {TEMPLATES.get(kind, kind) for kind in KINDS}
    found = {path.stem for path in ROOM.glob("*/templates/*.typ")}
    assert found - PIECES == drawn


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_a_sample_is_stamped_and_no_page_of_a_real_paper(examples, kind):
    pages = words_of_pages(draw(kind, examples, sample=True))
    assert [SAMPLE_STAMP in words for words in pages] == [True] * len(pages)
    assert not any(
        "BẢN MẪU" in words for words in words_of_pages(draw(kind, examples, sample=False))
    )


def test_long_papers_of_a_sample_are_stamped_to_the_last_page():
    assert min(len(words_of_pages(made(True))) for made in (conversion, adjustment)) > 3


def test_the_printed_workbook_is_marked_above_and_below_every_page():
    for mark in (SAMPLE_STAMP, ""):
        book = openpyxl.load_workbook(io.BytesIO(workbook_of(both_ways(TABLE), mark=mark)))
        for page in book:
            told = {page.oddHeader.center.text or "", page.oddFooter.center.text or ""}
            assert told == {mark}
            assert not page.HeaderFooter.differentFirst
            assert not page.HeaderFooter.differentOddEven


def test_a_commune_with_one_map_set_shows_the_legal_empty_value():
    assert "-/-" in words_of_pages(conversion(True))[0]

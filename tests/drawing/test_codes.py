"""Codes drawn as vectors are read back by an outside decoder."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest

from cadastre.drawing.codes import (
    CodeTooLong,
    CodeUnprintable,
    code128_svg,
    qr_fits,
    qr_svg,
)
from cadastre.drawing.papers import PaperNotDrawn, compile_paper

PAGE = """#let d = json(bytes(sys.inputs.data))
#set page(width: 120mm, height: 60mm, margin: 8mm)
#set text(font: "Libertinus Serif")
#image(bytes(d.images.code), format: "svg", width: d.width * 1mm)
#d.words
"""
NOW = datetime(2026, 3, 5, 1, 7, tzinfo=UTC)


def page(folder, svg, width, words="Đất ở tại nông thôn"):
    template = folder / "page.typ"
    template.write_text(PAGE, "utf-8")
    return compile_paper(
        template, {"width": width, "words": words}, {"code": svg}, timestamp=NOW, sample=False
    )


def read_codes(folder, pdf):
    """What zbarimg reads from the page at 200 dots per inch."""
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", "200", "-png", "-singlefile", folder / "page.pdf", folder / "page"],
        check=True,
    )
    seen = subprocess.run(
        ["zbarimg", "--nodbus", "--quiet", "--raw", folder / "page.png"],
        capture_output=True,
        check=False,
    )
    return seen.stdout.decode("utf-8").rstrip("\n")


@pytest.mark.parametrize("code", ["000.00.12.H32-260305-0001", "H32.12-260305-0417", "AA 00000001"])
def test_a_bar_code_is_read_back(tmp_path, code):
    assert read_codes(tmp_path, page(tmp_path, code128_svg(code), 100)) == code


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000/verify/abc", "Đất ở, thửa 34 tờ 98\n-/-"])
def test_a_qr_is_read_back_with_vietnamese_letters(tmp_path, text):
    assert read_codes(tmp_path, page(tmp_path, qr_svg(text, size_mm=30), 30)) == text


def test_accented_letters_are_refused_in_a_bar_code():
    with pytest.raises(CodeUnprintable):
        code128_svg("hồ sơ 1")


def test_a_text_too_long_for_the_allowed_version_is_refused():
    assert not qr_fits("x" * 4000)
    with pytest.raises(CodeTooLong):
        qr_svg("x" * 500, version=5)


def test_papers_are_byte_for_byte_repeatable_pdf_a(tmp_path):
    svg = qr_svg("một")
    first, second = page(tmp_path, svg, 30), page(tmp_path, svg, 30)
    assert first == second
    assert b"pdfaid:part>2<" in first
    assert b"pdfaid:conformance>B<" in first


def test_a_fault_in_a_template_is_told_with_its_name(tmp_path):
    template = tmp_path / "broken.typ"
    template.write_text("#unknown-word", "utf-8")
    with pytest.raises(PaperNotDrawn, match=r"broken\.typ"):
        compile_paper(template, {}, timestamp=NOW, sample=False)


def test_a_time_without_zone_is_refused(tmp_path):
    with pytest.raises(PaperNotDrawn, match="time zone"):
        compile_paper(tmp_path / "page.typ", {}, timestamp=datetime(2026, 3, 5), sample=False)

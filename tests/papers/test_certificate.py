"""The extract and the certificate: true scale, two pages, a QR that says the five sections."""

from __future__ import annotations

import hashlib
import io
import subprocess
import unicodedata

import numpy as np
import pytest
from pypdf import PdfReader

from cadastre.certificate import papers
from cadastre.certificate.papers_payload import corner_list
from cadastre.drawing.corners import number_corners
from cadastre.drawing.papers import PaperNotDrawn


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, composed and with single spaces."""
    return [
        unicodedata.normalize("NFC", " ".join(page.extract_text().split()))
        for page in PdfReader(io.BytesIO(pdf)).pages
    ]


def grey(pdf: bytes, folder, *, dpi: int, page: int) -> np.ndarray:
    """A page as an array of grey values."""
    (folder / "paper.pdf").write_bytes(pdf)
    subprocess.run(
        [
            "pdftoppm",
            "-r",
            str(dpi),
            "-gray",
            "-singlefile",
            "-f",
            str(page),
            "-l",
            str(page),
            folder / "paper.pdf",
            folder / "paper",
        ],
        check=True,
    )
    raw = (folder / "paper.pgm").read_bytes()
    _, size, _, pixels = raw.split(b"\n", 3)
    width, height = (int(n) for n in size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width)


def apart_mm(picture: np.ndarray, *, height_mm: float, dpi: int) -> float:
    """Distance of the two upright edges of a rectangle of this height, measured in the picture."""
    uprights = []
    for index, column in enumerate((picture < 128).T):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(np.int8), [0]])))
        run = (edges[1::2] - edges[::2]).max() * 25.4 / dpi if len(edges) else 0.0
        # The open circles at the corners take half a millimetre off each end.
        if height_mm - 1.6 < run < height_mm + 0.5:
            uprights.append(index)
    middle = (uprights[0] + uprights[-1]) / 2
    left = np.mean([u for u in uprights if u < middle])
    right = np.mean([u for u in uprights if u > middle])
    return float(right - left) * 25.4 / dpi


def decoded(pdf: bytes, folder, *, dpi: int = 200) -> str:
    """What an outside decoder reads from the picture of the first page."""
    (folder / "paper.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-png", "-singlefile", folder / "paper.pdf", folder / "p"],
        check=True,
    )
    seen = subprocess.run(
        ["zbarimg", "--nodbus", "--quiet", "--raw", folder / "p.png"],
        capture_output=True,
        check=False,
    )
    return seen.stdout.decode("utf-8")


@pytest.mark.parametrize("sample", [True, False])
def test_a_hundred_metres_at_one_to_a_thousand_measure_a_hundred_millimetres(
    examples, tmp_path, sample
):
    paper = examples["extract_paper"](examples["RECTANGLE"], scale=1000)
    picture = grey(papers.extract(paper, sample=sample), tmp_path, dpi=300, page=1)
    assert apart_mm(picture, height_mm=60.0, dpi=300) == pytest.approx(100.0, abs=0.1)


def test_the_certificates_diagram_is_true_to_its_stated_scale(examples, tmp_path):
    pdf = papers.certificate(examples["certificate_paper"](examples["RECTANGLE"]), sample=True)
    assert "Tỷ lệ 1:2000" in pages_of(pdf)[1]
    picture = grey(pdf, tmp_path, dpi=300, page=2)
    assert apart_mm(picture, height_mm=30.0, dpi=300) == pytest.approx(50.0, abs=0.1)


def test_the_certificate_has_two_pages(examples):
    for geometry in (examples["HOUSE"], examples["LONG_THIN"], examples["forest"]()):
        pdf = papers.certificate(examples["certificate_paper"](geometry), sample=True)
        assert len(pages_of(pdf)) == 2


def test_three_co_users_and_two_land_types_stay_on_two_pages(examples):
    land = examples["RECTANGLE"]
    paper = examples["certificate_paper"](
        land,
        holders=examples["THREE"],
        parcel=examples["parcel_of"](land, examples["ONT"], examples["CLN"]),
    )
    first, second = pages_of(papers.certificate(paper, sample=True))
    for person in examples["THREE"]:
        assert person.name in first
    assert "phần quyền: 1/2" in first
    assert "5.700,0" in first
    assert "ONT+CLN" in second


def test_the_qr_holds_five_sections_and_every_corner(examples, tmp_path):
    paper = examples["certificate_paper"]()
    said = papers.certificate_payload(paper)
    assert said.complete
    text = decoded(papers.certificate(paper, sample=True), tmp_path)
    assert text.rstrip("\n") == said.text
    lines = text.splitlines()
    assert lines[0] == paper.verify_url
    assert [line[:2] for line in lines[2:]] == ["1.", "2.", "3.", "4.", "5."]
    assert "Cao Thị Mẫu" in lines[2]
    assert lines[5].count(";") == len(number_corners(paper.geometry)) - 1
    assert "1 1345021.600 570000.500" in lines[5]


def test_a_qr_without_room_names_count_and_hash_of_the_corners(examples, tmp_path):
    paper = examples["certificate_paper"](examples["forest"]())
    said = papers.certificate_payload(paper)
    listed = corner_list(number_corners(paper.geometry))
    assert not said.complete
    assert said.corners_sha256 == hashlib.sha256(listed.encode()).hexdigest()
    text = decoded(papers.certificate(paper, sample=True), tmp_path)
    assert f"4. 307 đỉnh; SHA-256 {said.corners_sha256}" in text


def test_a_certificate_with_very_long_entries_still_has_a_readable_qr(examples, tmp_path):
    crowd = tuple(
        papers.Person(f"{person.name} {n}", address=person.address)
        for n in range(12)
        for person in examples["ONE"]
    )
    paper = examples["certificate_paper"](
        examples["forest"](), notes=("Ghi chú rất dài. " * 60,), holders=crowd[:6]
    )
    text = decoded(papers.certificate(paper, sample=True), tmp_path)
    assert text.startswith(paper.verify_url)


def test_the_receipts_bar_code_and_qr_are_read_from_the_picture(examples, tmp_path):
    paper = examples["receipt_paper"]()
    seen = decoded(papers.receipt(paper, sample=True), tmp_path).split()
    assert sorted(seen) == sorted([paper.dossier.code, paper.lookup_url])


def test_the_extract_lists_every_corner_of_a_parcel_with_holes(examples):
    text = " ".join(pages_of(papers.extract(examples["extract_paper"](examples["forest"]()))))
    for corner in number_corners(examples["forest"]()):
        assert f"{corner.north:.3f}".replace(".", ",") in text
    assert "(307 điểm)" in text


def test_the_overprint_leaves_out_what_the_blank_has(examples):
    paper = examples["certificate_paper"]()
    first, second = pages_of(papers.certificate(paper, output="overprint"))
    assert "Cao Thị Mẫu" in first
    assert "116,5" in first
    assert "GIẤY CHỨNG NHẬN" not in first
    assert "AA 00000001" not in first + second
    assert "Ký bởi" not in first


def test_the_overprint_moves_by_the_printers_offset(examples, tmp_path):
    paper = examples["certificate_paper"]()

    def ink(offset):
        pdf = papers.certificate(paper, output="overprint", offset_mm=offset)
        rows, columns = np.nonzero(grey(pdf, tmp_path, dpi=254, page=1) < 128)
        return np.array([columns.min(), rows.min()])

    # 254 dots per inch are ten to the millimetre.
    assert ink((3.0, -2.0)) - ink((0.0, 0.0)) == pytest.approx([30, -20], abs=1)


def test_many_co_users_are_set_smaller_and_all_stand_on_the_page(examples):
    crowd = tuple(
        papers.Person(f"Cao Thị Mẫu {n}", id_number=f"0561990000{n:02d}", address="Thôn 1")
        for n in range(15)
    )
    paper = examples["certificate_paper"](holders=crowd)
    pages = pages_of(papers.certificate(paper, sample=True))
    assert len(pages) == 2
    assert all(person.id_number in pages[0] for person in crowd)


def test_entries_that_cannot_fit_are_refused_instead_of_cut(examples):
    crowd = examples["ONE"] * 80
    with pytest.raises(PaperNotDrawn, match="do not fit"):
        papers.certificate(examples["certificate_paper"](holders=crowd))


def test_the_calibration_page_has_its_cross_hairs_where_it_says(examples, tmp_path):
    def hair(offset):
        pdf = papers.calibration_page(
            papers.Head(
                papers.Form("Trang căn chỉnh máy in"), examples["OFFICE"], examples["MADE_AT"]
            ),
            printer="Máy in phòng 2",
            offset_mm=offset,
        )
        corner = grey(pdf, tmp_path, dpi=254, page=1)[:400, :400] < 128
        return int(corner.sum(axis=0).argmax()), int(corner.sum(axis=1).argmax())

    assert hair((0.0, 0.0)) == pytest.approx((200, 200), abs=1)
    assert hair((1.5, -2.0)) == pytest.approx((215, 180), abs=1)

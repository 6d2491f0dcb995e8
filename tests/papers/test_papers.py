"""Every paper is PDF/A, says what it must in Vietnamese, and is the same to the last byte."""

from __future__ import annotations

import io
import subprocess
import unicodedata
from dataclasses import replace

import pytest
from pypdf import PdfReader

from cadastre.certificate import papers
from cadastre.certificate.papers_boundary import StretchUnknown
from cadastre.drawing.corners import number_corners
from cadastre.drawing.wording import coordinate_vi

WORDS = {
    "receipt": (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Mẫu số 01 - Thông tư số 03/2025/TT-VPCP",
        "000.00.12.H32-260305-0001",
        "Khánh Vĩnh, ngày 05 tháng 3 năm 2026",
        "Thời gian nhận hồ sơ: 08 giờ 07 phút, ngày 05/03/2026",
        "Kết quả đăng ký đất đai: 17 giờ 00 phút, ngày 13/04/2026",
        "Giấy chứng nhận: 17 giờ 00 phút, ngày 16/04/2026",
    ),
    "supplement_request": ("PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ", "Lý do: Hồ sơ chưa đủ"),
    "refusal": ("PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ", "không tiếp nhận hồ sơ này"),
    "control_slip": ("Trước hạn", "Đúng hạn", "Quá hạn", "-/-"),
    "apology": ("PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ", "17/04/2026"),
    "boundary_description": (
        "BẢN MÔ TẢ RANH GIỚI, MỐC GIỚI THỬA ĐẤT",
        "Mép đường liên thôn",
        "Không phải ký",
        "21,61",
    ),
    "certificate_decision": (
        "QUYẾT ĐỊNH ĐÍNH CHÍNH GIẤY CHỨNG NHẬN ĐÃ CẤP",
        "Nội dung đính chính: Năm sinh 1979",
        "Số phát hành: AA 00000001",
    ),
    "stop_notice": ("THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ", "rút hồ sơ"),
    "extract": (
        "TRÍCH LỤC BẢN ĐỒ ĐỊA CHÍNH",
        "Số thứ tự thửa đất: 35; tờ bản đồ số: 98",
        "Diện tích: 116,5 m²",
        "Tỷ lệ 1:500",
        "1345021,600",
        "570000,500",
        "w6jmqe0zh2b9",
        "Ký bởi: Nguyễn Văn Mẫu",
    ),
    "posting_list": ("DANH SÁCH CÔNG KHAI", "10/03/2026", "24/03/2026", "(15 ngày)"),
    "minutes": ("BIÊN BẢN KẾT THÚC CÔNG KHAI", "Hồ sơ 000.00.12.H32-260305-0002", "Mấu Thị Thử"),
    "tax_sheet": ("PHIẾU CHUYỂN THÔNG TIN", "6.000,0 m²", "Lâu dài", "phần quyền 1/3"),
    "registration_notice": (
        "THÔNG BÁO XÁC NHẬN KẾT QUẢ ĐĂNG KÝ ĐẤT ĐAI",
        "không thay thế Giấy chứng nhận",
        "5. Kết luận",
    ),
    "register_page": ("SỔ ĐỊA CHÍNH", "AA 00000001", "CN 00001", "1/6"),
    "certificate": (
        "GIẤY CHỨNG NHẬN",
        "QUYỀN SỬ DỤNG ĐẤT,",
        "QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT",
        "Cao Thị Mẫu, sinh năm: 1979",
        "Diện tích: 116,5 m²",
        "Đất ở tại nông thôn (ONT)",
        "TM. ỦY BAN NHÂN DÂN",
        "AA 00000001",
        "Số vào sổ cấp Giấy chứng nhận: CN 00001",
        "Thông tin chi tiết được thể hiện tại mã QR.",
        "4. Sơ đồ thửa đất:",
        "-/-",
    ),
}
EXAMPLES = {
    "receipt": "receipt_paper",
    "supplement_request": "supplement_paper",
    "refusal": "refusal_paper",
    "control_slip": "control_slip_paper",
    "apology": "apology_paper",
    "boundary_description": "boundary_paper",
    "certificate_decision": "decision_paper",
    "stop_notice": "stop_paper",
    "extract": "extract_paper",
    "posting_list": "posting_paper",
    "minutes": "minutes_paper",
    "tax_sheet": "tax_paper",
    "registration_notice": "notice_paper",
    "register_page": "register_paper",
    "certificate": "certificate_paper",
}


def text_of(pdf: bytes) -> str:
    """The text as pdftotext reads it, with single spaces and composed letters."""
    found = subprocess.run(
        ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return unicodedata.normalize("NFC", " ".join(found.stdout.decode("utf-8").split()))


def draw(examples, kind, *, sample=True, **changes):
    return getattr(papers, kind)(examples[EXAMPLES[kind]](**changes), sample=sample)


@pytest.mark.parametrize("kind", WORDS)
def test_the_paper_says_what_it_must(examples, kind):
    text = text_of(draw(examples, kind))
    assert [words for words in WORDS[kind] if words not in text] == []


@pytest.mark.parametrize("kind", WORDS)
def test_the_paper_is_repeatable_pdf_a_with_its_fonts_inside(examples, kind):
    pdf = draw(examples, kind)
    assert pdf == draw(examples, kind)
    assert b"pdfaid:part>2<" in pdf
    assert b"pdfaid:conformance>B<" in pdf
    fonts = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout
    for line in fonts.decode().splitlines()[2:]:
        assert line.split()[-5:-2] == ["yes", "yes", "yes"], line


@pytest.mark.parametrize("kind", WORDS)
def test_pages_are_a4(examples, kind):
    for page in PdfReader(io.BytesIO(draw(examples, kind))).pages:
        sides = sorted(float(side) * 25.4 / 72 for side in page.mediabox[2:])
        assert sides == pytest.approx([210.0, 297.0], abs=0.02)


def test_titles_and_form_numbers_come_from_the_data(examples):
    form = papers.Form("Phiếu biên nhận thử", "Mẫu số 21", "Quyết định số 47/2026/QĐ-UBND")
    text = text_of(
        draw(examples, "receipt", head=replace(examples["receipt_paper"]().head, form=form))
    )
    assert "PHIẾU BIÊN NHẬN THỬ" in text
    assert "Mẫu số 21 - Quyết định số 47/2026/QĐ-UBND" in text
    assert "GIẤY TIẾP NHẬN" not in text


def test_a_long_posting_goes_on_over_pages_with_its_heading(examples):
    pdf = draw(examples, "posting_list", posting=examples["posting"](60))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 3
    assert all("Mã hồ sơ" in unicodedata.normalize("NFC", p.extract_text()) for p in pages[:-1])


@pytest.mark.parametrize("corners", [4, 14, 31, 41])
@pytest.mark.parametrize("holders", ["ONE", "THREE"])
def test_the_extract_of_an_ordinary_parcel_is_one_page(examples, corners, holders):
    land = examples["forest"](corners, holes=False)
    pdf = draw(examples, "extract", geometry=land, holders=examples[holders])
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    text = unicodedata.normalize("NFC", page.extract_text())
    assert coordinate_vi(number_corners(land)[-1].north, 3) in text
    assert "Nguyễn Văn Mẫu" in text


def test_a_long_coordinate_table_goes_on_over_pages_with_its_heading(examples):
    land = examples["forest"](400)
    pages = PdfReader(io.BytesIO(draw(examples, "extract", geometry=land))).pages
    texts = [unicodedata.normalize("NFC", page.extract_text()) for page in pages]
    assert len(texts) == 4
    assert "Nguyễn Văn Mẫu" in texts[0]
    assert [text.count("X (m)") for text in texts] == [0, 3, 3, 1]
    corners = number_corners(land)
    assert all(coordinate_vi(c.north, 3) in "".join(texts[1:]) for c in corners)


def test_absent_entries_are_shown_as_the_legal_empty_value(examples):
    nobody = (papers.Person("Cao Thị Mẫu"),)
    text = text_of(draw(examples, "receipt", dossier=examples["dossier"](people=nobody)))
    assert "Địa chỉ: -/-" in text
    assert "Số điện thoại: -/-" in text


def test_words_of_people_cannot_break_the_template(examples):
    awkward = papers.Person('Lê "Tí" #panic() $x$ *_@a <b> \\ //', address="[x] `y` ~ = - + 1. ý")
    text = text_of(draw(examples, "receipt", dossier=examples["dossier"](people=(awkward,))))
    assert "#panic() $x$ *_@a <b> \\ //" in text
    assert "[x] `y` ~ = - + 1. ý" in text


def test_three_co_users_with_a_long_name_all_stand_on_the_receipt(examples):
    text = text_of(draw(examples, "receipt", dossier=examples["dossier"](people=examples["THREE"])))
    for person in examples["THREE"]:
        assert person.name in text


def test_a_stretch_from_ring_to_ring_is_refused(examples):
    paper = examples["boundary_paper"](stretches=(papers.BoundaryStretch(1, 99, "sai"),))
    with pytest.raises(StretchUnknown):
        papers.boundary_description(paper)

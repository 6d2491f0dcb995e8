"""A land book becomes records, parties with shares and purposes, and is judged against the map."""

from __future__ import annotations

import csv

import geopandas as gpd
import pytest
from openpyxl import Workbook

from cadastre.formats.spreadsheet import TableUnreadable
from cadastre.formats.text import encode_tcvn3
from cadastre.sheets import judge_landbook, read_landbook
from cadastre.sheets.columns import ColumnsUnclear

HEADER = ["STT", "Mã xã cũ", "Số tờ", "Số thửa", "Diện tích", "Tên chủ", "Vợ/chồng", "CCCD",
          "CCCD vợ chồng", "Địa chỉ thửa", "Loại đất 1", "Diện tích 1", "Loại đất 2",
          "Diện tích 2", "Số phát hành", "Số vào sổ"]  # fmt: skip
ROWS = [
    [1, "22645", 12, 1, 400, "Nguyễn Văn A", "Trần Thị B", "056000000001", "056000000002",
     "thôn Giang Mương", "ONT", 200, "CLN", 200, "AA 00000001", "CH00001"],
    [2, "22645", 12, 2, "400,5", "Hộ ông Cao Văn C", None, None, None, None, "BHK", None, None,
     None, None, None],
    [3, "22645", 12, 3, 400, "UBND xã Khánh Phú", None, None, None, None, "ONT", 300, "CLN", 120,
     None, None],
    [4, "22645", 99, 1, 50, "Lê Thị D", None, None, None, None, "ONT", 50, None, None, None, None],
    [5, "22645", 12, None, 50, "Không số thửa", None, None, None, None, "ONT", 50, None, None,
     None, None],
]  # fmt: skip


@pytest.fixture
def book(tmp_path):
    workbook = Workbook()
    page = workbook.active
    page.append(["SỔ MỤC KÊ ĐẤT ĐAI"])
    page.append([])
    page.append(HEADER)
    page.append([f"({i + 1})" for i in range(len(HEADER))])
    for row in ROWS:
        page.append(row)
    workbook.save(tmp_path / "so.xlsx")
    return tmp_path / "so.xlsx"


def test_a_printed_book_is_read_with_its_row_numbers(book):
    reading = read_landbook(book)
    report = reading.report
    assert (report.records, report.loaded, report.refused) == (5, 4, 1)
    assert report.lines[0].record == 9
    assert "parcel" in report.lines[0].reason_en
    first = reading.records.iloc[0]
    assert (first["former_commune"], first["former_sheet"], first["former_parcel"]) == (
        "22645", "12", "1",
    )  # fmt: skip
    assert first["register_area_m2"] == 400.0
    assert first["certificate_serial"] == "AA 00000001"
    assert first["book_number"] == "CH00001"
    assert reading.records["register_area_m2"].tolist() == [400.0, 400.5, 400.0, 50.0]


def test_two_rows_of_headings_as_the_printed_form_has_them(tmp_path):
    workbook = Workbook()
    page = workbook.active
    page.append(["UBND XÃ KHÁNH PHÚ"])
    page.append(["SỔ MỤC KÊ ĐẤT ĐAI"])
    page.append(["Số thứ tự thửa đất", None, "Tên người sử dụng, quản lý đất", "Đối tượng",
                 "Diện tích (m2)", "Loại đất", None, "Ghi chú"])  # fmt: skip
    page.append(["Tờ bản đồ số", "Thửa đất số", None, None, None, "Hiện trạng", "Giấy tờ", None])
    page.append([12, 1, "Nguyễn Văn A", "GDC", 400.0, "ONT", None, None])
    page.append([12, 2, "Trần Thị B", "GDC", "120,5", "CLN", None, "bán một phần"])
    page.append([None, "Cộng", None, None, 520.5, None, None, None])
    for cells in ("A3:B3", "F3:G3"):
        page.merge_cells(cells)
    workbook.save(tmp_path / "so.xlsx")
    reading = read_landbook(tmp_path / "so.xlsx", former_commune="22645")
    assert reading.records[["former_sheet", "former_parcel", "register_area_m2"]].values.tolist() == [
        ["12", "1", 400.0], ["12", "2", 120.5],
    ]  # fmt: skip
    assert reading.parties["name"].tolist() == ["Nguyễn Văn A", "Trần Thị B"]
    assert reading.purposes["land_use"].tolist() == ["ONT", "CLN"]
    assert [(line.record, line.outcome) for line in reading.report.lines] == [(7, "refused")]


def test_a_book_without_headings_says_which_row_was_looked_at(tmp_path):
    (tmp_path / "so.csv").write_text("một;hai;ba\n1;2;3\n")
    with pytest.raises(TableUnreadable, match="row 1 has: một, hai, ba"):
        read_landbook(tmp_path / "so.csv", former_commune="22645")


def test_a_couple_holds_one_half_each(book):
    parties = read_landbook(book).parties
    couple = parties[parties["row_number"] == 5]
    assert couple["name"].tolist() == ["Nguyễn Văn A", "Trần Thị B"]
    assert couple["id_number"].tolist() == ["056000000001", "056000000002"]
    assert (couple["share_numerator"] / couple["share_denominator"]).tolist() == [0.5, 0.5]
    assert couple["role"].tolist() == ["user", "spouse"]


def test_households_and_organisations_are_told_apart(book):
    parties = read_landbook(book).parties.set_index("row_number")
    assert (parties.loc[6, "kind"], parties.loc[6, "name"]) == ("household", "Cao Văn C")
    assert parties.loc[7, "kind"] == "organisation"


def test_several_purposes_keep_their_areas(book):
    purposes = read_landbook(book).purposes
    first = purposes[purposes["row_number"] == 5]
    assert list(zip(first["land_use"], first["area_m2"], strict=True)) == [
        ("ONT", 200.0),
        ("CLN", 200.0),
    ]
    assert purposes.loc[purposes["row_number"] == 6, "area_m2"].tolist() == [400.5]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("ONT: 200; CLN: 200", [("ONT", 200.0), ("CLN", 200.0)]),
        ("ONT 150,5 + CLN 249,5 m2", [("ONT", 150.5), ("CLN", 249.5)]),
        ("ONT+CLN", [("ONT", None), ("CLN", None)]),
    ],
)
def test_purposes_in_one_cell_are_taken_apart(tmp_path, cell, expected):
    with (tmp_path / "so.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["so_to", "so_thua", "dien_tich", "ten_chu", "loai_dat"])
        writer.writerow([1, 2, 400, "A", cell])
    purposes = read_landbook(tmp_path / "so.csv", former_commune="22645").purposes
    areas = [None if a != a else a for a in purposes["area_m2"]]
    assert list(zip(purposes["land_use"], areas, strict=True)) == expected


def test_rows_of_one_parcel_are_one_record(tmp_path):
    with (tmp_path / "so.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["so_to", "so_thua", "dien_tich", "ho_ten", "loai_dat", "dt_muc_dich"])
        writer.writerow([1, 2, 400, "Nguyễn Văn A", "ONT", 100])
        writer.writerow(["", "", "", "Trần Thị B", "CLN", 300])
        writer.writerow([1, 2, 400, "Nguyễn Văn C", "CLN", 300])
    reading = read_landbook(tmp_path / "so.csv", former_commune="22645")
    assert len(reading.records) == 1
    assert reading.report.loaded == 3
    assert reading.parties["name"].tolist() == ["Nguyễn Văn A", "Trần Thị B", "Nguyễn Văn C"]
    assert set(reading.parties["share_denominator"]) == {3}
    assert reading.purposes["area_m2"].tolist() == [100.0, 300.0]


def test_legacy_text_in_a_csv_becomes_unicode(tmp_path):
    lines = [
        "so_to,so_thua,dien_tich,ten_chu",
        "1,2,400,Nguyễn Văn Thành",
        "1,3,400,Đinh Thị Hường",
    ]
    (tmp_path / "so.csv").write_bytes(b"\r\n".join(encode_tcvn3(line) for line in lines))
    parties = read_landbook(tmp_path / "so.csv", former_commune="22645").parties
    assert parties["name"].tolist() == ["Nguyễn Văn Thành", "Đinh Thị Hường"]


def test_names_of_former_communes_are_turned_into_codes(tmp_path):
    (tmp_path / "so.csv").write_text(
        "xa_cu,so_to,so_thua,dien_tich\nXã Khánh Phú,1,2,400\n22630,1,2,400\nNơi khác,1,2,4\n",
        encoding="utf-8",
    )
    reading = read_landbook(tmp_path / "so.csv", former_communes={"Khánh Phú": "22645"})
    assert reading.records["former_commune"].tolist() == ["22645", "22630"]
    assert reading.report.refused == 1


def test_a_book_without_numbers_names_what_is_wanted(tmp_path):
    (tmp_path / "so.csv").write_text("ten_chu,cccd,gioi_tinh\nA,1,nam\n", encoding="utf-8")
    with pytest.raises(ColumnsUnclear, match=r"number .parcel.; the file has ten_chu, cccd"):
        read_landbook(tmp_path / "so.csv", former_commune="22645")


def test_the_book_is_judged_against_the_sheets(book, sheet):
    reading = read_landbook(book)
    parcels = gpd.GeoDataFrame(
        {
            "parcel_uid": [f"u{i}" for i in range(20)],
            "former_commune": "22645",
            "map_set": "",
            "former_sheet": "12",
            "former_parcel": [str(i + 1) for i in range(20)],
            "scale": 500,
        },
        geometry=list(sheet.geometry),
        crs=9217,
    )
    found = judge_landbook(reading.records, reading.purposes, parcels)
    counts = found["code"].value_counts().to_dict()
    assert counts == {"RECORD_WITHOUT_PARCEL": 1, "PARCEL_WITHOUT_RECORD": 17, "PURPOSE_SUM": 1}
    wrong = found[found["code"] == "PURPOSE_SUM"].iloc[0]
    assert (wrong["parcel_uid"], wrong["measured"]) == ("u2", 20.0)
    assert wrong["allowed"] == pytest.approx(0.2)
    assert found["mismatch_id"].is_unique

"""A parcel is found under any number it ever had, and never guessed."""

import pandas as pd
import pytest

from cadastre.merge import parse_query, resolve

NAMES = {"22609": "Khánh Vĩnh", "22630": "Sông Cầu", "22645": "Khánh Phú"}


@pytest.mark.parametrize(
    ("text", "sheet", "parcel", "commune", "scale"),
    [
        ("tờ 12 thửa 34 Khánh Phú", "12", "34", "22645", None),
        ("thua 34 to 12 song cau", "12", "34", "22630", None),
        ("12/34", "12", "34", None, None),
        ("t12 th34", "12", "34", None, None),
        ("T12/34", "12", "34", None, None),
        ("Tờ bản đồ số 12, thửa đất số 34, xã Khánh Phú cũ", "12", "34", "22645", None),
        ("tờ 012 thửa 0034", "12", "34", None, None),
        ("TBĐ 12 - thửa 34a", "12", "34a", None, None),
        ("KP-12/34", "12", "34", "22645", None),
        ("22630 12/34", "12", "34", "22630", None),
        ("tờ 7 thửa 9 tỷ lệ 1/500", "7", "9", None, 500),
        ("tờ 7 thửa 9 1:2000 khanh vinh", "7", "9", "22609", 2000),
        ("thửa 34 tờ 12 TL 1000", "12", "34", None, 1000),
        ("sheet 12 parcel 34 Song Cau", "12", "34", "22630", None),
        ("12 34 sông cầu", "12", "34", "22630", None),
        ("Khánh Phú tờ 12 thửa 34", "12", "34", "22645", None),
        ("thửa đất số: 34, tờ bản đồ số: 12", "12", "34", None, None),
        ("thua 34/12 to", None, "34", None, None),
    ],
)
def test_reads_what_people_type(text, sheet, parcel, commune, scale):
    found = parse_query(text, NAMES)
    assert found.parcel == parcel
    assert (found.former_commune, found.scale) == (commune, scale)
    if sheet is not None:
        assert found.sheet == sheet
        assert found.understood, found.rest


def test_takes_decomposed_text():
    import unicodedata

    found = parse_query(unicodedata.normalize("NFD", "tờ 12 thửa 34 Sông Cầu"), NAMES)
    assert (found.sheet, found.parcel, found.former_commune) == ("12", "34", "22630")


@pytest.mark.parametrize("text", ["", "Nguyễn Văn A", "H32.56-260301-0012", "AA 00000012", "tờ 12"])
def test_does_not_understand_what_is_not_a_parcel(text):
    assert not parse_query(text, NAMES).understood


def test_initials_that_two_communes_share_keep_both():
    found = parse_query("KP 1/2", {"1": "Khánh Phú", "2": "Kim Phong"})
    assert found.former_commune is None
    assert found.candidates == ("1", "2")


@pytest.fixture
def crosswalk():
    rows = [
        ("22609", 500, "12", "34", "a", 12),
        ("22630", 1000, "12", "34", "b", 96),
        ("22645", 2000, "12", "34", "c", 120),
        ("22645", 1000, "12", "34", "d", 105),
        ("22645", 2000, "3", "034", "e", 111),
    ]
    table = pd.DataFrame(
        rows,
        columns=["former_commune", "scale", "former_sheet", "former_parcel", "parcel_uid", "sheet"],
    )
    return table.assign(map_set="", parcel=table["former_parcel"])


@pytest.mark.parametrize(
    ("text", "status", "uids"),
    [
        ("12/34", "ambiguous", {"a", "b", "c", "d"}),
        ("12/34 khánh phú", "ambiguous", {"c", "d"}),
        ("12/34 khánh phú 1/2000", "resolved", {"c"}),
        ("12/34 sông cầu", "resolved", {"b"}),
        ("96/34", "resolved", {"b"}),
        ("96/34 sông cầu", "not_found", set()),
        ("3/34", "resolved", {"e"}),
        ("13/34", "not_found", set()),
        ("chỗ ông Ba", "not_found", set()),
    ],
)
def test_resolves_without_guessing(crosswalk, text, status, uids):
    answer = resolve(parse_query(text, NAMES), crosswalk)
    assert answer.status == status
    assert set(answer.candidates["parcel_uid"]) == uids
    assert (answer.parcel_uid is not None) == (status == "resolved")


@pytest.mark.parametrize(
    "text",
    [
        "T7-12", "t7 t12", "T7/T12", "7_12", "07963/7/12", "07963-7-12", "tờ7thửa12", "to7 thua12",
        "mảnh bản đồ số 7 thửa 12", "tờ 7 tỷ lệ 1/1.000 thửa 12", "tờ bản đồ 299 số 7 thửa 12",
        "tờ 7 thửa 12 xã Hà Thạch, thị xã Phú Thọ, tỉnh Phú Thọ",
    ],
)  # fmt: skip
def test_reads_the_short_and_the_long_forms_of_an_office(text):
    found = parse_query(text, {"07945": "Phong Châu", "07963": "Hà Thạch", "07954": "Phú Hộ"})
    assert (found.sheet, found.parcel, found.rest) == ("7", "12", "")


def test_the_district_is_not_taken_for_a_former_commune_of_its_name():
    found = parse_query("tờ 7 thửa 12 Sông Cầu, huyện Khánh Vĩnh, tỉnh Khánh Hòa", NAMES)
    assert found.candidates == ("22630",)
    both = parse_query("tờ 7 thửa 12, Sông Cầu, Khánh Vĩnh, Khánh Hòa", NAMES)
    assert both.former_commune is None
    assert both.candidates == ("22609", "22630")


def test_the_name_of_a_commune_of_today_means_the_new_numbers_too(crosswalk):
    """Phường Phong Châu of today has the code of Phú Hộ; there was a Phong Châu before."""
    former, today = {"1": "Phong Châu", "2": "Phú Hộ"}, {"2": "Phong Châu"}
    walk = crosswalk.iloc[:2].assign(
        former_commune=["1", "2"], former_sheet=["7", "7"], former_parcel="12", parcel="12",
        sheet=[150, 7],
    )  # fmt: skip
    asked = parse_query("tờ 7 thửa 12 phường Phong Châu", former, communes=today)
    assert resolve(asked, walk).status == "ambiguous"
    new = parse_query("tờ 150 thửa 12 phường Phong Châu", former, communes=today)
    assert resolve(new, walk).parcel_uid == "a"
    old = parse_query("tờ 7 thửa 12 phường Phong Châu (cũ)", former, communes=today)
    assert resolve(old, walk).parcel_uid == "a"


@pytest.mark.parametrize(
    ("text", "sheet", "parcel", "scale", "commune"),
    [
        ("7.12", "7", "12", None, None),
        ("500/7/12", "7", "12", 500, None),
        ("1000-7-12", "7", "12", 1000, None),
        ("2000/7/12 sông cầu", "7", "12", 2000, "22630"),
        ("12(7)", "7", "12", None, None),
        ("12 (7) KP", "7", "12", None, "22645"),
        ("thửa 12 (tờ 7)", "7", "12", None, None),
        ("tờ 7 (thửa 12)", "7", "12", None, None),
        ("thửa/tờ: 12/7", "7", "12", None, None),
        ("Số thửa / Số tờ 12-7", "7", "12", None, None),
        ("tờ/thửa 7/12", "7", "12", None, None),
        ("tờ số 7.12", "7", "12", None, None),
        ("7:12", "7", "12", None, None),
        ("7\\12 Khánh Vĩnh", "7", "12", None, "22609"),
        ("1/500 7.12", "7", "12", 500, None),
        ("7/12 (1:2000)", "7", "12", 2000, None),
        ("07.0012", "7", "12", None, None),
    ],
)
def test_reads_short_forms(text, sheet, parcel, scale, commune):
    found = parse_query(text, NAMES)
    assert (found.sheet, found.parcel, found.scale) == (sheet, parcel, scale)
    assert found.former_commune == commune
    assert found.understood, found.rest


@pytest.mark.parametrize("text", ["12.5 m2 đất", "1.2.3", "108.901 12.198", "26/10/2025"])
def test_numbers_that_are_no_parcel_are_not_taken_for_one(text):
    assert not parse_query(text, NAMES).understood

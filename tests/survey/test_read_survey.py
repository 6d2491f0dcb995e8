"""A surveyor's file becomes points and parcels, or a clear refusal."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre import crs
from cadastre.formats.text_table import NotATable
from cadastre.survey import read_survey
from cadastre.survey.place import PlaceUnclear
from cadastre.survey.polygons import NothingMeasured

E0, N0 = 570_000.0, 1_348_000.0
OUTLINE = crs.to_wgs84([shapely.box(563_000, 1_337_000, 578_000, 1_359_000)], 9217)[0]

SQUARE = [(0, 0), (0, 20), (5, 20), (5, 0)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def rows(sep: str, dec: str, label: str = "12/34", order: str = "NE") -> list[str]:
    lines = []
    for i, (e, n) in enumerate(SQUARE, start=1):
        north, east = f"{N0 + n:.2f}".replace(".", dec), f"{E0 + e:.2f}".replace(".", dec)
        pair = (north, east) if order == "NE" else (east, north)
        lines.append(sep.join([f"P{i}", *pair, label]))
    return lines


@pytest.mark.parametrize(
    ("sep", "dec"), [(s, d) for s in (";", ",", "\t", " ") for d in (".", ",") if s != d]
)
@pytest.mark.parametrize(
    "header", [["Điểm", "X", "Y", "Thửa"], ["point", "N", "E", "parcel"], None]
)
def test_every_dialect_gives_the_same_parcel(
    tmp_path: Path, sep: str, dec: str, header: list[str] | None
) -> None:
    lines = rows(sep, dec)
    text = "\n".join(([sep.join(header)] if header else []) + lines)
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.srid == 9217
    assert found.report.records == found.report.loaded == 4
    assert found.measured["label"].tolist() == ["12/34"]
    assert found.measured.area.iloc[0] == pytest.approx(100.0)
    assert found.points["north"].min() == pytest.approx(N0)


@pytest.mark.parametrize("order", ["NE", "EN"])
def test_axis_order_comes_from_where_the_commune_is(tmp_path: Path, order: str) -> None:
    text = "\n".join(["diem;X;Y;thua", *rows(";", ".", order=order)])
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.points["east"].tolist() == pytest.approx([E0 + e for e, _ in SQUARE])
    note = next(n for n in found.report.notes if n["code"] == "AXIS_ORDER")
    assert note["swapped"] is (order == "EN")


def test_a_list_in_another_zone_is_converted_and_said(tmp_path: Path) -> None:
    moved = crs.between_zones(shapely.points([(E0 + e, N0 + n) for e, n in SQUARE]), 9217, 9218)
    lines = ["diem;X;Y;thua"]
    lines += [f"{i};{shapely.get_y(p):.3f};{shapely.get_x(p):.3f};1/1" for i, p in enumerate(moved)]
    found = read_survey(write(tmp_path / "s.csv", "\n".join(lines)), outline=OUTLINE, srid=9217)
    assert found.srid == 9217
    assert found.mismatches["code"].tolist() == ["CRS_ZONE"]
    assert found.points["east"].to_numpy() == pytest.approx([E0 + e for e, _ in SQUARE], abs=0.002)


def test_local_coordinates_are_refused(tmp_path: Path) -> None:
    lines = ["diem;X;Y;thua"] + [f"{i};{1000 + n};{2000 + e};1" for i, (e, n) in enumerate(SQUARE)]
    with pytest.raises(PlaceUnclear) as refused:
        read_survey(write(tmp_path / "s.csv", "\n".join(lines)), outline=OUTLINE, srid=9217)
    assert "s.csv" in refused.value.message("vi")


def test_degrees_are_refused(tmp_path: Path) -> None:
    text = "a;lat;lon\n1;12.19;108.9\n2;12.19;108.91\n3;12.2;108.9"
    with pytest.raises((PlaceUnclear, NotATable)):
        read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)


def test_unknown_commune_and_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaceUnclear):
        read_survey(write(tmp_path / "s.csv", "\n".join(rows(";", "."))))


def test_a_bad_row_is_named_and_its_parcel_not_formed(tmp_path: Path) -> None:
    lines = ["diem;X;Y;thua", *rows(";", "."), "9;abc;570010;12/34"]
    found = read_survey(write(tmp_path / "s.csv", "\n".join(lines)), outline=OUTLINE, srid=9217)
    report = found.report
    assert (report.records, report.loaded, report.refused) == (5, 4, 1)
    assert report.lines[0].field == "north"
    assert "Dòng 6" in report.lines[0].reason_vi
    assert found.measured.empty
    assert any(n["code"] == "PARCEL_REFUSED" for n in report.notes)


def test_repeated_points_are_used_once_and_the_closing_point_is_no_repair(tmp_path: Path) -> None:
    lines = rows(";", ".")
    text = "\n".join(["diem;X;Y;thua", lines[0], lines[1], lines[1], *lines[2:], lines[0]])
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.measured.area.iloc[0] == pytest.approx(100.0)
    assert (found.report.records, found.report.repaired) == (6, 1)


def test_two_points_are_no_parcel(tmp_path: Path) -> None:
    text = "\n".join(["diem;X;Y;thua", *rows(";", ".")[:2]])
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.measured.empty
    assert "PARCEL_REFUSED" in {n["code"] for n in found.report.notes}


def test_a_crossing_outline_is_shown_not_repaired(tmp_path: Path) -> None:
    lines = rows(";", ".")
    text = "\n".join(["diem;X;Y;thua", lines[0], lines[2], lines[1], lines[3]])
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.measured.empty
    assert found.mismatches["code"].tolist() == ["GEOMETRY"]


def neighbours(second: float) -> str:
    lines = ["diem;X;Y;thua;sai_so"]
    for i, (e, n) in enumerate(SQUARE):
        lines.append(f"A{i};{N0 + n:.3f};{E0 + e:.3f};1/1;0.03")
    for i, (e, n) in enumerate([(5 + second, 0), (5 + second, 20), (10, 20), (10, 0)]):
        lines.append(f"B{i};{N0 + n:.3f};{E0 + e:.3f};1/2;0.03")
    return "\n".join(lines)


def test_shared_corners_within_precision_become_one_point(tmp_path: Path) -> None:
    found = read_survey(write(tmp_path / "s.csv", neighbours(0.04)), outline=OUTLINE, srid=9217)
    a, b = found.measured.geometry
    assert shapely.intersection(a, b).area == pytest.approx(0.0, abs=1e-9)
    assert a.area == pytest.approx(100.4)
    assert found.points["east"].nunique() == 4  # the measurements themselves are untouched


def test_corners_further_apart_than_their_precision_stay_two(tmp_path: Path) -> None:
    found = read_survey(write(tmp_path / "s.csv", neighbours(0.2)), outline=OUTLINE, srid=9217)
    assert found.measured.geometry.iloc[0].area == pytest.approx(100.0)


def test_the_same_point_measured_twice_differently_is_an_outlier(tmp_path: Path) -> None:
    text = neighbours(-0.3).replace("B0;", "A3;").replace("B1;", "A2;")
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.mismatches["code"].tolist() == ["OUTLIER", "OUTLIER"]
    assert found.mismatches["measured"].to_numpy() == pytest.approx([0.3, 0.3])
    assert "OVERLAP_SURVEY" in {n["code"] for n in found.report.notes}


def test_sigma_follows_its_unit(tmp_path: Path) -> None:
    text = "diem;X;Y;thua;saiso_cm\n" + "\n".join(f"{r};2" for r in rows(";", "."))
    found = read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert found.measured["sigma_m"].tolist() == pytest.approx([0.02])


def test_sigma_without_a_plausible_unit_is_refused(tmp_path: Path) -> None:
    text = "diem;X;Y;thua;saiso\n" + "\n".join(f"{r};30" for r in rows(";", "."))
    with pytest.raises(NotATable) as refused:
        read_survey(write(tmp_path / "s.csv", text), outline=OUTLINE, srid=9217)
    assert "sigma" in str(refused.value)


def test_a_file_without_a_parcel_says_so_and_not_that_its_zone_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "trong.gpkg"
    gpd.GeoDataFrame({"thua": []}, geometry=[], crs=9217).to_file(path)
    with pytest.raises(NothingMeasured) as refused:
        read_survey(path, outline=OUTLINE, srid=9217)
    assert "không có thửa đo nào" in refused.value.message("vi")
    assert "trong.gpkg" in refused.value.message("en")


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp"])
def test_polygon_files_are_measured_parcels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"s{suffix}"
    frame = gpd.GeoDataFrame(
        {"thua": ["KP-12/34", "KP-12/35"], "ranh_gioi": ["unchanged", "tranh chấp"]},
        geometry=[shapely.box(E0, N0, E0 + 5, N0 + 20), shapely.box(E0 + 5, N0, E0 + 10, N0 + 20)],
        crs=9217,
    )
    frame.to_file(path)
    found = read_survey(path, outline=OUTLINE, srid=9217, survey="K1")
    assert found.report.loaded == 2
    assert found.measured["survey"].tolist() == ["K1", "K1"]
    assert found.measured["label"].tolist() == ["KP-12/34", "KP-12/35"]
    assert found.boundary["confirmed"].tolist() == ["unchanged", "disputed"]
    assert np.allclose(found.measured.area, 100.0)


def test_identifiers_follow_content_and_survey(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "\n".join(["diem;X;Y;thua", *rows(";", ".")]))
    one = read_survey(path, outline=OUTLINE, srid=9217).measured["measured_uid"].tolist()
    two = read_survey(path, outline=OUTLINE, srid=9217).measured["measured_uid"].tolist()
    other = read_survey(path, outline=OUTLINE, srid=9217, survey="x").measured
    assert one == two
    assert other["measured_uid"].tolist() != one


CODED = [
    ("1", 0, 0, "RT1.B"), ("2", 20, 0, "RT1"), ("3", 30, 10, "RT1.A"), ("4", 20, 20, "RT1"),
    ("5", 0, 20, "RT1.C"), ("a", 10, 10, "TH12/34"),
]  # fmt: skip


def coded(tmp_path: Path, table: list[tuple[str, float, float, str]], parcels: bool) -> Path:
    lines = [f"{p};{N0 + n};{E0 + e};{code}{';' * parcels}" for p, e, n, code in table]
    head = "diem;X;Y;ma" + ";thua" * parcels
    return write(tmp_path / "s.csv", "\n".join([head, *lines]))


@pytest.mark.parametrize("parcels", [False, True], ids=["no parcel column", "empty parcel column"])
def test_codes_of_a_list_draw_its_parcels_with_their_arcs(tmp_path: Path, parcels: bool) -> None:
    found = read_survey(coded(tmp_path, CODED, parcels), outline=OUTLINE, srid=9217, scale=500)
    assert found.measured["label"].tolist() == ["12/34"]
    whole = 20 * 20 + np.pi * 10**2 / 2
    assert found.measured.area.iloc[0] == pytest.approx(whole, rel=0.01)
    assert set(found.corners["point"]) == {"1", "2", "3", "4", "5"}


def test_a_refused_row_of_a_coded_line_forms_no_other_parcel(tmp_path: Path) -> None:
    broken = [(p, e, n if p != "4" else float("nan"), c) for p, e, n, c in CODED]
    found = read_survey(coded(tmp_path, broken, False), outline=OUTLINE, srid=9217)
    assert found.measured.empty
    (note,) = [n for n in found.report.notes if n["code"] == "LINES_INCOMPLETE"]
    assert "Line 5 (point 4, code RT1)" in note["en"]


def test_a_list_whose_rows_name_no_parcel_says_so(tmp_path: Path) -> None:
    plain = [(p, e, n, "cot") for p, e, n, _ in CODED]
    found = read_survey(coded(tmp_path, plain, True), outline=OUTLINE, srid=9217)
    assert (len(found.points), len(found.measured)) == (6, 0)
    assert "NO_PARCEL" in [n["code"] for n in found.report.notes]

"""LandXML parcels, satellite lists, zipped Shapefiles and drawings become measured parcels."""

from __future__ import annotations

import math
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre import crs
from cadastre.formats.gsi import write_gsi
from cadastre.formats.network import NetworkPoint
from cadastre.survey import read_survey
from cadastre.survey.helmert import ControlPointsTooFew, FitTooPoor
from cadastre.survey.place import PlaceUnclear
from cadastre.survey.remarks import reading_remarks
from tests.survey import field_scene as scene

OUTLINE = crs.to_wgs84([shapely.box(563_000, 1_337_000, 578_000, 1_359_000)], 9217)[0]
E0, N0 = scene.E0, scene.N0
CONTROL = {"A": (0, 0), "B": (400, 50), "C": (350, 420), "D": (-30, 380)}
LOT = {"1": (100, 100), "2": (100, 130), "3": (140, 130), "4": (140, 100)}


def control_list(path, names="ABCD", moved=None):
    rows = ["diem;X;Y;h"]
    for name in names:
        e, n = CONTROL[name]
        off = (moved or {}).get(name, (0.0, 0.0))
        rows.append(f"{name};{N0 + n + off[1]:.4f};{E0 + e + off[0]:.4f};10")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def satellite_list(path, *, shift=(0.0, 0.0), sigma=0.0, fix="FIXED", hrms=0.012):
    """Latitudes and longitudes of control and of a lot, displaced as another operation would."""
    rng = np.random.default_rng(2)
    rows = ["Point,Latitude,Longitude,Height,Fix type,HRMS,Antenna height,Parcel"]
    for name, (e, n) in {**CONTROL, **LOT}.items():
        place = np.array([[E0 + e + shift[0], N0 + n + shift[1]]]) + sigma * rng.normal(size=2)
        lon, lat = crs.wgs84_coordinates(place, 9217)[0]
        label = "12" if name in LOT else ""
        kind, quality = (fix, hrms) if name == "3" else ("FIXED", 0.012)
        rows.append(f"{name},{lat:.11f},{lon:.11f},15.2,{kind},{quality},1.8,{label}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_satellite_positions_fit_the_control_and_show_their_residuals(tmp_path):
    # Half a metre is what a wrong sign of the rotations does; the fit takes it out and says so.
    path = satellite_list(tmp_path / "rtk.csv", shift=(0.54, 0.15), sigma=0.008)
    found = read_survey(path, outline=OUTLINE, srid=9217, control=control_list(tmp_path / "k.csv"))
    assert found.measured["label"].tolist() == ["12"]
    points = found.points.set_index("point")
    for name, (e, n) in LOT.items():
        assert (
            math.hypot(points.loc[name, "east"] - E0 - e, points.loc[name, "north"] - N0 - n) < 0.04
        )
    fit = found.helmert
    assert abs(fit.shift) == pytest.approx(math.hypot(0.54, 0.15), abs=0.02)
    assert set(fit.residuals) == set("ABCD")
    (note,) = [n for n in found.report.notes if n["code"] == "HELMERT"]
    assert note["residuals_m"]["A"] == list(fit.residuals["A"])
    assert "A " in note["vi"]
    # The precision of a corner is that of its fix and that of the fit together.
    assert found.measured["sigma_m"].iloc[0] == pytest.approx(
        math.hypot(0.012 / math.sqrt(2), fit.sigma_m), rel=1e-6
    )


@pytest.mark.parametrize("names", [None, "AB"])
def test_satellite_positions_without_three_control_points_are_no_evidence(tmp_path, names):
    path = satellite_list(tmp_path / "rtk.csv")
    control = control_list(tmp_path / "k.csv", names) if names else None
    with pytest.raises(ControlPointsTooFew):
        read_survey(path, outline=OUTLINE, srid=9217, control=control)


def test_a_control_point_that_does_not_fit_is_named(tmp_path):
    path = satellite_list(tmp_path / "rtk.csv")
    control = control_list(tmp_path / "k.csv", moved={"C": (0.4, 0.0)})
    with pytest.raises(FitTooPoor) as refused:
        read_survey(path, outline=OUTLINE, srid=9217, control=control)
    assert refused.value.worst == "C"
    assert "C " in refused.value.message("vi")


@pytest.mark.parametrize(
    ("fix", "hrms", "field"), [("FLOAT", 0.012, "fix"), ("FIXED", 0.4, "hrms")]
)
def test_a_poor_fix_is_refused_with_its_line(tmp_path, fix, hrms, field):
    path = satellite_list(tmp_path / "rtk.csv", fix=fix, hrms=hrms)
    found = read_survey(path, outline=OUTLINE, srid=9217, control=control_list(tmp_path / "k.csv"))
    (line,) = found.report.lines
    assert (line.field, line.outcome) == (field, "refused")
    assert "dòng 8" in line.reason_vi
    # Three corners are left of four: that is not the parcel that was measured.
    assert found.measured.empty
    assert any(note["code"] == "PARCEL_REFUSED" for note in found.report.notes)
    # Heights of a receiver are not those of the country.
    assert any(note["code"] == "ELLIPSOIDAL_HEIGHT" for note in found.report.notes)


def test_a_terminal_tells_what_was_refused_checked_and_formed(tmp_path):
    path = tmp_path / "do.csv"
    rows = ["diem,x,y,thua"]
    rows += [f"{n},{N0 + y},{E0 + x},12" for n, (x, y) in LOT.items()]
    rows += [f"a,{N0},{E0},13", f"b,{N0 + 20},{E0 + 20},13", f"c,{N0 + 20},{E0},13",
             f"d,{N0},{E0 + 20},13", f"e,{N0}x,{E0},14", f"g,,{E0},14"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    told = reading_remarks(read_survey(path, outline=OUTLINE, srid=9217))
    assert told[0]["vi"].startswith("10 bản ghi: 8 dùng được")
    marks = {(row[""], row["what"]) for row in told}
    assert {("✗", "do.csv"), ("✗", "9"), ("✗", "SELF_CROSSING 13"), ("·", "12")} <= marks
    crossed = next(row for row in told if row["what"] == "SELF_CROSSING 13")
    assert "cạnh a-b và cạnh c-d" in crossed["vi"]
    assert f"X {N0 + 10:.2f}, Y {E0 + 10:.2f}" in crossed["en"]
    assert any("bị bỏ trống" in row["vi"] for row in told)


def test_plane_lists_of_a_controller_carry_hrms_as_precision(tmp_path):
    rows = ["Point,Northing,Easting,HRMS,Parcel"]
    rows += [f"{n},{N0 + y},{E0 + x},0.015,12" for n, (x, y) in LOT.items()]
    path = tmp_path / "rtk.csv"
    path.write_text("\n".join(rows))
    found = read_survey(path, outline=OUTLINE, srid=9217)
    assert found.measured["sigma_m"].tolist() == pytest.approx([0.015])


def test_landxml_parcels_with_arcs_are_stroked(tmp_path):
    # A square of 20 m whose north side is a half circle bulging outwards.
    path = tmp_path / "thua.xml"
    path.write_text(
        "<LandXML xmlns='http://www.landxml.org/schema/LandXML-1.2' version='1.2'>"
        "<Units><Metric linearUnit='meter' angularUnit='radians'/></Units><CgPoints>"
        f"<CgPoint name='P1'>{N0} {E0}</CgPoint><CgPoint name='P2'>{N0 + 20} {E0}</CgPoint>"
        f"<CgPoint name='P3'>{N0 + 20} {E0 + 20}</CgPoint><CgPoint name='P4'>{N0} {E0 + 20}</CgPoint>"
        f"<CgPoint name='M'>{N0 + 20} {E0 + 10}</CgPoint></CgPoints><Parcels><Parcel name='7'>"
        "<CoordGeom><Line><Start pntRef='P1'/><End pntRef='P2'/></Line>"
        "<Curve rot='cw'><Start pntRef='P2'/><Center pntRef='M'/><End pntRef='P3'/></Curve>"
        "<Line><Start pntRef='P3'/><End pntRef='P4'/></Line>"
        "<Line><Start pntRef='P4'/><End pntRef='P1'/></Line></CoordGeom></Parcel>"
        "<Parcel name='8'><CoordGeom><Line><Start pntRef='P1'/><End pntRef='P2'/></Line>"
        "<Line><Start pntRef='P3'/><End pntRef='P1'/></Line></CoordGeom></Parcel></Parcels></LandXML>"
    )
    found = read_survey(path, outline=OUTLINE, srid=9217, scale=200)
    assert found.measured["label"].tolist() == ["7"]
    half_circle = math.pi * 100 / 2
    assert found.measured.area.iloc[0] == pytest.approx(400 + half_circle, abs=1.5)
    assert found.measured.area.iloc[0] < 400 + half_circle
    assert found.corners["point"].tolist() == ["P1", "P2", "P3", "P4"]
    (broken,) = [n for n in found.report.notes if n["code"] == "PARCEL_REFUSED"]
    assert "8" in broken["en"]


def test_a_zipped_shapefile_is_read(tmp_path):
    frame = gpd.GeoDataFrame(
        {"thua": ["12"]}, geometry=[shapely.box(E0, N0, E0 + 20, N0 + 10)], crs=9217
    )
    frame.to_file(tmp_path / "do.shp")
    with zipfile.ZipFile(tmp_path / "do.zip", "w") as archive:
        for part in tmp_path.glob("do.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    found = read_survey(tmp_path / "do.zip", outline=OUTLINE, srid=9217)
    assert found.measured["label"].tolist() == ["12"]
    assert found.report.file == "do.zip"


def test_a_drawing_gives_the_faces_between_its_lines(tmp_path):
    path = tmp_path / "do.dxf"
    shapes = [
        shapely.box(E0, N0, E0 + 20, N0 + 10).exterior,
        shapely.LineString([(E0 + 10, N0), (E0 + 10, N0 + 10)]),
    ]
    gpd.GeoDataFrame({"Layer": ["RANH", "RANH"]}, geometry=shapes, crs=9217).to_file(
        path, driver="DXF"
    )
    found = read_survey(path, outline=OUTLINE, srid=9217)
    assert found.measured.area.tolist() == pytest.approx([100.0, 100.0])


def network_file(path, axes="ne"):
    step = {"n": (0, 1), "s": (0, -1), "e": (1, 0), "w": (-1, 0)}

    def own(place):
        return [step[a][0] * place[0] + step[a][1] * place[1] for a in axes]

    places = {n: (E0 + e, N0 + y) for n, (e, y) in {**CONTROL, **LOT}.items()}
    rows = [f'<gama-local><network axes-xy="{axes}"><points-observations distance-stdev="3">']
    for name, place in places.items():
        x, y = own(place)
        fixed = f'x="{x}" y="{y}" fix="xy"' if name in CONTROL else 'adj="xy"'
        rows.append(f'<point id="{name}" {fixed}/>')
    rows.append("<obs>")
    for name in LOT:
        for known in CONTROL:
            length = math.dist(places[name], places[known])
            rows.append(f'<distance from="{name}" to="{known}" val="{length:.6f}"/>')
    rows.append("</obs></points-observations></network></gama-local>")
    path.write_text("".join(rows))
    return path


@pytest.mark.parametrize("axes", ["ne", "sw", "en"])
def test_a_network_file_is_a_survey_in_any_axes(tmp_path, axes):
    sequences = tmp_path / "noi.csv"
    sequences.write_text("12: 1, 2, 3, 4")
    found = read_survey(
        network_file(tmp_path / "luoi.gkf", axes), outline=OUTLINE, srid=9217, sequences=sequences
    )
    assert found.measured["label"].tolist() == ["12"]
    assert found.measured.area.iloc[0] == pytest.approx(1200.0, abs=1e-3)
    assert set(found.points["role"]) == {"control", "station"}


def test_a_network_whose_axes_are_wrong_is_refused_by_name(tmp_path):
    path = network_file(tmp_path / "luoi.gkf", "ne")
    path.write_text(path.read_text().replace('axes-xy="ne"', 'axes-xy="en"'))
    with pytest.raises(PlaceUnclear, match="axes-xy"):
        read_survey(path, outline=OUTLINE, srid=9217)


def test_control_of_the_register_serves_where_no_list_is_handed_over(tmp_path):
    book = scene.book(tmp_path / "scene")
    path = write_gsi(book, tmp_path / "so_do.gsi")
    known = {
        name: NetworkPoint(name, E0 + place[0], N0 + place[1], plane="fixed")
        for name, place in scene.CONTROL.items()
    }
    found = read_survey(path, outline=OUTLINE, srid=9217, control=known)
    point = found.points.set_index("point").loc["1"]
    # Without a height the distances keep what the reduction to the ellipsoid would take away.
    assert point["east"] == pytest.approx(scene.everything()["1"][0], abs=2e-3)
    assert any("sổ của xã" in n["vi"] for n in found.report.notes if n["code"] == "CONTROL")
    assert any("ellipsoid" in n["vi"] for n in found.report.notes if n["code"] == "NETWORK")


# ---- checks before anything is stored ----------------------------------------------------


def coordinate_file(path, rows):
    lines = ["diem;X;Y;thua"] + [f"{n};{N0 + y:.3f};{E0 + x:.3f};{t}" for n, x, y, t in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def failed(found):
    return found.checks[~found.checks["passed"]].set_index("check")


def test_one_point_under_two_names_and_one_name_for_two_points_are_told(tmp_path):
    rows = [("1", 0, 0, "a"), ("2", 0, 20, "a"), ("3", 20, 20, "a"), ("4", 20, 0, "a"),
            ("5", 20, 0.002, "b"), ("3", 20, 20, "b"), ("7", 40, 20, "b"), ("1", 40, 0, "b")]  # fmt: skip
    checks = failed(
        read_survey(coordinate_file(tmp_path / "s.csv", rows), outline=OUTLINE, srid=9217)
    )
    assert checks.loc["DUPLICATE_POINT", "subject"] == "4, 5"
    assert checks.loc["NAME_TWICE", "subject"] == "1"
    assert checks.loc["NAME_TWICE", "measured"] == pytest.approx(40.0)


def mapped(*shapes):
    frame = gpd.GeoDataFrame({"parcel_uid": [str(i) for i in range(len(shapes))]},
                             geometry=list(shapes), crs=9217)  # fmt: skip
    return lambda bounds: frame.cx[bounds[0] : bounds[2], bounds[1] : bounds[3]]


def test_a_turned_survey_shows_in_the_bearing_of_its_long_edges(tmp_path):
    lot = shapely.box(E0, N0, E0 + 60, N0 + 15)
    angle = math.radians(0.8)
    turned = [(x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle))
              for x, y in ((0, 0), (0, 15), (60, 15), (60, 0))]  # fmt: skip
    rows = [(str(i), x, y, "a") for i, (x, y) in enumerate(turned)]
    path = coordinate_file(tmp_path / "s.csv", rows)
    checks = failed(read_survey(path, outline=OUTLINE, srid=9217, mapped=mapped(lot)))
    assert set(checks.index) == {"LONG_EDGE"}
    assert checks["measured"].iloc[0] == pytest.approx(48.0, abs=0.5)
    straight = [
        (str(i), x, y, "a") for i, (x, y) in enumerate([(0, 0), (0, 15), (60, 15), (60, 0)])
    ]
    path = coordinate_file(tmp_path / "t.csv", straight)
    assert failed(read_survey(path, outline=OUTLINE, srid=9217, mapped=mapped(lot))).empty


def test_a_parcel_far_from_any_mapped_one_is_told(tmp_path):
    rows = [("1", 500, 0, "a"), ("2", 500, 20, "a"), ("3", 520, 20, "a"), ("4", 520, 0, "a")]
    path = coordinate_file(tmp_path / "s.csv", rows)
    lot = shapely.box(E0, N0, E0 + 60, N0 + 15)
    checks = failed(read_survey(path, outline=OUTLINE, srid=9217, mapped=mapped(lot)))
    assert set(checks.index) == {"FAR_FROM_MAP"}
    without = read_survey(path, outline=OUTLINE, srid=9217, mapped=lambda bounds: None)
    assert failed(without).empty
    assert not {"FAR_FROM_MAP", "LONG_EDGE"} & set(without.checks["check"])


def test_crossing_outlines_and_points_measured_twice_are_checks_with_their_place(tmp_path):
    rows = [("1", 0, 0, "a"), ("2", 20, 20, "a"), ("3", 0, 20, "a"), ("4", 20, 0, "a"),
            ("5", 40, 0, "b"), ("6", 40, 20, "b"), ("7", 60, 20, "b"),
            ("7", 60.4, 20, "c"), ("8", 80, 20, "c"), ("9", 80, 0, "c")]  # fmt: skip
    path = coordinate_file(tmp_path / "s.csv", rows)
    checks = failed(read_survey(path, outline=OUTLINE, srid=9217))
    assert set(checks.index) == {"SELF_CROSSING", "MEASURED_TWICE"}
    assert checks.loc["SELF_CROSSING", "subject"] == "a"
    assert checks.loc["SELF_CROSSING", ["east", "north"]].tolist() == pytest.approx(
        [E0 + 10, N0 + 10], abs=1
    )
    assert checks.loc["MEASURED_TWICE", "measured"] == pytest.approx(0.4)


def test_parcels_that_overlap_or_leave_the_commune_are_checks(tmp_path):
    rows = [("1", 0, 0, "a"), ("2", 0, 20, "a"), ("3", 20, 20, "a"), ("4", 20, 0, "a"),
            ("5", 15, 0, "b"), ("6", 15, 20, "b"), ("7", 40, 20, "b"), ("8", 40, 0, "b")]  # fmt: skip
    path = coordinate_file(tmp_path / "s.csv", rows)
    near = crs.to_wgs84([shapely.box(E0 - 5000, N0 - 5000, E0 + 30, N0 + 5000)], 9217)[0]
    checks = failed(read_survey(path, outline=near, srid=9217))
    assert set(checks.index) == {"OVERLAP_SURVEY", "OUTSIDE_COMMUNE"}
    assert checks.loc["OVERLAP_SURVEY", "measured"] == pytest.approx(100.0)
    assert checks.loc["OUTSIDE_COMMUNE", "subject"] == "b"
    assert checks.loc["OUTSIDE_COMMUNE", "measured"] == pytest.approx(200.0, abs=1)


def test_what_was_checked_without_a_finding_is_told_too(tmp_path):
    rows = [("1", 0, 0, "a"), ("2", 0, 15, "a"), ("3", 60, 15, "a"), ("4", 60, 0, "a")]
    path = coordinate_file(tmp_path / "s.csv", rows)
    lot = mapped(shapely.box(E0, N0, E0 + 60, N0 + 15))
    checks = read_survey(path, outline=OUTLINE, srid=9217, mapped=lot).checks
    assert checks["passed"].all()
    assert {"SELF_CROSSING", "DUPLICATE_POINT", "OUTSIDE_COMMUNE", "LONG_EDGE"} <= set(
        checks["check"]
    )
    assert not {"MEASURED_TWICE", "OVERLAP_SURVEY"} & set(checks["check"])  # no occasion


def test_a_list_in_utf_16_or_larger_than_a_field_book_may_be_is_still_a_list(tmp_path, monkeypatch):
    monkeypatch.setattr("cadastre.formats.field_book.LARGEST_BYTES", 10)
    rows = [("1", 0, 0, "a"), ("2", 0, 20, "a"), ("3", 20, 20, "a")]
    path = coordinate_file(tmp_path / "s.csv", rows)
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    assert read_survey(path, outline=OUTLINE, srid=9217).measured["label"].tolist() == ["a"]


# ---- workbooks, and drawings with labels ------------------------------------------------------


def test_a_coordinate_list_and_its_control_may_be_workbooks(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["BẢNG KÊ TỌA ĐỘ"], ["Tên điểm", "X", "Y", "Thửa", "Sai số (cm)"],
                *[[n, N0 + y, E0 + x, "12", 2] for n, (x, y) in LOT.items()]):  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "toa_do.xlsx")
    found = read_survey(tmp_path / "toa_do.xlsx", outline=OUTLINE, srid=9217)
    assert found.measured["label"].tolist() == ["12"]
    assert found.measured.area.iloc[0] == pytest.approx(1200.0)
    assert found.measured["sigma_m"].tolist() == pytest.approx([0.02])
    assert found.points["row_number"].tolist() == [3, 4, 5, 6]
    known = openpyxl.Workbook()
    for name, (e, n) in CONTROL.items():
        known.active.append([name, N0 + n, E0 + e, 10])
    known.save(tmp_path / "khong_che.xlsx")
    fixes = satellite_list(tmp_path / "rtk.csv", sigma=0.004)
    fitted = read_survey(fixes, outline=OUTLINE, srid=9217, control=tmp_path / "khong_che.xlsx")
    assert set(fitted.helmert.points) == set("ABCD")


def drawing(path, labels, gap=0.0):
    """Two lots of lines with a text in each, as a drawing program writes them (DXF R12)."""
    lines = [((0, 0), (20, 0)), ((20, 0), (20, 10)), ((20, 10), (0, 10 + gap)), ((0, 10), (0, 0)),
             ((10, 0), (10, 10))]  # fmt: skip
    pairs = [(0, "SECTION"), (2, "ENTITIES")]
    for (x1, y1), (x2, y2) in lines:
        pairs += [(0, "LINE"), (8, "RANH"), (10, E0 + x1), (20, N0 + y1), (11, E0 + x2),
                  (21, N0 + y2)]  # fmt: skip
    for text, (x, y) in labels:
        pairs += [(0, "TEXT"), (8, "SO_THUA"), (10, E0 + x), (20, N0 + y), (40, 1.5), (1, text)]
    pairs += [(0, "ENDSEC"), (0, "EOF")]
    content = "".join(f"{code}\n{value}\n" for code, value in pairs)
    path.write_bytes(content.encode("utf-8"))
    return path


def test_the_text_inside_a_face_of_a_drawing_names_the_parcel(tmp_path):
    path = drawing(
        tmp_path / "do.dxf", [("12", (5, 5)), ("Thôn 3/7", (15, 5)), ("ngoài", (50, 50))]
    )
    found = read_survey(path, outline=OUTLINE, srid=9217)
    areas = dict(zip(found.measured["label"], found.measured.area.round(6), strict=True))
    assert areas == {"12": 100.0, "Thôn 3/7": 100.0}
    assert found.report.records == 8
    unnamed = drawing(tmp_path / "khong_ten.dxf", [("12", (5, 5))])
    assert sorted(read_survey(unnamed, outline=OUTLINE, srid=9217).measured["label"]) == [
        "#2",
        "12",
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_polygon_that_crosses_itself_is_told_with_north_and_east(tmp_path, swapped):
    ring = np.add([(0, 0), (20, 20), (20, 0), (0, 20)], (E0, N0))
    whole = np.add([(0, 0), (0, 9), (9, 9), (9, 0)], (E0 + 50, N0))
    shapes = [shapely.Polygon(r[:, ::-1] if swapped else r) for r in (ring, whole)]
    path = tmp_path / "do.gpkg"
    gpd.GeoDataFrame({"thua": ["1", "2"]}, geometry=shapes, crs=9217).to_file(path)
    found = read_survey(path, outline=OUTLINE, srid=9217)
    (line,) = found.report.lines
    assert f"tại X {N0 + 10:.2f}, Y {E0 + 10:.2f}" in line.reason_vi

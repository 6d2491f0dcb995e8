"""Zone and axis order: found where the commune is, or stated by a person."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cadastre import crs
from cadastre.crs import ZoneUnknown
from cadastre.formats.gsi import write_gsi
from cadastre.survey import read_survey
from cadastre.survey.place import PlaceUnclear
from tests.survey import field_scene as scene

E0, N0 = scene.E0, scene.N0
#: A commune that holds only one of the four control points of the scene.
SMALL = crs.to_wgs84([shapely.box(E0 - 50, N0 - 50, E0 + 250, N0 + 100)], 9217)[0]
WIDE = crs.to_wgs84([shapely.box(E0 - 9e3, N0 - 9e3, E0 + 9e3, N0 + 9e3)], 9217)[0]
FAR = 3_000.0


def control_list(path, *, order="NE", header=None, away=0.0):
    rows = [header] if header else []
    for name, place in scene.CONTROL.items():
        east, north, height = scene.grid(place)
        east += 0.0 if name in "AB" else away
        pair = (north, east) if order == "NE" else (east, north)
        rows.append(f"{name};{pair[0]:.4f};{pair[1]:.4f};{height:.3f}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def field_files(tmp_path, **listed):
    return {
        "path": write_gsi(scene.book(tmp_path / "scene"), tmp_path / "so_do.gsi"),
        "control": control_list(tmp_path / "khong_che.csv", **listed),
        "sequences": scene.write_sequences(tmp_path / "noi_diem.csv"),
        "outline": crs.to_wgs84([shapely.box(E0 - 900, N0 + 700, E0 - 800, N0 + 800)], 9217)[0],
        "srid": 9217,
    }


def test_control_outside_the_commune_is_refused_with_what_to_state(tmp_path):
    with pytest.raises(PlaceUnclear) as refused:
        read_survey(**field_files(tmp_path))
    for language, word in (("vi", "múi chiếu"), ("en", "zone")):
        told = refused.value.message(language)
        assert "khong_che.csv" in told
        assert word in told
        assert "crs" in told
        assert "axes" in told


@pytest.mark.parametrize("order", ["NE", "EN"])
@pytest.mark.parametrize("stated", [{}, {"axes": True}])
def test_a_stated_zone_takes_control_that_lies_outside(tmp_path, order, stated):
    axes = order.lower() if stated else "auto"
    found = read_survey(**field_files(tmp_path, order=order), crs=9217, axes=axes)
    assert found.measured["label"].tolist() == ["12", "13", "14"]
    at = found.points.set_index("point").loc["1"]
    assert at["east"] == pytest.approx(scene.everything()["1"][0], abs=2e-3)
    (note,) = [n for n in found.report.notes if n["code"] == "AXIS_ORDER"]
    assert ("as stated)" if stated else "by the size of the values") in note["en"]
    assert ("(đã nêu)" if stated else "theo độ lớn của tọa độ") in note["vi"]


def test_a_stated_order_that_makes_no_coordinates_is_refused(tmp_path):
    with pytest.raises(PlaceUnclear, match="exchange the order") as refused:
        read_survey(**field_files(tmp_path), crs=9217, axes="en")
    assert "đổi thứ tự cột" in refused.value.message("vi")


def test_a_stated_zone_is_refused_when_the_points_lie_in_the_commune_in_another(tmp_path):
    moved = crs.between_zones(shapely.points(E0 + np.arange(4.0) * 9, N0 + np.zeros(4)), 9217, 9218)
    path = tmp_path / "s.csv"
    path.write_text("\n".join(f"{i};{shapely.get_y(p)};{shapely.get_x(p)}"
                              for i, p in enumerate(moved)))  # fmt: skip
    with pytest.raises(PlaceUnclear, match="State crs 9218") as refused:
        read_survey(path, outline=SMALL, srid=9217, crs=9217)
    assert "chọn crs 9218" in refused.value.message("vi")
    assert read_survey(path, outline=SMALL, srid=9217, crs=9218).points["east"].iloc[
        0
    ] == pytest.approx(E0, abs=1e-3)
    # Zone and order both stated are taken at their word, and said.
    kept = read_survey(path, outline=SMALL, srid=9217, crs=9217, axes="ne")
    assert abs(kept.points["east"].iloc[0] - E0) > 1000


@pytest.mark.parametrize(
    ("header", "order", "axes"),
    [
        ("diem;X;Y;h", "NE", "ne"), ("diem;Y;X;h", "EN", "en"), ("point;E;N;h", "EN", "en"),
        (None, "EN", "en"), (None, "NE", "ne"), ("diem;X;Y;h", "EN", "en"),
    ],
)  # fmt: skip
def test_the_stated_order_is_that_of_the_file_whatever_its_headings(tmp_path, header, order, axes):
    path = control_list(tmp_path / "s.csv", header=header, order=order)
    found = read_survey(path, outline=WIDE, srid=9217, axes=axes)
    assert found.points["east"].to_numpy() == pytest.approx(
        [scene.grid(p)[0] for p in scene.CONTROL.values()], abs=1e-3
    )


def test_orders_and_zones_that_do_not_exist_are_named(tmp_path):
    path = control_list(tmp_path / "s.csv")
    with pytest.raises(PlaceUnclear, match="en"):
        read_survey(path, outline=WIDE, srid=9217, axes="xy")
    with pytest.raises(ZoneUnknown, match="9999999"):
        read_survey(path, outline=WIDE, srid=9217, crs="EPSG:9999999")
    with pytest.raises(ZoneUnknown, match="múi"):
        read_survey(path, outline=WIDE, srid=9217, crs="múi 3")


def test_a_file_that_declares_a_zone_is_not_believed_when_it_lies_elsewhere(tmp_path):
    import geopandas as gpd

    path = tmp_path / "s.gpkg"
    shape = shapely.box(E0, N0, E0 + 20, N0 + 10)
    gpd.GeoDataFrame({"thua": ["1"]}, geometry=[shape], crs=9218).to_file(path)
    with pytest.raises(PlaceUnclear, match="crs"):
        read_survey(path, outline=SMALL, srid=9217)
    assert read_survey(path, outline=SMALL, srid=9217, crs=9217).measured.area.iloc[
        0
    ] == pytest.approx(200.0)

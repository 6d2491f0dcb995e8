"""A file of a former commune becomes parcels, an account and mismatches."""

from __future__ import annotations

import json
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.crs import between_zones
from cadastre.formats.text import encode_tcvn3
from cadastre.sheets import read_sheet
from cadastre.sheets.zone import ZoneUnclear

COMMUNE = "22645"


def _sums(report):
    assert report.loaded + report.repaired + report.refused == report.records
    return report.records, report.loaded, report.repaired, report.refused


def _codes(reading):
    return reading.mismatches["code"].value_counts().to_dict()


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.tab", "a.fgb"])
def test_each_format_gives_the_same_parcels(tmp_path, sheet, outline, name):
    if name == "a.geojson":
        sheet.to_file(tmp_path / name, RFC7946="NO")
    else:
        sheet.to_file(tmp_path / name)
    reading = read_sheet(tmp_path / name, former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 20, 0, 0)
    assert reading.zone.found_srid == 9217
    parcels = reading.parcels.sort_values("record").reset_index(drop=True)
    assert sorted(parcels["former_parcel"], key=int) == [str(i + 1) for i in range(20)]
    assert set(parcels["former_sheet"]) == {"12"}
    assert set(parcels["scale"]) == {500}
    assert parcels["surveyed_on"].dt.year.eq(2012).all()
    assert parcels.geometry.area.to_numpy() == pytest.approx(
        400.0,
        abs=1.0 if name == "a.tab" else 1e-6,  # MapInfo keeps centimetres
    )
    assert _codes(reading) == {}
    assert set(reading.persons["name"]) == {"owner"}
    assert set(reading.attributes["name"]) == {"place"}
    assert reading.columns["parcel"] == "so_thua"


def test_reading_twice_gives_the_same_identifiers(tmp_path, sheet, outline):
    sheet.to_file(tmp_path / "a.gpkg")
    first, again = (
        read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline) for _ in range(2)
    )
    assert first.parcels["parcel_uid"].tolist() == again.parcels["parcel_uid"].tolist()
    assert first.report.sha256 == again.report.sha256


def test_tcvn3_in_a_dbf_becomes_unicode_and_keeps_its_bytes(tmp_path, sheet, outline):
    owners = ["Nguyễn Văn Thành", "Đinh Thị Hường", "Trần Quốc Toản", "Lê Thị Mỹ Hạnh"] * 5
    legacy = sheet.assign(
        ten_chu=[encode_tcvn3(o).decode("latin-1") for o in owners],
        xu_dong=[encode_tcvn3("thôn Sông Cầu").decode("latin-1")] * 20,
    )
    legacy.to_file(tmp_path / "a.shp", encoding="ISO-8859-1")
    (tmp_path / "a.cpg").unlink()
    reading = read_sheet(tmp_path / "a.shp", former_commune=COMMUNE, outline=outline)
    assert reading.persons["value"].tolist() == owners
    assert set(reading.attributes["value"]) == {"thôn Sông Cầu"}
    assert reading.persons["original"].iloc[0].encode("latin-1") == encode_tcvn3(owners[0])
    notes = [note for note in reading.report.notes if note["code"] == "TEXT"]
    assert {note["encoding"] for note in notes} == {"tcvn3"}


def test_a_wrongly_declared_zone_is_found_by_the_outline(tmp_path, tight_outline):
    parcels = gpd.GeoDataFrame(
        {"so_to": 1, "so_thua": range(1, 401), "ty_le": 1000},
        geometry=[
            shapely.box(
                580_000 + c * 200, 2_322_000 + r * 200, 580_200 + c * 200, 2_322_200 + r * 200
            )
            for r in range(20)
            for c in range(20)
        ],
        crs=5897,
    )
    outline = tight_outline(parcels, 5897)
    parcels.set_crs(3405, allow_override=True).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune="07954", outline=outline)
    assert (reading.zone.declared, reading.zone.found_srid) == ("EPSG:3405", 5897)
    assert reading.zone.displaced_m == pytest.approx(697, abs=5)
    row = reading.mismatches.set_index("code").loc["CRS_ZONE"]
    assert "3405" in row["message_vi"]
    assert "5897" in row["message_en"]
    assert reading.parcels.crs.to_epsg() == 5897


def test_without_an_outline_the_zone_is_not_clear(tmp_path, sheet):
    sheet.to_file(tmp_path / "a.gpkg")
    with pytest.raises(ZoneUnclear, match="no outline"):
        read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE)
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, crs="EPSG:9217")
    assert reading.zone.found_srid == 9217


def test_an_outline_that_two_zones_satisfy_is_not_clear(tmp_path):
    one = gpd.GeoDataFrame(
        {"so_to": [1], "so_thua": [1], "ty_le": [1000]},
        geometry=[shapely.box(580_000, 2_322_000, 580_100, 2_322_100)],
        crs=5897,
    )
    one.to_file(tmp_path / "a.gpkg")
    wide = gpd.GeoSeries([shapely.box(570_000, 2_310_000, 590_000, 2_335_000)], crs=5897)
    from cadastre.crs import to_wgs84

    with pytest.raises(ZoneUnclear, match="several zones"):
        read_sheet(
            tmp_path / "a.gpkg", former_commune="07954", outline=to_wgs84(wide[0], 5897).item()
        )


def test_swapped_axes_are_turned_and_flagged(tmp_path, sheet, outline):
    turned = sheet.set_geometry(
        shapely.transform(sheet.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    )
    turned.set_crs(9217, allow_override=True).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert reading.zone.axis_order == "ne"
    assert _codes(reading) == {"AXIS_ORDER": 1}
    assert shapely.equals(reading.parcels.geometry.to_numpy(), sheet.geometry.to_numpy()).all()


def test_millimetres_become_metres(tmp_path, sheet, outline):
    large = sheet.set_geometry(shapely.transform(sheet.geometry.to_numpy(), lambda xy: xy * 1000.0))
    large.set_crs(9217, allow_override=True).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert reading.zone.unit == "mm"
    assert reading.parcels.geometry.area.to_numpy() == pytest.approx(400.0)


def test_another_zone_is_converted_exactly_to_the_target(tmp_path, sheet, outline):
    moved = between_zones(sheet.geometry.to_numpy(), 9217, 9218)
    sheet.set_geometry(moved, crs=9218).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(
        tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline, target_srid=9217
    )
    assert reading.zone.found_srid == 9218
    assert reading.parcels.crs.to_epsg() == 9217
    gone = shapely.hausdorff_distance(
        reading.parcels.geometry.to_numpy(), sheet.geometry.to_numpy()
    )
    assert gone.max() < 1e-6


def test_degrees_in_wgs84_need_a_target_and_get_there(tmp_path, sheet, outline, tight_outline):
    from cadastre.crs import to_wgs84

    degrees = sheet.set_geometry(to_wgs84(sheet.geometry.to_numpy(), 9217), crs=4326)
    degrees.to_file(tmp_path / "a.geojson", COORDINATE_PRECISION=12)
    reading = read_sheet(
        tmp_path / "a.geojson", former_commune=COMMUNE, crs="EPSG:4326", target_srid=9217
    )
    away = shapely.hausdorff_distance(
        reading.parcels.geometry.to_numpy(), sheet.geometry.to_numpy()
    )
    assert away.max() < 1e-3


def test_a_truncated_shp_names_the_byte_and_refuses_only_what_is_cut(tmp_path, sheet, outline):
    sheet.to_file(tmp_path / "a.shp")
    content = (tmp_path / "a.shp").read_bytes()
    (tmp_path / "a.shp").write_bytes(content[:-200])
    reading = read_sheet(tmp_path / "a.shp", former_commune=COMMUNE, outline=outline)
    records, loaded, _, refused = _sums(reading.report)
    assert (records, loaded, refused) == (20, 18, 2)
    assert all("byte" in line.reason_en for line in reading.report.lines)


def test_rows_of_the_dbf_without_shapes_are_refused(tmp_path, sheet, outline):
    sheet.to_file(tmp_path / "a.shp")
    index = bytearray((tmp_path / "a.shx").read_bytes()[:-16])
    index[24:28] = struct.pack(">i", len(index) // 2)
    (tmp_path / "a.shx").write_bytes(index)
    reading = read_sheet(tmp_path / "a.shp", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 18, 0, 2)
    assert [line.record for line in reading.report.lines] == [19, 20]


def test_one_broken_feature_does_not_lose_the_file(tmp_path, sheet, outline):
    sheet.to_file(tmp_path / "a.geojson", RFC7946="NO")
    content = json.loads((tmp_path / "a.geojson").read_text())
    content["features"][4]["geometry"]["coordinates"] = [[["x", 1], [2, 3]]]
    content["features"][7] = None
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    reading = read_sheet(tmp_path / "a.geojson", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 18, 0, 2)
    assert [line.record for line in reading.report.lines] == [5, 8]


def test_an_unclosed_ring_is_closed_and_counted(tmp_path, sheet, outline):
    sheet.to_file(tmp_path / "a.geojson", RFC7946="NO")
    content = json.loads((tmp_path / "a.geojson").read_text())
    content["features"][3]["geometry"]["coordinates"][0].pop()
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    reading = read_sheet(tmp_path / "a.geojson", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 19, 1, 0)
    assert reading.parcels.geometry.area.to_numpy() == pytest.approx(400.0)


def test_swapped_vertices_are_put_right_when_the_printed_area_says_so(tmp_path, sheet, outline):
    corners = shapely.get_coordinates(sheet.geometry.iloc[6])[:-1]
    bow = sheet.geometry.to_numpy().copy()
    bow[6] = shapely.Polygon(corners[[0, 2, 1, 3]])
    sheet.set_geometry(bow, crs=9217).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 19, 1, 0)
    assert reading.parcels.geometry.area.to_numpy() == pytest.approx(400.0)
    assert _codes(reading) == {"GEOMETRY": 1}


def test_a_repair_that_changes_the_printed_area_is_refused(tmp_path, sheet, outline):
    bow = sheet.geometry.to_numpy().copy()
    c = shapely.get_coordinates(bow[6])[:-1]
    bow[6] = shapely.Polygon([c[0], c[1], c[3], c[2]])
    areas = sheet["dien_tich"].to_numpy().copy()
    areas[6] = 300.0
    sheet.assign(dien_tich=areas).set_geometry(bow, crs=9217).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 19, 0, 1)
    assert _codes(reading) == {"GEOMETRY": 1}
    assert "300.0" in reading.report.lines[0].reason_en


def test_an_enclave_confirmed_by_the_printed_area_is_cut(tmp_path, sheet, outline):
    inner = shapely.box(570_005, 1_345_005, 570_010, 1_345_010)
    extra = sheet.iloc[[0]].assign(so_thua="99", dien_tich=25.0).set_geometry([inner], crs=9217)
    areas = sheet["dien_tich"].to_numpy().copy()
    areas[0] = 375.0
    import pandas as pd

    whole = pd.concat([sheet.assign(dien_tich=areas), extra], ignore_index=True)
    whole.to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (21, 20, 1, 0)
    row = reading.mismatches.iloc[0]
    assert (row["code"], row["severity"], row["measured"]) == ("ENCLAVE", "info", 25.0)
    assert reading.parcels.geometry.area.iloc[0] == pytest.approx(375.0)


def test_an_enclave_that_nothing_confirms_is_only_flagged(tmp_path, sheet, outline):
    inner = shapely.box(570_005, 1_345_005, 570_010, 1_345_010)
    import pandas as pd

    extra = sheet.iloc[[0]].assign(so_thua="99", dien_tich=25.0).set_geometry([inner], crs=9217)
    pd.concat([sheet, extra], ignore_index=True).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (21, 21, 0, 0)
    row = reading.mismatches.iloc[0]
    assert (row["code"], row["severity"]) == ("ENCLAVE", "warning")
    assert reading.parcels.geometry.area.iloc[0] == pytest.approx(400.0)


def test_a_record_joined_with_its_neighbour_is_set_apart(tmp_path, sheet, outline):
    whole = sheet.geometry.to_numpy().copy()
    far = shapely.box(570_500, 1_345_000, 570_530, 1_345_020)
    whole[2] = shapely.MultiPolygon([whole[2], far])
    sheet.set_geometry(whole, crs=9217).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (20, 19, 1, 0)
    assert len(reading.parcels) == 21
    assert _codes(reading) == {"GEOMETRY": 1, "LABEL_MISSING": 1}
    unnamed = reading.parcels[reading.parcels["former_parcel"].isna()]
    assert unnamed.geometry.area.iloc[0] == pytest.approx(600.0)


def test_what_does_not_fit_is_flagged(tmp_path, sheet, outline):
    parcels = sheet["so_thua"].tolist()
    parcels[1], parcels[4] = None, "5"
    areas = sheet["dien_tich"].to_numpy().copy()
    areas[9] = 450.0
    codes = sheet["loai_dat"].tolist()
    codes[10], codes[11] = "BHK", "XXX"
    sheet.assign(so_thua=parcels, dien_tich=areas, loai_dat=codes).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert _codes(reading) == {"LABEL_MISSING": 1, "PRINTED_AREA": 1, "LAND_USE": 2}
    for row in reading.mismatches.itertuples():
        assert "a.gpkg" in row.message_vi
        assert row.parcel_uid
    row = reading.mismatches.set_index("code").loc["PRINTED_AREA"]
    assert row["measured"] == pytest.approx(50.0)
    assert row["allowed"] == pytest.approx(0.25 + 0.56 + 1.0 + 0.6)


def test_a_number_used_twice_keeps_both_parcels(tmp_path, sheet, outline):
    sheet.assign(so_thua=["7"] * 20).to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert reading.parcels["parcel_uid"].is_unique
    assert set(reading.parcels["former_parcel"]) == {"7"}


def test_a_zip_of_two_sets_is_read_as_one(tmp_path, sheet, outline):
    for number in (1, 2):
        sheet.assign(so_to=str(number)).to_file(tmp_path / f"to_{number}.shp")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in tmp_path.glob("to_*"):
            archive.write(file, file.name)
    reading = read_sheet(tmp_path / "all.zip", former_commune=COMMUNE, outline=outline)
    assert _sums(reading.report) == (40, 40, 0, 0)
    assert set(reading.parcels["former_sheet"]) == {"1", "2"}
    assert reading.parcels["record"].is_unique


def test_sound_outlines_are_untouched_to_the_last_bit(tmp_path, outline):
    rng = np.random.default_rng(22609)
    rings = [
        shapely.Polygon(
            np.column_stack([570_000 + 30 * i + 10 * np.cos(a), 1_345_000 + 10 * np.sin(a)])
            + rng.uniform(-0.5, 0.5, (12, 2))
        )
        for i in range(30)
        for a in [np.linspace(0, 2 * np.pi, 12, endpoint=False)]
    ]
    frame = gpd.GeoDataFrame(
        {"so_to": 1, "so_thua": range(1, 31), "ty_le": 1000}, geometry=rings, crs=9217
    )
    frame.to_file(tmp_path / "a.gpkg")
    reading = read_sheet(tmp_path / "a.gpkg", former_commune=COMMUNE, outline=outline)
    assert shapely.to_wkb(reading.parcels.geometry.to_numpy()).tolist() == (
        shapely.to_wkb(np.array(rings)).tolist()
    )

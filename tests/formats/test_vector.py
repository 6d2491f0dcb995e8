"""Records are counted in the file and each one that cannot be read says why."""

from __future__ import annotations

import json
import sqlite3
import struct
import subprocess
import zipfile
from contextlib import closing

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.crs import to_wgs84
from cadastre.formats.containers import ArchiveRefused, FormatUnsupported, map_files
from cadastre.formats.counting import FileTruncated, LayerUnclear, count_records
from cadastre.formats.outlines import OutlineUnusable
from cadastre.formats.signatures import FileMislabelled
from cadastre.formats.vector import (
    FileUnreadable,
    open_table,
    read_outline,
    read_table,
    write_vector,
)
from cadastre.formats.writing import FormatNotWritten


@pytest.fixture
def frame():
    boxes = [
        shapely.box(570_000 + i * 10, 1_345_000, 570_009 + i * 10, 1_345_009) for i in range(10)
    ]
    return gpd.GeoDataFrame({"so": range(10)}, geometry=boxes, crs=9217)


def _read(path, chunk=4):
    chunks = list(read_table(path, chunk=chunk))
    records = np.concatenate([c.records for c in chunks])
    failures = {record: why for c in chunks for record, why in c.failures.items()}
    return sorted(records.tolist()), failures


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.tab"])
@pytest.mark.parametrize("chunk", [3, 100])
def test_every_record_comes_once_whatever_the_chunk(tmp_path, frame, name, chunk):
    frame.to_file(tmp_path / name)
    records, failures = _read(tmp_path / name, chunk)
    assert records == list(range(1, 11))
    assert failures == {}
    assert count_records(tmp_path / name) == 10


@pytest.mark.parametrize("gone", [(), (1,), (4, 5), (10,), (3, 7, 8)])
def test_row_numbers_with_gaps_lose_no_record(tmp_path, frame, gone):
    frame.to_file(tmp_path / "a.gpkg", layer="thua")
    subprocess.run(
        ["ogrinfo", tmp_path / "a.gpkg", "-sql", f"DELETE FROM thua WHERE fid IN {(0, 0, *gone)}"],
        check=True,
        capture_output=True,
    )
    left = [number - 1 for number in range(1, 11) if number not in gone]
    chunks = list(read_table(tmp_path / "a.gpkg", chunk=3))
    assert np.concatenate([c.records for c in chunks]).tolist() == list(range(1, len(left) + 1))
    assert np.concatenate([c.attributes["so"] for c in chunks]).tolist() == left


def test_a_row_marked_deleted_is_counted_and_named(tmp_path, frame):
    frame.to_file(tmp_path / "a.shp")
    table = bytearray((tmp_path / "a.dbf").read_bytes())
    header, width = struct.unpack_from("<HH", table, 8)
    table[header + 2 * width] = 0x2A
    (tmp_path / "a.dbf").write_bytes(table)
    records, failures = _read(tmp_path / "a.shp")
    assert records == list(range(1, 11))
    assert list(failures) == [3]
    assert "deleted" in failures[3]["en"]


def test_shapes_without_rows_are_named(tmp_path, frame):
    frame.to_file(tmp_path / "a.shp")
    table = bytearray((tmp_path / "a.dbf").read_bytes())
    header, width = struct.unpack_from("<HH", table, 8)
    table[4:8] = struct.pack("<I", 7)
    (tmp_path / "a.dbf").write_bytes(table[: header + 7 * width] + b"\x1a")
    records, failures = _read(tmp_path / "a.shp")
    assert records == list(range(1, 11))
    assert sorted(failures) == [8, 9, 10]


def test_a_dbf_that_ends_early_names_the_bytes(tmp_path, frame):
    frame.to_file(tmp_path / "a.shp")
    content = (tmp_path / "a.dbf").read_bytes()
    (tmp_path / "a.dbf").write_bytes(content[:-30])
    with pytest.raises(FileTruncated, match=f"{len(content) - 1} bytes expected"):
        open_table(tmp_path / "a.shp")


def test_a_damaged_geometry_in_a_geopackage_is_told_from_a_missing_one(tmp_path, frame):
    frame.to_file(tmp_path / "a.gpkg", layer="thua")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as connection:
        triggers = connection.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE thua SET geom = substr(geom, 1, 60) WHERE fid = 3")
        connection.execute("UPDATE thua SET geom = NULL WHERE fid = 4")
        connection.commit()
    records, failures = _read(tmp_path / "a.gpkg")
    assert records == list(range(1, 11))
    assert "60 byte" in failures[3]["en"]
    assert "no geometry" in failures[4]["en"]


def test_a_geopackage_with_several_layers_asks_which(tmp_path, frame):
    frame.to_file(tmp_path / "a.gpkg", layer="thua")
    frame.iloc[:3].to_file(tmp_path / "a.gpkg", layer="nha")
    with pytest.raises(LayerUnclear, match="nha"):
        open_table(tmp_path / "a.gpkg")
    assert open_table(tmp_path / "a.gpkg", layer="nha").records == 3


def test_json_that_ends_early_names_the_line(tmp_path, frame):
    frame.to_file(tmp_path / "a.geojson")
    text = (tmp_path / "a.geojson").read_text()
    (tmp_path / "a.geojson").write_text(text[:-100])
    with pytest.raises(FileTruncated, match="line"):
        open_table(tmp_path / "a.geojson")


def test_a_feature_that_gdal_leaves_out_is_still_counted(tmp_path, frame):
    frame.to_file(tmp_path / "a.geojson")
    content = json.loads((tmp_path / "a.geojson").read_text())
    content["features"][2] = None
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    records, failures = _read(tmp_path / "a.geojson")
    assert records == list(range(1, 11))
    assert list(failures) == [3]


def test_something_else_is_refused_with_its_name(tmp_path):
    (tmp_path / "a.gml").write_text("not a map")
    with pytest.raises(FileMislabelled, match=r"a\.gml"):
        open_table(tmp_path / "a.gml")
    (tmp_path / "b.mif").write_text("Version 300\nnothing more\n")
    with pytest.raises(FileUnreadable, match=r"b\.mif"):
        open_table(tmp_path / "b.mif")


def test_an_archive_is_unpacked_only_while_it_is_used(tmp_path, frame):
    frame.to_file(tmp_path / "a.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in tmp_path.glob("a.???"):
            if file.suffix != ".zip":
                archive.write(file, f"Tờ 12/{file.name}")
    with map_files(tmp_path / "a.zip") as members:
        assert [m.name for m in members] == ["a.shp"]
        assert open_table(members[0]).records == 10
    assert not members[0].exists()


@pytest.mark.parametrize("name", ["../evil.shp", "/etc/evil.shp"])
def test_an_archive_that_climbs_out_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(ArchiveRefused, match="unsafe"), map_files(tmp_path / "a.zip"):
        pass


def test_a_damaged_archive_and_one_without_maps_are_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK no")
    with pytest.raises(ArchiveRefused), map_files(tmp_path / "a.zip"):
        pass
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("readme.txt", b"x")
    with pytest.raises(ArchiveRefused, match="no map"), map_files(tmp_path / "b.zip"):
        pass


def test_formats_that_are_not_read_say_what_to_do(tmp_path):
    (tmp_path / "a.dwg").write_bytes(b"AC1032")
    with pytest.raises(FormatUnsupported, match="save"), map_files(tmp_path / "a.dwg"):
        pass


@pytest.mark.parametrize("name", ["out.gpkg", "out.shp", "out.fgb"])
def test_plane_formats_keep_the_zone_and_every_coordinate(tmp_path, frame, name):
    back = gpd.read_file(write_vector(frame, tmp_path / name))
    assert back.crs.to_epsg() == 9217
    back = back.sort_values("so").reset_index(drop=True)
    assert shapely.equals(back.geometry.to_numpy(), frame.geometry.to_numpy()).all()


def test_geojson_is_written_in_wgs84_by_the_pinned_operation(tmp_path, frame):
    back = gpd.read_file(write_vector(frame, tmp_path / "out.geojson"))
    expected = to_wgs84(frame.geometry.to_numpy(), 9217)
    assert shapely.hausdorff_distance(back.geometry.to_numpy(), expected).max() < 2e-9


def test_other_formats_are_not_written(tmp_path, frame):
    with pytest.raises(FormatNotWritten, match=r"\.xyz"):
        write_vector(frame, tmp_path / "out.xyz")


@pytest.mark.parametrize("srid", [9217, 4326, 32649])
def test_an_outline_comes_out_in_degrees_whatever_its_system(tmp_path, frame, srid):
    degrees = frame.set_geometry(to_wgs84(frame.geometry.to_numpy(), 9217), crs=4326)
    file = tmp_path / "a.gpkg"
    (frame if srid == 9217 else degrees.to_crs(srid)).to_file(file)
    outline = read_outline(file)
    expected = shapely.union_all(degrees.geometry.to_numpy())
    assert shapely.hausdorff_distance(outline, expected) < 1e-6


def test_an_outline_needs_polygons(tmp_path):
    points = gpd.GeoDataFrame(geometry=[shapely.Point(108.9, 12.2)], crs=4326)
    points.to_file(tmp_path / "a.gpkg")
    with pytest.raises(OutlineUnusable, match="no polygon"):
        read_outline(tmp_path / "a.gpkg")

"""Damaged and hostile files: a refusal by name or a full account, never a stack trace."""

from __future__ import annotations

import json
import random
import shutil
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

import pyogrio
import pytest
import shapely

from cadastre.errors import CadastreError
from cadastre.formats.outlines import read_outline
from cadastre.formats.signatures import FileMislabelled, LinkRefused
from cadastre.sheets import read_sheet
from cadastre.sheets.reading import NothingUsable
from sample_data.dgn_file import Text, write_dgn

DRIVERS = {
    "a.shp": "ESRI Shapefile",
    "a.gpkg": "GPKG",
    "a.geojson": "GeoJSON",
    "a.gml": "GML",
    "a.tab": "MapInfo File",
    "a.mif": "MapInfo File",
    "a.fgb": "FlatGeobuf",
    "a.gdb": "OpenFileGDB",
    "a.dxf": "DXF",
}


def _written(folder, sheet, name):
    folder.mkdir(exist_ok=True)
    path = folder / name
    if name == "a.dgn":
        lines = [(10, shapely.get_coordinates(shape.exterior)) for shape in sheet.geometry]
        labels = [
            Text(13, (shape.centroid.x, shape.centroid.y), (str(i + 1).encode(),))
            for i, shape in enumerate(sheet.geometry)
        ]
        write_dgn(path, lines, labels)
        return path
    frame = sheet
    if name == "a.dxf":
        frame = sheet[["geometry"]].assign(Layer="10", geometry=sheet.geometry.boundary)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, driver=DRIVERS[name])
    return path


def _read(path, outline):
    return read_sheet(
        path, former_commune="22645", sheet="12", scale=500, outline=outline, target_srid=9217
    )


def _accounted(path, outline):
    """Read; whatever is wrong is a refusal that says something in both languages."""
    refusal = report = None
    try:
        report = _read(path, outline).report
    except CadastreError as refused:
        refusal = refused
    if report is None:
        assert refusal.message("vi")
        assert refusal.message("en")
        return None
    assert report.loaded + report.repaired + report.refused == report.records
    return report


def _damaged(content, rng):
    """Return the content cut, with bits turned, with bytes of ones, or with a piece twice."""
    at, kind = rng.randrange(len(content)), rng.choice(["cut", "turn", "turn", "ones", "twice"])
    broken = bytearray(content)
    if kind == "cut":
        return bytes(broken[:at])
    if kind == "ones":
        broken[at : at + 4] = b"\xff" * min(4, len(broken) - at)
    elif kind == "twice":
        broken[at:at] = broken[at : at + rng.choice([2, 8, 100])]
    else:
        for _ in range(rng.choice([1, 4, 20])):
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


@pytest.mark.parametrize("name", [*DRIVERS, "a.dgn"])
@pytest.mark.parametrize("seed", [22609])
def test_damage_of_any_kind_is_a_refusal_or_an_account(tmp_path, sheet, outline, name, seed):
    whole = tmp_path / "whole"
    _written(whole, sheet, name)
    assert _accounted(whole / name, outline).refused == 0
    parts = sorted(p for p in whole.rglob("*") if p.is_file())
    rng = random.Random(f"{seed}{name}")
    for turn in range(8):
        folder = tmp_path / f"damaged{turn}"
        shutil.copytree(whole, folder)
        part = folder / rng.choice(parts).relative_to(whole)
        part.write_bytes(_damaged(part.read_bytes() or b"\0", rng))
        _accounted(folder / name, outline)


def test_a_record_that_cannot_be_read_does_not_lose_those_around_it(tmp_path, sheet, outline):
    path = _written(tmp_path, sheet, "a.mif")
    lines = path.read_text().splitlines()
    at = [i for i, line in enumerate(lines) if line.startswith("Region")][7]
    lines[at] = "Region not-a-number"
    path.write_text("\n".join(lines) + "\n")
    report = _accounted(path, outline)
    assert report is not None
    assert report.records == 20
    assert report.loaded >= 7
    assert report.refused == 20 - report.loaded - report.repaired


VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>\nEOF\n"
)


@pytest.mark.parametrize("name", ["a.gml", "a.kml", "a.mif", "a.dxf", "a.fgb", "a.shp", "a.tab"])
def test_a_file_under_a_false_name_opens_no_other_file(tmp_path, sheet, outline, name):
    secret = _written(tmp_path / "secret", sheet, "a.geojson")
    disguised = tmp_path / name
    disguised.write_text(VRT.format(secret).replace("secret", "a"))
    with pytest.raises(FileMislabelled, match=name):
        _read(disguised, outline)
    with pytest.raises(FileMislabelled, match=name):
        read_outline(disguised)


@pytest.fixture
def asked():
    """Addresses that somebody asks a server on this machine for."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield seen, f"http://127.0.0.1:{server.server_port}/crs"
        server.shutdown()


@pytest.mark.parametrize("where", ["collection", "feature", "geometry"])
def test_a_linked_coordinate_system_is_not_fetched(tmp_path, sheet, outline, asked, where):
    seen, address = asked
    content = json.loads(_written(tmp_path, sheet, "a.geojson").read_text())
    first = content["features"][0]
    holder = {"collection": content, "feature": first, "geometry": first["geometry"]}[where]
    holder["crs"] = {"type": "link", "properties": {"href": address, "type": "proj4"}}
    (tmp_path / "a.geojson").write_text(json.dumps(content))
    with pytest.raises(LinkRefused):
        _read(tmp_path / "a.geojson", outline)
    assert seen == []


@pytest.mark.parametrize("entity", ['"aaaa"', 'SYSTEM "file:///etc/passwd"'])
def test_entities_in_xml_are_refused(tmp_path, outline, entity):
    path = tmp_path / "a.gml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e {entity}>]>'
        "<FeatureCollection><featureMember>&e;</featureMember></FeatureCollection>"
    )
    with pytest.raises(LinkRefused, match=r"a\.gml"):
        _read(path, outline)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, 1e12, 0.0])
def test_a_vertex_without_a_place_refuses_its_record_only(tmp_path, sheet, outline, value):
    path = _written(tmp_path, sheet, "a.geojson")
    content = json.loads(path.read_text())
    content["features"][3]["geometry"]["coordinates"][0][1] = [value, value]
    path.write_text(json.dumps(content))
    reading = _read(path, outline)
    assert (reading.report.loaded, reading.report.refused) == (19, 1)
    (line,) = reading.report.lines
    assert (line.record, line.field) == (4, "geometry")


def test_a_file_without_any_outline_says_how_many_records_it_has(tmp_path, sheet, outline):
    path = _written(tmp_path, sheet, "a.geojson")
    content = json.loads(path.read_text())
    for feature in content["features"]:
        feature["geometry"] = None
    path.write_text(json.dumps(content))
    with pytest.raises(NothingUsable) as refused:
        _read(path, outline)
    assert refused.value.records == 20


def test_bad_xml_and_sqlite_are_named(tmp_path, sheet, outline):
    path = _written(tmp_path, sheet, "a.gpkg")
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * 4000 + content[4100:])
    with pytest.raises(CadastreError, match=r"a\.gpkg"):
        _read(path, outline)

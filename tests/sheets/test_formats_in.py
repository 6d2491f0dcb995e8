"""Good files of every format come in whole: 49 parcels with known truth, each accounted for."""

from __future__ import annotations

import unicodedata
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from pyogrio import raw

from cadastre.crs import to_wgs84
from cadastre.errors import InputRefused
from cadastre.formats import legacy_tables as tables
from cadastre.formats.counting import count_records
from cadastre.formats.text import encode_tcvn3
from cadastre.sheets import read_sheet
from cadastre.sheets.plane import ZoneUnclear
from sample_data.dgn_file import Text, write_dgn

EAST, NORTH, COUNT = 570_000.0, 1_345_000.0, 49
OWNERS = ["Nguyễn Văn Thành", "Đinh Thị Hường", "Trần Quốc Toản", "Lê Thị Mỹ Hạnh"]


@pytest.fixture(scope="module")
def truth():
    """49 parcels of a leaning, uneven grid; corners on whole millimetres."""
    rng = np.random.default_rng(22609)
    at = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1) @ np.array([[19, 3], [-4, 21]])
    corner = np.round(at + rng.uniform(-2, 2, at.shape) + [EAST, NORTH], 3)
    shapes = [
        shapely.Polygon([corner[r, c], corner[r, c + 1], corner[r + 1, c + 1], corner[r + 1, c]])
        for r in range(7)
        for c in range(7)
    ]
    return gpd.GeoDataFrame(
        {
            "so_to": ["12"] * COUNT,
            "so_thua": [str(i + 1) for i in range(COUNT)],
            "loai_dat": (["ONT", "LUC", "CLN"] * 17)[:COUNT],
            "dien_tich": [round(s.area, 1) for s in shapes],
            "ty_le": [500] * COUNT,
            "nam_do": [2012] * COUNT,
            "ten_chu": (OWNERS * 13)[:COUNT],
        },
        geometry=shapes,
        crs=9217,
    )


@pytest.fixture(scope="module")
def outline():
    around = shapely.box(EAST - 3000, NORTH - 4000, EAST + 3000, NORTH + 4000)
    return to_wgs84(around, 9217).item()


def _write(frame, path, driver, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, driver=driver, **options)
    return path


def _checked(reading, truth, within_m2=1e-6, land_use=True):
    report = reading.report
    assert report.loaded + report.repaired + report.refused == report.records
    numbered = reading.parcels.set_index("former_parcel").loc[truth["so_thua"]]
    assert len(reading.parcels) == COUNT
    off = np.abs(numbered.geometry.area.to_numpy() - truth.geometry.area.to_numpy())
    assert off.max() <= within_m2
    if land_use:
        assert numbered["land_use"].tolist() == truth["loai_dat"].tolist()
    assert numbered["printed_area_m2"].to_numpy() == pytest.approx(truth["dien_tich"])
    assert set(reading.parcels["former_sheet"]) == {"12"}
    assert set(reading.mismatches["code"]) <= set()
    return report


@pytest.mark.parametrize(
    ("name", "driver", "within_m2"),
    [
        ("a.tab", "MapInfo File", 1.0),  # the table keeps whole steps of its default extent
        ("a.mif", "MapInfo File", 1e-6),
        ("a.gml", "GML", 1e-6),
        ("a.gdb", "OpenFileGDB", 0.02),  # a geodatabase keeps tenths of a millimetre
        ("a.fgb", "FlatGeobuf", 1e-6),
        ("a.gpkg", "GPKG", 1e-6),
        ("a.shp", "ESRI Shapefile", 1e-6),
    ],
)
def test_polygon_formats_come_in_whole(tmp_path, truth, outline, name, driver, within_m2):
    file = _write(
        truth, tmp_path / name, driver, **({"encoding": "UTF-8"} if "shp" in name else {})
    )
    before = sorted(p.name for p in tmp_path.rglob("*"))
    reading = read_sheet(file, former_commune="22645", outline=outline)
    report = _checked(reading, truth, within_m2)
    assert (report.records, report.loaded) == (COUNT, COUNT)
    # FlatGeobuf sorts its records by place.
    assert sorted(reading.persons["value"]) == sorted(truth["ten_chu"])
    counted = [note for note in report.notes if note["code"] == "COUNT_BY_READER"]
    assert len(counted) == (name == "a.fgb")
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["a.tab", "a.mif", "a.gml", "a.gdb"])
def test_the_count_is_the_files_own(tmp_path, truth, name):
    driver = {"tab": "MapInfo File", "mif": "MapInfo File", "gml": "GML", "gdb": "OpenFileGDB"}
    assert count_records(_write(truth, tmp_path / name, driver[name[2:]])) == COUNT


def test_members_in_one_list_are_counted_one_by_one(tmp_path):
    (tmp_path / "a.gml").write_text(
        '<FeatureCollection xmlns="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml">'
        "<gml:featureMembers><a><b/></a><a/><a/></gml:featureMembers></FeatureCollection>"
    )
    assert count_records(tmp_path / "a.gml") == 3


def test_a_gml_cut_short_is_refused_with_its_line(tmp_path, truth, outline):
    file = _write(truth, tmp_path / "a.gml", "GML")
    file.write_bytes(file.read_bytes()[:-400])
    with pytest.raises(InputRefused, match=r"a\.gml, line \d+"):
        read_sheet(file, former_commune="22645", outline=outline)


@pytest.mark.parametrize(
    ("name", "driver"), [("a.tab", "MapInfo File"), ("a.gdb", "OpenFileGDB"), ("a.shp", "ESRI Shapefile")]
)  # fmt: skip
def test_sets_come_zipped(tmp_path, truth, outline, name, driver):
    (tmp_path / "set").mkdir()
    _write(truth, tmp_path / "set" / name, driver)
    with zipfile.ZipFile(tmp_path / "tờ 12.zip", "w") as archive:
        for part in sorted((tmp_path / "set").rglob("*")):
            archive.write(part, part.relative_to(tmp_path / "set"))
    reading = read_sheet(tmp_path / "tờ 12.zip", former_commune="22645", outline=outline)
    assert _checked(reading, truth, 1.0).records == COUNT
    assert reading.report.file == "tờ 12.zip"


def test_a_zip_of_several_formats_is_one_account(tmp_path, truth, outline):
    _write(truth, tmp_path / "a.gpkg", "GPKG")
    _write(truth.assign(so_to="13"), tmp_path / "b.gml", "GML")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for part in (tmp_path / "a.gpkg", tmp_path / "b.gml"):
            archive.write(part, part.name)
    reading = read_sheet(tmp_path / "all.zip", former_commune="22645", outline=outline)
    assert (reading.report.records, reading.report.loaded) == (2 * COUNT, 2 * COUNT)
    assert set(reading.parcels["former_sheet"]) == {"12", "13"}


@pytest.mark.parametrize("other", [0.0, 2000.0])
def test_a_sheet_of_unclear_degrees_is_heard_again_when_its_neighbour_is_in(
    tmp_path, truth, outline, other
):
    # Degrees of WGS 84 and of VN-2000 lie 190 m apart: the wide outline holds both.
    east = truth[truth.index % 7 >= 4]
    east = east.set_geometry(
        shapely.transform(east.geometry.to_numpy(), lambda xy: xy + np.array([other, 0]))
    )
    _write(east.assign(so_to="13").to_crs(4326), tmp_path / "a.gpkg", "GPKG")
    _write(truth[truth.index % 7 < 4], tmp_path / "b.gpkg", "GPKG")
    with pytest.raises(ZoneUnclear, match=r"EPSG:4\d+ en deg 100.0%; EPSG:4\d+ en deg 100.0%$"):
        read_sheet(tmp_path / "a.gpkg", former_commune="22645", outline=outline)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for part in (tmp_path / "a.gpkg", tmp_path / "b.gpkg"):
            archive.write(part, part.name)
    reading = read_sheet(tmp_path / "all.zip", former_commune="22645", outline=outline)
    if other:
        assert (reading.report.loaded, reading.report.refused) == (
            len(truth) - len(east),
            len(east),
        )
        (note,) = [n for n in reading.report.notes if n["code"] == "FILE_REFUSED"]
        assert (note["file"], note["refusal"]) == ("a.gpkg", "zone_unclear")
    else:
        assert (reading.report.loaded, reading.report.refused) == (len(truth), 0)
        assert [z.found_srid for z in reading.zones] == [9217, 4326]
        assert reading.zones[1].decided_by == "neighbours"
        again = reading.parcels[reading.parcels["former_sheet"] == "13"].geometry.to_numpy()
        assert shapely.hausdorff_distance(again, east.geometry.to_numpy()).max() < 0.002


def _vni(text):
    """VNI bytes from the decomposition: the letter, then one mark for shape and tone."""
    letters = {v: k for k, v in tables.VNI_LETTERS.items()}
    marks = {v: k for k, v in tables.VNI_MARKS.items()}
    out = ""
    for c in text:
        parts = unicodedata.normalize("NFD", c)
        horn = unicodedata.normalize("NFC", parts[0] + "\u031b") if "\u031b" in parts else None
        tone = "".join(
            sorted(parts[1:].replace("\u031b", ""), key="\u0302\u0306".find, reverse=True)
        )
        base = letters.get(horn or c, horn or parts[0])
        out += base if c in letters else base + (marks[tone] if tone else "")
    return out.encode("latin-1")


@pytest.mark.parametrize(("code", "encode"), [("vni", _vni), ("tcvn3", encode_tcvn3)])
def test_a_shapefile_in_a_legacy_font_becomes_unicode(tmp_path, truth, outline, code, encode):
    legacy = truth.assign(ten_chu=[encode(o).decode("latin-1") for o in truth["ten_chu"]])
    file = _write(legacy, tmp_path / "a.shp", "ESRI Shapefile", encoding="ISO-8859-1")
    file.with_suffix(".cpg").unlink()
    reading = read_sheet(file, former_commune="22645", outline=outline)
    _checked(reading, truth)
    assert reading.persons["value"].tolist() == truth["ten_chu"].tolist()
    assert {n["encoding"] for n in reading.report.notes if n["code"] == "TEXT"} == {code}
    assert reading.persons["original"].iloc[0].encode("latin-1") == encode(OWNERS[0])


def _edges(truth):
    """Boundaries once each."""
    whole = shapely.union_all(shapely.boundary(truth.geometry.to_numpy()))
    return shapely.get_parts(shapely.line_merge(whole))


def test_a_dxf_of_gdal_comes_back_as_the_49_parcels(tmp_path, truth, outline):
    file, lines = tmp_path / "to_12.dxf", _edges(truth)
    labels = shapely.point_on_surface(truth.geometry.to_numpy())
    style = [
        f'LABEL(f:"Arial",t:"{row.so_thua}/{row.dien_tich} {row.loai_dat}",s:2g)'
        for row in truth.itertuples()
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw.write(
            file, shapely.to_wkb(np.concatenate([lines, labels])), geometry_type="Unknown",
            driver="DXF", fields=["Layer", "OGR_STYLE"],
            field_data=[
                np.array(["10"] * len(lines) + ["13"] * COUNT, dtype=object),
                np.array([""] * len(lines) + style, dtype=object),
            ],
        )  # fmt: skip
    reading = read_sheet(file, former_commune="22645", scale=500, outline=outline)
    report = _checked(reading, truth, 0.02)
    assert (report.records, report.refused) == (len(lines) + COUNT, 0)


@pytest.mark.parametrize("way", ["apart", "fraction", "node"])
def test_a_dgn_comes_back_as_the_49_parcels(tmp_path, truth, outline, way):
    file, lines = tmp_path / "DC12.dgn", _edges(truth)
    texts = [Text(28, (EAST + 50, NORTH - 5), (encode_tcvn3("đường Nguyễn Huệ và Trần Phú"),))]
    for row in truth.itertuples():
        at = (row.geometry.centroid.x, row.geometry.centroid.y)
        said = [row.so_thua.encode(), str(row.dien_tich).encode(), row.loai_dat.encode()]
        texts += {
            "apart": [Text(level, at, (s,)) for level, s in zip((13, 4, 2), said, strict=True)],
            "fraction": [Text(13, at, (said[0] + b"/" + said[1] + b" " + said[2],))],
            "node": [Text(11, at, tuple(said))],
        }[way]
    elements = write_dgn(file, [(10, shapely.get_coordinates(x)) for x in lines], texts)
    reading = read_sheet(file, former_commune="22645", scale=500, outline=outline)
    report = _checked(reading, truth, 0.02)
    assert (report.records, report.refused) == (elements, 0)
    assert elements == 1 + len(lines) + 1 + COUNT * {"apart": 3, "fraction": 1, "node": 4}[way]
    assert {n["encoding"] for n in report.notes if n["code"] == "TEXT"} == {"tcvn3"}


def test_a_long_boundary_written_as_a_complex_chain_comes_back(tmp_path, outline):
    angle = np.linspace(0, 2 * np.pi, 351)
    ring = np.round(np.column_stack([EAST + 50 * np.cos(angle), NORTH + 50 * np.sin(angle)]), 3)
    ring[-1] = ring[0]
    label = Text(13, (EAST, NORTH), (b"7",))
    elements = write_dgn(tmp_path / "DC12.dgn", [(10, ring)], [label])
    reading = read_sheet(tmp_path / "DC12.dgn", former_commune="22645", scale=500, outline=outline)
    assert elements == reading.report.records == 1 + 1 + 4 + 1
    assert reading.parcels.geometry.area.iloc[0] == pytest.approx(shapely.Polygon(ring).area)


def test_gdal_reads_the_same_lines_from_what_is_written(tmp_path, truth):
    lines = _edges(truth)
    write_dgn(tmp_path / "a.dgn", [(10, shapely.get_coordinates(x)) for x in lines], [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, _, wkb, _ = raw.read(tmp_path / "a.dgn")
    assert shapely.equals_exact(shapely.from_wkb(wkb), lines, tolerance=6e-4).all()

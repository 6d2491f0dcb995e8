"""Deliveries over the command line into a real PostGIS: folders, zips, levels, paper, control."""

from __future__ import annotations

import json
import shutil
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from cadastre.cli import app
from cadastre.crs import between_zones, to_wgs84
from cadastre.store.deliveries import columns_kept
from cadastre.store.transaction import reading
from sample_data.dgn_file import Text, write_dgn
from tests.office.conftest import EAST, NORTH, lots, write_landbook, write_sheet

COMMUNE = "22609"


@pytest.fixture
def command(commune_database, commands):
    """Run a command; return what it printed as JSON, or what it said when it refused."""
    ran = commands(commune_database)

    def run(*arguments, code=0):
        answer = ran(*arguments, "--json")
        assert answer.code == code, answer.out + answer.err
        return str(answer.refusal) if answer.refusal is not None else json.loads(answer.out)

    return run


@pytest.fixture
def outline(command, tmp_path):
    around = shapely.box(EAST - 3000, NORTH - 3000, EAST + 6000, NORTH + 3000)
    path = tmp_path / "ranh.gpkg"
    gpd.GeoDataFrame(geometry=[around], crs=9217).to_file(path)
    command("communes", "load", "-c", COMMUNE, path)


def _block(at, sheet):
    """Sixteen lots of a sheet of their own, 200 m further east for each ``at``."""
    shapes = lots(4, east=EAST + 200.0 * at)
    count = len(shapes)
    return gpd.GeoDataFrame(
        {"so_to": [sheet] * count, "so_thua": [str(i + 1) for i in range(count)],
         "loai_dat": ["ONT"] * count, "dien_tich": [100.0] * count, "ty_le": [500] * count},
        geometry=shapes, crs=9217,
    )  # fmt: skip


def _write(frame, path, driver):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, driver=driver)
    return path


def _zip(path, *parts):
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            files = part.rglob("*") if part.is_dir() else [part]
            for file in files:
                archive.write(file, file.relative_to(part.parent))
    return path


def _drawing(path, frame, level=10):
    lines = [(level, shapely.get_coordinates(shape.exterior)) for shape in frame.geometry]
    labels = [
        Text(13, (shape.centroid.x, shape.centroid.y), (number.encode(),))
        for shape, number in zip(frame.geometry, frame["so_thua"], strict=True)
    ]
    write_dgn(path, lines, labels)
    return path


@pytest.fixture
def folder(tmp_path):
    """A former commune's folder as it comes: nine formats, one cut short, one that nobody reads."""
    place, aside = tmp_path / "xa", tmp_path / "aside"
    (place / "DC").mkdir(parents=True)
    aside.mkdir()
    _write(_block(0, "1"), place / "a.gpkg", "GPKG")
    _write(_block(1, "2"), place / "b.tab", "MapInfo File")
    _write(_block(2, "3"), place / "c.gml", "GML")
    _write(_block(3, "4"), place / "d.gdb", "OpenFileGDB")
    _zip(place / "e.zip", _write(_block(4, "5"), aside / "e.gdb", "OpenFileGDB"))
    for at, sheet in ((5, "6"), (6, "7")):
        _write(_block(at, sheet), aside / f"s{sheet}.shp", "ESRI Shapefile")
    (aside / "broken.gml").write_text("<FeatureCollection><featureMember>")
    _zip(place / "f.zip", *sorted(aside.glob("s*")), aside / "broken.gml")
    _drawing(place / "DC" / "DC08.dgn", _block(7, "8"))
    lines = _block(8, "9")
    lines = lines[["geometry"]].assign(Layer="10", geometry=lines.geometry.boundary)
    _write(lines, place / "DC" / "DC09.dxf", "DXF")
    cut = (place / "DC" / "DC08.dgn").read_bytes()
    (place / "DC" / "DC10.dgn").write_bytes(cut[: len(cut) // 2])
    (place / "old.dwg").write_bytes(b"AC1027")
    (place / "ghi chu.txt").write_text("không phải bản đồ")
    return place


def test_one_refused_file_of_a_folder_loses_no_other(command, outline, folder, desk):
    rows = command("import", folder, "-c", COMMUNE, "--former", "22645", "--scale", 500, code=1)
    by_file = {row["file"]: row for row in rows}
    whole = ["a.gpkg", "b.tab", "c.gml", "d.gdb", "e.zip", "DC08.dgn", "DC09.dxf"]
    assert {by_file[name]["outcome"] for name in whole} == {"done"}
    for row in rows:
        if row["records"] is not None:
            assert row["loaded"] + row["repaired"] + row["refused"] == row["records"]
    assert sum(by_file[name]["opened"] for name in whole) == 7 * 16
    # The archive's broken member is one refused record; its two Shapefiles are in.
    archive = by_file["f.zip"]
    assert (archive["outcome"], archive["opened"], archive["refused"]) == ("refused", 32, 1)
    assert "broken.gml" in archive["problem"]
    assert by_file["DC10.dgn"]["facts"]["byte"] > 0
    assert "DXF" in by_file["old.dwg"]["problem"]
    assert by_file["ghi chu.txt"]["outcome"] == "skipped"
    with reading(desk.engine, desk.actor) as connection:
        held = connection.exec_driver_sql(
            "SELECT count(*), count(DISTINCT sheet_uid) FROM cadastre.sheet_parcel "
            "WHERE valid_to IS NULL"
        ).one()
    assert tuple(held) == (9 * 16, 9)


def test_two_files_of_a_folder_with_one_sheet_lose_neither(command, outline, tmp_path):
    place = tmp_path / "xa"
    place.mkdir()
    _write(_block(0, "1"), place / "a.gpkg", "GPKG")
    _write(_block(1, "1"), place / "b.gpkg", "GPKG")
    first, second = command("import", place, "-c", COMMUNE, "--former", "22645", code=1)
    assert (first["outcome"], first["opened"]) == ("done", 16)
    assert second["code"] == "sheet_delivered_twice"


def test_a_sheet_of_a_folder_waits_for_the_edges_of_its_neighbour(command, outline, tmp_path):
    place = tmp_path / "xa"
    place.mkdir()
    left, right = _block(0, "1"), _block(0, "2")
    right = right.set_geometry(right.translate(np.ptp(left.total_bounds[::2])))
    _write(left.to_crs(4326), place / "a.gpkg", "GPKG")
    _write(right, place / "b.gpkg", "GPKG")
    first, second = command("import", place, "-c", COMMUNE, "--former", "22645")
    assert [(row["file"], row["outcome"], row["srid"]) for row in (first, second)] == [
        ("a.gpkg", "done", 4326),
        ("b.gpkg", "done", 9217),
    ]


def test_levels_are_suggested_edited_and_given_back(command, outline, tmp_path):
    drawing = _drawing(tmp_path / "DC12.dgn", _block(0, "12"), level=40)
    options = ("-c", COMMUNE, "--former", "22645", "--scale", 500)
    (refused,) = command("import", drawing, *options, code=1)
    assert refused["code"] == "levels_unclear"
    assert command("levels", drawing, "--scale", 500, code=1)
    mapping = tmp_path / "lop.toml"
    mapping.write_text(refused["facts"]["suggestion"] + "boundary = [40]\n")
    (done,) = command("import", drawing, *options, "--levels", mapping)
    assert (done["opened"], done["sheets"]) == (16, ["12"])


def test_columns_given_by_hand_are_kept_for_files_of_the_same_form(command, outline, tmp_path):
    odd = {"so_to": "cot_a", "so_thua": "cot_b", "dien_tich": "cot_c", "ty_le": "cot_d"}
    first = _write(_block(0, "1").rename(columns=odd), tmp_path / "a.gpkg", "GPKG")
    later = _write(_block(1, "2").rename(columns=odd), tmp_path / "b.gpkg", "GPKG")
    options = ("-c", COMMUNE, "--former", "22645")
    (refused,) = command("import", first, *options, code=1)
    assert refused["code"] == "columns_unclear"
    chosen = "sheet=cot_a,parcel=cot_b,printed_area_m2=cot_c,scale=cot_d"
    assert command("import", first, *options, "--columns", chosen)[0]["opened"] == 16
    (again,) = command("import", later, *options)
    assert (again["opened"], again["sheets"]) == (16, ["2"])
    assert command("import", first, *options, "--columns", "parcel", code=1)


def test_a_late_sheet_is_placed_by_the_edges_of_those_already_in(command, tmp_path):
    """No outline and no control: only the sheet beside it tells the zone of the late one."""
    options = ("-c", COMMUNE, "--former", "22645", "--scale", 500)
    early = _write(_block(0, "1"), tmp_path / "a.gpkg", "GPKG")
    (unclear,) = command("import", early, *options, code=1)
    assert unclear["code"] == "zone_unclear"
    command("import", early, *options, "--crs", "EPSG:9217")
    beside = gpd.GeoDataFrame(_block(0, "2"))
    beside = beside.set_geometry(beside.geometry.translate(40.0), crs=9217)
    beside = beside.set_geometry(between_zones(beside.geometry.to_numpy(), 9217, 9218), crs=9218)
    late = _write(beside.set_crs(9216, allow_override=True), tmp_path / "b.gpkg", "GPKG")
    (done,) = command("import", late, *options)
    assert done["opened"] == 16
    assert "EPSG:9218" in done["zone"]
    assert "edges of sheets already in" in done["zone"]
    shutil.copy(late, tmp_path / "c.gpkg")
    (again,) = command("import", tmp_path / "c.gpkg", *options)
    assert (again["opened"], again["closed"], again["unchanged"]) == (0, 0, 16)


def test_control_points_place_a_sheet_and_a_bad_list_names_its_row(command, tmp_path, desk):
    points = tmp_path / "diem.csv"
    corners = shapely.get_coordinates(_block(0, "1").geometry.to_numpy())[[0, 7, 33, 61]]
    lines = [f"DC{i};{n:.3f};{e:.3f}" for i, (e, n) in enumerate(corners)]
    points.write_text("Số hiệu điểm;X (m);Y (m)\n" + "\n".join(lines) + "\n")
    loaded = command("control", points, "-c", COMMUNE)
    assert (loaded["points"], loaded["opened"]) == (4, 4)
    assert command("control", points, "-c", COMMUNE)["unchanged"] == 4
    options = ("-c", COMMUNE, "--former", "22645", "--scale", 500)
    (done,) = command("import", _write(_block(0, "1"), tmp_path / "a.gpkg", "GPKG"), *options)
    assert "control points" in done["zone"]
    points.write_text("Số hiệu điểm;X;Y\nDC1;1348000;570000\nDC2;1348;570000\n")
    said = command("control", points, "-c", COMMUNE, code=1)
    assert "diem.csv" in said
    assert "row 3" in said


def test_a_paper_sheet_is_registered_and_found(command, tmp_path):
    scan = tmp_path / "to5.png"
    scan.write_bytes(b"\x89PNG")
    told = command(
        "paper-sheet", "-c", COMMUNE, "--former", "22645", "--sheet", "5", "--scale", 2000,
        "--parcels", "1-120, 125, 126a", "--year", 1986, "--scan", scan,
    )  # fmt: skip
    assert len(told["parcels"]) == 122
    found = command("lookup", "Khánh Phú tờ 5 thửa 126a", "-c", COMMUNE)
    assert "PAPER" in json.dumps(found).upper()
    refused = command(
        "paper-sheet", "-c", COMMUNE, "--former", "22645", "--sheet", "6", "--scale", 2000,
        "--parcels", "1-999999", code=1,
    )  # fmt: skip
    assert "1-999999" in refused


def test_land_books_come_in_volumes_and_a_late_sheet_joins_its_records(
    command, outline, tmp_path, desk
):
    books = tmp_path / "so"
    books.mkdir()
    rows = {
        sheet: [("22645", sheet, str(i), 100.0, "ONT", f"Ông Mẫu {i}", None) for i in range(1, 17)]
        for sheet in ("1", "2")
    }
    write_landbook(books / "quyen1.xlsx", rows["1"])
    write_landbook(books / "quyen2.xlsx", rows["2"])
    options = ("-c", COMMUNE, "--former", "22645", "--scale", 500)
    command("import", _write(_block(0, "1"), tmp_path / "a.gpkg", "GPKG"), *options)
    done = command("landbook", books, "-c", COMMUNE)
    assert [row["outcome"] for row in done] == ["done", "done"]
    assert _records(desk) == (32, 16)
    command("import", _write(_block(1, "2"), tmp_path / "b.gpkg", "GPKG"), *options)
    again = command("landbook", books / "quyen2.xlsx", "-c", COMMUNE)
    assert (again["unchanged"], again["joined"]) == (False, 16)
    assert command("landbook", books / "quyen2.xlsx", "-c", COMMUNE)["unchanged"]
    assert _records(desk) == (32, 32)


def test_a_land_book_in_the_new_numbers_is_joined(command, outline, tmp_path, desk):
    for former, sheet, at in (("22609", "1", 0), ("22645", "1", 1)):
        path = _write(_block(at, sheet), tmp_path / f"{former}.gpkg", "GPKG")
        command("import", path, "-c", COMMUNE, "--former", former)
    command("merge", "-c", COMMUNE)
    book = write_landbook(
        tmp_path / "moi.xlsx", [(COMMUNE, "2", "7", 100.0, "ONT", "Bà Mẫu", None)]
    )
    assert command("landbook", book, "-c", COMMUNE)["joined"] == 1
    with reading(desk.engine, desk.actor) as connection:
        held = connection.exec_driver_sql(
            "SELECT former_commune::text, former_sheet, former_parcel FROM cadastre.landbook_record"
        ).one()
    assert tuple(held) == ("22645", "1", "7")


def _records(desk):
    with reading(desk.engine, desk.actor) as connection:
        row = connection.exec_driver_sql(
            "SELECT count(*), count(parcel_uid) FROM cadastre.landbook_record WHERE valid_to IS NULL"
        ).one()
    return tuple(row)


def test_text_that_the_register_cannot_hold_loses_nothing(command, outline, tmp_path):
    frame = _block(0, "1").assign(xu_dong="a\x00b", ten_chu="A\x00")
    path = tmp_path / "a.geojson"
    content = json.loads(frame.to_json())
    content["crs"] = {"type": "name", "properties": {"name": "EPSG:9217"}}
    path.write_text(json.dumps(content))
    (done,) = command("import", path, "-c", COMMUNE, "--former", "22645")
    assert (done["opened"], done["refused"]) == (16, 0)


def test_the_sheet_of_a_file_is_written_once(command, outline, tmp_path, desk):
    path = write_sheet(tmp_path / "a.gpkg", lots(4), scale=500, land_use="ONT")
    for _ in range(2):
        command("import", path, "-c", COMMUNE, "--former", "22645")
    with reading(desk.engine, desk.actor) as connection:
        (version,) = connection.exec_driver_sql("SELECT row_version FROM cadastre.sheet").one()
    assert version == 1


def test_a_tight_box_around_the_commune_places_a_sheet_and_a_wide_one_does_not(command, tmp_path):
    options = ("-c", COMMUNE, "--former", "22645", "--scale", 500)
    block = _block(0, "1")
    sheet = _write(block, tmp_path / "a.gpkg", "GPKG")
    west, south, east, north = shapely.bounds(
        to_wgs84(shapely.box(*block.total_bounds).buffer(1500), 9217).item()
    )
    (wide,) = command("import", sheet, *options, "--bounds", "102,8,110,24", code=1)
    assert wide["code"] == "zone_unclear"
    (done,) = command("import", sheet, *options, "--bounds", f"{west},{south},{east},{north}")
    assert done["opened"] == 16
    assert "bounding box" in done["zone"]
    three = ["import", str(sheet), *map(str, options), "--bounds", "108,12,109"]
    assert CliRunner().invoke(app, three).exit_code == 2


def test_columns_that_were_suggested_are_kept_as_well(command, outline, tmp_path, desk):
    sheet = _write(_block(0, "1"), tmp_path / "a.gpkg", "GPKG")
    command("import", sheet, "-c", COMMUNE, "--former", "22645")
    with reading(desk.engine, desk.actor) as connection:
        kept = columns_kept(connection, COMMUNE, "sheet")
    (columns,) = kept.by_form.values()
    assert columns["sheet"] == "so_to"
    assert columns["parcel"] == "so_thua"

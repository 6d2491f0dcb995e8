"""Line work and labels of a drawing become parcels, and what does not is named."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import shapely

from cadastre.crs import to_wgs84
from cadastre.formats.text import encode_tcvn3
from cadastre.sheets import read_sheet
from cadastre.sheets.drawing import ScaleNeeded
from cadastre.sheets.levels import LevelsUnclear
from cadastre.sheets.plane import ZoneUnclear

_path = Path(__file__).parents[1] / "formats" / "dgn_streams.py"
_spec = importlib.util.spec_from_file_location("dgn_streams", _path)
dgn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(dgn)

EAST, NORTH = 570_000.0, 1_345_000.0
dgn.ORIGIN = (-500_000.0, -1_300_000.0)


def _point(x, y):
    return dgn._int32(round((x - 500_000) * 1000)) + dgn._int32(round((y - 1_300_000) * 1000))


@pytest.fixture(autouse=True)
def _origin(monkeypatch):
    """Coordinates less an origin near the sheet, so that millimetres fit 32 bits."""
    monkeypatch.setattr(dgn, "_point", _point)


@pytest.fixture
def outline():
    around = shapely.box(EAST - 3000, NORTH - 4000, EAST + 3000, NORTH + 4000)
    return to_wgs84(around, 9217).item()


def _mesh(rows=3, columns=4, size=20.0, gap=0.0):
    """Each horizontal and vertical line once, the way a draughtsman draws a block."""
    e, n = EAST, NORTH
    across = [
        dgn.line(10 if r else 23, (e, n + r * size), (e + columns * size - gap, n + r * size))
        for r in range(rows + 1)
    ]
    along = [
        dgn.line(10, (e + c * size, n), (e + c * size, n + rows * size)) for c in range(columns + 1)
    ]
    return across + along


def _labels(rows=3, columns=4, size=20.0, area="400.0"):
    out = []
    for r in range(rows):
        for c in range(columns):
            x, y = EAST + (c + 0.5) * size, NORTH + (r + 0.5) * size
            out.append(dgn.text(13, (x, y), str(r * columns + c + 1).encode()))
            out.append(dgn.text(4, (x, y - 2), area.encode()))
            out.append(dgn.text(2, (x, y + 2), b"ODT"))
    return out


def _read(tmp_path, outline, *elements, name="DC12.dgn", **options):
    file = tmp_path / name
    file.write_bytes(dgn.drawing(*elements, origin=(-500_000.0, -1_300_000.0)))
    reading = read_sheet(file, former_commune="22645", outline=outline, **{"scale": 500, **options})
    report = reading.report
    assert report.loaded + report.repaired + report.refused == report.records
    return reading


def test_a_block_of_lines_becomes_numbered_parcels(tmp_path, outline):
    reading = _read(tmp_path, outline, *_mesh(), *_labels())
    parcels = reading.parcels
    assert len(parcels) == 12
    assert sorted(parcels["former_parcel"], key=int) == [str(i + 1) for i in range(12)]
    assert set(parcels["former_sheet"]) == {"12"}
    assert set(parcels["land_use"]) == {"ODT"}
    assert parcels["printed_area_m2"].tolist() == [400.0] * 12
    assert parcels.geometry.area.to_numpy() == pytest.approx(400.0)
    assert reading.zone.found_srid == 9217
    assert reading.report.records == 1 + 9 + 36
    assert (reading.report.refused, len(reading.mismatches)) == (0, 0)


def test_a_small_opening_is_joined_and_reported(tmp_path, outline):
    reading = _read(tmp_path, outline, *_mesh(gap=0.03), *_labels())
    assert len(reading.parcels) == 12
    note = next(n for n in reading.report.notes if n["code"] == "LINEWORK")
    assert note["joined"] >= 1
    assert note["longest_join"] == pytest.approx(0.03, abs=0.002)


def test_a_large_opening_is_never_closed(tmp_path, outline):
    reading = _read(tmp_path, outline, *_mesh(gap=1.0), *_labels())
    assert len(reading.parcels) == 9
    refused = {line.field for line in reading.report.lines}
    assert refused == {"geometry", "label", "dangle"}
    ends = [(x.east - EAST, x.north - NORTH) for x in reading.report.lines if x.field == "dangle"]
    assert ends == [(pytest.approx(79.0), pytest.approx(20.0 * r)) for r in range(4)]


def test_a_missing_line_shows_as_several_numbers(tmp_path, outline):
    across_and_along = _mesh(1, 3)
    reading = _read(tmp_path, outline, *across_and_along[:3], *across_and_along[4:], *_labels(1, 3))
    row = reading.mismatches.set_index("code").loc["LABEL_MANY"]
    assert "1, 2" in row["message_en"]
    assert len(reading.parcels) == 2


def test_stray_lines_and_labels_are_refused_by_name(tmp_path, outline):
    stray = dgn.line(10, (EAST + 200, NORTH), (EAST + 210, NORTH))
    lost = dgn.text(13, (EAST + 205, NORTH + 5), b"99")
    reading = _read(tmp_path, outline, *_mesh(), *_labels(), stray, lost)
    assert len(reading.parcels) == 12
    assert {line.field for line in reading.report.lines} == {"geometry", "label"}
    assert "'99'" in next(x.reason_en for x in reading.report.lines if x.field == "label")


def test_a_parcel_without_a_number_is_flagged(tmp_path, outline):
    reading = _read(tmp_path, outline, *_mesh(), *_labels()[3:])
    assert reading.mismatches["code"].tolist() == ["LABEL_MISSING"]
    assert reading.parcels["record"].is_unique


@pytest.mark.parametrize("raw", [b"1/400.0 ODT", b"1L1/400.0", b"ODT 1/400"])
def test_combined_labels_are_taken_apart(tmp_path, outline, raw):
    label = dgn.text(11, (EAST + 10, NORTH + 10), raw)
    reading = _read(tmp_path, outline, *_mesh(1, 1), label)
    row = reading.parcels.iloc[0]
    assert (row["former_parcel"], row["printed_area_m2"]) == ("1", 400.0)


def test_a_text_node_names_its_parcel(tmp_path, outline):
    node = dgn.text_node(11, (EAST + 10, NORTH + 10), [b"ODT", b"7", b"400.0"])
    row = _read(tmp_path, outline, *_mesh(1, 1), node).parcels.iloc[0]
    assert (row["former_parcel"], row["printed_area_m2"], row["land_use"]) == ("7", 400.0, "ODT")


def test_other_levels_can_be_named_by_hand(tmp_path, outline):
    corners = [(EAST, NORTH), (EAST + 9, NORTH), (EAST + 9, NORTH + 9), (EAST, NORTH)]
    shape = dgn.line_string(61, corners, kind=6)
    with pytest.raises(LevelsUnclear, match="61"):
        _read(tmp_path, outline, shape)
    assert len(_read(tmp_path, outline, shape, columns={"boundary": "61"}).parcels) == 1


def test_a_drawing_needs_its_scale(tmp_path, outline):
    with pytest.raises(ScaleNeeded):
        _read(tmp_path, outline, *_mesh(), scale=None)


def test_tcvn3_labels_are_decoded(tmp_path, outline):
    name = dgn.text(28, (EAST + 5, NORTH + 5), encode_tcvn3("đường Nguyễn Huệ và Trần Phú"))
    reading = _read(tmp_path, outline, *_mesh(), *_labels(), name)
    assert any(note.get("encoding") == "tcvn3" for note in reading.report.notes)


def test_dxf_gives_the_same_parcels(tmp_path, outline):
    from pyogrio import raw

    e, n, size = EAST, NORTH, 20.0
    lines = [shapely.LineString([(e, n + r * size), (e + 80, n + r * size)]) for r in range(4)]
    lines += [shapely.LineString([(e + c * size, n), (e + c * size, n + 60)]) for c in range(5)]
    file = tmp_path / "to_7.dxf"
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw.write(
            file, shapely.to_wkb(np.array(lines)), field_data=[np.array(["10"] * 9, dtype=object)],
            fields=["Layer"], geometry_type="Unknown", driver="DXF",
        )  # fmt: skip
    reading = read_sheet(file, former_commune="22645", scale=500, outline=outline)
    assert (reading.report.records, reading.report.refused) == (9, 0)
    assert len(reading.parcels) == 12
    assert set(reading.parcels["former_sheet"]) == {"7"}
    assert set(reading.mismatches["code"]) == {"LABEL_MISSING"}


def _symbol(level, x, y, size=1.2):
    """A control point as draughtsmen draw it: a square around the place."""
    corners = [
        (x - size, y - size),
        (x + size, y - size),
        (x + size, y + size),
        (x - size, y + size),
    ]
    return dgn.line_string(level, [*corners, corners[0]], kind=6)


CONTROL = [(-60.0, 10.0), (140.0, 33.0), (35.0, 120.0), (-20.0, -75.0)]


def _control_list():
    import geopandas as gpd

    points = [shapely.Point(EAST + x, NORTH + y) for x, y in CONTROL]
    return gpd.GeoDataFrame({"name": ["I-1", "I-2", "II-3", "II-4"]}, geometry=points, crs=9217)


@pytest.mark.parametrize("level", [6, 7, 8])
def test_control_points_drawn_on_the_sheet_tell_its_zone(tmp_path, level):
    """No parcel corner lies on a control point, but the sheet draws the points themselves."""
    drawn = [_symbol(level, EAST + x, NORTH + y) for x, y in CONTROL]
    reading = _read(tmp_path, None, *_mesh(), *_labels(), *drawn, control=_control_list())
    assert (reading.zone.found_srid, reading.zone.decided_by) == (9217, "control")
    assert len(reading.parcels) == 12


def test_symbols_on_other_levels_are_no_control_points(tmp_path):
    drawn = [_symbol(40, EAST + x, NORTH + y) for x, y in CONTROL]
    with pytest.raises(ZoneUnclear):
        _read(tmp_path, None, *_mesh(), *_labels(), *drawn, control=_control_list())


def test_points_of_a_dxf_are_control_points_by_the_name_of_their_layer(tmp_path):
    def entity(*pairs):
        return "".join(f"{code}\n{value}\n" for code, value in pairs)

    size = 20.0
    ends = [((0, r * size), (80, r * size)) for r in range(4)]
    ends += [((c * size, 0), (c * size, 60)) for c in range(5)]
    body = [
        entity((0, "LINE"), (8, "10"), (10, EAST + a[0]), (20, NORTH + a[1]),
               (11, EAST + b[0]), (21, NORTH + b[1]))
        for a, b in ends
    ]  # fmt: skip
    body += [
        entity((0, "POINT"), (8, "KHONG_CHE"), (10, EAST + x), (20, NORTH + y), (30, 21.5))
        for x, y in CONTROL
    ]
    file = tmp_path / "to_7.dxf"
    file.write_text(
        entity((0, "SECTION"), (2, "ENTITIES")) + "".join(body) + entity((0, "ENDSEC"), (0, "EOF"))
    )
    reading = read_sheet(file, former_commune="22645", scale=500, control=_control_list())
    assert (reading.zone.found_srid, reading.zone.decided_by) == (9217, "control")

"""DGN V7 is read element by element, and ends at its mark or not at all."""

from __future__ import annotations

import itertools
import struct
import subprocess
import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.formats.counting import FileTruncated
from cadastre.formats.dgn import DgnVersionRefused, NotDgn, count_elements, read_dgn, walk
from cadastre.formats.text import encode_tcvn3
from tests.formats import dgn_streams as dgn

#: Within 32-bit units of resolution: coordinates less the global origin.
EAST, NORTH = 570_000.0, 1_000_000.0


def test_lines_and_labels_come_out_in_master_units(tmp_path):
    file = tmp_path / "a.dgn"
    points = [(EAST, NORTH), (EAST + 20.25, NORTH), (EAST + 20.25, NORTH + 20.5)]
    file.write_bytes(
        dgn.drawing(
            dgn.line(10, *points[:2]),
            dgn.line_string(23, points),
            dgn.text(13, points[0], encode_tcvn3("thửa 25")),
        )
    )
    work = read_dgn(file)
    assert work.records == count_elements(file) == 4
    assert work.line_levels.tolist() == [10, 23]
    assert shapely.get_coordinates(work.lines[1]) == pytest.approx(np.array(points), abs=1e-9)
    assert work.texts[0].encode("latin-1") == encode_tcvn3("thửa 25")
    assert (work.points[0].x, work.points[0].y) == pytest.approx(points[0])


def test_a_long_line_that_gdal_writes_as_a_chain_keeps_its_level(tmp_path):
    # GDAL cuts at 38 vertices and leaves the level to the head of the chain.
    circle = shapely.Point(526_300, 1_758_250).buffer(40, quad_segs=20)
    around = shapely.boundary(circle)
    frame = gpd.GeoDataFrame({"Level": [10]}, geometry=[around], crs=5899)
    frame.to_file(tmp_path / "vong.gpkg")
    subprocess.run(
        ["ogr2ogr", "-f", "DGN", tmp_path / "vong.dgn", tmp_path / "vong.gpkg", "-dsco",
         "SUB_UNITS_PER_MASTER_UNIT=1000", "-dsco", "UOR_PER_SUB_UNIT=1", "-dsco", "ORIGIN=0,0,0", "-sql",
         "SELECT Level, geom FROM vong"],
        check=True, capture_output=True,
    )  # fmt: skip
    drawing = read_dgn(tmp_path / "vong.dgn")
    assert len(drawing.lines) == 3
    assert set(drawing.line_levels) == {10}
    drawn = shapely.multilinestrings(list(drawing.lines))
    assert shapely.hausdorff_distance(drawn, around) < 0.002


@pytest.mark.parametrize("origin", [(0.0, 0.0), (500_000.0, 1_000_000.0), (-12.5, 3.25)])
def test_odd_resolution_and_origin_are_read_from_the_header(tmp_path, origin, monkeypatch):
    monkeypatch.setattr(dgn, "ORIGIN", origin)
    per_m = 200
    body = b"".join(dgn._point(x, 10.0, per_m, origin) for x in (100.0, 103.5))
    file = tmp_path / "a.dgn"
    file.write_bytes(dgn.drawing(dgn.element(3, 10, body), per_sub=20, subs=10, origin=origin))
    assert shapely.get_coordinates(read_dgn(file).lines[0]).tolist() == [[100, 10], [103.5, 10]]


def test_a_text_node_is_one_label_of_several_lines(tmp_path):
    file = tmp_path / "a.dgn"
    file.write_bytes(dgn.drawing(dgn.text_node(11, (EAST, NORTH), [b"ODT", b"25", b"245.8"])))
    work = read_dgn(file)
    assert work.records == 5
    assert work.texts.tolist() == ["ODT\n25\n245.8"]


def test_the_members_of_a_complex_chain_are_lines(tmp_path):
    points = [(EAST, NORTH), (EAST + 5, NORTH), (EAST + 5, NORTH + 5)]
    head = dgn.element(12, 10, b"\0" * 12)
    members = [dgn.line(10, a, b, member=True) for a, b in itertools.pairwise(points)]
    file = tmp_path / "a.dgn"
    file.write_bytes(dgn.drawing(head, *members))
    work = read_dgn(file)
    assert (work.records, len(work.lines), work.refused) == (4, 2, {})


def test_a_level_of_a_chain_goes_no_further_than_its_members(tmp_path):
    bare = dgn.line(0, (EAST, NORTH), (EAST + 5, NORTH), member=True)
    chain, cell = dgn.element(12, 10, b"\0" * 12), dgn.element(2, 0, b"\0" * 12)
    file = tmp_path / "a.dgn"
    file.write_bytes(dgn.drawing(chain, bare, cell, bare, chain, dgn.line(0, (1, 1), (2, 2))))
    assert read_dgn(file).line_levels.tolist() == [10, 0, 0]


def test_a_deleted_element_is_counted_and_named(tmp_path):
    file = tmp_path / "a.dgn"
    a, b = (EAST, NORTH), (EAST + 1, NORTH)
    file.write_bytes(dgn.drawing(dgn.line(10, a, b), dgn.line(10, a, b, deleted=True)))
    work = read_dgn(file)
    assert (work.records, len(work.lines), list(work.refused)) == (3, 1, [3])
    assert "byte 1588" in work.refused[3]["en"]


@pytest.mark.parametrize("lost", [1, 2, 10, 30, 51])
def test_a_file_that_ends_before_the_mark_names_the_byte(tmp_path, lost):
    whole = dgn.drawing(dgn.line(10, (EAST, NORTH), (EAST + 1, NORTH)))
    file = tmp_path / "a.dgn"
    file.write_bytes(whole[:-lost])
    with pytest.raises(FileTruncated) as cut:
        read_dgn(file)
    assert cut.value.facts["byte"] == (len(whole) - 2 if lost <= 2 else 1536)


def test_version_8_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "a.dgn").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(DgnVersionRefused, match="save it as DGN V7 or DXF"):
        read_dgn(tmp_path / "a.dgn")


def test_a_stream_without_a_design_header_is_no_drawing(tmp_path):
    (tmp_path / "a.dgn").write_bytes(dgn.line(10, (EAST, NORTH), (EAST, NORTH)) + b"\xff\xff")
    with pytest.raises(NotDgn):
        read_dgn(tmp_path / "a.dgn")


def test_the_independent_reader_of_gdal_sees_the_same(tmp_path):
    from pyogrio import raw

    points = [(EAST, NORTH), (EAST + 20.25, NORTH), (EAST + 20.25, NORTH + 20.5)]
    file = tmp_path / "a.dgn"
    file.write_bytes(
        dgn.drawing(
            dgn.line(10, *points[:2]), dgn.line_string(31, points), dgn.text(13, points[1], b"25")
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, _, wkb, columns = raw.read(file)
    fields = dict(zip(meta["fields"], columns, strict=True))
    seen = shapely.from_wkb(wkb)
    work = read_dgn(file)
    assert fields["Level"].tolist() == [10, 31, 13]
    assert shapely.equals_exact(seen[:2], work.lines, tolerance=1e-6).all()
    assert shapely.equals_exact(seen[2], work.points[0], tolerance=1e-6)
    assert fields["Text"][2] == work.texts[0]


def test_the_writer_of_gdal_is_read_back(tmp_path):
    from pyogrio import raw

    drawn = np.array([shapely.LineString([(10, 20), (30, 40), (30, 60)]), shapely.box(0, 0, 5, 5)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw.write(
            tmp_path / "a.dgn", shapely.to_wkb(drawn), field_data=[], fields=[],
            geometry_type="Unknown", driver="DGN",
        )  # fmt: skip
    work = read_dgn(tmp_path / "a.dgn")
    assert work.lines[0].equals_exact(drawn[0], 1e-6)
    assert shapely.Polygon(work.lines[1]).area == pytest.approx(25.0)
    assert sum(1 for _ in walk((tmp_path / "a.dgn").read_bytes())) == work.records


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        (dgn.text(13, (0, 0), b"125"), "text"),
        (dgn.text_node(13, (0, 0), [b"12"]), "text node"),
        (dgn.line(10, (0, 0), (9, 9)), "line"),
        (dgn.line_string(10, [(0, 0), (9, 0), (9, 9)]), "line string"),
    ],
    ids=["text", "text node", "line", "line string"],
)
def test_an_element_shorter_than_its_type_is_refused_and_the_next_is_read(tmp_path, element, kind):
    """The header counts fewer words than the type has; the stream itself is whole."""
    for kept in range(4, 40, 2):
        cut = element[:2] + struct.pack("<H", (kept - 4) // 2) + element[4:kept]
        file = tmp_path / "a.dgn"
        file.write_bytes(dgn.drawing(cut, dgn.line(10, (0, 0), (5, 0))))
        work = read_dgn(file)
        assert 2 in work.refused, kind
        assert work.records == 3
        assert work.line_records.tolist() == [3]


def test_a_text_cut_inside_is_not_taken_for_a_shorter_number(tmp_path):
    element = dgn.text(13, (0, 0), b"1254")
    cut = element[:2] + struct.pack("<H", (len(element) - 4) // 2 - 1) + element[4:-2]
    file = tmp_path / "a.dgn"
    file.write_bytes(dgn.drawing(cut))
    work = read_dgn(file)
    assert work.texts.tolist() == []
    assert "shorter than its type" in work.refused[2]["en"]

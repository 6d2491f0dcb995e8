"""DXF written by hand: curves in space are stroked, blocks unfolded, every entity accounted for."""

import subprocess

import numpy as np
import pytest
import shapely

from cadastre.formats.counting import FileTruncated
from cadastre.formats.dxf import count_entities, read_dxf
from cadastre.formats.text import decode_columns

E, N = 570_000.0, 1_345_000.0


def entity(*pairs):
    return "".join(f"{code}\n{value}\n" for code, value in pairs)


def section(name, *parts):
    return entity((0, "SECTION"), (2, name)) + "".join(parts) + entity((0, "ENDSEC"))


def drawing(folder, *entities, blocks=""):
    """A DXF file from its entities, as the text that any CAD program would write."""
    head = section("HEADER", entity((9, "$ACADVER"), (1, "AC1015")))
    parts = [head, section("BLOCKS", blocks)] if blocks else [head]
    file = folder / "to_12.dxf"
    file.write_text("".join([*parts, section("ENTITIES", *entities), entity((0, "EOF"))]))
    return file


def xyz(east, north, up=None, *, first=10):
    pairs = [(first, E + east), (first + 10, N + north)]
    return pairs if up is None else [*pairs, (first + 20, up)]


def arc(start, end, *, radius=50.0, up=12.5, handle=None, extrusion=None):
    own = [(5, handle)] if handle else []
    leaning = [] if extrusion is None else list(zip((210, 220, 230), extrusion, strict=True))
    return entity(
        (0, "ARC"), *own, (8, "10"), *xyz(0, 0, up), (40, radius), (50, start), (51, end), *leaning
    )


def line(a, b, *, level="10", handle=None, up=None, more=()):
    own = [(5, handle)] if handle else []
    return entity((0, "LINE"), *own, (8, level), *more, *xyz(*a, up), *xyz(*b, up, first=11))


def bulge_circle(radius, up=0.0):
    """A closed polyline of two vertices and two half circles."""
    return entity(
        (0, "LWPOLYLINE"), (8, "10"), (90, 2), (70, 1), (38, up),
        *xyz(-radius, 0), (42, 1.0), *xyz(radius, 0), (42, 1.0),
    )  # fmt: skip


def enclosed(work):
    return float(shapely.polygonize(list(work.lines)).area)


@pytest.mark.parametrize("handled", [True, False])
def test_arcs_at_a_height_are_stroked_to_the_millimetre(tmp_path, handled):
    names = ("A1", "A2", "A3") if handled else (None, None, None)
    half = arc(0, 180, handle=names[0])
    flat = line((-50, 0), (50, 0), handle=names[1], up=12.5)
    label = entity(
        (0, "TEXT"), *([(5, names[2])] if handled else []), (8, "13"), *xyz(0, 20, 12.5), (40, 2),
        (1, "7"),
    )  # fmt: skip
    work = read_dxf(drawing(tmp_path, half, flat, label))
    assert (work.records, work.refused) == (3, {})
    assert work.line_records.tolist() == [1, 2]
    assert work.point_records.tolist() == [3]
    assert enclosed(work) == pytest.approx(np.pi * 50**2 / 2, rel=1e-4)
    away = np.hypot(*(shapely.get_coordinates(work.lines[0]) - (E, N)).T)
    assert away == pytest.approx(50.0, abs=1e-6)
    middle = (
        shapely.get_coordinates(work.lines[0])[:-1] + shapely.get_coordinates(work.lines[0])[1:]
    ) / 2
    assert (50.0 - np.hypot(*(middle - (E, N)).T) < 0.002).all()


def test_an_arc_drawn_from_below_turns_the_other_way(tmp_path):
    """The extrusion (0, 0, -1) mirrors the object's own axes: its east is minus the map's."""
    file = tmp_path / "to_12.dxf"
    mirrored = entity(
        (0, "ARC"), (8, "10"), (10, -E), (20, N), (30, 0), (40, 50.0), (50, 0), (51, 90),
        (210, 0), (220, 0), (230, -1),
    )  # fmt: skip
    file.write_text(section("ENTITIES", mirrored) + entity((0, "EOF")))
    xy = shapely.get_coordinates(read_dxf(file).lines[0]) - (E, N)
    assert (xy[:, 0] <= 1e-6).all()
    assert (xy[:, 1] >= -1e-6).all()
    assert np.hypot(*xy.T) == pytest.approx(50.0, abs=1e-6)


def test_bulges_ellipses_and_splines_have_their_true_areas(tmp_path):
    assert enclosed(read_dxf(drawing(tmp_path, bulge_circle(30.0, 4.0)))) == pytest.approx(
        np.pi * 30**2, rel=2e-4
    )
    ellipse = entity(
        (0, "ELLIPSE"), (8, "10"), *xyz(0, 0, 3), (11, 40), (21, 0), (31, 0), (40, 0.5),
        (41, 0), (42, 2 * np.pi),
    )  # fmt: skip
    assert enclosed(read_dxf(drawing(tmp_path, ellipse))) == pytest.approx(
        np.pi * 40 * 20, rel=2e-4
    )
    knots = [(40, k) for k in (0, 0, 0, 0, 1, 1, 1, 1)]
    controls = [xyz(*c, 1.0) for c in ((0, 0), (0, 30), (30, 30), (30, 0))]
    spline = entity(
        (0, "SPLINE"),
        (8, "10"),
        (70, 8),
        (71, 3),
        (72, 8),
        (73, 4),
        *knots,
        *(pair for control in controls for pair in control),
    )
    closed = read_dxf(drawing(tmp_path, spline, line((0, 0), (30, 0))))
    # The Bezier curve of these four points encloses 0.6 of their square.
    assert enclosed(closed) == pytest.approx(0.6 * 900, rel=2e-3)


def test_a_block_gives_its_own_lines_apart_and_they_stay_one_record(tmp_path):
    block = (
        entity((0, "BLOCK"), (8, "0"), (2, "LOT"), (70, 0), (10, 0), (20, 0), (30, 0))
        + "".join(
            entity((0, "LINE"), (8, "10"), (10, a[0]), (20, a[1]), (11, b[0]), (21, b[1]))
            for a, b in (
                ((0, 0), (20, 0)),
                ((20, 0), (20, 30)),
                ((20, 30), (0, 30)),
                ((0, 30), (0, 0)),
            )
        )
        + entity((0, "TEXT"), (8, "13"), (10, 10), (20, 15), (40, 1), (1, "55"))
        + entity((0, "ENDBLK"), (8, "0"))
    )
    inserted = entity((0, "INSERT"), (5, "C1"), (8, "10"), (2, "LOT"), *xyz(100, 0, 0))
    work = read_dxf(drawing(tmp_path, inserted, line((0, 0), (5, 0), handle="C2"), blocks=block))
    assert (work.records, work.refused) == (2, {})
    assert work.line_records.tolist() == [1, 1, 1, 1, 2]
    assert work.texts.tolist() == ["55"]
    assert work.point_records.tolist() == [1]
    assert enclosed(work) == pytest.approx(600.0)


def test_attributes_of_a_block_belong_to_it(tmp_path):
    block = (
        entity((0, "BLOCK"), (8, "0"), (2, "NO"), (70, 2), (10, 0), (20, 0), (30, 0))
        + entity((0, "ATTDEF"), (8, "13"), (10, 0), (20, 1), (40, 1), (1, ""), (2, "SO"), (70, 0))
        + entity((0, "ENDBLK"), (8, "0"))
    )
    numbered = (
        entity((0, "INSERT"), (5, "D1"), (8, "13"), (66, 1), (2, "NO"), *xyz(3, 4, 0))
        + entity(
            (0, "ATTRIB"), (5, "D2"), (8, "13"), *xyz(3, 4), (40, 1), (1, "34"), (2, "SO"), (70, 0)
        )
        + entity((0, "SEQEND"), (8, "13"))
    )
    work = read_dxf(drawing(tmp_path, numbered, line((0, 0), (5, 0), handle="D3"), blocks=block))
    assert work.records == 2
    assert work.texts.tolist() == ["34"]
    assert work.point_records.tolist() == [1]


def test_what_gives_neither_line_nor_label_is_refused_by_its_kind(tmp_path):
    mesh = (
        entity((0, "POLYLINE"), (5, "E1"), (8, "10"), (66, 1), (70, 64))
        + "".join(
            entity((0, "VERTEX"), (8, "10"), *xyz(*c, 1.0), (70, 192))
            for c in ((0, 0), (4, 0), (4, 3))
        )
        + entity((0, "VERTEX"), (8, "10"), *xyz(0, 0, 0), (70, 128), (71, 1), (72, 2), (73, 3))
        + entity((0, "SEQEND"), (8, "10"))
    )
    layout = line((0, 0), (9, 0), handle="E2", more=((67, 1),))
    window = entity((0, "VIEWPORT"), (5, "E3"), (8, "10"), *xyz(0, 0))
    good = line((0, 0), (5, 0), handle="E4")
    work = read_dxf(drawing(tmp_path, mesh, layout, window, good))
    assert work.records == 4
    assert sorted(work.refused) == [1, 2, 3]
    assert "POLYLINE" in work.refused[1]["en"]
    assert "layout" in work.refused[2]["en"]
    assert "VIEWPORT" in work.refused[3]["vi"]
    assert work.line_records.tolist() == [4]


def test_filled_shapes_give_every_ring(tmp_path):
    solid = entity(
        (0, "SOLID"), (5, "F1"), (8, "10"), *xyz(0, 0), *xyz(10, 0, first=11), *xyz(0, 10, first=12),
        *xyz(10, 10, first=13),
    )  # fmt: skip
    work = read_dxf(drawing(tmp_path, solid))
    assert enclosed(work) == pytest.approx(100.0)


def test_a_drawing_without_its_end_is_refused_with_the_line(tmp_path):
    file = drawing(tmp_path, line((0, 0), (5, 0)))
    file.write_text(file.read_text()[:-10])
    with pytest.raises(FileTruncated, match="no EOF"):
        count_entities(file)


WORDS = ["Đất trồng lúa", "Nguyễn Văn Hường", "Khánh Vĩnh"]


@pytest.mark.parametrize("page", [None, "ANSI_1252"])
@pytest.mark.parametrize("table", ["UTF-8", "TCVN-5712"])
def test_labels_keep_their_letters_whatever_the_table(tmp_path, table, page):
    # iconv writes them; the second byte of "ễ" in UTF-8 is a line end in some tables.
    texts = [
        subprocess.run(["iconv", "-t", table], input=w.encode(), capture_output=True, check=True)
        for w in WORDS
    ]
    head = [(9, "$ACADVER"), (1, "AC1015"), *([(9, "$DWGCODEPAGE"), (3, page)] if page else [])]
    labels = b"".join(
        entity((0, "TEXT"), (5, f"{n:X}"), (8, "13"), *xyz(10 * n, 0), (40, 1)).encode()
        + b"1\n" + done.stdout + b"\n"
        for n, done in enumerate(texts, start=0x50)
    )  # fmt: skip
    file = tmp_path / "to_12.dxf"
    start = section("HEADER", entity(*head)) + "0\nSECTION\n2\nENTITIES\n"
    file.write_bytes(start.encode() + labels + b"0\nENDSEC\n0\nEOF\n")
    work = read_dxf(file)
    assert work.records == len(work.texts) == len(WORDS)
    read, found = decode_columns({"label": work.texts}, byte_text=work.byte_text)
    assert list(read["label"]) == WORDS
    assert found[0].encoding == {"UTF-8": "unicode", "TCVN-5712": "tcvn3"}[table]

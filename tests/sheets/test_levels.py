"""Levels are known by the table, by what they contain, or by a person's word."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import shapely

from cadastre.crs import to_wgs84
from cadastre.sheets import read_sheet, suggest_levels
from cadastre.sheets.labels import Label, parse_label
from cadastre.sheets.levels import LevelsUnclear, LevelsUnusable

_path = Path(__file__).parents[1] / "formats" / "dgn_streams.py"
_spec = importlib.util.spec_from_file_location("dgn_streams_of_levels", _path)
dgn = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(dgn)

EAST, NORTH = 568_500.0, 1_336_000.0
ORIGIN = (-500_000.0, -1_300_000.0)


def _point(x, y):
    return dgn._int32(round((x - 500_000) * 1000)) + dgn._int32(round((y - 1_300_000) * 1000))


dgn._point = _point


def _block(level, rows=3, columns=4, size=20.0, extra=0.0):
    e, n = EAST, NORTH
    return [
        dgn.line(level, (e, n + r * size), (e + columns * size + extra, n + r * size))
        for r in range(rows + 1)
    ] + [
        dgn.line(level, (e + c * size, n), (e + c * size, n + rows * size))
        for c in range(columns + 1)
    ]


def _texts(level, say, rows=3, columns=4, size=20.0, up=0.0):
    return [
        dgn.text(
            level, (EAST + (c + 0.5) * size, NORTH + (r + 0.5) * size + up),
            say(r * columns + c + 1).encode(),
        )
        for r in range(rows)
        for c in range(columns)
    ]  # fmt: skip


def _file(tmp_path, *elements, name="DC12.dgn"):
    file = tmp_path / name
    file.write_bytes(dgn.drawing(*elements, origin=ORIGIN))
    return file


def _read(file, **options):
    around = shapely.box(EAST - 3000, NORTH - 4000, EAST + 3000, NORTH + 4000)
    reading = read_sheet(
        file, former_commune="22645", scale=500, outline=to_wgs84(around, 9217).item(), **options
    )
    report = reading.report
    assert report.loaded + report.repaired + report.refused == report.records
    return reading


def _note(reading, code):
    return next(note for note in reading.report.notes if note["code"] == code)


def test_local_levels_are_suggested_from_what_they_hold(tmp_path):
    """Boundaries on 60 and numbers on 19 of gCadas, with heights that look like areas."""
    file = _file(
        tmp_path, *_block(60), *_texts(19, str), *_texts(3, lambda i: f"{i}.5", up=3),
        *_texts(54, lambda i: "Tran Thi Be", up=-3),
    )  # fmt: skip
    reading = _read(file)
    assert sorted(reading.parcels["former_parcel"], key=int) == [str(i + 1) for i in range(12)]
    assert reading.parcels["printed_area_m2"].isna().all()
    note = _note(reading, "LEVELS")
    assert note["levels"]["boundary"] == ["60"]
    assert note["basis"]["boundary"] == note["basis"]["number"] == "suggested"
    assert note["confidence"]["boundary"] == 1.0


def test_the_suggestion_can_be_looked_at_edited_and_given_back(tmp_path):
    file = _file(tmp_path, *_block(60), *_texts(19, str))
    found = suggest_levels(file)
    assert found.of("boundary") == (60,)
    mapping = tmp_path / "levels.toml"
    mapping.write_text(found.to_toml(), encoding="utf-8")
    note = _note(_read(file, levels=mapping), "LEVELS")
    assert note["basis"]["boundary"] == note["basis"]["number"] == "given"


def test_the_standard_table_goes_before_the_contents(tmp_path):
    file = _file(tmp_path, *_block(10), *_texts(13, str), *_texts(60, lambda i: str(900 + i), up=3))
    reading = _read(file)
    assert sorted(reading.parcels["former_parcel"], key=int) == [str(i + 1) for i in range(12)]
    assert set(_note(reading, "LEVELS")["basis"].values()) == {"standard"}


def test_walls_are_boundaries_only_on_a_persons_word(tmp_path):
    wall = dgn.line(14, (EAST + 10, NORTH), (EAST + 10, NORTH + 20))
    file = _file(tmp_path, *_block(10), *_texts(13, str, up=1.0), wall)
    assert len(_read(file).parcels) == 12
    assert len(_read(file, levels={"wall": True}).parcels) == 13


def test_a_level_with_another_meaning_is_never_taken_for_a_boundary(tmp_path):
    file = _file(tmp_path, *_block(61), *_texts(13, str))
    with pytest.raises(LevelsUnclear, match="61") as refused:
        _read(file)
    assert "number = [13]" in refused.value.facts["suggestion"]
    assert len(_read(file, levels={"boundary": [61]}).parcels) == 12


@pytest.mark.parametrize(
    ("content", "said"),
    [("boundary = [", "toml"), ("border = [10]", "border"), ("boundary = [44]", "44")],
)
def test_a_mapping_that_cannot_be_used_is_refused_by_name(tmp_path, content, said):
    mapping = tmp_path / "levels.toml"
    mapping.write_text(content, encoding="utf-8")
    with pytest.raises(LevelsUnusable, match=said):
        _read(_file(tmp_path, *_block(10), *_texts(13, str)), levels=mapping)


def test_lines_drawn_twice_are_counted_and_used_once(tmp_path):
    block = _block(10)
    again = dgn.line(10, (EAST + 80, NORTH + 20), (EAST, NORTH + 20))
    reading = _read(_file(tmp_path, *block, *_texts(13, str), again))
    assert len(reading.parcels) == 12
    (line,) = reading.report.lines
    assert (line.outcome, line.field, line.record) == ("refused", "duplicate", 1 + 9 + 12 + 1)
    assert "element 3" in line.reason_en


def test_ends_that_stick_out_are_named_with_their_place(tmp_path):
    reading = _read(_file(tmp_path, *_block(10, extra=2.5), *_texts(13, str)))
    assert len(reading.parcels) == 12
    ends = [line for line in reading.report.lines if line.field == "dangle"]
    assert [line.outcome for line in ends] == ["repaired"] * 4
    assert {line.east for line in ends} == {EAST + 82.5}
    assert all("2.500" in line.reason_en for line in ends)


def test_complex_shapes_and_chains_bound_parcels(tmp_path):
    """One parcel as a complex shape of a line and an open string, one as a complex chain."""

    def ring(east):
        a, b = (east, NORTH), (east + 20, NORTH)
        rest = [b, (east + 20, NORTH + 20), (east, NORTH + 20), a]
        return [dgn.line(10, a, b, member=True), dgn.line_string(10, rest, member=True)]

    head = b"\0" * 12
    file = _file(
        tmp_path, dgn.element(14, 10, head), *ring(EAST), dgn.element(12, 10, head),
        *ring(EAST + 40), dgn.text_node(11, (EAST + 10, NORTH + 10), [b"25", b"400.0", b"ODT"]),
        dgn.text(13, (EAST + 50, NORTH + 10), b"26/400 LUC"),
    )  # fmt: skip
    reading = _read(file)
    assert reading.parcels["former_parcel"].tolist() == ["25", "26"]
    assert reading.parcels["land_use"].tolist() == ["ODT", "LUC"]
    assert (reading.report.records, reading.report.refused, len(reading.mismatches)) == (12, 0, 0)


def test_the_frame_and_the_name_of_the_sheet_speak_for_the_zone(tmp_path):
    corners = [(EAST, NORTH), (EAST + 250, NORTH), (EAST + 250, NORTH + 250), (EAST, NORTH + 250)]
    frame = dgn.line_string(63, [*corners, corners[0]], kind=6)
    name = dgn.text(63, (EAST + 100, NORTH + 260), b"338566-6-(13)")
    reading = _read(_file(tmp_path, *_block(10), *_texts(13, str), frame, name))
    assert [step.kind for step in reading.zone.steps] == ["grid", "outline"]
    assert not reading.zone.steps[0].silent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("25/245.8 ODT", Label("25", 245.8, "ODT")),
        ("1L654/119.3", Label("654", 119.3, None)),
        ("25/1.245,8 m2", Label("25", 1245.8, None)),
        ("ODT\n25\n245.8", Label("25", 245.8, "ODT")),
        ("25\n245,8\nONT+CLN", Label("25", 245.8, "ONT+CLN")),
        ("12\n34\nThôn Đá Trải\nONT\nTrần Thị Bé", Label("34", None, "ONT")),
        ("LUC 7", Label("7", None, "LUC")),
        ("7a", Label("7a", None, None)),
        ("Nhà văn hóa", Label()),
        ("", Label()),
    ],
)
def test_labels_say_what_their_form_says(text, said):
    assert parse_label(text) == said


def test_a_bare_number_says_what_its_level_is_for():
    assert parse_label("300", {"area"}) == Label(area_m2=300.0)
    assert parse_label("300", {"number"}) == Label(parcel="300")
    assert parse_label("300", {"land_use"}) == Label()

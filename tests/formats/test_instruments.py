"""Instrument files: reading then writing keeps every observation; bad fields are named."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadastre.formats.field_book import Coordinate, Draft, FieldBookRefused, Reading
from cadastre.formats.field_book_csv import read_field_book_csv, write_field_book_csv
from cadastre.formats.field_books import open_field_book
from cadastre.formats.gsi import read_gsi, write_gsi
from cadastre.formats.jobxml import read_jobxml, write_jobxml
from cadastre.formats.landxml import packed_degrees, read_landxml, write_landxml
from cadastre.formats.sdr33 import read_sdr33, write_sdr33

FORMATS = {
    "gsi": (read_gsi, write_gsi),
    "sdr": (read_sdr33, write_sdr33),
    "jxl": (read_jobxml, write_jobxml),
    "xml": (read_landxml, write_landxml),
    "csv": (read_field_book_csv, write_field_book_csv),
}
GON = math.pi / 200

names = st.text(st.sampled_from("ABCDEFGHKMNPT123456789-_"), min_size=1, max_size=8)
heights = st.one_of(st.none(), st.integers(1, 2500).map(lambda mm: mm / 1000))


@st.composite
def pointings(draw, setup: int, unit: str):
    """Readings as instruments show them: 0.1 mgon or 0.1 seconds, 0.1 mm."""
    step, full = (GON * 1e-4, 4_000_000) if unit == "gon" else (math.pi / 6_480_000, 12_960_000)
    quarter = full // 4
    horizontal = draw(st.integers(0, full - 1)) * step
    zenith = draw(st.one_of(st.none(), st.integers(quarter // 2, 3 * quarter // 2)))
    return Reading(
        setup,
        draw(names),
        horizontal,
        None if zenith is None else zenith * step,
        draw(st.one_of(st.none(), st.integers(1, 20_000_000).map(lambda v: v / 10_000))),
        draw(heights),
        0 if zenith is None else 1,
        draw(st.sampled_from(["", "RT1", "RT12.B"])),
    )


@st.composite
def books(draw, path):
    unit = draw(st.sampled_from(["gon", "dms"]))
    draft = Draft(path, "drawn", 1)
    draft.angle_unit = unit
    stations = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    for station in stations:
        setup = draft.set_up(station, 1, height=draw(st.integers(1000, 2000)) / 1000)
        seen = draw(st.lists(pointings(setup.number, unit), min_size=1, max_size=6))
        draft.readings += [r for r in seen if r.target != station]
    draft.coordinates.append(Coordinate("K1", 570_000.123, 1_348_000.456, 12.5, control=True))
    return draft.book()


@pytest.mark.parametrize("kind", FORMATS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_reading_then_writing_keeps_every_observation(tmp_path, kind, data):
    (tmp_path / "drawn").write_text("x")
    read, write = FORMATS[kind]
    drawn = data.draw(books(tmp_path / "drawn"))
    if kind == "csv" and not drawn.readings:
        return
    first = read(write(drawn, tmp_path / f"first.{kind}"))
    assert [r.target for r in first.readings] == [r.target for r in drawn.readings]
    assert first.ledger.close().refused == 0
    second = read(write(first, tmp_path / f"second.{kind}"))
    assert second.same_measurements(first)
    for was, now in zip(drawn.readings, first.readings, strict=True):
        for name in ("horizontal", "zenith", "slope"):
            told, kept = getattr(was, name), getattr(now, name)
            assert (told is None) == (kept is None)
            if told is not None:
                # Angles may be shown in the format's own unit, never coarser than 0.05 seconds.
                tolerance = 1e-9 if name == "slope" else 2.5e-7
                turn = 0.0 if name == "slope" else 2 * math.pi
                off = abs(kept - told)
                assert min(off, abs(off - turn)) < tolerance


GSI_16 = (
    "*110001+000000000000DC-1 84..16+0000005700001234 85..16+0000013480004567 86..16+0000000000125000 88..16+0000000000015200\n"
    "*110002+0000000000000A10 21.324+0000000012345302 22.324+0000000008959458 31..16+0000000000253471 87..16+0000000000016000 71....+0000000000000RT1\n"
)


def test_units_of_gsi_words_are_read_from_their_digit(tmp_path):
    path = tmp_path / "tram.gsi"
    path.write_text(GSI_16)
    book = read_gsi(path)
    reading = book.readings[0]
    assert math.degrees(reading.horizontal) == pytest.approx(123 + 45 / 60 + 30.2 / 3600)
    assert math.degrees(reading.zenith) == pytest.approx(89 + 59 / 60 + 45.8 / 3600)
    assert (reading.slope, reading.target_height, reading.code) == (25.3471, 1.6, "RT1")
    assert book.setups[0].height == 1.52
    assert book.coordinates[0].east == 570000.1234
    feet = tmp_path / "feet.gsi"
    feet.write_text(
        "110001+00000001 88..11+00005000\n110002+00000002 21.102+10000000 31..11+00100000\n"
    )
    assert read_gsi(feet).readings[0].slope == pytest.approx(30.48)


def test_packed_degrees_carry_minutes_and_seconds():
    assert math.degrees(packed_degrees("123.45302")) == pytest.approx(123 + 45 / 60 + 30.2 / 3600)
    assert math.degrees(packed_degrees("-0.30")) == pytest.approx(-0.5)


BAD = {
    "word.gsi": (
        "110001+00000001 88..10+00001500\n110002+00000002 21.102+1000000X 31..10+00025000\n"
        "110003+00000003 21.102+10000000 31..10+00025000\n",
        ("dòng 2", "line 2", "21"),
    ),
    "unit.gsi": (
        "110001+00000001 88..10+00001500\n110002+00000002 21.109+10000000 31..10+00025000\n"
        "110003+00000003 21.102+10000000 31..10+00025000\n",
        ("dòng 2", "line 2", "21"),
    ),
    "early.gsi": (
        "110002+00000002 21.102+10000000 31..10+00025000\n110001+00000001 88..10+00001500\n"
        "110003+00000003 21.102+10000000 31..10+00025000\n",
        ("dòng 1", "line 1", "88"),
    ),
    "number.sdr": (
        f"00NM{'SDR33 V04-04.02':<36}111111\n02TP{'A':<64}{'1.5':<16}\n"
        f"09F1{'A':<16}{'P':<16}{'x1':<16}{'90':<16}{'10':<16}\n"
        f"09F1{'A':<16}{'Q':<16}{'10':<16}{'90':<16}{'10':<16}\n",
        ("dòng 3", "line 3", "slope"),
    ),
    "station.jxl": (
        "<JOBFile><FieldBook>\n<StationRecord ID='1'><StationName>A</StationName></StationRecord>\n"
        "<PointRecord ID='2'><Name>P</Name><StationID>9</StationID><Circle>"
        "<HorizontalCircle>1</HorizontalCircle></Circle></PointRecord>\n"
        "<PointRecord ID='3'><Name>P</Name><StationID>1</StationID><Circle>"
        "<HorizontalCircle>1</HorizontalCircle></Circle></PointRecord>\n</FieldBook></JOBFile>",
        ("dòng 3", "line 3", "StationID"),
    ),
    "point.xml": (
        "<LandXML><Units><Metric linearUnit='meter' angularUnit='grads'/></Units>\n<CgPoints>\n"
        "<CgPoint name='1'>12 x</CgPoint>\n<CgPoint name='2'>12 13</CgPoint></CgPoints></LandXML>",
        ("dòng 3", "line 3", "CgPoint"),
    ),
    "angle.csv": (
        "Trạm;Điểm;Góc bằng\nA;P;10-75-00\nA;Q;10-15-00\n",
        ("dòng 2", "line 2", "horizontal"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_field_is_refused_with_file_line_and_field(tmp_path, name):
    content, told = BAD[name]
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    report = open_field_book(path).ledger.close()
    assert report.refused == 1
    assert report.records == report.loaded + report.repaired + report.refused
    (line,) = report.lines
    vi, en, field = told
    assert name in line.reason_vi
    assert vi in line.reason_vi
    assert en in line.reason_en
    assert field in line.field


HOSTILE = {
    "entity.jxl": "<!DOCTYPE x [<!ENTITY a 'b'>]><JOBFile><FieldBook>&a;</FieldBook></JOBFile>",
    "outside.xml": "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><LandXML/>",
    "bomb.xml": "<!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><LandXML>&b;</LandXML>",
    "deep.xml": "<LandXML>" + "<a>" * 500 + "</a>" * 500 + "</LandXML>",
    "open.jxl": "<JOBFile><FieldBook>",
    "other.jxl": "<html><body/></html>",
    "empty.gsi": "",
    "binary.gsi": "11\x00\x01\x02\x00",
    "nothing.sdr": "00NMSDR33 V04-04.02\n",
    "noheader.sdr": "09F1\n",
    "unclear.csv": "Trạm;Điểm;Góc bằng\nA;P;10.5\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_and_named(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name].encode())
    with pytest.raises(FieldBookRefused) as refused:
        open_field_book(path)
    assert name in refused.value.message("vi")
    assert name in refused.value.message("en")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("cadastre.formats.field_book.LARGEST_BYTES", 10)
    path = tmp_path / "tram.gsi"
    path.write_text(GSI_16)
    with pytest.raises(FieldBookRefused, match="too large"):
        read_gsi(path)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_no_bytes_make_a_reader_fail_otherwise_than_by_refusing(tmp_path, content):
    for kind, head in (("gsi", b"*110001+"), ("sdr", b"00NMSDR33 "), ("jxl", b"<JOBFile>"),
                       ("xml", b"<LandXML>"), ("csv", "Trạm;Điểm;Góc bằng (gon)\n".encode())):  # fmt: skip
        path = tmp_path / f"drawn.{kind}"
        path.write_bytes(head + content)
        try:
            book = open_field_book(path)
        except FieldBookRefused:
            continue
        if book is not None:
            report = book.ledger.close()
            assert report.records == report.loaded + report.repaired + report.refused


def test_distances_of_jobxml_get_their_prism_and_atmosphere(tmp_path):
    path = tmp_path / "tram.jxl"
    path.write_text(
        "<JOBFile><FieldBook><AtmosphereRecord ID='7'><PPM>20</PPM></AtmosphereRecord>"
        "<StationRecord ID='1'><StationName>A</StationName><AtmosphereID>7</AtmosphereID>"
        "</StationRecord><TargetRecord ID='2'><PrismConstant>-0.03</PrismConstant>"
        "<TargetHeight>1.5</TargetHeight></TargetRecord><PointRecord ID='3'><Name>P</Name>"
        "<StationID>1</StationID><TargetID>2</TargetID><Circle><HorizontalCircle>0"
        "</HorizontalCircle><VerticalCircle>90</VerticalCircle><EDMDistance>100</EDMDistance>"
        "</Circle></PointRecord></FieldBook></JOBFile>"
    )
    (reading,) = read_jobxml(path).readings
    assert (reading.slope, reading.prism_constant, reading.ppm) == (100.0, -0.03, 20.0)

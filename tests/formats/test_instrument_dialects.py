"""What instruments of several makers really write, in small cases by hand.

Features seen in public collections: src/tsdata and src/demodata of zsiki/GeoEasy (network.GSI
and coords.gsi of Leica, focus6/1.sdr of Spectra, 20151204.sdr of Sokkia), a plan of survey in
the documentation of Total Open Station (Queensland ePlan), JobXML records as Trimble Access
writes them.
"""

from __future__ import annotations

import math

import openpyxl
import pytest

from cadastre.formats.field_book import FieldBookRefused
from cadastre.formats.field_books import open_field_book
from cadastre.formats.gsi import read_gsi
from cadastre.formats.jobxml import read_jobxml
from cadastre.formats.landxml import read_landxml
from cadastre.formats.satellite_list import read_satellite_list
from cadastre.formats.sdr33 import read_sdr33
from cadastre.formats.sequences import read_sequences
from cadastre.formats.text_table import read_text_table
from cadastre.formats.workbook_lines import WorkbookRefused, workbook_lines


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def account(book):
    report = book.ledger.close()
    return report.records, report.loaded, report.refused


# ---- GSI -----------------------------------------------------------------------------------


def wide(index, info, data):
    return f"{index}{info}+{data:0>16}"


def test_a_code_block_names_the_station_of_instruments_without_station_words(tmp_path):
    rows = [
        ["*410004+" + "21".rjust(16, "0"), wide("42", "....", "BP04"), wide("43", "....", "1538")],
        ["*110015+" + "BP03".rjust(16, "0"), wide("21", ".322", "16901313"),
         wide("22", ".322", "9955914"), wide("31", "..00", "29462"),
         "51..1.+00000008+0000000", wide("87", "..10", "1565"), wide("71", "....", "-----")],
        ["*410075+" + "2".rjust(16, "0"), wide("42", "....", "BP05"), wide("43", "....", "1617")],
        ["*110089+" + "BP04".rjust(16, "0"), wide("21", ".322", "10727536"),
         wide("22", ".322", "29588129"), wide("31", "..00", "25174")],
    ]  # fmt: skip
    book = read_gsi(written(tmp_path / "luoi.gsi", "\r\n".join(" ".join(r) for r in rows)))
    assert account(book) == (4, 4, 0)
    assert [(s.station, s.height) for s in book.setups] == [("BP04", 1.538), ("BP05", 1.617)]
    first, second = book.readings
    assert (first.setup, first.target, first.slope, first.code) == (1, "BP03", 29.462, "")
    assert first.horizontal == pytest.approx(169.01313 * math.pi / 200)
    assert (second.setup, second.face) == (2, 2)


def test_codes_go_to_the_point_that_follows_and_none_is_lost_silently(tmp_path):
    book = read_gsi(
        written(
            tmp_path / "ma.gsi",
            "110001+00000001 88..10+00001500 \n"
            "410002+000T100  42....+00000012 43....+00000000 49....+000000AB \n"
            "110003+00000002 21.324+06137090 31...0+00038187 \n"
            "110004+00000003 21.324+06137100 31...0+00038187 41....+00000007 42....+00000KP1 \n"
            "410005+0009904K \n410006+00000055 \n"
            "110007+00000004 21.324+06137110 31...0+00038187 \n410008+00000066 \n",
        )
    )
    assert [r.code for r in book.readings] == ["T100 12 AB", "7 KP1", "55"]
    (note,) = [n for n in book.ledger.close().notes if n["code"] == "CODES_UNUSED"]
    assert "2 mã" in note["vi"]
    assert "9904K, 66" in note["en"]
    assert account(book) == (8, 8, 0)


def test_heights_that_were_not_measured_are_dashes(tmp_path):
    book = read_gsi(
        written(
            tmp_path / "diem.gsi",
            "*110001+0000000000009001 81..10+0000000698460332 82..10+0000000173419641 "
            "83..10-0000000000000092 \n"
            "*110002+0000000000009003 81..10+0000000698434705 82..10+0000000173455362 "
            "83..10+00000000000----- \n",
        )
    )
    assert [c.height for c in book.coordinates] == [-0.092, None]
    assert account(book) == (2, 2, 0)


def test_readings_without_any_station_are_refused_with_what_is_missing(tmp_path):
    path = written(tmp_path / "s.gsi", "110002+00000001 21.324+35959550 31...0+00152081 \n")
    with pytest.raises(FieldBookRefused, match="code block 41 with 42 station"):
        read_gsi(path)


# ---- SDR -----------------------------------------------------------------------------------

FOCUS = "\n".join(
    [
        "",
        "00NMSDR33V04-01     000027-Sep-18 14:20:113121",
        "10NM180802-1        122111",
        # The serial number ends with the digit that elsewhere says "circle from the horizon".
        '01KI1Nikon FOCUS 6W 5"900722Nikon FOCUS 6W 5"90072211     0.000     0.000     0.000',
        "13NMStart of Resection",
        f"13F1{'0':>16}{'101':>16}{'11.730':<16}{'87.2786':<16}{'0.0':<16}",
        f"08KI{'101':>16}{'-6.794':<16}{'-4.347':<16}{'0.432':<16}",
        f"02KI{'202':>16}{'4.773':<16}{'-2.422':<16}{'0.044':<16}{'1.520':<16}",
        f"07KI{'202':>16}{'101':>16}{'260.55138889':<16}{'260.55138889':<16}",
        f"03NM{'0.000':<16}",
        f"09F1{'202':>16}{'11':>16}{'':<16}{'101.40277778':<16}{'289.43833333':<16}",
        f"09F1{'202':>16}{'101':>16}{'11.730':<16}{'88.10416667':<16}{'260.55055556':<16}",
        "0000",
        "",
    ]
)


def test_an_sdr_file_of_another_maker_with_names_to_the_right_and_an_end_mark(tmp_path):
    book = read_sdr33(written(tmp_path / "focus.sdr", FOCUS))
    assert account(book) == (12, 12, 0)
    (setup,) = book.setups
    assert (setup.station, setup.height, setup.backsight) == ("202", 1.52, "101")
    assert math.degrees(setup.backsight_azimuth) == pytest.approx(260.55138889)
    assert [(r.target, r.slope, r.target_height) for r in book.readings] == [
        ("11", None, 0.0), ("101", 11.73, 0.0)
    ]  # fmt: skip
    # From the zenith: were it read from the horizon the angle would be that of a well.
    assert math.degrees(book.readings[1].zenith) == pytest.approx(88.10416667)
    place = book.coordinates[0]
    assert (place.point, place.east, place.north, place.control) == ("101", -6.794, -4.347, True)


def test_an_sdr_file_in_cyrillic_keeps_its_columns(tmp_path):
    text = "\r\n".join(
        [
            "00NMSDR33  V04-04.34    04-Дек-15 09:28 111121",
            "13OOТекущий вид                                                 ",
            "01NM:SET1030R3       144203                00000031             0.00000000      ",
            f"02TP{'STLEV':>16}{'6594.36300000':<16}{'15102.10600000':<16}{'163.403':<16}{'0.9':<16}",
            f"09F1{'STLEV':>16}{'2000':>16}{'84.01500000':<16}{'122.37861111':<16}{'214.59416667':<16}",
        ]
    )
    for encoding in ("cp1251", "utf-8"):
        book = read_sdr33(written(tmp_path / "moi.sdr", text, encoding))
        assert account(book) == (5, 5, 0)
        assert book.readings[0].slope == 84.015
        assert (book.coordinates[0].east, book.coordinates[0].north) == (6594.363, 15102.106)


# ---- JobXML --------------------------------------------------------------------------------


def job(*records):
    rows = "".join(records)
    return (
        f"<JOBFile jobName='K' version='5.72'><FieldBook>{rows}</FieldBook><Reductions/></JOBFile>"
    )


def test_jobxml_control_class_held_ppm_and_readings_without_a_station_id(tmp_path):
    path = written(
        tmp_path / "k.jxl",
        job(
            "<UnitsRecord ID='1'><AngleUnits>DMSDegrees</AngleUnits></UnitsRecord>",
            "<AtmosphereRecord ID='a'><PPM>12</PPM>"
            "<ApplyPPMToRawDistances>false</ApplyPPMToRawDistances></AtmosphereRecord>",
            "<PointRecord ID='2'><Name>CP1</Name><Method>Fix</Method>"
            "<Classification>Control</Classification><Deleted>false</Deleted>"
            "<Grid><North>1348000</North><East>570000</East><Elevation/></Grid></PointRecord>",
            "<StationRecord ID='3'><StationName>CP1</StationName>"
            "<TheodoliteHeight>1.5</TheodoliteHeight><AtmosphereID>a</AtmosphereID></StationRecord>",
            "<BackBearingRecord ID='4'><Station>CP1</Station><BackSight>CP2</BackSight>"
            "</BackBearingRecord>",
            "<TargetRecord ID='5'><PrismConstant>-0.0344</PrismConstant><TargetHeight>0"
            "</TargetHeight></TargetRecord>",
            "<PointRecord ID='6'><Name>CP2</Name><Method>AngleOnly</Method><TargetID>5</TargetID>"
            "<Circle><HorizontalCircle>0</HorizontalCircle><VerticalCircle/><EDMDistance/>"
            "<Face>FaceNull</Face></Circle></PointRecord>",
            "<PointRecord ID='7'><Name>101</Name><Method>MeanTurnedAngle</Method>"
            "<Circle><HorizontalCircle>1</HorizontalCircle></Circle></PointRecord>",
        ),
    )
    book = read_jobxml(path)
    assert account(book) == (8, 8, 0)
    assert [(c.point, c.control, c.height) for c in book.coordinates] == [("CP1", True, None)]
    (reading,) = book.readings
    assert (reading.setup, reading.target, reading.zenith, reading.face) == (1, "CP2", None, 0)
    assert (reading.ppm, reading.prism_constant) == (0.0, -0.0344)


#: Figures of a job of Trimble General Survey 3.21 (a Trimble C5, schema 5.72), as the sample of
#: Total Open Station holds them; the controller computed 39.2000 m on the ground.
C5_JOB = job(
    "<PointRecord ID='27'><Name>200</Name><Method>KeyedIn</Method><Deleted>false</Deleted><Grid>"
    "<North>374339.865</North><East>4128109.803</East><Elevation>64.623</Elevation></Grid>"
    "</PointRecord>",
    "<TargetRecord ID='3f'><PrismConstant>-0.0344</PrismConstant><TargetHeight/></TargetRecord>",
    "<StationRecord ID='2b'><StationName>200</StationName><TheodoliteHeight>1.635"
    "</TheodoliteHeight><StationType>StationSetupPlus</StationType></StationRecord>",
    "<BackBearingRecord ID='2c'><StationRecordID>2b</StationRecordID><BackSight>300</BackSight>"
    "<Face1HorizontalCircle>167.4566</Face1HorizontalCircle><OrientationCorrection>0"
    "</OrientationCorrection></BackBearingRecord>",
    "<PointRecord ID='44'><Name>PQ_01</Name><Code>POINT</Code><Method>DirectReading</Method>"
    "<Deleted>false</Deleted><Circle><HorizontalCircle>223.10809082876</HorizontalCircle>"
    "<VerticalCircle>92.075260416667</VerticalCircle><EDMDistance>39.2598</EDMDistance>"
    "<Face>Face1</Face></Circle><StationID>2b</StationID><TargetID>3f</TargetID><ComputedGrid>"
    "<North>374311.24665733</North><East>4128083.0148475</East></ComputedGrid></PointRecord>",
    "<PointRecord ID='45'><Name>PQ_02</Name><Method>DistanceOffset</Method><Deleted>false</Deleted>"
    "<Circle><HorizontalCircle>1</HorizontalCircle></Circle><StationID>2b</StationID>"
    "</PointRecord>",
    "<PointRecord id='46'><Name>G1</Name><Code>RANH</Code><Method>Coordinates</Method>"
    "<SurveyMethod>Fix</SurveyMethod><Deleted>False</Deleted><ComputedGrid><North>374300.5</North>"
    "<East>4128080.25</East><Elevation>60.1</Elevation></ComputedGrid></PointRecord>",
    "<PointRecord ID='47'><Name>X</Name><Deleted>true</Deleted></PointRecord>",
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_trimble_job_gives_what_its_controller_computed(tmp_path, encoding):
    book = open_field_book(written(tmp_path / "c5.jxl", C5_JOB, encoding))
    assert account(book) == (8, 8, 0)
    (setup,) = book.setups
    assert (setup.station, setup.backsight) == ("200", "300")
    assert setup.backsight_azimuth == pytest.approx(math.radians(167.4566))
    detail, backsight = book.readings
    # The backsight was not stored as a point: what the setup was oriented by stands for it.
    assert (backsight.target, backsight.slope) == ("300", None)
    assert backsight.horizontal == pytest.approx(math.radians(167.4566))
    flat = (detail.slope + detail.prism_constant) * math.sin(detail.zenith)
    step = complex(374311.24665733 - 374339.865, 4128083.0148475 - 4128109.803)
    assert flat == pytest.approx(abs(step), abs=5e-4)
    assert detail.horizontal == pytest.approx(
        math.atan2(step.imag, step.real) % (2 * math.pi), abs=2e-6
    )
    # A satellite point has no circle: its coordinates are used, and are no control.
    assert [(c.point, c.control) for c in book.coordinates] == [("200", True), ("G1", False)]
    told = {note["code"]: note["en"] for note in book.ledger.close().notes}
    assert "DistanceOffset (1)" in told["COMPUTED_IN_FIELD"]
    assert "1" in told["DELETED_IN_FIELD"]


def test_a_backsight_that_was_read_is_not_taken_from_its_bearing_again(tmp_path):
    read = C5_JOB.replace("<Name>PQ_01</Name>", "<Name>300</Name>")
    book = open_field_book(written(tmp_path / "c5.jxl", read))
    (reading,) = book.readings
    assert (reading.target, reading.slope) == ("300", 39.2598)


def test_text_saved_as_unicode_is_read(tmp_path):
    rows = ["*110001+0000000000000A01 84..10+0000000570000000 85..10+0000001348000000"]
    book = open_field_book(written(tmp_path / "u.gsi", "\r\n".join(rows), "utf-16"))
    assert [c.point for c in book.coordinates] == ["A01"]


# ---- LandXML -------------------------------------------------------------------------------


def test_a_plan_of_survey_names_its_targets_by_other_setups_and_has_arcs(tmp_path):
    path = written(
        tmp_path / "eplan.xml",
        "<LandXML xmlns='http://www.landxml.org/schema/LandXML-1.2' version='0'><Units>"
        "<Metric linearUnit='meter' angularUnit='decimal dd.mm.ss' "
        "directionUnit='decimal dd.mm.ss'></Metric></Units><CgPoints>"
        "<CgPoint oID='1' state='existing' pntSurv='boundary' name='Q'>312.0499 274.334</CgPoint>"
        "</CgPoints><Survey><SurveyHeader name='IS1'/>"
        "<InstrumentSetup id='I-7' stationName='7' instrumentHeight='0'>"
        "<InstrumentPoint pntRef='7'/></InstrumentSetup>"
        "<InstrumentSetup id='I-70' stationName='70' instrumentHeight='0'/>"
        "<ObservationGroup id='OG-1'>"
        "<ReducedObservation setupID='I-7' targetSetupID='I-70' azimuth='302.504' "
        "horizDistance='10.81'/>"
        "<ReducedArcObservation setupID='I-70' targetSetupID='I-7' chordAzimuth='122.504' "
        "radius='20' length='11' rot='cw'/>"
        "<ReducedArcObservation setupID='I-70' targetSetupID='I-7' chordAzimuth='122.504'/>"
        "</ObservationGroup></Survey></LandXML>",
    )
    book = read_landxml(path)
    assert account(book) == (6, 5, 1)
    line, arc = book.readings
    assert (book.setups[line.setup - 1].station, line.target) == ("7", "70")
    assert math.degrees(line.horizontal) == pytest.approx(302 + 50 / 60 + 40 / 3600)
    assert (line.horizontal_distance, arc.target) == (10.81, "7")
    # The chord of an arc of 11 m on a radius of 20 m.
    assert arc.horizontal_distance == pytest.approx(40 * math.sin(11 / 40))
    assert "radius" in book.ledger.close().lines[0].reason_en


# ---- workbooks -----------------------------------------------------------------------------


def workbook(path, rows, title="Tọa độ"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_every_kind_of_list_is_read_from_a_workbook(tmp_path):
    points = workbook(tmp_path / "diem.xlsx", [
        ["BẢNG TỌA ĐỘ"], [], ["Điểm", "X (m)", "Y (m)", "Thửa"],
        [1, 1348000.25, 570000.5, "12/3"], ["M2", "1348020,25", "570000,50", "12/3"],
    ])  # fmt: skip
    table = read_text_table(points, largest_bytes=10**6)
    assert table.header == ("diem", "xm", "ym", "thua")
    assert table.lines == (4, 5)
    assert table.rows[1][:3] == ("M2", "1348020,25", "570000,50")
    book = open_field_book(workbook(tmp_path / "so.xlsx", [
        ["Trạm", "Điểm", "Góc bằng", "Góc thiên đỉnh", "Cạnh nghiêng", "Cao máy", "Cao gương"],
        ["DC-1", "DC-2", "0-00-00", "90-00-00", 120.005, 1.5, 1.6],
    ]))  # fmt: skip
    assert (book.readings[0].slope, book.setups[0].height, book.readings[0].line) == (
        120.005,
        1.5,
        2,
    )
    fixes = read_satellite_list(workbook(tmp_path / "rtk.xlsx", [
        ["Point", "Latitude", "Longitude", "Fix", "HRMS"], ["P1", 12.2001, 108.9002, "FIXED", 0.012],
    ]))  # fmt: skip
    assert fixes.positions[0].latitude == 12.2001
    steps = read_sequences(workbook(tmp_path / "noi.xlsx", [["12", 1, 2, "(3)", 4]]))
    assert [s.point for s in steps] == ["1", "2", "3", "4"]
    assert [s.bend for s in steps] == [False, False, True, False]


def test_workbooks_that_are_not_one_table_are_refused_and_named(tmp_path, monkeypatch):
    two = openpyxl.Workbook()
    two.active.append(["a", "b"])
    two.create_sheet("Ghi chú").append(["x", "y"])
    two.save(tmp_path / "hai.xlsx")
    openpyxl.Workbook().save(tmp_path / "rong.xlsx")
    (tmp_path / "gia.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (tmp_path / "chu.xlsx").write_text("diem;X;Y", encoding="utf-8")
    for name, told in (("hai", "Ghi chú"), ("rong", "-"), ("gia", "XLSX"), ("chu", "XLSX")):
        with pytest.raises(WorkbookRefused) as refused:
            workbook_lines(tmp_path / f"{name}.xlsx")
        assert f"{name}.xlsx" in refused.value.message("vi")
        assert told in refused.value.message("en")
    monkeypatch.setattr("cadastre.formats.workbook_lines.MOST_BYTES", 100)
    big = workbook(tmp_path / "to.xlsx", [["a", "b"]])
    with pytest.raises(WorkbookRefused, match="too large"):
        workbook_lines(big)

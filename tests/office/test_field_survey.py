"""A field book with its control and its table of parcels, through the verb into the register."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sqlalchemy import text

from cadastre.formats.field_book_csv import write_field_book_csv
from cadastre.formats.gsi import write_gsi
from cadastre.jobs import run_job
from cadastre.office.import_sheets import import_sheets
from cadastre.office.load_control import load_control
from cadastre.office.merge_commune import merge_commune
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.office.start_job import Upload, start_job
from cadastre.store.jobs import read_job
from tests.office.conftest import lots, write_sheet
from tests.survey import field_scene as scene

COMMUNE = "22609"


@pytest.fixture
def mapped(desk, tmp_path):
    """A sheet whose lots stand beside the surveyed ones."""
    sheet = write_sheet(
        tmp_path / "tt.gpkg",
        lots(5, east=scene.E0 + 150, north=scene.N0 + 35, size=18.0),
        scale=500,
        land_use="ODT",
    )
    import_sheets(desk, commune=COMMUNE, path=sheet, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    return desk


def field_files(tmp_path, write=write_gsi, name="so_do.gsi", **setting):
    book = scene.book(tmp_path / "scene", scene.Scene(**setting))
    return {
        "path": write(book, tmp_path / name),
        "control": scene.write_control(tmp_path / "khong_che.csv"),
        "sequences": scene.write_sequences(tmp_path / "noi_diem.csv"),
    }


def rows(desk, statement, **values):
    with desk.engine.connect() as connection:
        return connection.execute(text(statement), values).mappings().all()


def test_a_field_book_is_stored_with_covariances_residuals_and_corrections(mapped, tmp_path):
    files = field_files(tmp_path, rng=np.random.default_rng(11))
    done = record_survey(mapped, commune=COMMUNE, label="Đo lô 12", **files)
    assert (done.measured, done.unchanged, done.observations) == (3, False, 54)
    assert done.report["beside"]["control"]["file"] == "khong_che.csv"
    assert done.report["network"]["traverses"][0]["passed"] is True
    key = {"s": done.survey_uid}
    points = rows(mapped, "SELECT * FROM cadastre.survey_point WHERE survey_uid = :s", **key)
    assert {p["role"] for p in points} == {"control", "station", "detail"}
    assert all(p["var_east"] > 0 and p["cov_en"] is not None for p in points)
    seen = rows(mapped, "SELECT * FROM cadastre.survey_observation WHERE survey_uid = :s", **key)
    assert len(seen) == 54
    distance = next(o for o in seen if o["kind"] == "distance" and o["target"] == "T2")
    corrected = distance["read"] + sum(distance["corrections"].values())
    assert corrected == pytest.approx(distance["observed"], abs=1e-6)
    assert distance["observed"] + distance["residual"] == pytest.approx(distance["adjusted"])
    corners = rows(
        mapped,
        "SELECT c.* FROM cadastre.measured_corner c JOIN cadastre.measured_parcel m "
        "USING (commune, measured_uid) WHERE m.survey_uid = :s AND m.label = '12'",
        **key,
    )
    assert sorted(c["point"] for c in corners) == ["1", "2", "3", "4"]
    kept = rows(mapped, "SELECT name, sha256 FROM cadastre.source WHERE kind = 'survey'")
    assert {row["name"] for row in kept} == {"so_do.gsi", "khong_che.csv", "noi_diem.csv"}
    assert all(mapped.evidence.path(row["sha256"]).is_file() for row in kept)
    outcome = reconcile_commune(mapped, commune=COMMUNE)
    assert outcome.measured == 3


def test_registered_control_serves_a_book_without_a_list(mapped, tmp_path):
    files = field_files(tmp_path)
    load_control(mapped, commune=COMMUNE, path=files.pop("control"))
    done = record_survey(mapped, commune=COMMUNE, label="Không danh sách", **files)
    told = [note["vi"] for note in done.report["notes"] if note["code"] == "CONTROL"]
    assert told == ["4 điểm khống chế trong sổ của xã: A, B, C, D."]
    assert done.measured == 3


def test_lists_sent_beside_a_book_reach_the_verb_through_the_job(mapped, tmp_path):
    files = field_files(tmp_path)
    uploads = [
        Upload(path.name, path.read_bytes(), role="" if role == "path" else role)
        for role, path in files.items()
    ]
    job = start_job(
        mapped, commune=COMMUNE, kind="record_survey", files=uploads, arguments={"label": "Việc"}
    )
    run_job(mapped.engine, mapped.home, job)
    done = read_job(mapped.engine, job)
    assert done.status == "done", done.problem
    (told,) = done.result["results"]
    assert (told["measured"], told["file"]) == (3, "so_do.gsi")
    assert set(told["report"]["beside"]) == {"control", "sequences"}


def test_the_same_book_with_another_control_list_is_a_new_version(mapped, tmp_path):
    files = field_files(tmp_path)
    first = record_survey(mapped, commune=COMMUNE, label="Đợt", **files)
    again = record_survey(mapped, commune=COMMUNE, label="Đợt", **files)
    assert (again.unchanged, again.version) == (True, 1)
    scene.write_control(tmp_path / "khong_che.csv", "ABC")
    changed = record_survey(mapped, commune=COMMUNE, label="Đợt", **files)
    assert (changed.unchanged, changed.version) == (False, 2)
    assert first.survey_uid != changed.survey_uid


def test_a_survey_far_from_the_map_is_told_before_it_is_stored(desk, tmp_path):
    sheet = write_sheet(
        tmp_path / "xa.gpkg", lots(5, east=scene.E0 + 2000, north=scene.N0 + 2000),
        scale=500, land_use="ODT",
    )  # fmt: skip
    import_sheets(desk, commune=COMMUNE, path=sheet, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    done = record_survey(desk, commune=COMMUNE, label="Xa", **field_files(tmp_path))
    failed = [c for c in done.report["checks"] if not c["passed"]]
    assert {c["check"] for c in failed} == {"FAR_FROM_MAP"}
    assert done.failed_checks == 3


def test_a_blunder_becomes_a_mismatch_that_names_the_line(mapped, tmp_path):
    files = field_files(
        tmp_path, write_field_book_csv, "so_do.csv",
        rng=np.random.default_rng(3), blunders={("T2", "C"): 0.25},
    )  # fmt: skip
    done = record_survey(mapped, commune=COMMUNE, label="Đo hỏng", **files)
    flags = rows(
        mapped, "SELECT code, message_vi FROM cadastre.mismatch WHERE survey_uid = :s",
        s=done.survey_uid,
    )  # fmt: skip
    told = [f["message_vi"] for f in flags if f["code"] == "OUTLIER"]
    # Both ways of the line disagree; which of them is wrong the network may not tell.
    assert any("T2" in message and "C" in message and "dòng" in message for message in told)
    # Measured again without the blunder: a new version, and what it found is closed.
    files = field_files(tmp_path, write_field_book_csv, "so_do.csv", rng=np.random.default_rng(3))
    mended = record_survey(mapped, commune=COMMUNE, label="Đo hỏng", **files)
    assert mended.version == 2
    still = rows(
        mapped,
        "SELECT code FROM cadastre.mismatch WHERE moment = 'survey' AND status = 'open' "
        "AND survey_uid = ANY (CAST(:s AS uuid[]))",
        s=[done.survey_uid, mended.survey_uid],
    )
    assert not still


def test_survey_adjust_prints_the_whole_reading(tmp_path):
    from typer.testing import CliRunner

    from cadastre.cli import app

    files = field_files(tmp_path)
    asked = ["survey", "adjust", str(files["path"]), "--control", str(files["control"]),
             "--parcels", str(files["sequences"]), "--crs", "9217", "--json"]  # fmt: skip
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [p["label"] for p in told["parcels"]] == ["12", "13", "14"]
    assert told["network"]["traverses"][0]["stations"] == ["A", "T1", "T2", "C"]
    assert {o["kind"] for o in told["observations"]} == {"direction", "distance", "dh"}
    assert told["points"][0]["semi_major"] > 0


def words(pdf):
    import io

    from pypdf import PdfReader

    return " ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_network_is_drawn_and_its_adjustment_printed(mapped, tmp_path):
    from dataclasses import replace

    from cadastre.office.survey_report import adjustment_pdf, network_drawing
    from cadastre.store.actor import Actor

    files = field_files(tmp_path, rng=np.random.default_rng(11))
    done = record_survey(mapped, commune=COMMUNE, label="Đo lô 12", **files)
    reader = replace(mapped, actor=Actor("hai", "surveyor", (COMMUNE,)))
    drawn = network_drawing(reader, survey_uid=done.survey_uid, language="en")
    points = rows(
        mapped,
        "SELECT role, var_east FROM cadastre.survey_point WHERE survey_uid = :s",
        s=done.survey_uid,
    )
    assert drawn.count("<ellipse") == sum(p["var_east"] > 0 for p in points)
    assert "error ellipses enlarged" in drawn
    assert drawn.count('Z" fill="#ffffff" stroke="#1a1a1a" stroke-width="0.35"') == sum(
        p["role"] == "control" for p in points
    )
    said = words(adjustment_pdf(reader, survey_uid=done.survey_uid))
    network = done.report["network"]
    sigma0 = f"{network['plane']['sigma0']:.3f}".replace(".", ",")
    for expected in ("BÁO CÁO BÌNH SAI LƯỚI ĐO", sigma0, "T2", "Đạt", "so_do.gsi"):
        assert expected in said, expected
    assert done.report["sha256"] in said.replace(" ", "")


def test_a_survey_of_points_alone_has_no_adjustment_to_print(desk, tmp_path):
    from dataclasses import replace

    from cadastre.office.survey_report import SurveyNetworkMissing, adjustment_pdf
    from cadastre.store.actor import Actor

    listed = tmp_path / "diem.csv"
    listed.write_text(
        "thua,diem,X,Y\n"
        + "".join(
            f"1,{n},{1345000 + dn:.3f},{570000 + de:.3f}\n"
            for n, (de, dn) in enumerate([(0, 0), (0, 20), (12, 20), (12, 0)], start=1)
        ),
        encoding="utf-8",
    )
    done = record_survey(desk, commune=COMMUNE, path=listed, label="Điểm", crs=9217)
    reader = replace(desk, actor=Actor("hai", "surveyor", (COMMUNE,)))
    with pytest.raises(SurveyNetworkMissing):
        adjustment_pdf(reader, survey_uid=done.survey_uid)

"""A survey from file to papers by ``cadastre survey`` alone, into a real PostGIS."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pypdf import PdfReader
from typer.testing import CliRunner

from cadastre.cli import app
from cadastre.formats.accounting import content_hash
from cadastre.formats.gsi import write_gsi
from tests.office.conftest import lots, write_sheet
from tests.survey import field_scene as scene
from tests.survey import textbook_networks as textbooks

COMMUNE = "22609"


@pytest.fixture
def command(commune_database, commands):
    """Run a command; return what it printed as JSON, or what it said when it refused."""
    ran = commands(commune_database)

    def run(*arguments, code=0):
        answer = ran(*arguments, "--json")
        assert answer.code == code, answer.out + answer.err
        return answer.refusal if answer.refusal is not None else json.loads(answer.out)

    return run


def field_files(tmp_path, **setting):
    book = scene.book(tmp_path / "scene", scene.Scene(**setting))
    return (
        write_gsi(book, tmp_path / "so_do.gsi"),
        "--control", scene.write_control(tmp_path / "khong_che.csv"),
        "--parcels", scene.write_sequences(tmp_path / "noi_diem.csv"),
    )  # fmt: skip


def words(path):
    pages = PdfReader(BytesIO(Path(path).read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def mapped(command, tmp_path):
    """A sheet whose lots stand where the scene's are measured, merged into the map."""
    shapes = lots(5, east=scene.E0 + 150, north=scene.N0 + 60, size=18.0)
    sheet = write_sheet(tmp_path / "tt.gpkg", shapes, scale=500, land_use="ODT")
    command("import", sheet, "-c", COMMUNE, "--former", COMMUNE, "--crs", 9217)
    command("merge", "-c", COMMUNE)


def test_a_surveyor_needs_no_web(command, mapped, tmp_path):
    files = field_files(tmp_path, rng=np.random.default_rng(11))
    added = command(
        "survey", "add", *files, "-c", COMMUNE, "--label", "Lô 12", "--surveyed-on", "2026-08-03"
    )
    assert (added["measured"], added["version"], added["observations"]) == (3, 1, 54)
    (listed,) = command("survey", "list", "-c", COMMUNE)
    assert (listed["label"], listed["measured"]) == ("Lô 12", 3)
    uid = listed["survey_uid"]
    shown = command("survey", "show", uid, "-c", COMMUNE)
    sha256 = content_hash(files[0])
    assert shown["sha256"] == sha256
    assert {one["properties"]["source_sha256"] for one in shown["measured"]["features"]} == {sha256}
    assert (len(shown["points"]), len(shown["observations"])) == (15, 54)
    assert shown["report"]["checks"]
    assert all(one["vi"] and one["en"] for one in shown["report"]["checks"])
    corrected = next(one for one in shown["observations"] if one["kind"] == "distance")
    assert set(corrected["corrections"]) >= {"to_horizontal_m", "to_ellipsoid_m", "to_grid_m"}

    command("reconcile", "-c", COMMUNE)
    assert command("reconcile", "-c", COMMUNE, "--survey", uid)["measured"] == 3
    written = command("survey", "papers", uid, "-c", COMMUNE, "--to", tmp_path / "giay")
    files_of = {(one["kind"], one["subject"]): one["file"] for one in written}
    assert len(written) == 2 + 3 * 3
    assert "<ellipse" in Path(files_of["network", "Lô 12"]).read_text(encoding="utf-8")
    report = words(files_of["adjustment", "Lô 12"])
    assert "BÁO CÁO BÌNH SAI LƯỚI ĐO" in report
    assert sha256 in report.replace(" ", "")
    for kind, title in (
        ("measured_state", "PHIẾU XÁC NHẬN KẾT QUẢ ĐO ĐẠC HIỆN TRẠNG THỬA ĐẤT"),
        ("boundary_description", "BẢN MÔ TẢ RANH GIỚI, MỐC GIỚI THỬA ĐẤT"),
        ("survey_plan", "MẢNH TRÍCH ĐO BẢN ĐỒ ĐỊA CHÍNH"),
    ):
        said = words(files_of[kind, "12"])
        assert title in said
        assert sha256[:16] in said.replace(" ", "")


def test_papers_that_cannot_be_written_are_named_and_the_others_are(
    command, commands, commune_database, tmp_path
):
    plain = commands(commune_database)
    added = plain("survey", "add", *field_files(tmp_path), "-c", COMMUNE, "--label", "Chưa so")
    (listed,) = command("survey", "list", "-c", COMMUNE)
    next_step = f"cadastre reconcile -c {COMMUNE} --survey {listed['survey_uid']}"
    assert next_step in added.out, added.out + added.err
    written = command(
        "survey", "papers", listed["survey_uid"], "-c", COMMUNE, "--to", tmp_path / "giay"
    )
    done = {one["kind"] for one in written if one["file"]}
    assert done == {"adjustment", "network"}
    without = [one for one in written if one["file"] is None]
    assert len(without) == 9
    assert all("so sánh" in one["vi"] and "compare" in one["en"] for one in without)


def test_a_mended_file_is_the_next_version(command, tmp_path):
    blunder = {"rng": np.random.default_rng(3), "blunders": {("T2", "C"): 0.25}}
    first = command("survey", "add", *field_files(tmp_path, **blunder), "-c", COMMUNE,
                    "--label", "Đo hỏng")  # fmt: skip
    again = command("survey", "add", *field_files(tmp_path, rng=np.random.default_rng(3)),
                    "-c", COMMUNE, "--label", "Đo hỏng")  # fmt: skip
    assert (first["version"], again["version"], first["mismatches"] > 0) == (1, 2, True)
    shown = command("survey", "show", again["survey_uid"], "-c", COMMUNE)
    assert [one["version"] for one in shown["versions"]] == [2, 1]
    replaced = command("survey", "show", first["survey_uid"], "-c", COMMUNE)
    assert replaced["replaced_at"] is not None


def test_a_reading_that_nothing_stores_is_printed_and_drawn(tmp_path):
    files = [str(one) for one in field_files(tmp_path)]
    report, drawing = tmp_path / "bao_cao.pdf", tmp_path / "so_do.svg"
    asked = ["survey", "adjust", *files, "--crs", "9217",
             "--report", str(report), "--drawing", str(drawing)]  # fmt: skip
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "T1" in done.stdout
    assert "Đạt" in words(report)
    assert "<ellipse" in drawing.read_text(encoding="utf-8")


def test_a_network_file_in_its_own_system_has_its_report_too(tmp_path):
    path = textbooks.NIEMEIER.write(tmp_path / "luoi.gkf")
    report, drawing = tmp_path / "bao_cao.pdf", tmp_path / "so_do.svg"
    asked = ["survey", "adjust", str(path), "--report", str(report), "--drawing", str(drawing)]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    said = words(report)
    sigma0 = f"{json.loads(done.stdout)['sigma0']:.3f}".replace(".", ",")
    assert sigma0 in said
    assert content_hash(path) in said.replace(" ", "")
    assert "<ellipse" in drawing.read_text(encoding="utf-8")


def test_control_outside_the_commune_goes_in_by_what_the_message_says(command, tmp_path):
    outline = tmp_path / "ranh.gpkg"
    away = shapely.box(scene.E0 - 900, scene.N0 + 700, scene.E0 - 800, scene.N0 + 800)
    gpd.GeoDataFrame(geometry=[away], crs=9217).to_file(outline)
    command("communes", "load", "-c", COMMUNE, outline)
    files = field_files(tmp_path)
    refused = command("survey", "add", *files, "-c", COMMUNE, code=1)
    assert "crs" in refused.message("vi")
    assert "axes" in refused.message("en")
    for stated in (["--crs", 9217], ["--crs", 9217, "--axes", "ne"]):
        done = command("survey", "add", *files, "-c", COMMUNE, *stated)
        assert done["measured"] == 3
    wrong = command("survey", "add", *files, "-c", COMMUNE, "--crs", 9217, "--axes", "en", code=1)
    assert "đổi thứ tự cột" in wrong.message("vi")

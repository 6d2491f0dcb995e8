"""A field book becomes adjusted points and parcels; every correction and fault is visible."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely

from cadastre import crs
from cadastre.formats.field_book_csv import write_field_book_csv
from cadastre.formats.gsi import write_gsi
from cadastre.formats.jobxml import write_jobxml
from cadastre.formats.landxml import write_landxml
from cadastre.formats.sdr33 import write_sdr33
from cadastre.survey import read_survey
from cadastre.survey.field_network import ControlTooLittle
from tests.survey import field_scene as scene

OUTLINE = crs.to_wgs84([shapely.box(563_000, 1_337_000, 578_000, 1_359_000)], 9217)[0]
WRITERS = {
    "so_do.csv": write_field_book_csv,
    "so_do.gsi": write_gsi,
    "so_do.sdr": write_sdr33,
    "so_do.jxl": write_jobxml,
    "so_do.xml": write_landxml,
}


def surveyed(tmp_path, name="so_do.csv", setting=None, control="ABCD", **more):
    book = scene.book(tmp_path / "scene", setting)
    path = WRITERS[name](book, tmp_path / name)
    return read_survey(
        path,
        outline=OUTLINE,
        srid=scene.SRID,
        control=scene.write_control(tmp_path / "khong_che.csv", control),
        sequences=scene.write_sequences(tmp_path / "noi_diem.csv"),
        **more,
    )


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_land_back_to_the_tenth_of_a_millimetre(tmp_path, name):
    found = surveyed(tmp_path, name)
    truth = scene.everything()
    points = found.points.set_index("point")
    for point in scene.CORNERS:
        assert points.loc[point, "east"] == pytest.approx(truth[point][0], abs=2e-4)
        assert points.loc[point, "north"] == pytest.approx(truth[point][1], abs=2e-4)
        assert points.loc[point, "height"] == pytest.approx(truth[point][2], abs=5e-4)
    assert sorted(found.measured["label"]) == ["12", "13", "14"]
    assert found.measured.set_index("label").area["12"] == pytest.approx(450.0, abs=0.02)
    assert found.report.refused == 0
    assert found.mismatches.empty


def test_traverse_closes_and_each_correction_is_told(tmp_path):
    found = surveyed(tmp_path)
    (traverse,) = found.network.traverses
    assert traverse.stations == ("A", "T1", "T2", "C")
    assert abs(traverse.angular) < math.radians(0.1 / 3600)
    assert traverse.linear < 3e-4
    row = found.network.corrections.set_index(["station", "target"]).loc[("T1", "T2")]
    parts = ["slope_m", "prism_m", "atmosphere_m", "to_horizontal_m", "to_ellipsoid_m", "to_grid_m"]
    assert sum(row[part] for part in parts) == pytest.approx(row["distance_m"], abs=1e-9)
    assert row["to_ellipsoid_m"] == pytest.approx(-row["distance_m"] * 23.0 / 6.36e6, rel=0.05)
    assert row["to_grid_m"] == pytest.approx(row["distance_m"] * -3.9e-5, rel=0.05)
    # Face one reads the collimation too much, face two too little.
    assert np.degrees(row["collimation"]) * 3600 == pytest.approx(-8.0, abs=0.01)
    assert np.degrees(row["index_error"]) * 3600 == pytest.approx(5.0, abs=0.01)
    observed = found.observations
    assert set(observed["kind"]) == {"direction", "distance", "dh"}
    assert "to_grid_m" in observed[observed["kind"] == "distance"]["corrections"].iloc[0]
    sight = observed[(observed["station"] == "T1") & (observed["target"] == "T2")]
    made = sight.set_index("kind")["corrections"]
    assert made["direction"]["faces"] == 2
    parts = ["sight_m", "curvature_m", "instrument_m", "target_m"]
    up = sight.set_index("kind").loc["dh", "observed"]
    assert sum(made["dh"][part] for part in parts) == pytest.approx(up, abs=1e-9)
    assert (made["dh"]["instrument_m"], made["dh"]["target_m"]) == (1.52, -1.6)
    assert made["dh"]["curvature_m"] == pytest.approx(0.87 * 153**2 / (2 * 6.36e6), rel=0.02)


def test_a_corner_carries_its_covariance_into_its_parcel(tmp_path):
    found = surveyed(tmp_path, setting=scene.Scene(rng=np.random.default_rng(7)))
    corners = found.corners
    assert corners.groupby("label").size().to_dict() == {"12": 4, "13": 4, "14": 5}
    for label, group in corners.groupby("label"):
        spread = math.sqrt(float((group["var_east"] + group["var_north"]).mean()) / 2)
        parcel = found.measured.set_index("label").loc[label]
        assert parcel["sigma_m"] == pytest.approx(spread)
        assert 0.002 < parcel["sigma_m"] < 0.02
    # A shared corner is one point for both parcels, and no better for being named twice.
    shared = corners[corners["point"] == "4"]
    assert len(shared) == 2
    assert shared["east"].nunique() == 1
    own = found.points.set_index("point").loc["4"]
    assert shared["var_east"].iloc[0] == pytest.approx(own["var_east"], rel=1e-6)


def test_curved_fronts_are_stroked_to_the_scale_of_the_map(tmp_path):
    coarse = surveyed(tmp_path, scale=2000).measured.set_index("label").geometry["14"]
    fine = surveyed(tmp_path, scale=200).measured.set_index("label").geometry["14"]
    assert shapely.get_num_coordinates(fine) > shapely.get_num_coordinates(coarse)
    corner = scene.grid(scene.CORNERS["9"])
    assert shapely.distance(fine.boundary, shapely.Point(*corner[:2])) < 1e-3
    # The chord leaves the arc by no more than 0.2 mm at 1:200, that is 4 cm.
    assert shapely.hausdorff_distance(fine, coarse) < 0.2e-3 * 2000


@pytest.mark.parametrize("target", ["C", "T1"])
def test_a_planted_blunder_is_the_observation_switched_off_and_named(tmp_path, target):
    setting = scene.Scene(rng=np.random.default_rng(3), blunders={("T2", target): 0.20})
    found = surveyed(tmp_path, setting=setting)
    outliers = found.mismatches[found.mismatches["code"] == "OUTLIER"]
    assert len(outliers) >= 1
    off = found.observations[~found.observations["used"]]
    assert ("distance", "T2", target) in set(
        zip(off["kind"], off["station"], off["target"], strict=True)
    )
    assert off["residual"].notna().all() or off["note"].str.len().gt(0).all()


def test_a_wrong_control_point_is_named_and_the_measurements_are_cleared(tmp_path):
    book = scene.book(tmp_path / "scene", scene.Scene(rng=np.random.default_rng(5)))
    path = write_field_book_csv(book, tmp_path / "so_do.csv")
    control = scene.write_control(tmp_path / "khong_che.csv")
    text = control.read_text(encoding="utf-8")
    east = scene.grid(scene.CONTROL["C"])[0]
    control.write_text(text.replace(f"{east:.4f}", f"{east + 0.3:.4f}"), encoding="utf-8")
    found = read_survey(path, outline=OUTLINE, srid=scene.SRID, control=control)
    codes = found.mismatches["code"].tolist()
    assert "MISCLOSURE" in codes
    told = found.mismatches.set_index("code").loc[["MISCLOSURE"]]
    assert any("A-T1-T2-C" in text for text in told["message_en"])
    assert found.network.twice.control_fits is False
    assert found.network.twice.measurements.statistics.passed


def test_corners_drawn_by_codes_become_the_same_parcels(tmp_path):
    book = scene.book(tmp_path / "scene")
    codes = {"1": "RT1.B", "2": "RT1", "3": "RT1 RT2.B RT3.B", "4": "RT1.C RT2.E", "5": "RT3",
             "6": "RT3", "7": "", "8": "", "9": ""}  # fmt: skip
    readings = [replace(r, code=codes.get(r.target, "")) for r in book.readings]
    # Line 3 goes back to the corner that was measured first.
    back = next(r for r in readings if r.target == "4" and r.face == 1)
    last = max(i for i, r in enumerate(readings) if r.setup == 2)
    closing = replace(back, code="RT3.E", face=1, line=9999)
    readings.insert(last + 1, closing)
    coded = replace(book, readings=tuple(readings))
    path = write_field_book_csv(coded, tmp_path / "so_do.csv")
    found = read_survey(
        path, outline=OUTLINE, srid=scene.SRID,
        control=scene.write_control(tmp_path / "khong_che.csv"),
    )  # fmt: skip
    assert len(found.measured) == 2
    assert found.measured.area.to_list() == pytest.approx([450.0, 450.0], abs=0.05)
    assert any(note["code"] == "LABEL_MISSING" for note in found.report.notes)


def test_one_control_point_is_not_enough_and_is_named(tmp_path):
    with pytest.raises(ControlTooLittle, match="A"):
        surveyed(tmp_path, control="A")


def test_a_parcel_with_a_point_nobody_measured_is_told_and_left_out(tmp_path):
    book = scene.book(tmp_path / "scene")
    sequences = tmp_path / "noi_diem.csv"
    sequences.write_text("12: 1, 2, 3, 4\n15: 1, 2, 99", encoding="utf-8")
    found = read_survey(
        write_gsi(book, tmp_path / "so_do.gsi"), outline=OUTLINE, srid=scene.SRID,
        control=scene.write_control(tmp_path / "khong_che.csv"), sequences=sequences,
    )  # fmt: skip
    assert found.measured["label"].tolist() == ["12"]
    (note,) = [n for n in found.report.notes if n["code"] == "PARCEL_REFUSED"]
    assert "99" in note["vi"]
    assert "99" in note["en"]


def spoilt(path, point, column, text):
    """The field book with one cell of every row of a point replaced."""
    rows = [row.split(";") for row in path.read_text(encoding="utf-8").splitlines()]
    for row in rows[1:]:
        if row[2] == point:
            row[column] = text
    path.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    return path


def test_a_parcel_is_not_formed_without_a_corner_whose_row_was_refused(tmp_path):
    book = scene.book(tmp_path / "scene")
    readings = [replace(r, label="12" if r.target in "1234" else "") for r in book.readings]
    path = write_field_book_csv(replace(book, readings=tuple(readings)), tmp_path / "so_do.csv")
    settings = {"outline": OUTLINE, "srid": scene.SRID,
                "control": scene.write_control(tmp_path / "khong_che.csv")}  # fmt: skip
    assert read_survey(path, **settings).measured["label"].tolist() == ["12"]
    found = read_survey(spoilt(path, "3", 3, "mờ"), **settings)
    assert found.measured.empty
    assert found.report.refused > 0
    told = [note for note in found.report.notes if note["code"] == "PARCEL_REFUSED"]
    assert "điểm 3" in told[0]["vi"]


def test_lines_by_codes_are_not_drawn_past_a_refused_point(tmp_path):
    book = scene.book(tmp_path / "scene")
    codes = {"1": "RT1.B", "2": "RT1", "3": "RT1", "4": "RT1.C"}
    readings = [
        replace(r, code=codes.get(r.target, "") if r.face == 1 else "") for r in book.readings
    ]
    path = write_field_book_csv(replace(book, readings=tuple(readings)), tmp_path / "so_do.csv")
    settings = {"outline": OUTLINE, "srid": scene.SRID,
                "control": scene.write_control(tmp_path / "khong_che.csv")}  # fmt: skip
    assert len(read_survey(path, **settings).measured) == 1
    found = read_survey(spoilt(path, "3", 5, "-1"), **settings)
    assert found.measured.empty
    assert any(note["code"] == "LINES_INCOMPLETE" for note in found.report.notes)

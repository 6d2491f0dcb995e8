"""Planted faults measure what expected.json says, recomputed from the written files."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely

from cadastre.regulation import load
from cadastre.regulation.land_use import is_farmland
from sample_data.measuring import area_sigma
from tests.sample.written import Parcel, measured_of, number_of, parcels_of, ring_of

BANDS = (0.7, 1.3, 2.0, 5.0)
GRADED = ("CORNER", "OVERLAP_MAP", "AREA", "EDGE_GAP", "EDGE_OVERLAP", "PRINTED_AREA")
UNGRADED = ("SPLIT", "MERGED", "UNMAPPED", "DUPLICATE_LAND", "DUPLICATE_NUMBER", "ENCLAVE",
            "GEOMETRY", "LABEL_MISSING", "PURPOSE_SUM", "RECORD_WITHOUT_PARCEL",
            "PARCEL_WITHOUT_RECORD", "SHEET_SHIFT", "CRS_ZONE")  # fmt: skip
SIGMA = {"csv": 0.025, "gpkg": 0.020}


@pytest.fixture(scope="module")
def parcels(sample: Path, manifest: dict[str, Any]) -> dict[Any, Parcel]:
    return parcels_of(sample, manifest)


@pytest.fixture(scope="module")
def measured(sample: Path) -> dict[str, Any]:
    return measured_of(sample)


def planted(expected: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [f for f in expected["faults"] if f["code"] == code]


@pytest.mark.parametrize(("code", "band"), list(itertools.product(GRADED, BANDS)))
def test_every_graded_fault_is_planted_in_every_band(
    expected: dict[str, Any], code: str, band: float
) -> None:
    rows = [f for f in planted(expected, code) if f["band"] == band]
    assert len(rows) >= 2
    for fault in rows:
        slack = 0.06 / fault["limit"] if fault["unit"] == "m2" else 1e-3
        if code == "PRINTED_AREA":
            slack *= 2
        assert fault["measured"] / fault["limit"] == pytest.approx(band, abs=slack)


@pytest.mark.parametrize("code", UNGRADED)
def test_every_other_fault_is_planted(expected: dict[str, Any], code: str) -> None:
    assert planted(expected, code)


def test_a_moved_corner_lies_as_far_off_as_it_says(
    expected: dict[str, Any], parcels: dict[Any, Parcel], measured: dict[str, Any]
) -> None:
    for fault in planted(expected, "CORNER"):
        mapped = ring_of(parcels[number_of(fault)].geometry)
        ring = ring_of(measured[fault["survey_label"]])
        moved = ring[np.hypot(*(ring - fault["where"]).T) < 0.002]
        assert len(moved) == 1
        near = np.hypot(*(mapped - moved[0]).T).min()
        assert near == pytest.approx(fault["measured"], abs=0.003)


def test_the_limit_of_a_corner_is_the_map_limit_widened_by_the_survey(
    expected: dict[str, Any], sample: Path, parcels: dict[Any, Parcel]
) -> None:
    accuracy = load().accuracy
    listed = (sample / "do_dac_2026_1.csv").read_text(encoding="utf-8")
    for fault in planted(expected, "CORNER") + planted(expected, "OVERLAP_MAP"):
        inside = f";{fault['survey_label']};" in listed
        wide = is_farmland([parcels[number_of(fault)].land_use])[0]
        limit = accuracy.position_limit(fault["scale"], wide)
        allowed = np.hypot(limit, accuracy.sigma_factor * SIGMA["csv" if inside else "gpkg"])
        assert fault["limit"] == pytest.approx(float(allowed), abs=1e-9)


def test_what_is_built_over_reaches_as_deep_as_it_says(
    expected: dict[str, Any], parcels: dict[Any, Parcel], measured: dict[str, Any]
) -> None:
    for fault in planted(expected, "OVERLAP_MAP"):
        own, other = parcels[number_of(fault)], parcels[number_of(fault["other"])]
        ring = shapely.points(ring_of(measured[fault["survey_label"]]))
        depth = shapely.distance(ring, own.geometry)
        over = shapely.intersection(measured[fault["survey_label"]], other.geometry)
        assert depth.max() == pytest.approx(fault["measured"], abs=0.004)
        assert over.area > 0.5 * fault["measured"] * 4.0


def test_a_registered_area_is_off_by_what_it_says(
    expected: dict[str, Any], sample: Path, measured: dict[str, Any]
) -> None:
    register = _register(sample)
    accuracy = load().accuracy
    for fault in planted(expected, "AREA"):
        outline = measured[fault["survey_label"]]
        off = abs(register[number_of(fault)] - outline.area)
        assert off == pytest.approx(fault["measured"], abs=0.06)
        sigmas = [area_sigma(ring_of(outline), s) for s in SIGMA.values()]
        limit = accuracy.area_limit(fault["scale"], outline.area)
        allowed = [float(accuracy.allowed(limit, s)) for s in sigmas]
        assert min(abs(fault["limit"] - a) for a in allowed) < 0.02


def _register(sample: Path) -> dict[Any, float]:
    book = openpyxl.load_workbook(sample / "so_muc_ke.xlsx", read_only=True)
    rows = list(book.active.iter_rows(min_row=4, values_only=True))
    book.close()
    return {(r[1], int(r[4].split("/")[1]), str(r[2]), str(r[3])): float(r[5]) for r in rows}


@pytest.mark.parametrize("code", ["EDGE_GAP", "EDGE_OVERLAP"])
def test_an_edge_fault_is_as_wide_as_it_says(
    expected: dict[str, Any], parcels: dict[Any, Parcel], code: str
) -> None:
    for fault in planted(expected, code):
        one = parcels[number_of(fault)].geometry
        other = parcels[number_of(fault["other"])].geometry
        over = shapely.intersection(one, other)
        at = shapely.Point(fault["where"])
        if code == "EDGE_OVERLAP":
            depth = shapely.distance(at, other.exterior)
            assert over.area > fault["measured"] * 4.0
        else:
            depth = shapely.distance(at, other)
        # The strip is square to the boundary at a vertex: a bend brings the edge nearer.
        assert 0.75 * fault["measured"] <= depth <= fault["measured"] + 0.001


def test_unchanged_parcels_differ_by_ordinary_errors_only(
    expected: dict[str, Any], parcels: dict[Any, Parcel], measured: dict[str, Any]
) -> None:
    short = {"KV": ("22609", 500), "KV1000": ("22609", 1000), "SC": ("22630", 1000),
             "KP": ("22645", 2000)}  # fmt: skip
    accuracy = load().accuracy
    ratios = []
    for label in expected["unchanged"]:
        prefix, numbers = label.split("-")
        parcel = parcels[(*short[prefix], *numbers.split("/"))]
        wide = is_farmland([parcel.land_use])[0]
        limit = accuracy.position_limit(short[prefix][1], wide)
        mapped, ring = ring_of(parcel.geometry), ring_of(measured[label])
        off = np.hypot(*(mapped[:, None] - ring[None]).transpose(2, 0, 1)).min(axis=1)
        assert off.max() < float(accuracy.allowed(limit, 0.025))
        ratios.append(np.sqrt((off**2).mean()) / float(limit))
    assert 0.2 < np.mean(ratios) < 0.6


def test_land_mapped_twice_is_the_same_land(
    expected: dict[str, Any], parcels: dict[Any, Parcel]
) -> None:
    for fault in planted(expected, "DUPLICATE_LAND"):
        one, other = parcels[number_of(fault)], parcels[number_of(fault["other"])]
        shared = shapely.intersection(one.geometry, other.geometry).area
        assert number_of(fault)[0] != number_of(fault["other"])[0]
        assert shared > 0.6 * one.geometry.area


def test_a_displaced_sheet_lies_eighty_centimetres_off(
    expected: dict[str, Any], parcels: dict[Any, Parcel], measured: dict[str, Any]
) -> None:
    off = []
    for label in expected["on_shifted_sheet"]:
        sheet, parcel = label.split("-")[1].split("/")
        mapped = parcels["22630", 1000, sheet, parcel].geometry.centroid
        ground = measured[label].centroid
        off.append((mapped.x - ground.x, mapped.y - ground.y))
    assert np.hypot(*np.mean(off, axis=0)) == pytest.approx(0.80, abs=0.05)


def test_broken_outlines_are_broken(expected: dict[str, Any], parcels: dict[Any, Parcel]) -> None:
    for fault in planted(expected, "GEOMETRY"):
        shape = parcels[number_of(fault)].geometry
        assert not shape.is_valid or shapely.get_num_geometries(shape) == 2

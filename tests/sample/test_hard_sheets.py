"""The same map sets in DGN V7, VNI Shapefile and DXF give the same parcels."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.formats.outlines import read_outline
from cadastre.formats.text import decode
from cadastre.frames import concat
from cadastre.sheets import read_sheet
from sample_data import vni

#: Faults of an outline, which line work cannot hold: there the land is as it should be.
_OF_OUTLINES = {"GEOMETRY", "ENCLAVE"}
_KEY = ["scale", "former_sheet", "former_parcel"]


def _read_all(sample, manifest, which, former):
    outline = read_outline(sample / manifest["commune"]["outline"])
    readings = [
        read_sheet(
            sample / row["file"], former_commune=former, sheet=row["sheet"], scale=row["scale"],
            outline=outline,
        )
        for row in manifest[which]
        if row["former_commune"] == former
    ]  # fmt: skip
    for reading in readings:
        report = reading.report
        assert report.loaded + report.repaired + report.refused == report.records
    return readings


def _parcels(readings):
    parcels = concat([reading.parcels for reading in readings])
    numbered = parcels[parcels["former_parcel"].notna()].drop_duplicates(_KEY, keep=False)
    return numbered.set_index(_KEY).sort_index()


def _faulty(expected, former):
    return {
        (fault["scale"], fault["former_sheet"], number["former_parcel"])
        for fault in expected["faults"]
        for number in (fault, fault["other"] or fault)
        if fault["code"] in _OF_OUTLINES | {"DUPLICATE_NUMBER"}
        and fault["former_commune"] == former
    }


@pytest.mark.parametrize("former", ["22609", "22630", "22645"])
def test_hard_formats_give_the_parcels_of_the_soft_ones(sample, manifest, expected, former):
    soft, hard = (
        _parcels(_read_all(sample, manifest, which, former)) for which in ("sheets", "hard_sheets")
    )
    faulty = _faulty(expected, former)
    wanted = soft.index[[key not in faulty for key in soft.index]]
    assert len(wanted) > 30
    assert wanted.difference(hard.index).tolist() == []
    first, second = soft.loc[wanted], hard.loc[wanted]
    assert first["land_use"].tolist() == second["land_use"].tolist()
    assert first["printed_area_m2"].tolist() == pytest.approx(second["printed_area_m2"].tolist())
    # Half a millimetre on each coordinate moves the area by no more than this.
    allowed = 0.00075 * shapely.length(first.geometry.to_numpy()) + 1e-6
    off = np.abs(first.geometry.area.to_numpy() - second.geometry.area.to_numpy())
    assert pd.Series(off, index=wanted)[off > allowed].to_dict() == {}


def test_labels_in_legacy_fonts_become_unicode(sample, manifest):
    readings = _read_all(sample, manifest, "hard_sheets", "22609")
    owners = {value for r in readings for value in r.persons["value"]}
    soft = {
        value
        for r in _read_all(sample, manifest, "sheets", "22609")
        for value in r.persons["value"]
    }
    assert owners == soft
    drawings = _read_all(sample, manifest, "hard_sheets", "22630")
    notes = [note for r in drawings for note in r.report.notes if note["code"] == "TEXT"]
    assert {note["encoding"] for note in notes} == {"tcvn3"}


def test_hard_sheets_are_listed_and_not_among_those_that_are_loaded(sample, manifest):
    suffixes = {row["file"].rsplit(".", 1)[1] for row in manifest["hard_sheets"]}
    assert suffixes == {"dgn", "shp", "dxf"}
    assert not {r["file"] for r in manifest["hard_sheets"]} & {
        r["file"] for r in manifest["sheets"]
    }
    assert all((sample / row["file"]).exists() for row in manifest["hard_sheets"])
    assert json.loads((sample / "manifest.json").read_text(encoding="utf-8")) == manifest


@pytest.mark.parametrize("text", ["Đường Nguyễn Huệ", "ỨỪỬỮỰ ắằẳẵặ ÍÌỈĨỊ Ỵ ỷỹỳý", "Ở Ấp Ĩ"])
def test_vni_as_written_is_vni_as_read(text):
    assert decode(vni.encode(text), "vni") == text

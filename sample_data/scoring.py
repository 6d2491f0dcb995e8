"""Judge the detectors by what was planted: read, merge, compare, and count per code and band.

The sample's files go through the same public functions that users call; then each row of
``expected.json`` is looked for under its code. Above its limit a fault must be found; at
0.7 of the limit nothing may block, and unchanged parcels should hardly ever be blocked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cadastre.frames import concat, parcel_key
from cadastre.merge import merge_sheets
from cadastre.reconcile import reconcile
from cadastre.sheets import judge_landbook, read_landbook, read_sheet
from cadastre.survey import read_survey

NUMBER = ["former_commune", "scale", "former_sheet", "former_parcel"]
_BY_SURVEY = ("CORNER", "AREA", "OVERLAP_MAP", "SPLIT", "MERGED", "UNMAPPED")


@dataclass(frozen=True)
class Findings:
    """Everything that was flagged, what was refused on reading, and the expectation."""

    expected: dict[str, Any]
    flags: gpd.GeoDataFrame  # with ``label`` of the measured parcel
    refused: tuple[tuple[str, int], ...]  # file, record
    parcels: gpd.GeoDataFrame
    measured: gpd.GeoDataFrame


def detect(folder: Path) -> Findings:
    """Run reading, merging and reconciliation on a generated commune."""
    manifest = _read(folder / "manifest.json")
    outline = _outline(folder / manifest["commune"]["outline"])
    readings = [
        read_sheet(
            folder / sheet["file"], former_commune=sheet["former_commune"], sheet=sheet["sheet"],
            scale=sheet["scale"], map_set=sheet["map_set"], outline=outline,
        )
        for sheet in manifest["sheets"]
    ]  # fmt: skip
    merged = merge_sheets([r.parcels for r in readings], commune="22609", outline=outline)
    book = read_landbook(folder / manifest["landbook"][0]["file"])
    judged = judge_landbook(book.records, book.purposes, merged.parcels)
    parcels = _with_register_area(merged.parcels, book.records)
    surveys = [read_survey(folder / s["file"], outline=outline) for s in manifest["surveys"]]
    measured = concat([s.measured for s in surveys])
    compared = reconcile(parcels, measured)
    found = [*(r.mismatches for r in readings), merged.mismatches, judged, compared.mismatches]
    found += [s.mismatches for s in surveys]
    flags = concat([f for f in found if len(f)])
    flags["label"] = flags["measured_uid"].map(measured.set_index("measured_uid")["label"])
    refused = tuple(
        (sheet["file"], line.record)
        for sheet, r in zip(manifest["sheets"], readings, strict=True)
        for line in r.report.lines
        if line.outcome == "refused"
    )
    return Findings(_read(folder / "expected.json"), flags, refused, parcels, measured)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _outline(path: Path) -> Any:
    return shapely.from_geojson(json.dumps(_read(path)["features"][0]["geometry"]))


def _with_register_area(parcels: gpd.GeoDataFrame, records: pd.DataFrame) -> gpd.GeoDataFrame:
    known = records.drop_duplicates(NUMBER).set_index(NUMBER)["register_area_m2"]
    keys = pd.MultiIndex.from_frame(parcels[NUMBER])
    return parcels.assign(register_area_m2=known.reindex(keys).to_numpy(dtype="float64"))


def score(findings: Findings) -> pd.DataFrame:
    """One row per planted fault: ``id, code, band, found, blocking`` and what was flagged."""
    rows = []
    for fault in findings.expected["faults"]:
        found = _flags_of(fault, findings)
        rows.append({
            "id": fault["id"], "code": fault["code"], "band": fault["band"],
            "found": bool(len(found)) or _refused(fault, findings),
            "blocking": bool((found["severity"] == "blocking").any()),
            "measured": fault["measured"], "limit": fault["limit"],
            "flagged": float(found["measured"].max()) if len(found) else None,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _flags_of(fault: dict[str, Any], findings: Findings) -> gpd.GeoDataFrame:
    flags = findings.flags[findings.flags["code"] == fault["code"]]
    if fault["code"] in _BY_SURVEY:
        labels = {fault["survey_label"], (fault["other"] or {}).get("survey_label")} - {None}
        return flags[flags["label"].isin(labels)]
    return flags[_matcher(fault)(flags, fault)]


def _matcher(fault: dict[str, Any]) -> Callable[[gpd.GeoDataFrame, dict[str, Any]], Any]:
    code = fault["code"]
    if code in ("EDGE_OVERLAP", "EDGE_GAP", "DUPLICATE_LAND"):
        return _same_pair
    return {
        "LABEL_MISSING": _same_place, "SHEET_SHIFT": _same_sheet, "CRS_ZONE": _same_file,
        "RECORD_WITHOUT_PARCEL": _same_words,
    }.get(code, _same_parcel)  # fmt: skip


def _key(number: dict[str, Any]) -> str:
    return parcel_key(
        number["former_commune"], "", int(number["scale"]), str(number["former_sheet"]),
        str(number["former_parcel"]),
    )  # fmt: skip


def _same_pair(flags: gpd.GeoDataFrame, fault: dict[str, Any]) -> Any:
    pair = {_key(fault), _key(fault["other"])}
    ends = flags[["parcel_uid", "other_parcel_uid"]]
    # A flag of kind "info" lies inside the limit: it is told, not held against anybody.
    return ends.isin(pair).all(axis=1) & (flags["severity"] != "info")


def _same_parcel(flags: gpd.GeoDataFrame, fault: dict[str, Any]) -> Any:
    return (flags["parcel_uid"] == _key(fault)) | (flags["other_parcel_uid"] == _key(fault))


def _same_place(flags: gpd.GeoDataFrame, fault: dict[str, Any]) -> Any:
    return flags.geometry.dwithin(shapely.Point(fault["where"]), 0.5)


def _same_sheet(flags: gpd.GeoDataFrame, fault: dict[str, Any]) -> Any:
    return flags["subject"].str.contains(fault["former_commune"]) & flags["subject"].str.contains(
        rf"(?:1:{fault['scale']} |tờ |Tờ ){fault['former_sheet']}\b"
    )


def _same_file(flags: gpd.GeoDataFrame, fault: dict[str, Any]) -> Any:
    return flags["subject"].str.contains(rf"\D{fault['former_sheet']}\.")


def _same_words(flags: gpd.GeoDataFrame, fault: dict[str, Any]) -> Any:
    words = f"{fault['former_commune']} tờ {fault['former_sheet']} thửa {fault['former_parcel']}"
    return flags["subject"] == words


def _refused(fault: dict[str, Any], findings: Findings) -> bool:
    """Whether a broken outline was refused: then the parcel is not in the map at all."""
    gone = _key(fault) not in set(findings.parcels["parcel_uid"])
    return bool(fault["code"] == "GEOMETRY" and findings.refused and gone)


def table(scored: pd.DataFrame) -> pd.DataFrame:
    """Planted, found and blocking per code and band (band 0 = no band applies)."""
    grouped = scored.assign(band=scored["band"].fillna(0.0)).groupby(["code", "band"])
    return grouped.agg(
        planted=("id", "size"), found=("found", "sum"), blocking=("blocking", "sum")
    ).reset_index()


def blocked_unchanged(findings: Findings) -> list[str]:
    """Labels of unchanged parcels that a comparison blocks all the same."""
    flags = findings.flags
    blocking = flags[(flags["severity"] == "blocking") & flags["label"].notna()]
    return sorted(set(blocking["label"]) & set(findings.expected["unchanged"]))

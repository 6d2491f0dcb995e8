"""Read the written files plainly, without the readers under test."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

Number = tuple[str, int, str, str]


@dataclass
class Parcel:
    geometry: Any
    printed: float
    land_use: str


def number_of(fault: dict[str, Any]) -> Number:
    return (fault["former_commune"], int(fault["scale"]), str(fault["former_sheet"]),
            str(fault["former_parcel"]))  # fmt: skip


def parcels_of(folder: Path, manifest: dict[str, Any]) -> dict[Number, Parcel]:
    """Parcels by (former commune, scale, sheet, parcel); the first of a double number."""
    found: dict[Number, Parcel] = {}
    for sheet in manifest["sheets"]:
        path = folder / sheet["file"]
        for place, thua, area, use, shape in _rows(path):
            if thua:
                key = (sheet["former_commune"], int(sheet["scale"]), str(place), str(thua))
                found.setdefault(key, Parcel(shape, float(area), use))
    return found


def _rows(path: Path) -> list[tuple[Any, ...]]:
    if path.suffix == ".geojson":
        listed = []
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            says = feature["properties"]
            shape = _polygons(feature["geometry"])
            listed.append((says["tobando"], says["thua"], says["dt_phaply"], says["kyhieu"], shape))
        return listed
    wide = path.suffix == ".gpkg"
    frame = pyogrio.read_dataframe(path, **({} if wide else {"encoding": "ISO-8859-1"}))
    names = ("so_to", "so_thua", "dien_tich", "loai_dat") if wide else (
        "SHBANDO", "SHTHUA", "DIENTICH", "MDSD")  # fmt: skip
    columns = [frame[name] for name in names]
    texts = [[None if v != v else v for v in column] for column in columns]
    return [
        (int(to), thua, area, use, shapely.get_parts(shape)[0] if wide and
         shapely.get_num_geometries(shape) == 1 else shape)
        for to, thua, area, use, shape in zip(*texts, frame.geometry, strict=True)
    ]  # fmt: skip


def _polygons(geometry: dict[str, Any]) -> Any:
    several = geometry["type"] == "MultiPolygon"
    parts = geometry["coordinates"] if several else [geometry["coordinates"]]
    shapes = [shapely.Polygon(part[0], part[1:]) for part in parts]
    return shapely.MultiPolygon(shapes) if several else shapes[0]


def measured_of(folder: Path) -> dict[str, Any]:
    """Measured outlines by label, from both survey files."""
    rings: dict[str, list[tuple[float, float]]] = {}
    with (folder / "do_dac_2026_1.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            rings.setdefault(row["thua"], []).append((float(row["Y"]), float(row["X"])))
    outlines: dict[str, Any] = {label: shapely.Polygon(ring) for label, ring in rings.items()}
    frame = pyogrio.read_dataframe(folder / "do_dac_2026_2.gpkg")
    for label, shape in zip(frame["thua"], frame.geometry, strict=True):
        outlines[label] = shapely.get_parts(shape)[0]
    return outlines


def ring_of(shape: Any) -> np.ndarray:
    return np.asarray(shape.exterior.coords)[:-1]

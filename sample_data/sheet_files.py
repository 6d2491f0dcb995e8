"""Write the sheets as the three former communes hand them over.

Khánh Vĩnh: one GeoPackage for each map set, Unicode. Sông Cầu: one Shapefile for each sheet,
DBF in TCVN3. Khánh Phú: one GeoJSON with all sheets, in VN-2000 coordinates with a ``crs``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj import CRS

from sample_data.label_faults import Sheetwork
from sample_data.map_copies import Copies
from sample_data.shapefile import Field, write_shapefile
from sample_data.tcvn3 import encode

SRID, WRONG_SRID = 9217, 9218
SURVEYED = {("22609", 500): 2012, ("22609", 1000): 2004, ("22630", 1000): 2008,
            ("22645", 2000): 2001}  # fmt: skip
FIELDS: tuple[Field, ...] = (
    ("SHBANDO", "N", 4, 0), ("SHTHUA", "C", 8, 0), ("MDSD", "C", 10, 0), ("DIENTICH", "N", 12, 1),
    ("TENCHU", "C", 60, 0), ("XUDONG", "C", 40, 0), ("TYLE", "N", 6, 0), ("NAMDO", "N", 4, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Attributes:
    """Attribute columns of all copies."""

    sheet: list[str]
    number: list[str | None]
    land_use: list[str]
    printed: list[float]
    owner: list[str | None]
    place: list[str]
    scale: list[int]
    year: list[int]


def write_sheets(
    folder: Path, copies: Copies, work: Sheetwork, about: Attributes, wrong_zone: int
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Write all sheets; returns the rows of the manifest and the records of each file."""
    shapes = copies.polygons()
    for copy, shape in work.geometry.items():
        shapes[copy] = shape
    keep = np.array([c not in work.left_out for c in range(len(shapes))])
    rows: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for scale in (500, 1000):
        chosen = chosen_copies(copies, "22609", keep, scale=scale)
        name = f"22609/ban_do_dia_chinh_{scale}.gpkg"
        _write_geopackage(folder / name, shapes, about, chosen)
        rows.append(manifest_row(name, "22609", scale, None))
        counts[name] = len(chosen)
    for sheet, key in enumerate(copies.sheets):
        if key.former == "22630":
            chosen = chosen_copies(copies, "22630", keep, sheet=sheet)
            name = f"22630/DC{about.sheet[chosen[0]]}.shp"
            _write_dbf(folder / name, shapes, about, chosen, sheet == wrong_zone, sheet % 3)
            rows.append(manifest_row(name, "22630", 1000, about.sheet[chosen[0]]))
            counts[name] = len(chosen)
    chosen = chosen_copies(copies, "22645", keep)
    name = "22645/khanh_phu.geojson"
    _write_geojson(folder / name, shapes, about, chosen, work.unclosed)
    rows.append(manifest_row(name, "22645", 2000, None))
    counts[name] = len(chosen)
    return rows, counts


def manifest_row(name: str, former: str, scale: int, sheet: str | None) -> dict[str, Any]:
    """Return a file of sheets as the manifest lists it."""
    return {"file": name, "former_commune": former, "map_set": "", "scale": scale, "sheet": sheet,
            "surveyed_on": f"{SURVEYED[former, scale]}-05-01"}  # fmt: skip


def chosen_copies(
    copies: Copies,
    former: str,
    keep: np.ndarray,
    *,
    scale: int | None = None,
    sheet: int | None = None,
) -> np.ndarray:
    """Return the copies of a former commune, scale or sheet, by sheet and number."""
    keys = [copies.sheets[s] for s in copies.sheet]
    wanted = [
        k.former == former and (scale is None or k.scale == scale)
        and (sheet is None or s == sheet)
        for k, s in zip(keys, copies.sheet, strict=True)
    ]  # fmt: skip
    mine = np.flatnonzero(np.array(wanted) & keep)
    number = np.array([int(copies.number[c] or 0) for c in mine])
    return mine[np.lexsort((number, copies.sheet[mine]))]


def _write_geopackage(
    path: Path, shapes: np.ndarray, about: Attributes, chosen: np.ndarray
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    pick = [int(c) for c in chosen]
    frame = gpd.GeoDataFrame(
        {
            "so_to": [int(about.sheet[c]) for c in pick],
            "so_thua": [about.number[c] for c in pick],
            "loai_dat": [about.land_use[c] for c in pick],
            "dien_tich": [about.printed[c] for c in pick],
            "ten_chu": [about.owner[c] for c in pick],
            "xu_dong": [about.place[c] for c in pick],
            "ty_le": [about.scale[c] for c in pick],
            "nam_do": [about.year[c] for c in pick],
        },
        geometry=list(shapes[chosen]),
        crs=SRID,
    )
    write_frame(frame, path, "thua_dat")


def write_frame(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Write a GeoPackage whose time of change is fixed, so that equal data give equal bytes."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-03-02T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(
            frame, path, layer=layer, driver="GPKG", promote_to_multi=True,
            dataset_metadata=None,
        )  # fmt: skip
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_dbf(
    path: Path,
    shapes: np.ndarray,
    about: Attributes,
    chosen: np.ndarray,
    wrong_zone: bool,
    variant: int,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for c in map(int, chosen):
        cells = (
            about.sheet[c], about.number[c] or "", about.land_use[c], f"{about.printed[c]:.1f}",
            about.owner[c] or "", about.place[c], str(about.scale[c]), str(about.year[c]),
        )  # fmt: skip
        rows.append([encode(cell) for cell in cells])
    zone = CRS.from_epsg(WRONG_SRID if wrong_zone else SRID)
    # Most came without a code page; some programs have since written a wrong one beside it.
    cpg = "ISO-8859-1" if variant == 1 else None
    write_shapefile(path, list(shapes[chosen]), FIELDS, rows, prj=zone.to_wkt("WKT1_ESRI"), cpg=cpg)


def _write_geojson(
    path: Path, shapes: np.ndarray, about: Attributes, chosen: np.ndarray, unclosed: set[int]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    features = []
    for c in map(int, chosen):
        geometry = json.loads(shapely.to_geojson(shapes[c]))
        if c in unclosed:
            geometry["coordinates"][0].pop()
        features.append({
            "type": "Feature",
            "properties": {
                "tobando": about.sheet[c], "thua": about.number[c], "kyhieu": about.land_use[c],
                "dt_phaply": about.printed[c], "chusudung": about.owner[c],
                "dia_chi": about.place[c], "tyle": f"1/{about.scale[c]}", "namdo": about.year[c],
            },
            "geometry": geometry,
        })  # fmt: skip
    collection = {
        "type": "FeatureCollection",
        "name": "khanh_phu",
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{SRID}"}},
        "features": features,
    }
    path.write_text(json.dumps(collection, ensure_ascii=False) + "\n", encoding="utf-8")

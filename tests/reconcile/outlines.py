"""Frames of hand-made outlines, for the tests of the comparison."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely

from cadastre.reconcile import Reconciliation

E0, N0 = 570_000.0, 1_348_000.0


def box(e: float, n: float, east: float, north: float) -> Any:
    return shapely.box(E0 + e, N0 + n, E0 + east, N0 + north)


def poly(*points: tuple[float, float]) -> Any:
    return shapely.Polygon([(E0 + e, N0 + n) for e, n in points])


def parcels_of(*shapes: Any, scale: int = 500, **columns: Any) -> gpd.GeoDataFrame:
    count = len(shapes)
    table = {
        "parcel_uid": [f"p{i}" for i in range(count)],
        "former_commune": "22609",
        "former_sheet": "12",
        "former_parcel": [str(i + 1) for i in range(count)],
        "scale": scale,
        "land_use": "ONT",
        **columns,
    }
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=9217)


def measured_of(*shapes: Any, labels: list[str] | None = None, **columns: Any) -> gpd.GeoDataFrame:
    count = len(shapes)
    table = {
        "measured_uid": [f"m{i}" for i in range(count)],
        "survey": "K1",
        "label": labels or [f"KP-12/{i + 1}" for i in range(count)],
        "sigma_m": 0.03,
        **columns,
    }
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=9217)


def codes(result: Reconciliation) -> list[str]:
    return sorted(str(c) for c in result.mismatches["code"])


def only(result: Reconciliation, code: str) -> Any:
    rows = result.mismatches[result.mismatches["code"] == code]
    assert len(rows) == 1
    return rows.iloc[0]


LOT = box(0, 0, 10, 20)

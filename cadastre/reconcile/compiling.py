"""``python -m cadastre.reconcile.compiling``: compile every loop once, at installation.

A comparison of two dozen lots walks through all loops over vertices; their machine code is then
in the cache (``compiled``) for every process of the service and of its tests.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from cadastre.crs import ZONES
from cadastre.reconcile.comparing import reconcile

_LOT_M, _ACROSS, _UP, _SHIFT_M = 20.0, 4, 6, 0.6
_PLACE = np.array([560_000.0, 1_340_000.0])


def compile_loops() -> None:
    """Compare lots of two sheets, one displaced; a courtyard, a moved corner, one not mapped."""
    parcels, measured = _lots()
    reconcile(parcels, measured)


def _lots() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    number = np.arange(_ACROSS * _UP)
    south_west = _PLACE + _LOT_M * np.column_stack([number % _ACROSS, number // _ACROSS])
    mapped = np.array([_lot(place) for place in south_west])
    sheet = np.where(number < len(number) // 2, 1, 2)
    ground = shapely.transform(mapped, lambda xy: xy + 0.01)
    laid_off = np.flatnonzero(sheet == 2)
    mapped[laid_off] = shapely.transform(mapped[laid_off], lambda xy: xy - _SHIFT_M)
    ground[1] = shapely.segmentize(ground[1], _LOT_M / 2.0)
    ground[2] = shapely.union(ground[2], _lot(south_west[2] + (-3.0, 3.0)))
    uid = [f"{i:02d}" for i in number]
    zone = next(iter(ZONES))
    parcels = gpd.GeoDataFrame(
        {
            "parcel_uid": uid,
            "former_commune": "1",
            "former_sheet": sheet.astype(str),
            "former_parcel": uid,
            "scale": 500,
        },
        geometry=mapped,
        crs=zone,
    )
    label = [f"T-{s}/{i}" for s, i in zip(sheet, uid, strict=True)]
    measured = gpd.GeoDataFrame(
        {"measured_uid": uid, "survey": "1", "label": label, "sigma_m": 0.01},
        geometry=ground,
        crs=zone,
    )
    return parcels.iloc[1:], measured


def _lot(place: np.ndarray) -> shapely.Polygon:
    """Square of slightly less than a lot's side, with a courtyard."""
    side = shapely.box(*place, *(place + _LOT_M - 1.0))
    return shapely.difference(side, shapely.box(*(place + 12.0), *(place + 15.0)))


if __name__ == "__main__":
    compile_loops()

"""Parcels as records for other systems, under the names of the national land database.

Names follow the parcel object of the national exchange (``DC_ThuaDat``: soHieuToBanDo,
soThuTuThua, soHieuToBanDoCu, soThuTuThuaCu, dienTich, dienTichPhapLy, …). Areas are rounded
to 0.1 m2 (TT 10/2024/TT-BTNMT Art 8); coordinates stay as measured, in the VN-2000 zone.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.frames import srid_of

#: column of the parcel map -> name in the national exchange
NATIONAL_NAMES = {
    "identifier": "maThuaDat",
    "parcel_uid": "thuaDatId",
    "commune": "maXa",
    "sheet": "soHieuToBanDo",
    "parcel": "soThuTuThua",
    "former_commune": "maXaCu",
    "former_sheet": "soHieuToBanDoCu",
    "former_parcel": "soThuTuThuaCu",
    "scale": "tyLe",
    "land_use": "kyHieuMucDichSuDung",
    "area_m2": "dienTich",
    "register_area_m2": "dienTichPhapLy",
}


def parcel_records(
    parcels: gpd.GeoDataFrame, identifiers: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Parcels with the names of the national exchange, one row per parcel.

    Parameters
    ----------
    parcels : ParcelFrame of a merged commune (commune, sheet and parcel filled)
    identifiers : columns parcel_uid and identifier (12 characters), optional

    >>> frame = gpd.GeoDataFrame(
    ...     {"parcel_uid": ["u"], "commune": ["22609"], "sheet": [98], "parcel": ["34"],
    ...      "former_commune": ["22645"], "former_sheet": ["12"], "former_parcel": ["34"],
    ...      "scale": [2000], "land_use": ["LUC"], "register_area_m2": [100.04]},
    ...     geometry=[shapely.box(0, 0, 10, 10.26)], crs=9217)
    >>> row = parcel_records(frame).iloc[0]
    >>> int(row["soHieuToBanDo"]), row["soThuTuThuaCu"], float(row["dienTich"])
    (98, '34', 102.6)
    """
    srid = srid_of(parcels)
    geometry = np.asarray(parcels.geometry.array)
    held = {} if identifiers is None else _by_uid(identifiers)
    table = parcels.assign(
        identifier=[held.get(uid) for uid in parcels["parcel_uid"]],
        area_m2=np.round(shapely.area(geometry), 1),
        register_area_m2=np.round(parcels["register_area_m2"].astype("float64"), 1),
    )
    renamed = table[list(NATIONAL_NAMES)].rename(columns=NATIONAL_NAMES)
    return gpd.GeoDataFrame(renamed, geometry=list(geometry), crs=srid)


def _by_uid(identifiers: pd.DataFrame) -> dict[str, str]:
    return dict(zip(identifiers["parcel_uid"], identifiers["identifier"], strict=True))

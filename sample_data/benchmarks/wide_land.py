"""A commune of many parcels straight into the register: for measuring how it is read and drawn.

Blocks of 25 x 25 parcels of eight corners, a road between blocks; every block is a sheet.
How the map came about does not matter here, so no verb is walked.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from cadastre.office.desk import Desk
from cadastre.office.open_commune import open_commune
from cadastre.store import states
from cadastre.store.actor import SYSTEM
from cadastre.store.copying import copy_frame, copy_rows
from cadastre.store.land_register import FormerCommune
from cadastre.store.transaction import office_transaction

COMMUNE, SRID = "22609", 9217
_SIDE = 25
_LOT_M, _ROAD_M, _SWAY_M = 25.0, 8.0, 2.0
_CORNER = (562_000.0, 1_337_000.0)
_USES = ("ONT", "LUC", "CLN", "BHK", "RSX", "NTS", "DGT")
_YEARS = (1998, 2004, 2011, 2019)
_FORMERS = (
    FormerCommune("22609", "Khánh Vĩnh", "thị trấn", True, 1),
    FormerCommune("22630", "Sông Cầu", "xã", False, 2),
    FormerCommune("22645", "Khánh Phú", "xã", False, 3),
)


def fill(desk: Desk, *, parcels: int, seed: int = 22609) -> int:
    """Open the commune and write at least so many parcels; return how many."""
    across = int(np.ceil(np.sqrt(parcels / _SIDE**2)))
    frame = wide_land(np.random.default_rng(seed), across)
    open_commune(
        desk,
        commune=COMMUNE,
        name="Khánh Vĩnh",
        kind="xã",
        province="Khánh Hòa",
        srid=SRID,
        mountain=True,
        valid_from=date(2025, 7, 1),
        former_communes=list(_FORMERS),
    )
    with office_transaction(desk.engine, actor=SYSTEM, verb="bench", commune=COMMUNE) as work:
        _write_sheets(work.connection, frame, work.event_id)
        copy_frame(
            work.connection,
            "cadastre.parcel",
            frame,
            srid=SRID,
            extra={"commune": COMMUNE, "version": 1, "opened_by": work.event_id},
        )
        _write_mismatches(work.connection, frame, work.event_id)
        states.refresh(work.connection, COMMUNE, None)
    return len(frame)


def wide_land(rng: np.random.Generator, across: int) -> gpd.GeoDataFrame:
    """``across`` x ``across`` blocks of parcels; neighbours share every corner."""
    blocks = across * across
    rings = _rings(rng, across)
    block = np.repeat(np.arange(blocks), _SIDE * _SIDE)
    number = np.tile(np.arange(1, _SIDE * _SIDE + 1), blocks).astype(str)
    former = np.asarray([f.code for f in _FORMERS])[(block % across) * len(_FORMERS) // across]
    shapes = shapely.polygons(rings)
    return gpd.GeoDataFrame(
        {
            "parcel_uid": [str(uuid.UUID(int=n, version=4)) for n in range(1, len(shapes) + 1)],
            "sheet": block + 1,
            "parcel": number,
            "former_commune": former,
            "former_sheet": (block + 1).astype(str),
            "former_parcel": number,
            "scale": np.asarray([500, 1000, 2000])[block % 3],
            "surveyed_on": [date(_YEARS[b % len(_YEARS)], 6, 1) for b in block],
            "land_use": np.asarray(_USES)[rng.integers(0, len(_USES), len(shapes))],
            "area_m2": shapely.area(shapes),
        },
        geometry=shapes,
        crs=SRID,
    )


def _rings(rng: np.random.Generator, across: int) -> np.ndarray:
    """Closed rings of eight corners, (parcels, 9, 2): corners and the middles of the sides."""
    steps = 2 * _SIDE + 1
    along = np.arange(steps) * _LOT_M / 2
    start = np.arange(across) * (_SIDE * _LOT_M + _ROAD_M)
    east = (start[:, None] + along)[None, :, None, :] + _CORNER[0]
    north = (start[:, None] + along)[:, None, :, None] + _CORNER[1]
    grid = np.stack(np.broadcast_arrays(east, north), axis=-1)
    grid = grid.reshape(across * across, steps, steps, 2)
    grid = np.round(grid + rng.uniform(-_SWAY_M, _SWAY_M, grid.shape), 3)
    rows, columns = (a.ravel() * 2 for a in np.mgrid[0:_SIDE, 0:_SIDE])
    around = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
    corners = [grid[:, rows + r, columns + c] for r, c in around]
    return np.stack(corners, axis=2).reshape(-1, len(around), 2)


def _write_sheets(connection: Connection, frame: gpd.GeoDataFrame, event: int) -> None:
    columns = ["sheet", "former_commune", "former_sheet", "scale", "surveyed_on"]
    sheets = pd.DataFrame(frame[columns]).drop_duplicates("sheet")
    sheets = sheets.assign(
        sheet_uid=[str(uuid.uuid4()) for _ in range(len(sheets))],
        commune=COMMUNE,
        srid=SRID,
        opened_by=event,
    )
    copy_rows(connection, "cadastre.sheet", list(sheets.columns), sheets)


def _write_mismatches(connection: Connection, frame: gpd.GeoDataFrame, event: int) -> None:
    """One parcel in twenty has an area that does not fit, one in four of these blocks."""
    chosen = frame.iloc[::20]
    rows: dict[str, Any] = {
        "mismatch_id": [str(uuid.uuid4()) for _ in range(len(chosen))],
        "code": "AREA",
        "severity": np.where(np.arange(len(chosen)) % 4 == 0, "blocking", "warning"),
        "subject": chosen["parcel"].to_numpy(),
        "parcel_uid": chosen["parcel_uid"].to_numpy(),
        "measured": 12.0,
        "allowed": 4.0,
        "unit": "m2",
        "rule": "accuracy.area",
        "message_vi": "Diện tích đo được khác sổ.",
        "message_en": "The measured area differs.",
        "moment": "reconcile",
        "commune": COMMUNE,
        "opened_by": event,
    }
    found = gpd.GeoDataFrame(rows, geometry=chosen.geometry.to_numpy(), crs=SRID)
    copy_frame(connection, "cadastre.mismatch", found, srid=SRID)

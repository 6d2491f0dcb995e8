"""Columns of both sides: validated, and what they hold as codes and whole numbers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.frames import FrameRefused, ascending, measured_columns, parcel_columns, srid_of
from cadastre.reconcile.labels import Counted, label_keys, parcel_keys
from cadastre.regulation import Regulation
from cadastre.regulation.land_use import is_farmland

Columns = dict[str, pd.Series]
UIDS = ("parcel_uid", "measured_uid")
SHEET_COLUMNS = ["former_commune", "map_set", "scale", "former_sheet"]


class Numbers:
    """Validated columns of either side, and what they hold as codes and whole numbers."""

    def __init__(
        self, parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame, regulation: Regulation
    ) -> None:
        self.srid = srid_of(parcels)
        if srid_of(measured) != self.srid:
            raise FrameRefused(
                "Parcels and measured parcels are in different zones.", columns=["geometry"]
            )
        self.parcels, self.measured = parcel_columns(parcels), measured_columns(measured)
        uids = self.parcels[UIDS[0]], self.measured[UIDS[1]]
        self.in_order = all(ascending(uid) for uid in uids)
        self.uids = [uid.array for uid in uids]
        self._count(self.parcels, self.measured, regulation)

    def _count(self, parcels: Columns, measured: Columns, regulation: Regulation) -> None:
        self.farmland = _farmland(parcels["land_use"], regulation)
        sheets = {name: pd.factorize(parcels[name], sort=True) for name in SHEET_COLUMNS}
        self.sheet, self.sheets = _sheets(parcels, sheets)
        self.key_old = parcel_keys(
            parcels["former_sheet"], parcels["former_parcel"], sheets["former_sheet"]
        )
        self.key_new = parcel_keys(parcels["sheet"], parcels["parcel"])
        self.key = label_keys(measured["label"].to_numpy(dtype=object))
        self.known = (self.key >= 0) & _among(self.key, self.key_old, self.key_new)
        self.survey, names = pd.factorize(measured["survey"], sort=True)
        self.surveys = np.asarray(names, dtype=object)


def _among(key: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """Which keys occur in any of the others (hashed: they are too wide for a table)."""
    return np.asarray(pd.Series(key).isin(pd.unique(np.concatenate(others))), dtype=bool)


def _sheets(columns: Columns, counted: dict[str, Counted]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number of each parcel's sheet, in the order of the sheets' names, and their table.

    ``counted`` are the places and values of the columns that name a sheet.
    """
    code = np.zeros(len(columns["scale"]), dtype=np.int64)
    for name in SHEET_COLUMNS:
        number, names = counted[name]
        if name == "map_set":  # none is the same as one without a name, which comes first
            number = np.maximum(number + ("" not in names), 0)
        count = int(number.max(initial=0)) + 1
        if count > 1:
            code = pd.factorize(code * count + number, sort=True)[0]
    first = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.intp)
    first[code[::-1]] = np.arange(len(code))[::-1]
    shown = [*SHEET_COLUMNS, "sheet"]
    sheets = pd.DataFrame({name: columns[name].array.take(first) for name in shown})
    sheets["map_set"] = [
        str(name) if known else ""
        for name, known in zip(sheets["map_set"], sheets["map_set"].notna(), strict=True)
    ]
    return code, sheets


def _farmland(land_use: pd.Series, regulation: Regulation) -> np.ndarray:
    """Where the wider limit of agricultural land holds, by ``land_use.toml``."""
    number, names = pd.factorize(land_use)
    told = is_farmland([*names, None], regulation.files.get("land_use"))
    return np.asarray(told[number], dtype=bool)  # -1, no land use, is the last

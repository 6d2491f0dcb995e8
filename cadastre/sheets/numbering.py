"""Numbers, scale, area and identity of the parcels that a file holds.

A parcel is known by (former commune, map set, scale, sheet, parcel). The second parcel of
a number keeps the number and gets an identifier of its own; a parcel without a number is
known by its outline, so that the same land is found again in a corrected file.
"""

from __future__ import annotations

import hashlib
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.errors import InputRefused
from cadastre.formats.accounting import Ledger
from cadastre.frames import parcel_key
from cadastre.regulation import Regulation
from cadastre.sheets import values
from cadastre.sheets.columns import is_personal
from cadastre.sheets.raw import NO_PLACE, RawTable

#: Standard names that become columns of the parcel table; the others stay attributes.
_PARCEL_FIELDS = {
    "sheet", "parcel", "scale", "map_set", "land_use", "printed_area_m2", "surveyed_on",
}  # fmt: skip
#: West and south, east and north of the land (m) in any zone of VN-2000, well outside.
_VIET_NAM = (np.array([-500_000.0, 800_000.0]), np.array([1_500_000.0, 2_700_000.0]))
_LONG = ["parcel_uid", "name", "value", "original"]


class SheetUnnamed(InputRefused):
    """The file does not say which sheet or which scale it is; say it when handing it in."""

    message_vi = "Tệp không cho biết số tờ hoặc tỷ lệ; hãy khai báo khi nộp tệp."


def number_parcels(
    raw: RawTable,
    plane: np.ndarray,
    *,
    former_commune: str,
    sheet: str | None,
    scale: int | None,
    map_set: str | None,
    regulation: Regulation,
    ledger: Ledger,
    stem: str,
) -> pd.DataFrame:
    """Return one row per usable record, with ``record`` and ``geometry``.

    Raises
    ------
    SheetUnnamed
        Neither the caller, nor a column, nor the file name tells sheet or scale.
    """
    sheets = _sheets(raw, sheet, stem)
    denominators = _scales(raw, scale)
    usable = _usable(raw, sheets, denominators, regulation, ledger) & _placed(raw, plane, ledger)
    count = len(raw.records)
    frame = pd.DataFrame(
        {
            "record": raw.records,
            "former_commune": pd.Series([former_commune] * count, dtype=object),
            "map_set": _map_sets(raw, map_set),
            "former_sheet": sheets,
            "former_parcel": values.labels(raw.column("parcel")),
            "scale": denominators,
            "surveyed_on": _or_empty(raw, "surveyed_on", values.dates, "datetime64[ns]"),
            "land_use": _or_empty(raw, "land_use", values.texts, object),
            "printed_area_m2": _areas(raw),
            "geometry": pd.Series(plane, dtype=object),
        }
    )
    return frame[usable].reset_index(drop=True)


def _sheets(raw: RawTable, sheet: str | None, stem: str) -> pd.Series:
    if sheet is not None:
        return pd.Series([sheet] * len(raw.records), dtype=object)
    column = raw.column("sheet")
    named = values.digits_of(stem)
    if column is None and named is None:
        raise _unnamed(raw, "sheet", "số tờ bản đồ")
    if column is None:
        return pd.Series([named] * len(raw.records), dtype=object)
    found = values.labels(column)
    return found if named is None else found.fillna(named)


def _scales(raw: RawTable, scale: int | None) -> np.ndarray:
    if scale is not None:
        return np.full(len(raw.records), scale, dtype=np.int64)
    column = raw.column("scale")
    if column is None:
        raise _unnamed(raw, "scale", "tỷ lệ")
    return values.scales(column)


def _unnamed(raw: RawTable, field: str, vi: str) -> SheetUnnamed:
    return SheetUnnamed(
        f"{raw.name}: {field}; give {field}= or a column for it.",
        f"{raw.name}: thiếu {vi}.",
        file=raw.name,
        field=field,
    )


def _usable(
    raw: RawTable, sheets: pd.Series, scales: np.ndarray, regulation: Regulation, ledger: Ledger
) -> np.ndarray:
    known = np.array([int(s) for s in regulation["accuracy"]["position"]["limit"]])
    good_scale, good_sheet = np.isin(scales, known), sheets.notna().to_numpy()
    for at in np.flatnonzero(~good_scale):
        listed = ", ".join(f"1:{s}" for s in known)
        reason = {
            "vi": f"Tỷ lệ không có trong quy định ({listed}); hãy sửa cột tỷ lệ.",
            "en": f"The scale is not one of {listed}; correct the scale column.",
        }
        ledger.refuse(int(raw.records[at]), reason, field="scale")
    for at in np.flatnonzero(good_scale & ~good_sheet):
        reason = {
            "vi": "Bản ghi không có số tờ bản đồ; hãy bổ sung.",
            "en": "The record has no sheet number; add it.",
        }
        ledger.refuse(int(raw.records[at]), reason, field="sheet")
    usable: np.ndarray = good_scale & good_sheet
    return usable


def _placed(raw: RawTable, plane: np.ndarray, ledger: Ledger) -> np.ndarray:
    """Refuse records that reach out of Viet Nam: a vertex lost its place."""
    bounds = shapely.bounds(plane)
    low, high = bounds[:, :2], bounds[:, 2:]
    placed: np.ndarray = ((low > _VIET_NAM[0]) & (high < _VIET_NAM[1])).all(axis=1)
    for at in np.flatnonzero(~placed):
        ledger.refuse(int(raw.records[at]), NO_PLACE, field="geometry")
    return placed


def _map_sets(raw: RawTable, map_set: str | None) -> pd.Series:
    column = raw.column("map_set")
    if map_set is None and column is not None:
        return values.texts(column).fillna("")
    return pd.Series([map_set or ""] * len(raw.records), dtype=object)


def _areas(raw: RawTable) -> np.ndarray:
    column = raw.column("printed_area_m2")
    if column is None:
        return np.full(len(raw.records), np.nan)
    found = values.numbers(column)
    return np.where(found > 0, found, np.nan)


def _or_empty(raw: RawTable, name: str, convert: Any, dtype: Any) -> pd.Series:
    column = raw.column(name)
    if column is None:
        return pd.Series([None] * len(raw.records), dtype=dtype)
    return convert(column)


def parcel_uids(parcels: gpd.GeoDataFrame, taken: dict[str, int]) -> list[str]:
    """Identifiers of parcels, unique also against those counted in ``taken``."""
    numbers = parcels["former_parcel"].astype(object)
    found = []
    for commune, map_set, scale, sheet, number in zip(
        parcels["former_commune"],
        parcels["map_set"],
        parcels["scale"],
        parcels["former_sheet"],
        _labels_or_outlines(numbers, parcels.geometry.to_numpy()),
        strict=True,
    ):
        key = parcel_key(commune, map_set, int(scale), sheet, number)
        taken[key] = taken.get(key, 0) + 1
        if taken[key] > 1:
            key = parcel_key(commune, map_set, int(scale), sheet, f"{number}#{taken[key]}")
        found.append(key)
    return found


def _labels_or_outlines(numbers: pd.Series, geometries: np.ndarray) -> np.ndarray:
    """Return numbers; for a parcel without one, its outline to the millimetre as a digest."""
    missing = numbers.isna().to_numpy()
    rounded = shapely.normalize(shapely.set_precision(geometries[missing], 0.001))
    named = numbers.to_numpy(dtype=object).copy()
    named[missing] = [f"?{hashlib.sha256(w).hexdigest()}" for w in shapely.to_wkb(rounded)]
    return named


def other_columns(raw: RawTable, parcels: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what else the file says: (about the parcel, about persons), in long form."""
    standard = {s.column: s.name for s in raw.columns}
    at = np.searchsorted(raw.records, parcels["record"].to_numpy())
    uid = parcels["parcel_uid"].to_numpy()
    plain: list[pd.DataFrame] = []
    personal: list[pd.DataFrame] = []
    for column, array in raw.attributes.items():
        name = standard.get(column, column)
        if name in _PARCEL_FIELDS:
            continue
        aside = personal if name == "owner" or (name != "place" and is_personal(column)) else plain
        aside.append(_long(uid, name, array[at], raw.originals.get(column), at))
    return _stacked(plain), _stacked(personal)


def _long(
    uid: np.ndarray, name: str, array: np.ndarray, original: np.ndarray | None, at: np.ndarray
) -> pd.DataFrame:
    text = values.texts(array)
    before = None if original is None else pd.Series(original[at], dtype=object)
    changed = None if before is None else before.where(before != text, None)
    table = pd.DataFrame({"parcel_uid": uid, "name": name, "value": text, "original": changed})
    return table[table["value"].notna()]


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in _LONG})
    return pd.concat(filled, ignore_index=True)[_LONG]

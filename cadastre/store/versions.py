"""What a new state of a versioned table opens, closes and leaves untouched.

A register closes rows, it never deletes: the difference between the current rows and the
wanted ones is a set of rows to open and a set of rows to close. A row whose columns and
geometry are equal to the last bit is neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely


@dataclass(frozen=True)
class VersionChange:
    """Rows to open (``opened``: positions in the wanted frame) and keys to close."""

    opened: np.ndarray
    closed: list[str]
    unchanged: int


def version_change(
    current: gpd.GeoDataFrame,
    wanted: gpd.GeoDataFrame,
    *,
    key: str,
    columns: Sequence[str],
) -> VersionChange:
    """Difference between the current and the wanted rows of a versioned table.

    Parameters
    ----------
    current, wanted : frames with ``key`` (unique text), ``columns`` and geometry
    columns : columns that make a new version when they differ; geometry always does

    >>> now = gpd.GeoDataFrame({"uid": ["a", "b"], "use": ["LUC", "ONT"]},
    ...                        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> then = now.assign(use=["LUC", "CLN"])
    >>> change = version_change(now, then, key="uid", columns=["use"])
    >>> change.opened.tolist(), change.closed, change.unchanged
    ([1], ['b'], 1)
    """
    held = pd.Index(current[key].astype(str))
    before = held.get_indexer(wanted[key].astype(str))
    same = before >= 0
    shared = np.flatnonzero(same)
    same[shared] = _alike(current.iloc[before[shared]], wanted.iloc[shared], columns)
    kept = np.zeros(len(held), dtype=bool)
    kept[before[same]] = True
    return VersionChange(
        opened=np.flatnonzero(~same), closed=held[~kept].tolist(), unchanged=int(same.sum())
    )


def _alike(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, columns: Sequence[str]) -> np.ndarray:
    """Which rows say the same in all columns and have the same outline."""
    before, after = (shapely.force_2d(np.asarray(frame.geometry.array)) for frame in (old, new))
    same: np.ndarray = shapely.equals_identical(before, after)
    for name in columns:
        same &= _equal(old[name].reset_index(drop=True), new[name].reset_index(drop=True))
    return same


def _equal(old: pd.Series, new: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(old.dtype) and pd.api.types.is_numeric_dtype(new.dtype):
        one, other = (s.to_numpy(dtype=np.float64, na_value=np.nan) for s in (old, new))
        return np.isclose(one, other, rtol=1e-12, atol=0.0, equal_nan=True)
    texts = [np.array([_plain(v) for v in series], dtype=object) for series in (old, new)]
    return np.asarray(texts[0] == texts[1], dtype=bool)


def _plain(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if value is pd.NA:
        return ""
    if isinstance(value, float | np.floating):
        return f"{float(value):.12g}"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value)

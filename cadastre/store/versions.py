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
    old = pd.Series(_fingerprints(current, columns), index=current[key].astype(str))
    new = pd.Series(_fingerprints(wanted, columns), index=wanted[key].astype(str))
    before = old.reindex(new.index)
    same = before.to_numpy() == new.to_numpy()
    opened = np.flatnonzero(~same)
    replaced = set(new.index[opened])
    closed = [uid for uid in old.index if uid in replaced or uid not in new.index]
    return VersionChange(opened=opened, closed=closed, unchanged=int(same.sum()))


def _fingerprints(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> np.ndarray:
    wkb = shapely.to_wkb(np.asarray(frame.geometry.array), hex=True, output_dimension=2)
    text = pd.Series(wkb, dtype="object").astype(str)
    for name in columns:
        text = text + "|" + pd.Series([_plain(v) for v in frame[name]], dtype="object")
    return text.to_numpy()


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

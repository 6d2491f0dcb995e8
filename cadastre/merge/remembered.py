"""What a merged map remembers of the merges before: area, movement, and that it is at rest.

The limits of TT 26/2024 count from the sheets as delivered, so that two merges together may
do no more than one: the delivered area and the movement so far stay with each parcel. A merge
leaves its edges at rest, as far as the limits let it; counted anew from the result, joins that
a limit refused might fit a little. Each outcome therefore carries a mark of what it was judged
from: where nothing of that has changed nothing is joined again, and a second merge of a merged
map changes nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.merge.mesh import Flags, Floats, Ints, hashed_points

AREA, MOVED, MARK = "delivered_area_m2", "moved_m", "settled_mark"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Per parcel: area as delivered (m2), movement so far (m), and the mark (0: none)."""

    area: Floats
    moved: Floats
    mark: Ints

    def of(self, which: Ints) -> Remembered:
        """Return what is remembered of some parcels."""
        return Remembered(self.area[which], self.moved[which], self.mark[which])


def remembered(parcels: gpd.GeoDataFrame, shapes: Any) -> Remembered:
    """Return what an earlier merge wrote down, or what stands for it where there was none."""
    count = len(shapes)
    area = np.asarray(shapely.area(shapes), dtype=np.float64)
    mark = np.zeros(count, np.int64)
    if MARK in parcels:
        mark = parcels[MARK].fillna(0).to_numpy(dtype=np.int64)
    return Remembered(_known(parcels, AREA, area), _known(parcels, MOVED, np.zeros(count)), mark)


def _known(parcels: gpd.GeoDataFrame, column: str, otherwise: Floats) -> Floats:
    if column not in parcels:
        return otherwise
    known = parcels[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(known), otherwise, known)


def circumstances(uids: Any, rules: Mapping[str, Any], limit: Floats) -> int:
    """Return a number for what every join depends on: which parcels there are, and the rules."""
    members = pd.util.hash_array(np.asarray(uids, dtype=object)).sum(dtype=np.uint64)
    return zlib.crc32(repr((int(members), sorted(rules.items()), limit.tolist())).encode())


def marks(shapes: Any, present: Flags, sheet: Ints, salt: int) -> Ints:
    """Return a mark for each parcel: of its outline to the last bit, its part and the rest.

    Two states of a parcel share a mark by chance at odds of one in 2^63.
    """
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    place = np.arange(len(xy)) - np.searchsorted(owner, owner)
    points = hashed_points(xy) * (2 * place.astype(np.uint64) + np.uint64(1))
    total = np.zeros(len(shapes), np.uint64)
    np.add.at(total, owner, points)
    tail = np.column_stack(
        [np.where(present, sheet + 1.0, -1.0 - sheet), np.full(len(sheet), salt)]
    )
    total ^= hashed_points(tail)
    return (total >> np.uint64(1)).astype(np.int64) | 1

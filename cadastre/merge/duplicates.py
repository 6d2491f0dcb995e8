"""Numbers given twice, and land mapped twice.

Which mapping of the same land holds is a rule: the larger scale, then the newer survey,
then the officer. Nothing is lost: the other one stays on the map as a parcel and is
flagged until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.merge.mesh import Flags, Floats, Ints
from cadastre.merge.result import SHEET_KEY


@dataclass(frozen=True, slots=True)
class DuplicateLand:
    """Pairs of parcels that map the same land: who gives way, to whom, where."""

    loser: Ints
    winner: Ints
    decided: Flags
    shape: Any
    share: Floats


def number_groups(parcels: gpd.GeoDataFrame) -> list[Ints]:
    """Positions of parcels that have one number in one sheet, two or more together."""
    numbered = parcels["former_parcel"].notna().to_numpy()
    keys = parcels[[*SHEET_KEY, "former_parcel"]]
    twice = numbered & keys.duplicated(keep=False).to_numpy()
    groups = keys[twice].groupby([*SHEET_KEY, "former_parcel"], sort=True, observed=True).indices
    where = np.flatnonzero(twice)
    return [where[np.sort(members)] for members in groups.values()]


def duplicate_land(
    parcels: gpd.GeoDataFrame, shapes: Any, sheet: Ints, sound: Flags, rules: Mapping[str, Any]
) -> DuplicateLand:
    """Find land that is mapped twice, by two sheets or twice in one.

    A parcel counts as mapped twice when at least ``share`` of it (or of the smaller of a
    pair) lies under parcels of one other sheet. A small parcel inside a large one of its
    own sheet is an enclave that was not cut out, which is another fault.
    """
    area = shapely.area(shapes)
    a, b = _candidates(shapes, area, sheet, sound, rules)
    shape = shapely.intersection(shapes[a], shapes[b])
    covered = shapely.area(shape)
    smaller = np.minimum(area[a], area[b])
    same_sheet = sheet[a] == sheet[b]
    alike = ~same_sheet | (smaller >= rules["share"] * np.maximum(area[a], area[b]))
    direct = (covered >= rules["share"] * smaller) & alike
    twice = direct | _covered_by_sheet(a, b, covered, area, sheet, rules)
    a, b, shape, covered, smaller = (x[twice] for x in (a, b, shape, covered, smaller))
    rank, decided = _rank(parcels, a, b)
    loser = np.where(rank, b, a)
    return DuplicateLand(loser, np.where(rank, a, b), decided, shape, covered / smaller)


def _candidates(
    shapes: Any, area: Floats, sheet: Ints, sound: Flags, rules: Mapping[str, Any]
) -> tuple[Ints, Ints]:
    """Pairs whose boxes share enough for the parcels to share enough."""
    index = np.flatnonzero(sound)
    box = shapely.bounds(shapes)
    a, b = shapely.STRtree(shapes[index]).query(shapes[index])
    a, b = index[a[a < b]], index[b[a < b]]
    width = np.minimum(box[a, 2], box[b, 2]) - np.maximum(box[a, 0], box[b, 0])
    height = np.minimum(box[a, 3], box[b, 3]) - np.maximum(box[a, 1], box[b, 1])
    share = np.where(sheet[a] == sheet[b], rules["share"], rules["pair_share"])
    enough = width * height >= share * np.minimum(area[a], area[b])
    a, b = a[enough], b[enough]
    # Of two that overlap, one at least has an edge that no neighbour answers exactly.
    odd = np.zeros(len(shapes), bool)
    asked = np.unique(np.r_[a, b])
    odd[asked] = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes[asked]))
    return a[odd[a] | odd[b]], b[odd[a] | odd[b]]


def _covered_by_sheet(
    a: Ints, b: Ints, covered: Floats, area: Floats, sheet: Ints, rules: Mapping[str, Any]
) -> Flags:
    """Pairs of a parcel that several parcels of one other sheet cover together."""
    cross = np.flatnonzero(sheet[a] != sheet[b])
    parcel = np.r_[a[cross], b[cross]]
    other = np.r_[sheet[b[cross]], sheet[a[cross]]]
    pair = np.r_[cross, cross]
    table = pd.DataFrame({"parcel": parcel, "other": other, "m2": covered[pair]})
    total = table.groupby(["parcel", "other"])["m2"].transform("sum").to_numpy()
    enough = total >= rules["share"] * area[parcel]
    part = covered[pair] >= rules["pair_share"] * area[parcel]
    result = np.zeros(len(a), bool)
    result[pair[enough & part]] = True
    return result


def _rank(parcels: gpd.GeoDataFrame, a: Ints, b: Ints) -> tuple[Flags, Flags]:
    """Whether ``a`` holds against ``b``, and whether the rule could decide it."""
    scale = parcels["scale"].to_numpy()
    day = pd.to_datetime(parcels["surveyed_on"]).to_numpy().astype("datetime64[D]")
    day = np.where(np.isnat(day), np.datetime64("0001-01-01"), day)
    larger, smaller = scale[a] < scale[b], scale[a] > scale[b]
    newer, older = day[a] > day[b], day[a] < day[b]
    holds = larger | (~smaller & (newer | ~older))
    return holds, larger | smaller | newer | older

"""A sheet that comes after the merge: only its edges are worked again.

What a join does is local, so the parcels of the new sheets, their neighbours and the
neighbours of those are worked; one ring more stands around them as context and is not
taken over. Every other parcel keeps its standing outline to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.merge.mesh import Flags
from cadastre.merge.numbering import SheetId, crosswalk_of
from cadastre.merge.remembered import AREA, MARK, MOVED
from cadastre.merge.result import SHEET_KEY, MergeResult
from cadastre.regulation import Regulation

#: Rings of neighbours around the new sheets whose result is taken over.
_RINGS = 2


@dataclass(frozen=True, slots=True)
class Work:
    """Parcels whose result is taken over, and parcels needed to reach it (positions).

    ``gone`` are standing parcels that no sheet delivers any more.
    """

    taken: Flags
    needed: Flags
    gone: frozenset[str]


def work_for(
    parcels: gpd.GeoDataFrame,
    standing: gpd.GeoDataFrame,
    new_sheets: Collection[SheetId],
    regulation: Regulation,
) -> Work:
    """Return what has to be worked when these sheets are new in the parcel map."""
    wanted = {tuple(str(part) for part in sheet) for sheet in new_sheets}
    keys = parcels[SHEET_KEY].itertuples(index=False)
    taken = np.array([tuple(str(part) for part in key) in wanted for key in keys], dtype=bool)
    boxes, tree = _reaching(parcels, regulation)
    lost = ~standing["parcel_uid"].isin(set(parcels["parcel_uid"])).to_numpy()
    _, beside_lost = tree.query(standing.geometry.to_numpy()[lost])
    taken[beside_lost] = True
    gone = frozenset(standing.loc[lost, "parcel_uid"].astype(str))
    return _with_neighbours(taken, boxes, tree, gone)


def work_around(parcels: gpd.GeoDataFrame, uids: Collection[str], regulation: Regulation) -> Work:
    """Return what has to be worked to see what becomes of some parcels."""
    boxes, tree = _reaching(parcels, regulation)
    taken = parcels["parcel_uid"].isin(set(uids)).to_numpy()
    return _with_neighbours(taken, boxes, tree, frozenset())


def _reaching(parcels: gpd.GeoDataFrame, regulation: Regulation) -> tuple[Any, shapely.STRtree]:
    """Boxes of parcels, grown so that those touch whose edges are compared."""
    flag: Any = regulation["merge"]["flag"]
    limit = regulation.accuracy.position_limit(
        parcels["scale"].to_numpy(np.int64), bool(regulation["merge"]["join"]["farmland"])
    )
    reach = max(flag["widest_gap_m"], flag["widest_gap_limits"] * float(np.max(limit, initial=0)))
    box = shapely.bounds(parcels.geometry.to_numpy())
    boxes = shapely.box(*(box + np.array([-1, -1, 1, 1]) * reach / 2).T)
    return boxes, shapely.STRtree(boxes)


def _with_neighbours(taken: Flags, boxes: Any, tree: shapely.STRtree, gone: frozenset[str]) -> Work:
    for _ in range(_RINGS):
        taken = _ring(taken, boxes, tree)
    return Work(taken, _ring(taken, boxes, tree), gone)


def _ring(inside: Flags, boxes: Any, tree: shapely.STRtree) -> Flags:
    grown = inside.copy()
    _, near = tree.query(boxes[inside])
    grown[near] = True
    return grown


def _crosswalk(late: MergeResult, merged: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the numbers of all parcels; where the new sheets were worked, as found there."""
    walk = crosswalk_of(merged)
    number = [*SHEET_KEY, "former_parcel"]
    worked = pd.MultiIndex.from_frame(late.crosswalk[number])
    elsewhere = ~pd.MultiIndex.from_frame(walk[number]).isin(worked)
    return pd.concat([walk[elsewhere], late.crosswalk], ignore_index=True)


def patched(
    late: MergeResult, parcels: gpd.GeoDataFrame, standing: gpd.GeoDataFrame, work: Work
) -> MergeResult:
    """Put the worked parcels into the standing map, and keep silent about all others."""
    examined = frozenset(parcels.loc[work.taken, "parcel_uid"].astype(str))
    worked = late.parcels["parcel_uid"].astype(str).isin(examined).to_numpy()
    outlines = dict(
        zip(standing["parcel_uid"].astype(str), standing.geometry.to_numpy(), strict=True)
    )
    outlines.update(
        zip(
            late.parcels.loc[worked, "parcel_uid"].astype(str),
            late.parcels.geometry.to_numpy()[worked],
            strict=True,
        )
    )
    shapes = [
        outlines.get(str(uid), shape)
        for uid, shape in zip(parcels["parcel_uid"], parcels.geometry.to_numpy(), strict=True)
    ]
    area = shapely.area(parcels.geometry.to_numpy())
    moved = late.parcels.set_index(late.parcels["parcel_uid"].astype(str))[MOVED]
    merged = parcels.assign(
        **{AREA: area, MOVED: moved.reindex(parcels["parcel_uid"].astype(str)).to_numpy(), MARK: 0}
    ).set_geometry(gpd.GeoSeries(shapes, index=parcels.index, crs=parcels.crs))
    found = late.mismatches
    named = found["parcel_uid"].isin(examined) | found["other_parcel_uid"].isin(examined)
    named |= found["parcel_uid"].isna()
    about = [bool(examined.intersection(uids)) for uids in late.proposals["parcel_uids"]]
    return replace(
        late,
        parcels=merged,
        crosswalk=_crosswalk(late, merged),
        moves=late.moves[late.moves["parcel_uid"].isin(examined)].reset_index(drop=True),
        proposals=late.proposals[np.array(about, dtype=bool)].reset_index(drop=True),
        mismatches=found[named].reset_index(drop=True),
        examined=examined | work.gone,
    )

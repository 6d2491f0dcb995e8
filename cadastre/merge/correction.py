"""A sheet set right by the ground: the correction that an officer accepted, laid on the sheet.

The comparison with field measurements finds by how much a sheet lies off as a whole (TT
26/2024/TT-BTNMT Art 8: position against the control). The correction is stated on the sheet
as it was delivered, so that a merge can be repeated; edges are matched after it. A sheet that
the ground holds is never moved by its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.merge.mesh import Flags, Floats
from cadastre.merge.numbering import SheetId, sheets_of
from cadastre.merge.result import MOVE_COLUMNS, SHEET_KEY, MergeResult

#: Vertices whose least-squares residual is above this many medians are left out of the next round.
_OUTLYING, _ROUNDS = 3.0, 10
#: A movement smaller than this is none, metres: a hundredth of a millimetre.
_NONE_M = 1.0e-5
_SET_RIGHT = "sheet_set_right"


@dataclass(frozen=True, slots=True)
class SheetCorrection:
    """Movement of a sheet: ``x -> centre + shift + matrix (x - centre)``; metres of the zone.

    >>> moved = SheetCorrection((0.0, 0.0), (0.8, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    >>> moved.apply(np.array([[10.0, 20.0]])).tolist()
    [[10.8, 20.0]]
    """

    centre: tuple[float, float]
    shift: tuple[float, float]
    matrix: tuple[tuple[float, float], tuple[float, float]]

    def apply(self, xy: Floats) -> Floats:
        """Coordinates (east, north) after the correction."""
        centre = np.asarray(self.centre)
        return np.asarray(centre + self.shift + (xy - centre) @ np.asarray(self.matrix).T)

    def after(self, first: SheetCorrection) -> SheetCorrection:
        """Return the two as one: ``first``, then this one."""
        centre = np.asarray([first.centre])
        moved = self.apply(first.apply(centre))[0] - centre[0]
        matrix = np.asarray(self.matrix) @ np.asarray(first.matrix)
        return SheetCorrection(first.centre, _pair(moved), (_pair(matrix[0]), _pair(matrix[1])))


def _pair(values: Any) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def movement_between(delivered: Floats, standing: Floats) -> SheetCorrection:
    """Return how a sheet was moved as a whole, from corners as delivered and as they stand.

    Most corners of a sheet move with it; those at its edges may have been joined besides.
    Where most did not move, the sheet did not either.
    """
    centre = delivered.mean(axis=0)
    still = SheetCorrection(_pair(centre), (0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    gap = np.hypot(*(standing - delivered).T)
    if np.median(gap) <= _NONE_M:
        return still
    kept = np.ones(len(delivered), dtype=bool)
    for _ in range(_ROUNDS):
        # A similarity is linear in complex numbers: z -> a + b z.
        z = (delivered - centre) @ np.array([1.0, 1.0j])
        w = (standing - delivered) @ np.array([1.0, 1.0j])
        design = np.column_stack([np.ones(len(z)), z])
        (a, b), *_ = np.linalg.lstsq(design[kept], w[kept], rcond=None)
        residual = np.abs(w - design @ np.array([a, b]))
        before, kept = kept, residual <= max(_OUTLYING * float(np.median(residual)), _NONE_M)
        if np.array_equal(before, kept):
            break
    matrix = ((1.0 + b.real, -b.imag), (b.imag, 1.0 + b.real))
    return replace(still, shift=(float(a.real), float(a.imag)), matrix=matrix)


@dataclass(frozen=True, slots=True)
class Corrected:
    """Parcels of which some stand on corrected sheets; ``away`` is their largest movement, m."""

    parcels: gpd.GeoDataFrame
    moved: Flags
    away: Floats
    area_before: Floats


def corrected(
    parcels: gpd.GeoDataFrame, corrections: Mapping[SheetId, SheetCorrection]
) -> Corrected:
    """Lay the accepted corrections on the sheets of a gathered ParcelFrame."""
    shapes = parcels.geometry.to_numpy()
    away, moved = np.zeros(len(parcels)), np.zeros(len(parcels), dtype=bool)
    area = np.asarray(shapely.area(shapes), dtype=np.float64)
    if not corrections:
        return Corrected(parcels, moved, away, area)
    result = np.array(shapes, dtype=object)
    place = parcels.groupby(SHEET_KEY, sort=False, observed=True).ngroup().to_numpy()
    for number, sheet in enumerate(sheets_of(parcels)):
        if sheet not in corrections:
            continue
        mine = np.flatnonzero(place == number)
        result[mine] = shapely.transform(shapes[mine], corrections[sheet].apply)
        xy, owner = shapely.get_coordinates(shapes[mine], return_index=True)
        gap, far = np.hypot(*(corrections[sheet].apply(xy) - xy).T), np.zeros(len(mine))
        np.maximum.at(far, owner, gap)
        moved[mine], away[mine] = True, far
    frame = parcels.set_geometry(gpd.GeoSeries(result, index=parcels.index, crs=parcels.crs))
    return Corrected(frame, moved, away, area)


def with_ground_moves(result: MergeResult, laid: Corrected) -> MergeResult:
    """Return the result with what the corrections moved among its moves."""
    if not laid.moved.any():
        return result
    uid = laid.parcels["parcel_uid"].astype(str).to_numpy(dtype=object)[laid.moved]
    area = pd.Series(
        shapely.area(result.parcels.geometry.to_numpy()),
        index=result.parcels["parcel_uid"].astype(str),
    )
    joined = result.moves.set_index("parcel_uid")["max_move_m"]
    rows = pd.DataFrame(
        {
            "parcel_uid": uid,
            "max_move_m": laid.away[laid.moved] + joined.reindex(uid).fillna(0.0).to_numpy(float),
            "area_before_m2": laid.area_before[laid.moved],
            "area_after_m2": area.loc[uid].to_numpy(),
            "reason": _SET_RIGHT,
        },
        columns=MOVE_COLUMNS,
    )
    others = result.moves[~result.moves["parcel_uid"].isin(uid)]
    return replace(result, moves=pd.concat([others, rows], ignore_index=True))

"""What a merge hands back: the parcel map, the numbers, and everything that was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

SHEET_KEY = ["former_commune", "map_set", "scale", "former_sheet"]
MOVE_COLUMNS = ["parcel_uid", "max_move_m", "area_before_m2", "area_after_m2", "reason"]
PROPOSAL_COLUMNS = [
    "proposal_id", "kind", "parcel_uids", "max_move_m", "area_change_m2", "geometry",
]  # fmt: skip
SHIFT_COLUMNS = [
    "former_commune", "map_set", "scale", "sheet", "de", "dn", "rotation_rad", "scale_ppm", "n",
    "residual_rms_m", "mismatch_id", "proposal_id",
]  # fmt: skip
CROSSWALK_COLUMNS = [
    "former_commune", "map_set", "scale", "former_sheet", "former_parcel", "parcel_uid",
    "commune", "sheet", "parcel", "valid_from", "gives_way",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergeResult:
    """One parcel map out of many sheets.

    Attributes
    ----------
    parcels : ParcelFrame with ``commune``, ``sheet`` and ``parcel`` filled, in key order
    sheets : one row per sheet: ``former_commune, map_set, scale, former_sheet, sheet``
    crosswalk : one row per old number and parcel; the number of a parcel whose land another
        one maps as well leads to that one too, and its own row ``gives_way`` once that is settled
    moves : one row per parcel that changed: largest vertex movement in metres, area before
        and after in m2, reason; a parcel without a row is untouched to the last bit
    proposals : what an officer may accept (``kind`` "join" or "shift")
    shifts : displaced sheets: ``de, dn`` = sheet minus its neighbours in metres, about the
        centroid of the paired points; ``rotation_rad`` counter-clockwise, ``scale_ppm``
    mismatches : table of mismatches
    examined : parcels that ``moves``, ``proposals`` and ``mismatches`` speak of, None for all
    """

    parcels: gpd.GeoDataFrame
    sheets: pd.DataFrame
    crosswalk: pd.DataFrame
    moves: pd.DataFrame
    proposals: gpd.GeoDataFrame
    shifts: pd.DataFrame
    mismatches: gpd.GeoDataFrame
    examined: frozenset[str] | None = None

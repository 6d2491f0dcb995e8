"""Many sheets of former communes into one parcel map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from cadastre import frames as frame_rules
from cadastre.errors import InputRefused
from cadastre.merge.numbering import (
    SheetId,
    crosswalk_of,
    natural,
    number_sheets,
    sheet_table,
    sheets_of,
)
from cadastre.merge.result import (
    MOVE_COLUMNS,
    PROPOSAL_COLUMNS,
    SHEET_KEY,
    SHIFT_COLUMNS,
    MergeResult,
)
from cadastre.mismatch import mismatch_frame
from cadastre.regulation import Regulation, load

Progress = Callable[[float, str], None]


class ZonesDiffer(InputRefused):
    """The sheets are in different zones; bring them into the commune's zone first."""

    message_vi = "Các tờ bản đồ ở các múi chiếu khác nhau; hãy đưa về múi chiếu của xã trước."


class SheetsMissing(InputRefused):
    """There is no sheet to merge."""

    message_vi = "Không có tờ bản đồ nào để hợp nhất."


def merge_sheets(
    frames: Sequence[gpd.GeoDataFrame],
    *,
    commune: str,
    former_order: Sequence[str] | None = None,
    outline: object | None = None,
    regulation: Regulation | None = None,
    decisions: Mapping[str, str] | None = None,
    published: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> MergeResult:
    """Merge sheets into one parcel map with numbers and crosswalk."""
    rules = regulation or load()
    parcels = gather(frames)
    srid = frame_rules.srid_of(parcels)
    given = number_sheets(
        sheets_of(parcels),
        commune=commune,
        rules=rules["numbering"],
        former_order=former_order,
        published=published,
    )
    parcels = _numbered(parcels, commune, given)
    return MergeResult(
        parcels=parcels,
        sheets=sheet_table(given),
        crosswalk=crosswalk_of(parcels),
        moves=pd.DataFrame(columns=MOVE_COLUMNS),
        proposals=gpd.GeoDataFrame(columns=PROPOSAL_COLUMNS, geometry="geometry", crs=srid),
        shifts=pd.DataFrame(columns=SHIFT_COLUMNS),
        mismatches=mismatch_frame([], srid),
    )


def gather(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """One validated ParcelFrame in key order: the order of the input does not matter."""
    if not frames or not any(len(f) for f in frames):
        raise SheetsMissing()
    zones = {frame_rules.srid_of(f) for f in frames if len(f)}
    if len(zones) > 1:
        raise ZonesDiffer(str(sorted(zones)), zones=sorted(zones))
    joined = frame_rules.validate_parcels(frame_rules.concat(list(frames)))
    joined = joined.assign(map_set=joined["map_set"].fillna("").astype("str"))
    return in_key_order(joined)


def in_key_order(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Order by former commune, map set, scale, sheet and parcel, numbers read as numbers."""
    keys = pd.DataFrame(
        {
            "former_commune": parcels["former_commune"],
            "map_set": parcels["map_set"],
            "scale": parcels["scale"],
            "former_sheet": _rank(parcels["former_sheet"]),
            "former_parcel": _rank(parcels["former_parcel"].fillna("")),
            "parcel_uid": parcels["parcel_uid"],
        }
    )
    order = keys.sort_values(list(keys.columns)).index
    return parcels.loc[order].reset_index(drop=True)


def _rank(column: pd.Series) -> pd.Series:
    unique = sorted(column.unique(), key=natural)
    return column.map({text: place for place, text in enumerate(unique)})


def _numbered(
    parcels: gpd.GeoDataFrame, commune: str, given: Mapping[SheetId, int]
) -> gpd.GeoDataFrame:
    keys = parcels[SHEET_KEY].itertuples(index=False)
    numbers = [given[SheetId(str(f), str(m), int(s), str(n))] for f, m, s, n in keys]
    return parcels.assign(
        commune=commune,
        sheet=pd.array(numbers, dtype="Int64"),
        parcel=parcels["former_parcel"].fillna("").astype("str"),
    )

"""The two sides of the comparison as arrays: mapped parcels and measured parcels.

Rows are put in the order of their identifiers, so that the same input gives the same
output whatever the order in which it came.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.reconcile.labels import label_keys, parcel_keys
from cadastre.regulation import Regulation
from cadastre.regulation.land_use import is_farmland


@dataclass(frozen=True)
class Shapes:
    """Geometry of one side: area m2, centroid (n, 2), width m (2 area / perimeter), box (n, 4)."""

    uid: np.ndarray
    geometry: np.ndarray
    area: np.ndarray
    centroid: np.ndarray
    width: np.ndarray
    box: np.ndarray

    def __len__(self) -> int:
        return len(self.uid)


@dataclass(frozen=True)
class MapSide:
    """Mapped parcels: limits by scale, sheets as codes, numbers as key codes."""

    shapes: Shapes
    table: pd.DataFrame
    scale: np.ndarray
    limit_m: np.ndarray
    farmland: np.ndarray
    sheet: np.ndarray
    sheets: pd.DataFrame
    key_old: np.ndarray
    key_new: np.ndarray


@dataclass(frozen=True)
class GroundSide:
    """Measured parcels with their sigma (m, one coordinate) and label key codes."""

    shapes: Shapes
    table: pd.DataFrame
    sigma: np.ndarray
    survey: np.ndarray
    key: np.ndarray

    def label(self, m: int) -> str:
        """Label of a measured parcel, its identifier where it has none."""
        label = self.table["label"].iloc[m]
        return str(label) if isinstance(label, str) and label else str(self.shapes.uid[m])

    def survey_label(self, m: int) -> str:
        """Survey and label: what tells measured parcels apart whatever the file's content."""
        return f"{self.table['survey'].iloc[m]}/{self.label(m)}"


SHEET_COLUMNS = ["former_commune", "map_set", "scale", "former_sheet"]


def both_sides(
    parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame, regulation: Regulation
) -> tuple[MapSide, GroundSide]:
    """Arrays of validated frames, each in the order of its identifiers."""
    parcels = _in_order(parcels, "parcel_uid")
    measured = _in_order(measured, "measured_uid")
    scale = parcels["scale"].to_numpy(dtype=np.int64)
    farmland = _farmland(parcels["land_use"], regulation)
    sheet, sheets = _sheets(parcels)
    map_side = MapSide(
        shapes=_shapes(parcels, "parcel_uid"),
        table=pd.DataFrame(parcels.drop(columns=parcels.geometry.name)),
        scale=scale,
        limit_m=regulation.accuracy.position_limit(scale, farmland),
        farmland=farmland,
        sheet=sheet,
        sheets=sheets,
        key_old=parcel_keys(parcels["former_sheet"], parcels["former_parcel"]),
        key_new=parcel_keys(parcels["sheet"], parcels["parcel"]),
    )
    ground = GroundSide(
        shapes=_shapes(measured, "measured_uid"),
        table=pd.DataFrame(measured.drop(columns=measured.geometry.name)),
        sigma=measured["sigma_m"].to_numpy(dtype=np.float64),
        survey=pd.factorize(measured["survey"], sort=True)[0],
        key=label_keys(measured["label"]),
    )
    return map_side, ground


def _in_order(frame: gpd.GeoDataFrame, uid: str) -> gpd.GeoDataFrame:
    if frame[uid].is_monotonic_increasing:
        return frame.reset_index(drop=True)
    return frame.sort_values(uid, ignore_index=True)


def _shapes(frame: gpd.GeoDataFrame, uid: str) -> Shapes:
    geometry = shapely.orient_polygons(_sound(np.asarray(frame.geometry.array, dtype=object)))
    area = shapely.area(geometry)
    length = shapely.length(geometry)
    return Shapes(
        uid=frame[uid].to_numpy(dtype=object),
        geometry=geometry,
        area=area,
        centroid=shapely.get_coordinates(shapely.centroid(geometry)).reshape(-1, 2),
        width=np.divide(2.0 * area, length, out=np.zeros_like(area), where=length > 0),
        box=shapely.bounds(geometry).reshape(-1, 4),
    )


def _sound(geometry: np.ndarray) -> np.ndarray:
    """Shapes that can be cut; one crossing outline must not stop the whole comparison.

    Only the comparison uses them: reading and merging have flagged such outlines already.
    """
    broken = ~shapely.is_valid(geometry)
    if not broken.any():
        return geometry
    mended = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
    result = geometry.copy()
    result[broken] = np.where(shapely.area(mended) > 0.0, mended, geometry[broken])
    return result


def _sheets(parcels: gpd.GeoDataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    keys = parcels[SHEET_COLUMNS].assign(map_set=parcels["map_set"].fillna("").astype(str))
    code = keys.groupby(SHEET_COLUMNS, sort=True).ngroup().to_numpy()
    sheets = keys.assign(code=code, sheet=parcels["sheet"]).drop_duplicates("code")
    return code, sheets.sort_values("code", ignore_index=True)


def _farmland(land_use: pd.Series, regulation: Regulation) -> np.ndarray:
    """Where the wider limit of agricultural land holds, by ``land_use.toml``."""
    codes = land_use.astype("object").to_numpy()
    return np.asarray(is_farmland(codes, regulation.files.get("land_use")), dtype=bool)

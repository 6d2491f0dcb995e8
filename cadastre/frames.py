"""The typed tables that flow between the rooms.

A frame is validated once where it enters (a reader, a load from the store, a public
function); inner functions trust it. Geometry is in a VN-2000 zone, metres, (east, north).
``parcel_uid`` and ``measured_uid`` are text (a UUID), unique in their frame.
"""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cadastre.crs import ZONES
from cadastre.errors import CadastreError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

#: Name space of every identifier that is derived from content (uuid5).
NAMESPACE = uuid.UUID("5f0c1d2e-7c1b-5c0a-9a55-226092263022")

#: column -> (dtype, required, nullable)
PARCEL_COLUMNS: dict[str, tuple[str, bool, bool]] = {
    "parcel_uid": ("str", True, False),
    "former_commune": ("str", True, False),
    "map_set": ("str", False, True),
    "former_sheet": ("str", True, False),
    "former_parcel": ("str", True, True),
    "commune": ("str", False, True),
    "sheet": ("Int64", False, True),
    "parcel": ("str", False, True),
    "scale": ("int64", True, False),
    "surveyed_on": ("datetime64[ns]", False, True),
    "source_id": ("str", False, True),
    "land_use": ("str", False, True),
    "printed_area_m2": ("float64", False, True),
    "register_area_m2": ("float64", False, True),
}
MEASURED_COLUMNS: dict[str, tuple[str, bool, bool]] = {
    "measured_uid": ("str", True, False),
    "survey": ("str", True, False),
    "label": ("str", True, True),
    "sigma_m": ("float64", True, False),
}


class FrameRefused(CadastreError):
    """The table does not have the columns, types or coordinates that this step needs."""

    message_vi = "Bảng dữ liệu thiếu cột, sai kiểu hoặc sai hệ tọa độ cho bước này."


@lru_cache(maxsize=4)
def _schema(kind: str) -> Any:
    import pandera.pandas as pa

    columns = {"parcels": PARCEL_COLUMNS, "measured": MEASURED_COLUMNS}[kind]
    uid = "parcel_uid" if kind == "parcels" else "measured_uid"
    return pa.DataFrameSchema(
        {
            name: pa.Column(dtype, required=required, nullable=nullable, coerce=True)
            for name, (dtype, required, nullable) in columns.items()
        },
        unique=[uid],
        strict=False,
    )


def validate_parcels(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``frame`` as a ParcelFrame (types coerced, all columns present), or refuse it.

    Raises
    ------
    FrameRefused
        A column is missing or mistyped, an identifier is not unique, the CRS is not a
        VN-2000 zone, or a geometry is not a polygon; ``columns`` names what is wrong.
    """
    return _validated(frame, "parcels", PARCEL_COLUMNS)


def validate_measured(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``frame`` as a MeasuredFrame, or refuse it (see :func:`validate_parcels`)."""
    return _validated(frame, "measured", MEASURED_COLUMNS)


def parcel_columns(frame: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Columns of ``frame`` as a ParcelFrame, by name (see :func:`validate_parcels`).

    Looking a column up in a frame makes it anew each time, and so does a frame with more columns.
    Whoever reads the shapes refuses those that are none (:func:`require_polygons`), and asks for
    their zone (:func:`srid_of`).
    """
    return _validated_columns(frame, "parcels", PARCEL_COLUMNS)


def measured_columns(frame: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Columns of ``frame`` as a MeasuredFrame, by name (see :func:`parcel_columns`)."""
    return _validated_columns(frame, "measured", MEASURED_COLUMNS)


def _validated(
    frame: gpd.GeoDataFrame, kind: str, columns: dict[str, tuple[str, bool, bool]]
) -> gpd.GeoDataFrame:
    import numpy as np
    import shapely

    srid_of(frame)
    require_polygons(shapely.get_type_id(np.asarray(frame.geometry.array, dtype=object)))
    found = _validated_columns(frame, kind, columns)
    return frame.assign(**{name: found[name] for name in columns})


def _validated_columns(
    frame: gpd.GeoDataFrame, kind: str, columns: dict[str, tuple[str, bool, bool]]
) -> dict[str, pd.Series]:
    import pandas as pd

    found = {str(name): column for name, column in pd.DataFrame(frame, copy=False).items()}
    found |= _missing(frame, columns)
    if _in_order_already(found, columns):
        return found
    whole = _coerced(frame.assign(**_missing(frame, columns)), kind)
    return {str(name): column for name, column in pd.DataFrame(whole, copy=False).items()}


def _coerced(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    import pandera.errors

    try:
        checked: gpd.GeoDataFrame = _schema(kind).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as wrong:
        cases = wrong.failure_cases
        absent = cases.loc[cases["check"] == "column_in_dataframe", "failure_case"]
        names = sorted({str(c) for c in (*cases["column"].dropna(), *absent)})
        raise FrameRefused(f"Columns: {', '.join(names)}.", columns=names) from wrong
    return checked


def _in_order_already(
    found: dict[str, pd.Series], columns: dict[str, tuple[str, bool, bool]]
) -> bool:
    """Whether the schema would change and refuse nothing; it is asked only where this is False."""
    for name, (dtype, _, nullable) in columns.items():
        if name not in found or found[name].dtype != dtype:
            return False
        if not nullable and found[name].hasnans:
            return False
    uid = found[next(iter(columns))]
    return ascending(uid, strictly=True) or bool(uid.is_unique)


def ascending(column: Any, *, strictly: bool = False) -> bool:
    """Whether texts stand in their order; Arrow's are compared without making objects of them.

    >>> import pandas as pd
    >>> ascending(pd.Series(["a", "b", "b"])), ascending(pd.Series(["a", "b", "b"]), strictly=True)
    (True, False)
    """
    arrow = getattr(column.dtype, "storage", None) == "pyarrow"
    values = column.array if arrow else column.to_numpy(dtype=object)
    later, earlier = values[1:], values[:-1]
    return bool((later > earlier if strictly else later >= earlier).all())


def _missing(
    frame: gpd.GeoDataFrame, columns: dict[str, tuple[str, bool, bool]]
) -> dict[str, pd.Series]:
    """Optional columns that a frame lacks, without values."""
    import pandas as pd

    kinds: dict[str, Any] = {
        name: dtype
        for name, (dtype, required, _) in columns.items()
        if not required and name not in frame
    }
    none = {kind: pd.Series([None], dtype=kind).array for kind in set(kinds.values())}
    count, index = len(frame), frame.index
    all_none = {kind: pd.Series(one.repeat(count), index=index) for kind, one in none.items()}
    return {name: all_none[kind] for name, kind in kinds.items()}


def require_polygons(kinds: Any) -> None:
    """Refuse shapes of which one is no polygon, or missing; ``kinds`` as shapely numbers them."""
    import shapely

    areal = shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON
    if not ((kinds == areal[0]) | (kinds == areal[1])).all():  # a missing one is -1
        raise FrameRefused("Geometry must be polygons.", columns=["geometry"])


def srid_of(frame: gpd.GeoDataFrame) -> int:
    """EPSG code of the frame's VN-2000 zone; geographic, unknown or other CRS are refused."""
    code = frame.crs.to_epsg() if frame.crs is not None else None
    if code not in ZONES:
        raise FrameRefused(
            f"The coordinates are in {frame.crs and frame.crs.name!r}, not in a VN-2000 zone.",
            columns=["geometry"],
        )
    return int(code)


def parcel_key(
    former_commune: str, map_set: str | None, scale: int, former_sheet: str, former_parcel: str
) -> str:
    """Stable identifier of a parcel, from the numbers that it had in its former commune.

    >>> parcel_key("22645", None, 2000, "12", "34") == parcel_key("22645", "", 2000, "12", "34")
    True
    """
    parts = (former_commune, map_set or "", str(scale), former_sheet, former_parcel)
    return str(uuid.uuid5(NAMESPACE, "parcel|" + "|".join(parts)))


def concat(frames: list[Any]) -> Any:
    """Join frames of one zone, skipping empty ones (pandas guesses types from those)."""
    import pandas as pd

    filled = [f for f in frames if len(f)]
    if not filled:
        return frames[0].copy()
    joined: pd.DataFrame = pd.concat(filled, ignore_index=True)
    return joined

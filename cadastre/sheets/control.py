"""Control points of a commune from a table or a vector file, in the commune's zone.

They are evidence for the zone of sheets to come. On Vietnamese lists X is the northing and
Y the easting (TT 26/2024/TT-BTNMT Art 5); which is which is checked by the size of the
numbers, since a northing in Viet Nam is above 900 km and an easting below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cadastre import crs as vn2000
from cadastre.errors import InputRefused
from cadastre.formats.spreadsheet import read_rows
from cadastre.formats.vector import POLYGON_FILES, open_table
from cadastre.sheets import values
from cadastre.sheets.claims import declared_srid
from cadastre.sheets.columns import fold, resolve

_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("tendiem", "sohieudiem", "sohieu", "diem", "ten", "kyhieu", "point", "name", "id",
             "stt"),
    "x": ("x", "xm", "toadox", "north", "northing", "n"),
    "y": ("y", "ym", "toadoy", "east", "easting", "e"),
}  # fmt: skip
#: Points may lie this far (m) outside the commune: networks reach over its edge.
_AROUND_M = 20_000.0
_LEAST_NORTH_M, _MOST_EAST_M = 900_000.0, 900_000.0


class ControlUnusable(InputRefused):
    """This is no list of control points: a name, X (north) and Y (east) for each."""

    message_vi = "Đây không phải danh sách điểm khống chế: mỗi điểm cần tên, X (bắc), Y (đông)."


def read_control(
    path: str | Path, *, srid: int, crs: int | None = None, outline: Any = None
) -> gpd.GeoDataFrame:
    """Return points with ``name`` in zone ``srid``.

    Parameters
    ----------
    crs : VN-2000 zone of the list; default what a vector file declares, else ``srid``
    outline : polygon of the commune in EPSG:4326; points far from it are refused

    Raises
    ------
    ControlUnusable
        Columns, numbers or places are not those of control points; ``row`` says where.
    """
    path = Path(path)
    if path.suffix.lower() in POLYGON_FILES:
        names, xy, rows, declared = _of_vector(path)
    else:
        names, xy, rows, declared = *_of_table(path), None
    zone = crs or declared or srid
    if zone not in vn2000.ZONES:
        raise _unusable(path, f"EPSG:{zone}", field="crs")
    en = _turned(path, xy, rows)
    points = vn2000.between_zones(shapely.points(en), zone, srid)
    _check_places(path, points, rows, srid, outline)
    frame = gpd.GeoDataFrame({"name": names}, geometry=gpd.GeoSeries(points, crs=srid), crs=srid)
    twice = frame["name"].duplicated(keep=False).to_numpy()
    if twice.any():
        at = int(np.flatnonzero(twice)[0])
        raise _unusable(path, f"{names[at]} twice", f"{names[at]} trùng tên", row=int(rows[at]))
    return frame


def _of_table(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    table = read_rows(path, known=_is_heading)
    found = {
        s.name: s.column
        for s in resolve(table.columns, names=_NAMES, required=tuple(_NAMES), file=path.name)
    }
    names = values.texts(table.values[found["name"]])
    xy = np.column_stack([values.numbers(table.values[found[axis]]) for axis in ("x", "y")])
    rows = table.row_numbers
    bad = np.flatnonzero(names.isna().to_numpy() | ~np.isfinite(xy).all(axis=1))
    if len(bad) or len(rows) == 0:
        row = int(rows[bad[0]]) if len(bad) else 0
        raise _unusable(path, f"row {row}", f"dòng {row}", row=row)
    return names.tolist(), xy, rows


def _is_heading(cell: str) -> bool:
    known = {spelling for spellings in _NAMES.values() for spelling in spellings}
    return fold(cell).removesuffix("m") in known or fold(cell) in known


def _of_vector(path: Path) -> tuple[list[str], np.ndarray, np.ndarray, int | None]:
    table = open_table(path)
    chunks = list(table.chunks())
    shapes = np.concatenate([chunk.geometries for chunk in chunks])
    rows = np.concatenate([chunk.records for chunk in chunks])
    bad = np.flatnonzero(shapely.get_type_id(shapes) != 0)
    if len(bad) or len(shapes) == 0:
        row = int(rows[bad[0]]) if len(bad) else 0
        raise _unusable(
            path, f"record {row} is no point", f"bản ghi {row} không phải điểm", row=row
        )
    column = resolve(table.fields, names={"name": _NAMES["name"]}, required=("name",),
                     file=path.name)[0].column  # fmt: skip
    names = values.texts(np.concatenate([chunk.attributes[column] for chunk in chunks]))
    claimed = declared_srid(table.declared_crs)
    zone = claimed if claimed in vn2000.ZONES else None
    return names.fillna("?").tolist(), shapely.get_coordinates(shapes), rows, zone


def _turned(path: Path, xy: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return (east, north), whichever of the two columns was the northing."""
    north_first = _plausible(xy[:, ::-1])
    east_first = _plausible(xy)
    turned = north_first.sum() >= east_first.sum()
    en, plausible = (xy[:, ::-1], north_first) if turned else (xy, east_first)
    if not plausible.all():
        row = int(rows[np.flatnonzero(~plausible)[0]])
        raise _unusable(
            path, f"row {row}: not X (north) and Y (east) in metres",
            f"dòng {row}: không phải X (bắc), Y (đông) theo mét", row=row,
        )  # fmt: skip
    return np.asarray(en)


def _plausible(en: np.ndarray) -> np.ndarray:
    """Whether each (east, north) is in metres of a zone of VN-2000."""
    fits: np.ndarray = (en[:, 0] < _MOST_EAST_M) & (en[:, 0] > 0) & (en[:, 1] > _LEAST_NORTH_M)
    return fits


def _check_places(
    path: Path, points: np.ndarray, rows: np.ndarray, srid: int, outline: Any
) -> None:
    if outline is None:
        return
    away = shapely.distance(vn2000.from_wgs84(outline, srid).item(), points)
    if (away > _AROUND_M).any():
        at = int(np.argmax(away))
        raise _unusable(
            path, f"row {rows[at]}: {away[at] / 1000:.0f} km outside the commune",
            f"dòng {rows[at]}: cách xã {away[at] / 1000:.0f} km", row=int(rows[at]),
        )  # fmt: skip


def _unusable(path: Path, en: str, vi: str | None = None, **where: Any) -> ControlUnusable:
    return ControlUnusable(
        f"{path.name}: {en}.", f"{path.name}: {vi or en}.", file=path.name, **where
    )

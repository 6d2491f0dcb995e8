"""The outline of a commune from any vector file, in WGS 84.

Here the declared CRS is taken as it is: an outline is evidence that a person hands over on
purpose. VN-2000 zones go through the pinned operation; other systems through PROJ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cadastre import crs as vn2000
from cadastre.errors import InputRefused
from cadastre.formats import counting
from cadastre.formats.native import native_reader
from cadastre.formats.signatures import check_signature


class OutlineUnusable(InputRefused):
    """This file does not give the outline of a commune."""

    message_vi = "Tệp này không cho được ranh giới xã."


def read_outline(path: str | Path, *, layer: str | None = None) -> Any:
    """Union of the polygons of a file as a shapely geometry in EPSG:4326.

    Raises
    ------
    OutlineUnusable
        No polygon, or no declared CRS for coordinates that are not degrees.
    cadastre.formats.native.FileUnreadable
        No reader opens the file.
    """
    import pyogrio

    path = Path(path)
    check_signature(path)
    counting.count_records(path, layer)
    with native_reader(path):
        meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[], force_2d=True)
    shapes = shapely.from_wkb(wkb if wkb is not None else [], on_invalid="fix")
    land = shapes[np.isin(shapely.get_type_id(shapes), [3, 6])]
    if len(land) == 0:
        raise _unusable(path, "it has no polygon", "không có vùng nào")
    whole = shapely.union_all(shapely.make_valid(land, method="structure", keep_collapsed=False))
    return _in_degrees(whole, meta["crs"], path)


def _in_degrees(whole: Any, declared: str | None, path: Path) -> Any:
    from pyproj import CRS, Transformer

    west, south, east, north = shapely.bounds(whole)
    if declared is None:
        if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
            return whole
        raise _unusable(path, "it declares no CRS", "tệp không khai hệ tọa độ")
    system = CRS.from_user_input(declared)
    code = system.to_epsg()
    if code in vn2000.ZONES:
        return vn2000.to_wgs84(whole, int(code)).item()
    if code == 4326:
        return whole
    change = Transformer.from_crs(system, 4326, always_xy=True)
    return shapely.transform(whole, lambda xy: np.column_stack(change.transform(*xy.T)))


def _unusable(path: Path, why_en: str, why_vi: str) -> OutlineUnusable:
    return OutlineUnusable(f"{path.name}: {why_en}.", f"{path.name}: {why_vi}.", file=path.name)

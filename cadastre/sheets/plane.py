"""Coordinates as a file has them -> (east, north) metres in a VN-2000 zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from cadastre import crs as vn2000
from cadastre.errors import InputRefused
from cadastre.sheets.candidates import GEOGRAPHIC

if TYPE_CHECKING:
    from cadastre.sheets.zone import ZoneFinding


class ZoneUnclear(InputRefused):
    """The zone of the coordinates is not clear; give better evidence, or the zone itself."""

    message_vi = "Chưa rõ múi chiếu của tọa độ; hãy bổ sung bằng chứng hoặc chỉ định múi chiếu."


def to_plane(
    geometries: np.ndarray, finding: ZoneFinding, target_srid: int | None
) -> tuple[np.ndarray, int]:
    """Geometries in (east, north) metres of a VN-2000 zone, and that zone.

    Nothing is touched when the file is already in the target zone in the usual order.
    Degrees need ``target_srid``; the way from one VN-2000 zone to another is exact.
    """
    if finding.swapped:
        geometries = _reshaped(geometries, lambda xy: xy[:, ::-1])
    if finding.unit == "mm":
        geometries = _reshaped(geometries, lambda xy: xy / 1000.0)
    found = finding.found_srid
    if found in GEOGRAPHIC:
        if target_srid is None:
            raise ZoneUnclear(
                f"EPSG:{found}: degrees need a target zone.",
                f"EPSG:{found}: tọa độ độ cần múi đích.",
                declared=found,
            )
        if found == 4326:
            return vn2000.from_wgs84(geometries, target_srid), target_srid
        moved = _reshaped(geometries, lambda xy: vn2000.project_geographic(xy, target_srid))
        return moved, target_srid
    if target_srid is not None and target_srid != found:
        return vn2000.between_zones(geometries, found, target_srid), target_srid
    return geometries, found


def _reshaped(geometries: np.ndarray, move: Any) -> np.ndarray:
    return np.asarray(shapely.transform(geometries, move), dtype=object)

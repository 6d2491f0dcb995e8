"""Parcels outside the outline of their commune.

Outlines come from maps of the whole country and are coarse, so a parcel is outside when
it reaches further out than the tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre.crs import from_wgs84
from cadastre.merge.mesh import Floats, Ints


@dataclass(frozen=True, slots=True)
class Outside:
    """Parcels beyond the outline, by how much (metres), and the part that is outside."""

    parcel: Ints
    distance: Floats
    shape: Any


def outside_commune(shapes: Any, outline: Any, srid: int, rules: Mapping[str, Any]) -> Outside:
    """Parcels that leave ``outline`` (EPSG:4326) by more than the tolerance.

    ``distance`` is how far the farthest corner of the parcel lies from the outline.
    """
    plane = shapely.make_valid(from_wgs84(outline, srid).item())
    shapely.prepare(plane)
    suspect = np.flatnonzero(~shapely.covers(plane, shapes))
    xy, owner = shapely.get_coordinates(shapes[suspect], return_index=True)
    away = shapely.distance(shapely.points(xy), plane)
    farthest = np.zeros(len(suspect))
    np.maximum.at(farthest, owner, away)

    beyond = farthest > rules["tolerance_m"]
    suspect, farthest = suspect[beyond], farthest[beyond]
    part = shapely.difference(shapely.make_valid(shapes[suspect]), plane)
    return Outside(suspect, farthest, part)

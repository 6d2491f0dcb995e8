"""What a file says about its coordinate system: a claim, never applied."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from cadastre import crs as vn2000
from cadastre.crs import ZONES


@lru_cache(maxsize=256)
def declared_srid(declared: str | None) -> int | None:
    """EPSG code that a file's CRS text names, matching by parameters where it has none.

    A text that names nothing is looked for by its likeness to every name there is, which takes
    a second: each text is looked for once.

    >>> declared_srid("EPSG:9217"), declared_srid(None)
    (9217, None)
    """
    if not declared:
        return None
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        claim = CRS.from_user_input(declared)
    except CRSError:
        return None
    code = claim.to_epsg(min_confidence=70)
    return int(code) if code else _by_parameters(claim)


def claim_text(declared: str | None) -> str | None:
    """Return the claim as ``EPSG:n`` where it is one, else its first hundred characters."""
    srid = declared_srid(declared)
    return f"EPSG:{srid}" if srid else (declared or "")[:100] or None


def _by_parameters(claim: Any) -> int | None:
    operation = claim.coordinate_operation
    values = {p.name: p.value for p in operation.params} if operation is not None else {}
    meridian = values.get("Longitude of natural origin")
    factor = values.get("Scale factor at natural origin")
    for srid, zone in ZONES.items():
        if (meridian, factor) == (zone.meridian_deg, zone.scale_factor):
            return srid
    return None


def claimed_away_m(metres: np.ndarray, claim: int | None, found: int, axes: str) -> float | None:
    """Metres by which the land would be misplaced if the declared zone were believed."""
    if claim not in ZONES or found not in ZONES or claim == found or len(metres) == 0:
        return None
    middle = np.median(metres if axes == "en" else metres[:, ::-1], axis=0)
    there = vn2000.between_zones(shapely.points(middle), claim, found).item()
    return float(np.hypot(there.x - middle[0], there.y - middle[1]))

"""Parcels that lie wholly inside another parcel from which they were not cut out.

Land is then mapped twice. It is always flagged ``ENCLAVE``; it is cut out by itself only
when the host's printed area says that it was meant to be: printed = area minus enclaves,
within TT 26/2024 Annex 04, while the uncut area is outside that limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre.regulation import Regulation

#: Share of the inner parcel that must lie in the host.
_INSIDE_SHARE = 0.98
#: Above this share of the host it is the same land twice, not an enclave.
_SAME_LAND_SHARE = 0.95


@dataclass(frozen=True)
class Enclave:
    """An inner parcel in its host (places in the array), its area, and whether it was cut."""

    host: int
    inner: int
    area_m2: float
    cut: bool


def find_enclaves(geometries: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (host, inner) of valid polygons, the inner one inside the host's land.

    >>> pairs = find_enclaves(np.array([shapely.box(0, 0, 9, 9), shapely.box(2, 2, 4, 4)]))
    >>> pairs
    [(0, 1)]
    """
    tree = shapely.STRtree(geometries)
    inner, host = tree.query(geometries)
    box = shapely.bounds(geometries)
    area = shapely.area(geometries)
    slack = 0.05 * np.sqrt(np.maximum(area[inner], 1.0))
    smaller = (inner != host) & (area[inner] < _SAME_LAND_SHARE * area[host])
    low = (box[inner, :2] >= box[host, :2] - slack[:, None]).all(axis=1)
    high = (box[inner, 2:] <= box[host, 2:] + slack[:, None]).all(axis=1)
    kept = smaller & low & high
    inner, host = inner[kept], host[kept]
    shapely.prepare(geometries[np.unique(host)])
    meet = shapely.intersects(geometries[host], shapely.point_on_surface(geometries[inner]))
    inner, host = inner[meet], host[meet]
    shared = shapely.area(shapely.intersection(geometries[host], geometries[inner]))
    within = shared >= _INSIDE_SHARE * area[inner]
    return sorted(zip(host[within].tolist(), inner[within].tolist(), strict=True))


def cut_enclaves(
    geometries: np.ndarray, printed_m2: np.ndarray, scale: np.ndarray, regulation: Regulation
) -> tuple[np.ndarray, list[Enclave]]:
    """Geometries with the confirmed enclaves cut out, and all enclaves that were found."""
    pairs = find_enclaves(geometries)
    if not pairs:
        return geometries, []
    done, found = geometries.copy(), []
    limit = regulation.accuracy.area_limit(scale, np.nan_to_num(printed_m2, nan=0.0))
    for host in sorted({host for host, _ in pairs}):
        inner = [i for h, i in pairs if h == host]
        cut = _confirmed(geometries, host, inner, float(printed_m2[host]), float(limit[host]))
        if cut is not None:
            done[host] = cut
        found += [Enclave(host, i, float(geometries[i].area), cut is not None) for i in inner]
    return done, found


def _confirmed(
    geometries: np.ndarray, host: int, inner: list[int], printed: float, limit: float
) -> Any:
    if not printed > 0 or abs(geometries[host].area - printed) <= limit:
        return None
    rest = shapely.difference(geometries[host], shapely.union_all(geometries[inner]))
    whole = isinstance(rest, shapely.Polygon) and not rest.is_empty
    return rest if whole and abs(rest.area - printed) <= limit else None

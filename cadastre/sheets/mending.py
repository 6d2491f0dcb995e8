"""The ways to read an outline that crosses itself, the most faithful to its lines first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

#: Crumbs below this area (m2) that a repair leaves beside the parcel are not parcels.
CRUMB_M2 = 0.05
#: Rings longer than this are not searched for exchanged vertices.
_MOST_VERTICES = 200
_SHORT_RING = 40


def ways_to_read(broken: Any) -> Iterable[Any]:
    """Return the ways to read a broken outline, the most faithful to its lines first."""
    yield polygons_of(shapely.make_valid(broken, method="linework"))
    yield polygons_of(shapely.make_valid(broken, method="structure", keep_collapsed=False))
    yield _uncrossed(broken)
    yield from _swapped_back(broken)


def _swapped_back(broken: Any) -> Iterable[Any]:
    """Return the simple rings in which two vertices are exchanged.

    Any two of a short ring, two that follow each other in a long one.
    """
    if not isinstance(broken, shapely.Polygon) or broken.interiors:
        return []
    points = shapely.get_coordinates(broken.exterior)[:-1]
    if not 4 <= len(points) <= _MOST_VERTICES:
        return []
    first, second = np.triu_indices(len(points), 1)
    if len(points) > _SHORT_RING:
        first = np.arange(len(points))
        second = (first + 1) % len(points)
    order = np.tile(np.arange(len(points)), (len(first), 1))
    row = np.arange(len(first))
    order[row, first], order[row, second] = second, first
    rings = shapely.polygons(points[order])
    return list(rings[shapely.is_valid(rings)])


def _uncrossed(broken: Any) -> Any:
    """Return the ring with crossing edges undone: two vertices were written in wrong order."""
    if not isinstance(broken, shapely.Polygon) or broken.interiors:
        return None
    points = shapely.get_coordinates(broken.exterior)[:-1]
    if not 4 <= len(points) <= _MOST_VERTICES:
        return None
    for _ in range(len(points)):
        pair = _first_crossing(points)
        if pair is None:
            ring = shapely.Polygon(points)
            return ring if ring.is_valid else None
        first, second = pair
        points = np.vstack(
            [points[: first + 1], points[first + 1 : second + 1][::-1], points[second + 1 :]]
        )
    return None


def _first_crossing(points: np.ndarray) -> tuple[int, int] | None:
    edges = shapely.linestrings(np.stack([points, np.roll(points, -1, axis=0)], axis=1))
    count = len(edges)
    first, second = np.triu_indices(count, 2)
    apart = ~((first == 0) & (second == count - 1))
    first, second = first[apart], second[apart]
    crossing = np.flatnonzero(shapely.crosses(edges[first], edges[second]))
    return (int(first[crossing[0]]), int(second[crossing[0]])) if len(crossing) else None


def polygons_of(geometry: Any) -> Any:
    """Return the polygons of a geometry without crumbs, joined to one; None without any."""
    parts = shapely.get_parts(shapely.get_parts(np.array([geometry])))
    kept = [p for p in parts if isinstance(p, shapely.Polygon) and p.area > CRUMB_M2]
    return one_of(kept) if kept else None


def one_of(parts: list[Any]) -> Any:
    """Return the only polygon, or all of them as one multipolygon."""
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)

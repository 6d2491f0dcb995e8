"""Parcels as a planar fabric: every boundary point has one number, whoever shares it.

Two sources of shapes: real parcels from a file, and built-in irregular blocks (cut by slanting
lines, with bays, courtyards and bent roads), so that the benchmark also runs without a file.
Shapes are drawn for 1:500 and grow with the scale's denominator, as maps do on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from shapely.ops import split

ORIGIN = (570_000.0, 1_348_000.0)
_DRAWN_AT = 500.0
_BLOCK_LOTS = 26.0
_LOT_M2 = 240.0


@dataclass
class Fabric:
    """Boundary points (n, 2) in metres; rings of point numbers per parcel, outer ring first."""

    xy: np.ndarray
    rings: list[list[np.ndarray]]

    def __len__(self) -> int:
        return len(self.rings)

    def polygon(self, i: int, xy: np.ndarray | None = None) -> shapely.Polygon:
        """Outline of a parcel with its points at ``xy`` (default: the true positions)."""
        place = self.xy if xy is None else xy
        outer, *inner = (place[ring] for ring in self.rings[i])
        return shapely.Polygon(outer, inner)

    def points(self, i: int) -> np.ndarray:
        """Numbers of all points of a parcel."""
        return np.concatenate(self.rings[i])

    def users(self) -> list[set[int]]:
        """Parcels at each point."""
        at: list[set[int]] = [set() for _ in self.xy]
        for i in range(len(self)):
            for point in self.points(i):
                at[point].add(i)
        return at


def fabric_of(polygons: np.ndarray) -> Fabric:
    """Fabric of polygons that share points; coordinates are told apart by the millimetre."""
    lines, owner = shapely.get_rings(shapely.orient_polygons(polygons), return_index=True)
    xy, ring = shapely.get_coordinates(lines, return_index=True)
    _, first, number = np.unique(np.round(xy, 3), axis=0, return_index=True, return_inverse=True)
    runs = np.split(number.ravel(), np.flatnonzero(np.diff(ring)) + 1)
    rings: list[list[np.ndarray]] = [[] for _ in polygons]
    for i, run in zip(owner, runs, strict=True):
        rings[i].append(run[:-1][np.diff(run) != 0])
    return Fabric(xy[first], rings)


def real_fabric(path: Path, rng: np.random.Generator, count: int, scale: int) -> Fabric:
    """About ``count`` neighbouring parcels out of a file of real ones, at a random place."""
    shapes = _read(path)
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    gap = np.abs(centre - centre[int(rng.integers(len(shapes)))]).max(axis=1)
    return fabric_of(_placed(shapes[np.sort(np.argsort(gap, kind="stable")[:count])], scale))


@lru_cache(maxsize=1)
def _read(path: Path) -> np.ndarray:
    """Sound polygons of a file, in metres."""
    import geopandas as gpd

    frame = gpd.read_file(path)
    shapes = np.asarray(frame.to_crs(frame.estimate_utm_crs()).geometry.array, dtype=object)
    return np.asarray(shapes[(shapely.get_type_id(shapes) == 3) & shapely.is_valid(shapes)])


def built_fabric(rng: np.random.Generator, count: int, scale: int) -> Fabric:
    """About ``count`` parcels of irregular blocks between bent roads."""
    across = max(1, round(np.sqrt(count / _BLOCK_LOTS)))
    lots = [
        lot
        for column in range(across)
        for row in range(across)
        for lot in _cut(rng, _block(column, row))
    ]
    lines = shapely.unary_union(shapely.boundary(np.array(lots, dtype=object)))
    faces = shapely.get_parts(shapely.polygonize([lines]))
    middle = shapely.STRtree(lots).query(shapely.point_on_surface(faces), predicate="within")[0]
    fabric = fabric_of(_placed(np.array([_court(rng, f) for f in faces[middle]]), scale))
    return _with_bays(rng, fabric, scale / _DRAWN_AT)


def _placed(shapes: np.ndarray, scale: int) -> np.ndarray:
    low, grown = shapely.total_bounds(shapes)[:2], scale / _DRAWN_AT
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.round((xy - low) * grown, 3) + ORIGIN)
    )


def _block(column: int, row: int) -> shapely.Polygon:
    """One block of 90 x 70 m; the roads between blocks, 6 m wide, bend gently."""
    east, north = 96.0 * column, 76.0 * row
    corners = np.array([(0.0, 0.0), (90.0, 0.0), (90.0, 70.0), (0.0, 70.0)]) + np.array(
        (east, north)
    )
    share = np.arange(0.0, 1.0, 0.125)[:, None]
    ring = np.vstack(
        [a + (b - a) * share for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    )
    bend = 2.5 * np.sin(ring[:, 0] / 31.0 + ring[:, 1] / 47.0)
    return shapely.Polygon(ring + bend[:, None])


def _cut(rng: np.random.Generator, shape: shapely.Polygon) -> list[shapely.Polygon]:
    """Cut a shape across its longer side by slanting lines until its parts are lots."""
    if shape.area < _LOT_M2 * rng.uniform(0.9, 2.2):
        return [shape]
    box = np.asarray(shape.minimum_rotated_rectangle.exterior.coords)[:4]
    if np.hypot(*(box[1] - box[0])) < np.hypot(*(box[2] - box[1])):
        box = np.roll(box, -1, axis=0)
    place, slant = rng.uniform(0.35, 0.65), rng.uniform(-0.06, 0.06)
    a = box[0] + (box[1] - box[0]) * (place + slant)
    b = box[3] + (box[2] - box[3]) * (place - slant)
    parts = list(split(shape, shapely.LineString([2.0 * a - b, 2.0 * b - a])).geoms)
    if len(parts) < 2 or min(part.area for part in parts) < 40.0:
        return [shape]
    return [lot for part in parts for lot in _cut(rng, part)]


def _court(rng: np.random.Generator, lot: shapely.Polygon) -> shapely.Polygon:
    """A lot, now and then with a courtyard that is not its own."""
    middle = lot.representative_point()
    court = shapely.box(middle.x - 1.5, middle.y - 1.2, middle.x + 1.5, middle.y + 1.2)
    if rng.random() > 0.08 or not lot.buffer(-2.0).contains(court):
        return lot
    return shapely.Polygon(lot.exterior, [court.exterior])


def _with_bays(rng: np.random.Generator, fabric: Fabric, grown: float) -> Fabric:
    """Some long sides get a bay of two points, for both parcels at the side."""
    xy = list(fabric.xy)
    bays: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(fabric)):
        outer = fabric.rings[i][0]
        for a, b in zip(outer.tolist(), np.roll(outer, -1).tolist(), strict=True):
            side = fabric.xy[b] - fabric.xy[a]
            if np.hypot(*side) < 7.0 * grown or rng.random() > 0.15 or (b, a) in bays:
                continue
            out = np.array([side[1], -side[0]]) / np.hypot(*side) * rng.uniform(0.5, 1.2) * grown
            bays[a, b] = (len(xy), len(xy) + 1)
            xy += [fabric.xy[a] + 0.4 * side + out, fabric.xy[a] + 0.65 * side + out]
    rings = [[_bayed(outer, bays), *inner] for outer, *inner in fabric.rings]
    return Fabric(np.array(xy), rings)


def _bayed(ring: np.ndarray, bays: dict[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    points: list[int] = []
    for a, b in zip(ring.tolist(), np.roll(ring, -1).tolist(), strict=True):
        points += [a, *bays.get((a, b), ()), *bays.get((b, a), ())[::-1]]
    return np.array(points)

"""What speaks for a way to read a file's coordinates, strongest first.

The sheet frame and nomenclature against the sheet grid; control points; edges of sheets
already in; the outline of the commune; a bounding box. Each kind rates every way that is
left; the grid tells axes, unit and family of zones, the others tell where on earth it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from cadastre import crs as vn2000
from cadastre.crs import ZONES
from cadastre.sheets.candidates import Way, in_zone
from cadastre.sheets.sheet_grid import SIDES_M, Cell, frame_cells

#: Outlines are generalised, parcels lie along them: this far out (m) still counts as inside.
OUTLINE_SLACK_M = 60.0
#: Distance (m) beyond which a parcel outside counts fully as outside.
_FAR_M = 500.0
#: A parcel on the frame belongs to the sheet with its larger part: slack as share of the side.
_FRAME_SLACK, _MOST_FRAME_SLACK_M = 0.1, 60.0
_FRAME_TOLERANCE_M = 0.05
#: Points of two surveys of the same place agree within this (m) at 1:1000.
_MEETS_M = 0.5
#: Radius of the ring of equal area around that circle (m).
_RING_M = _MEETS_M * 2**0.5
_SPREADS = 1.7
_MOST_POINTS = 60_000
#: The three-degree zones, in which cadastral sheets are drawn.
_SHEET_ZONES = [srid for srid, zone in ZONES.items() if zone.scale_factor == 0.9999]


@dataclass(frozen=True)
class Clues:
    """Everything that can tell where a file lies; empty where there is nothing.

    ``cells`` are squares that a nomenclature names, ``frame`` the corners of lines on the
    frame level, ``marks`` the control points that the file draws itself; ``control`` and
    ``neighbours`` are point arrays with their zone, ``outline`` and ``bounds`` areas in EPSG:4326.
    """

    cells: tuple[Cell, ...] = ()
    frame: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    marks: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    scale: int | None = None
    control: tuple[np.ndarray, int] | None = None
    neighbours: tuple[np.ndarray, int] | None = None
    outline: Any = None
    bounds: Any = None

    def kinds(self) -> list[str]:
        """Return the kinds of evidence that there are, strongest first."""
        present = {
            "grid": bool(self.cells) or (len(self.frame) > 3 and self.scale in SIDES_M),
            "control": self.control is not None,
            "neighbours": self.neighbours is not None and len(self.neighbours[0]) > 0,
            "outline": self.outline is not None,
            "bounds": self.bounds is not None,
        }
        return [kind for kind, there in present.items() if there]


@dataclass(frozen=True, slots=True)
class Rating:
    """How well one way fits one kind of evidence.

    ``share`` 0..1 is of parcels (grid, outline, bounds) or of points (control, edges);
    ``score`` the same with misses weighted by distance; ``off_m`` how far the misses are,
    or how well the points meet; ``count`` how many points meet.
    """

    share: float
    score: float
    off_m: float
    count: int = 0


def rate(kind: str, way: Way, centres: np.ndarray, vertices: np.ndarray, clues: Clues) -> Rating:
    """Rate a way by one kind of evidence.

    Parameters
    ----------
    centres, vertices : of the file's geometries, in the file's own numbers
    """
    if kind == "grid":
        return _by_grid(way, centres, clues)
    if kind in ("control", "neighbours"):
        marks = clues.control if kind == "control" else clues.neighbours
        if kind == "control" and len(clues.marks):
            vertices = np.vstack([vertices, clues.marks])
        return _by_points(way, vertices, *_required(marks), edges=kind == "neighbours")
    return inside_area(way, way.read(centres), clues.outline if kind == "outline" else clues.bounds)


def _required(marks: tuple[np.ndarray, int] | None) -> tuple[np.ndarray, int]:
    return marks if marks is not None else (np.empty((0, 2)), 9217)


def _by_grid(way: Way, centres: np.ndarray, clues: Clues) -> Rating:
    """Return the best fit over the zones in which the sheet may have been drawn."""
    plane = way.read(centres)
    if way.srid not in ZONES:
        return max((_in_cells(in_zone(plane, way.srid, z), clues) for z in _SHEET_ZONES),
                   key=lambda r: r.score)  # fmt: skip
    # What stands in a three-degree zone stands in the grid of that zone; what a UTM zone
    # holds came from one of them.
    drawn = [way.srid] if way.srid in _SHEET_ZONES else _SHEET_ZONES
    ratings = []
    for zone in drawn:
        framed = frame_cells(
            in_zone(way.read(clues.frame), way.srid, zone), clues.scale or 0, _FRAME_TOLERANCE_M
        )
        if framed:
            ratings.append(Rating(1.0, 1.0, 0.0, framed))
        if clues.cells:
            ratings.append(_in_cells(in_zone(plane, way.srid, zone), clues))
    return max(ratings, key=lambda r: r.score, default=Rating(0.0, 0.0, float("inf")))


def _in_cells(plane: np.ndarray, clues: Clues) -> Rating:
    if not clues.cells or len(plane) == 0 or not np.isfinite(plane).all():
        return Rating(0.0, 0.0, float("inf"))
    away = np.full(len(plane), np.inf)
    slack = min(_FRAME_SLACK * max(cell.side for cell in clues.cells), _MOST_FRAME_SLACK_M)
    for cell in clues.cells:
        low = np.array([cell.west, cell.south])
        beyond = np.maximum(np.maximum(low - plane, plane - low - cell.side), 0.0)
        away = np.minimum(away, np.hypot(*beyond.T))
    return _of_distances(away, slack)


def _of_distances(away: np.ndarray, slack: float) -> Rating:
    inside = float((away <= slack).mean())
    lost = np.clip((away - slack) / _FAR_M, 0.0, 1.0)
    score = float(1.0 - (0.5 * (lost > 0) + 0.5 * lost).mean())
    return Rating(inside, score, float(np.percentile(away, 95)))


def _by_points(
    way: Way, vertices: np.ndarray, marks: np.ndarray, zone: int, *, edges: bool
) -> Rating:
    """Return how many known points the file's vertices meet."""
    nothing = Rating(0.0, 0.0, float("inf"))
    mine = way.read(vertices)
    if len(mine) == 0 or len(marks) == 0:
        return nothing
    low, high = marks.min(axis=0) - _FAR_M, marks.max(axis=0) + _FAR_M
    rough = in_zone(np.array([mine.min(axis=0), mine.max(axis=0)]), way.srid, zone)
    if not np.isfinite(rough).all() or (rough[1] < low).any() or (rough[0] > high).any():
        return nothing
    moved = in_zone(mine, way.srid, zone)
    around = (moved >= low).all(axis=1) & (moved <= high).all(axis=1)
    moved = moved[around]
    if len(moved) == 0:
        return nothing
    sought = moved if edges else marks
    distance, _ = cKDTree(marks if edges else moved).query(sought, distance_upper_bound=_RING_M)
    met = distance <= _MEETS_M
    count = _beyond_chance(int(met.sum()), int((np.isfinite(distance) & ~met).sum()))
    share = count / len(sought)
    return Rating(share, share, float(distance[met].mean()) if count else float("inf"), count)


def _beyond_chance(met: int, ringed: int) -> int:
    """Return how many points meet, less those that would meet anyhow.

    A sheet laid wrongly over a dense town meets some of its corners by chance. Chance fills
    the circle and the ring of equal area around it alike; what belongs together fills the
    circle. Less than 1.7 times the spread of such counts (the square root) says nothing.

    >>> _beyond_chance(40, 2), _beyond_chance(210, 200), _beyond_chance(5, 0)
    (38, 0, 5)
    """
    excess = met - ringed
    return excess if 2 * excess > met and excess > _SPREADS * np.sqrt(met + ringed) else 0


def inside_area(way: Way, points: np.ndarray, area_wgs84: Any) -> Rating:
    """Rate points, read this way, by how they lie in an area of EPSG:4326."""
    area = area_in(way.srid, area_wgs84)
    if area is None or len(points) == 0:
        return Rating(0.0, 0.0, float("inf"))
    per_metre = 1.0 if way.srid in ZONES else 1.0 / 111_000.0
    shapely.prepare(area)
    dots = shapely.points(points)
    within = shapely.intersects(area, dots)
    distance = np.zeros(len(points))
    distance[~within] = shapely.distance(area, dots[~within]) / per_metre
    return _of_distances(distance, OUTLINE_SLACK_M)


def area_in(srid: int, outline: Any) -> Any:
    """Return an area of EPSG:4326 in another system, None where it cannot be there."""
    if srid == 4326:
        return outline
    if srid == 4756:
        # The datum shift only, through any plane zone and back to VN-2000 degrees.
        plane = vn2000.from_wgs84(outline, 9217)
        from pyproj import Transformer

        back = Transformer.from_crs(9217, 4756, always_xy=True)
        return shapely.transform(
            plane.item(), lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1]))
        )
    moved = vn2000.from_wgs84(outline, srid).item()
    return moved if np.isfinite(shapely.bounds(moved)).all() else None


def vertices_of(geometries: np.ndarray) -> np.ndarray:
    """Return the distinct vertices of geometries, evenly thinned when there are very many."""
    present = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    xy = np.unique(shapely.get_coordinates(present), axis=0)
    xy = xy[np.isfinite(xy).all(axis=1)]
    return np.asarray(xy[:: max(1, len(xy) // _MOST_POINTS)])

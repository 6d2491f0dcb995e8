"""The flat layout of the commune: outline, former communes, river, roads and the town.

Everything is in metres around the middle of the commune, before :mod:`bending` makes land
of it. ``size`` scales the extent (not the parcels), so that a small sample has the same
kinds of land as a large one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

HALF_WIDTH_M, HALF_HEIGHT_M = 1850.0, 1570.0
MAIN_ROAD_M, ROAD_M, LANE_M, TRACK_M, BROOK_M = 13.0, 7.0, 4.0, 3.2, 5.0


@dataclass(frozen=True)
class Layout:
    """Regions of the flat plane."""

    outline: Polygon
    former: dict[str, BaseGeometry]  # former commune -> its land
    river: BaseGeometry
    brooks: BaseGeometry
    roads: BaseGeometry
    hull: Polygon  # the town proper, mapped at 1:500
    town_turn: float
    town_box: tuple[float, float, float, float]  # in the town's own axes
    village_roads: tuple[tuple[LineString, float, float], ...]  # line, half width, depth
    forest: BaseGeometry
    paddies: BaseGeometry
    width: float
    height: float


def make_layout(rng: np.random.Generator, size: float) -> Layout:
    """Regions for a commune whose extent is ``size`` times the full one."""
    w, h = HALF_WIDTH_M * size, HALF_HEIGHT_M * size
    outline = _outline(rng, w, h)
    river_line = _river_line(w, h, size)
    river = _band(river_line, 17.0 * max(size, 0.5), 7.0 * max(size, 0.5))
    south_border = _curve(
        lambda x: _river_y(x, w, h) - 0.17 * h + 0.02 * h * np.sin(x / w * 9.0), w, 18.0
    )
    east_border = LineString(
        [(0.14 * w + 0.05 * w * np.sin(y / h * 5.0), y) for y in np.arange(-h, 1.3 * h, 18.0)]
    )
    former = _former_communes(outline, south_border, east_border, w, h)
    box, turn, hull = _town(w, h)
    main = _curve(lambda x: _main_y(x, h, w), w, 25.0)
    village = _village_roads(w, h)
    roads = [main.buffer(MAIN_ROAD_M / 2)] + [r.buffer(half) for r, half, _ in village]
    roads += [line.buffer(TRACK_M / 2) for line in _tracks(w, h)]
    strips = ((main, MAIN_ROAD_M / 2, 42.0), *village)
    brooks = shapely.union_all([line.buffer(BROOK_M / 2) for line in _brooks(w, h)])
    wall = shapely.union_all(roads).difference(hull)
    return Layout(
        outline=outline,
        former=former,
        river=river.intersection(outline).difference(wall),
        brooks=brooks.intersection(outline).difference(shapely.union_all([wall, river, hull])),
        roads=wall.intersection(outline),
        hull=hull,
        town_turn=turn,
        town_box=box,
        village_roads=strips,
        forest=_forest(rng, outline, w, h),
        paddies=_paddies(river_line, w, h),
        width=w,
        height=h,
    )


def _outline(rng: np.random.Generator, w: float, h: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 361)[:-1]
    radius = np.full(angle.shape, 1.0)
    for order in range(2, 12):
        radius += rng.normal(0, 0.17 / order) * np.sin(order * angle + rng.uniform(0, 6.28))
    return Polygon(np.column_stack([w * radius * np.cos(angle), h * radius * np.sin(angle)]))


def _river_y(x: np.ndarray, w: float, h: float) -> np.ndarray:
    meander = 0.09 * np.sin(x / w * 6.4 + 0.6) + 0.034 * np.sin(x / w * 15.0 + 1.9)
    return np.asarray(h * (-0.10 + meander))


def _main_y(x: np.ndarray, h: float, w: float) -> np.ndarray:
    return np.asarray(h * (0.17 + 0.035 * np.sin(x / w * 4.2 + 0.3)))


def _curve(y_of: object, w: float, step: float) -> LineString:
    x = np.arange(-1.4 * w, 1.4 * w, step)
    return LineString(np.column_stack([x, y_of(x)]))  # type: ignore[operator]


def _river_line(w: float, h: float, size: float) -> LineString:
    return _curve(lambda x: _river_y(x, w, h), w, 6.0)


def _band(line: LineString, half: float, sway: float) -> Polygon:
    """Return a river: banks at a width that changes along the way."""
    xy = np.asarray(line.coords)
    tangent = np.gradient(xy, axis=0)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    normal /= np.hypot(*normal.T)[:, None]
    s = np.arange(len(xy)) * 6.0
    left = half + sway * np.sin(s / 83.0) + 0.5 * sway * np.sin(s / 31.0 + 1)
    right = half + sway * np.sin(s / 97.0 + 2) + 0.5 * sway * np.sin(s / 37.0 + 4)
    banks = np.vstack([xy + normal * left[:, None], (xy - normal * right[:, None])[::-1]])
    return Polygon(banks).buffer(0)


def _former_communes(
    outline: Polygon, south: LineString, east: LineString, w: float, h: float
) -> dict[str, BaseGeometry]:
    far = 3 * max(w, h)
    below = Polygon([*south.coords, (far, -far), (-far, -far)])
    right = Polygon([*east.coords, (far, far), (far, -far)])
    phu = outline.intersection(below)
    rest = outline.difference(below)
    return {"22609": rest.difference(right), "22630": rest.intersection(right), "22645": phu}


def _town(w: float, h: float) -> tuple[tuple[float, float, float, float], float, Polygon]:
    turn = np.radians(-5.0)
    box = (-0.245 * w, -0.155 * h, 0.235 * w, 0.165 * h)
    x0, y0, x1, y1 = box
    # A town is no rectangle: streets were added where land was to be had.
    corners = np.array([
        (x0, 0.7 * y0), (0.55 * x0, y0), (0.8 * x1, y0), (x1, 0.35 * y0), (0.9 * x1, 0.6 * y1),
        (0.35 * x1, y1), (0.5 * x0, 0.92 * y1), (0.92 * x0, 0.45 * y1),
    ])  # fmt: skip
    return box, turn, Polygon(from_town(corners, turn, w, h))


def from_town(xy: np.ndarray, turn: float, w: float, h: float) -> np.ndarray:
    """Flat positions of positions in the town's own axes."""
    cos, sin = np.cos(turn), np.sin(turn)
    centre = np.array([-0.30 * w, 0.365 * h])
    return np.asarray(np.asarray(xy) @ np.array([[cos, sin], [-sin, cos]]) + centre)


def _village_roads(w: float, h: float) -> tuple[tuple[LineString, float, float], ...]:
    half, lane = ROAD_M / 2, LANE_M / 2

    def line(points: list[tuple[float, float]]) -> LineString:
        bends = shapely.segmentize(LineString([(x * w, y * h) for x, y in points]), 12.0)
        return _rounded(bends)

    return (
        (line([(-0.02, 0.177), (-0.06, -0.1), (-0.10, -0.35), (-0.02, -0.58), (-0.12, -1.2)]),
         half, 38.0),
        (line([(-0.75, -0.50), (-0.4, -0.56), (-0.02, -0.58), (0.36, -0.50), (0.75, -0.60)]),
         half, 46.0),
        (line([(0.45, 0.198), (0.50, 0.42), (0.44, 0.62), (0.55, 0.85)]), half, 40.0),
        (line([(0.50, 0.42), (0.72, 0.47), (0.95, 0.40)]), lane, 34.0),
        (line([(-0.72, 0.156), (-0.76, 0.38), (-0.66, 0.58)]), lane, 34.0),
        (line([(0.28, 0.205), (0.30, 0.02)]), lane, 30.0),
    )  # fmt: skip


def _rounded(line: LineString) -> LineString:
    xy = np.asarray(line.coords)
    kernel = np.ones(9) / 9
    padded = np.pad(xy, ((4, 4), (0, 0)), mode="reflect", reflect_type="odd")
    return LineString(np.column_stack([np.convolve(padded[:, i], kernel, "valid") for i in (0, 1)]))


def _tracks(w: float, h: float) -> list[LineString]:
    ways = [
        [(-0.98, 0.06), (-0.6, -0.03)], [(0.62, 0.2), (0.70, -0.02)], [(0.18, 0.2), (0.20, 0.9)],
        [(0.50, 0.62), (0.30, 0.72), (0.2, 0.7)], [(-0.45, -0.55), (-0.5, -0.30)],
        [(0.36, -0.50), (0.42, -0.27)], [(0.36, -0.5), (0.40, -0.85)],
        [(-0.4, -0.56), (-0.42, -0.9)],
        [(-0.66, 0.55), (-0.3, 0.62), (0.05, 0.66), (0.2, 0.62)], [(-0.05, 0.174), (0.03, 0.64)],
        [(-0.38, 0.137), (-0.36, 0.30)], [(-0.19, 0.154), (-0.20, 0.30)],
    ]  # fmt: skip
    return [shapely.segmentize(LineString([(x * w, y * h) for x, y in p]), 25.0) for p in ways]


def _brooks(w: float, h: float) -> list[LineString]:
    t = np.linspace(0, 1, 90)
    first = np.column_stack([
        w * (0.80 - 0.12 * t + 0.03 * np.sin(17 * t)), h * (0.95 - 1.0 * t)
    ])  # fmt: skip
    second = np.column_stack([
        w * (-0.62 + 0.10 * t + 0.03 * np.sin(13 * t)), h * (-0.95 + 0.86 * t)
    ])  # fmt: skip
    return [LineString(first), LineString(second)]


def _paddies(river: LineString, w: float, h: float) -> BaseGeometry:
    wet = river.buffer(0.20 * h).union(_brooks(w, h)[0].buffer(0.12 * h))
    return wet.buffer(0.07 * h).buffer(-0.07 * h)


def _forest(rng: np.random.Generator, outline: Polygon, w: float, h: float) -> BaseGeometry:
    angle = np.linspace(0, 2 * np.pi, 240)[:-1]
    radius = 0.74 + 0.05 * np.sin(3 * angle + 1) + 0.03 * np.sin(8 * angle + rng.uniform(0, 6))
    flat = np.column_stack([1.04 * w * radius * np.cos(angle), h * radius * np.sin(angle)])
    return outline.difference(Polygon(flat).buffer(0))

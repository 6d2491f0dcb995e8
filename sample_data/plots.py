"""Lines that divide land: house lots in town blocks, lots along a road, fields, forest.

Each function gets a flat area and gives lines inside it; the lines of all areas are noded
together later, so that neighbours share every corner.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from sample_data.layout import Layout, from_town

BLOCK_LENGTH_M, LOT_DEPTH_M, STREET_M = (78.0, 118.0), (19.0, 24.0), (6.0, 9.0)
FRONTAGE_M, VILLAGE_FRONTAGE_M = (4.4, 7.2), (8.0, 19.0)
CORNER_RADIUS_M = 3.5


def town_blocks(rng: np.random.Generator, layout: Layout) -> list[tuple[Polygon, list[LineString]]]:
    """Blocks of the street grid and the lot lines inside each, in the flat plane."""
    x0, y0, x1, y1 = layout.town_box
    blocks = []
    y = y0 + rng.uniform(*STREET_M)
    while y + 2 * LOT_DEPTH_M[0] < y1:
        depth = 2 * rng.uniform(*LOT_DEPTH_M)
        depth = min(depth, y1 - y - 3.0)
        x = x0 + rng.uniform(*STREET_M)
        while x + 30 < x1:
            length = min(rng.uniform(*BLOCK_LENGTH_M), x1 - x - 3.0)
            if x1 - (x + length) < 45:
                length = x1 - x - rng.uniform(*STREET_M)
            block, lines = _block(rng, layout, x, y, length, depth)
            inside = block.intersection(layout.hull.buffer(-0.5 * STREET_M[0]))
            if inside.geom_type == "Polygon" and inside.area > 300:
                blocks.append((inside, lines))
            x += length + rng.uniform(*STREET_M)
        y += depth + rng.uniform(*STREET_M)
    return blocks


def _block(
    rng: np.random.Generator, layout: Layout, x: float, y: float, length: float, depth: float
) -> tuple[Polygon, list[LineString]]:
    def flat(xy: np.ndarray) -> np.ndarray:
        return from_town(np.asarray(xy), layout.town_turn, layout.width, layout.height)

    corners = np.array([(x, y), (x + length, y), (x + length, y + depth), (x, y + depth)])
    skew = rng.normal(0, 0.6, (4, 2))
    rounded = Polygon(flat(corners + skew)).buffer(-CORNER_RADIUS_M, join_style="mitre")
    block = rounded.buffer(CORNER_RADIUS_M, quad_segs=4)
    if rng.random() < 0.12:  # a school, an office, a market: one parcel or two
        middle = x + length * rng.uniform(0.35, 0.65)
        return block, [LineString(flat(np.array([(middle, y - 9), (middle + 1, y + depth + 9)])))]
    return block, [LineString(flat(row)) for row in _lot_lines(rng, x, y, length, depth)]


def _lot_lines(
    rng: np.random.Generator, x: float, y: float, length: float, depth: float
) -> list[np.ndarray]:
    back = y + depth * rng.uniform(0.44, 0.56)
    stations = np.arange(x - 4, x + length + 16, 12.0)
    back_line = np.column_stack([stations, back + rng.normal(0, 0.25, len(stations))])
    lines = [back_line]
    for low, high in ((y - 9, back), (back, y + depth + 9)):
        at = x + rng.uniform(5.0, 8.0)
        while at < x + length - 5.5:
            lean = rng.normal(0, 0.25)
            wall = np.array([(at, low), (at + lean, high)])
            ends = np.interp(wall[:, 0], back_line[:, 0], back_line[:, 1])
            wall[:, 1] = np.where(np.abs(wall[:, 1] - back) < 0.01, ends, wall[:, 1])
            # A lot line ends on the line behind it, a little beyond so that it nodes.
            inner = 1 if low < y else 0
            wall[inner, 1] += 0.002 if inner else -0.002
            lines.append(wall)
            at += rng.uniform(*FRONTAGE_M) * (1.0 if rng.random() < 0.82 else 2.0)
    return lines


def village_lots(
    rng: np.random.Generator, road: LineString, half_m: float, depth_m: float, free: BaseGeometry
) -> tuple[BaseGeometry, list[LineString]]:
    """Strip of lots on both sides of a road, inside ``free``, and the lines in it."""
    strips, lines = [], []
    for side in (1, -1):
        at, quads = rng.uniform(3, 25), []
        while at < road.length - 20:
            width = rng.uniform(*VILLAGE_FRONTAGE_M)
            built = np.sin(at / 260.0 + side) + 0.5 * np.sin(at / 97.0) > -0.45
            if built:
                deep = depth_m * (1 + 0.22 * np.sin(at / 140.0 + side)) + rng.normal(0, 0.9)
                quads.append(_quad(road, at, at + width, side, half_m, deep))
            at += width
        whole = shapely.union_all(quads, grid_size=0.001)
        strip = only_land(shapely.intersection(whole, free, grid_size=0.001))
        strips.append(strip)
        free = only_land(shapely.difference(free, strip.buffer(0.02), grid_size=0.001))
        lines += [LineString(q.exterior.coords).intersection(strip) for q in quads]
    return only_land(shapely.union_all(strips, grid_size=0.001)), lines


def only_land(geometry: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a geometry, without the lines and points beside them."""
    parts = shapely.get_parts(geometry)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def _quad(
    road: LineString, start: float, end: float, side: int, half_m: float, depth: float
) -> Polygon:
    corners = []
    for at in (start, end):
        p = np.array(road.interpolate(at).coords[0])
        q = np.array(road.interpolate(at + 0.5).coords[0])
        tangent = (q - p) / np.hypot(*(q - p))
        normal = side * np.array([-tangent[1], tangent[0]])
        corners.append((p + normal * (half_m - 1.0), p + normal * (half_m + depth)))
    return Polygon([corners[0][0], corners[1][0], corners[1][1], corners[0][1]])


def divide(
    rng: np.random.Generator,
    area: Polygon,
    target_m2: tuple[float, float],
    *,
    jitter: float = 0.12,
    turn: float | None = None,
) -> list[LineString]:
    """Cut lines that divide an area into plots of ``target_m2``, like inherited fields.

    Each cut runs across the longer side of what is left, at an angle that wavers; where
    ``turn`` is given the longer side is taken along that direction.
    """
    lines: list[LineString] = []
    heap = [area]
    while heap:
        plot = heap.pop()
        if plot.area < rng.uniform(*target_m2) * 1.55 or plot.area < 40:
            continue
        cut = _cut_line(rng, plot, jitter, turn)
        pieces = [p for p in shapely.ops.split(plot, cut).geoms if p.geom_type == "Polygon"]
        small = min(p.area for p in pieces)
        if len(pieces) < 2 or small < 0.1 * target_m2[0]:
            if plot.area < 2.5 * target_m2[1]:
                continue
            if len(pieces) < 2:
                continue
        lines.append(cut.intersection(plot))
        heap.extend(pieces)
    return lines


def _cut_line(
    rng: np.random.Generator, plot: Polygon, jitter: float, turn: float | None
) -> LineString:
    box = np.asarray(plot.minimum_rotated_rectangle.exterior.coords)
    sides = np.diff(box[:3], axis=0)
    longer = sides[np.argmax(np.hypot(*sides.T))]
    heading = np.arctan2(longer[1], longer[0]) + np.pi / 2
    if turn is not None and rng.random() < 0.75:
        steps = np.round((heading - turn) / (np.pi / 2))
        heading = turn + steps * np.pi / 2
    heading += rng.normal(0, jitter)
    centre = np.asarray(plot.centroid.coords[0]) + rng.normal(0, 0.10, 2) * np.hypot(*longer)
    reach = 2 * np.hypot(*longer) + 10
    step = reach * np.array([np.cos(heading), np.sin(heading)])
    return LineString([centre - step, centre + step])


def cells(rng: np.random.Generator, area: Polygon, target_m2: float) -> list[LineString]:
    """Lines of relaxed Voronoi cells: gardens and swidden that follow no order."""
    x0, y0, x1, y1 = area.bounds
    count = max(int((x1 - x0) * (y1 - y0) / target_m2), 3)
    points = rng.uniform((x0, y0), (x1, y1), (count, 2))
    faces: list[BaseGeometry] = []
    for _ in range(2):
        diagram = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=area)
        faces = [f.intersection(shapely.box(x0, y0, x1, y1)) for f in diagram.geoms]
        points = shapely.get_coordinates(shapely.centroid(faces))
    edges = shapely.union_all(shapely.boundary(faces))
    return [edges.intersection(area)]


def wedges(rng: np.random.Generator, plots: list[Polygon], count: int) -> list[LineString]:
    """Lines that cut a thin wedge along the longest side of some plots."""
    lines: list[LineString] = []
    for plot in rng.permutation(np.array(plots, dtype=object)):
        xy = np.asarray(plot.exterior.coords)[:-1]
        sides = np.roll(xy, -1, axis=0) - xy
        lengths = np.hypot(*sides.T)
        i = int(np.argmax(lengths))
        after = (i + 1) % len(xy)
        if 25 < lengths[i] < 90 and lengths[after] > 8:
            end = xy[after] + sides[after] / lengths[after] * rng.uniform(1.6, 3.2)
            wedge = Polygon([xy[i], xy[after], end])
            if plot.contains(wedge.representative_point()):
                lines.append(LineString([xy[i], end]))
        if len(lines) == count:
            break
    return lines


def enclaves(rng: np.random.Generator, plots: list[Polygon], count: int) -> list[LineString]:
    """Rings inside larger plots: a pond, a house in a garden, a grave yard in a wood."""
    rings: list[LineString] = []
    for plot in rng.permutation(np.array(plots, dtype=object)):
        middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(plot, tolerance=0.5))
        radius = float(np.hypot(*(middle[1] - middle[0])))
        if radius > 12:
            size = min(radius * rng.uniform(0.3, 0.5), 26.0)
            corners = int(rng.integers(4, 12))
            angle = np.linspace(0, 2 * np.pi, corners + 1)[:-1] + rng.uniform(0, 1)
            reach = size * rng.uniform(0.75, 1.0, corners)
            ring = middle[0] + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
            rings.append(LineString([*ring, ring[0]]))
        if len(rings) == count:
            break
    return rings

"""The truth: one sound coverage of the land, and what each face of it is.

All lines are noded together on a grid of 1 mm, given more vertices, bent, and only then
made into faces, so that every boundary exists once and two neighbours share every vertex.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from sample_data import plots
from sample_data.bending import Bending
from sample_data.layout import Layout

GRID_M = 0.001
#: Grid of the flat drawing: lines nearer than this are one line.
FLAT_GRID_M = 0.05
SLIVER_M2 = 6.0
PLOT_M2 = {"paddy": (520.0, 1500.0), "crop": (1100.0, 3200.0), "forest": (9000.0, 32000.0)}
SPACING_M = {"town": 400.0, "corridor": 9.0, "forest": 8.0, "field": 11.0}
#: Side in metres of the sheet frame at each scale (TT 25/2014 Art 5).
FRAME_M = {500: 250.0, 1000: 500.0, 2000: 1000.0}

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Coverage:
    """Faces of the land: geometry (east, north), former commune, map set, kind."""

    faces: Objects
    former: npt.NDArray[np.str_]
    scale: npt.NDArray[np.int64]
    kind: npt.NDArray[np.str_]  # lot, public, village, paddy, crop, forest, enclave, road, ...
    flat_points: npt.NDArray[np.float64]


def make_coverage(rng: np.random.Generator, layout: Layout, bending: Bending) -> Coverage:
    """Return the coverage of a layout."""
    drawn = _draw(rng, layout)
    noded = shapely.union_all(_only_lines(drawn["lines"]), grid_size=FLAT_GRID_M)
    faces = _faces(_bent(noded, layout, bending))
    known = _describe(faces, layout, bending, drawn)
    corridors = np.isin(known.kind, ["road", "street", "river", "brook"])
    cuts = _frame_cuts(known, corridors)
    edges = shapely.union_all([*shapely.boundary(faces), *_only_lines(cuts)], grid_size=GRID_M)
    return _describe(_faces(edges), layout, bending, drawn)


def _only_lines(geometries: list[BaseGeometry]) -> Objects:
    parts = shapely.get_parts(shapely.get_parts(geometries))
    return np.asarray(parts[np.isin(shapely.get_type_id(parts), [1, 2])])


def _draw(rng: np.random.Generator, layout: Layout) -> dict[str, list[BaseGeometry]]:
    blocks = plots.town_blocks(rng, layout)
    lots = [line.intersection(block) for block, lines in blocks for line in lines]
    corridors = shapely.union_all([layout.river, layout.brooks, layout.roads, layout.hull])
    free = layout.outline.difference(corridors)
    parts = [_polygons(free.intersection(land)) for land in layout.former.values()]
    free_parts = [p for part in parts for p in part]
    lines: list[BaseGeometry] = [layout.outline.boundary, layout.hull.boundary, *lots]
    lines += [block.boundary for block, _ in blocks]
    lines += [area.boundary for area in (layout.river, layout.brooks, layout.roads)]
    lines += [land.boundary for land in layout.former.values()]
    strips: list[BaseGeometry] = []
    left = plots.only_land(shapely.union_all(free_parts, grid_size=GRID_M))
    for road, half, depth in layout.village_roads:
        wanted = _less(left, layout.forest) if depth < 45 else left
        strip, village = plots.village_lots(rng, road, half, depth, wanted)
        strips.append(strip)
        left = _less(left, strip)
        lines += [strip.boundary, *village]
    fields = _fields(rng, layout, left)
    return {
        "lines": lines + fields.pop("lines"),
        "blocks": [block for block, _ in blocks],
        "public": [block for block, inside in blocks if len(inside) == 1],
        "strips": strips,
        **fields,
    }


def _less(land: BaseGeometry, taken: BaseGeometry) -> BaseGeometry:
    return plots.only_land(shapely.difference(land, taken, grid_size=GRID_M))


def _fields(
    rng: np.random.Generator, layout: Layout, left: BaseGeometry
) -> dict[str, list[BaseGeometry]]:
    lines: list[BaseGeometry] = []
    plots_of: dict[str, list[Polygon]] = {"paddy": [], "crop": [], "forest": []}
    open_land = left.difference(layout.forest)
    zones = {
        "paddy": open_land.intersection(layout.paddies),
        "crop": open_land.difference(layout.paddies),
        "forest": left.intersection(layout.forest),
    }
    for kind, zone in zones.items():
        for former in layout.former.values():
            for area in _polygons(zone.intersection(former)):
                lines.append(area.boundary)
                if kind == "crop" and area.area > 9000 and rng.random() < 0.35:
                    cut = plots.cells(rng, area, 1900.0)
                else:
                    turn = rng.normal(0.25, 0.3)
                    cut = plots.divide(rng, area, PLOT_M2[kind], turn=turn)
                lines += cut
                net = shapely.union_all([area.boundary, *cut], grid_size=GRID_M)
                plots_of[kind] += _polygons(shapely.polygonize([net]))
    rings = plots.enclaves(rng, plots_of["forest"], max(len(plots_of["forest"]) // 9, 4))
    rings += plots.enclaves(
        rng, [p for p in plots_of["crop"] if p.area > 1500], max(len(plots_of["crop"]) // 35, 8)
    )
    thin = plots.wedges(rng, plots_of["paddy"], max(len(plots_of["paddy"]) // 90, 3))
    return {"lines": lines + rings + thin, "enclaves": [Polygon(r.coords) for r in rings]}


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    parts = shapely.get_parts(geometry)
    return [p for p in parts if p.geom_type == "Polygon" and p.area > 0.5]


def _bent(noded: BaseGeometry, layout: Layout, bending: Bending) -> Objects:
    lines = _only_lines([noded])
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    points = shapely.points(middle)
    spacing = np.full(len(lines), SPACING_M["field"])
    corridor = shapely.union_all([layout.river, layout.brooks, layout.roads])
    shapely.prepare(corridor)
    spacing[shapely.dwithin(corridor, points, 0.2)] = SPACING_M["corridor"]
    spacing[shapely.dwithin(layout.forest, points, 0.2)] = SPACING_M["forest"]
    spacing[shapely.intersects(layout.hull.buffer(1.0), points)] = SPACING_M["town"]
    dense = shapely.segmentize(lines, spacing)
    bent = shapely.transform(dense, lambda xy: np.round(bending.forward(xy), 3))
    return np.asarray(bent, dtype=object)


def _faces(edges: BaseGeometry | Objects) -> Objects:
    noded = shapely.union_all(edges, grid_size=GRID_M) if isinstance(edges, np.ndarray) else edges
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    faces = _without_slivers(np.asarray(faces, dtype=object))
    middle = shapely.get_coordinates(shapely.centroid(faces))
    return faces[np.lexsort((middle[:, 0], -middle[:, 1]))]


def _without_slivers(faces: Objects) -> Objects:
    """Give faces smaller than a doormat to the neighbour with the longest common side."""
    tree = shapely.STRtree(faces)
    gone: set[int] = set()
    faces = faces.copy()
    for one in np.flatnonzero(shapely.area(faces) < SLIVER_M2):
        near = [j for j in tree.query(faces[one]) if j != one and j not in gone]
        common = shapely.length(shapely.intersection(faces[one], faces[near]))
        if len(near) and common.max() > 0:
            host = near[int(np.argmax(common))]
            faces[host] = shapely.coverage_union_all([faces[host], faces[one]])
            gone.add(int(one))
    return np.delete(faces, sorted(gone))


def _describe(
    faces: Objects, layout: Layout, bending: Bending, drawn: dict[str, list[BaseGeometry]]
) -> Coverage:
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    flat = bending.backward(inside)
    points = shapely.points(flat)

    def within(areas: list[BaseGeometry] | BaseGeometry) -> npt.NDArray[np.bool_]:
        listed = areas if isinstance(areas, list) else [areas]
        found = np.zeros(len(points), dtype=bool)
        hits = shapely.STRtree(listed).query(points, predicate="intersects")
        found[hits[0]] = True
        return found

    former = np.full(len(faces), "22609", dtype="U5")
    for code, land in layout.former.items():
        former[within(land)] = code
    town = within(layout.hull)
    scale = np.where(town, 500, np.where(former == "22645", 2000, 1000))
    kind = np.full(len(faces), "crop", dtype="U8")
    kind[within(layout.paddies)] = "paddy"
    kind[within(layout.forest)] = "forest"
    kind[within(drawn["strips"])] = "village"
    kind[within(drawn["enclaves"])] = "enclave"
    kind[within(layout.brooks)] = "brook"
    kind[within(layout.river)] = "river"
    kind[within(layout.roads)] = "road"
    kind[town] = "street"
    kind[town & within(drawn["blocks"])] = "lot"
    if drawn["public"]:
        kind[town & within(drawn["public"])] = "public"
    return Coverage(faces, former, scale, kind, flat)


def _frame_cuts(known: Coverage, corridors: npt.NDArray[np.bool_]) -> list[BaseGeometry]:
    """Sheet frame lines across roads and water: such land is mapped sheet by sheet."""
    cuts: list[BaseGeometry] = []
    for face, scale in zip(known.faces[corridors], known.scale[corridors], strict=True):
        step = FRAME_M[int(scale)]
        x0, y0, x1, y1 = face.bounds
        lines = [LineString([(x, y0 - 1), (x, y1 + 1)]) for x in _steps(x0, x1, step)]
        lines += [LineString([(x0 - 1, y), (x1 + 1, y)]) for y in _steps(y0, y1, step)]
        cuts += [line.intersection(face) for line in lines]
    return [cut for cut in cuts if not cut.is_empty]


def _steps(low: float, high: float, step: float) -> npt.NDArray[np.float64]:
    return np.arange(np.ceil(low / step) * step, high, step)

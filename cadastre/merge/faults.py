"""Overlaps and gaps between parcels of different sheets, with their width, length and area.

Two methods find the gaps, because each alone is blind (both have counterexamples in the
tests): edges that face each other across a strip find the open wedge at the outer edge of
the map, which is no hole; holes of the union find what lies between three or more sheets.
The **width** is the diameter of the largest circle that fits into the difference: for a
strip it is the distance of the two edges, for a wedge a little less than its mouth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre.merge.mesh import (
    Flags,
    Floats,
    Ints,
    Mesh,
    lone_segments,
    mesh_of,
    nodes_of,
    segment_keys,
    used_once,
)

#: The search for the largest circle costs length over precision, so it is searched to a
#: fifth of the mean width first and its centre is then improved in place.
_SEARCH_SHARE = 0.2
_SEARCH_LEAST_M = 0.0005
_IMPROVEMENTS = 16
_COMPASS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
_CONTACT_M = 0.01


@dataclass(frozen=True, slots=True)
class Faults:
    """Differences, one row per pair of parcels: positions in the band, shape, measures."""

    first: Ints
    second: Ints
    shape: Any
    width: Floats

    @property
    def area(self) -> Floats:
        """Area in m2."""
        return np.asarray(shapely.area(self.shape), dtype=np.float64)

    @property
    def length(self) -> Floats:
        """Length along the edge in metres."""
        half = np.asarray(shapely.length(self.shape)) / 2.0
        return np.maximum(half - self.width, self.width)


def width_of(shapes: Any) -> Floats:
    """Diameter in metres of the largest circle inside each polygon.

    >>> width_of([shapely.box(0, 0, 10, 0.3)]).round(3).tolist()
    [0.3]
    """
    if not len(shapes):
        return np.zeros(0)
    mean = 2.0 * shapely.area(shapes) / shapely.length(shapes)
    step = np.maximum(_SEARCH_LEAST_M, _SEARCH_SHARE * mean)
    spokes = shapely.maximum_inscribed_circle(shapes, tolerance=step)
    centre = shapely.get_coordinates(shapely.get_point(spokes, 0))
    return 2.0 * _deepest_near(shapely.boundary(shapes), centre, step)


def _deepest_near(boundary: Any, centre: Floats, step: Floats) -> Floats:
    """Largest distance to the boundary that is found by walking uphill from each centre."""
    shapely.prepare(boundary)
    depth = shapely.distance(shapely.points(centre), boundary)
    for _ in range(_IMPROVEMENTS):
        around = centre[:, None, :] + step[:, None, None] * _COMPASS
        found = shapely.distance(shapely.points(around), boundary[:, None])
        best = found.argmax(axis=1)
        row = np.arange(len(centre))
        better = found[row, best] > depth
        centre = np.where(better[:, None], around[row, best], centre)
        depth = np.where(better, found[row, best], depth)
        step = np.where(better, step, step / 2.0)
    return np.asarray(depth, dtype=np.float64)


def overlaps(polygons: Any, sheet: Ints, present: Flags, flag: Mapping[str, Any]) -> Faults:
    """Overlaps of parcels of different sheets; parcels that fit exactly cost nothing."""
    index = np.flatnonzero(present)
    odd = ~shapely.is_empty(shapely.coverage_invalid_edges(polygons[index]))
    index = index[odd]
    tree = shapely.STRtree(polygons[index])
    a, b = tree.query(polygons[index], predicate="intersects")
    first, second = index[a], index[b]
    cross = (first < second) & (sheet[first] != sheet[second])
    first, second = first[cross], second[cross]
    shared = shapely.intersection(polygons[first], polygons[second])
    return _per_pair(first, second, shared, flag)


def overlaps_inside(
    polygons: Any, sheet: Ints, present: Flags, known: tuple[Ints, Ints], flag: Mapping[str, Any]
) -> Faults:
    """Overlaps of parcels of one sheet, but for pairs already ``known`` and enclaves not cut out.

    Where two overlap, an edge of one runs inside the other, and no neighbour has that edge.
    Nothing is joined inside a sheet; an enclave is the reader's to find.
    """
    index = np.flatnonzero(present)
    start, end, owner = lone_segments(polygons[index])
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    tree = shapely.STRtree(polygons[index])
    hits = [tree.query(lines, predicate=word) for word in ("crosses", "within")]
    line, other = np.concatenate(hits, axis=1)
    a, b = index[owner[line]], index[other]
    inside = (a != b) & (sheet[a] == sheet[b])
    low, high = np.minimum(a, b)[inside], np.maximum(a, b)[inside]
    number = np.int64(len(polygons))
    pair = np.setdiff1d(low * number + high, np.minimum(*known) * number + np.maximum(*known))
    first, second = pair // number, pair % number
    shared = shapely.intersection(polygons[first], polygons[second])
    smaller = np.minimum(shapely.area(polygons[first]), shapely.area(polygons[second]))
    part = shapely.area(shared) < flag["enclave_share"] * smaller
    return _per_pair(first[part], second[part], shared[part], flag)


def gaps(
    polygons: Any, sheet: Ints, present: Flags, widest: Floats, flag: Mapping[str, Any]
) -> Faults:
    """Gaps between parcels of different sheets, up to ``widest`` metres per sheet."""
    first, second, strips = _strips(polygons, sheet, present, widest)
    if not len(first):
        return _none()
    index = np.flatnonzero(present)
    tree = shapely.STRtree(polygons[index])
    strips = _less_parcels(strips, tree)
    pair, which = np.unique(np.column_stack([first, second]), axis=0, return_inverse=True)
    shapes = _united(strips, which.ravel(), len(pair))
    shapes = _without_earlier(shapes)
    facing = _per_pair(pair[:, 0], pair[:, 1], shapes, flag)
    facing, holes = _holes(polygons, sheet, np.unique(pair), tree, facing, widest, flag)
    return _together(facing, holes)


def _none() -> Faults:
    empty = np.zeros(0, np.int64)
    return Faults(empty, empty, np.zeros(0, object), np.zeros(0))


def _together(a: Faults, b: Faults) -> Faults:
    return Faults(
        np.r_[a.first, b.first],
        np.r_[a.second, b.second],
        np.r_[a.shape, b.shape],
        np.r_[a.width, b.width],
    )


def _per_pair(first: Ints, second: Ints, shapes: Any, flag: Mapping[str, Any]) -> Faults:
    """Keep the polygonal parts that are land; fold the small parts of a pair into one row."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    inner, outer = shapely.get_parts(parts, return_index=True)
    owner, parts = owner[outer], inner
    flat = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > flag["smallest_area_m2"])
    thick = 2.0 * shapely.area(parts) > flag["shortest_width_m"] * shapely.length(parts) / 2.0
    parts, owner = parts[flat & thick], owner[flat & thick]
    pairs, where = np.unique(owner, return_inverse=True)
    # The largest circle has a radius between area / perimeter and twice that: parts that
    # cannot hold the pair's largest circle are not searched.
    least = shapely.area(parts) / shapely.length(parts)
    best, largest = np.zeros(len(pairs)), np.zeros(len(pairs))
    np.maximum.at(best, where, least)
    asked = 2.0 * least >= best[where]
    np.maximum.at(largest, where[asked], width_of(parts[asked]))
    joined = _united(parts, where, len(pairs))
    wide = largest > flag["shortest_width_m"]
    return Faults(first[pairs][wide], second[pairs][wide], joined[wide], largest[wide])


def _united(shapes: Any, where: Ints, count: int) -> Any:
    """Union of the shapes of each group; single ones stay as they are."""
    result = np.full(count, shapely.Polygon(), dtype=object)
    order = np.argsort(where, kind="stable")
    size = np.bincount(where, minlength=count)
    start = np.r_[0, np.cumsum(size)[:-1]]
    alone = size == 1
    result[alone] = shapes[order[start[alone]]]
    for group in np.flatnonzero(size > 1):
        members = order[start[group] : start[group] + size[group]]
        result[group] = shapely.union_all(shapes[members])
    return result


def _strips(polygons: Any, sheet: Ints, present: Flags, widest: Floats) -> tuple[Ints, Ints, Any]:
    """Quadrilaterals between outer edges of two sheets that face each other."""
    index = np.flatnonzero(present)
    mesh = mesh_of(polygons[index])
    follower = mesh.follower
    nodes = nodes_of(mesh.xy, np.zeros(len(mesh.ring), np.int64))
    keys = segment_keys(nodes, follower)
    free = np.flatnonzero(used_once(keys, np.ones(len(keys), bool)))
    parcel = index[mesh.parcel]
    none = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, object)
    if not len(free):
        return none
    start, end = mesh.xy[free], mesh.xy[follower[free]]
    outward = _outward(mesh)[free]
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    owner = parcel[free]
    a, b = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=float(widest.max()))
    keep = (sheet[owner[a]] < sheet[owner[b]]) & ((outward[a] * outward[b]).sum(axis=1) < 0)
    a, b = a[keep], b[keep]
    quads = _quadrilaterals(start, end, outward, a, b)
    reach = np.maximum(widest[sheet[owner[a]]], widest[sheet[owner[b]]])
    good = quads.outside & (quads.distance <= reach)
    shapes = shapely.convex_hull(shapely.multipoints(quads.corners[good]))
    real = shapely.get_dimensions(shapes) == 2
    low, high = np.minimum(owner[a], owner[b])[good], np.maximum(owner[a], owner[b])[good]
    return low[real], high[real], shapes[real]


def _outward(mesh: Mesh) -> Floats:
    """Unit normal of the segment that starts at each vertex, pointing out of the parcel."""
    follower = mesh.follower
    step = mesh.xy[follower] - mesh.xy
    local = mesh.xy - mesh.xy.mean(axis=0)
    cross = local[:, 0] * local[follower, 1] - local[follower, 0] * local[:, 1]
    signed = np.bincount(mesh.ring, cross, minlength=len(mesh.ring_part))
    shell = np.r_[True, mesh.ring_part[1:] != mesh.ring_part[:-1]]
    left_inside = (signed > 0) == shell
    length = np.maximum(np.hypot(*step.T), 1e-300)
    right = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None]
    return np.where(left_inside[mesh.ring][:, None], right, -right)


@dataclass(frozen=True, slots=True)
class _Quads:
    corners: Floats
    distance: Floats
    outside: Flags


def _quadrilaterals(start: Floats, end: Floats, outward: Floats, a: Ints, b: Ints) -> _Quads:
    """Cut each facing pair to the part where they stand opposite each other."""
    along = end[a] - start[a]
    square = np.maximum((along**2).sum(axis=1), 1e-300)
    share_start = ((start[b] - start[a]) * along).sum(axis=1) / square
    share_end = ((end[b] - start[a]) * along).sum(axis=1) / square
    low = np.clip(np.minimum(share_start, share_end), 0, 1)
    high = np.clip(np.maximum(share_start, share_end), 0, 1)
    p, q = start[a] + low[:, None] * along, start[a] + high[:, None] * along
    span = share_end - share_start
    span = np.where(np.abs(span) < 1e-12, 1e-12, span)
    other = end[b] - start[b]
    r = start[b] + np.clip((low - share_start) / span, 0, 1)[:, None] * other
    s = start[b] + np.clip((high - share_start) / span, 0, 1)[:, None] * other
    middle = (r + s) / 2 - (p + q) / 2
    outside = ((middle * outward[a]).sum(axis=1) > 0) & ((middle * outward[b]).sum(axis=1) < 0)
    outside &= (high - low) * np.sqrt(square) > 1e-6
    distance = np.minimum(np.hypot(*(r - p).T), np.hypot(*(s - q).T))
    return _Quads(np.stack([p, q, s, r], axis=1), distance, outside)


def _less_parcels(strips: Any, tree: shapely.STRtree) -> Any:
    """What is left of each strip once the mapped land is taken away."""
    which, parcel = tree.query(strips, predicate="intersects")
    covered = _united(tree.geometries[parcel], which, len(strips))
    return shapely.difference(strips, covered)


def _without_earlier(shapes: Any) -> Any:
    """Let a piece of land belong to one pair only: the first, in the order of the pairs."""
    tree = shapely.STRtree(shapes)
    a, b = tree.query(shapes, predicate="intersects")
    later = b < a
    a, b = a[later], b[later]
    taken = _united(shapes[b], a, len(shapes))
    return shapely.difference(shapes, taken)


def _holes(
    polygons: Any,
    sheet: Ints,
    around: Ints,
    tree: shapely.STRtree,
    facing: Faults,
    widest: Floats,
    flag: Mapping[str, Any],
) -> tuple[Faults, Faults]:
    """Holes of the union: what facing pairs left over of one is theirs, the others are new."""
    rings, part = shapely.get_rings(
        shapely.get_parts(shapely.union_all(polygons[around])), return_index=True
    )
    inner = np.r_[False, part[1:] == part[:-1]]
    holes = shapely.polygons(rings[inner])
    # A circle of radius area / perimeter always fits: blocks and squares are no gaps.
    narrow = 2.0 * shapely.area(holes) <= float(widest.max()) * shapely.length(holes)
    holes = _less_parcels(holes[narrow], tree)
    holes = holes[shapely.area(holes) > flag["smallest_area_m2"]]
    if not len(holes):
        return facing, _none()
    known = shapely.union_all(facing.shape)
    left = shapely.difference(holes, known)
    new = shapely.area(left) > (1.0 - flag["hole_cover_share"]) * shapely.area(holes)
    return _completed(facing, left[~new], flag), _beside(
        polygons, sheet, around, left[new], widest, flag
    )


def _completed(facing: Faults, left: Any, flag: Mapping[str, Any]) -> Faults:
    """Add the corners of a hole that no two edges face to the fault that they touch."""
    parts = shapely.get_parts(left)
    parts = parts[shapely.area(parts) > flag["smallest_area_m2"]]
    if not len(parts):
        return facing
    part, near = shapely.STRtree(facing.shape).query_nearest(parts, all_matches=False)
    shapes = np.array(facing.shape, dtype=object)
    grown = np.unique(near)
    pieces = np.r_[shapes[grown], parts[part]]
    where = np.r_[np.arange(len(grown)), np.searchsorted(grown, near)]
    shapes[grown] = _united(pieces, where, len(grown))
    width = facing.width.copy()
    whole = np.array([max(shapely.get_parts(s), key=shapely.area) for s in shapes[grown]])
    width[grown] = np.maximum(width[grown], width_of(whole))
    return Faults(facing.first, facing.second, shapes, width)


def _beside(
    polygons: Any, sheet: Ints, around: Ints, holes: Any, widest: Floats, flag: Mapping[str, Any]
) -> Faults:
    """Give each hole to the two parcels of different sheets with the longest contact."""
    rim = shapely.buffer(holes, _CONTACT_M)
    hole, near = shapely.STRtree(polygons[around]).query(rim, predicate="intersects")
    parcel = around[near]
    contact = shapely.area(shapely.intersection(polygons[parcel], rim[hole]))
    first, second, kept = [], [], []
    for number in range(len(holes)):
        mine = np.flatnonzero(hole == number)
        order = mine[np.lexsort((parcel[mine], -contact[mine]))]
        others = [k for k in order if sheet[parcel[k]] != sheet[parcel[order[0]]]]
        if others:
            pair = sorted((int(parcel[order[0]]), int(parcel[others[0]])))
            first.append(pair[0])
            second.append(pair[1])
            kept.append(number)
    found = _per_pair(
        np.array(first, np.int64), np.array(second, np.int64), holes[np.array(kept, int)], flag
    )
    reach = np.maximum(widest[sheet[found.first]], widest[sheet[found.second]])
    narrow = found.width <= reach
    return Faults(
        found.first[narrow], found.second[narrow], found.shape[narrow], found.width[narrow]
    )

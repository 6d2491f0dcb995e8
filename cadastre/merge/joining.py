"""One round of joining: which points of two sheets become one, and where they meet.

Edge matching (*tiếp biên*): boundary points of two sheets that are nearest to each other,
and points of one sheet that lie beside an edge of the other, become one point when they
are no further apart than the position limit of the coarser side. Both move, by inverse
variance of their limits, so each moves less than its own limit; the edge that a point
falls on receives a vertex there. What is sound is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from cadastre.merge.mesh import (
    Flags,
    Floats,
    Ints,
    Mesh,
    Nodes,
    among,
    distinct,
    nodes_of,
    segment_keys,
    used_once,
)


@dataclass(frozen=True, slots=True)
class Band:
    """The parcels along the edges of sheets, and what may be done to them.

    ``sheet`` numbers the sheet of each parcel; ``limit`` is the position limit per sheet and
    ``joinable`` says which pairs of sheets may be joined; ``present`` parcels take part (a
    duplicate does not); ``reach`` is the wider tolerance that an accepted proposal gives a
    parcel, else 0; ``area_limit`` the largest change of area of each parcel from
    ``area_before``, its area as delivered, m2; ``moved_before`` how far earlier merges have
    moved it; parcels ``at_rest`` are as a merge has left them.
    """

    polygons: Any
    sheet: Ints
    present: Flags
    reach: Floats
    area_limit: Floats
    area_before: Floats
    moved_before: Floats
    at_rest: Flags
    limit: Floats
    joinable: Flags
    coincidence: float
    shortest_edge: float
    rounds: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Outcome: new polygons, which changed, how far, and which parcels were refused."""

    polygons: Any
    changed: Flags
    max_move: Floats
    refused: Flags


@dataclass(slots=True)
class Refusals:
    """Parcels that take part in no join, and vertices of the first mesh that stay put."""

    parcels: Flags
    vertices: Flags


def widest(band: Band) -> float:
    """Return the widest tolerance of a band, metres."""
    return max(float(band.limit.max(initial=0.0)), float(band.reach.max(initial=0.0)))


def joined_once(
    band: Band, mesh: Mesh, refused: Refusals, near: Flags, awake: Flags
) -> tuple[Mesh, Flags]:
    """Join what can be joined at once; return the mesh and the parcels that changed."""
    locked, owner = refused.parcels, mesh.parcel
    sheet = band.sheet[owner]
    nodes = nodes_of(mesh.xy, sheet)
    follower = mesh.follower
    keys = segment_keys(nodes, follower)
    edge = used_once(keys, band.present[owner]) & ((mesh.source < 0) | near[mesh.source])
    # Corners that a join has made one stay two vertices until the outlines are built, so that
    # the movement of each is known to the end; what lies between them is no edge.
    edge &= nodes.of_vertex != nodes.of_vertex[follower]
    border = distinct(np.r_[nodes.of_vertex[edge], nodes.of_vertex[follower[edge]]])
    fixed = np.zeros(len(nodes.xy), bool)
    fixed[nodes.of_vertex[locked[owner]]] = True
    fixed[nodes.of_vertex[(mesh.source >= 0) & refused.vertices[mesh.source]]] = True
    reach = np.zeros(len(nodes.xy))
    np.maximum.at(reach, nodes.of_vertex, band.reach[owner])

    unit, target, allowed = _pair_points(band, nodes, border, fixed, reach)
    stirring = np.zeros(len(nodes.xy), bool)
    stirring[nodes.of_vertex[awake[owner]]] = True
    seats = _Seats(nodes, unit, target, allowed, border[stirring[border]], fixed, reach)
    inserts = _points_on_edges(band, mesh, seats, edge & awake[owner] & ~locked[owner], follower)
    own = _points_on_own_edges(band, mesh, seats, edge | ~band.present[owner], follower)
    at = np.r_[inserts[0], own[0]]
    where = np.r_[inserts[1], own[1]]
    tolerance = np.r_[inserts[2], own[2]]
    away = (seats.target != nodes.xy).any(axis=1)[nodes.of_vertex]
    changed = np.zeros(len(band.polygons), bool)
    changed[owner[away]] = changed[owner[at]] = True
    if not changed.any():
        return mesh, changed
    xy = seats.target[nodes.of_vertex]
    grown = replace(mesh, xy=xy, allowed=np.maximum(mesh.allowed, seats.allowed[nodes.of_vertex]))
    return _inserted(grown, mesh, follower, at, where, tolerance), changed


@dataclass(slots=True)
class _Seats:
    """Where every node goes; ``unit`` numbers the nodes that become one point."""

    nodes: Nodes
    unit: Ints
    target: Floats
    allowed: Floats
    border: Ints
    fixed: Flags
    reach: Floats


def _tolerance(band: Band, a: Ints, b: Ints, reach_a: Floats, reach_b: Floats) -> Floats:
    wide = np.maximum(band.limit[a], band.limit[b])
    accepted = np.minimum(reach_a, reach_b)
    return np.where(band.joinable[a, b], np.maximum(wide, accepted), -1.0)


def _pair_points(
    band: Band, nodes: Nodes, border: Ints, fixed: Flags, reach: Floats
) -> tuple[Ints, Floats, Floats]:
    """Nodes that are nearest to each other across two sheets, gathered into units."""
    count = len(nodes.xy)
    furthest = widest(band)
    origin = nodes.xy[border].mean(axis=0) if len(border) else np.zeros(2)
    found = cKDTree(nodes.xy[border] - origin).query_pairs(furthest, output_type="ndarray")
    a, b = border[found[:, 0]], border[found[:, 1]]
    distance = np.hypot(*(nodes.xy[a] - nodes.xy[b]).T)
    near = distance <= _tolerance(band, nodes.group[a], nodes.group[b], reach[a], reach[b])
    near &= nodes.group[a] != nodes.group[b]
    a, b, distance = a[near], b[near], distance[near]
    mutual = _best(nodes, a, b, distance) & _best(nodes, b, a, distance)
    mutual &= (distance == 0) | ~(fixed[a] | fixed[b])
    a, b, distance = a[mutual], b[mutual], distance[mutual]
    unit = _units(nodes, a, b, distance)
    target, allowed = _meeting_points(band, nodes, unit, fixed)
    together = unit[a] == unit[b]
    tolerance = _tolerance(band, nodes.group[a], nodes.group[b], reach[a], reach[b])[together]
    np.maximum.at(allowed, a[together], tolerance)
    np.maximum.at(allowed, b[together], tolerance)
    return unit, target, allowed if count else np.zeros(0)


def _best(nodes: Nodes, a: Ints, b: Ints, distance: Floats) -> Flags:
    """Whether ``b`` is the nearest of its sheet to ``a``."""
    order = np.lexsort((b, distance, nodes.group[b], a))
    first = np.ones(len(order), bool)
    sorted_a, sorted_group = a[order], nodes.group[b][order]
    first[1:] = (sorted_a[1:] != sorted_a[:-1]) | (sorted_group[1:] != sorted_group[:-1])
    best = np.zeros(len(order), bool)
    best[order[first]] = True
    return best


def _units(nodes: Nodes, a: Ints, b: Ints, distance: Floats) -> Ints:
    """Connected pairs; a unit with two nodes of one sheet loses its longest pair."""
    count = len(nodes.xy)
    keep = np.ones(len(a), bool)
    while True:
        graph = coo_array((np.ones(int(keep.sum())), (a[keep], b[keep])), shape=(count, count))
        _, unit = connected_components(graph, directed=False)
        crowd = _crowded(unit, nodes.group)
        held = keep & crowd[unit[a]] if len(crowd) else np.zeros(len(a), bool)
        if not held.any():
            return np.asarray(unit, dtype=np.int64)
        index = np.flatnonzero(held)
        order = index[np.lexsort((b[index], a[index], -distance[index], unit[a[index]]))]
        first = np.r_[True, unit[a[order]][1:] != unit[a[order]][:-1]]
        keep[order[first]] = False


def _crowded(unit: Ints, group: Ints) -> Flags:
    order = np.lexsort((group, unit))
    same = (unit[order][1:] == unit[order][:-1]) & (group[order][1:] == group[order][:-1])
    crowd = np.zeros(int(unit.max(initial=-1)) + 1, bool)
    crowd[unit[order][1:][same]] = True
    return crowd


def _meeting_points(band: Band, nodes: Nodes, unit: Ints, fixed: Flags) -> tuple[Floats, Floats]:
    """Weighted mean of each unit, told from its first node so that equal stays equal."""
    count = int(unit.max(initial=-1)) + 1
    first = np.full(count, len(unit))
    np.minimum.at(first, unit, np.arange(len(unit)))
    weight = band.limit[nodes.group] ** -2.0
    total = np.bincount(unit, weight, minlength=count)
    anchor = nodes.xy[first]
    offset = nodes.xy - anchor[unit]
    mean = np.column_stack(
        [np.bincount(unit, weight * offset[:, k], minlength=count) / total for k in (0, 1)]
    )
    held = np.zeros(count, bool)
    held[unit[fixed]] = True
    goal = anchor + mean
    target = np.where(held[unit][:, None], nodes.xy, goal[unit])
    return target, np.zeros(len(unit))


def _feet(points: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats, Floats]:
    """Share along a segment, foot and distance of points."""
    along = end - start
    square = np.maximum((along**2).sum(axis=1), 1e-300)
    share = ((points - start) * along).sum(axis=1) / square
    foot = start + share[:, None] * along
    return share, foot, np.hypot(*(points - foot).T)


def _points_on_edges(
    band: Band, mesh: Mesh, seats: _Seats, edge: Flags, follower: Ints
) -> tuple[Ints, Floats, Floats]:
    """Nodes beside an edge of another sheet: both go to the point between them."""
    nodes, index = seats.nodes, np.flatnonzero(edge)
    none = np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0)
    free = seats.border[~seats.fixed[seats.border]]
    if not len(index) or not len(free):
        return none
    position = seats.target
    start, end = position[nodes.of_vertex[index]], position[nodes.of_vertex[follower[index]]]
    tree = shapely.STRtree(shapely.linestrings(np.stack([start, end], axis=1)))
    furthest = widest(band)
    which, segment = tree.query(
        shapely.points(position[free]), predicate="dwithin", distance=furthest
    )
    node, vertex = free[which], index[segment]
    share, _, distance = _feet(position[node], start[segment], end[segment])
    length = np.hypot(*(end[segment] - start[segment]).T)
    inside = (share * length > band.shortest_edge) & ((1 - share) * length > band.shortest_edge)
    sheet = band.sheet[mesh.parcel[vertex]]
    tolerance = _tolerance(
        band, nodes.group[node], sheet, seats.reach[node], band.reach[mesh.parcel[vertex]]
    )
    good = inside & (distance <= tolerance) & (sheet != nodes.group[node])
    good &= ~_met(seats, node, sheet, len(band.limit))
    chosen = _nearest(seats.unit[node], distance, vertex, good)
    return _place_feet(
        band, seats, node[chosen], vertex[chosen], segment[chosen], start, end,
        tolerance[chosen], sheet[chosen],
    )  # fmt: skip


def _met(seats: _Seats, node: Ints, sheet: Ints, sheets: int) -> Flags:
    """Whether the unit of a node already has a node of that sheet."""
    together = np.bincount(seats.unit)[seats.unit] > 1
    met = np.zeros(len(node), bool)
    asked = np.flatnonzero(together[node])
    has = distinct((seats.unit * sheets + seats.nodes.group)[together])
    met[asked] = among(seats.unit[node[asked]] * sheets + sheet[asked], has)
    return met


def _nearest(unit: Ints, distance: Floats, vertex: Ints, good: Flags) -> Ints:
    index = np.flatnonzero(good)
    order = index[np.lexsort((vertex[index], distance[index], unit[index]))]
    first = np.ones(len(order), bool)
    first[1:] = unit[order][1:] != unit[order][:-1]
    return order[first]


def _place_feet(
    band: Band,
    seats: _Seats,
    node: Ints,
    vertex: Ints,
    segment: Ints,
    start: Floats,
    end: Floats,
    tolerance: Floats,
    sheet: Ints,
) -> tuple[Ints, Floats, Floats]:
    """Move lone nodes towards their foot by weight; a unit that has met stays."""
    point = seats.target[node]
    _, foot, distance = _feet(point, start[segment], end[segment])
    own = band.limit[seats.nodes.group[node]] ** -2.0
    other = band.limit[sheet] ** -2.0
    size = np.bincount(seats.unit)
    alone = (size[seats.unit[node]] == 1) & (distance > band.coincidence * 1e-3)
    part = np.where(alone, other / (own + other), 0.0)
    goal = point + part[:, None] * (foot - point)
    seats.target[node[alone]] = goal[alone]
    np.maximum.at(seats.allowed, node[alone], tolerance[alone])
    return vertex, goal, tolerance


def _points_on_own_edges(
    band: Band, mesh: Mesh, seats: _Seats, edge: Flags, follower: Ints
) -> tuple[Ints, Floats, Floats]:
    """Moved nodes that lie on an edge of their own sheet which has no vertex there."""
    nodes = seats.nodes
    moved = np.flatnonzero((seats.target != nodes.xy).any(axis=1))
    none = np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0)
    if not len(moved):
        return none
    start, end = mesh.xy, mesh.xy[follower]
    tree = shapely.STRtree(shapely.points(nodes.xy[moved]))
    slack, index = band.coincidence, np.flatnonzero(edge)
    low, high = np.minimum(start, end)[index] - slack, np.maximum(start, end)[index] + slack
    segment, which = tree.query(shapely.box(*low.T, *high.T))
    vertex = index[segment]
    _, _, distance = _feet(nodes.xy[moved[which]], start[vertex], end[vertex])
    vertex, node = vertex[distance <= slack], moved[which[distance <= slack]]
    ends = (nodes.of_vertex[vertex] == node) | (nodes.of_vertex[follower[vertex]] == node)
    other = (band.sheet[mesh.parcel[vertex]] == nodes.group[node]) & ~ends
    node, vertex = node[other], vertex[other]
    share, _, _ = _feet(nodes.xy[node], start[vertex], end[vertex])
    length = np.hypot(*(end[vertex] - start[vertex]).T)
    inside = (share * length > band.coincidence) & ((1 - share) * length > band.coincidence)
    node, vertex = node[inside], vertex[inside]
    return vertex, seats.target[node], seats.allowed[node] + band.coincidence


def _inserted(
    grown: Mesh, before: Mesh, follower: Ints, at: Ints, where: Floats, tolerance: Floats
) -> Mesh:
    """Insert vertices after ``at``, in the order in which they lie along the edge."""
    if not len(at):
        return grown
    start, end = before.home[at], before.home[follower[at]]
    share, _, _ = _feet(where, start, end)
    # Beside the end of the edge the nearest place on it is its corner.
    foot = start + np.clip(share, 0.0, 1.0)[:, None] * (end - start)
    order = np.lexsort((share, at))
    at, where, foot, tolerance = at[order], where[order], foot[order], tolerance[order]
    place = at + 1
    return replace(
        grown,
        xy=np.insert(grown.xy, place, where, axis=0),
        ring=np.insert(grown.ring, place, grown.ring[at]),
        source=np.insert(grown.source, place, -1),
        inserted=np.insert(grown.inserted, place, True),
        home=np.insert(grown.home, place, foot, axis=0),
        allowed=np.insert(grown.allowed, place, tolerance),
    )

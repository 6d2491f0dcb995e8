"""Polygons as one ragged table of vertices, and back, without a Python loop per parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Vertices of polygons in ring order, closing vertices left out.

    ``source`` is the vertex of the first mesh that a vertex comes from, -1 for one inserted
    since; ``inserted`` tells those that no outline had before any join; ``home`` is where it
    stood, or where it was inserted on the edge, before any move; ``allowed`` is the largest
    tolerance of a join that moved it.
    """

    xy: Floats
    ring: Ints
    source: Ints
    inserted: Flags
    home: Floats
    allowed: Floats
    ring_part: Ints
    part_parcel: Ints

    @property
    def parcel(self) -> Ints:
        """Parcel of each vertex."""
        return self.part_parcel[self.ring_part[self.ring]]

    @property
    def follower(self) -> Ints:
        """Next vertex in the ring."""
        following = np.arange(1, len(self.ring) + 1)
        if not len(following):
            return following
        last = np.flatnonzero(np.r_[self.ring[1:] != self.ring[:-1], True])
        first = np.r_[0, last[:-1] + 1]
        following[last] = first
        return following

    def chosen(self, wanted: Ints | Flags) -> Mesh:
        """Return some of the vertices, of whole rings; rings and parcels keep their numbers."""
        return Mesh(
            xy=self.xy[wanted],
            ring=self.ring[wanted],
            source=self.source[wanted],
            inserted=self.inserted[wanted],
            home=self.home[wanted],
            allowed=self.allowed[wanted],
            ring_part=self.ring_part,
            part_parcel=self.part_parcel,
        )

    def together(self, other: Mesh) -> Mesh:
        """Return the vertices of both, which have different rings, in the order of the rings."""
        both = Mesh(
            xy=np.concatenate([self.xy, other.xy]),
            ring=np.concatenate([self.ring, other.ring]),
            source=np.concatenate([self.source, other.source]),
            inserted=np.concatenate([self.inserted, other.inserted]),
            home=np.concatenate([self.home, other.home]),
            allowed=np.concatenate([self.allowed, other.allowed]),
            ring_part=self.ring_part,
            part_parcel=self.part_parcel,
        )
        return both.chosen(np.argsort(both.ring, kind="stable"))


def mesh_of(polygons: Any) -> Mesh:
    """Mesh of an array of polygons and multipolygons (numbered as in the array)."""
    parts, part_parcel = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    closing = np.r_[ring[1:] != ring[:-1], True] if len(ring) else np.zeros(0, bool)
    xy, ring = xy[~closing], ring[~closing]
    return Mesh(
        xy=xy,
        ring=ring.astype(np.int64),
        source=np.arange(len(ring)),
        inserted=np.zeros(len(ring), bool),
        home=xy.copy(),
        allowed=np.zeros(len(ring)),
        ring_part=ring_part.astype(np.int64),
        part_parcel=part_parcel.astype(np.int64),
    )


def without_repeats(mesh: Mesh) -> Mesh:
    """Return the mesh with one of two vertices dropped that a move made equal: the less moved."""
    while True:
        follower = mesh.follower
        moved = np.hypot(*(mesh.xy - mesh.home).T)
        touched = mesh.inserted | (mesh.xy != mesh.home).any(axis=1)
        repeat = (mesh.xy[follower] == mesh.xy).all(axis=1) & (follower != np.arange(len(follower)))
        repeat &= touched | touched[follower]
        if not repeat.any():
            return mesh
        doomed = np.zeros(len(follower), bool)
        doomed[np.where(moved[follower] <= moved, follower, np.arange(len(moved)))[repeat]] = True
        # One per run and turn, so that a ring of equal vertices does not vanish as a whole.
        doomed &= ~np.r_[False, doomed[:-1]]
        keep = ~doomed
        mesh = mesh.chosen(keep)


def polygons_of(mesh: Mesh, parcels: Ints, originals: Any) -> tuple[Any, Flags]:
    """Polygons of some parcels, and which of them could be built (no ring collapsed).

    ``originals`` keeps the type: what was a MultiPolygon stays one.
    """
    whole = np.ones(len(originals), bool)
    corners = np.bincount(mesh.ring, minlength=len(mesh.ring_part))
    ring_parcel = mesh.part_parcel[mesh.ring_part]
    whole[ring_parcel[corners < 3]] = False
    wanted = np.zeros(len(originals), bool)
    wanted[parcels] = True
    wanted &= whole
    chosen = wanted[mesh.parcel]
    rings_used, ring_index = np.unique(mesh.ring[chosen], return_inverse=True)
    built = np.array(originals, dtype=object)
    if len(rings_used):
        rings = shapely.linearrings(mesh.xy[chosen], indices=ring_index)
        parts_used, part_index = np.unique(mesh.ring_part[rings_used], return_inverse=True)
        parts = shapely.polygons(rings, indices=part_index)
        owners = mesh.part_parcel[parts_used]
        _assemble(built, parts, owners)
    return built[parcels], whole[parcels]


def _assemble(built: Any, parts: Any, owners: Ints) -> None:
    many = shapely.get_type_id(built[owners]) == shapely.GeometryType.MULTIPOLYGON
    built[owners[~many]] = parts[~many]
    if many.any():
        used, index = np.unique(owners[many], return_inverse=True)
        built[used] = shapely.multipolygons(parts[many], indices=index)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Distinct positions, each in one group (a sheet, or all together)."""

    of_vertex: Ints
    xy: Floats
    group: Ints


def nodes_of(xy: Floats, group: Ints) -> Nodes:
    """Nodes of vertices: equal to the last bit and in the same group."""
    order = np.lexsort((xy[:, 1], xy[:, 0], group))
    sorted_xy, sorted_group = xy[order], group[order]
    new = np.ones(len(order), bool)
    new[1:] = (sorted_xy[1:] != sorted_xy[:-1]).any(axis=1) | (
        sorted_group[1:] != sorted_group[:-1]
    )
    number = np.cumsum(new) - 1
    of_vertex = np.empty(len(order), np.int64)
    of_vertex[order] = number
    return Nodes(of_vertex, sorted_xy[new], sorted_group[new])


def segment_keys(nodes: Nodes, follower: Ints) -> Ints:
    """Direction-free key of the segment that starts at each vertex."""
    start, end = nodes.of_vertex, nodes.of_vertex[follower]
    low, high = np.minimum(start, end), np.maximum(start, end)
    return low * np.int64(len(nodes.xy)) + high


def used_once(keys: Ints, counted: Flags) -> Flags:
    """Whether a counted segment occurs once among the counted ones: it is an outer edge."""
    once = np.zeros(len(keys), bool)
    once[np.flatnonzero(counted)[_lone(keys[counted])]] = True
    return once


def distinct(values: Ints) -> Ints:
    """Return the different values in order (sorting is faster than NumPy's hashing of large keys).

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]]


def among(values: Ints, known: Ints) -> Flags:
    """Whether each value is one of the ``known``, which are distinct and in order."""
    if not len(known):
        return np.zeros(len(values), bool)
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[place] == values)


def _lone(values: npt.NDArray[Any]) -> Flags:
    """Whether each value occurs once."""
    order = np.argsort(values)
    ordered = values[order]
    fresh = np.r_[True, ordered[1:] != ordered[:-1], True]
    lone = np.zeros(len(values), bool)
    lone[order] = (fresh[:-1] & fresh[1:])[: len(order)]
    return lone


#: Odd constants of the finaliser of splitmix64: they spread the bits of a coordinate.
_MIX_EAST, _MIX_NORTH, _MIX_ALL = (
    np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xBF58476D1CE4E5B9),
)  # fmt: skip


_SHAPES = 4_096  # whose rings are made at a time


def hashed_points(xy: Floats) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of each position, equal to the last bit or not."""
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    point = bits[:, 0] * _MIX_EAST + bits[:, 1] * _MIX_NORTH
    point = (point ^ (point >> np.uint64(29))) * _MIX_ALL
    return point ^ (point >> np.uint64(32))


def lone_segments(shapes: Any) -> tuple[Floats, Floats, Ints]:
    """Start, end and owner of the segments that no other ring has, to the last bit.

    Segments are told apart by 64-bit hashes of their ends, which sorts a map of a million
    corners in a fraction of a second; two that share a hash by chance would be overlooked, at
    odds of one in ten million for such a map. Rings are made for some shapes at a time, and again
    for the few that have such a segment: those of a whole map are more than a cache holds.

    >>> start, end, owner = lone_segments([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> len(start), owner.tolist()
    (6, [0, 0, 0, 1, 1, 1])
    """
    shapes = np.asarray(shapes, dtype=object)
    keys, size = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for begin in range(0, len(shapes), _SHAPES):
        block = shapes[begin : begin + _SHAPES]
        xy, at, owner = _segments(block)
        point = hashed_points(xy)
        keys.append(point[at] + point[at + 1])
        size.append(np.bincount(owner, minlength=len(block)))
    lone = np.flatnonzero(_lone(np.concatenate(keys)))
    counts = np.concatenate(size)
    ends = np.cumsum(counts)
    owner = np.searchsorted(ends, lone, side="right")
    used, place = np.unique(owner, return_inverse=True)
    begins = np.cumsum(counts[used]) - counts[used]
    xy, at, _ = _segments(shapes[used])
    here = at[begins[place] + lone - (ends - counts)[owner]]
    return xy[here], xy[here + 1], owner


def _segments(shapes: Any) -> tuple[Floats, Ints, Ints]:
    """Corners of all rings, the places at which segments begin, and their owners, in order."""
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    at = np.flatnonzero(ring[1:] == ring[:-1])
    return xy, at, part_owner[ring_part[ring[at]]]

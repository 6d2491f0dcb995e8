"""Who lies beside whom in the coverage, and where the corners of a parcel are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from sample_data.map_copies import vertex_ids

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CORNER_TURN_DEG = 28.0


@dataclass(frozen=True)
class Neighbours:
    """Vertex numbers along each face's outer ring, and the faces at each vertex and edge."""

    ring: list[Ints]
    xy: Floats  # of each vertex
    faces_at: list[Ints]  # faces at each vertex
    beside: dict[tuple[int, int], int]  # directed edge (a, b) -> the face that has it

    def across(self, face: int, a: int, b: int) -> int | None:
        """Face on the other side of an edge, or none."""
        other = self.beside.get((b, a))
        return other if other is not None and other != face else None

    def around(self, face: int) -> set[int]:
        """Faces that share a vertex with a face, itself included."""
        return {int(f) for v in self.ring[face] for f in self.faces_at[v]}


def find_neighbours(faces: npt.NDArray[np.object_]) -> Neighbours:
    """Neighbourhood of a coverage; outer rings run counter-clockwise."""
    turned = shapely.orient_polygons(faces, exterior_cw=False)
    xy, owner, vertex = vertex_ids(turned)
    place = np.zeros((vertex.max() + 1, 2))
    place[vertex] = xy
    order = np.argsort(vertex, kind="stable")
    cuts = np.searchsorted(vertex[order], np.arange(1, vertex.max() + 1))
    faces_at = [np.unique(part) for part in np.split(owner[order], cuts)]
    rings, ring_owner = shapely.get_rings(turned, return_index=True)
    length = shapely.get_num_coordinates(rings)
    ends = np.cumsum(length)
    ring: list[Ints] = []
    beside: dict[tuple[int, int], int] = {}
    last = -1
    for start, end, who in zip(ends - length, ends, ring_owner, strict=True):
        ids = vertex[start:end]
        if who != last:
            ring.append(ids[:-1].copy())
            last = who
        for a, b in zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True):
            beside[a, b] = int(who)
    return Neighbours(ring, place, faces_at, beside)


def corners(ring: Floats) -> Ints:
    """Positions in a ring (not closed) where the boundary really turns."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turn = np.arctan2(
        before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1)
    )
    return np.flatnonzero(np.abs(np.degrees(turn)) > CORNER_TURN_DEG)


def turn_at(ring: Floats, at: int) -> float:
    """Interior angle in degrees at a vertex of a counter-clockwise ring."""
    a = ring[at - 1] - ring[at]
    b = ring[(at + 1) % len(ring)] - ring[at]
    angle = np.degrees(np.arctan2(b[0] * a[1] - b[1] * a[0], (a * b).sum()))
    return float(angle % 360)

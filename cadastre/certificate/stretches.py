"""Which neighbour lies along which stretch of a parcel's boundary.

The description of boundary and marks (TT 26/2024/TT-BTNMT Annex 12) speaks of stretches from
corner to corner, each with the adjoining user; here they are found from the parcel map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cadastre.drawing.corners import Corner, number_corners

#: Points along an edge at which its neighbours are asked: odd, so that one is the middle.
_POINTS_OF_EDGE = 65


@dataclass(frozen=True, slots=True)
class Stretch:
    """Boundary from corner to corner clockwise; ``neighbour`` is a place in the list, or None.

    ``partly`` is a side that another neighbour holds the middle of: this one adjoins a part.
    """

    first_corner: int
    last_corner: int
    neighbour: int | None
    partly: bool = False


def stretches_of(
    geometry: Any, neighbours: Sequence[Any], *, reach_m: float
) -> tuple[Stretch, ...]:
    """Return the boundary in stretches, one for each run of edges with the same neighbour.

    1. Number the corners as papers do. 2. Give every edge the nearest neighbour of its middle,
    not further than ``reach_m``. 3. Join consecutive edges with the same one, around the ring.
    4. Add whoever adjoins a part of an edge and the middle of none: they sign too.

    Parameters
    ----------
    geometry : the parcel, polygon in metres (east, north)
    neighbours : polygons of the adjoining land, same zone
    reach_m : further than this from the edge's middle is nobody's neighbour, metres

    >>> east = shapely.box(10, -5, 20, 25)
    >>> [(s.first_corner, s.last_corner, s.neighbour)
    ...  for s in stretches_of(shapely.box(0, 0, 10, 20), [east], reach_m=0.5)]
    [(2, 3, 0), (3, 2, None)]
    """
    corners = number_corners(geometry)
    edges, near = _adjoining(corners, neighbours, reach_m)
    beside = near[_POINTS_OF_EDGE // 2 :: _POINTS_OF_EDGE]
    found: list[Stretch] = []
    for ring in sorted({corner.ring for corner in corners}):
        around = [(corner, beside[corner.number - 1]) for corner in corners if corner.ring == ring]
        found.extend(_runs(around))
    return (*found, *_partly(corners, beside, edges, near, reach_m / 2))


def _adjoining(
    corners: Sequence[Corner], neighbours: Sequence[Any], reach_m: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Edge and nearest neighbour (-1: none) of points along all edges, the same count on each.

    The middle point of the count is the middle of the edge. Points stand inside their edge: a
    parcel that touches a corner alone is further from all of them than those along the edges.
    """
    start = np.array([(corner.east, corner.north) for corner in corners])
    end = start[[corner.next_number - 1 for corner in corners]]
    share = (np.arange(_POINTS_OF_EDGE) + 0.5)[None, :, None] / _POINTS_OF_EDGE
    along = start[:, None, :] * (1 - share) + end[:, None, :] * share
    near = np.full(len(corners) * _POINTS_OF_EDGE, -1, dtype=np.intp)
    if neighbours:
        tree = shapely.STRtree(list(neighbours))
        point, place = tree.query_nearest(
            shapely.points(along.reshape(-1, 2)), max_distance=reach_m, all_matches=False
        )
        near[point] = place
    return np.repeat(np.arange(len(corners)), _POINTS_OF_EDGE), near


def _partly(
    corners: Sequence[Corner],
    beside: npt.NDArray[np.intp],
    edges: npt.NDArray[np.intp],
    near: npt.NDArray[np.intp],
    least_m: float,
) -> list[Stretch]:
    """Neighbours that adjoin a part of an edge and the middle of none, in the edges' order.

    Less than ``least_m`` is the corner where two others meet, seen past the width of a line.
    """
    sides, points = np.unique(np.column_stack([edges, near]), axis=0, return_counts=True)
    found: dict[int, Stretch] = {}
    for (edge, one), count in zip(sides.tolist(), points.tolist(), strict=True):
        corner = corners[edge]
        if one < 0 or one in found or (beside == one).any():
            continue
        if count / _POINTS_OF_EDGE * corner.edge_m >= least_m:
            found[one] = Stretch(corner.number, corner.next_number, one, partly=True)
    return list(found.values())


def _runs(edges: list[tuple[Corner, np.intp]]) -> list[Stretch]:
    """Consecutive edges with the same neighbour; a run may pass the ring's first corner."""
    turns = [n for n, (_, one) in enumerate(edges) if one != edges[n - 1][1]]
    if not turns:
        first = edges[0][0].number
        return [Stretch(first, first, _place(edges[0][1]))]
    begun = [edges[turn] for turn in turns]
    ends = [*begun[1:], begun[0]]
    return [
        Stretch(corner.number, end.number, _place(one))
        for (corner, one), (end, _) in zip(begun, ends, strict=True)
    ]


def _place(one: np.intp) -> int | None:
    return None if one < 0 else int(one)

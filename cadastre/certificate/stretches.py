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


@dataclass(frozen=True, slots=True)
class Stretch:
    """Boundary from corner to corner clockwise; ``neighbour`` is a place in the list, or None."""

    first_corner: int
    last_corner: int
    neighbour: int | None


def stretches_of(
    geometry: Any, neighbours: Sequence[Any], *, reach_m: float
) -> tuple[Stretch, ...]:
    """Return the boundary in stretches, one for each run of edges with the same neighbour.

    1. Number the corners as papers do. 2. Give every edge the nearest neighbour of its middle,
    not further than ``reach_m``. 3. Join consecutive edges with the same one, around the ring.

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
    beside = _beside(corners, neighbours, reach_m)
    found: list[Stretch] = []
    for ring in sorted({corner.ring for corner in corners}):
        edges = [(corner, beside[corner.number - 1]) for corner in corners if corner.ring == ring]
        found.extend(_runs(edges))
    return tuple(found)


def _beside(
    corners: Sequence[Corner], neighbours: Sequence[Any], reach_m: float
) -> npt.NDArray[np.intp]:
    """Place of the nearest neighbour of each edge's middle, -1 where there is none."""
    beside = np.full(len(corners), -1, dtype=np.intp)
    if not neighbours:
        return beside
    start = np.array([(corner.east, corner.north) for corner in corners])
    end = start[[corner.next_number - 1 for corner in corners]]
    tree = shapely.STRtree(list(neighbours))
    edge, near = tree.query_nearest(
        shapely.points((start + end) / 2), max_distance=reach_m, all_matches=False
    )
    beside[edge] = near
    return beside


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

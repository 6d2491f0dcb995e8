"""Corners of a parcel in the order in which papers list them.

From the north-western corner clockwise, outline first and enclaves after it, as the table
of an extract lists them: point, X (north), Y (east), length S to the next point
(TT 26/2024/TT-BTNMT, extract of the cadastral map). The order depends on the shape alone,
not on how a file happened to store its rings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cadastre.drawing.wording import coordinate_vi, length_vi
from cadastre.errors import CadastreError

#: Vertices closer than this are one corner; coordinates are kept to the millimetre.
SAME_CORNER_M = 0.0005


class OutlineMissing(CadastreError):
    """There is no outline to draw."""

    message_vi = "Không có ranh giới để vẽ."


@dataclass(frozen=True, slots=True)
class Corner:
    """A numbered corner: VN-2000 metres, and the edge that leaves it clockwise.

    ``ring`` counts the rings from 0; ``hole`` says that the ring is an enclave's;
    ``next_number`` is the corner at the far end of the edge of ``edge_m`` metres.
    """

    number: int
    ring: int
    hole: bool
    east: float
    north: float
    next_number: int
    edge_m: float


def number_corners(geometry: Any) -> tuple[Corner, ...]:
    """Return the corners of a polygon or multipolygon, numbered from 1.

    Parameters
    ----------
    geometry : shapely polygon or multipolygon, (east, north) in metres

    Raises
    ------
    OutlineMissing
        When the geometry is empty or has no area.

    >>> square = shapely.box(0, 0, 10, 20)
    >>> [(c.number, c.east, c.north, c.edge_m) for c in number_corners(square)]
    [(1, 0.0, 20.0, 10.0), (2, 10.0, 20.0, 20.0), (3, 10.0, 0.0, 10.0), (4, 0.0, 0.0, 20.0)]
    """
    found: list[Corner] = []
    for ring, (points, hole) in enumerate(_rings(geometry)):
        first = len(found) + 1
        edges = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
        for index, (east, north) in enumerate(points):
            following = first + (index + 1) % len(points)
            found.append(
                Corner(
                    first + index, ring, hole, float(east), float(north), following,
                    float(edges[index]),
                )
            )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, slots=True)
class CornerRow:
    """A line of the coordinate table as printed; the last of a ring repeats its first corner."""

    point: str
    x: str
    y: str
    s: str

    def as_list(self) -> list[str]:
        """Return the four cells."""
        return [self.point, self.x, self.y, self.s]


def corner_rows(corners: Sequence[Corner], *, decimals: int = 3) -> tuple[CornerRow, ...]:
    """Return the coordinate table: point, X (north), Y (east), S (metres to the next point).

    >>> rows = corner_rows(number_corners(shapely.box(0, 0, 10, 20)), decimals=2)
    >>> rows[0].as_list(), rows[-1].as_list()
    (['1', '20,00', '0,00', '10,00'], ['1', '20,00', '0,00', ''])
    """
    rows: list[CornerRow] = []
    for index, corner in enumerate(corners):
        rows.append(_row(corner, decimals, length_vi(corner.edge_m)))
        if index + 1 == len(corners) or corners[index + 1].ring != corner.ring:
            first = next(c for c in corners if c.ring == corner.ring)
            rows.append(_row(first, decimals, ""))
    return tuple(rows)


def _row(corner: Corner, decimals: int, length: str) -> CornerRow:
    return CornerRow(
        str(corner.number),
        coordinate_vi(corner.north, decimals),
        coordinate_vi(corner.east, decimals),
        length,
    )


def _rings(geometry: Any) -> Iterator[tuple[npt.NDArray[np.float64], bool]]:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    if not parts or geometry.is_empty or geometry.area <= 0:
        raise OutlineMissing()
    outlines = [(_ordered(part.exterior), part) for part in parts]
    outlines.sort(key=lambda outline: (-outline[0][0][1], outline[0][0][0]))
    for outline, part in outlines:
        yield outline, False
        holes = [_ordered(ring) for ring in part.interiors]
        yield from ((hole, True) for hole in sorted(holes, key=lambda h: (-h[0][1], h[0][0])))


def _ordered(ring: Any) -> npt.NDArray[np.float64]:
    """Vertices of a ring once each, clockwise, from the north-western one."""
    points = shapely.get_coordinates(ring)[:-1]
    apart = np.hypot(*(points - np.roll(points, 1, axis=0)).T) > SAME_CORNER_M
    points = points[apart] if apart.sum() >= 3 else points
    if shapely.LinearRing(points).is_ccw:
        points = points[::-1]
    north_west = np.round(points[:, 1] - points[:, 0], 3)
    start = np.lexsort((points[:, 0], -points[:, 1], -north_west))[0]
    return np.roll(points, -int(start), axis=0)

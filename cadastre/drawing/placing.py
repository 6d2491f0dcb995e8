"""Places for the labels of a plan: no label lies on another or on the parcel's own line.

Each label comes with its candidate places, best first; the first that is free is taken and
becomes occupied. A label without a free place is left out of the drawing: the table beside
the plan still has its value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import rotate, translate

#: Widths of Libertinus Serif in em; other characters count as a wide letter.
_EM = {",": 0.24, ".": 0.24, ":": 0.24, " ": 0.25, "-": 0.34, "/": 0.32, "(": 0.32, ")": 0.32}
_EM_DIGIT = 0.47
_EM_LETTER = 0.66


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands on paper: centre in mm (y down), angle in degrees clockwise."""

    x: float
    y: float
    angle: float = 0.0


def text_width(text: str, size_mm: float) -> float:
    """Width of a text in mm, a little on the generous side.

    >>> round(text_width("12,34", 2.1), 2)
    4.45
    """
    em = sum(_EM.get(c, _EM_DIGIT if c.isdigit() else _EM_LETTER) for c in text)
    return em * size_mm


def upright(angle: float) -> float:
    """Return the same direction of writing within a quarter turn, so that nothing is upside down.

    >>> upright(135.0), upright(-95.0), upright(90.0)
    (-45.0, 85.0, -90.0)
    """
    turned = (angle + 90.0) % 180.0 - 90.0
    return turned


class Sheet:
    """The paper of one plan and what on it is taken."""

    def __init__(self, width: float, height: float, keep_clear: Any) -> None:
        """``keep_clear`` is the line work that no label may touch."""
        self.frame = shapely.box(0.3, 0.3, width - 0.3, height - 0.3)
        self.keep_clear = keep_clear
        self.soft: Any = shapely.GeometryCollection()
        shapely.prepare(self.frame)
        shapely.prepare(self.keep_clear)
        self._taken: list[Any] = []
        self._dots: tuple[Any, float] | None = None

    def take(self, area: Any) -> None:
        """Mark an area of the paper as occupied."""
        self._taken.append(area)

    def take_dots(self, points: npt.NDArray[np.float64], radius: float) -> None:
        """Mark small circles, however many, as occupied."""
        dots = shapely.MultiPoint(points)
        shapely.prepare(dots)
        self._dots = (dots, radius)

    def free(self, area: Any, *, on_lines: bool = False) -> bool:
        """Say whether the area lies in the frame, on no label and (unless allowed) on no line."""
        if not self.frame.contains(area):
            return False
        if not on_lines and self.keep_clear.intersects(area):
            return False
        if self._dots and shapely.dwithin(self._dots[0], area, self._dots[1]):
            return False
        return not (self._taken and shapely.intersects(np.array(self._taken), area).any())

    def put(
        self, width: float, height: float, places: Iterable[Place], *, inside: Any = None
    ) -> Place | None:
        """Take the first free place; one that crosses no neighbour's line is preferred.

        ``inside``, when given, must hold the label completely.
        """
        second: tuple[Place, Any] | None = None
        for place in places:
            area = text_box(width, height, place)
            if not self.free(area) or (inside is not None and not inside.contains(area)):
                continue
            if not self.soft.intersects(area):
                self.take(area)
                return place
            second = second or (place, area)
        if second is None:
            return None
        self.take(second[1])
        return second[0]


def text_box(width: float, height: float, place: Place) -> Any:
    """Return the rectangle that a text of this size covers on paper (y down)."""
    box = shapely.box(-width / 2, -height / 2, width / 2, height / 2)
    return translate(rotate(box, place.angle, origin=(0, 0)), place.x, place.y)


def along_edge(start: tuple[float, float], end: tuple[float, float], offset: float) -> list[Place]:
    """Places along an edge on paper: middle first, left of its direction before right.

    Left as a person sees it on paper, with y running down.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    angle = upright(math.degrees(math.atan2(dy, dx)))
    places = []
    for side in (1.0, -1.0):
        for share in (0.5, 0.38, 0.62, 0.28, 0.72):
            x = start[0] + dx * share + uy * offset * side
            y = start[1] + dy * share - ux * offset * side
            places.append(Place(x, y, angle))
    return places


def around_corner(
    before: tuple[float, float],
    corner: tuple[float, float],
    after: tuple[float, float],
    distance: float,
) -> list[Place]:
    """Places around a corner, away from the parcel (left of the way round it) first."""
    normal = np.zeros(2)
    for (x0, y0), (x1, y1) in ((before, corner), (corner, after)):
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        normal += np.array([(y1 - y0) / length, -(x1 - x0) / length])
    outward = math.atan2(normal[1], normal[0])
    places = []
    for reach in (distance, distance * 1.5, distance * 2.0):
        for turn in (0, 25, -25, 50, -50, 80, -80, 180):
            way = outward + math.radians(turn)
            places.append(
                Place(corner[0] + reach * math.cos(way), corner[1] + reach * math.sin(way))
            )
    return places

"""The texts of a plan and where they find room: label, corner numbers, lengths, arrow, scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cadastre.drawing.corners import Corner
from cadastre.drawing.placing import (
    Place,
    Sheet,
    along_edge,
    around_corner,
    text_box,
    text_width,
    upright,
)
from cadastre.drawing.plan_marks import CORNER_RADIUS_MM, PlanLabel, PlanText, ink
from cadastre.drawing.symbology import INK, LINE, TEXT_MM
from cadastre.drawing.wording import length_vi, number_vi

_Points = npt.NDArray[np.float64]
#: (more corners than this, number only every n-th): a crowd of numbers says nothing.
_CROWDS = ((2000, 100), (200, 10), (40, 5))
_ARROW_MM = (7.0, 13.0)


def north_arrow(sheet: Sheet, own: Any) -> list[PlanText]:
    """Return the arrow to grid north, in the first corner of the frame that is free."""
    west, north, east, south = sheet.frame.bounds
    width, height = _ARROW_MM
    for x, y in (
        (east - width, north + 1),
        (west, north + 1),
        (east - width, south - height - 1),
        (west, south - height - 1),
    ):
        area = shapely.box(x, y, x + width, y + height)
        if not own.intersects(area):
            sheet.take(area)
            return _arrow(x + width / 2, y)
    return _arrow(east - width / 2, north + 1)


def _arrow(x: float, top: float) -> list[PlanText]:
    letter = PlanText("B", Place(x, top + 1.5), 3.0, bold=True)
    tip, tail = top + 3.4, top + 12.4
    left = (
        f'<path d="M{x:.3f} {tip:.3f}L{x - 1.7:.3f} {tail:.3f}L{x:.3f} {tail - 2:.3f}Z" '
        f'fill="{INK}" stroke="{INK}" stroke-width="0.15" stroke-linejoin="round"/>'
    )
    right = ink(f"M{x:.3f} {tip:.3f}L{x + 1.7:.3f} {tail:.3f}L{x:.3f} {tail - 2:.3f}Z", INK, 0.15)
    return [letter, PlanText(raw=left), PlanText(raw=right)]


def parcel_label(sheet: Sheet, own: Any, label: PlanLabel | None) -> list[PlanText]:
    """Return number over area with the land use: inside the parcel, else beside it on a leader."""
    if label is None:
        return []
    for factor in (1.0, 0.85, 0.7, 0.6):
        size = TEXT_MM["label"] * factor
        width, height = _label_size(label, size)
        place = sheet.put(width, height, _inside_places(own), inside=own)
        if place is not None:
            return _fraction(label, place, size)
    size = TEXT_MM["label"] * 0.85
    width, height = _label_size(label, size)
    target = shapely.point_on_surface(own)
    place = sheet.put(width, height, _outside_places(own, width, height))
    if place is None:
        return []
    leader = shapely.shortest_line(text_box(width, height, place), target)
    (x0, y0), (x1, y1) = shapely.get_coordinates(leader)
    sheet.take(leader.buffer(0.25))
    raw = ink(f"M{x0:.3f} {y0:.3f}L{x1:.3f} {y1:.3f}", INK, 0.12)
    return [PlanText(raw=raw), *_fraction(label, place, size)]


def _label_size(label: PlanLabel, size: float) -> tuple[float, float]:
    fraction = max(text_width(label.number, size), text_width(label.area, size)) + 1.0
    use = text_width(label.land_use, size) + 1.0 if label.land_use else 0.0
    return fraction + use, 2.4 * size


def _inside_places(own: Any) -> Iterator[Place]:
    parts = shapely.get_parts(own)
    part = parts[int(np.argmax(shapely.area(parts)))]
    pole = shapely.get_coordinates(shapely.maximum_inscribed_circle(part, tolerance=0.2))[0]
    spots = [shapely.get_coordinates(part.centroid)[0], pole]
    spots.append(shapely.get_coordinates(shapely.point_on_surface(part))[0])
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(part))
    long_edge = max(np.diff(corners, axis=0), key=lambda edge: float(np.hypot(*edge)))
    along = upright(math.degrees(math.atan2(long_edge[1], long_edge[0])))
    for angle in (0.0, along):
        yield from (Place(float(x), float(y), angle) for x, y in spots)


def _outside_places(own: Any, width: float, height: float) -> Iterator[Place]:
    middle = shapely.get_coordinates(shapely.point_on_surface(own))[0]
    for reach in range(int(max(width, height)), 90, 4):
        for turn in range(0, 360, 30):
            way = math.radians(turn)
            place = Place(middle[0] + reach * math.cos(way), middle[1] + reach * math.sin(way))
            if not own.intersects(text_box(width + 2, height + 2, place)):
                yield place


def _fraction(label: PlanLabel, place: Place, size: float) -> list[PlanText]:
    width, _ = _label_size(label, size)
    use = text_width(label.land_use, size) + 1.0 if label.land_use else 0.0
    bar = width - use
    turn = math.radians(place.angle)

    def at(x: float, y: float) -> Place:
        return Place(
            place.x + x * math.cos(turn) - y * math.sin(turn),
            place.y + x * math.sin(turn) + y * math.cos(turn),
            place.angle,
        )

    middle = -width / 2 + use + bar / 2
    ends = at(middle - bar / 2 + 0.2, 0.0), at(middle + bar / 2 - 0.2, 0.0)
    path = f"M{ends[0].x:.3f} {ends[0].y:.3f}L{ends[1].x:.3f} {ends[1].y:.3f}"
    texts = [
        PlanText(label.number, at(middle, -0.58 * size), size, bold=True),
        PlanText(raw=ink(path, INK, 0.2)),
        PlanText(label.area, at(middle, 0.62 * size), size),
    ]
    if label.land_use:
        texts.append(PlanText(label.land_use, at(-width / 2 + (use - 1.0) / 2, 0.0), size))
    return texts


def corner_numbers(
    sheet: Sheet, corners: Sequence[Corner], points: _Points
) -> tuple[list[PlanText], tuple[int, ...]]:
    """Return the corner numbers, and those that found no place."""
    size = TEXT_MM["corner"]
    sheet.take_dots(points, CORNER_RADIUS_MM)
    texts, missing = [], []
    previous = {corner.next_number: index for index, corner in enumerate(corners)}
    every = next((step for many, step in _CROWDS if len(corners) > many), 1)
    for index, corner in enumerate(corners):
        text = str(corner.number)
        before, after = points[previous[corner.number]], points[corner.next_number - 1]
        place = None
        if corner.number % every == 0 or corner.number == 1:
            place = sheet.put(
                text_width(text, size) + 0.3,
                size * 0.85,
                around_corner(tuple(before), tuple(points[index]), tuple(after), 1.9),
            )
        if place is None:
            missing.append(corner.number)
        else:
            texts.append(PlanText(text, place, size))
    return texts, tuple(missing)


def edge_lengths(
    sheet: Sheet, corners: Sequence[Corner], points: _Points
) -> tuple[list[PlanText], tuple[int, ...]]:
    """Return the lengths along their edges, longest first, and the edges left to the table."""
    size = TEXT_MM["length"]
    texts, missing = [], []
    for corner in sorted(corners, key=lambda c: (-c.edge_m, c.number)):
        text = length_vi(corner.edge_m)
        start, end = points[corner.number - 1], points[corner.next_number - 1]
        width = text_width(text, size)
        room = math.hypot(*(end - start)) - 2 * CORNER_RADIUS_MM
        place = None
        if width <= room + 0.5:
            places = along_edge(tuple(start), tuple(end), size * 0.72)
            place = sheet.put(width, size * 0.8, places)
        if place is None:
            missing.append(corner.number)
        else:
            texts.append(PlanText(text, place, size))
    return texts, tuple(sorted(missing))


def neighbour_label(sheet: Sheet, visible: Any, text: str) -> list[PlanText]:
    """Return the neighbour's label in the part of it that the plan shows."""
    size = TEXT_MM["neighbour"]
    pieces = [p for p in shapely.get_parts(visible) if p.geom_type == "Polygon" and p.area > 4]
    for piece in sorted(pieces, key=lambda p: -p.area):
        pole = shapely.maximum_inscribed_circle(piece, tolerance=0.5)
        spots = [shapely.get_coordinates(pole)[0], shapely.get_coordinates(piece.centroid)[0]]
        spots.append(shapely.get_coordinates(shapely.point_on_surface(piece))[0])
        places = [Place(float(x), float(y)) for x, y in spots]
        place = sheet.put(text_width(text, size) + 0.4, size, places)
        if place is not None:
            return [PlanText(text, place, size)]
    return []


def foot(width: float, height: float, scale: int, measured: bool) -> list[PlanText]:
    """Return the scale, a scale bar and, with a measured outline, the legend of the two lines."""
    base = height - 3.0
    middle = PlanText(f"Tỷ lệ 1:{scale}", Place(width / 2, base), TEXT_MM["scale"], bold=True)
    texts = [middle, *_scale_bar(width, base, scale)]
    if measured:
        for row, name in enumerate(("map_outline", "survey_outline")):
            token, y = LINE[name], base - 1.4 + 3.0 * row
            sample = ink(f"M2 {y:.3f}H10", token.line, token.width_mm, token.dash)
            texts.append(PlanText(raw=sample))
            texts.append(PlanText(token.title_vi, Place(11.5, y), 2.4, anchor="start"))
    return texts


def _scale_bar(width: float, base: float, scale: int) -> list[PlanText]:
    """Return a bar of one, two or five times a power of ten metres, 12 to 30 mm long."""
    metres = next(m * 10**p for p in range(5) for m in (1, 2, 5) if m * 10**p * 1000 / scale >= 12)
    length = metres * 1000 / scale
    x = width - length - 12
    path = f"M{x:.3f} {base - 0.8:.3f}v1.6h{length:.4f}v-1.6"
    return [
        PlanText(raw=ink(path, INK, 0.18)),
        PlanText("0", Place(x, base - 2.0), 2.1),
        PlanText(f"{number_vi(metres, 0)} m", Place(x + length, base - 2.0), 2.1),
    ]

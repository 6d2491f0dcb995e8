"""A piece of the parcel map to true scale, as SVG in millimetres.

One unit of the drawing is one millimetre of paper: at 1:1000 an edge of 100 m is 100 mm
long. The frame carries the VN-2000 grid every 100 mm, X (north) at the sides and Y (east)
below, as map sheets do (TT 26/2024/TT-BTNMT, frame of the cadastral map); colours are those
of the screen, from the one table of symbology.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cadastre.drawing.placing import Place, text_width
from cadastre.drawing.plan_marks import PlanText, ink, line_path
from cadastre.drawing.symbology import INK, LINE, PAPER, TEXT_MM, Token, on_paper

_GRID_MM = 100.0
_TICK_MM = 2.5
#: Room outside the frame for the coordinates of the grid.
_MARGIN_MM = 5.0
_GRID_TEXT_MM = 2.1
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ViewLine:
    """Outlines drawn over the parcels, all as one token says."""

    token: Token
    shapes: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the paper lies on the ground: (east, north) in metres of its middle, scale, size."""

    east: float
    north: float
    scale: int
    width_mm: float
    height_mm: float

    @property
    def ground(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of what the frame shows, metres.

        >>> Frame(1000, 2000, 1000, 110, 210).ground
        (950.0, 1900.0, 1050.0, 2100.0)
        """
        half_e = (self.width_mm - 2 * _MARGIN_MM) / 2 * self.scale / 1000
        half_n = (self.height_mm - 2 * _MARGIN_MM) / 2 * self.scale / 1000
        return self.east - half_e, self.north - half_n, self.east + half_e, self.north + half_n

    def on_paper(self, coordinates: _Floats) -> _Floats:
        """Millimetres from the upper left corner (y down) of (east, north) in metres."""
        mm = 1000.0 / self.scale
        return np.column_stack(
            [
                self.width_mm / 2 + (coordinates[:, 0] - self.east) * mm,
                self.height_mm / 2 - (coordinates[:, 1] - self.north) * mm,
            ]
        )


def map_view(
    frame: Frame,
    shapes: Sequence[Any],
    tokens: Sequence[Token],
    labels: Sequence[str],
    *,
    lines: Iterable[ViewLine] = (),
) -> str:
    """Return the drawing of parcels inside the frame.

    Parameters
    ----------
    shapes : polygons in metres, (east, north)
    tokens : how each of them is filled
    labels : its number, written where it has room
    lines : outlines over them, in the order in which they are drawn

    >>> svg = map_view(Frame(50, 50, 1000, 120, 120), [shapely.box(0, 0, 100, 100)],
    ...     [LINE["parcel"]], ["7"])
    >>> 'width="120mm"' in svg, ">7</text>" in svg
    (True, True)
    """
    cut = shapely.box(*frame.ground)
    inside = shapely.intersection(np.asarray(shapes, dtype=object), cut)
    # Turned one way, land that is mapped twice is filled once and not left white.
    drawn = shapely.orient_polygons(shapely.transform(inside, frame.on_paper))
    body = [*_fills(drawn, tokens), *_boundaries(drawn)]
    for line in lines:
        clipped = shapely.intersection(shapely.boundary(np.asarray(line.shapes, object)), cut)
        moved = shapely.union_all(shapely.transform(clipped, frame.on_paper))
        if not moved.is_empty:
            body.append(line_path(moved, line.token))
    body += _numbers(drawn, labels)
    body += _grid(frame)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{frame.width_mm:g}mm" '
        f'height="{frame.height_mm:g}mm" viewBox="0 0 {frame.width_mm:g} {frame.height_mm:g}" '
        f"font-family=\"Libertinus Serif, 'Times New Roman', serif\">{''.join(body)}</svg>"
    )


def _fills(drawn: Any, tokens: Sequence[Token]) -> list[str]:
    """One path per colour: thousands of parcels stay a small file."""
    by_colour: dict[str, list[str]] = {}
    for shape, token in zip(drawn, tokens, strict=True):
        by_colour.setdefault(on_paper(token), []).append(_area_path(shape))
    return [
        f'<path d="{"".join(paths)}" fill="{colour}" fill-rule="nonzero" stroke="none"/>'
        for colour, paths in by_colour.items()
        if any(paths)
    ]


def _area_path(shape: Any) -> str:
    rings = [
        shapely.get_coordinates(ring)[:-1]
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join(f"M{'L'.join(f'{x:.3f} {y:.3f}' for x, y in ring)}Z" for ring in rings)


def _boundaries(drawn: Any) -> list[str]:
    lines = shapely.union_all(shapely.boundary(drawn))
    return [] if lines.is_empty else [line_path(lines, LINE["neighbour"])]


def _numbers(drawn: Any, labels: Sequence[str]) -> list[str]:
    """Numbers of the parcels that have room for them."""
    boxes = shapely.bounds(drawn)
    places = shapely.get_coordinates(shapely.point_on_surface(_filled(drawn)))
    written: list[str] = []
    for box, (x, y), label in zip(boxes, places, labels, strict=True):
        for size in (TEXT_MM["corner"], TEXT_MM["corner"] * 0.75):
            wide = text_width(label, size) * 1.25
            if wide < box[2] - box[0] and size * 1.3 < box[3] - box[1]:
                written.append(PlanText(label, Place(float(x), float(y)), size).svg())
                break
    return written


def _filled(drawn: Any) -> Any:
    """An empty cut has no point; any point stands in, as its label has no room anyway."""
    return np.where(shapely.is_empty(drawn), shapely.Point(0, 0), drawn)


def _grid(frame: Frame) -> list[str]:
    """The frame with ticks, crosses and the coordinates of every grid line."""
    left, top = _MARGIN_MM, _MARGIN_MM
    right, bottom = frame.width_mm - _MARGIN_MM, frame.height_mm - _MARGIN_MM
    west, south, east, north = frame.ground
    step = _GRID_MM * frame.scale / 1000
    ys = np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step
    xs = np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step
    mm = 1000.0 / frame.scale
    columns = [(left + (y - west) * mm, y) for y in ys]
    rows = [(bottom - (x - south) * mm, x) for x in xs]
    half = _TICK_MM
    cross = "".join(
        f"M{x - half:.3f} {y:.3f}h{2 * half:g}M{x:.3f} {y - half:.3f}v{2 * half:g}"
        for x, _ in columns
        for y, _ in rows
    )
    paper = (
        f'<path d="M0 0H{frame.width_mm:g}V{frame.height_mm:g}H0Z'
        f'M{left:g} {top:g}V{bottom:g}H{right:g}V{top:g}Z" fill="{PAPER}" fill-rule="evenodd"/>'
    )
    edge = ink(f"M{left:g} {top:g}H{right:g}V{bottom:g}H{left:g}Z", INK, 0.35)
    texts = [
        PlanText(f"{value:.0f}", Place(x, bottom + 2.4), _GRID_TEXT_MM) for x, value in columns
    ]
    texts += [
        PlanText(f"{value:.0f}", Place(left - 2.4, y, -90.0), _GRID_TEXT_MM) for y, value in rows
    ]
    marks = [ink(cross, INK, 0.12)] if cross else []
    return [paper, *marks, edge, *(text.svg() for text in texts)]

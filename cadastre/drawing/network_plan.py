"""A survey network as SVG: control, stations, detail points, sights, error ellipses.

Millimetres of paper, north up. Error ellipses are those of the standard deviation, enlarged
by one round factor for the whole drawing, which is stated beside the scale; an observation
that was switched off is drawn dashed in the colour of a blocking fault.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from cadastre.drawing.symbology import INK, LINE, PAPER, SEVERITY
from cadastre.errors import CadastreError

Floats = npt.NDArray[np.float64]

#: Paper kept free around the network.
MARGIN_MM = 12.0
FOOT_MM = 9.0
#: The largest ellipse is drawn about this long from centre to end.
ELLIPSE_MM = 3.5
#: More detail points than this are drawn without their names.
MOST_NAMES = 80
_NAME_MM = 2.3
_SYMBOL_MM = 1.5
#: First digits of the scales of a drawing, and of the lengths of its bar.
_SCALE_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_BAR_STEPS = (1, 2, 5, 10)
_BOLD = ' font-weight="bold"'


class NetworkNotDrawn(CadastreError):
    """No point has a place in the plane (levelling has none): take the figures as JSON."""

    message_vi = (
        "Không điểm nào có vị trí mặt bằng để vẽ (lưới độ cao không có); xem số liệu bằng --json."
    )


@dataclass(frozen=True, slots=True)
class NetworkPoint:
    """A point: role control, station or detail; semi-axes in metres, azimuth in radians."""

    name: str
    role: str
    east: float
    north: float
    semi_major: float = 0.0
    semi_minor: float = 0.0
    azimuth: float = 0.0


@dataclass(frozen=True, slots=True)
class NetworkLayout:
    """Scale denominator of the drawing and the factor by which ellipses are enlarged."""

    scale: int
    ellipse_factor: int


def network_plan(
    points: Sequence[NetworkPoint],
    sights: Sequence[tuple[str, str, bool]],
    outlines: Sequence[Any] = (),
    *,
    width_mm: float = 168.0,
    height_mm: float = 120.0,
    words: Mapping[str, str] | None = None,
) -> tuple[str, NetworkLayout]:
    """Return the drawing as SVG and its layout.

    Parameters
    ----------
    points : in metres (east, north)
    sights : (station, target, used); names that are no points are left out
    outlines : measured parcels, polygons in the same zone, drawn faintly below
    words : "scale", "ellipses" and "north" as the reader's language has them

    Raises
    ------
    NetworkNotDrawn

    >>> a, b = NetworkPoint("A", "control", 0, 0), NetworkPoint("B", "station", 90, 60, 0.01, 0.005)
    >>> svg, layout = network_plan([a, b], [("B", "A", True)])
    >>> layout.scale, layout.ellipse_factor, svg.count("<ellipse")
    (800, 200, 1)
    """
    if not points:
        raise NetworkNotDrawn()
    place = np.array([(point.east, point.north) for point in points])
    scale, origin = _fitted(place, width_mm, height_mm)
    paper = _on_paper(place, scale, origin)
    at = {point.name: paper[n] for n, point in enumerate(points)}
    factor = _enlarged(points, scale)
    parts = [
        *(_outline(outline, scale, origin) for outline in outlines),
        *_sights(sights, at),
        *_ellipses(points, paper, factor * 1000.0 / scale),
        *(_symbol(point, *xy) for point, xy in zip(points, paper, strict=True)),
        *_names(points, paper),
        _foot(scale, factor, width_mm, height_mm, words or _WORDS),
    ]
    layout = NetworkLayout(scale, factor)
    return _svg(width_mm, height_mm, "".join(parts)), layout


_WORDS = {"scale": "Tỷ lệ", "ellipses": "elip sai số phóng đại", "north": "B"}


def _round_up(value: float, steps: Sequence[float] = _SCALE_STEPS) -> int:
    power = 10.0 ** math.floor(math.log10(max(value, 1.0)))
    return int(next(step * power for step in steps if step * power >= value * (1 - 1e-9)))


def _fitted(place: Floats, width_mm: float, height_mm: float) -> tuple[int, Floats]:
    """Scale at which all points fit, and the ground position of the upper left corner."""
    low, high = place.min(axis=0), place.max(axis=0)
    room = np.array([width_mm - 2 * MARGIN_MM, height_mm - 2 * MARGIN_MM - FOOT_MM])
    scale = _round_up(float(np.max((high - low) * 1000.0 / room)))
    centre = (low + high) / 2
    paper_centre = np.array([width_mm / 2, (height_mm - FOOT_MM) / 2])
    return scale, centre + np.array([-1.0, 1.0]) * paper_centre * scale / 1000.0


def _on_paper(place: Floats, scale: int, origin: Floats) -> Floats:
    return (place - origin) * np.array([1000.0, -1000.0]) / scale


def _enlarged(points: Sequence[NetworkPoint], scale: int) -> int:
    """Round factor under which the largest ellipse is about ``ELLIPSE_MM`` long."""
    largest = max(point.semi_major for point in points)
    if largest <= 0:
        return 1
    wanted = ELLIPSE_MM / (largest * 1000.0 / scale)
    round_factors = (digit * 10**power for power in range(7) for digit in (1, 2, 5))
    return max(factor for factor in round_factors if factor <= max(wanted, 1))


def _outline(shape: Any, scale: int, origin: Floats) -> str:
    token = LINE["survey_outline"]
    rings = [shape.exterior, *shape.interiors] if shape.geom_type == "Polygon" else []
    path = " ".join(
        "M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in _on_paper(np.array(r.coords), scale, origin))
        for r in rings
    )
    return (
        f'<path d="{path}" fill="{token.line}" fill-opacity="0.06" stroke="{token.line}" '
        'stroke-width="0.15"/>'
    )


def _sights(sights: Sequence[tuple[str, str, bool]], at: Mapping[str, Floats]) -> list[str]:
    """Each line once; a line with any observation switched off is drawn as such."""
    sound: dict[tuple[str, str], bool] = {}
    for station, target, used in sights:
        if station in at and target in at and station != target:
            ends = (min(station, target), max(station, target))
            sound[ends] = sound.get(ends, True) and used
    drawn = []
    for (one, other), used in sound.items():
        (x1, y1), (x2, y2) = at[one], at[other]
        look = (
            f'stroke="{LINE["neighbour"].line}" stroke-width="0.12"'
            if used
            else f'stroke="{SEVERITY["blocking"].line}" stroke-width="0.3" stroke-dasharray="1.5 1"'
        )
        drawn.append(f'<path d="M{x1:.3f} {y1:.3f}L{x2:.3f} {y2:.3f}" fill="none" {look}/>')
    return drawn


def _ellipses(points: Sequence[NetworkPoint], paper: Floats, mm_per_m: float) -> list[str]:
    token = LINE["displacement"]
    return [
        f'<ellipse cx="{x:.3f}" cy="{y:.3f}" rx="{point.semi_major * mm_per_m:.3f}" '
        f'ry="{point.semi_minor * mm_per_m:.3f}" fill="{token.line}" fill-opacity="0.1" '
        f'stroke="{token.line}" stroke-width="0.2" '
        # An azimuth turns from north, the drawing from east, both clockwise on paper.
        f'transform="rotate({math.degrees(point.azimuth) - 90:.2f} {x:.3f} {y:.3f})"/>'
        for point, (x, y) in zip(points, paper, strict=True)
        if point.semi_major > 0
    ]


def _symbol(point: NetworkPoint, x: float, y: float) -> str:
    if point.role == "control":
        r = _SYMBOL_MM
        corners = (
            f"M{x:.3f} {y - r:.3f}L{x + r:.3f} {y + 0.7 * r:.3f}L{x - r:.3f} {y + 0.7 * r:.3f}Z"
        )
        return f'<path d="{corners}" fill="{PAPER}" stroke="{INK}" stroke-width="0.35"/>'
    radius, fill = (0.9, PAPER) if point.role == "station" else (0.35, INK)
    return (
        f'<circle cx="{x:.3f}" cy="{y:.3f}" r="{radius}" fill="{fill}" stroke="{INK}" '
        'stroke-width="0.2"/>'
    )


def _names(points: Sequence[NetworkPoint], paper: Floats) -> list[str]:
    crowded = sum(point.role == "detail" for point in points) > MOST_NAMES
    weight = {"detail": ""}
    return [
        f'<text x="{x + 1.6:.3f}" y="{y - 1.2:.3f}" font-size="{_NAME_MM}" fill="{INK}"'
        f"{weight.get(point.role, _BOLD)}>{escape(point.name)}</text>"
        for point, (x, y) in zip(points, paper, strict=True)
        if point.role != "detail" or not crowded
    ]


def _foot(
    scale: int, factor: int, width_mm: float, height_mm: float, words: Mapping[str, str]
) -> str:
    """Scale, factor of the ellipses, scale bar and north arrow."""
    bar_m = _round_up(scale * 0.03, _BAR_STEPS)
    bar_mm = bar_m * 1000.0 / scale
    y, x = height_mm - 4.0, width_mm - MARGIN_MM - bar_mm
    told = f"{words['scale']} 1:{scale}; {words['ellipses']} {factor} ×"
    north = width_mm - 7.0
    return (
        f'<text x="{MARGIN_MM}" y="{y:.2f}" font-size="2.8" fill="{INK}">{escape(told)}</text>'
        f'<path d="M{x:.3f} {y - 2:.3f}V{y:.3f}H{x + bar_mm:.3f}V{y - 2:.3f}" fill="none" '
        f'stroke="{INK}" stroke-width="0.25"/>'
        f'<text x="{x + bar_mm / 2:.3f}" y="{y - 1:.3f}" font-size="2.4" text-anchor="middle" '
        f'fill="{INK}">{bar_m} m</text>'
        f'<path d="M{north} 12L{north - 1.6} 12L{north} 4L{north + 1.6} 12Z" fill="{INK}"/>'
        f'<text x="{north}" y="15" font-size="2.8" text-anchor="middle" font-weight="bold" '
        f'fill="{INK}">{escape(words["north"])}</text>'
    )


def _svg(width: float, height: float, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Libertinus Serif, serif">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{content}</svg>'
    )

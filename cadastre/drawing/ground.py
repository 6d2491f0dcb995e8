"""The pale lotus ground of the certificate's page: our own drawing, of petals and rings.

TT 10/2024/TT-BTNMT Art 29 gives the blank a lotus-pink ground; the printed blank and the
national emblem belong to the State and are not imitated here. The pattern is drawn by rule
from three numbers, so that every copy is the same to the last byte.
"""

from __future__ import annotations

import math

GROUND = "#fdf4f6"
PETAL = "#f2c9d5"
BORDER = "#d58aa3"
#: Rings of petals from the middle out: (petals, inner radius, outer radius), radii in mm.
_RINGS = ((8, 6.0, 20.0), (12, 18.0, 37.0), (16, 34.0, 58.0), (24, 54.0, 84.0))


def lotus_ground_svg(width_mm: float, height_mm: float) -> str:
    """Return the ground of one page as SVG in millimetres.

    >>> lotus_ground_svg(210, 297).count("<path") > 10
    True
    """
    x, y = width_mm / 2, height_mm * 0.52
    parts = [f'<rect width="{width_mm:g}" height="{height_mm:g}" fill="{GROUND}"/>']
    parts += [_ring(x, y, *ring, turn=index % 2) for index, ring in enumerate(_RINGS)]
    parts += [_circle(x, y, radius) for radius in (4.0, 87.0, 88.5)]
    parts.append(_waves(width_mm, height_mm))
    for inset, width in ((6.5, 0.9), (8.0, 0.25)):
        parts.append(
            f'<rect x="{inset}" y="{inset}" width="{width_mm - 2 * inset:g}" '
            f'height="{height_mm - 2 * inset:g}" fill="none" stroke="{BORDER}" '
            f'stroke-width="{width}"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{height_mm:g}mm" '
        f'viewBox="0 0 {width_mm:g} {height_mm:g}">{"".join(parts)}</svg>'
    )


def _ring(x: float, y: float, petals: int, inner: float, outer: float, *, turn: int) -> str:
    step = 2 * math.pi / petals
    path = []
    for index in range(petals):
        way = (index + turn / 2) * step
        for scale in (1.0, 0.78):
            path.append(_petal(x, y, way, inner, inner + (outer - inner) * scale, step * 0.52))
    return f'<path d="{"".join(path)}" fill="none" stroke="{PETAL}" stroke-width="0.22"/>'


def _petal(x: float, y: float, way: float, inner: float, outer: float, half: float) -> str:
    """One pointed petal from the inner to the outer radius and back."""

    def at(radius: float, angle: float) -> str:
        return f"{x + radius * math.cos(angle):.2f} {y + radius * math.sin(angle):.2f}"

    belly = inner + (outer - inner) * 0.55
    return (
        f"M{at(inner, way)}"
        f"C{at(inner, way - half)} {at(belly, way - half)} {at(outer, way)}"
        f"C{at(belly, way + half)} {at(inner, way + half)} {at(inner, way)}Z"
    )


def _circle(x: float, y: float, radius: float) -> str:
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="none" stroke="{PETAL}" '
        'stroke-width="0.3"/>'
    )


def _waves(width: float, height: float) -> str:
    """Fine water lines over the whole page, which a copier blurs."""
    rows = []
    for row in range(12, int(height) - 8, 6):
        points = [
            f"{x} {row + 1.4 * math.sin(x / 7.0 + row / 9.0):.2f}"
            for x in range(9, int(width) - 8, 3)
        ]
        rows.append("M" + "L".join(points))
    return f'<path d="{"".join(rows)}" fill="none" stroke="{PETAL}" stroke-width="0.08"/>'

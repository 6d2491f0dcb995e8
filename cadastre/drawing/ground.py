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
#: Rings of petals from the back to the front: (petals, inner and outer radius in mm).
_RINGS = ((24, 30.0, 86.0), (20, 22.0, 68.0), (16, 14.0, 50.0), (12, 8.0, 33.0), (8, 3.0, 18.0))


def lotus_ground_svg(width_mm: float, height_mm: float) -> str:
    """Return the ground of one page as SVG in millimetres.

    >>> lotus_ground_svg(210, 297).count("<path") > 10
    True
    """
    x, y = width_mm / 2, height_mm * 0.52
    parts = [f'<rect width="{width_mm:g}" height="{height_mm:g}" fill="{GROUND}"/>']
    parts += [_ring(x, y, *ring, turn=index % 2) for index, ring in enumerate(_RINGS)]
    parts += [_circle(x, y, radius) for radius in (88.0, 89.5)]
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
        path.append(_petal(x, y, way, inner, outer, step * 1.05))
    veins = [
        _petal(x, y, (index + turn / 2) * step, inner, inner + (outer - inner) * 0.82, step * 0.5)
        for index in range(petals)
    ]
    return (
        f'<g stroke="{PETAL}"><path d="{"".join(path)}" fill="{GROUND}" stroke-width="0.28"/>'
        f'<path d="{"".join(veins)}" fill="none" stroke-width="0.14"/></g>'
    )


def _petal(x: float, y: float, way: float, inner: float, outer: float, half: float) -> str:
    """One pointed petal from the inner to the outer radius and back."""

    def at(radius: float, angle: float) -> str:
        return f"{x + radius * math.cos(angle):.2f} {y + radius * math.sin(angle):.2f}"

    belly = inner + (outer - inner) * 0.62
    shoulder = inner + (outer - inner) * 0.94
    return (
        f"M{at(inner, way)}"
        f"C{at(belly, way - half)} {at(shoulder, way - half * 0.42)} {at(outer, way)}"
        f"C{at(shoulder, way + half * 0.42)} {at(belly, way + half)} {at(inner, way)}Z"
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

"""The pieces of ink of a plan: lines, corner marks and texts as SVG elements in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import shapely

from cadastre.drawing.placing import Place
from cadastre.drawing.symbology import INK, PAPER, Token

CORNER_RADIUS_MM = 0.42
#: Above this many corners the marks are drawn smaller.
CROWDED = 60
#: A text's baseline lies this share of its size below the middle of its digits.
_BASELINE = 0.33
ORIGIN = Place(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PlanLabel:
    """What is written in the parcel: number over area, with the land use beside it."""

    number: str
    area: str
    land_use: str = ""


@dataclass(frozen=True, slots=True)
class PlanText:
    """A text centred at a place, or ready-made ink where ``raw`` is given."""

    text: str = ""
    place: Place = ORIGIN
    size_mm: float = 2.0
    bold: bool = False
    anchor: str = "middle"
    raw: str = ""

    def svg(self) -> str:
        """Return the element."""
        if self.raw:
            return self.raw
        x, y = self.place.x, self.place.y
        turn = (
            f' transform="rotate({self.place.angle:.2f} {x:.3f} {y:.3f})"'
            if abs(self.place.angle) > 0.005
            else ""
        )
        weight = ' font-weight="bold"' if self.bold else ""
        return (
            f'<text x="{x:.3f}" y="{y + _BASELINE * self.size_mm:.3f}" '
            f'font-size="{self.size_mm:g}" text-anchor="{self.anchor}" fill="{INK}"{weight}{turn}>'
            f"{escape(self.text)}</text>"
        )


def line_path(geometry: Any, token: Token) -> str:
    """Return one path of all line strings in the geometry, drawn as the token says."""
    parts = []
    for line in shapely.get_parts(shapely.line_merge(_lines(geometry))):
        coordinates = shapely.get_coordinates(line)
        closed = len(coordinates) > 3 and (coordinates[0] == coordinates[-1]).all()
        points = [f"{x:.4f} {y:.4f}" for x, y in (coordinates[:-1] if closed else coordinates)]
        parts.append(f"M{points[0]}L{' '.join(points[1:])}{'Z' if closed else ''}")
    return ink(" ".join(parts), token.line, token.width_mm, token.dash)


def _lines(geometry: Any) -> Any:
    flat = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiLineString([part for part in flat if "Line" in part.geom_type])


def ink(path: str, colour: str, width_mm: float, dash: Sequence[float] = ()) -> str:
    """Return a stroked path."""
    dashes = f' stroke-dasharray="{" ".join(f"{d:g}" for d in dash)}"' if dash else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width_mm:g}" '
        f'stroke-linejoin="round" stroke-linecap="{"butt" if dash else "round"}"{dashes}/>'
    )


def mark(x: float, y: float, *, crowded: bool = False) -> str:
    """Return the small circle of a corner."""
    radius = CORNER_RADIUS_MM / 2 if crowded else CORNER_RADIUS_MM
    return (
        f'<circle cx="{x:.4f}" cy="{y:.4f}" r="{radius:g}" fill="{PAPER}" '
        f'stroke="{INK}" stroke-width="0.18"/>'
    )

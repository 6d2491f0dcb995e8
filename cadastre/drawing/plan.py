"""The plan of one parcel to true scale, as SVG in millimetres.

One unit of the drawing is one millimetre of paper: at 1:1000 an edge of 100 m is 100 mm
long. The outline carries its corners numbered from the north-west clockwise and the length
of its edges; neighbours show as stubs with their numbers; several land types in one parcel
are parted by a dash-dot line (ND 49/2026/ND-CP Art 18(14)). The scales are those of the
accuracy tables (TT 26/2024/TT-BTNMT Art 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cadastre.drawing import plan_labels
from cadastre.drawing.corners import Corner, number_corners
from cadastre.drawing.placing import Sheet
from cadastre.drawing.plan_marks import CROWDED, PlanLabel, PlanText, line_path, mark
from cadastre.drawing.symbology import LINE, TEXT_MM
from cadastre.errors import CadastreError
from cadastre.regulation import load

__all__ = [
    "Neighbour",
    "PlanLabel",
    "PlanLayout",
    "PlanTooLarge",
    "choose_scale",
    "parcel_plan",
]

#: Scales of topographic maps, for land too large for the scales of the cadastral map.
SMALLER_SCALES = (25_000, 50_000, 100_000)
#: Paper kept free around the outline for corner numbers, lengths and neighbours' stubs.
MARGIN_MM = 8.0
#: Strip at the foot of the drawing for the scale.
FOOT_MM = 8.0
#: How far a neighbour's boundary is drawn from the parcel.
STUB_MM = 11.0


class PlanTooLarge(CadastreError):
    """The parcel does not fit on this paper at any scale of a map."""

    message_vi = "Thửa đất không vừa khổ giấy ở bất kỳ tỷ lệ bản đồ nào."


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A parcel (road, stream) beside the drawn one, and what is written on it."""

    geometry: Any
    label: str


@dataclass(frozen=True, slots=True)
class PlanLayout:
    """What was drawn where.

    ``east_0`` and ``north_0`` are the ground position of the paper's upper left corner;
    ``unlabelled_edges`` and ``unlabelled_corners`` name the corners whose length or number
    found no place in the drawing (the coordinate table has them all).
    """

    scale: int
    width_mm: float
    height_mm: float
    east_0: float
    north_0: float
    corners: tuple[Corner, ...]
    unlabelled_edges: tuple[int, ...]
    unlabelled_corners: tuple[int, ...]

    def on_paper(self, coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Millimetres from the upper left corner (y down) of (east, north) in metres."""
        mm = 1000.0 / self.scale
        return np.column_stack(
            [(coordinates[:, 0] - self.east_0) * mm, (self.north_0 - coordinates[:, 1]) * mm]
        )


def map_scales() -> tuple[int, ...]:
    """Scales of the cadastral map, largest first.

    >>> map_scales()[:3]
    (200, 500, 1000)
    """
    return tuple(sorted(int(scale) for scale in load().accuracy.tables["position"]["limit"]))


def choose_scale(geometry: Any, *, width_mm: float, height_mm: float) -> int:
    """Return the largest map scale at which the outline fits into a box of paper.

    Land too large for the cadastral scales is drawn at a scale of topographic maps.

    Parameters
    ----------
    geometry : outline in metres
    width_mm, height_mm : the whole box; margins for the labels are taken off

    Raises
    ------
    PlanTooLarge
        When the smallest scale of the map is still too large.

    >>> choose_scale(shapely.box(0, 0, 20, 30), width_mm=150, height_mm=120)
    500
    """
    west, south, east, north = shapely.bounds(geometry)
    inner = (width_mm - 2 * MARGIN_MM, height_mm - 2 * MARGIN_MM - FOOT_MM)
    for scale in (*map_scales(), *SMALLER_SCALES):
        if (east - west) * 1000 / scale <= inner[0] and (north - south) * 1000 / scale <= inner[1]:
            return scale
    raise PlanTooLarge(f"{east - west:.0f} m x {north - south:.0f} m.", width_mm=width_mm)


def parcel_plan(
    geometry: Any,
    *,
    scale: int | None = None,
    width_mm: float = 160.0,
    height_mm: float = 120.0,
    label: PlanLabel | None = None,
    neighbours: Sequence[Neighbour] = (),
    measured: Any = None,
    purpose_lines: Sequence[Any] = (),
) -> tuple[str, PlanLayout]:
    """Return the plan as SVG (``width_mm`` x ``height_mm``) and its layout.

    Parameters
    ----------
    geometry : polygon or multipolygon, (east, north) in metres
    scale : denominator; by default the largest map scale that fits the box
    label : number over area, with the land use
    neighbours : parcels beside it; drawn as stubs with their labels
    measured : measured outline to draw over the mapped one, dashed
    purpose_lines : lines between the land types inside the parcel

    Raises
    ------
    OutlineMissing, PlanTooLarge

    >>> svg, layout = parcel_plan(shapely.box(0, 0, 100, 60), scale=1000)
    >>> layout.scale, len(layout.corners), 'width="160mm"' in svg
    (1000, 4, True)
    """
    geometry = shapely.normalize(geometry)
    corners = number_corners(geometry)
    used = scale or choose_scale(geometry, width_mm=width_mm, height_mm=height_mm)
    layout = _centred(corners, used, width_mm, height_mm)
    own = shapely.transform(geometry, layout.on_paper)
    sheet = Sheet(width_mm, height_mm - FOOT_MM + 2, shapely.boundary(own))
    drawing, missing_edges, missing_corners = _draw(
        sheet, layout, own, label, neighbours, measured, purpose_lines
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{height_mm:g}mm" '
        f'viewBox="0 0 {width_mm:g} {height_mm:g}" '
        "font-family=\"Libertinus Serif, 'Times New Roman', serif\">"
    )
    layout = replace(layout, unlabelled_edges=missing_edges, unlabelled_corners=missing_corners)
    return f"{head}{''.join(drawing)}</svg>", layout


def _centred(
    corners: tuple[Corner, ...], scale: int, width_mm: float, height_mm: float
) -> PlanLayout:
    """The layout that puts the outline in the middle of the paper above the foot."""
    places = np.array([(corner.east, corner.north) for corner in corners])
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    metre = scale / 1000.0
    east_0 = (west + east) / 2 - width_mm / 2 * metre
    north_0 = (south + north) / 2 + (height_mm - FOOT_MM) / 2 * metre
    return PlanLayout(scale, width_mm, height_mm, east_0, north_0, corners, (), ())


def _draw(
    sheet: Sheet,
    layout: PlanLayout,
    own: Any,
    label: PlanLabel | None,
    neighbours: Sequence[Neighbour],
    measured: Any,
    purpose_lines: Sequence[Any],
) -> tuple[list[str], tuple[int, ...], tuple[int, ...]]:
    """Drawn elements from the back to the front, and what found no place."""
    around = [
        (shapely.transform(neighbour.geometry, layout.on_paper), neighbour.label)
        for neighbour in neighbours
    ]
    inner = [shapely.transform(line, layout.on_paper) for line in purpose_lines]
    stubs = _stubs(sheet, own, [shape for shape, _ in around])
    sheet.soft = shapely.union_all([stubs, *inner])
    back = [line_path(stubs, LINE["neighbour"])] if not stubs.is_empty else []
    back += [line_path(line, LINE["purpose_line"]) for line in inner]
    lines = [line_path(shapely.boundary(own), LINE["parcel"])]
    if measured is not None:
        outline = shapely.boundary(shapely.transform(measured, layout.on_paper))
        sheet.soft = shapely.union_all([sheet.soft, outline])
        lines.append(line_path(outline, LINE["survey_outline"]))
    lines += [mark(x, y, crowded=len(layout.corners) > CROWDED) for x, y in _points(layout)]
    texts: list[PlanText] = []
    texts += plan_labels.north_arrow(sheet, own)
    texts += plan_labels.parcel_label(sheet, own, label)
    numbers, missing_corners = plan_labels.corner_numbers(sheet, layout.corners, _points(layout))
    lengths, missing_edges = plan_labels.edge_lengths(sheet, layout.corners, _points(layout))
    reach = own.buffer(STUB_MM).intersection(sheet.frame).difference(own.buffer(0.2))
    texts += numbers + lengths
    for shape, text in around:
        texts += plan_labels.neighbour_label(sheet, shape.intersection(reach), text)
    texts += plan_labels.foot(layout.width_mm, layout.height_mm, layout.scale, measured is not None)
    return back + lines + [text.svg() for text in texts], missing_edges, missing_corners


def _points(layout: PlanLayout) -> npt.NDArray[np.float64]:
    return layout.on_paper(np.array([(c.east, c.north) for c in layout.corners]))


def _stubs(sheet: Sheet, own: Any, shapes: Sequence[Any]) -> Any:
    """Neighbours' boundaries near the parcel, without the stretch shared with it."""
    if not shapes:
        return shapely.GeometryCollection()
    near = own.buffer(STUB_MM).intersection(sheet.frame)
    lines = shapely.union_all([shapely.boundary(shape) for shape in shapes])
    return lines.intersection(near).difference(own.buffer(TEXT_MM["corner"] * 0.1))

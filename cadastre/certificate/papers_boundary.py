"""The description of a parcel's boundary and marks, which the neighbours sign.

Annex 12 of TT 26/2024/TT-BTNMT: a sketch, each stretch of boundary with its course, the
users of the adjoining land and their agreement; a signature is agreement. Linear land that
the State manages (roads, rivers) needs none (Art 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from cadastre.certificate.papers_frame import (
    Head,
    ParcelOnPaper,
    Person,
    Signatory,
    names_vi,
    render,
    shown,
)
from cadastre.certificate.papers_land import plan_label
from cadastre.drawing.corners import Corner
from cadastre.drawing.plan import Neighbour, parcel_plan
from cadastre.drawing.wording import date_vi, length_vi, text_vi
from cadastre.errors import CadastreError

#: The sketch on the description, millimetres.
SKETCH_MM = (168.0, 72.0)

Agreement = Literal["open", "signed", "absent", "refused", "not_needed"]
_AGREED = {"signed": "Đã ký", "absent": "Vắng mặt, đã thông báo", "not_needed": "Không phải ký"}


class StretchUnknown(CadastreError):
    """A stretch of boundary does not lead along one ring of the parcel."""

    message_vi = "Đoạn ranh giới không nằm trên cùng một đường bao của thửa đất."


@dataclass(frozen=True, slots=True)
class BoundaryStretch:
    """Boundary from corner to corner clockwise: its course, and what the neighbour said.

    ``agreement`` "open" leaves room for the signature on paper; ``remark`` is the reason of
    a neighbour who refused. Without corners it is somebody who answered and adjoins no side
    (a corner alone, land without a number); ``partly`` is a part of a side, whose length the
    map does not tell.
    """

    first_corner: int | None
    last_corner: int | None
    description: str
    neighbour: str = ""
    agreement: Agreement = "open"
    remark: str = ""
    partly: bool = False


@dataclass(frozen=True, slots=True)
class BoundaryPaper:
    """Description of boundary and marks; ``marks`` are (corner, what stands there)."""

    head: Head
    parcel: ParcelOnPaper
    geometry: Any
    holders: tuple[Person, ...]
    surveyed_on: date
    stretches: tuple[BoundaryStretch, ...]
    surveyor: Signatory
    marks: tuple[tuple[int, str], ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    change: str | None = None
    confirmed_by: Signatory | None = None
    reference: str = ""


def boundary_description(paper: BoundaryPaper, *, sample: bool = False) -> bytes:
    """Return the description of the boundary as PDF/A.

    Raises
    ------
    StretchUnknown
        A stretch names corners of different rings or none of the parcel.
    """
    width, height = SKETCH_MM
    svg, layout = parcel_plan(
        paper.geometry,
        width_mm=width,
        height_mm=height,
        label=plan_label(paper.parcel),
        neighbours=paper.neighbours,
    )
    content = {
        "parcel": paper.parcel.shown(),
        "holder": names_vi(paper.holders),
        "surveyed_on": date_vi(paper.surveyed_on),
        "plan": {"width": width, "height": height},
        "marks": [{"corner": str(corner), "description": text} for corner, text in paper.marks],
        "segments": [_stretch(layout.corners, stretch) for stretch in paper.stretches],
        "change": text_vi(paper.change),
        "left": Signatory("Người sử dụng đất", names_vi(paper.holders[:1])).shown(),
        "middle": paper.surveyor.shown(),
        "right": shown(paper.confirmed_by),
    }
    return render(
        "boundary",
        paper.head,
        content,
        sample=sample,
        reference=paper.reference,
        images={"plan": svg},
    )


def _stretch(corners: tuple[Corner, ...], stretch: BoundaryStretch) -> dict[str, str]:
    refused = stretch.agreement == "refused"
    between, length = "-", ""
    if stretch.first_corner is not None and stretch.last_corner is not None:
        between = f"{stretch.first_corner} - {stretch.last_corner}"
        metres = stretch_length(corners, stretch.first_corner, stretch.last_corner)
        length = "một phần" if stretch.partly else length_vi(metres)
    return {
        "corners": between,
        "length": length,
        "description": text_vi(stretch.description),
        "neighbour": text_vi(stretch.neighbour),
        "agreed": _AGREED.get(stretch.agreement, ""),
        "disagreed": (stretch.remark or "Không đồng ý") if refused else "",
    }


def stretch_length(corners: tuple[Corner, ...], first: int, last: int) -> float:
    """Return the metres of boundary clockwise from one corner to another of the same ring.

    >>> import shapely
    >>> from cadastre.drawing.corners import number_corners
    >>> stretch_length(number_corners(shapely.box(0, 0, 10, 20)), 4, 2)
    30.0
    """
    by_number = {corner.number: corner for corner in corners}
    ends = by_number.get(first), by_number.get(last)
    if ends[0] is None or ends[1] is None or ends[0].ring != ends[1].ring:
        raise StretchUnknown(f"{first} - {last}.", first=first, last=last)
    length, corner = 0.0, ends[0]
    while True:
        length += corner.edge_m
        corner = by_number[corner.next_number]
        if corner.number == last:
            return length

"""Papers of a field measurement: record of the measured state, survey plan.

The record (phiếu xác nhận kết quả đo đạc hiện trạng thửa đất) sets what was measured beside
what the papers say, one per parcel; its content follows the former annex 12 of
TT 25/2014/TT-BTNMT, which TT 19/2026/TT-BNNMT Annex II names without printing it. The survey
plan (mảnh trích đo) has the form of the extract, with the measured outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

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
from cadastre.drawing.plan import Neighbour, parcel_plan
from cadastre.drawing.wording import area_vi, date_vi, number_vi, text_vi

#: The sketch on the record, millimetres.
RECORD_PLAN_MM = (168.0, 84.0)


@dataclass(frozen=True, slots=True)
class MeasuredStatePaper:
    """Record of the measured state of a parcel; ``parcel`` is as measured.

    ``paper_area_m2`` and ``paper_land_use`` are those of the papers, ``change`` what changed
    of boundary and area since the papers, ``sigma_m`` the standard deviation of a corner.
    """

    head: Head
    parcel: ParcelOnPaper
    geometry: Any
    zone: str
    holders: tuple[Person, ...]
    surveyed_on: date | None
    surveyor: Signatory
    officer: Signatory | None = None
    neighbours: tuple[Neighbour, ...] = ()
    map_area_m2: float | None = None
    paper_area_m2: float | None = None
    paper_land_use: str | None = None
    paper_number: str | None = None
    origin: str | None = None
    change: str | None = None
    sigma_m: float | None = None
    reference: str = ""


def measured_state(paper: MeasuredStatePaper, *, sample: bool = False) -> bytes:
    """Return the record of the measured state as PDF/A."""
    width, height = RECORD_PLAN_MM
    svg, layout = parcel_plan(
        paper.geometry,
        width_mm=width,
        height_mm=height,
        label=plan_label(paper.parcel),
        neighbours=paper.neighbours,
    )
    land_uses = "+".join(purpose.land_use for purpose in paper.parcel.purposes)
    content = {
        "parcel": paper.parcel.shown(),
        "holder": names_vi(paper.holders),
        "holder_address": text_vi(paper.holders[0].address if paper.holders else None),
        "surveyed_on": date_vi(paper.surveyed_on),
        "zone": paper.zone,
        "land_uses": text_vi(land_uses),
        "map_area": area_vi(paper.map_area_m2),
        "paper": {
            "area": area_vi(paper.paper_area_m2),
            "land_use": text_vi(paper.paper_land_use),
            "number": text_vi(paper.paper_number),
        },
        "origin": text_vi(paper.origin),
        "change": text_vi(paper.change),
        "precision": text_vi(None) if paper.sigma_m is None else number_vi(paper.sigma_m, 3),
        "corner_count": len(layout.corners),
        "plan": {"scale": layout.scale, "width": width, "height": height},
        "left": Signatory("Người sử dụng đất", names_vi(paper.holders[:1])).shown(),
        "middle": paper.surveyor.shown(),
        "right": shown(paper.officer),
    }
    return render(
        "measured_state",
        paper.head,
        content,
        sample=sample,
        reference=paper.reference,
        images={"plan": svg},
    )

"""The extract of the cadastral map.

It follows the annex of TT 26/2024/TT-BTNMT (formerly TT 25/2014 Annex 13): the
parcel to true scale with its coordinate table; X is north and Y is east.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from cadastre.drawing.corners import corner_rows, number_corners
from cadastre.drawing.plan import Neighbour, PlanLabel, parcel_plan
from cadastre.drawing.wording import area_vi, text_vi

#: The drawing on an extract, millimetres: a longer table beneath it takes of its height.
EXTRACT_PLAN_MM = (168.0, 96.0)
_ROW_MM = 3.7
#: The coordinate table stands in three columns of these many rows: under the drawing at its full
#: height, under a lower one (some forty corners), and on pages of its own.
_COLUMNS = 3
_ROWS_UNDER_FULL_PLAN, _MOST_ROWS_UNDER_PLAN, _ROWS_ON_OWN_PAGE = 9, 14, 63
#: A short table is not torn into columns of fewer rows than this.
_FEWEST_ROWS = 5


@dataclass(frozen=True, slots=True)
class ExtractPaper:
    """Extract of the map for one parcel; the geometry is in VN-2000 metres (east, north).

    ``scale`` is chosen from the map's scales to fit when it is not given; ``zone`` names the
    coordinate system; ``purpose_lines`` part the land types; ``measured`` is drawn over.
    """

    head: Head
    parcel: ParcelOnPaper
    geometry: Any
    zone: str
    holders: tuple[Person, ...]
    signed_by: Signatory
    made_by: Signatory | None = None
    neighbours: tuple[Neighbour, ...] = ()
    measured: Any = None
    purpose_lines: tuple[Any, ...] = ()
    scale: int | None = None
    changes: str | None = None
    source: str = ""
    note: str = ""
    reference: str = ""


def extract(paper: ExtractPaper, *, sample: bool = False) -> bytes:
    """Return the extract of the cadastral map as PDF/A, its plan to true scale."""
    width, height = EXTRACT_PLAN_MM
    rows = corner_rows(number_corners(paper.geometry))
    in_column = max(_FEWEST_ROWS, -(-len(rows) // _COLUMNS))
    apart = in_column > _MOST_ROWS_UNDER_PLAN
    if not apart:
        height -= _ROW_MM * max(0, in_column - _ROWS_UNDER_FULL_PLAN)
    svg, layout = parcel_plan(
        paper.geometry,
        scale=paper.scale,
        width_mm=width,
        height_mm=height,
        label=plan_label(paper.parcel),
        neighbours=paper.neighbours,
        measured=paper.measured,
        purpose_lines=paper.purpose_lines,
    )
    content = {
        "parcel": paper.parcel.shown(),
        "subtitle": paper.source,
        "holder": names_vi(paper.holders),
        "holder_address": text_vi(paper.holders[0].address if paper.holders else None),
        "changes": text_vi(paper.changes),
        "zone": paper.zone,
        "plan": {"scale": layout.scale, "width": width, "height": height},
        "corner_count": len(layout.corners),
        "rows": [row.as_list() for row in rows],
        "table_apart": apart,
        "rows_per_column": _ROWS_ON_OWN_PAGE if apart else in_column,
        "note": paper.note,
        "left": shown(paper.made_by),
        "right": paper.signed_by.shown(),
    }
    return render(
        "extract",
        paper.head,
        content,
        sample=sample,
        reference=paper.reference,
        images={"plan": svg},
    )


def plan_label(parcel: ParcelOnPaper) -> PlanLabel:
    """Return what is written in the drawn parcel: number over area, land types beside them."""
    land_uses = "+".join(purpose.land_use for purpose in parcel.purposes)
    return PlanLabel(parcel.parcel, area_vi(parcel.area_m2), land_uses)

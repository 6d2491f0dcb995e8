"""The certificate: what is printed on it, its QR, its archive copy and its overprint.

Certificate after TT 10/2024/TT-BTNMT Art 29: one sheet, two pages of 210 x 297 mm. It has
two outputs: the archive copy, complete, and the overprint for the printed blank (data only,
without ground, fixed words or serial, moved by the printer's own offset).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from cadastre.certificate.papers_frame import (
    Head,
    ParcelOnPaper,
    Person,
    Signatory,
    names_vi,
    render,
)
from cadastre.certificate.papers_land import plan_label
from cadastre.certificate.papers_payload import QR_ERROR, QR_SIZE_MM, Payload, qr_payload
from cadastre.drawing.codes import qr_svg
from cadastre.drawing.corners import corner_rows, number_corners
from cadastre.drawing.ground import lotus_ground_svg
from cadastre.drawing.plan import Neighbour, PlanLayout, parcel_plan
from cadastre.drawing.wording import EMPTY, number_vi, text_vi

Output = Literal["archive", "overprint"]
#: The diagram on the certificate's second page, alone or beside the coordinate table.
DIAGRAM_MM = (112.0, 104.0)
#: Rows of the coordinate table that the second page has room for.
CERTIFICATE_ROWS = 28


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A later change written on the certificate, with who confirmed it."""

    content: str
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """A land use right certificate; the geometry is the certified outline (east, north) in metres.

    ``book_number`` is the entry in the book of certificates (số vào sổ), ``serial`` that of the
    blank (two letters, eight digits), ``code`` the "mã Giấy chứng nhận"; ``verify_url`` is
    what the QR opens.
    """

    head: Head
    holders: tuple[Person, ...]
    parcel: ParcelOnPaper
    geometry: Any
    zone: str
    book_number: str
    serial: str
    verify_url: str
    signed_by: Signatory
    code: str = ""
    assets: str | None = None
    notes: tuple[str, ...] = ()
    changes: tuple[ChangeEntry, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    purpose_lines: tuple[Any, ...] = ()
    scale: int | None = None
    caution: tuple[str, ...] = ()


def certificate(
    paper: CertificatePaper,
    *,
    sample: bool = False,
    output: Output = "archive",
    offset_mm: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """Return the certificate, two pages of PDF/A.

    Parameters
    ----------
    output : "archive" with ground, fixed words and serial; "overprint" the data alone
    offset_mm : (right, down) shift of the overprint on this printer, from its calibration page
    """
    width, height = DIAGRAM_MM
    svg, layout = parcel_plan(
        paper.geometry,
        scale=paper.scale,
        width_mm=width,
        height_mm=height,
        label=plan_label(paper.parcel),
        neighbours=paper.neighbours,
        purpose_lines=paper.purpose_lines,
    )
    images = {"plan": svg, "qr": certificate_qr(paper)}
    if output == "archive":
        images["ground"] = lotus_ground_svg(210, 297)
    return render(
        "certificate",
        paper.head,
        _content(paper, layout, output, offset_mm),
        sample=sample,
        reference=paper.book_number,
        images=images,
    )


def _content(
    paper: CertificatePaper, layout: PlanLayout, output: Output, offset_mm: tuple[float, float]
) -> dict[str, Any]:
    rows = corner_rows(layout.corners)
    # The printed blank is signed by hand; only the archive copy shows the digital signature.
    by_hand = replace(paper.signed_by, signed_at=None)
    signatory = by_hand if output == "overprint" else paper.signed_by
    shown = rows if len(rows) <= CERTIFICATE_ROWS else rows[: CERTIFICATE_ROWS - 1]
    return {
        "output": output,
        "offset": list(offset_mm),
        "holders": [_holder(person) for person in paper.holders],
        "parcel": paper.parcel.shown(),
        "assets": text_vi(paper.assets),
        "code": text_vi(paper.code),
        "serial": paper.serial,
        "book_number": text_vi(paper.book_number),
        "signed_by": signatory.shown(),
        "zone": paper.zone,
        "plan": {"scale": layout.scale, "width": layout.width_mm, "height": layout.height_mm},
        "rows": [row.as_list() for row in shown],
        "corner_count": len(layout.corners),
        "all_rows": len(shown) == len(rows),
        "notes": list(paper.notes) or [EMPTY],
        "changes": [{"content": c.content, "by": c.confirmed_by} for c in paper.changes],
        "caution": list(paper.caution),
        "qr_mm": QR_SIZE_MM,
    }


def _holder(person: Person) -> dict[str, str]:
    entries = person.shown()
    born = f"{person.birth_date.year}" if person.birth_date else ""
    return {**entries, "born": born}


def certificate_payload(paper: CertificatePaper) -> Payload:
    """Return what the certificate's QR says."""
    parcel = paper.parcel.shown()
    terms = "; ".join(
        f"{row['title']}, {row['form']}, {row['term']}, {row['origin']}"
        for row in parcel["purpose_rows"]
    )
    return qr_payload(
        serial=paper.serial,
        book_number=paper.book_number,
        verify_url=paper.verify_url,
        holder=names_vi(paper.holders),
        parcel=(
            f"{parcel['label']}, {parcel['province']}; {parcel['area']} m²; {terms}; "
            f"{parcel['address']}; {parcel['identifier']}"
        ),
        assets=text_vi(paper.assets),
        corners=number_corners(paper.geometry),
        notes="; ".join(paper.notes) or EMPTY,
    )


def certificate_qr(paper: CertificatePaper) -> str:
    """Return the QR of the certificate as SVG."""
    return qr_svg(certificate_payload(paper).text, size_mm=QR_SIZE_MM, error=QR_ERROR)


def calibration_page(
    head: Head,
    *,
    printer: str,
    sample: bool = False,
    offset_mm: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """Return the page that shows a printer's shift: cross hairs 20 mm from the edges, and rulers.

    Printed with the offset in use and measured, it gives the ``offset_mm`` of the overprint.
    """
    return render(
        "calibration",
        head,
        {
            "printer": printer,
            "offset": list(offset_mm),
            "offset_words": [number_vi(value, 1) for value in offset_mm],
        },
        sample=sample,
    )

"""A printed page moved by the error of one printer, for overprints onto a blank form."""

from __future__ import annotations

import io

from pypdf import PdfReader, PdfWriter, Transformation

_POINTS_PER_MM = 72.0 / 25.4


def shifted(pdf: bytes, *, right_mm: float, down_mm: float) -> bytes:
    """Return the same pages with their content moved; page size and content stay.

    Parameters
    ----------
    right_mm, down_mm : by how much, in millimetres on paper; negative moves left and up
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    move = Transformation().translate(right_mm * _POINTS_PER_MM, -down_mm * _POINTS_PER_MM)
    for page in writer.pages:
        page.add_transformation(move)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()

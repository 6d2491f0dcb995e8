"""What the QR of a certificate says: five sections and every corner, as far as it has room.

TT 10/2024/TT-BTNMT Art 29: holder, parcel, assets, diagram with the coordinates of all
corners, notes. A QR that can still be scanned from print holds some forty corners; beyond
that the fourth section names their count and the SHA-256 of the full list, which the
address of verification shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cadastre.drawing.codes import qr_fits
from cadastre.drawing.corners import Corner
from cadastre.drawing.wording import EMPTY

#: Printed size of the QR; at its largest version a module stays above 0.28 mm.
QR_SIZE_MM = 38.0
QR_VERSION = 27
QR_ERROR = "l"


@dataclass(frozen=True, slots=True)
class Payload:
    """Text of the QR, whether it holds all corners, and the hash of their list."""

    text: str
    complete: bool
    corners_sha256: str


def corner_list(corners: Sequence[Corner]) -> str:
    """Return "number X Y" of each corner in millimetre precision; the text that is hashed.

    >>> from cadastre.drawing.corners import number_corners
    >>> import shapely
    >>> corner_list(number_corners(shapely.box(0, 0, 10, 20)))[:32]
    '1 20.000 0.000;2 20.000 10.000;3'
    """
    return ";".join(f"{c.number} {c.north:.3f} {c.east:.3f}" for c in corners)


def qr_payload(
    *,
    serial: str,
    book_number: str,
    verify_url: str,
    holder: str,
    parcel: str,
    assets: str,
    corners: Sequence[Corner],
    notes: str,
) -> Payload:
    """Return the text of the certificate's QR.

    The address of verification stands first, so that a plain reader opens it.
    """
    listed = corner_list(corners)
    digest = hashlib.sha256(listed.encode("ascii")).hexdigest()

    def compose(diagram: str, *, shortened: bool = False) -> str:
        people = _cut(holder, 160) if shortened else holder
        remarks = _cut(notes, 120) if shortened else notes
        lines = [
            verify_url,
            f"GCN {serial or EMPTY}; số vào sổ {book_number or EMPTY}",
            f"1. {people}",
            f"2. {_cut(parcel, 300) if shortened else parcel}",
            f"3. {_cut(assets, 120) if shortened else assets}",
            f"4. {diagram}",
            f"5. {remarks}",
        ]
        return "\n".join(lines)

    full = compose(f"X Y: {listed}")
    if qr_fits(full, error=QR_ERROR, version=QR_VERSION):
        return Payload(full, True, digest)
    named = f"{len(corners)} đỉnh; SHA-256 {digest}"
    brief = compose(named)
    if not qr_fits(brief, error=QR_ERROR, version=QR_VERSION):
        brief = compose(named, shortened=True)
    return Payload(brief, False, digest)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

"""What the office prints again without changing anything: overprint, calibration page.

These read; nothing is entered. The overprint is the paper that was made when the certificate
was signed, moved by the printer's own shift, so that what is printed is what was signed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from cadastre.certificate import papers
from cadastre.drawing.shifting import shifted
from cadastre.errors import NotFound
from cadastre.office.desk import Desk
from cadastre.office.stationery import Stationery
from cadastre.store.dossiers import read_dossier
from cadastre.store.land_register import Commune, name_commune
from cadastre.store.named import query
from cadastre.store.transaction import reading

OVERPRINT = "certificate_overprint"


class PrinterUnknown(NotFound):
    """The office has no printer of this name; enter it with its shift first."""

    message_vi = "Cơ quan chưa khai báo máy in này; hãy nhập tên và độ lệch của máy trước."


class OverprintMissing(NotFound):
    """This dossier has no overprint: its certificate is not signed yet."""

    message_vi = "Hồ sơ chưa có bản in chồng: Giấy chứng nhận chưa được ký."


def printers(connection: Connection, commune: str) -> list[dict[str, Any]]:
    """Return the printers of a commune with their shifts in millimetres."""
    found = connection.execute(query("printers_read"), {"commune": commune})
    return [dict(row) for row in found.mappings()]


def overprint(desk: Desk, *, code: str, printer: str | None) -> bytes:
    """Return the overprint of a dossier's certificate for one printer.

    Raises
    ------
    OverprintMissing, PrinterUnknown
    """
    with reading(desk.engine, desk.actor) as connection:
        found = read_dossier(connection, code)
        offset = _offset(connection, str(found.row["commune"]), printer)
    made = [paper for paper in found.documents if paper["kind"] == OVERPRINT and paper["sha256"]]
    if not made:
        raise OverprintMissing(f"({code})", dossier=code)
    latest = max(made, key=lambda paper: int(paper["version"]))
    content = desk.evidence.path(str(latest["sha256"])).read_bytes()
    return shifted(content, right_mm=offset[0], down_mm=offset[1])


def _offset(connection: Connection, commune: str, printer: str | None) -> tuple[float, float]:
    if printer is None:
        return 0.0, 0.0
    for known in printers(connection, commune):
        if known["name"] == printer:
            return float(known["right_mm"]), float(known["down_mm"])
    raise PrinterUnknown(f"({printer})", printer=printer)


def calibration(desk: Desk, *, commune: str, printer: str) -> bytes:
    """Return the calibration page of a printer, with the shift in use."""
    with reading(desk.engine, desk.actor) as connection:
        facts = name_commune(connection, commune)
        offset = _offset(connection, commune, printer)
    return papers.calibration_page(
        papers.Head(papers.Form("Trang căn chỉnh máy in"), authority_of(facts), desk.moment()),
        printer=printer,
        sample=Stationery(desk.home).sample,
        offset_mm=offset,
    )


def authority_of(facts: Commune) -> papers.Authority:
    """Return the head of the papers of a commune."""
    return papers.Authority.of_commune(facts.kind, facts.name, facts.province)

"""What the office prints again without changing anything: overprint, calibration, register page.

These read; nothing is entered. The overprint is the paper that was made when the certificate
was signed, moved by the printer's own shift, so that what is printed is what was signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from cadastre.certificate import papers
from cadastre.certificate.context import office_date
from cadastre.drawing.shifting import shifted
from cadastre.errors import NotFound
from cadastre.office.desk import Desk
from cadastre.office.stationery import Stationery
from cadastre.store.dossiers import read_dossier
from cadastre.store.land_register import CommuneFacts, read_commune
from cadastre.store.named import query
from cadastre.store.transaction import reading

OVERPRINT = "certificate_overprint"


class PrinterUnknown(NotFound):
    """The office has no printer of this name; enter it with its shift first."""

    message_vi = "Cơ quan chưa khai báo máy in này; hãy nhập tên và độ lệch của máy trước."


class OverprintMissing(NotFound):
    """This dossier has no overprint: its certificate is not signed yet."""

    message_vi = "Hồ sơ chưa có bản in chồng: Giấy chứng nhận chưa được ký."


class RegisterPageEmpty(NotFound):
    """Nothing has been entered in the register for this parcel."""

    message_vi = "Thửa đất này chưa có nội dung nào trong sổ địa chính."


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
        facts = read_commune(connection, commune)
        offset = _offset(connection, commune, printer)
    return papers.calibration_page(
        papers.Form("Trang căn chỉnh máy in"),
        authority_of(facts),
        printer=printer,
        made_at=desk.moment(),
        offset_mm=offset,
    )


def register_page(desk: Desk, *, commune: str, parcel_uid: str) -> bytes:
    """Return the page of the land register for one parcel.

    Raises
    ------
    RegisterPageEmpty
    """
    one = {"commune": commune, "parcel_uid": parcel_uid}
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        lines = [dict(r) for r in connection.execute(query("register_page"), one).mappings()]
        found = connection.execute(query("register_parcel"), one).mappings().first()
    if not lines or found is None:
        raise RegisterPageEmpty(f"({parcel_uid})", parcel_uid=parcel_uid)
    told = [line["content"]["holders"] for line in lines if "holders" in line["content"]]
    signed: Mapping[str, Any] = next(
        (line["content"] for line in reversed(lines) if line["kind"] == "certificate"), {}
    )
    parcel = dict(found)
    names = desk.regulation["land_use"]["codes"]
    return papers.register_page(
        papers.RegisterPaper(
            form=papers.Form("Trang sổ địa chính"),
            authority=authority_of(facts),
            made_at=desk.moment(),
            page=f"{parcel['sheet']}/{parcel['parcel']}",
            holders=tuple(
                papers.Person(holder["name"], share=Fraction(str(holder["share"])))
                for holder in (told[-1] if told else ())
            ),
            parcel=_land(facts, parcel, signed, names),
            entries=_entries(lines),
            signed_by=papers.Signatory("Người vào sổ"),
            serial=signed.get("serial"),
            book_number=signed.get("number"),
            issued_on=_signed_on(lines),
        ),
        sample=Stationery(desk.home).sample,
    )


def _land(
    facts: CommuneFacts,
    parcel: Mapping[str, Any],
    signed: Mapping[str, Any],
    names: Mapping[str, Any],
) -> papers.ParcelOnPaper:
    use = str(signed.get("land_use") or parcel["land_use"] or "-/-")
    area = float(signed.get("area_m2") or parcel["area_m2"])
    return papers.ParcelOnPaper(
        sheet=str(parcel["sheet"]),
        parcel=str(parcel["parcel"]),
        commune=f"{facts.kind} {facts.name}",
        province=f"tỉnh {facts.province}",
        area_m2=area,
        purposes=(papers.Purpose(use, names.get(use, {}).get("vi", ""), area),),
        identifier=parcel["identifier"],
        former=f"{parcel['former_sheet']}/{parcel['former_parcel']}",
    )


def _entries(lines: Sequence[Mapping[str, Any]]) -> tuple[papers.RegisterEntry, ...]:
    return tuple(
        papers.RegisterEntry(
            office_date(line["entered_at"]),
            _words(line["kind"], line["content"]),
            code=str(line["content"].get("dossier", "")),
            entered_by=str(line["content"].get("entered_by", "")),
        )
        for line in lines
    )


def _words(kind: str, content: Mapping[str, Any]) -> str:
    grounds = f" Căn cứ: {content['grounds']}." if content.get("grounds") else ""
    if kind == "certificate":
        return f"Cấp Giấy chứng nhận số vào sổ {content.get('number', '-/-')}.{grounds}"
    if kind == "registration":
        return f"Đăng ký đất đai lần đầu, không cấp Giấy chứng nhận.{grounds}"
    which = f"số phát hành {content.get('serial', '-/-')}"
    if kind == "correction":
        return f"Đính chính Giấy chứng nhận {which}: {content.get('right', '-/-')}.{grounds}"
    return f"Thu hồi, hủy Giấy chứng nhận {which}. Lý do: {content.get('wrong', '-/-')}.{grounds}"


def _signed_on(lines: Sequence[Mapping[str, Any]]) -> Any:
    signed = [line["entered_at"] for line in lines if line["kind"] == "certificate"]
    return office_date(signed[-1]) if signed else None


def authority_of(facts: CommuneFacts) -> papers.Authority:
    """Return the head of the papers of a commune."""
    return papers.Authority(
        name=f"Ủy ban nhân dân {facts.kind} {facts.name}",
        superior=f"Ủy ban nhân dân tỉnh {facts.province}",
        place=facts.name,
        province=facts.province,
    )

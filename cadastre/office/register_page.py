"""The page of the land register for one parcel, as entered; read, nothing is entered.

Parcel, people and purposes are those of the latest line that registered land (TT
10/2024/TT-BTNMT), not what map and files say now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from cadastre.certificate import papers
from cadastre.certificate.certificate_record import recorded_holders, recorded_parcel
from cadastre.certificate.context import office_date
from cadastre.certificate.paper_case import present_use_vi
from cadastre.drawing.wording import EMPTY
from cadastre.errors import NotFound
from cadastre.office.desk import Desk
from cadastre.office.printing import authority_of
from cadastre.office.stationery import Stationery
from cadastre.regulation.land_use import names_of
from cadastre.store.land_register import Commune, name_commune
from cadastre.store.named import query
from cadastre.store.transaction import reading

#: Lines that register land; the others change a certificate that was issued.
_REGISTERS = ("certificate", "registration")


class RegisterPageEmpty(NotFound):
    """Nothing has been entered in the register for this parcel."""

    message_vi = "Thửa đất này chưa có nội dung nào trong sổ địa chính."


def register_page(desk: Desk, *, commune: str, parcel_uid: str) -> bytes:
    """Return the page of the land register for one parcel.

    Raises
    ------
    RegisterPageEmpty
    """
    one = {"commune": commune, "parcel_uid": parcel_uid}
    with reading(desk.engine, desk.actor) as connection:
        facts = name_commune(connection, commune)
        lines = [dict(r) for r in connection.execute(query("register_page"), one).mappings()]
        found = connection.execute(query("register_parcel"), one).mappings().first()
    if not lines or found is None:
        raise RegisterPageEmpty(f"({parcel_uid})", parcel_uid=parcel_uid)
    registered = [line for line in lines if line["kind"] in _REGISTERS]
    signed = [line for line in registered if line["kind"] == "certificate"][-1:]
    certificate: Mapping[str, Any] = signed[0]["content"] if signed else {}
    holders, land = _registered(desk, facts, registered[-1]["content"], dict(found))
    return papers.register_page(
        papers.RegisterPaper(
            head=papers.Head(papers.Form("Trang sổ địa chính"), authority_of(facts), desk.moment()),
            page=f"{land.sheet}/{land.parcel}",
            holders=holders,
            parcel=land,
            entries=_entries(lines),
            signed_by=papers.Signatory("Người vào sổ"),
            assets=present_use_vi(registered[-1]["content"].get("record", {}).get("assets")),
            serial=certificate.get("serial"),
            book_number=certificate.get("number"),
            issued_on=office_date(signed[0]["entered_at"]) if signed else None,
        ),
        sample=Stationery(desk.home).sample,
    )


def _registered(
    desk: Desk, facts: Commune, content: Mapping[str, Any], parcel: Mapping[str, Any]
) -> tuple[tuple[papers.Person, ...], papers.ParcelOnPaper]:
    """People and land of a line; one entered before whole records were kept says less."""
    if record := content.get("record"):
        return recorded_holders(record), recorded_parcel(record)
    holders = tuple(
        papers.Person(holder["name"], share=Fraction(str(holder["share"])))
        for holder in content["holders"]
    )
    use = str(content.get("land_use") or parcel["land_use"] or EMPTY)
    area = float(content.get("area_m2") or parcel["area_m2"])
    name = names_of(use, desk.regulation["land_use"])["vi"]
    land = papers.ParcelOnPaper(
        sheet=str(parcel["sheet"]),
        parcel=str(parcel["parcel"]),
        commune=f"{facts.kind} {facts.name}",
        province=f"tỉnh {facts.province}",
        area_m2=area,
        purposes=(papers.Purpose(use, name, area),),
        identifier=parcel["identifier"],
        former=f"{parcel['former_sheet']}/{parcel['former_parcel']}",
    )
    return holders, land


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
        return f"Cấp Giấy chứng nhận số vào sổ {content.get('number', EMPTY)}.{grounds}"
    if kind == "registration":
        return f"Đăng ký đất đai lần đầu, không cấp Giấy chứng nhận.{grounds}"
    which = f"số phát hành {content.get('serial', EMPTY)}"
    if kind == "correction":
        return f"Đính chính Giấy chứng nhận {which}: {content.get('right', EMPTY)}.{grounds}"
    return f"Thu hồi, hủy Giấy chứng nhận {which}. Lý do: {content.get('wrong', EMPTY)}.{grounds}"

"""Blanks of the certificate form, printers, overprints, and pages of the land register."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import DeskHere
from api.routes.parameters import SEES_PERSONS, CommuneHere, Register, RequestKey, Uid, written
from cadastre.office.calibrate_printer import MOST_MM, calibrate_printer
from cadastre.office.certificate_data import certificate_data
from cadastre.office.desk import Desk
from cadastre.office.load_blanks import BlanksResult, load_blanks, spoil_blank
from cadastre.office.permissions import VerbForbidden
from cadastre.office.printing import calibration, overprint, printers
from cadastre.office.register_page import register_page
from cadastre.store.certificates import blanks_counted
from cadastre.store.parcel_reading import commune_of
from cadastre.store.transaction import reading

router = APIRouter(tags=["stationery"])
PrinterName = Annotated[str, Query(min_length=1, max_length=80)]


class BlanksBody(BaseModel):
    """A range of blanks of the certificate form."""

    letters: str = Field(pattern=r"^[A-Z]{2}$")
    first: int = Field(ge=0, le=99_999_999)
    count: int = Field(ge=1, le=100_000)


class SpoiledBody(BaseModel):
    """A damaged blank and what happened to it."""

    serial: str = Field(pattern=r"^[A-Z]{2} ?\d{8}$")
    reason: str = Field(min_length=3, max_length=500)


class PrinterBody(BaseModel):
    """A printer and the shift of its overprint in millimetres."""

    name: str = Field(min_length=1, max_length=80)
    right_mm: float = Field(ge=-MOST_MM, le=MOST_MM)
    down_mm: float = Field(ge=-MOST_MM, le=MOST_MM)


@router.get("/communes/{code}/blanks", summary="Phôi Giấy chứng nhận / Blanks")
def blanks(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return how many blanks the office has: free, used, spoiled."""
    return {"commune": code, **blanks_counted(register, code)}


@router.post("/communes/{code}/blanks", status_code=201, summary="Nhập phôi / Load blanks")
def add_blanks(code: CommuneHere, body: BlanksBody, desk: DeskHere, key: RequestKey) -> Response:
    """Enter a range of blanks of the certificate form."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="load_blanks",
        request=[code, body.model_dump()],
        status=201,
        work=lambda: _counted(code, load_blanks(desk, commune=code, **body.model_dump())),
    )


@router.post("/communes/{code}/blanks/spoiled", summary="Phôi hỏng / A damaged blank")
def add_spoiled(code: CommuneHere, body: SpoiledBody, desk: DeskHere, key: RequestKey) -> Response:
    """Account for a damaged blank; it is never used again."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="spoil_blank",
        request=[code, body.model_dump()],
        status=200,
        work=lambda: _counted(code, spoil_blank(desk, commune=code, **body.model_dump())),
    )


def _counted(code: str, done: BlanksResult) -> dict[str, Any]:
    return {
        "commune": code,
        "loaded": done.loaded,
        "free": done.free,
        "used": done.used,
        "spoiled": done.spoiled,
    }


@router.get("/communes/{code}/printers", summary="Máy in / Printers")
def known_printers(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the printers of the office with their shifts."""
    return {"commune": code, "printers": printers(register, code)}


@router.post("/communes/{code}/printers", status_code=201, summary="Căn chỉnh / Calibrate")
def set_printer(code: CommuneHere, body: PrinterBody, desk: DeskHere, key: RequestKey) -> Response:
    """Enter a printer or its shift measured anew."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="calibrate_printer",
        request=[code, body.model_dump()],
        status=201,
        work=lambda: calibrate_printer(desk, commune=code, **body.model_dump()),
    )


@router.get("/communes/{code}/calibration.pdf", summary="Trang căn chỉnh / Calibration page")
def calibration_page(code: CommuneHere, printer: PrinterName, desk: DeskHere) -> Response:
    """Return the page to print and measure, with the shift in use."""
    return _pdf(calibration(desk, commune=code, printer=printer), "calibration.pdf")


@router.get("/dossiers/{code}/overprint.pdf", summary="In chồng lên phôi / Overprint")
def overprint_page(
    code: str,
    desk: DeskHere,
    printer: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """Return the data of a signed certificate for the blank, shifted for the printer."""
    _persons(desk)
    return _pdf(overprint(desk, code=code, printer=printer), f"{code}-overprint.pdf")


@router.get(
    "/dossiers/{code}/certificate.json", summary="Dữ liệu Giấy chứng nhận / Certificate as data"
)
def certificate_as_data(code: str, desk: DeskHere) -> dict[str, Any]:
    """Return everything that the certificate says, for the software that prints it."""
    _persons(desk)
    return certificate_data(desk, code=code)


@router.get("/parcels/{uid}/register.pdf", summary="Trang sổ địa chính / Register page")
def parcel_register(uid: Uid, desk: DeskHere) -> Response:
    """Return the page of the land register for a parcel."""
    _persons(desk)
    with reading(desk.engine, desk.actor) as connection:
        commune = commune_of(connection, str(uid), desk.actor.communes)
    return _pdf(register_page(desk, commune=commune, parcel_uid=str(uid)), f"register-{uid}.pdf")


def _persons(desk: Desk) -> None:
    if desk.actor.role not in SEES_PERSONS:
        raise VerbForbidden(f"(persons, {desk.actor.role})", role=desk.actor.role)


def _pdf(content: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)

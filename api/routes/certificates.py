"""Certificates: one by its number, and the check that anyone may make with the QR."""

from __future__ import annotations

import json
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from api.dependencies import ActorHere, EngineHere, HouseHere
from api.errors import TooManyAttempts
from api.routes.land_use import land_use_names
from api.routes.parameters import SEES_PERSONS, Register
from api.throttle import Throttle
from cadastre.certificate.procedure import load_stored
from cadastre.crs import to_wgs84
from cadastre.store.certificates import (
    certificate_changes,
    read_certificate,
    verify_certificate,
)
from cadastre.store.dossiers import DossierUnknown
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import reading

router = APIRouter(tags=["certificates"])


@router.get("/certificates/{number:path}", summary="Một giấy chứng nhận / One certificate")
def certificate(
    number: str,
    register: Register,
    actor: ActorHere,
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
) -> dict[str, Any]:
    """Return a certificate by its number in the book or its serial.

    The book is a commune's own: who works for several names the ``commune``.
    """
    found = read_certificate(register, number, commune=commune)
    label = parcel_label(found.pop("sheet"), found.pop("parcel"))
    if actor.role not in SEES_PERSONS:
        found.pop("holders", None)
    return {**found, "parcel_label": label}


@router.get("/verify/{token}", summary="Kiểm tra giấy chứng nhận / Verify a certificate")
def verify(token: str, request: Request, house: HouseHere) -> dict[str, Any]:
    """Return whether a certificate is in force, and its outline; no person."""
    _count(request)
    with reading(house.engine, None) as register:
        found = _verified(register, token)
    return {**found, **land_use_names(found["land_use"], house.regulation)}


def _verified(register: Connection, token: str) -> dict[str, Any]:
    """Return what anyone may know of the certificate with this token."""
    found = verify_certificate(register, token)
    outline, srid = found.pop("outline"), found.pop("srid")
    shown = shapely.to_geojson(to_wgs84(outline, srid).item())
    where = {name: found[name] for name in ("commune", "sheet", "parcel")}
    place = register.execute(query("verified_place"), where).mappings().one()
    label = parcel_label(found["sheet"], found["parcel"])
    return {
        **found,
        **place,
        "parcel_label": label,
        "outline": json.loads(shown),
        "changes": certificate_changes(register, token),
    }


@router.get("/kiosk/{code}", summary="Tra cứu hồ sơ / Where is my dossier")
def dossier_status(code: str, request: Request, engine: EngineHere) -> dict[str, Any]:
    """Return the state of a dossier to anyone who has its code; no person."""
    _count(request)
    with reading(engine, None) as register:
        row = register.execute(query("dossier_status_public"), {"code": code.strip()}).first()
    if row is None:
        raise DossierUnknown(f"({code})", dossier=code)
    profile = load_stored(row.procedure, row.profile)
    state = profile.states[row.state]
    stop = profile.stops.get(state.clock)
    return {
        "code": row.code,
        "procedure": row.procedure,
        "procedure_title_vi": profile.title.vi,
        "procedure_title_en": profile.title.en,
        "state": row.state,
        "state_title_vi": state.title.vi,
        "state_title_en": state.title.en,
        "lodged_at": row.lodged_at,
        "due_on": row.due_on,
        "stopped_by_vi": stop.vi if stop else None,
        "stopped_by_en": stop.en if stop else None,
        "reappointed_on": row.reappointed_on,
        "waiting_on": list(row.waiting_on or ()),
        "closed_at": row.closed_at,
    }


def _count(request: Request) -> None:
    """Count look-ups without sign-in, so that codes and tokens cannot be tried out."""
    throttle: Throttle = request.app.state.kiosk_throttle
    key = request.client.host if request.client else ""
    if wait := throttle.wait_s(key):
        raise TooManyAttempts(retry_after_s=wait)
    throttle.count(key)

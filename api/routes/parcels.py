"""Parcels: one with all that is known of it, and the parcel map page by page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from api import texts
from api.dependencies import ActorHere, DeskHere, HouseHere, language
from api.routes.mismatches import of_parcel
from api.routes.parameters import (
    SEES_PERSONS,
    WGS84,
    Box,
    CommuneHere,
    Coordinates,
    PageHere,
    Register,
    RequestKey,
    key_of,
    written,
)
from cadastre.certificate.general_procedure import general_titles
from cadastre.certificate.procedure import load_all
from cadastre.office.record_boundary import record_boundary
from cadastre.regulation import Regulation
from cadastre.store.named import query
from cadastre.store.parcel_reading import commune_of, parcel_label, read_parcel, read_version
from cadastre.store.transaction import reading
from maps.inspection import inspection_page, neighbours_of

router = APIRouter(tags=["parcels"])

State = Literal["clear", "info", "warning", "blocking", "measured", "dossier", "certified"]


@router.get("/parcels/{uid}", summary="Một thửa đất / One parcel")
def parcel(
    uid: UUID, register: Register, actor: ActorHere, house: HouseHere, srid: Coordinates
) -> dict[str, Any]:
    """Return a parcel with its numbers, areas, history, measurements and mismatches."""
    found = read_parcel(
        register,
        str(uid),
        communes=actor.communes,
        srid=srid,
        regulation=house.regulation,
        persons=actor.role in SEES_PERSONS,
    )
    geometry = found.pop("geometry")
    found["mismatches"] = of_parcel(register, found["commune"], str(uid), house.regulation)
    found["dossiers"] = [_titled(row, house.regulation) for row in found["dossiers"]]
    return {"type": "Feature", "id": str(uid), "geometry": geometry, "properties": found}


@router.get("/parcels/{uid}/versions/{version}", summary="Một phiên bản / One version")
def parcel_version(
    uid: UUID, version: int, register: Register, actor: ActorHere, srid: Coordinates
) -> dict[str, Any]:
    """Return the outline of a parcel as it stood in one of its versions."""
    found = read_version(register, str(uid), version, communes=actor.communes, srid=srid)
    geometry = found.pop("geometry")
    return {"type": "Feature", "id": str(uid), "geometry": geometry, "properties": found}


@router.get(
    "/parcels/{uid}/inspection.html",
    summary="Trang mang theo / A page to carry offline",
    response_class=HTMLResponse,
)
def inspection(
    request: Request, uid: UUID, register: Register, actor: ActorHere, house: HouseHere
) -> Response:
    """Return the parcel with its neighbours, measurements and mismatches as one file.

    The file holds everything it needs and no person; it opens without a network.
    """
    found = read_parcel(
        register,
        str(uid),
        communes=actor.communes,
        srid=WGS84,
        regulation=house.regulation,
        persons=False,
    )
    found["mismatches"] = of_parcel(register, found["commune"], str(uid), house.regulation)
    chosen = language(request)

    def t(key: str, **values: object) -> str:
        return texts.text(chosen, key, **values)

    around = neighbours_of(register, found)
    page = inspection_page(
        found,
        around,
        t=t,
        language=chosen,
        at=house.moment(),
        mark=house.stationery.mark,
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{page.name}"',
        "Content-Security-Policy": page.policy,
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page.html, headers=headers)


class Neighbour(BaseModel):
    """A neighbour and what he or she answered at the boundary."""

    parcel_uid: UUID | None = None
    name: str | None = Field(default=None, max_length=200)
    answer: str = Field(max_length=20)
    reason: str | None = Field(default=None, max_length=500)


class Boundary(BaseModel):
    """A signed boundary description."""

    confirmed: str = Field(max_length=20)
    neighbours: list[Neighbour] = Field(default_factory=list, max_length=200)
    signed_on: date | None = None
    note: str = Field(default="", max_length=2000)


@router.post("/parcels/{uid}/boundary", status_code=201, summary="Ranh giới / Boundary")
def boundary(uid: UUID, body: Boundary, desk: DeskHere, key: RequestKey) -> Response:
    """Record the signed boundary description of a parcel; the one before is kept."""

    def work() -> Any:
        with reading(desk.engine, desk.actor) as register:
            commune = commune_of(register, str(uid), desk.actor.communes)
        return record_boundary(
            desk,
            commune=commune,
            parcel_uid=str(uid),
            confirmed=body.confirmed,
            neighbours=[n.model_dump(mode="json", exclude_none=True) for n in body.neighbours],
            signed_on=body.signed_on,
            note=body.note,
        )

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="record_boundary",
        request=[str(uid), body.model_dump(mode="json")],
        status=201,
        work=work,
    )


def _titled(row: Mapping[str, Any], regulation: Regulation) -> dict[str, Any]:
    """Return a dossier with the title of its state under the procedure in force."""
    profile = load_all(regulation).get(row["procedure"]) or general_titles(regulation)
    state = profile.states.get(row["state"])
    title = state.title if state else None
    return {
        **row,
        "state_title_vi": title.vi if title else row["state"],
        "state_title_en": title.en if title else row["state"],
    }


@router.get("/communes/{code}/parcels", summary="Bản đồ thửa đất / The parcel map")
def parcels(
    commune: CommuneHere,
    register: Register,
    box: Box,
    srid: Coordinates,
    page: PageHere,
    sheet: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    state: State | None = None,
) -> dict[str, Any]:
    """Return parcels as features in the order of sheet and number."""
    filters = {"commune": commune, "sheet": sheet, "state": state, **box}
    after = key_of(page, sheet=int, parcel=str, uid=lambda text: str(UUID(text)), matched=int)
    keys = {f"after_{name}": after[name] for name in ("sheet", "parcel", "uid")}
    rows = (
        register.execute(
            query("parcels_page"), {**filters, **keys, "srid": srid, "limit": page.limit + 1}
        )
        .mappings()
        .all()
    )
    matched = after["matched"]
    if matched is None:
        matched = register.execute(query("parcels_matched"), filters).scalar_one()
    following = page.next(
        list(rows),
        lambda row: {
            "sheet": row["sheet"],
            "parcel": row["parcel"],
            "uid": row["parcel_uid"],
            "matched": matched,
        },
    )
    return {
        "type": "FeatureCollection",
        "features": [_feature(row) for row in rows[: page.limit]],
        "next": following,
        "matched": matched,
    }


def _feature(row: RowMapping) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "geometry"}
    return {
        "type": "Feature",
        "id": row["parcel_uid"],
        "geometry": row["geometry"],
        "properties": {**plain, "label": parcel_label(row["sheet"], row["parcel"])},
    }

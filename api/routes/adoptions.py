"""Adopting a measurement: what it would do, doing it, and taking it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import shapely
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import DeskHere
from api.routes.parameters import RequestKey, SeenVersion, written
from cadastre.crs import to_wgs84
from cadastre.office.adopt_measurement import (
    adopt_measurement,
    preview_adoption,
    undo_adoption,
)
from cadastre.office.adoption_plan import AdoptionPlan, AdoptionUnknown, ParcelGain
from cadastre.office.desk import Desk
from cadastre.store.named import query
from cadastre.store.transaction import reading

router = APIRouter(tags=["adoptions"])

ParcelChosen = Annotated[
    UUID | None, Query(description="Thửa nhận ranh đo / Parcel that takes the outline")
]


class Undo(BaseModel):
    """Which adoption is taken back: the event that its answer named."""

    event_id: int = Field(ge=1)


@router.get("/measured/{measured_uid}/adoption", summary="Xem trước / What it would do")
def preview(
    measured_uid: UUID, desk: DeskHere, response: Response, parcel_uid: ParcelChosen = None
) -> dict[str, Any]:
    """Return what each parcel would gain or lose and who has agreed; nothing is done."""
    plan = preview_adoption(
        desk,
        commune=_commune(desk, measured_uid),
        measured_uid=str(measured_uid),
        parcel_uid=None if parcel_uid is None else str(parcel_uid),
    )
    response.headers["ETag"] = f'"{plan.seen}"'
    return told(plan)


@router.post("/measured/{measured_uid}/adoption", status_code=201, summary="Nhận ranh đo / Adopt")
def adopt(
    measured_uid: UUID,
    desk: DeskHere,
    seen: SeenVersion,
    key: RequestKey,
    parcel_uid: ParcelChosen = None,
) -> Response:
    """Move the shared boundary for both neighbours; If-Match holds what the preview answered."""

    def work() -> Any:
        return adopt_measurement(
            desk,
            commune=_commune(desk, measured_uid),
            measured_uid=str(measured_uid),
            parcel_uid=None if parcel_uid is None else str(parcel_uid),
            seen=seen,
        )

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="adopt_measurement",
        request=[str(measured_uid), None if parcel_uid is None else str(parcel_uid)],
        status=201,
        work=work,
    )


@router.post("/measured/{measured_uid}/adoption/undo", summary="Hoàn tác / Undo")
def undo(measured_uid: UUID, body: Undo, desk: DeskHere, key: RequestKey) -> Response:
    """Take an adoption back: the outlines before it stand again, as new versions."""

    def work() -> Any:
        return undo_adoption(desk, commune=_commune(desk, measured_uid), event_id=body.event_id)

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="undo_adoption",
        request=[str(measured_uid), body.event_id],
        status=200,
        work=work,
    )


def told(plan: AdoptionPlan) -> dict[str, Any]:
    """Return a plan as a feature collection: the outlines after it, with gain and loss."""
    changes = plan.changes
    rows = [("parcel", plan.parcel), *(("neighbour", n) for n in plan.neighbours)]
    outlines = to_wgs84([changes[gain.parcel_uid].geometry for _, gain in rows], plan.srid)
    return {
        "type": "FeatureCollection",
        "features": [
            _feature(role, gain, outline)
            for (role, gain), outline in zip(rows, outlines, strict=True)
        ],
        "measured_uid": plan.measured_uid,
        "agreed": plan.agreed,
        "decided": plan.decided,
        "disputed": plan.disputed,
        "missing": list(plan.missing),
        "event_id": plan.standing,
        "seen": plan.seen,
    }


def _feature(role: str, gain: ParcelGain, outline: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": gain.parcel_uid,
        "geometry": shapely.geometry.mapping(outline),
        "properties": {"role": role, **asdict(gain)},
    }


def _commune(desk: Desk, measured_uid: UUID) -> str:
    asked = {"measured": str(measured_uid), "communes": list(desk.actor.communes)}
    with reading(desk.engine, desk.actor) as register:
        commune = register.execute(query("measured_commune"), asked).scalar()
    if commune is None:
        raise AdoptionUnknown(f"({measured_uid})", measured_uid=str(measured_uid))
    return str(commune)

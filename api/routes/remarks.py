"""Remarks drawn on the map: the list, a new one, settling one."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.dependencies import DeskHere
from api.routes.parameters import CommuneHere, Register, RequestKey, written
from cadastre.office.desk import Desk
from cadastre.office.draw_remark import (
    MOST_LETTERS,
    MOST_POINTS,
    RemarkUnknown,
    draw_remark,
    settle_remark,
)
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import reading

router = APIRouter(tags=["remarks"])


class Remark(BaseModel):
    """A drawing in the commune's zone, (east, north) in metres, and its sentence."""

    kind: Literal["point", "line", "area"]
    points: list[tuple[float, float]] = Field(min_length=1, max_length=MOST_POINTS)
    text: Annotated[str, Field(min_length=1, max_length=MOST_LETTERS)]


@router.get("/communes/{code}/remarks", summary="Ghi chú / Remarks")
def remarks(commune: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the remarks that stand, the newest first."""
    rows = register.execute(query("remarks_read"), {"commune": commune}).mappings()
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row["remark_id"],
                "geometry": row["geometry"],
                "properties": {
                    **{k: v for k, v in row.items() if k not in ("geometry", "sheet", "parcel")},
                    "parcel_label": parcel_label(row["sheet"], row["parcel"]),
                },
            }
            for row in rows
        ],
    }


@router.post("/communes/{code}/remarks", status_code=201, summary="Thêm ghi chú / Add a remark")
def add(commune: CommuneHere, body: Remark, desk: DeskHere, key: RequestKey) -> Response:
    """Keep a remark drawn on the map."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="draw_remark",
        request=[commune, body.model_dump(mode="json")],
        status=201,
        work=lambda: draw_remark(
            desk, commune=commune, kind=body.kind, points=body.points, text=body.text
        ),
    )


@router.post("/remarks/{remark_id}/settlement", summary="Đã giải quyết / Settle")
def settle(remark_id: UUID, desk: DeskHere, key: RequestKey) -> Response:
    """Settle a remark: it leaves the map and stays in the register."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="settle_remark",
        request=[str(remark_id)],
        status=200,
        work=lambda: settle_remark(
            desk, commune=_commune(desk, remark_id), remark_id=str(remark_id)
        ),
    )


def _commune(desk: Desk, remark_id: UUID) -> str:
    with reading(desk.engine, desk.actor) as register:
        found = register.execute(
            query("remark_commune"),
            {"remark_id": str(remark_id), "communes": list(desk.actor.communes)},
        ).scalar()
    if found is None:
        raise RemarkUnknown(f"({remark_id})", remark_id=str(remark_id))
    return str(found)

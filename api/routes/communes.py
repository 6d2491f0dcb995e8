"""Communes with their former communes, and their sheets as delivered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from sqlalchemy import Connection, RowMapping

from api.dependencies import ActorHere, DeskHere, HouseHere
from api.routes.jobs import job_started
from api.routes.parameters import CommuneHere, Register, RequestKey
from api.routes.uploads import columns_of, read_files
from cadastre.crs import zone
from cadastre.store.named import query

router = APIRouter(prefix="/communes", tags=["communes"])

Uploads = Annotated[list[UploadFile], File(description="Tệp / Files")]


@router.get("", summary="Các xã / Communes")
def communes(register: Register, actor: ActorHere) -> dict[str, Any]:
    """Return the communes for which the asking person works."""
    return {"communes": _read(register, list(actor.communes))}


@router.get("/{code}", summary="Một xã / One commune")
def one_commune(code: CommuneHere, register: Register) -> Any:
    """Return one commune."""
    return _read(register, [code])[0]


def _read(register: Connection, codes: list[str]) -> list[dict[str, Any]]:
    rows = register.execute(query("communes_read"), {"communes": codes}).mappings()
    return [_commune(row) for row in rows]


def _commune(row: RowMapping) -> dict[str, Any]:
    sides = [row[name] for name in ("west", "south", "east", "north")]
    plain = {k: v for k, v in row.items() if k not in ("west", "south", "east", "north")}
    return {
        **plain,
        "zone_name": zone(row["srid"]).name,
        "former_communes": row["former_communes"] or [],
        "bbox": None if None in sides else sides,
        "open": {"blocking": 0, "warning": 0, "info": 0} | (row["open"] or {}),
    }


@router.get("/{code}/sheets", summary="Các tờ bản đồ / Sheets")
def sheets(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the sheets of a commune with the account of how each was read."""
    rows = register.execute(query("sheets_read"), {"commune": code}).mappings()
    return {"sheets": [dict(row) for row in rows]}


@router.post("/{code}/sheets", status_code=202, summary="Nhập tờ bản đồ / Import sheets")
def import_sheets(
    code: CommuneHere,
    desk: DeskHere,
    house: HouseHere,
    key: RequestKey,
    files: Uploads,
    former_commune: Annotated[str, Form(pattern=r"^\d{5}$")],
    sheet: Annotated[str | None, Form(max_length=50)] = None,
    scale: Annotated[int | None, Form(ge=200, le=50_000)] = None,
    map_set: Annotated[str | None, Form(max_length=50)] = None,
    surveyed_on: Annotated[date | None, Form()] = None,
    crs: Annotated[str, Form(max_length=20)] = "auto",
    encoding: Annotated[str, Form(max_length=40)] = "auto",
    columns: Annotated[str, Form(max_length=4000, description="JSON, or auto")] = "auto",
) -> Response:
    """Keep the files of a former commune and start their import."""
    arguments = {
        "former_commune": former_commune,
        "sheet": sheet or None,
        "scale": scale,
        "map_set": map_set or None,
        "surveyed_on": surveyed_on,
        "crs": crs,
        "encoding": encoding,
        "columns": columns_of(columns),
    }
    return job_started(
        desk, key, code, "import_sheets", files=read_files(house, files), arguments=arguments
    )


@router.post("/{code}/landbooks", status_code=202, summary="Nạp sổ mục kê / Load land books")
def load_landbooks(
    code: CommuneHere,
    desk: DeskHere,
    house: HouseHere,
    key: RequestKey,
    files: Uploads,
    former_commune: Annotated[str | None, Form(pattern=r"^\d{5}$")] = None,
    columns: Annotated[str, Form(max_length=4000, description="JSON, or auto")] = "auto",
    encoding: Annotated[str, Form(max_length=40)] = "auto",
) -> Response:
    """Keep the land books and start loading them."""
    arguments = {
        "former_commune": former_commune or None,
        "columns": columns_of(columns),
        "encoding": encoding,
    }
    return job_started(
        desk, key, code, "load_landbook", files=read_files(house, files), arguments=arguments
    )

"""Communes with their former communes, and their sheets as delivered."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from sqlalchemy import Connection, RowMapping

from api.dependencies import ActorHere, DeskHere, HouseHere
from api.routes.jobs import job_started
from api.routes.parameters import CommuneHere, Register, RequestKey, written
from api.routes.uploads import columns_of, levels_of, read_files
from cadastre.crs import zone
from cadastre.office.register_paper_sheet import register_paper_sheet
from cadastre.sheets.number_list import parse_number_list
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
    levels: Annotated[str, Form(max_length=4000, description="TOML, for drawings")] = "",
    layer: Annotated[str | None, Form(max_length=100)] = None,
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
        "levels": levels_of(levels),
        "layer": layer or None,
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


@router.post("/{code}/control", status_code=202, summary="Nạp điểm khống chế / Control points")
def load_control(
    code: CommuneHere,
    desk: DeskHere,
    house: HouseHere,
    key: RequestKey,
    files: Uploads,
    crs: Annotated[int | None, Form(ge=1024, le=32_767)] = None,
) -> Response:
    """Keep a list of control points and start loading it."""
    return job_started(
        desk, key, code, "load_control", files=read_files(house, files), arguments={"crs": crs}
    )


@router.post("/{code}/sheets/paper", status_code=201, summary="Tờ bản đồ giấy / A paper sheet")
def add_paper_sheet(
    code: CommuneHere,
    desk: DeskHere,
    house: HouseHere,
    key: RequestKey,
    former_commune: Annotated[str, Form(pattern=r"^\d{5}$")],
    sheet: Annotated[str, Form(max_length=50)],
    scale: Annotated[int, Form(ge=200, le=50_000)],
    parcels: Annotated[str, Form(max_length=20_000, description="1-120, 125, 126a")],
    year: Annotated[int | None, Form(ge=1900, le=2100)] = None,
    map_set: Annotated[str, Form(max_length=50)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    scan: Annotated[UploadFile | None, File(description="Bản quét / Scan")] = None,
) -> Response:
    """Register a sheet that exists on paper only, with the numbers of its parcels."""
    told: dict[str, Any] = {
        "commune": code, "former_commune": former_commune, "sheet": sheet, "scale": scale,
        "parcels": parse_number_list(parcels), "year": year, "map_set": map_set, "note": note,
    }  # fmt: skip
    given = read_files(house, [scan]) if scan is not None and scan.filename else []
    kept = given[0] if given else None
    sent = None if kept is None else hashlib.sha256(kept.content).hexdigest()
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="register_paper_sheet",
        request={**told, "scan": sent},
        status=201,
        work=lambda: asdict(
            register_paper_sheet(
                desk,
                **told,
                scan=None if kept is None else kept.content,
                scan_name="" if kept is None else kept.name,
            )
        ),
    )

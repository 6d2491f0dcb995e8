"""Merges of a commune: proposals and the decisions on them, taking back, the table of numbers."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

import shapely
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.dependencies import DeskHere, HouseHere
from api.routes.jobs import job_started
from api.routes.parameters import (
    CommuneHere,
    PageHere,
    Register,
    RequestKey,
    SeenVersion,
    key_of,
    written,
)
from cadastre.crs import to_wgs84
from cadastre.exchange import both_ways, conversion_paper
from cadastre.formats.workbook import workbook_of
from cadastre.office.decide_proposal import (
    Preview,
    ProposalUnknown,
    decide_proposal,
    preview_proposal,
)
from cadastre.office.undo_merge import undo_merge
from cadastre.store.conversion import read_conversion
from cadastre.store.land_register import read_commune
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import reading

router = APIRouter(prefix="/communes/{code}", tags=["merges"])

Status = Literal["open", "accepted", "rejected", "withdrawn"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HIDDEN = ("geometry", "rank")
_MERGES_SHOWN = 50
_NO_FILTER: dict[str, Any] = dict.fromkeys(
    ("proposal_id", "status", "kind", "after_rank", "after_move", "after_id")
)


class ProposalDecision(BaseModel):
    """What becomes of a proposal, and why."""

    decision: str = Field(max_length=20, description="accepted, rejected, open")
    note: str = Field(default="", max_length=2000)


@router.post("/merges", status_code=202, summary="Ghép bản đồ / Merge the sheets")
def merge(code: CommuneHere, desk: DeskHere, key: RequestKey) -> Response:
    """Start the merge of the sheets of a commune into one parcel map."""
    return job_started(desk, key, code, "merge_commune")


@router.get("/merges", summary="Các lần ghép / Merges")
def merges(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the merges of a commune, the latest first; only the latest that stands is undoable."""
    wanted = {"commune": code, "limit": _MERGES_SHOWN}
    rows = [dict(row) for row in register.execute(query("merges_read"), wanted).mappings()]
    standing = next((row["run_id"] for row in rows if row["undone_at"] is None), None)
    return {"merges": [{**row, "undoable": row["run_id"] == standing} for row in rows]}


@router.get("/merges/{run_id}/moves", summary="Thửa đã dịch chuyển / What a merge moved")
def moves(code: CommuneHere, run_id: UUID, register: Register, page: PageHere) -> dict[str, Any]:
    """Return what a merge moved, parcel by parcel, the furthest first."""
    after = key_of(page, move=float, uid=lambda text: str(UUID(text)))
    wanted = {"commune": code, "run_id": str(run_id), "limit": page.limit + 1}
    wanted |= {f"after_{name}": value for name, value in after.items()}
    rows = [dict(row) for row in register.execute(query("moves_page"), wanted).mappings()]
    following = page.next(rows, lambda r: {"move": r["max_move_m"], "uid": r["parcel_uid"]})
    told = [{**r, "label": parcel_label(r.pop("sheet"), r.pop("parcel"))} for r in rows]
    return {"moves": told[: page.limit], "next": following}


@router.post("/merges/{run_id}/undo", summary="Hoàn tác ghép / Take a merge back")
def undo(code: CommuneHere, run_id: UUID, desk: DeskHere, key: RequestKey) -> Response:
    """Take a merge back; refused, with everything that rests on it named, once it is in use."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="undo_merge",
        request=[code, str(run_id)],
        status=200,
        work=lambda: undo_merge(desk, commune=code, run_id=str(run_id)),
    )


@router.get("/proposals", summary="Các đề xuất / Proposals")
def proposals(
    code: CommuneHere,
    register: Register,
    page: PageHere,
    status: Status | None = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Return proposals as features: open ones first, then the widest movement."""
    after = key_of(page, rank=int, move=float, id=lambda text: str(UUID(text)))
    filters = {"commune": code, "status": status, "kind": kind, "limit": page.limit + 1}
    filters |= {f"after_{name}": value for name, value in after.items()}
    rows = list(register.execute(query("proposals_page"), _NO_FILTER | filters).mappings())
    following = page.next(
        rows,
        lambda r: {"rank": r["rank"], "move": r["max_move_m"], "id": r["proposal_id"]},
    )
    counts = register.execute(query("proposals_counted"), {"commune": code}).mappings().one()
    return {
        "type": "FeatureCollection",
        "features": [_feature(dict(row)) for row in rows[: page.limit]],
        "next": following,
        "counts": dict(counts),
    }


@router.get("/proposals/{proposal_id}", summary="Một đề xuất / One proposal")
def proposal(
    code: CommuneHere, proposal_id: UUID, desk: DeskHere, response: Response
) -> dict[str, Any]:
    """Return a proposal with what it would move, parcel by parcel, outlines before and after."""
    with reading(desk.engine, desk.actor) as register:
        row = _one(register, code, proposal_id)
    found = _feature(row)
    shown = preview_proposal(desk, commune=code, proposal_id=str(proposal_id))
    response.headers["ETag"] = f'"{row["row_version"]}"'
    found["properties"]["effects"] = _effects(shown)
    found["properties"]["corners"] = shown.corners.to_dict("records")
    return found


@router.post(
    "/proposals/{proposal_id}/decisions", status_code=201, summary="Quyết định đề xuất / Decide"
)
def decide(
    code: CommuneHere,
    proposal_id: UUID,
    body: ProposalDecision,
    desk: DeskHere,
    seen: SeenVersion,
    key: RequestKey,
) -> Response:
    """Accept or reject a proposal, or leave it open again; the next merge applies it."""

    def work() -> dict[str, Any]:
        decide_proposal(
            desk,
            commune=code,
            proposal_id=str(proposal_id),
            decision=body.decision,
            note=body.note,
            row_version=seen,
        )
        with reading(desk.engine, desk.actor) as register:
            told: dict[str, Any] = _feature(_one(register, code, proposal_id))["properties"]
            return told

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="decide_proposal",
        request=[code, str(proposal_id), body.model_dump()],
        status=201,
        work=work,
    )


@router.get("/conversion", summary="Bảng chuyển đổi số tờ / Conversion table")
def conversion(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return old and new sheet numbers; a sheet kept on paper only has no new one."""
    table = read_conversion(register, read_commune(register, code))
    plain = table.astype(object).where(table.notna(), None)
    return {"sheets": plain.to_dict("records")}


@router.get("/conversion.xlsx", summary="Bảng chuyển đổi số tờ / Conversion table (XLSX)")
def conversion_workbook(code: CommuneHere, register: Register, house: HouseHere) -> Response:
    """Return the two-way table of old and new sheet numbers as a workbook."""
    table = read_conversion(register, read_commune(register, code))
    book = workbook_of(both_ways(table), mark=house.stationery.mark)
    return _file(book, f"bang-chuyen-doi-{code}.xlsx", _XLSX)


@router.get("/conversion.pdf", summary="Bảng chuyển đổi số tờ / Conversion table (PDF)")
def conversion_print(code: CommuneHere, register: Register, house: HouseHere) -> Response:
    """Return the two-way table of old and new sheet numbers, to print."""
    facts = read_commune(register, code)
    paper = conversion_paper(
        read_conversion(register, facts),
        commune=code,
        name=facts.full_name,
        province=facts.province,
        at=house.moment(),
        sample=house.stationery.sample,
    )
    return _file(paper, f"bang-chuyen-doi-{code}.pdf", "application/pdf")


def _file(content: bytes, name: str, kind: str) -> Response:
    return Response(
        content,
        media_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _one(register: Connection, code: str, proposal_id: UUID) -> dict[str, Any]:
    wanted = {"commune": code, "proposal_id": str(proposal_id), "limit": 1}
    row = register.execute(query("proposals_page"), _NO_FILTER | wanted).mappings().first()
    if row is None:
        raise ProposalUnknown(f"({proposal_id})", proposal_id=str(proposal_id))
    return dict(row)


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": row["proposal_id"],
        "geometry": row["geometry"],
        "properties": {
            **{name: value for name, value in row.items() if name not in _HIDDEN},
            "labels": row["labels"] or [],
            "sheets": row["sheets"] or [],
        },
    }


def _effects(shown: Preview) -> list[dict[str, Any]]:
    parcels = shown.parcels
    before = shapely.to_geojson(to_wgs84(parcels["before"].to_numpy(), shown.srid))
    after = shapely.to_geojson(to_wgs84(parcels.geometry.to_numpy(), shown.srid))
    return [
        {
            "parcel_uid": str(row.parcel_uid),
            "label": parcel_label(row.sheet, row.parcel),
            "max_move_m": row.max_move_m,
            "area_before_m2": row.area_before_m2,
            "area_after_m2": row.area_after_m2,
            "before": json.loads(old),
            "after": json.loads(new),
        }
        for row, old, new in zip(parcels.itertuples(index=False), before, after, strict=True)
    ]

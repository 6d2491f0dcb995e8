"""Mismatches: the queue, one mismatch, and the decisions on it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, RowMapping

from api.dependencies import ActorHere, DeskHere, HouseHere
from api.routes.parameters import (
    CommuneHere,
    PageHere,
    Register,
    RequestKey,
    SeenVersion,
    key_of,
    written,
)
from cadastre.office.decide_mismatch import (
    MismatchUnknown,
    decide_mismatch,
    decisions_for,
    undo_decision,
)
from cadastre.office.decide_together import MOST, decide_together, undo_together
from cadastre.office.desk import Desk
from cadastre.office.foresee_decision import foresee_decisions
from cadastre.regulation import Regulation
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import reading

router = APIRouter(tags=["mismatches"])

Status = Literal["open", "decided", "closed", "all"]
_HIDDEN = ("geometry", "rank", "parcel_sheet", "parcel_number", "other_sheet", "other_number")
_NO_FILTER: dict[str, Any] = dict.fromkeys(
    (
        "mismatch_id", "statuses", "code", "severity", "parcel_uid", "former_commune",
        "older_than_days", "after_rank", "after_code", "after_id",
    )
)  # fmt: skip


class Several(BaseModel):
    """Several mismatches, each with the version that the person saw."""

    mismatches: dict[UUID, int] = Field(min_length=1, max_length=MOST)

    def seen(self) -> dict[str, int]:
        """Version by mismatch."""
        return {str(uid): version for uid, version in self.mismatches.items()}


class Together(Several):
    """One decision on several mismatches."""

    decision: str = Field(max_length=60)
    note: str = Field(max_length=2000)


class Decision(BaseModel):
    """A decision and why it was taken."""

    decision: str = Field(max_length=60)
    note: str = Field(default="", max_length=2000)


@router.get("/communes/{code}/mismatches", summary="Các sai khác / Mismatches")
def mismatches(
    commune: CommuneHere,
    register: Register,
    house: HouseHere,
    page: PageHere,
    kind: Annotated[str | None, Query(alias="code", max_length=40)] = None,
    severity: Literal["blocking", "warning", "info"] | None = None,
    status: Status = "open",
    former_commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
    parcel_uid: UUID | None = None,
    older_than_days: Annotated[int | None, Query(ge=0, le=36_500)] = None,
) -> dict[str, Any]:
    """Return mismatches as features, the gravest first."""
    filters = {
        "communes": [commune],
        "statuses": None if status == "all" else [status],
        "code": kind,
        "severity": severity,
        "former_commune": former_commune,
        "parcel_uid": parcel_uid,
        "older_than_days": older_than_days,
    }
    after = key_of(page, rank=int, code=str, id=lambda text: str(UUID(text)), matched=int)
    rows = (
        register.execute(
            query("mismatches_page"),
            _NO_FILTER
            | filters
            | {f"after_{name}": after[name] for name in ("rank", "code", "id")}
            | {"limit": page.limit + 1},
        )
        .mappings()
        .all()
    )
    matched = after["matched"]
    if matched is None:
        matched = register.execute(query("mismatches_matched"), filters).scalar_one()
    following = page.next(
        list(rows),
        lambda row: {
            "rank": row["rank"],
            "code": row["code"],
            "id": row["mismatch_id"],
            "matched": matched,
        },
    )
    return {
        "type": "FeatureCollection",
        "features": [feature(row, house.regulation) for row in rows[: page.limit]],
        "next": following,
        "matched": matched,
    }


@router.get("/mismatches/{mismatch_id}", summary="Một sai khác / One mismatch")
def mismatch(
    mismatch_id: UUID, register: Register, actor: ActorHere, house: HouseHere, response: Response
) -> Any:
    """Return one mismatch with its decisions."""
    row = _one(register, mismatch_id, actor.communes)
    response.headers["ETag"] = f'"{row["row_version"]}"'
    return feature(row, house.regulation)


@router.get("/mismatches/{mismatch_id}/cause", summary="Cùng nguyên nhân / The same cause")
def cause(
    mismatch_id: UUID, register: Register, actor: ActorHere, house: HouseHere
) -> dict[str, Any]:
    """Return the open mismatches that share the cause of one: a displaced sheet, or two sheets.

    ``cause`` is ``displaced_sheet`` when one of its sheets is known to be displaced, else
    ``same_sheets``: the same kind between the same sheets.
    """
    one = _one(register, mismatch_id, actor.communes)
    key = {"commune": one["commune"], "mismatch_id": str(mismatch_id)}
    rows = list(register.execute(query("mismatches_of_cause"), key).mappings())
    displaced = any(row["displaced"] for row in rows)
    return {
        "cause": "displaced_sheet" if displaced else "same_sheets",
        "mismatches": [
            {
                **{name: value for name, value in row.items() if name not in _HIDDEN},
                "geometry": row["geometry"],
                "parcel_label": parcel_label(row["parcel_sheet"], row["parcel_number"]),
                "other_label": parcel_label(row["other_sheet"], row["other_number"]),
                "allowed_decisions": decisions_for(house.regulation.mismatch_rule(row["code"])),
            }
            for row in rows
        ],
    }


@router.get(
    "/mismatches/{mismatch_id}/decisions/together", summary="Đã quyết định chung / Decided together"
)
def decided_with(mismatch_id: UUID, register: Register, actor: ActorHere) -> dict[str, Any]:
    """Return the mismatches decided in one step with this one that hold, each with its version.

    That is what :func:`undo_several` takes, to take the decision back for all of them; empty
    where nothing is decided.
    """
    one = _one(register, mismatch_id, actor.communes)
    key = {"commune": one["commune"], "mismatch_id": str(mismatch_id)}
    rows = register.execute(query("mismatches_decided_together"), key)
    return {"mismatches": {row.mismatch_id: row.row_version for row in rows}}


@router.get("/mismatches/{mismatch_id}/effects", summary="Mỗi quyết định làm gì / Effects")
def effects(mismatch_id: UUID, desk: DeskHere) -> dict[str, Any]:
    """Return what each decision would change: states, gates, dossiers, areas; nothing is done."""
    found = foresee_decisions(
        desk, commune=_commune(desk, mismatch_id), mismatch_id=str(mismatch_id)
    )
    return {"mismatch_id": str(mismatch_id), "decisions": [asdict(one) for one in found]}


@router.post("/communes/{code}/mismatches/decisions", status_code=201, summary="Quyết định chung")
def decide_several(commune: CommuneHere, body: Together, desk: DeskHere, key: RequestKey) -> Any:
    """Take one decision on several mismatches, all or none."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="decide_together",
        request=[commune, body.model_dump(mode="json")],
        status=201,
        work=lambda: decide_together(
            desk,
            commune=commune,
            seen=body.seen(),
            decision=body.decision,
            note=body.note,
        ),
    )


@router.post("/communes/{code}/mismatches/decisions/undo", summary="Rút lại chung / Undo together")
def undo_several(commune: CommuneHere, body: Several, desk: DeskHere, key: RequestKey) -> Any:
    """Take the decisions in force on several mismatches back, all or none."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="undo_together",
        request=[commune, body.model_dump(mode="json")],
        status=200,
        work=lambda: undo_together(desk, commune=commune, seen=body.seen()),
    )


@router.post("/mismatches/{mismatch_id}/decisions", status_code=201, summary="Quyết định / Decide")
def decide(
    mismatch_id: UUID, body: Decision, desk: DeskHere, seen: SeenVersion, key: RequestKey
) -> Response:
    """Take a decision on a mismatch; the one in force is replaced and kept."""

    def work() -> dict[str, Any]:
        decide_mismatch(
            desk,
            commune=_commune(desk, mismatch_id),
            mismatch_id=str(mismatch_id),
            decision=body.decision,
            note=body.note,
            row_version=seen,
        )
        return _after(desk, mismatch_id)

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="decide_mismatch",
        request=[str(mismatch_id), body.model_dump()],
        status=201,
        work=work,
    )


@router.post("/mismatches/{mismatch_id}/decisions/undo", summary="Rút lại / Undo")
def undo(mismatch_id: UUID, desk: DeskHere, seen: SeenVersion, key: RequestKey) -> Response:
    """Take the decision in force back."""

    def work() -> dict[str, Any]:
        commune = _commune(desk, mismatch_id)
        undo_decision(desk, commune=commune, mismatch_id=str(mismatch_id), row_version=seen)
        return _after(desk, mismatch_id)

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="undo_decision",
        request=[str(mismatch_id)],
        status=200,
        work=work,
    )


def feature(row: RowMapping, regulation: Regulation) -> dict[str, Any]:
    """Return a mismatch as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": row["mismatch_id"],
        "geometry": row["geometry"],
        "properties": properties(row, regulation),
    }


def properties(row: RowMapping, regulation: Regulation) -> dict[str, Any]:
    """Return a mismatch with its decisions and those that may be taken."""
    return {
        **{name: value for name, value in row.items() if name not in _HIDDEN},
        "parcel_label": parcel_label(row["parcel_sheet"], row["parcel_number"]),
        "other_label": parcel_label(row["other_sheet"], row["other_number"]),
        "decisions": row["decisions"] or [],
        "allowed_decisions": decisions_for(regulation.mismatch_rule(row["code"])),
    }


def of_parcel(
    register: Connection, commune: str, uid: str, regulation: Regulation
) -> list[dict[str, Any]]:
    """Return the mismatches of a parcel that still hold."""
    rows = register.execute(
        query("mismatches_page"),
        _NO_FILTER
        | {"communes": [commune], "statuses": ["open", "decided"], "parcel_uid": uid}
        | {"limit": 200},
    ).mappings()
    return [{**properties(row, regulation), "geometry": row["geometry"]} for row in rows]


def _one(register: Connection, mismatch_id: UUID, communes: tuple[str, ...]) -> RowMapping:
    wanted = {"communes": list(communes), "mismatch_id": str(mismatch_id), "limit": 1}
    row = register.execute(query("mismatches_page"), _NO_FILTER | wanted).mappings().first()
    if row is None:
        raise MismatchUnknown(f"({mismatch_id})", mismatch_id=str(mismatch_id))
    return row


def _commune(desk: Desk, mismatch_id: UUID) -> str:
    with reading(desk.engine, desk.actor) as register:
        return str(_one(register, mismatch_id, desk.actor.communes)["commune"])


def _after(desk: Desk, mismatch_id: UUID) -> dict[str, Any]:
    with reading(desk.engine, desk.actor) as register:
        row = _one(register, mismatch_id, desk.actor.communes)
        return properties(row, desk.regulation)

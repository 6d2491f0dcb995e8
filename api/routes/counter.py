"""The counter's own work: hand-overs, codes of other systems, identity cards, delegations."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import ActorHere, DeskHere, HouseHere
from api.routes.dossier_reading import read, shown
from api.routes.parameters import SEES_PERSONS, CommuneHere, Register, RequestKey, written
from cadastre.certificate.context import office_date
from cadastre.certificate.identity_card import read_identity_card
from cadastre.merge.lookup import plain
from cadastre.office.delegate_role import delegate_role, end_delegation
from cadastre.office.hand_over_dossier import hand_over_dossier
from cadastre.office.permissions import VerbForbidden
from cadastre.office.record_external_code import record_external_code
from cadastre.store.counter import colleagues, delegations
from cadastre.store.named import query

router = APIRouter(tags=["counter"])


class HandOverBody(BaseModel):
    """Who has the folder now; nobody named: the person who scans."""

    taken_by: str | None = Field(default=None, max_length=80)
    note: str = Field(default="", max_length=500)


class ExternalCodeBody(BaseModel):
    """A code of another system, as it was scanned or received."""

    system: str = Field(max_length=40)
    scanned: str = Field(min_length=1, max_length=80)


class CardBody(BaseModel):
    """What a hand scanner read from an identity card."""

    scanned: str = Field(min_length=1, max_length=1000)


class DelegationBody(BaseModel):
    """Who signs instead of the chairman, from when to when, by which decision."""

    taken_by: str = Field(min_length=1, max_length=80)
    starts_on: date
    ends_on: date
    reference: str = Field(min_length=1, max_length=200)
    title: str = Field(default="PHÓ CHỦ TỊCH", min_length=1, max_length=80)


@router.post("/dossiers/{code}/hand-overs", status_code=201, summary="Bàn giao / Hand over")
def hand_over(code: str, body: HandOverBody, desk: DeskHere, key: RequestKey) -> Response:
    """Record that the folder passed on; ``code`` is what the bar code of the slip says."""

    def work() -> dict[str, Any]:
        commune = str(read(desk, code.strip()).row["commune"])
        return asdict(
            hand_over_dossier(
                desk, commune=commune, code=code, taken_by=body.taken_by, note=body.note
            )
        )

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="hand_over_dossier",
        request=[code, body.model_dump()],
        status=201,
        work=work,
    )


@router.post(
    "/dossiers/{code}/external-codes", status_code=201, summary="Mã hệ thống khác / Other code"
)
def external_code(code: str, body: ExternalCodeBody, desk: DeskHere, key: RequestKey) -> Response:
    """Record the code that another system gave the dossier."""

    def work() -> dict[str, Any]:
        commune = str(read(desk, code).row["commune"])
        record_external_code(
            desk, commune=commune, code=code, system=body.system, scanned=body.scanned
        )
        return shown(desk, code)

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="record_external_code",
        request=[code, body.model_dump()],
        status=201,
        work=work,
    )


@router.post("/identity-card", summary="Đọc thẻ căn cước / Read an identity card")
def identity_card(body: CardBody, actor: ActorHere, response: Response) -> dict[str, Any]:
    """Return the holder of a scanned identity card; nothing of it is kept."""
    if actor.role not in SEES_PERSONS:
        raise VerbForbidden(f"(identity_card, {actor.role})", role=actor.role)
    response.headers["Cache-Control"] = "no-store"
    return asdict(read_identity_card(body.scanned))


@router.get("/external-systems", summary="Hệ thống khác / Other systems")
def external_systems(desk: DeskHere) -> dict[str, Any]:
    """Return the systems whose codes may stand beside ours."""
    rules = desk.regulation["office"]["external_codes"]
    return {
        "systems": [
            {"name": name, "title_vi": rule["title_vi"], "title_en": rule["title_en"]}
            for name, rule in rules.items()
            if isinstance(rule, dict)
        ]
    }


@router.get("/communes/{code}/colleagues", summary="Đồng nghiệp / Colleagues")
def people(code: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the active accounts of the commune, to hand a folder to."""
    return {"colleagues": colleagues(register, code)}


@router.get("/communes/{code}/delegations", summary="Ủy quyền ký / Delegations")
def delegations_of(code: CommuneHere, register: Register, house: HouseHere) -> dict[str, Any]:
    """Return who may sign instead of the chairman, when, and whether today."""
    return {"delegations": delegations(register, code, office_date(house.moment()))}


@router.post("/communes/{code}/delegations", status_code=201, summary="Ủy quyền ký / Delegate")
def delegate(code: CommuneHere, body: DelegationBody, desk: DeskHere, key: RequestKey) -> Response:
    """Hand the chairman's signature to another person for some days."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="delegate_role",
        request=[code, body.model_dump(mode="json")],
        status=201,
        work=lambda: asdict(delegate_role(desk, commune=code, **body.model_dump())),
    )


@router.post("/communes/{code}/delegations/{delegation}/end", summary="Chấm dứt / End")
def end(code: CommuneHere, delegation: int, desk: DeskHere, key: RequestKey) -> Response:
    """End a delegation of one's own before its time."""

    def work() -> dict[str, Any]:
        return {"ended": end_delegation(desk, commune=code, delegation_id=delegation)}

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="end_delegation",
        request=[code, delegation],
        status=200,
        work=work,
    )


@router.get("/communes/{code}/documents", summary="Tìm trong giấy tờ / Search papers")
def documents(
    code: CommuneHere,
    register: Register,
    actor: ActorHere,
    q: Annotated[str, Query(min_length=2, max_length=200)],
) -> dict[str, Any]:
    """Return papers whose title or text has these words, accents or not."""
    if actor.role not in SEES_PERSONS:
        raise VerbForbidden(f"(documents, {actor.role})", role=actor.role)
    rows = register.execute(query("documents_found"), {"commune": code, "words": plain(q)})
    return {"documents": [dict(row) for row in rows.mappings()]}

"""Signing a batch: one page of review, and every dossier signed or refused on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import DeskHere
from api.routes.dossier_reading import drafts_shown, read, standing
from api.routes.parameters import CommuneHere, Register, RequestKey, written
from cadastre.certificate.deadlines import working_calendar
from cadastre.errors import CadastreError
from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import area_of
from cadastre.office.dossier_steps import ISSUE
from cadastre.office.issue_certificate import issue_certificate
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossier_view import approvals, dossier_view
from cadastre.store.dossiers import codes_to_approve
from cadastre.store.named import query
from cadastre.store.transaction import reading

router = APIRouter(tags=["signatures"])
#: Dossiers of one answer; a person looks at each.
_SHOWN_AT_ONCE = 20
_MOST = 100
_SHOWN = (
    "code", "row_version", "procedure_title_vi", "procedure_title_en", "state_title_vi",
    "state_title_en", "parcel_uid", "parcel_label", "parties", "documents", "clock",
    "mismatches", "commune", "names", "about_certificate",
)  # fmt: skip


class Chosen(BaseModel):
    """A dossier that the person looked at, in the version that was shown."""

    code: str = Field(max_length=60)
    row_version: int = Field(ge=1)


class BatchBody(BaseModel):
    """The dossiers of a batch."""

    dossiers: list[Chosen] = Field(min_length=1, max_length=_MOST)


@router.get("/communes/{code}/signatures", summary="Chờ ký / Waiting for signature")
def waiting(
    code: CommuneHere,
    desk: DeskHere,
    after: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=_MOST)] = _SHOWN_AT_ONCE,
) -> dict[str, Any]:
    """Return what waits for a signature, the earliest lodged first, with what the signer looks at.

    ``after`` is the last dossier of the answer before; ``waiting`` counts all of them.
    """
    at_desk = standing(desk)
    with reading(desk.engine, desk.actor) as register:
        waiting = codes_to_approve(register, code)
        first = waiting.index(after) + 1 if after in waiting else 0
        codes = waiting[first : first + limit]
        names = {
            row["username"]: row["display_name"]
            for row in register.execute(query("colleagues"), {"commune": code}).mappings()
        }
    return {
        "commune": code,
        "waiting": len(waiting),
        "more": first + limit < len(waiting),
        "dossiers": [_reviewed(at_desk, one, names) for one in codes],
    }


@router.get("/communes/{code}/signatures/count", summary="Số hồ sơ chờ ký / How many wait")
def count_waiting(code: CommuneHere, register: Register) -> dict[str, int]:
    """Return how many dossiers wait for a signature."""
    return {"waiting": len(codes_to_approve(register, code))}


def _reviewed(desk: Desk, code: str, names: Mapping[str, str]) -> dict[str, Any]:
    found, calendar = read(desk, code), working_calendar(desk.regulation)
    view = dossier_view(found, desk.actor, calendar, desk.moment())
    context = found.context(desk.actor, desk.moment(), calendar)
    approving = approvals(found, view)
    issues = any(ISSUE in found.profile.actions[one["action"]].effects for one in approving)
    area = area_of(desk, found.parcel) if found.parcel and issues else None
    return {
        **{name: view[name] for name in _SHOWN},
        "actions": approving,
        "prepared_by": sorted(names.get(who, who) for who in context.preparers),
        "area_m2": float(area.area_m2) if area else None,
        "area_reason_vi": area.reason_vi if area else None,
        "area_reason_en": area.reason_en if area else None,
        "grounds": found.facts.get("eligibility", {}).get("grounds"),
        "findings": _findings(found),
        "drafts": drafts_shown(found),
    }


def _findings(found: DossierFile) -> list[dict[str, Any]]:
    """What an examination found, such as what is wrong and right on a certificate."""
    kept = found.facts.get("finding", {})
    return [
        {"title_vi": asked.title_vi, "title_en": asked.title_en, "value": kept[asked.name]}
        for action in found.profile.actions.values()
        if "record_finding" in action.effects
        for asked in action.inputs
        if kept.get(asked.name)
    ]


@router.post("/communes/{code}/signatures", summary="Ký nhiều hồ sơ / Sign a batch")
def sign_batch(code: CommuneHere, body: BatchBody, desk: DeskHere, key: RequestKey) -> Response:
    """Sign each dossier in a transaction of its own; what is refused says why.

    A dossier that changed since the review is refused, not signed.
    """
    at_desk = standing(desk)
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="sign_batch",
        request=[code, body.model_dump()],
        status=200,
        work=lambda: _signed(at_desk, code, body.dossiers),
    )


def _signed(desk: Desk, commune: str, chosen: list[Chosen]) -> dict[str, Any]:
    results = [_sign(desk, commune, one) for one in chosen]
    signed = sum(result["status"] == "signed" for result in results)
    return {"signed": signed, "refused": len(results) - signed, "results": results}


def _sign(desk: Desk, commune: str, one: Chosen) -> dict[str, Any]:
    try:
        action = read(desk, one.code).approval()
        verb: Any = issue_certificate if ISSUE in action.effects else advance_dossier
        done = verb(
            desk, commune=commune, code=one.code, action=action.name, row_version=one.row_version
        )
    except CadastreError as refused:
        return {
            "code": one.code,
            "status": "refused",
            "problem": refused.code,
            "message_vi": refused.message("vi"),
            "message_en": refused.message("en"),
        }
    return {
        "code": one.code,
        "status": "signed",
        "to_state": done.to_state,
        "number": getattr(done, "number", None),
        "serial": getattr(done, "serial", None),
    }

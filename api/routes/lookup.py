"""The search box of every page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import ActorHere
from api.routes.parameters import SEES_PERSONS, Register, allowed
from cadastre.store.lookup import find

router = APIRouter(tags=["lookup"])


@router.get("/lookup", summary="Tra cứu / Look up")
def look_up(
    register: Register,
    actor: ActorHere,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
) -> dict[str, Any]:
    """Return what a text may mean: a parcel by any number, a dossier, a certificate, a point."""
    where = [allowed(actor, commune)] if commune else list(actor.communes)
    return asdict(find(register, q, communes=where, persons=actor.role in SEES_PERSONS))

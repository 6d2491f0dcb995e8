"""Figures for managers: dossiers received, early, on time, overdue; where they wait; the land."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import ActorHere, HouseHere
from api.routes.parameters import Register, allowed
from cadastre.certificate.procedure import load_all
from cadastre.store.named import query

router = APIRouter(tags=["statistics"])


@router.get("/statistics", summary="Số liệu / Figures")
def statistics(
    register: Register,
    actor: ActorHere,
    house: HouseHere,
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """Return the figures of the asking person's communes, or of one of them."""
    where = [allowed(actor, commune)] if commune else list(actor.communes)
    profiles = load_all(house.regulation)

    def rows(name: str, **more: Any) -> list[dict[str, Any]]:
        found = register.execute(query(name), {"communes": where, **more}).mappings()
        return [dict(row) for row in found]

    land = rows("figures_land")
    waiting = rows("figures_waiting")
    for row in waiting:
        profile = profiles.get(row["procedure"])
        state = profile.states.get(row["state"]) if profile else None
        row["state_title_vi"] = state.title.vi if state else row["state"]
        row["state_title_en"] = state.title.en if state else row["state"]
    return {
        "communes": where,
        "dossiers": rows("figures_dossiers", since=since, until=until),
        "waiting": waiting,
        "parcels": {row["name"]: row["times"] for row in land if row["kind"] == "state"},
        "mismatches": [
            {"severity": row["kind"], "code": row["name"], "open": row["times"]}
            for row in land
            if row["kind"] != "state"
        ],
        "certificates": rows("figures_certificates"),
    }

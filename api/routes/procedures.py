"""Procedures: the catalogue of what the counter handles, for anybody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import HouseHere
from cadastre.certificate.procedure import load_all, load_profile
from cadastre.certificate.profile import Profile, Title
from cadastre.merge.lookup import plain

router = APIRouter(prefix="/procedures", tags=["procedures"])


@router.get("", summary="Các thủ tục / Procedures")
def procedures(
    house: HouseHere, q: Annotated[str | None, Query(max_length=200)] = None
) -> dict[str, Any]:
    """Return the procedures; ``q`` is part of a title or code, accents or not."""
    wanted = plain(q) if q else ""
    found = [
        shown(profile)
        for profile in load_all(house.regulation).values()
        if wanted in plain(f"{profile.title.vi} {profile.title.en} {profile.procedure_code}")
    ]
    return {"procedures": found}


@router.get("/{name}", summary="Một thủ tục / One procedure")
def procedure(name: str, house: HouseHere) -> dict[str, Any]:
    """Return one procedure with its steps, papers and states."""
    return shown(load_profile(name, house.regulation))


def shown(profile: Profile) -> dict[str, Any]:
    """Return a procedure as the catalogue shows it."""
    return {
        "name": profile.name,
        **_titled(profile.title),
        "procedure_code": profile.procedure_code,
        "source": profile.source,
        "online": profile.online,
        "needs_parcel": profile.needs_parcel,
        "profile_hash": profile.hash,
        "appointments": [
            {
                "name": item.name,
                **_titled(item.title),
                "days": item.days,
                "mountain_extra": item.mountain_extra,
            }
            for item in profile.appointments
        ],
        "steps": [
            {
                "name": step.name,
                **_titled(step.title),
                "days": step.days,
                "days_notice": step.days_notice,
                "mountain_extra": step.mountain_extra,
            }
            for step in profile.steps.values()
        ],
        "stops": [{"name": name, **_titled(title)} for name, title in profile.stops.items()],
        "documents": [
            {
                "kind": paper.kind,
                **_titled(paper.title),
                "required": paper.required,
                "group": paper.group,
            }
            for paper in profile.lodged_papers
        ],
        "papers": [
            {"kind": paper.kind, **_titled(paper.title), "form": paper.form}
            for paper in profile.made_papers.values()
        ],
        "states": [
            {"name": state.name, **_titled(state.title), "step": state.step, "final": state.final}
            for state in profile.states.values()
        ],
    }


def _titled(title: Title) -> dict[str, str]:
    return {"title_vi": title.vi, "title_en": title.en}

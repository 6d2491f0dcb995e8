"""Procedures: the catalogue of what the counter handles, for anybody."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Query, Response, UploadFile

from api.dependencies import DeskHere, EngineHere, HouseHere
from api.routes.parameters import PageHere, RequestKey, allowed, key_of, written
from api.routes.uploads import read_files
from cadastre.certificate.catalogue import folded
from cadastre.certificate.procedure import load_all
from cadastre.certificate.profile import Profile, Title
from cadastre.merge.lookup import plain
from cadastre.office.dossier_steps import ISSUE
from cadastre.office.load_catalogue import load_catalogue
from cadastre.office.procedures import profile_for
from cadastre.store.counter import count_catalogue, search_catalogue
from cadastre.store.transaction import reading

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


@router.get("/catalogue", summary="Danh mục thủ tục / Catalogue of procedures")
def catalogue(
    engine: EngineHere,
    page: PageHere,
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
    q: Annotated[str, Query(max_length=200)] = "",
    online: bool | None = None,
    field: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Return the procedures that the office posts, accents or not, and how many are online."""
    after = key_of(page, code=str)["code"]
    with reading(engine, None) as register:
        rows = search_catalogue(
            register,
            words=folded(q),
            commune=commune,
            online=online,
            field=field,
            after=after,
            limit=page.limit + 1,
        )
        fields = count_catalogue(register, commune)
    return {
        "catalogue": rows[: page.limit],
        "next": page.next(rows, lambda row: {"code": row["code"]}),
        "fields": fields,
        "procedures": sum(row["procedures"] for row in fields),
        "online": sum(row["online"] for row in fields),
    }


@router.post("/catalogue/{commune}", status_code=201, summary="Nạp danh mục / Load the catalogue")
def load(
    commune: Annotated[str, Path(pattern=r"^\d{5}$")],
    desk: DeskHere,
    house: HouseHere,
    key: RequestKey,
    file: Annotated[UploadFile, File(description="XLSX, CSV")],
) -> Response:
    """Load the catalogue of a commune from a table; it replaces the one that is posted."""
    allowed(desk.actor, commune)
    (upload,) = read_files(house, [file])
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="load_catalogue",
        request=[commune, upload.name, hashlib.sha256(upload.content).hexdigest()],
        status=201,
        work=lambda: asdict(
            load_catalogue(desk, commune=commune, content=upload.content, name=upload.name)
        ),
    )


@router.get("/{name}", summary="Một thủ tục / One procedure")
def procedure(
    name: str,
    house: HouseHere,
    engine: EngineHere,
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
) -> dict[str, Any]:
    """Return one procedure with its steps, papers and states.

    ``name`` is that of a profile, or a code of the catalogue of ``commune``.
    """
    with reading(engine, None) as register:
        return shown(profile_for(register, commune, name, house.regulation))


def shown(profile: Profile) -> dict[str, Any]:
    """Return a procedure as the catalogue shows it."""
    return {
        "name": profile.name,
        **_titled(profile.title),
        "procedure_code": profile.procedure_code,
        "source": profile.source,
        "online": profile.online,
        "needs_parcel": profile.needs_parcel,
        "needs_certificate": profile.needs_certificate,
        "issues_certificate": any(ISSUE in action.effects for action in profile.actions.values()),
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

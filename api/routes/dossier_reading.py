"""How routes read a dossier: whole, as the asking person and whoever they stand in for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cadastre.certificate.context import office_date
from cadastre.certificate.deadlines import working_calendar
from cadastre.office.desk import Desk
from cadastre.office.draft_paper import drafts_of
from cadastre.store.counter import with_delegations
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossier_view import dossier_view, related_dossiers
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import reading


def standing(desk: Desk) -> Desk:
    """Return the desk with the roles that are delegated to its person today."""
    actor = with_delegations(desk.engine, desk.actor, office_date(desk.moment()))
    return replace(desk, actor=actor)


def read(desk: Desk, code: str) -> DossierFile:
    """Return a dossier."""
    with reading(desk.engine, desk.actor) as register:
        return read_dossier(register, code)


def shown(desk: Desk, code: str) -> dict[str, Any]:
    """Return a dossier as its person sees it, with what they may do."""
    calendar = working_calendar(desk.regulation)
    with reading(desk.engine, desk.actor) as register:
        found = read_dossier(register, code)
        related = related_dossiers(register, code)
    view = dossier_view(found, standing(desk).actor, calendar, desk.moment())
    return {**view, "related": related, "drafts": drafts_shown(found)}


def drafts_shown(found: DossierFile) -> list[dict[str, str]]:
    """Return the papers that wait for a signature, each with the address of its draft."""
    made = found.profile.made_papers
    return [
        {
            "kind": kind,
            "title_vi": made[kind].title.vi,
            "title_en": made[kind].title.en,
            "href": f"/api/v1/dossiers/{found.code}/drafts/{kind}.pdf",
        }
        for kind in drafts_of(found)
    ]

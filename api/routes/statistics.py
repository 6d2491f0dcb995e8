"""Figures for managers: dossiers received, early, on time, overdue; where they wait; the land."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import ActorHere, DeskHere
from api.routes.parameters import Register, allowed
from cadastre.certificate.context import office_date
from cadastre.certificate.figures import Period
from cadastre.certificate.general_procedure import general_titles
from cadastre.certificate.procedure import load_all
from cadastre.errors import InputRefused
from cadastre.store.figures import office_figures
from cadastre.store.named import query

router = APIRouter(tags=["statistics"])


class PeriodRefused(InputRefused):
    """A period begins before it ends, and neither is before 1990."""

    message_vi = "Kỳ báo cáo phải bắt đầu trước khi kết thúc, từ năm 1990 trở đi."


@router.get("/statistics", summary="Số liệu / Figures")
def statistics(
    register: Register,
    actor: ActorHere,
    desk: DeskHere,
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """Return the figures of the asking person's communes, or of one of them.

    ``since`` and ``until`` are days at the office, both included; the figures are those as of
    ``until`` (today when it is left out or lies ahead).
    """
    where = [allowed(actor, commune)] if commune else list(actor.communes)
    today = office_date(desk.moment())
    period = _period(since, min(until, today) if until else today)
    land = _rows(register, "figures_land", where)
    return {
        "communes": where,
        "since": period.since,
        "until": period.until,
        **office_figures(register, where, period, desk.regulation),
        "waiting": _waiting(register, where, desk),
        "parcels": {row["name"]: row["times"] for row in land if row["kind"] == "state"},
        "mismatches": [
            {"severity": row["kind"], "code": row["name"], "open": row["times"]}
            for row in land
            if row["kind"] != "state"
        ],
        "certificates": _rows(register, "figures_certificates", where),
    }


def _period(since: date | None, until: date) -> Period:
    earliest = date(1990, 1, 1)
    if until < earliest or (since is not None and not earliest <= since <= until):
        raise PeriodRefused(f"({since} - {until})", field="since")
    return Period(since, until)


def _rows(register: Register, name: str, where: list[str], **more: Any) -> list[dict[str, Any]]:
    found = register.execute(query(name), {"communes": where, **more}).mappings()
    return [dict(row) for row in found]


def _waiting(register: Register, where: list[str], desk: DeskHere) -> list[dict[str, Any]]:
    profiles, general = load_all(desk.regulation), general_titles(desk.regulation)
    rows = _rows(register, "figures_waiting", where, now=desk.moment())
    for row in rows:
        profile = profiles.get(row["procedure"]) or general
        state = profile.states.get(row["state"])
        row["state_title_vi"] = state.title.vi if state else row["state"]
        row["state_title_en"] = state.title.en if state else row["state"]
    return rows

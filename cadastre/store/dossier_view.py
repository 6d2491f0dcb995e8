"""A dossier as a person sees it: titles, parties, papers, history, what may be done, the clock.

Plain values only, so that the programming interface and the command line show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from cadastre.certificate.context import office_date
from cadastre.certificate.deadlines import ClockReading, WorkingCalendar
from cadastre.certificate.procedure import LODGE, ActionView, available, load_stored
from cadastre.certificate.profile import Profile
from cadastre.store.actor import Actor
from cadastre.store.dossier_file import DossierFile, DossierParty
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label

#: Fields of a person that only those who work on rights may see.
_PRIVATE = ("id_number", "birth_date", "gender", "address", "phone")
_SEES_PERSONS = frozenset({"officer", "registrar", "chair", "admin", "system"})


def dossier_view(
    found: DossierFile, actor: Actor, calendar: WorkingCalendar, now: datetime
) -> dict[str, Any]:
    """Return everything of a dossier that ``actor`` may see, and may do now."""
    context = found.context(actor, now, calendar)
    state = str(found.row["state"])
    certificate = found.certificate
    return {
        **_head(found.row, found.profile),
        "parcel_label": found.parcel.facts.label if found.parcel else None,
        "parties": [_party(party, actor) for party in found.parties],
        "documents": [_document(found.code, document) for document in found.documents],
        "names": dict(found.row["names"] or {}),
        "timeline": [_line(found.profile, line) for line in found.log],
        "actions": [_action(view) for view in available(found.profile, state, context)],
        "clock": _clock(found.clock(calendar, office_date(now))),
        "certificate": {k: certificate[k] for k in ("number", "token", "serial", "status")}
        if certificate
        else None,
        "objections": [dict(objection) for objection in found.objections],
        "mismatches": [
            {
                "mismatch_id": m.mismatch_id,
                "code": m.code,
                "severity": m.severity,
                "message_vi": m.message_vi,
                "message_en": m.message_en,
            }
            for m in found.mismatches
        ],
        "other_dossiers": list(found.other_dossiers),
        "hand_overs": [dict(scanned) for scanned in found.hand_overs],
        "waiting_on": [w["system"] for w in context.waiting_on],
        "reappointed_on": found.facts.get("reappointment", {}).get("new_on"),
        # The holders of the certificate stand in its record, for those who see persons.
        "about_certificate": {k: found.named[k] for k in ("number", "serial", "status")}
        if found.named
        else None,
        "facts": dict(found.facts),
    }


def related_dossiers(connection: Connection, code: str) -> list[dict[str, Any]]:
    """Return other dossiers of the same people or parcel, open ones first.

    Each says by ``people`` and ``parcel`` what it has in common.
    """
    rows = connection.execute(query("dossiers_related"), {"code": code}).mappings()
    return [
        {
            **{name: row[name] for name in ("code", "lodged_at", "open", "people", "parcel")},
            "procedure_title_vi": (title := _profile(row["procedure"], row["profile"]).title).vi,
            "procedure_title_en": title.en,
        }
        for row in rows
    ]


def approvals(found: DossierFile, view: Mapping[str, Any]) -> list[Any]:
    """Return those of a view's actions that approve the dossier."""
    names = {action.name for action in found.profile.actions.values() if action.approves}
    return [action for action in view["actions"] if action["action"] in names]


def dossier_summary(
    row: Mapping[str, Any], calendar: WorkingCalendar, today: date
) -> dict[str, Any]:
    """What a list shows of a dossier; its clock is that of its last step."""
    profile = _profile(str(row["procedure"]), str(row["profile"]))
    state = profile.states[str(row["state"])]
    due = {name: date.fromisoformat(day) for name, day in row["due_on"].items()}
    last = max(due.values(), default=None)
    clock, facts = row["clock"], row["facts"]
    # A posting's end is known: the clock runs again after it, closed or not.
    running = state.clock in ("run", "posting")
    left = _days_left(calendar, today, last) if running and last else clock.get("days_left")
    return {
        **_head(row, profile),
        "parcel_label": parcel_label(row["sheet"], row["parcel"]),
        "parties": row["parties"] or [],
        "certificate": row["certificate"],
        "clock": {
            "running": state.clock == "run",
            "stopped_by": state.clock if state.clock in profile.stops else None,
            "days_left": left,
            "due": due,
            "outcome": clock.get("outcome"),
        },
        "reappointed_on": facts.get("reappointment", {}).get("new_on"),
        "waiting_on": [w["system"] for w in facts.get("waiting", ()) if not w.get("ended_at")],
    }


def _days_left(calendar: WorkingCalendar, today: date, last: date) -> int:
    if last >= today:
        return calendar.between(today, last)
    return -calendar.between(last, today)


@lru_cache(maxsize=64)
def _profile(procedure: str, text: str) -> Profile:
    return load_stored(procedure, text)


def _head(row: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    state = profile.states[str(row["state"])]
    names = (
        "code", "dossier_uid", "commune", "procedure", "state", "parcel_uid", "channel",
        "lodged_at", "lodged_by", "closed_at", "external_codes", "row_version",
    )  # fmt: skip
    step = profile.steps.get(state.step or "")
    return {
        **{name: row[name] for name in names},
        "procedure_title_vi": profile.title.vi,
        "procedure_title_en": profile.title.en,
        "state_title_vi": state.title.vi,
        "state_title_en": state.title.en,
        "step_place": list(profile.steps).index(step.name) if step else None,
        "step_title_vi": step.title.vi if step else None,
        "step_title_en": step.title.en if step else None,
        "final": state.final,
    }


def _party(party: DossierParty, actor: Actor) -> dict[str, Any]:
    shown = {
        "party_uid": party.party_uid,
        "kind": party.kind,
        "name": party.name,
        "share": str(party.share),
        "role": party.role,
    }
    if actor.role in _SEES_PERSONS:
        shown |= {name: getattr(party, name) for name in _PRIVATE}
    return shown


def _document(code: str, document: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "document_uid", "kind", "title", "direction", "version", "signed_by", "superseded",
        "reading", "created_at", "sha256", "bytes",
    )  # fmt: skip
    file = f"{document['kind']}.pdf?version={document['version']}"
    return {
        **{name: document[name] for name in names},
        "href": f"/api/v1/dossiers/{code}/documents/{file}" if document["sha256"] else None,
    }


def _line(profile: Profile, line: Any) -> dict[str, Any]:
    action = profile.actions.get(line.action)
    lodged = line.action == LODGE
    return {
        "ordinal": line.ordinal,
        "action": line.action,
        "action_title_vi": "Tiếp nhận hồ sơ" if lodged or action is None else action.title.vi,
        "action_title_en": "Lodged" if lodged or action is None else action.title.en,
        "from_state": line.from_state,
        "to_state": line.to_state,
        "to_state_title_vi": profile.states[line.to_state].title.vi,
        "to_state_title_en": profile.states[line.to_state].title.en,
        "actor": line.actor,
        "role": line.role,
        "at": line.at,
        "data": dict(line.data),
    }


def _action(view: ActionView) -> dict[str, Any]:
    return {
        "action": view.action,
        "title_vi": view.title_vi,
        "title_en": view.title_en,
        "allowed": view.allowed,
        "inputs": [
            {
                "name": asked.name,
                "type": asked.type,
                "title_vi": asked.title_vi,
                "title_en": asked.title_en,
                "required": asked.required,
                "choices": [
                    {"value": c.value, "title_vi": c.vi, "title_en": c.en} for c in asked.choices
                ],
            }
            for asked in view.inputs
        ],
        "stays": view.stays,
        "unmet": [
            {
                "gate": item.gate,
                "message_vi": item.message_vi,
                "message_en": item.message_en,
                "items": list(item.items),
            }
            for item in view.unmet
        ],
    }


def _clock(reading: ClockReading) -> dict[str, Any]:
    return {
        "running": reading.running,
        "stopped_by": reading.stopped_by,
        "started_on": reading.started_on,
        "finished_on": reading.finished_on,
        "days_used": reading.days_used,
        "days_limit": reading.days_limit,
        "days_left": reading.days_left,
        "due": dict(reading.due),
    }

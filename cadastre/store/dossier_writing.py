"""Dossiers as they are written: profile, code, log, state, papers.

The log is only added to; state, facts and due dates of the row follow from it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import (
    ClockReading,
    WorkingCalendar,
    clock_kept,
    phases_of,
    read_clock,
)
from cadastre.certificate.procedure import Advance
from cadastre.certificate.profile import Profile
from cadastre.merge.lookup import plain
from cadastre.store.dossier_file import DossierFile
from cadastre.store.evidence import Evidence, register_source
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


@dataclass(frozen=True)
class NewDossier:
    """A dossier about to be opened under a profile; ``certificate`` names the one it is about."""

    dossier_uid: str
    code: str
    profile: Profile
    channel: str
    parcel_uid: str | None
    mountain: bool
    wants_certificate: bool = True
    certificate: Mapping[str, str] | None = None

    def facts(self) -> dict[str, Any]:
        """Return the facts with which its gates begin."""
        about = {"certificate": dict(self.certificate)} if self.certificate else {}
        return {"wants_certificate": self.wants_certificate, **about}


def open_dossier(
    transaction: Transaction, new: NewDossier, line: DossierEvent, calendar: WorkingCalendar
) -> None:
    """Open a dossier with the first line of its log; its clock is read on that line's day."""
    profile = new.profile
    clock = read_clock(
        calendar,
        phases_of(profile, [line], calendar),
        today=office_date(line.at),
        limits=profile.limits(mountain=new.mountain, wants_certificate=new.wants_certificate),
    )
    transaction.connection.execute(
        query("dossier_insert"),
        {
            "dossier_uid": new.dossier_uid,
            "commune": transaction.commune,
            "code": new.code,
            "procedure": profile.name,
            "profile_hash": profile.hash,
            "state": profile.initial,
            "channel": new.channel,
            "parcel_uid": new.parcel_uid,
            "lodged_at": line.at,
            "lodged_by": line.actor,
            "facts": as_json(new.facts()),
            "due_on": as_json(clock.due),
            "clock": as_json(clock_kept(clock)),
            "event": transaction.event_id,
        },
    )
    transaction.connection.execute(
        query("dossier_event_insert"), _line(transaction, new.dossier_uid, line)
    )


def keep_profile(transaction: Transaction, profile: Profile) -> None:
    """Keep the text of a profile under its hash, once."""
    transaction.connection.execute(
        query("profile_keep"),
        {"profile_hash": profile.hash, "procedure": profile.name, "profile": profile.text},
    )


def next_ordinal(transaction: Transaction, unit: str, day: date) -> int:
    """Return the next number of the day; a lodging that fails gives it back."""
    taken = transaction.connection.execute(query("dossier_next"), {"unit": unit, "day": day})
    return int(taken.scalar_one())


def write_line(
    transaction: Transaction,
    found: DossierFile,
    step: Advance,
    line: DossierEvent,
    reading: ClockReading,
) -> int:
    """Add the line of a step to the log and write the state after it; return the row version."""
    moved = transaction.connection.execute(
        query("dossier_step"),
        {
            **_line(transaction, found.uid, line),
            "facts": as_json({**found.facts, **step.facts}),
            "due_on": as_json(reading.due),
            "clock": as_json(clock_kept(reading)),
            "closed_at": line.at if step.final else None,
        },
    )
    return int(moved.scalar_one())


def _line(transaction: Transaction, dossier_uid: str, line: DossierEvent) -> dict[str, Any]:
    return {
        "commune": transaction.commune,
        "dossier_uid": dossier_uid,
        "ordinal": line.ordinal,
        "action": line.action,
        "from_state": line.from_state,
        "to_state": line.to_state,
        "actor": line.actor,
        "role": line.role,
        "at": line.at,
        "data": as_json(line.data),
        "event": transaction.event_id,
    }


def add_document(
    transaction: Transaction,
    dossier_uid: str,
    *,
    kind: str,
    title: str,
    direction: str,
    at: datetime,
    content: bytes | None = None,
    evidence: Evidence | None = None,
    name: str = "",
    media_type: str = "application/pdf",
    signed_by: str | None = None,
    words: str = "",
    read: str = "none",
) -> str:
    """Enter a paper into a dossier, with or without its file; return its identifier.

    ``words`` are those of its text layer, without accents; its title is searched as well.
    ``read`` says how its words came to be known: none, text, waiting, recognised, unread.
    """
    source_id = None
    if content is not None and evidence is not None:
        source_id = register_source(
            transaction,
            evidence,
            content,
            kind="document" if direction == "made" else "scan",
            name=name or f"{kind}.pdf",
            media_type=media_type,
        )
    document_uid = str(uuid.uuid4())
    transaction.connection.execute(
        query("document_enter"),
        {
            "document_uid": document_uid,
            "dossier_uid": dossier_uid,
            "commune": transaction.commune,
            "kind": kind,
            "title": title,
            "direction": direction,
            "source_id": source_id,
            "signed_by": signed_by,
            "created_at": at,
            "event": transaction.event_id,
            "words": f"{plain(title)} {words}".strip(),
            "reading": read,
        },
    )
    return document_uid


def as_json(value: Any) -> str:
    """JSON text for a jsonb column; dates as ISO."""
    return json.dumps(value, ensure_ascii=False, default=_iso)


def _iso(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)

"""Dossiers as they are read: one locked or not, whole, and many as a list.

A verb judges on one snapshot under one lock; :mod:`cadastre.store.dossier_writing` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from cadastre.certificate.context import DossierEvent, OpenMismatch
from cadastre.certificate.procedure import load_stored
from cadastre.certificate.profile import ProcedureAction
from cadastre.errors import Conflict, NotFound
from cadastre.store.dossier_file import DossierFile, DossierParty
from cadastre.store.dossier_parcel import parcel_of
from cadastre.store.land_register import Commune
from cadastre.store.named import query
from cadastre.store.reading_together import read_together

#: What JSON brings as text, by the list it stands in.
_MOMENTS = {
    "log": ("at",), "documents": ("created_at",), "objections": ("made_at", "answered_at"),
    "hand_overs": ("at",),
}  # fmt: skip
_DATES = {"parties": ("birth_date",), "certificates": ("issued_on",), "hand_overs": ("due_on",)}


class DossierUnknown(NotFound):
    """There is no dossier with this code."""

    message_vi = "Không có hồ sơ mang mã này."


class DossierChanged(Conflict):
    """Somebody moved this dossier in the meantime; look at it again."""

    message_vi = "Hồ sơ vừa được người khác xử lý, hãy xem lại."


def lock_dossier(
    connection: Connection, code: str, row_version: int | None, *, commune: str
) -> DossierFile:
    """Lock a dossier of a commune and read it; refuse when it is not the version one saw."""
    # One who works for two communes acts in one of them at a time.
    locked = connection.execute(query("dossier_lock"), {"code": code, "commune": commune}).first()
    if locked is None:
        raise DossierUnknown(f"({code}, {commune})", dossier=code)
    found = _assemble(connection, *locked)
    if row_version is not None and found.row["row_version"] != row_version:
        raise DossierChanged(f"({code})", row_version=found.row["row_version"])
    return found


def read_dossier(connection: Connection, code: str) -> DossierFile:
    """Return a dossier with everything that belongs to it."""
    place = connection.execute(query("dossier_place"), {"code": code}).first()
    if place is None:
        raise DossierUnknown(f"({code})", dossier=code)
    return _assemble(connection, *place)


def _assemble(
    connection: Connection, dossier_uid: str, commune: str, parcel_uid: str | None
) -> DossierFile:
    land = {"commune": commune, "parcel_uid": parcel_uid}
    wanted: dict[str, Mapping[str, Any]] = {"dossier_whole": {"dossier_uid": dossier_uid}}
    if parcel_uid is not None:
        # Their tables are parted by commune: it must stand in the query itself.
        wanted |= {"dossier_parcel": land, "dossier_mismatches": land}
    rows = {"dossier_parcel": (), "dossier_mismatches": (), **read_together(connection, wanted)}
    row = rows["dossier_whole"][0]
    lists = {name: _typed(row, name) for name in {**_MOMENTS, **_DATES}}
    return DossierFile(
        row=row,
        commune=Commune(**row["place"]),
        profile=load_stored(row["procedure"], row["profile"]),
        log=tuple(DossierEvent(**line) for line in lists["log"]),
        parties=tuple(_party(found) for found in lists["parties"]),
        documents=lists["documents"],
        objections=lists["objections"],
        mismatches=tuple(OpenMismatch(**found) for found in rows["dossier_mismatches"]),
        other_dossiers=tuple(row["other_dossiers"]),
        parcel=parcel_of(rows["dossier_parcel"]),
        certificate=next(iter(lists["certificates"]), None),
        facts=dict(row["facts"]),
        named=row["named"],
        in_force=tuple(row["in_force"]),
        hand_overs=lists["hand_overs"],
    )


def _typed(row: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    """A list of a dossier with its moments and dates."""
    readers = {
        **dict.fromkeys(_MOMENTS.get(name, ()), datetime.fromisoformat),
        **dict.fromkeys(_DATES.get(name, ()), date.fromisoformat),
    }
    return tuple(
        {**one, **{key: one[key] and read(one[key]) for key, read in readers.items()}}
        for one in row[name] or ()
    )


def _rows(
    connection: Connection, name: str, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    return tuple(dict(row) for row in connection.execute(query(name), parameters).mappings())


def _party(row: dict[str, Any]) -> DossierParty:
    share = Fraction(row.pop("share_numerator"), row.pop("share_denominator"))
    return DossierParty(**row, share=share)


def codes_to_approve(connection: Connection, commune: str) -> list[str]:
    """Return all dossiers that wait for an approval, the earliest lodged in front."""
    waiting = _places(connection, commune, lambda action, _state: action.approves)
    wanted = {"commune": commune, **waiting}
    return [str(code) for code in connection.execute(query("dossiers_in_states"), wanted).scalars()]


def _places(
    connection: Connection, commune: str | None, fits: Callable[[ProcedureAction, str], bool]
) -> dict[str, list[str]]:
    """Profiles and states in which dossiers wait for an action that fits."""
    profiles = connection.execute(query("profiles_open"), {"commune": commune}).mappings()
    found = {
        (str(row["profile_hash"]), state)
        for row in profiles
        for action in load_stored(row["procedure"], row["profile"]).actions.values()
        for state in action.sources
        if fits(action, state)
    }
    return {"hashes": [key for key, _ in found], "states": [state for _, state in found]}


def list_dossiers(
    connection: Connection,
    *,
    commune: str | None = None,
    state: str | None = None,
    procedure: str | None = None,
    parcel_uid: str | None = None,
    actor: str | None = None,
    words: str | None = None,
    plain: str | None = None,
    papers: str | None = None,
    roles: Collection[str] | None = None,
    open_only: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> tuple[dict[str, Any], ...]:
    """What a list shows of dossiers, newest first.

    Parameters
    ----------
    actor : only dossiers that this person lodged or took a step in
    words, plain : part of a code or name, as typed and without accents
    papers : words that stand in a paper of the dossier, without accents
    roles : only dossiers that one of these roles can take on from where they stand
    before : moment and code of the last one seen
    """
    before_at, before_code = before or (None, None)
    turn: dict[str, list[str] | None] = {"hashes": None, "states": None}
    if roles is not None:
        wanted = frozenset(roles)
        turn |= _places(
            connection, commune, lambda a, state: bool(wanted & a.roles) and a.leads_on(state)
        )
    return _rows(
        connection,
        "dossier_list",
        {
            "commune": commune,
            "state": state,
            "procedure": procedure,
            "parcel_uid": parcel_uid,
            "actor": actor,
            "words": f"%{words}%" if words else None,
            "plain": f"%{plain}%" if plain else "",
            "papers": papers,
            **turn,
            "open_only": open_only,
            "before_at": before_at,
            "before_code": before_code,
            "limit": limit,
        },
    )

"""Dossiers as they are read: locked or not, whole, with everything their gates look at.

A verb judges on one snapshot under one lock; :mod:`cadastre.store.dossier_writing` writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.certificate.context import (
    Boundary,
    DossierContext,
    DossierEvent,
    NamedCertificate,
    Objection,
    OpenMismatch,
    ParcelFacts,
    office_date,
)
from cadastre.certificate.deadlines import ClockReading, WorkingCalendar, phases_of, read_clock
from cadastre.certificate.procedure import load_stored, preparers
from cadastre.certificate.profile import ProcedureAction, Profile
from cadastre.errors import Conflict, NotFound
from cadastre.store.actor import Actor
from cadastre.store.land_register import CommuneFacts, commune_of
from cadastre.store.named import query
from cadastre.store.reading_together import read_together

#: Queries by the dossier's identifier, and those by its parcel, that make it whole.
_OF_DOSSIER = (
    "dossier_row", "dossier_log", "dossier_parties", "dossier_documents", "dossier_objections",
    "certificate_of_dossier", "hand_overs",
)  # fmt: skip
_OF_PARCEL = (
    "dossier_parcel", "dossier_mismatches", "dossiers_of_parcel", "certificates_in_force",
)  # fmt: skip


class DossierUnknown(NotFound):
    """There is no dossier with this code."""

    message_vi = "Không có hồ sơ mang mã này."


class DossierChanged(Conflict):
    """Somebody moved this dossier in the meantime; look at it again."""

    message_vi = "Hồ sơ vừa được người khác xử lý, hãy xem lại."


class NothingToApprove(Conflict):
    """This dossier does not wait for a signature."""

    message_vi = "Hồ sơ này không ở bước chờ ký."


@dataclass(frozen=True)
class DossierParty:
    """A person of a dossier with an exact share."""

    party_uid: str
    kind: str
    name: str
    id_number: str | None
    birth_date: date | None
    gender: str | None
    address: str | None
    phone: str | None
    share: Fraction
    role: str


@dataclass(frozen=True)
class DossierParcel:
    """The parcel of a dossier as it stands; geometries in the commune's zone."""

    facts: ParcelFacts
    version: int
    sheet: int
    parcel: str
    former: str
    land_use: str | None
    area_m2: float
    register_area_m2: float | None
    geometry: Any
    verdict: str | None
    boundary_geometry: str | None
    measured_m2: float | None
    measured: Any


@dataclass(frozen=True)
class DossierFile:
    """A dossier with its profile, log, people, papers and parcel, as of one moment."""

    row: Mapping[str, Any]
    commune: CommuneFacts
    profile: Profile
    log: tuple[DossierEvent, ...]
    parties: tuple[DossierParty, ...]
    documents: tuple[Mapping[str, Any], ...]
    objections: tuple[Mapping[str, Any], ...]
    mismatches: tuple[OpenMismatch, ...] = ()
    other_dossiers: tuple[str, ...] = ()
    parcel: DossierParcel | None = None
    certificate: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    named: Mapping[str, Any] | None = None
    in_force: tuple[str, ...] = ()
    hand_overs: tuple[Mapping[str, Any], ...] = ()

    @property
    def uid(self) -> str:
        """Identifier of the dossier."""
        return str(self.row["dossier_uid"])

    @property
    def code(self) -> str:
        """Code printed on the receipt."""
        return str(self.row["code"])

    @property
    def wants_certificate(self) -> bool:
        """Whether the applicant asked for a certificate."""
        return bool(self.facts.get("wants_certificate"))

    def context(self, actor: Actor, now: datetime, calendar: WorkingCalendar) -> DossierContext:
        """What the gates look at when ``actor`` stands before the dossier."""
        named = self.named
        return DossierContext(
            actor=actor.username,
            role=actor.role,
            now=now,
            state=str(self.row["state"]),
            facts=self.facts,
            parcel=self.parcel.facts if self.parcel else None,
            mismatches=self.mismatches,
            shares=tuple(party.share for party in self.parties),
            other_dossiers=self.other_dossiers,
            papers_asked=self.profile.lodged_papers,
            papers_lodged=frozenset(
                d["kind"] for d in self.documents if d["direction"] == "lodged"
            ),
            objections=tuple(
                Objection(o["objection_id"], o["made_by"], o["text"], o["answer"])
                for o in self.objections
            ),
            preparers=preparers(self.profile, self.log),
            delegated=dict(actor.delegated),
            due=self.clock(calendar, office_date(now)).due,
            certificate=None
            if named is None
            else NamedCertificate(
                named["number"], named["serial"], named["status"], named["parcel_uid"]
            ),
            in_force=self.in_force,
        )

    def approval(self) -> ProcedureAction:
        """Return the action that approves the dossier where it stands.

        Raises
        ------
        NothingToApprove
        """
        state = str(self.row["state"])
        actions = self.profile.actions.values()
        found = next((a for a in actions if a.approves and state in a.sources), None)
        if found is None:
            raise NothingToApprove(f"({self.code})", dossier=self.code)
        return found

    def limits(self) -> dict[str, int]:
        """Working days to each appointment of this dossier."""
        return self.profile.limits(
            mountain=self.commune.mountain, wants_certificate=self.wants_certificate
        )

    def clock(
        self, calendar: WorkingCalendar, today: date, *, more: Sequence[DossierEvent] = ()
    ) -> ClockReading:
        """Reading of the legal clock; ``more`` are lines about to be added."""
        phases = phases_of(self.profile, [*self.log, *more], calendar)
        return read_clock(calendar, phases, today=today, limits=self.limits())


# Reading --------------------------------------------------------------------------------------


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
    connection: Connection,
    dossier_uid: str,
    code: str,
    commune: str,
    parcel_uid: str | None,
    about: str | None,
) -> DossierFile:
    one, land = {"dossier_uid": dossier_uid}, {"commune": commune, "parcel_uid": parcel_uid}
    wanted: dict[str, Mapping[str, Any]] = dict.fromkeys(_OF_DOSSIER, one)
    wanted |= {"commune_facts": {"commune": commune}, "former_communes": {"commune": commune}}
    if parcel_uid is not None:
        wanted |= {name: {**land, "code": code} for name in _OF_PARCEL}
    if about is not None:
        wanted["certificate_named"] = {"commune": commune, "certificate_uid": about}
    rows = {
        **dict.fromkeys((*_OF_PARCEL, "certificate_named"), ()),
        **read_together(connection, wanted),
    }
    row = rows["dossier_row"][0]
    return DossierFile(
        row=row,
        commune=commune_of(rows["commune_facts"][0], rows["former_communes"]),
        profile=load_stored(row["procedure"], row["profile"]),
        log=tuple(DossierEvent(**line) for line in rows["dossier_log"]),
        parties=tuple(_party(found) for found in rows["dossier_parties"]),
        documents=rows["dossier_documents"],
        objections=rows["dossier_objections"],
        mismatches=tuple(OpenMismatch(**found) for found in rows["dossier_mismatches"]),
        other_dossiers=tuple(found["code"] for found in rows["dossiers_of_parcel"]),
        parcel=_parcel(rows["dossier_parcel"]),
        certificate=next(iter(rows["certificate_of_dossier"]), None),
        facts=dict(row["facts"]),
        named=next(iter(rows["certificate_named"]), None),
        in_force=tuple(found["serial"] for found in rows["certificates_in_force"]),
        hand_overs=rows["hand_overs"],
    )


def _rows(
    connection: Connection, name: str, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    return tuple(dict(row) for row in connection.execute(query(name), parameters).mappings())


def _party(row: dict[str, Any]) -> DossierParty:
    share = Fraction(row.pop("share_numerator"), row.pop("share_denominator"))
    return DossierParty(**row, share=share)


def read_parcel(
    connection: Connection, commune: str, parcel_uid: str | None
) -> DossierParcel | None:
    """Return a parcel as it stands on the map, or None."""
    if parcel_uid is None:
        return None
    return _parcel(
        _rows(connection, "dossier_parcel", {"commune": commune, "parcel_uid": parcel_uid})
    )


def _parcel(found: Sequence[Mapping[str, Any]]) -> DossierParcel | None:
    if not found:
        return None
    row = found[0]
    label = f"Tờ {row['sheet']} thửa {row['parcel']}"
    return DossierParcel(
        facts=ParcelFacts(
            row["parcel_uid"], label, row["identifier"], _boundary(row), _outline_mark(row)
        ),
        version=row["version"],
        sheet=row["sheet"],
        parcel=row["parcel"],
        former=_former(row),
        land_use=row["land_use"],
        area_m2=row["area_m2"],
        register_area_m2=row["register_area_m2"],
        geometry=shapely.from_wkb(bytes(row["geometry"])),
        verdict=row["verdict"],
        boundary_geometry=row["boundary_geometry"],
        measured_m2=row["measured_m2"],
        measured=shapely.from_wkb(bytes(row["measured"])) if row["measured"] else None,
    )


def _outline_mark(row: Mapping[str, Any]) -> str:
    """Mark of the outlines of a parcel: map and current measurement."""
    drawn = bytes(row["geometry"]) + bytes(row["measured"] or b"")
    return hashlib.sha256(drawn).hexdigest()[:16]


def _former(row: Mapping[str, Any]) -> str:
    name = " ".join(part for part in (row["former_kind"], row["former_name"]) if part)
    return f"thửa {row['former_parcel']} tờ {row['former_sheet']} (1:{row['scale']}) {name}".strip()


def _boundary(row: Mapping[str, Any]) -> Boundary | None:
    if row["confirmed"] is None:
        return None
    answers = tuple(
        (str(n.get("name") or n.get("label") or n.get("parcel_uid") or ""), str(n["answer"]))
        for n in row["neighbours"]
    )
    return Boundary(row["confirmed"], row["signed_on"], answers)


def codes_to_approve(connection: Connection, commune: str, *, limit: int) -> list[str]:
    """Return the dossiers that wait for an approval, the earliest lodged in front."""
    profiles = connection.execute(query("profiles_open"), {"commune": commune}).mappings()
    waiting = [
        (row["profile_hash"], state)
        for row in profiles
        for action in load_stored(row["procedure"], row["profile"]).actions.values()
        if action.approves
        for state in action.sources
    ]
    wanted = {
        "commune": commune,
        "hashes": [key for key, _ in waiting],
        "states": [state for _, state in waiting],
        "limit": limit,
    }
    return [str(code) for code in connection.execute(query("dossiers_in_states"), wanted).scalars()]


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
    open_only: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> tuple[dict[str, Any], ...]:
    """What a list shows of dossiers, newest first.

    Parameters
    ----------
    actor : only dossiers that this person lodged or took a step in
    words, plain : part of a code or name, as typed and without accents
    before : moment and code of the last one seen
    """
    before_at, before_code = before or (None, None)
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
            "open_only": open_only,
            "before_at": before_at,
            "before_code": before_code,
            "limit": limit,
        },
    )

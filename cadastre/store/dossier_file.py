"""A dossier whole: its row, profile, log, people, papers and land, and what follows from them.

What the gates look at, the action that approves it, its time limits and its clock are read
from this one snapshot; :mod:`cadastre.store.dossiers` takes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from cadastre.certificate.context import (
    DossierContext,
    DossierEvent,
    NamedCertificate,
    Objection,
    OpenMismatch,
    office_date,
)
from cadastre.certificate.deadlines import ClockReading, WorkingCalendar, phases_of, read_clock
from cadastre.certificate.procedure import preparers
from cadastre.certificate.profile import ProcedureAction, Profile
from cadastre.errors import Conflict
from cadastre.store.actor import Actor
from cadastre.store.dossier_parcel import DossierParcel
from cadastre.store.land_register import Commune


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
class DossierFile:
    """A dossier with its profile, log, people, papers and parcel, as of one moment."""

    row: Mapping[str, Any]
    commune: Commune
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
        found = self.awaited_approval()
        if found is None:
            raise NothingToApprove(f"({self.code})", dossier=self.code)
        return found

    def awaited_approval(self) -> ProcedureAction | None:
        """Return the action that approves the dossier where it stands, if it waits for one."""
        state = str(self.row["state"])
        actions = self.profile.actions.values()
        return next((a for a in actions if a.approves and state in a.sources), None)

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

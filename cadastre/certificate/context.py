"""What is known of a dossier at one moment: the only thing that gates and effects read.

The store assembles it from the locked dossier and its surroundings; tests build it by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from cadastre.certificate.profile import LodgedPaper
from cadastre.drawing.wording import LEGAL_TIME


@dataclass(frozen=True, slots=True)
class DossierEvent:
    """One line of a dossier's log."""

    ordinal: int
    action: str
    from_state: str | None
    to_state: str
    actor: str
    role: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenMismatch:
    """A mismatch on the parcel, or on a boundary that it shares, without a clearing decision."""

    mismatch_id: str
    code: str
    severity: str
    message_vi: str
    message_en: str
    parcel_label: str = ""


@dataclass(frozen=True, slots=True)
class Boundary:
    """The signed boundary description in force; answers: signed, absent, refused, not_needed."""

    confirmed: str
    signed_on: date | None
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """The parcel of a dossier as it stands now; ``outline`` is the mark of its outlines.

    The mark changes with every new version of the parcel and with every new measurement.
    """

    parcel_uid: str
    label: str
    identifier: str | None
    boundary: Boundary | None = None
    outline: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection against the posted contents; ``answer`` is None while it is open."""

    objection_id: int
    made_by: str
    text: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class NamedCertificate:
    """A certificate that a dossier is about: to be corrected, issued again or withdrawn."""

    number: str
    serial: str
    status: str
    parcel_uid: str


@dataclass(frozen=True, slots=True)
class DossierContext:
    """Who stands before the dossier, when, and what its gates may look at.

    ``facts`` are the dossier's own (confirmations, posting, obligation); ``shares`` are the
    parties' exact fractions; ``preparers`` are the persons who took a preparing action;
    ``delegated`` names who handed the actor a role, by role; ``due`` are the promised dates;
    ``in_force`` are the serials of certificates in force on the parcel.
    """

    actor: str
    role: str
    now: datetime
    state: str
    facts: Mapping[str, Any]
    parcel: ParcelFacts | None = None
    mismatches: tuple[OpenMismatch, ...] = ()
    shares: tuple[Fraction, ...] = ()
    other_dossiers: tuple[str, ...] = ()
    papers_asked: tuple[LodgedPaper, ...] = ()
    papers_lodged: frozenset[str] = frozenset()
    objections: tuple[Objection, ...] = ()
    preparers: frozenset[str] = field(default_factory=frozenset)
    delegated: Mapping[str, str] = field(default_factory=dict)
    due: Mapping[str, date] = field(default_factory=dict)
    certificate: NamedCertificate | None = None
    in_force: tuple[str, ...] = ()

    @property
    def today(self) -> date:
        """Date of ``now`` in the office's zone."""
        return office_date(self.now)

    @property
    def waiting_on(self) -> tuple[Mapping[str, Any], ...]:
        """Systems that the dossier is waiting on now."""
        return tuple(w for w in self.facts.get("waiting", ()) if not w.get("ended_at"))

    def role_for(self, roles: frozenset[str]) -> str | None:
        """Return the actor's own or delegated role among ``roles``; None when there is none."""
        if self.role in roles:
            return self.role
        return next((role for role in sorted(self.delegated) if role in roles), None)


def office_date(moment: datetime) -> date:
    """Date of an aware moment at the office.

    >>> from datetime import UTC
    >>> office_date(datetime(2026, 2, 5, 18, 0, tzinfo=UTC)).isoformat()
    '2026-02-06'
    """
    return moment.astimezone(LEGAL_TIME).date()

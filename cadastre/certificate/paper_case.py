"""One dossier as its papers need it, at the moment of an action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from cadastre.certificate import papers
from cadastre.certificate.context import DossierEvent
from cadastre.certificate.deadlines import WorkingCalendar
from cadastre.certificate.hand_overs import Journey
from cadastre.certificate.profile import Profile
from cadastre.drawing.wording import LEGAL_TIME
from cadastre.errors import Conflict

_USE = {"house": "Có nhà ở, công trình", "no_house": "Không có nhà ở, công trình"}
#: End of the office's working day, printed with an appointment.
CLOSING_TIME = time(17, 0)


class PaperImpossible(Conflict):
    """This paper cannot be made from the dossier as it stands."""

    message_vi = "Hồ sơ hiện tại chưa đủ dữ liệu để lập giấy tờ này."


@dataclass(frozen=True)
class CertificateNumbers:
    """What the office gives a certificate: number in the book, serial, address of its QR."""

    number: str
    serial: str
    verify_url: str


@dataclass(frozen=True)
class PaperCase:
    """A dossier as its papers need it; geometries in the commune's zone (east, north)."""

    profile: Profile
    calendar: WorkingCalendar
    commune: str
    commune_kind: str
    province: str
    zone: str
    mountain: bool
    code: str
    channel: str
    made_at: datetime
    made_by: str
    holders: tuple[papers.Person, ...]
    log: tuple[DossierEvent, ...]
    facts: Mapping[str, Any]
    lodged: tuple[papers.LodgedPaper, ...] = ()
    objections: tuple[papers.Objection, ...] = ()
    parcel: papers.ParcelOnPaper | None = None
    geometry: Any = None
    measured: Any = None
    neighbours: tuple[papers.Neighbour, ...] = ()
    area_reason: str = ""
    lookup_url: str = ""
    acting_title: str = ""
    scanned: tuple[Mapping[str, Any], ...] = ()
    certificate: CertificateNumbers | None = None
    changes: tuple[papers.ChangeEntry, ...] = ()
    certified_holders: tuple[papers.Person, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    due: Mapping[str, date] = field(default_factory=dict)
    draft: bool = False

    @property
    def journey(self) -> Journey:
        """The dossier on its way through the steps."""
        return Journey(
            self.profile,
            self.log,
            self.calendar,
            bool(self.facts.get("wants_certificate")),
            self.mountain,
        )

    @property
    def authority(self) -> papers.Authority:
        """Head of the papers of the commune."""
        return papers.Authority.of_commune(self.commune_kind, self.commune, self.province)

    def head(self, kind: str) -> papers.Head:
        """Head of a paper, with title and number of its form as the profile has them."""
        made = self.profile.made_papers[kind]
        form = papers.Form(made.title.vi, made.form)
        return papers.Head(form, self.authority, self.made_at, draft=self.draft)

    @property
    def dossier(self) -> papers.DossierOnPaper:
        """The dossier as its papers name it."""
        return papers.DossierOnPaper(
            self.code, self.profile.title.vi, self.holders, received_at=self.log[0].at
        )

    def lodged_titles(self, group: str | None = None) -> tuple[str, ...]:
        """Titles of the papers handed in, or of those of one group of the list."""
        return tuple(p.title for p in self.lodged if group is None or p.group == group)

    def name_of(self, username: str) -> str:
        """Name of a person of the office, as signed."""
        return self.names.get(username, username)

    @property
    def present_use(self) -> str | None:
        """What was confirmed to stand on the land, in words."""
        return present_use_vi(self.facts.get("confirmations", {}).get("present_use"))

    def appointments(self) -> tuple[papers.Appointment, ...]:
        """Promised results with their dates."""
        return tuple(
            papers.Appointment(
                item.title.vi,
                datetime.combine(self.due[item.name], CLOSING_TIME, LEGAL_TIME),
            )
            for item in self.profile.appointments
            if item.name in self.due
        )

    def land(self) -> papers.ParcelOnPaper:
        """Return the parcel, which this paper cannot do without."""
        if self.parcel is None:
            raise PaperImpossible(f"({self.code})", dossier=self.code)
        return self.parcel


def present_use_vi(value: str | None) -> str | None:
    """Return the words of a confirmed present use.

    >>> present_use_vi("house"), present_use_vi(None)
    ('Có nhà ở, công trình', None)
    """
    return _USE.get(value or "")


def officer(case: PaperCase, title: str = "Người lập") -> papers.Signatory:
    """Return the person who made the paper."""
    return papers.Signatory(title, case.made_by)


def chair(case: PaperCase, *, signed: bool = False) -> papers.Signatory:
    """Return the chairman, or who signs for the chairman under a delegation; nobody on a draft."""
    signed = signed and not case.draft
    on_behalf = "TM. ỦY BAN NHÂN DÂN"
    return papers.Signatory(
        title=case.acting_title or "CHỦ TỊCH",
        name=case.made_by if signed else "",
        on_behalf=f"{on_behalf}\nKT. CHỦ TỊCH" if case.acting_title else on_behalf,
        organisation=case.authority.name,
        signed_at=case.made_at if signed else None,
    )

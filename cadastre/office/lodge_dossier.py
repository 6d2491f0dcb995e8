"""Lodge a dossier at the counter: code, parties, papers, receipt with the appointments.

The code counts the dossiers of a unit and a day without a gap: the counter's row is locked
until the lodging commits, and a lodging that fails gives its number back (TT
01/2018/TT-VPCP Art 19). A person who is known already is taken from the register.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import working_calendar
from cadastre.certificate.external_codes import checked_code
from cadastre.certificate.numbers import dossier_code
from cadastre.certificate.procedure import LODGE
from cadastre.certificate.profile import Profile
from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import paper_case
from cadastre.office.dossier_steps import issue_paper, refresh_parcel
from cadastre.office.procedures import profile_for
from cadastre.store.certificates import read_certificate
from cadastre.store.counter import enter_external_code
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossier_parcel import ParcelNotOnMap, read_parcel
from cadastre.store.dossier_writing import (
    NewDossier,
    add_document,
    keep_profile,
    next_ordinal,
    open_dossier,
)
from cadastre.store.dossiers import read_dossier
from cadastre.store.land_register import name_commune
from cadastre.store.parties import NewParty, PartyRefused, enter_party, open_dossiers_of
from cadastre.store.transaction import Transaction

#: What a caller of the verb needs besides it.
__all__ = [
    "CHANNELS",
    "CertificateNeeded",
    "ChannelRefused",
    "LodgeResult",
    "LodgedDocument",
    "NewParty",
    "ParcelNeeded",
    "PartyRefused",
    "lodge_dossier",
]

CHANNELS = ("counter", "post", "online")


class ParcelNeeded(InputRefused):
    """This procedure is about a parcel; name it."""

    message_vi = "Thủ tục này phải gắn với một thửa đất."


class CertificateNeeded(InputRefused):
    """This procedure is about a certificate; give its number or serial."""

    message_vi = "Thủ tục này phải nêu Giấy chứng nhận đã cấp (số vào sổ hoặc số phát hành)."


class ChannelRefused(InputRefused):
    """A dossier comes over the counter, by post or online."""

    message_vi = "Hồ sơ nộp trực tiếp, qua bưu chính hoặc trực tuyến."


@dataclass(frozen=True)
class LodgedDocument:
    """A paper that the applicant hands in; its scan may follow."""

    kind: str
    title: str = ""


@dataclass(frozen=True)
class LodgeResult:
    """A lodged dossier; warnings name other open dossiers of the same people or parcel."""

    code: str
    dossier_uid: str
    state: str
    row_version: int
    due: Mapping[str, date]
    same_parcel: tuple[str, ...] = ()
    same_people: tuple[str, ...] = ()


def lodge_dossier(
    desk: Desk,
    *,
    commune: str,
    procedure: str,
    parties: Sequence[NewParty],
    documents: Sequence[LodgedDocument] = (),
    parcel_uid: str | None = None,
    channel: str = "counter",
    wants_certificate: bool = True,
    external_codes: Mapping[str, str] | None = None,
    certificate: str | None = None,
) -> LodgeResult:
    """Lodge a dossier and make its receipt.

    Parameters
    ----------
    procedure : name of a profile in the regulation, or the code of a procedure of the catalogue
    external_codes : codes that another system gave (scanned, never minted here)
    certificate : number or serial of the certificate that the dossier is about

    Raises
    ------
    ProcedureUnknown, PartyRefused, ParcelNeeded, ParcelNotOnMap, ChannelRefused,
    ExternalCodeRefused, ExternalCodeTaken, CertificateUnknown
    """
    codes = _checked_codes(desk, external_codes or {})
    with desk.transaction("lodge_dossier", commune=commune, subject=procedure) as transaction:
        profile = profile_for(transaction.connection, commune, procedure, desk.regulation)
        _check(profile, parties, parcel_uid, channel, certificate)
        about = _about(transaction, certificate)
        parcel_uid = parcel_uid or (about["parcel_uid"] if about else None)
        if parcel_uid and read_parcel(transaction.connection, commune, parcel_uid) is None:
            raise ParcelNotOnMap(f"({parcel_uid})", parcel_uid=parcel_uid)
        mountain = name_commune(transaction.connection, commune).mountain
        keep_profile(transaction, profile)
        new = NewDossier(
            dossier_uid=str(uuid.uuid4()),
            # Last of what may fail: from here on other lodgings of the day wait.
            code=_next_code(desk, transaction),
            profile=profile,
            channel=channel,
            parcel_uid=parcel_uid,
            mountain=mountain,
            wants_certificate=wants_certificate,
            certificate=about,
        )
        found = _write(desk, transaction, new, codes, parties, documents)
        _receipt(desk, transaction, found)
        refresh_parcel(transaction, found)
        transaction.note(code=new.code, procedure=procedure, profile=profile.hash)
        people = [party.party_uid for party in found.parties]
        return LodgeResult(
            code=new.code,
            dossier_uid=new.dossier_uid,
            state=profile.initial,
            row_version=int(found.row["row_version"]),
            due=found.clock(working_calendar(desk.regulation), office_date(desk.moment())).due,
            same_parcel=found.other_dossiers,
            same_people=open_dossiers_of(transaction, people, besides=new.code),
        )


def _check(
    profile: Profile,
    parties: Sequence[NewParty],
    parcel_uid: str | None,
    channel: str,
    certificate: str | None,
) -> None:
    if channel not in CHANNELS:
        raise ChannelRefused(f"({channel})", field="channel")
    if not parties or any(not p.name.strip() or p.share <= 0 for p in parties):
        raise PartyRefused(field="parties")
    if profile.needs_certificate and not certificate:
        raise CertificateNeeded(field="certificate")
    if profile.needs_parcel and parcel_uid is None and not certificate:
        raise ParcelNeeded(field="parcel_uid")


def _checked_codes(desk: Desk, given: Mapping[str, str]) -> dict[str, str]:
    rules, today = desk.regulation["office"]["external_codes"], office_date(desk.moment())
    return {
        system: checked_code(system, scanned, rules, today=today)
        for system, scanned in given.items()
    }


def _about(transaction: Transaction, certificate: str | None) -> Mapping[str, str] | None:
    if not certificate:
        return None
    found = read_certificate(
        transaction.connection, certificate.strip(), commune=transaction.commune
    )
    names = ("certificate_uid", "number", "serial", "parcel_uid")
    return {name: str(found[name]) for name in names}


def _next_code(desk: Desk, transaction: Transaction) -> str:
    unit = desk.regulation["office"]["code"]["unit"].format(commune=transaction.commune)
    day = office_date(desk.moment())
    return dossier_code(unit, day, next_ordinal(transaction, unit, day))


def _write(
    desk: Desk,
    transaction: Transaction,
    new: NewDossier,
    codes: Mapping[str, str],
    parties: Sequence[NewParty],
    documents: Sequence[LodgedDocument],
) -> DossierFile:
    now = desk.moment()
    line = DossierEvent(
        1, LODGE, None, new.profile.initial, desk.actor.username, desk.actor.role, now, {}
    )
    open_dossier(transaction, new, line, working_calendar(desk.regulation))
    for system, scanned in codes.items():
        enter_external_code(transaction, new.dossier_uid, system=system, code=scanned, at=now)
    for party in parties:
        enter_party(transaction, new.dossier_uid, party)
    titles = {paper.kind: paper.title.vi for paper in new.profile.lodged_papers}
    for paper in documents:
        add_document(
            transaction,
            new.dossier_uid,
            kind=paper.kind,
            title=paper.title or titles.get(paper.kind, paper.kind),
            direction="lodged",
            at=now,
        )
    return read_dossier(transaction.connection, new.code)


def _receipt(desk: Desk, transaction: Transaction, found: DossierFile) -> None:
    if "receipt" not in found.profile.made_papers:
        return
    now = desk.moment()
    case = paper_case(desk, transaction.connection, found, now)
    issue_paper(desk, transaction, found, "receipt", case, now)

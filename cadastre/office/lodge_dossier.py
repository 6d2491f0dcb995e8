"""Lodge a dossier at the counter: code, parties, papers, receipt with the appointments.

The code counts the dossiers of a unit and a day without a gap: the counter's row is locked
until the lodging commits, and a lodging that fails gives its number back (TT
01/2018/TT-VPCP Art 19). A person who is known already is taken from the register.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import (
    clock_kept,
    phases_of,
    read_clock,
    working_calendar,
)
from cadastre.certificate.external_codes import checked_code
from cadastre.certificate.numbers import dossier_code
from cadastre.certificate.paperwork import make_paper
from cadastre.certificate.procedure import LODGE
from cadastre.certificate.profile import Profile
from cadastre.errors import InputRefused, NotFound
from cadastre.merge.lookup import plain
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import paper_case
from cadastre.office.dossier_steps import file_paper, refresh_parcel
from cadastre.office.procedures import profile_for
from cadastre.office.stationery import Stationery
from cadastre.store.certificates import read_certificate
from cadastre.store.counter import enter_external_code
from cadastre.store.dossier_writing import (
    add_document,
    append_event,
    as_json,
    keep_profile,
    next_ordinal,
)
from cadastre.store.dossiers import (
    DossierFile,
    read_dossier,
    read_parcel,
)
from cadastre.store.land_register import read_commune
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

CHANNELS = ("counter", "post", "online")


class ParcelUnknown(NotFound):
    """There is no such parcel on the map of this commune."""

    message_vi = "Không có thửa đất này trên bản đồ của xã."


class ParcelNeeded(InputRefused):
    """This procedure is about a parcel; name it."""

    message_vi = "Thủ tục này phải gắn với một thửa đất."


class CertificateNeeded(InputRefused):
    """This procedure is about a certificate; give its number or serial."""

    message_vi = "Thủ tục này phải nêu Giấy chứng nhận đã cấp (số vào sổ hoặc số phát hành)."


class PartyRefused(InputRefused):
    """A dossier has at least one party, each with a name and a share such as 1/2."""

    message_vi = "Hồ sơ phải có người nộp, mỗi người có họ tên và phần quyền, ví dụ 1/2."


class ChannelRefused(InputRefused):
    """A dossier comes over the counter, by post or online."""

    message_vi = "Hồ sơ nộp trực tiếp, qua bưu chính hoặc trực tuyến."


@dataclass(frozen=True)
class NewParty:
    """A person of a dossier; ``party_uid`` names one who is known already."""

    name: str
    share: Fraction = Fraction(1)
    id_number: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    address: str | None = None
    phone: str | None = None
    kind: str = "person"
    party_uid: str | None = None


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


@dataclass(frozen=True)
class _Lodging:
    profile: Profile
    dossier_uid: str
    code: str
    commune: str
    channel: str
    parcel_uid: str | None
    external_codes: Mapping[str, str] = field(default_factory=dict)
    wants_certificate: bool = True
    certificate: Mapping[str, str] | None = None


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
    ProcedureUnknown, PartyRefused, ParcelNeeded, ParcelUnknown, ChannelRefused,
    ExternalCodeRefused, ExternalCodeTaken, CertificateUnknown
    """
    codes = _checked_codes(desk, external_codes or {})
    with desk.transaction("lodge_dossier", commune=commune, subject=procedure) as transaction:
        profile = profile_for(transaction.connection, commune, procedure, desk.regulation)
        _check(profile, parties, parcel_uid, channel, certificate)
        about = _about(transaction, certificate)
        parcel_uid = parcel_uid or (about["parcel_uid"] if about else None)
        if parcel_uid and read_parcel(transaction.connection, commune, parcel_uid) is None:
            raise ParcelUnknown(f"({parcel_uid})", parcel_uid=parcel_uid)
        read_commune(transaction.connection, commune)
        keep_profile(transaction, profile)
        # Last of what may fail: from here on other lodgings of the day wait.
        lodging = _Lodging(
            profile,
            str(uuid.uuid4()),
            _next_code(desk, transaction),
            commune,
            channel,
            parcel_uid,
            codes,
            wants_certificate,
            about,
        )
        found = _write(desk, transaction, lodging, parties, documents)
        _receipt(desk, transaction, found)
        refresh_parcel(transaction, found)
        transaction.note(code=lodging.code, procedure=procedure, profile=profile.hash)
        return LodgeResult(
            code=lodging.code,
            dossier_uid=lodging.dossier_uid,
            state=profile.initial,
            row_version=int(found.row["row_version"]),
            due=found.clock(working_calendar(desk.regulation), office_date(desk.moment())).due,
            same_parcel=found.other_dossiers,
            same_people=_other_dossiers(transaction, found),
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
    lodging: _Lodging,
    parties: Sequence[NewParty],
    documents: Sequence[LodgedDocument],
) -> DossierFile:
    now = desk.moment()
    line = DossierEvent(
        1, LODGE, None, lodging.profile.initial, desk.actor.username, desk.actor.role, now, {}
    )
    _write_row(desk, transaction, lodging, line)
    append_event(transaction, lodging.dossier_uid, line)
    for system, scanned in lodging.external_codes.items():
        enter_external_code(transaction, lodging.dossier_uid, system=system, code=scanned, at=now)
    for party in parties:
        _write_party(transaction, lodging, party)
    titles = {paper.kind: paper.title.vi for paper in lodging.profile.lodged_papers}
    for paper in documents:
        add_document(
            transaction,
            lodging.dossier_uid,
            kind=paper.kind,
            title=paper.title or titles.get(paper.kind, paper.kind),
            direction="lodged",
            at=now,
        )
    return read_dossier(transaction.connection, lodging.code)


def _write_row(desk: Desk, transaction: Transaction, lodging: _Lodging, line: DossierEvent) -> None:
    commune = read_commune(transaction.connection, lodging.commune)
    limits = lodging.profile.limits(
        mountain=commune.mountain, wants_certificate=lodging.wants_certificate
    )
    calendar, today = working_calendar(desk.regulation), office_date(desk.moment())
    phases = phases_of(lodging.profile, [line], calendar)
    clock = read_clock(calendar, phases, today=today, limits=limits)
    facts: dict[str, Any] = {"wants_certificate": lodging.wants_certificate}
    if lodging.certificate:
        facts["certificate"] = dict(lodging.certificate)
    transaction.connection.execute(
        query("dossier_insert"),
        {
            "dossier_uid": lodging.dossier_uid,
            "commune": lodging.commune,
            "code": lodging.code,
            "procedure": lodging.profile.name,
            "profile_hash": lodging.profile.hash,
            "state": lodging.profile.initial,
            "channel": lodging.channel,
            "parcel_uid": lodging.parcel_uid,
            "lodged_at": desk.moment(),
            "lodged_by": desk.actor.username,
            "facts": as_json(facts),
            "due_on": as_json(clock.due),
            "clock": as_json(clock_kept(clock)),
            "event": transaction.event_id,
        },
    )


def _write_party(transaction: Transaction, lodging: _Lodging, party: NewParty) -> None:
    transaction.connection.execute(
        query("dossier_party_insert"),
        {
            "commune": lodging.commune,
            "dossier_uid": lodging.dossier_uid,
            "party_uid": _known(transaction, party) or _new_party(transaction, party),
            "share_numerator": party.share.numerator,
            "share_denominator": party.share.denominator,
            "role": "applicant",
        },
    )


def _known(transaction: Transaction, party: NewParty) -> str | None:
    if party.party_uid:
        one = {"commune": transaction.commune, "party_uid": party.party_uid}
        found = transaction.connection.execute(query("party_by_uid"), one).scalar()
        if found is None:
            raise PartyRefused(f"({party.party_uid})", field="party_uid")
        return str(found)
    if party.id_number:
        one = {"commune": transaction.commune, "id_number": party.id_number}
        found = transaction.connection.execute(query("party_known"), one).scalar()
        return None if found is None else str(found)
    return None


def _new_party(transaction: Transaction, party: NewParty) -> str:
    party_uid = str(uuid.uuid4())
    transaction.connection.execute(
        query("party_insert"),
        {
            "party_uid": party_uid,
            "commune": transaction.commune,
            "kind": party.kind,
            "name": party.name.strip(),
            "name_search": plain(party.name),
            "id_number": party.id_number,
            "birth_date": party.birth_date,
            "gender": party.gender,
            "address": party.address,
            "phone": party.phone,
            "event": transaction.event_id,
        },
    )
    return party_uid


def _receipt(desk: Desk, transaction: Transaction, found: DossierFile) -> None:
    if "receipt" not in found.profile.made_papers:
        return
    now = desk.moment()
    case = paper_case(desk, transaction.connection, found, now)
    content = make_paper("receipt", case, sample=Stationery(desk.home).sample)
    file_paper(desk, transaction, found, "receipt", content, now)


def _other_dossiers(transaction: Transaction, found: DossierFile) -> tuple[str, ...]:
    others = transaction.connection.execute(
        query("dossiers_of_party"),
        {
            "commune": transaction.commune,
            "code": found.code,
            "party_uids": [party.party_uid for party in found.parties],
        },
    )
    return tuple(str(code) for code in others.scalars())

"""Sign a certificate: the chairman's step, with the blank, the book, the paper and the register.

Land Law 31/2024/QH15 Art 135, 136; TT 10/2024/TT-BTNMT Art 29. Everything happens under the
dossier's lock in one transaction: a second chairman finds the dossier already signed, and a
failure gives blank and number back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cadastre.certificate.area import CertifiedArea
from cadastre.certificate.context import office_date
from cadastre.certificate.numbers import new_token
from cadastre.certificate.paper_case import PaperCase
from cadastre.certificate.procedure import ActionImpossible
from cadastre.drawing.wording import EMPTY
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import area_of, outline_of, paper_case, with_certificate
from cadastre.office.dossier_steps import (
    ISSUE,
    StepTaken,
    decide_step,
    enter_outcome,
    issue_paper,
    refresh_parcel,
    write_step,
)
from cadastre.office.stationery import Stationery
from cadastre.store.certificates import (
    NewCertificate,
    attach_paper,
    enter_certificate,
    new_uid,
    next_book_number,
    supersede,
    take_blank,
    take_named_blank,
)
from cadastre.store.dossier_parcel import DossierParcel
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import Transaction


@dataclass(frozen=True)
class IssueResult:
    """The certificate that was signed."""

    code: str
    number: str
    serial: str
    token: str
    area_m2: float
    area_basis: str
    to_state: str
    row_version: int


def issue_certificate(
    desk: Desk,
    *,
    commune: str,
    code: str,
    action: str = "sign",
    data: Mapping[str, Any] | None = None,
    row_version: int | None = None,
) -> IssueResult:
    """Sign the certificate of a dossier.

    Parameters
    ----------
    action : the profile's action whose effect is ``issue_certificate``
    row_version : the version that the chairman saw

    Raises
    ------
    GateRefused, ActionImpossible, RoleRefused, DossierChanged, BlanksExhausted
    """
    with desk.transaction("issue_certificate", commune=commune, subject=code) as transaction:
        taken = decide_step(
            desk,
            transaction,
            code=code,
            action=action,
            data=data or {},
            row_version=row_version,
        )
        parcel = taken.found.parcel
        if parcel is None or all(deed.name != ISSUE for deed in taken.step.deeds):
            raise ActionImpossible(f"({action})", action=action)
        area = area_of(desk, parcel)
        certificate = _numbered(desk, transaction, taken, parcel, area)
        if certificate.supersedes:
            supersede(transaction, certificate.supersedes)
        enter_certificate(transaction, taken.found, certificate)
        version, _clock = write_step(desk, transaction, taken)
        case = _sign_paper(desk, transaction, taken, certificate)
        enter_outcome(
            transaction,
            taken,
            case,
            certificate.certificate_uid,
            number=certificate.number,
            serial=certificate.serial,
            area_m2=float(area.area_m2),
            area_basis=area.basis,
            land_use=certificate.land_use,
        )
        refresh_parcel(transaction, taken.found)
        transaction.note(number=certificate.number, serial=certificate.serial, basis=area.basis)
        return IssueResult(
            code=code,
            number=certificate.number,
            serial=certificate.serial,
            token=certificate.token,
            area_m2=float(area.area_m2),
            area_basis=area.basis,
            to_state=taken.step.to_state,
            row_version=version,
        )


def _numbered(
    desk: Desk,
    transaction: Transaction,
    taken: StepTaken,
    parcel: DossierParcel,
    area: CertifiedArea,
) -> NewCertificate:
    rules = desk.regulation["office"]["certificate"]
    commune = taken.found.commune
    return NewCertificate(
        certificate_uid=new_uid(),
        number=next_book_number(transaction, rules["book_number"]),
        serial=_serial(transaction, taken.step.data),
        token=new_token(),
        area_m2=area.area_m2,
        land_use=parcel.land_use or EMPTY,
        issued_on=office_date(taken.now),
        signed_by=desk.actor.username,
        authority=rules["authority_vi"].format(kind=commune.kind, name=commune.name),
        outline=outline_of(parcel, area),
        holders=[
            {"party_uid": p.party_uid, "name": p.name, "share": str(p.share)}
            for p in taken.found.parties
        ],
        supersedes=taken.found.named["certificate_uid"] if taken.found.named else None,
    )


def _serial(transaction: Transaction, told: Mapping[str, Any]) -> str:
    """Serial of the blank: the next of the office, or the one that the chairman names."""
    named = str(told.get("serial") or "").strip()
    if not named:
        return take_blank(transaction)
    elsewhere = bool(told.get("printed_elsewhere"))
    return take_named_blank(transaction, named, printed_elsewhere=elsewhere)


def _sign_paper(
    desk: Desk, transaction: Transaction, taken: StepTaken, certificate: NewCertificate
) -> PaperCase:
    """Make and sign the papers of the signature; return what they say."""
    after = read_dossier(transaction.connection, taken.found.code)
    case = with_certificate(
        paper_case(desk, transaction.connection, after, taken.now),
        certificate.number,
        certificate.serial,
        Stationery(desk.home).verify_url(certificate.token),
    )
    for kind in taken.step.makes:
        document = issue_paper(desk, transaction, after, kind, case, taken.now)
        if kind == "certificate":
            attach_paper(transaction, certificate.certificate_uid, document)
    return case

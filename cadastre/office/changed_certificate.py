"""The certificate made anew with what was corrected, confirmed in its section 6.

Land Law 31/2024/QH15 Art 152(1): a correction is confirmed on the certificate that was
issued. Everything else on it is as it was signed, whatever became of persons and land since; the
earlier paper stays readable in its dossier, and whoever asks for the certificate now gets this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.certificate import papers
from cadastre.certificate.certificate_record import as_recorded
from cadastre.certificate.context import office_date
from cadastre.certificate.paper_case import PaperCase
from cadastre.drawing.wording import date_vi
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import neighbours_at_issue, paper_case, with_certificate
from cadastre.office.dossier_steps import ISSUE, StepTaken, issue_paper
from cadastre.office.stationery import Stationery
from cadastre.store.certificates import attach_paper, corrections_of
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossiers import read_dossier
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

CHANGED = "certificate_changed"


def make_changed_certificate(desk: Desk, transaction: Transaction, taken: StepTaken) -> None:
    """Make, sign and file the certificate that a correction is about, as it reads now."""
    named = taken.found.named
    assert named is not None  # noqa: S101 - the deed before this one refused a dossier without
    case = as_issued(desk, transaction.connection, str(named["certificate_uid"]))
    document = issue_paper(desk, transaction, taken.found, CHANGED, case, taken.now)
    attach_paper(transaction, str(named["certificate_uid"]), document)


def as_issued(desk: Desk, connection: Connection, certificate_uid: str) -> PaperCase:
    """Return the case of the certificate as it was signed, with its corrections since."""
    one = {"certificate_uid": certificate_uid}
    row = dict(connection.execute(query("certificate_outline"), one).mappings().one())
    origin = read_dossier(connection, str(row["code"]))
    signing = next(
        line
        for line in reversed(origin.log)
        if line.action in origin.profile.actions
        and ISSUE in origin.profile.actions[line.action].effects
    )
    case = _as_told(paper_case(desk, connection, origin, signing.at), origin, row)
    numbered = with_certificate(
        case, row["number"], row["serial"], Stationery(desk.home).verify_url(row["token"])
    )
    return replace(
        numbered,
        geometry=shapely.from_wkb(bytes(row["outline"])),
        neighbours=neighbours_at_issue(connection, certificate_uid),
        acting_title=str(signing.data.get("acting_title", "")),
        changes=tuple(
            _entry(line, case.authority.name)
            for line in corrections_of(connection, certificate_uid)
        ),
    )


def _as_told(case: PaperCase, origin: DossierFile, row: Mapping[str, Any]) -> PaperCase:
    """The case with what the register kept at the signature.

    Of a certificate signed before whole records were kept it has names, shares, number of the
    parcel and area; the rest is as it stands now.
    """
    if row["record"]:
        return as_recorded(case, row["record"])
    persons = dict(zip((p.party_uid for p in origin.parties), case.holders, strict=True))
    holders = tuple(
        replace(persons[told["party_uid"]], name=told["name"], share=Fraction(told["share"]))
        for told in row["holders"]
    )
    signed = {"area_m2": row["area_m2"], "sheet": str(row["sheet"]), "parcel": row["parcel"]}
    signer = str(row["signer"] or row["signed_by"])
    return replace(case, parcel=replace(case.land(), **signed), holders=holders, made_by=signer)


def awaited_entry(found: DossierFile, authority: str) -> papers.ChangeEntry:
    """Return the entry that a correction will add once it is signed."""
    told = {**found.facts.get("finding", {}), "dossier": found.code}
    return papers.ChangeEntry(_words(told), f"{authority}, chưa ký")


def _entry(line: dict[str, Any], authority: str) -> papers.ChangeEntry:
    told, day = line["content"], date_vi(office_date(line["entered_at"]))
    return papers.ChangeEntry(
        _words(told), f"{authority}, ngày {day}, người ký: {told['signed_by']}"
    )


def _words(told: Mapping[str, Any]) -> str:
    return (
        f"Đính chính: {told['wrong']}; nay là: {told['right']}. Căn cứ: {told['grounds']}. "
        f"Hồ sơ {told['dossier']}."
    )

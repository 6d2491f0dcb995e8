"""Record the code that another system gave a dossier, as it was scanned or received."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.certificate.context import office_date
from cadastre.certificate.external_codes import checked_code
from cadastre.office.desk import Desk
from cadastre.store.counter import enter_external_code
from cadastre.store.dossiers import lock_dossier


@dataclass(frozen=True)
class ExternalCodeResult:
    """A code that was recorded beside ours."""

    code: str
    system: str
    external_code: str


def record_external_code(
    desk: Desk, *, commune: str, code: str, system: str, scanned: str
) -> ExternalCodeResult:
    """Record the code of another system; it is checked, and belongs to one dossier.

    Raises
    ------
    ExternalCodeRefused, ExternalCodeTaken, DossierUnknown
    """
    rules = desk.regulation["office"]["external_codes"]
    checked = checked_code(system, scanned, rules, today=office_date(desk.moment()))
    with desk.transaction("record_external_code", commune=commune, subject=code) as transaction:
        found = lock_dossier(transaction.connection, code, None, commune=commune)
        enter_external_code(transaction, found.uid, system=system, code=checked, at=desk.moment())
        transaction.note(system=system, external_code=checked)
        return ExternalCodeResult(code, system, checked)

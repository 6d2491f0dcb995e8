"""The data of a dossier's certificate, exported for the software that prints it; a reading."""

from __future__ import annotations

from typing import Any

from cadastre.certificate.certificate_record import certificate_record
from cadastre.certificate.paper_case import PaperCase
from cadastre.office.changed_certificate import as_issued
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import paper_case
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import reading


def certificate_data(desk: Desk, *, code: str) -> dict[str, Any]:
    """Return the record of the certificate that came, or is to come, out of a dossier.

    Once signed it is the certificate as it was issued, with the corrections since.

    Raises
    ------
    DossierUnknown, PaperImpossible
    """
    with reading(desk.engine, desk.actor) as connection:
        found = read_dossier(connection, code)
        case: PaperCase
        if found.certificate:
            case = as_issued(desk, connection, str(found.certificate["certificate_uid"]))
        else:
            case = paper_case(desk, connection, found, desk.moment())
        return certificate_record(case)

"""What waits for a signature as it would read: nobody signs what they have not seen.

A draft has no number, no serial and no signature, says on every page that it is one, and is
not kept: it is made from the dossier as it stands at that moment.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from cadastre.certificate.paper_case import PaperCase, PaperImpossible
from cadastre.certificate.paperwork import SIGNED, make_paper
from cadastre.drawing.wording import EMPTY
from cadastre.office.changed_certificate import CHANGED, as_issued, awaited_entry
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import paper_case, with_certificate
from cadastre.office.stationery import Stationery
from cadastre.store.dossier_file import DossierFile

#: Stands in the QR where the address of verification will be.
_UNVERIFIED = "DỰ THẢO, CHƯA KÝ"


def drafts_of(found: DossierFile) -> tuple[str, ...]:
    """Return the kinds of papers that the approval would sign where the dossier stands."""
    action = found.awaited_approval()
    return () if action is None else tuple(kind for kind in action.makes if kind in SIGNED)


def draft_paper(desk: Desk, connection: Connection, found: DossierFile, kind: str) -> bytes:
    """Return a paper that waits for a signature, as a draft.

    Raises
    ------
    PaperImpossible
        The dossier does not wait for the signature of such a paper, or lacks what it prints.
    """
    if kind not in drafts_of(found):
        raise PaperImpossible(f"({kind})", kind=kind)
    case = replace(_case(desk, connection, found, kind), draft=True)
    return make_paper(kind, case, sample=Stationery(desk.home).sample)


def _case(desk: Desk, connection: Connection, found: DossierFile, kind: str) -> PaperCase:
    now = desk.moment()
    case = paper_case(desk, connection, found, now)
    if kind != CHANGED or found.named is None:
        return with_certificate(case, EMPTY, EMPTY, _UNVERIFIED)
    issued = as_issued(desk, connection, str(found.named["certificate_uid"]))
    entry = awaited_entry(found, case.authority.name)
    return replace(issued, changes=(*issued.changes, entry))

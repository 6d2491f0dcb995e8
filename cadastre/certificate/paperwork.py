"""From a dossier to its papers: which paper is made of which facts.

A profile says which papers an action makes and under which form number; the makers fill
each from one :class:`~cadastre.certificate.paper_case.PaperCase`.
"""

from __future__ import annotations

from collections.abc import Callable

from cadastre.certificate import paperwork_counter, paperwork_land
from cadastre.certificate.paper_case import PaperCase, PaperImpossible

#: Kind of paper -> what makes it; a profile may name no other.
MAKERS: dict[str, Callable[[PaperCase, bool], bytes]] = {
    **paperwork_counter.MAKERS,
    **paperwork_land.MAKERS,
}


#: Papers that bear the chairman's digital signature; what they show of it must be there.
SIGNED = frozenset(
    {
        "certificate",
        "certificate_changed",
        "registration_notice",
        "correction_decision",
        "withdrawal_decision",
    }
)


def make_paper(kind: str, case: PaperCase, *, sample: bool) -> bytes:
    """Return one paper of the dossier as PDF/A.

    Raises
    ------
    PaperImpossible
        No paper of this kind is known, or the dossier lacks what it prints.
    """
    maker = MAKERS.get(kind)
    if maker is None:
        raise PaperImpossible(f"({kind})", kind=kind)
    return maker(case, sample)

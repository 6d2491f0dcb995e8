"""Take one step of a dossier's procedure.

The profile under which the dossier was lodged says who may take the step, what it asks and
which gates stand before it; a refused gate names everything that is unmet. The signature
that issues a certificate has a verb of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadastre.certificate.procedure import ActionImpossible
from cadastre.office.changed_certificate import CHANGED, make_changed_certificate
from cadastre.office.desk import Desk
from cadastre.office.dossier_steps import (
    ISSUE,
    StepResult,
    carry_out,
    decide_step,
    make_papers,
    refresh_parcel,
    write_step,
)


def advance_dossier(
    desk: Desk,
    *,
    commune: str,
    code: str,
    action: str,
    data: Mapping[str, Any] | None = None,
    row_version: int | None = None,
) -> StepResult:
    """Take ``action`` on a dossier.

    Parameters
    ----------
    code : the dossier's code
    data : the action's inputs, as its profile asks
    row_version : the version that the person saw; None takes the step whatever it is now

    Raises
    ------
    DossierUnknown, DossierChanged, ActionImpossible, RoleRefused, GateRefused, DataRefused
        ``GateRefused.items`` lists what is unmet.
    """
    with desk.transaction("advance_dossier", commune=commune, subject=code) as transaction:
        taken = decide_step(
            desk,
            transaction,
            code=code,
            action=action,
            data=data or {},
            row_version=row_version,
        )
        if any(deed.name == ISSUE for deed in taken.step.deeds):
            raise ActionImpossible(
                "The certificate is signed by its own verb.",
                "Việc ký Giấy chứng nhận có thao tác riêng.",
                action=action,
            )
        version, clock = write_step(desk, transaction, taken)
        for deed in taken.step.deeds:
            carry_out(desk, transaction, taken, deed)
        made = make_papers(
            desk, transaction, taken, tuple(k for k in taken.step.makes if k != CHANGED)
        )
        if CHANGED in taken.step.makes:
            make_changed_certificate(desk, transaction, taken)
            made = (*made, CHANGED)
        refresh_parcel(transaction, taken.found)
        transaction.note(
            action=action, from_state=taken.step.from_state, to_state=taken.step.to_state
        )
        return StepResult(
            code, action, taken.step.from_state, taken.step.to_state, version, made, clock
        )

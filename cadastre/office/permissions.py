"""Who may carry out which verb: one permission per verb, named like the verb.

Roles: officer (land officer), surveyor, registrar (counter and register), chair
(chairman of the commune), manager (figures), admin (set-up), system (the service itself).
"""

from __future__ import annotations

from collections.abc import Collection

from cadastre.errors import PermissionRefused

#: verb -> roles that may carry it out; ``system`` may carry out what sets a commune up.
PERMISSIONS: dict[str, frozenset[str]] = {
    "open_commune": frozenset({"admin"}),
    "load_outline": frozenset({"admin", "officer"}),
    "load_control": frozenset({"admin", "officer", "surveyor"}),
    "import_sheets": frozenset({"officer", "admin"}),
    "register_paper_sheet": frozenset({"officer", "admin"}),
    "load_landbook": frozenset({"officer", "registrar", "admin"}),
    "merge_commune": frozenset({"officer", "admin"}),
    "decide_proposal": frozenset({"officer"}),
    "undo_merge": frozenset({"officer", "admin"}),
    "record_survey": frozenset({"surveyor", "officer", "admin"}),
    "reconcile_commune": frozenset({"officer", "surveyor", "admin"}),
    "decide_mismatch": frozenset({"officer"}),
    "decide_together": frozenset({"officer"}),
    "undo_together": frozenset({"officer"}),
    "undo_decision": frozenset({"officer"}),
    "adopt_measurement": frozenset({"officer"}),
    "undo_adoption": frozenset({"officer"}),
    "record_boundary": frozenset({"officer"}),
    "draw_remark": frozenset({"officer", "surveyor", "registrar", "chair"}),
    "settle_remark": frozenset({"officer", "chair"}),
    # What the job does is judged by the permission of its own verb.
    "start_job": frozenset({"officer", "surveyor", "registrar", "admin"}),
    "lodge_dossier": frozenset({"registrar", "officer", "admin"}),
    "attach_document": frozenset({"registrar", "officer"}),
    # Carried out as a job by the service, or by those who attach scans.
    "read_scan": frozenset({"registrar", "officer"}),
    # The profile of the procedure says which role may take which step.
    "advance_dossier": frozenset({"registrar", "officer", "chair"}),
    "issue_certificate": frozenset({"chair"}),
    "hand_over_dossier": frozenset({"registrar", "officer", "chair"}),
    "record_external_code": frozenset({"registrar", "officer"}),
    "delegate_role": frozenset({"chair"}),
    "end_delegation": frozenset({"chair"}),
    "load_catalogue": frozenset({"registrar", "admin"}),
    "load_blanks": frozenset({"registrar", "admin"}),
    "spoil_blank": frozenset({"registrar"}),
    "calibrate_printer": frozenset({"registrar", "officer", "admin"}),
    "create_account": frozenset({"admin"}),
    "change_account": frozenset({"admin"}),
}
_SYSTEM_ROLE = "system"


class VerbForbidden(PermissionRefused):
    """Your role may not carry out this work."""

    message_vi = "Vai trò của bạn không được làm việc này."


class CommuneForbidden(PermissionRefused):
    """You do not work for this commune."""

    message_vi = "Bạn không phụ trách xã này."


#: Verbs that a delegated role may carry out; a delegation is not delegated on.
DELEGABLE = frozenset({"advance_dossier", "issue_certificate"})


def require(
    verb: str,
    *,
    role: str,
    communes: tuple[str, ...],
    commune: str,
    delegated: Collection[str] = (),
) -> None:
    """Pass when the role, or one that is delegated to the actor, may do this in the commune.

    Raises
    ------
    VerbForbidden, CommuneForbidden
        With ``verb``, ``role`` or ``commune`` as attributes.

    >>> require("decide_mismatch", role="officer", communes=("22609",), commune="22609")
    """
    if role == _SYSTEM_ROLE:
        return
    held = {role, *(delegated if verb in DELEGABLE else ())}
    if not held & PERMISSIONS[verb]:
        raise VerbForbidden(f"({verb}, {role})", verb=verb, role=role)
    if commune not in communes:
        raise CommuneForbidden(f"({commune})", commune=commune)

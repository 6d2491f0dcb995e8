"""Which profile a procedure of a commune runs under: its own, or the general one."""

from __future__ import annotations

from sqlalchemy import Connection

from cadastre.certificate.general_procedure import general_profile
from cadastre.certificate.procedure import load_profile
from cadastre.certificate.profile import ProcedureUnknown, Profile, profile_names
from cadastre.regulation import Regulation
from cadastre.store.counter import catalogue_entry


def profile_for(
    connection: Connection, commune: str | None, procedure: str, regulation: Regulation
) -> Profile:
    """Return the profile of a procedure.

    Parameters
    ----------
    procedure : name of a profile, or the code of a procedure in the commune's catalogue; a
        row that names a profile runs under it, any other under the general one

    Raises
    ------
    ProcedureUnknown
    """
    if procedure in profile_names(regulation):
        return load_profile(procedure, regulation)
    entry = catalogue_entry(connection, commune, procedure) if commune else None
    if entry is None:
        raise ProcedureUnknown(f"({procedure})", procedure=procedure)
    if entry["profile"]:
        return load_profile(entry["profile"], regulation)
    return general_profile(entry, regulation)

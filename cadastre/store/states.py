"""How each parcel looks on the map at this moment, derived from mismatches, surveys, dossiers.

Priority: blocking, then an open dossier, then certified, warning, measured, info, clear.
A certified parcel with a blocking mismatch shows the mismatch: it needs somebody's eye.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from cadastre.store.named import query


def refresh(connection: Connection, commune: str, parcel_uids: Sequence[str] | None) -> int:
    """Recompute the state of some parcels, or of the whole commune; return how many changed.

    The areas of the sheets whose parcels this transaction opened or closed follow as well;
    after work on the whole commune the planner gets its statistics.
    """
    if connection.execute(query("parcels_touched"), {"commune": commune}).scalar():
        connection.execute(query("sheet_areas_refresh"), {"commune": commune})
        connection.execute(query("sheet_areas_empty"), {"commune": commune})
    changed = connection.execute(
        query("states_refresh"),
        {"commune": commune, "uids": None if parcel_uids is None else list(parcel_uids)},
    )
    if parcel_uids is None:
        connection.execute(query("commune_analyse"), {"commune": commune})
    return int(changed.rowcount)

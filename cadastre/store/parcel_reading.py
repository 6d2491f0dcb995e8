"""Everything an officer sees of one parcel, in one read-only transaction.

Outline and corners are those of the register, in the parcel's VN-2000 zone; copies in WGS 84
are for display.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.drawing.corners import number_corners
from cadastre.drawing.wording import parcel_vi
from cadastre.errors import NotFound
from cadastre.regulation import Regulation
from cadastre.store.named import query
from cadastre.store.parcel_areas import area_comparison

#: Outlines of neighbours that meet are drawn this close; wider is a gap, not a boundary.
_NEIGHBOUR_REACH_M = 0.05


class ParcelUnknown(NotFound):
    """There is no such parcel in your communes."""

    message_vi = "Không có thửa đất này trong các xã bạn phụ trách."


def parcel_label(sheet: int | None, parcel: str | None) -> str | None:
    """Return how a parcel is called, None for none.

    >>> parcel_label(98, "34")
    'Tờ 98 thửa 34'
    """
    return None if sheet is None else parcel_vi(sheet, parcel)


def commune_of(connection: Connection, uid: str, communes: tuple[str, ...]) -> str:
    """Return the commune of a parcel in force, among the given ones.

    Raises
    ------
    ParcelUnknown
        With ``parcel_uid``.
    """
    found = connection.execute(query("parcel_commune"), {"uid": uid, "communes": list(communes)})
    commune = found.scalar()
    if commune is None:
        raise ParcelUnknown(f"({uid})", parcel_uid=uid)
    return str(commune)


def read_version(
    connection: Connection, uid: str, version: int, *, communes: tuple[str, ...], srid: int
) -> dict[str, Any]:
    """Return the outline of one version of a parcel.

    Raises
    ------
    ParcelUnknown
        With ``parcel_uid``.
    """
    found = connection.execute(
        query("parcel_version"),
        {"uid": uid, "version": version, "communes": list(communes), "srid": srid},
    )
    row = found.mappings().first()
    if row is None:
        raise ParcelUnknown(f"({uid}, {version})", parcel_uid=uid)
    return dict(row)


def read_parcel(
    connection: Connection,
    uid: str,
    *,
    communes: tuple[str, ...],
    srid: int,
    regulation: Regulation,
    persons: bool,
) -> dict[str, Any]:
    """Return a parcel with its numbers, areas, versions, measurements, neighbours and rights.

    Parameters
    ----------
    communes : where to look; a parcel elsewhere is unknown
    srid : 4326 for display coordinates, or a VN-2000 zone
    persons : whether holders are told

    Raises
    ------
    ParcelUnknown
        With ``parcel_uid``.
    """
    found = connection.execute(
        query("parcel_read"), {"uid": uid, "communes": list(communes), "srid": srid}
    )
    row = found.mappings().first()
    if row is None:
        raise ParcelUnknown(f"({uid})", parcel_uid=uid)
    parcel = dict(row)
    outline = shapely.from_wkb(bytes(parcel.pop("outline")))
    key = {"commune": parcel["commune"], "uid": uid}
    measured = _measured(connection, key, srid)
    parcel |= {
        "label": parcel_label(parcel["sheet"], parcel["parcel"]),
        "areas": area_comparison(parcel, outline, measured, regulation),
        "purposes": _rows(connection, "parcel_purposes", **key),
        "numbers": _rows(connection, "parcel_numbers", **key),
        "history": _rows(connection, "parcel_history", **key),
        "measured": measured,
        "boundary": next(iter(_rows(connection, "parcel_boundary", **key)), None),
        "neighbours": _neighbours(connection, key, outline, parcel["srid"]),
        "dossiers": _rows(connection, "parcel_dossiers", **key),
        "certificates": _rows(connection, "parcel_certificates", **key),
        "corners": _corners(outline),
    }
    if persons:
        parcel["holders"] = _holders(connection, key)
    return parcel


def _rows(connection: Connection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query(name), parameters).mappings()]


def _measured(connection: Connection, key: dict[str, Any], srid: int) -> list[dict[str, Any]]:
    corners = defaultdict(list)
    for corner in _rows(connection, "parcel_corners_compared", **key):
        corners[corner.pop("measured_uid")].append(corner)
    found = _rows(connection, "parcel_measured", srid=srid, **key)
    return [{**row, "corners": corners.get(row["measured_uid"], [])} for row in found]


def _neighbours(
    connection: Connection, key: dict[str, Any], outline: Any, srid: int
) -> list[dict[str, Any]]:
    found = _rows(
        connection,
        "parcel_neighbours",
        outline=shapely.to_wkb(outline),
        srid=srid,
        reach=_NEIGHBOUR_REACH_M,
        **key,
    )
    return [
        {
            "parcel_uid": row["parcel_uid"],
            "label": parcel_label(row["sheet"], row["parcel"]),
            "land_use": row["land_use"],
        }
        for row in found
    ]


def _corners(outline: Any) -> list[dict[str, Any]]:
    return [
        {"n": c.number, "north": c.north, "east": c.east, "edge_m": c.edge_m}
        for c in number_corners(outline)
    ]


def _holders(connection: Connection, key: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": row["name"],
            "kind": row["kind"],
            "role": row["role"],
            "share": str(Fraction(row["share_numerator"], row["share_denominator"])),
        }
        for row in _rows(connection, "parcel_holders", **key)
    ]

"""What a commune already has that helps to read its next delivery.

Control points and the parcels of earlier sheets speak for the zone of a sheet; columns that
a person chose for a form of file are chosen again for files of the same form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
from sqlalchemy import Connection

from cadastre.sheets.columns import KeptColumns
from cadastre.store.copying import copy_frame, read_frame
from cadastre.store.named import query
from cadastre.store.transaction import Transaction
from cadastre.store.versions import version_change


@dataclass(frozen=True)
class ControlChange:
    """How a list of control points changed what is held."""

    opened: int
    closed: int
    unchanged: int


def control_points(connection: Connection, commune: str, srid: int) -> gpd.GeoDataFrame:
    """Return control points with their ``name``, in the commune's zone."""
    return read_frame(connection, query("control_points_current"), {"commune": commune}, srid=srid)


def store_control_points(
    transaction: Transaction, points: gpd.GeoDataFrame, *, srid: int, source_id: str
) -> ControlChange:
    """Replace the control points of a commune by ``points``; what is equal stays as it is."""
    current = control_points(transaction.connection, transaction.commune, srid)
    change = version_change(current, points, key="name", columns=[])
    if change.closed:
        transaction.connection.execute(
            query("control_points_close"),
            {
                "commune": transaction.commune,
                "names": change.closed,
                "event": transaction.event_id,
            },
        )
    if len(change.opened):
        copy_frame(
            transaction.connection,
            "cadastre.control_point",
            points.iloc[change.opened][["name", points.geometry.name]],
            srid=srid,
            extra={
                "commune": transaction.commune,
                "source_id": source_id,
                "opened_by": transaction.event_id,
            },
            display=None,
        )
    return ControlChange(len(change.opened), len(change.closed), change.unchanged)


def edges_held(
    connection: Connection, commune: str, srid: int, *, sha256: str | None = None
) -> gpd.GeoDataFrame:
    """Return the parcels delivered so far by files other than one, without attributes."""
    told = {"commune": commune, "sha256": sha256}
    return read_frame(connection, query("sheet_edges"), told, srid=srid)


def columns_kept(connection: Connection, commune: str, kind: str) -> KeptColumns:
    """Return the columns that were chosen for files of this kind, by their headers."""
    rows = connection.execute(query("columns_kept"), {"commune": commune, "kind": kind})
    return KeptColumns({row.headers: dict(row.columns) for row in rows})


def keep_columns(
    transaction: Transaction, kind: str, headers: tuple[str, ...], columns: Mapping[str, str]
) -> None:
    """Keep the columns of a form of file."""
    transaction.connection.execute(
        query("columns_keep"),
        {
            "commune": transaction.commune,
            "kind": kind,
            "headers": KeptColumns.form_of(headers),
            "columns": json.dumps(dict(columns), ensure_ascii=False),
            "event": transaction.event_id,
        },
    )


def open_sheet(transaction: Transaction, sheet: Mapping[str, object]) -> str:
    """Enter a sheet as delivered and return its identity; an equal sheet is left untouched.

    Parameters
    ----------
    sheet : the columns of ``cadastre.sheet`` that a delivery states, ``report`` as JSON text
    """
    told = {**sheet, "commune": transaction.commune, "event": transaction.event_id}
    entered = transaction.connection.execute(query("sheet_upsert"), told).scalar_one_or_none()
    if entered is not None:
        return str(entered)
    return str(transaction.connection.execute(query("sheet_uid_of"), told).scalar_one())

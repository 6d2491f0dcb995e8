"""Bulk rows to and from PostGIS: COPY in, well-known binary out.

Geometry goes in as extended well-known binary with the zone's EPSG code; the ``display``
column is made here, and only here, by the one pinned operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from psycopg import sql
from sqlalchemy import Connection, TextClause

from cadastre.crs import to_web_mercator
from cadastre.store.copy_text import copy_text

WEB_MERCATOR = 3857


def copy_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: pd.DataFrame | Iterable[Sequence[Any]],
) -> int:
    """COPY rows into a table inside the transaction of ``connection``; return how many.

    Parameters
    ----------
    table : name, with its schema unless temporary
    rows : values in the order of ``columns``; missing values (NaN, NaT, NA) become NULL
    """
    text: str | None = None
    if isinstance(rows, pd.DataFrame):
        held = [_values(rows[name]) for name in columns]
        text = copy_text(held)
        rows = zip(*held, strict=True)
    driver: Any = connection.connection.driver_connection
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target = sql.Identifier(*table.split("."))
    with driver.cursor() as cursor:
        guarded = cursor.execute("SELECT row_security_active(%s)", [table]).fetchone()[0]
        if not guarded:
            return _copy(cursor, target, names, rows, text)
        # COPY refuses tables with row-level security: the policies judge an INSERT instead.
        stage = sql.Identifier("copied_" + table.replace(".", "_"))
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                stage, names, target
            )
        )
        count = _copy(cursor, stage, names, rows, text)
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, names, names, stage)
        )
        cursor.execute(sql.SQL("DROP TABLE {}").format(stage))
        return count


def _copy(
    cursor: Any,
    target: sql.Composable,
    names: sql.Composable,
    rows: Iterable[Sequence[Any]],
    text: str | None,
) -> int:
    """COPY rows, or the text that was made of them; return how many."""
    count = 0
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(target, names)) as copy:
        if text is not None:
            copy.write(text)
            return text.count("\n")
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_frame(
    connection: Connection,
    table: str,
    frame: gpd.GeoDataFrame,
    *,
    srid: int,
    extra: Mapping[str, Any] | None = None,
    geometry: str = "geometry",
    display: str | None = "display",
) -> int:
    """COPY a frame: its columns, its geometry in zone ``srid`` and its display copy.

    Parameters
    ----------
    extra : columns with one value for every row
    geometry, display : names of the geometry columns in the table; ``display=None`` for none
    """
    if frame.empty:
        return 0
    shapes = np.asarray(frame.geometry.array)
    rows = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    rows = rows.assign(**(extra or {}))
    rows[geometry] = _ewkb(shapes, srid)
    if display is not None:
        rows[display] = _ewkb(to_web_mercator(shapes, srid), WEB_MERCATOR)
    return copy_rows(connection, table, list(rows.columns), rows)


def read_frame(
    connection: Connection, statement: TextClause, parameters: Mapping[str, Any], *, srid: int
) -> gpd.GeoDataFrame:
    """Rows of a query that has a ``geometry`` column, as a frame in zone ``srid``."""
    result = connection.execute(statement, dict(parameters))
    columns = list(result.keys())
    table = pd.DataFrame(result.fetchall(), columns=columns)
    shapes = shapely.from_wkb(table.pop("geometry").to_numpy(dtype=object))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=srid), crs=srid)


def _ewkb(shapes: np.ndarray, srid: int) -> Any:
    """Return hexadecimal EWKB: the flag and the zone put into plain WKB, little endian."""
    zone = int(srid).to_bytes(4, "little").hex()
    plain = (None if wkb is None else wkb.hex() for wkb in shapely.to_wkb(shapes, byte_order=1))
    # Byte order, then the type in four bytes, whose highest byte carries the flag 0x20.
    return [None if h is None else f"{h[:8]}20{zone}{h[10:]}" for h in plain]


def _values(column: pd.Series) -> list[Any]:
    values = column.astype("object")
    return values.where(values.notna(), None).tolist()

"""Bulk rows to and from PostGIS: COPY in, well-known binary out.

Geometry goes in as extended well-known binary with the zone's EPSG code; the ``display``
column is made here, and only here, by the one pinned operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from psycopg import sql
from sqlalchemy import Connection, CursorResult, TextClause

from cadastre.crs import to_web_mercator
from cadastre.store.copy_binary import HEADER, TRAILER, binary_rows, zoned
from cadastre.store.named import query

WEB_MERCATOR = 3857


#: Rows that are written at once; the memory of a copy is a few times this many rows.
BLOCK = 20_000


@dataclass(frozen=True)
class _Block:
    """Some rows and, where every value fits its column, their bytes in binary form."""

    rows: pd.DataFrame
    content: bytes | None


def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: pd.DataFrame
) -> int:
    """COPY rows into a table inside the transaction of ``connection``; return how many.

    Parameters
    ----------
    table : name, with its schema unless temporary
    columns : the columns to write; missing values (NaN, NaT, NA) become NULL
    """
    held = rows[list(columns)]
    return copy_chunks(connection, table, columns, _sliced(held) if len(held) else ())


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
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)

    def chunks() -> Iterator[pd.DataFrame]:
        for rows in _sliced(plain):
            mine = shapes[rows.index[0] : rows.index[-1] + 1]
            made = {**(extra or {}), geometry: shapely.to_wkb(mine, byte_order=1)}
            if display is not None:
                made[display] = shapely.to_wkb(to_web_mercator(mine, srid), byte_order=1)
            yield rows.assign(**made)

    columns = [*plain.columns, *(extra or {}), geometry, *([display] if display else [])]
    zones = {geometry: srid} | ({display: WEB_MERCATOR} if display else {})
    return copy_chunks(connection, table, list(dict.fromkeys(columns)), chunks(), zones=zones)


def copy_chunks(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    chunks: Iterable[pd.DataFrame],
    *,
    zones: Mapping[str, int] | None = None,
) -> int:
    """COPY chunks of rows as they come; return how many rows were written.

    The next chunk is made in a thread of its own while the last one is on its way, so that a
    reader and the server work at the same time; two chunks are held at most.

    Parameters
    ----------
    chunks : frames that have ``columns``
    zones : EPSG codes of the columns that hold geometry, as plain little-endian WKB
    """
    kinds = _kinds(connection, table, columns, zones or {})
    driver: Any = connection.connection.driver_connection
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target = sql.Identifier(*table.split("."))
    with driver.cursor() as cursor:
        guarded = cursor.execute("SELECT row_security_active(%s)", [table]).fetchone()[0]
        blocks = _ahead(_Block(c, _binary(c, kinds)) for c in chunks)
        if not guarded:
            return _copy(cursor, target, names, blocks, kinds)
        # COPY refuses tables with row-level security: the policies judge an INSERT instead.
        stage = sql.Identifier("copied_" + table.replace(".", "_"))
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                stage, names, target
            )
        )
        count = _copy(cursor, stage, names, blocks, kinds)
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, names, names, stage)
        )
        cursor.execute(sql.SQL("DROP TABLE {}").format(stage))
        return count


def _kinds(
    connection: Connection, table: str, columns: Sequence[str], zones: Mapping[str, int]
) -> dict[str, tuple[str, int | None]]:
    """Type of each column of a table, and its zone where it holds geometry."""
    rows = connection.execute(query("column_types"), {"table": table})
    found = {str(name): str(kind) for name, kind in rows}
    return {name: (found.get(name, ""), zones.get(name)) for name in columns}


def _sliced(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (rows.iloc[at : at + BLOCK] for at in range(0, len(rows), BLOCK))


def _binary(rows: pd.DataFrame, kinds: Mapping[str, tuple[str, int | None]]) -> bytes | None:
    types, zones = zip(*kinds.values(), strict=True)
    return binary_rows([rows[name] for name in kinds], types, zones)


def _ahead(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Yield the blocks, the next one being made meanwhile."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="copy") as maker:
        coming = maker.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = maker.submit(next, blocks, None)
            yield block


def _copy(
    cursor: Any,
    target: sql.Composable,
    names: sql.Composable,
    blocks: Iterator[_Block],
    kinds: Mapping[str, tuple[str, int | None]],
) -> int:
    """COPY blocks in binary form, those that have none row by row; return how many rows."""
    count = 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, names)
    for binary, alike in groupby(blocks, key=lambda block: block.content is not None):
        if not binary:
            count += _copy_row_by_row(cursor, statement, alike, kinds)
            continue
        with cursor.copy(sql.SQL("{} (FORMAT binary)").format(statement)) as copy:
            copy.write(HEADER)
            for block in alike:
                copy.write(block.content)
                count += len(block.rows)
            copy.write(TRAILER)
    return count


def _copy_row_by_row(
    cursor: Any,
    statement: sql.Composable,
    blocks: Iterable[_Block],
    kinds: Mapping[str, tuple[str, int | None]],
) -> int:
    """COPY rows as text: for types without a binary form, and to let the server refuse a value."""
    count = 0
    with cursor.copy(statement) as copy:
        for block in blocks:
            held = [_values(block.rows[name], zone) for name, (_, zone) in kinds.items()]
            for row in zip(*held, strict=True):
                copy.write_row(row)
            count += len(block.rows)
    return count


def read_frame(
    connection: Connection, statement: TextClause, parameters: Mapping[str, Any], *, srid: int
) -> gpd.GeoDataFrame:
    """Rows of a query that has a ``geometry`` column, as a frame in zone ``srid``."""
    result = connection.execute(statement, dict(parameters))
    table = rows_of(result)
    shapes = shapely.from_wkb(table.pop("geometry").to_numpy(dtype=object))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=srid), crs=srid)


def rows_of(result: CursorResult[Any]) -> pd.DataFrame:
    """Rows of a result as a table; pandas asks a row of SQLAlchemy much that a tuple answers."""
    return pd.DataFrame(list(map(tuple, result)), columns=list(result.keys()))


def _values(column: pd.Series, zone: int | None) -> list[Any]:
    values = column.astype("object")
    plain = values.where(values.notna(), None).tolist()
    if zone is None:
        return plain
    return [zoned(wkb, zone).hex() if isinstance(wkb, bytes) else wkb for wkb in plain]

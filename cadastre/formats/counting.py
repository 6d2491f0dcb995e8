"""How many records a file holds, counted in the file itself and not by a reader.

Shapefile: DBF header (deleted rows included) and SHX. GeoPackage: ``count(*)`` by SQLite.
GeoJSON: the features of the parsed JSON. MapInfo: the header of the .DAT table.
GML, KML, MIF and File Geodatabase: see :mod:`cadastre.formats.feature_counts`.
Of FlatGeobuf it is said that only a reader can tell.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from cadastre.errors import InputRefused
from cadastre.formats import feature_counts
from cadastre.formats.signatures import check_links

DELETED = 0x2A


class FileTruncated(InputRefused):
    """The file ends too early: it was not copied or written completely."""

    message_vi = "Tệp bị cụt: sao chép hoặc ghi chưa xong."


class LayerUnclear(InputRefused):
    """The file holds several layers; say which one holds the parcels."""

    message_vi = "Tệp có nhiều lớp; hãy cho biết lớp nào chứa thửa đất."


def count_records(path: str | Path, layer: str | None = None) -> int | None:
    """Records in a file, or None when only a reader could tell.

    Raises
    ------
    FileTruncated
        A header or the JSON text is incomplete.
    LayerUnclear
        A GeoPackage with several feature tables and no ``layer``.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".shp":
        return _count_shapefile(path)
    if suffix in {".dbf", ".tab"}:
        return dbf_rows(sibling(path, ".dat") or path)[0]
    if suffix == ".gpkg":
        return _count_geopackage(path, layer)
    if suffix in {".geojson", ".json"}:
        return len(geojson_features(path))
    return _count_others(path, suffix)


def _count_others(path: Path, suffix: str) -> int | None:
    if suffix in {".gml", ".kml"}:
        return feature_counts.count_xml_features(path)
    if suffix == ".mif":
        table = sibling(path, ".mid")
        return feature_counts.count_mid_lines(table) if table is not None else None
    return feature_counts.count_geodatabase(path) if suffix == ".gdb" else None


def dbf_rows(path: Path) -> tuple[int, np.ndarray]:
    """Rows that the header of a dBASE table declares, and which of them (from 1) are deleted.

    Rows that the header promises and the file does not hold raise :class:`FileTruncated`.
    """
    content = np.fromfile(path, dtype=np.uint8)
    if content.size < 32:
        raise _truncated(path, 32, int(content.size))
    rows, header, width = struct.unpack_from("<IHH", content.tobytes()[:32], 4)
    if width == 0 or header < 32:
        raise _truncated(path, 32, int(content.size))
    held = max(0, (content.size - header) // width)
    if held < rows:
        raise _truncated(path, header + rows * width, int(content.size))
    flags = content[header : header + rows * width : width]
    return int(rows), np.flatnonzero(flags == DELETED) + 1


def shape_records(path: Path) -> int:
    """Records that the index (.shx) of a shapefile holds, or the walk through the .shp."""
    index = sibling(path, ".shx")
    if index is not None and index.stat().st_size >= 100:
        return (index.stat().st_size - 100) // 8
    return _walked_shapes(path)


def _walked_shapes(path: Path) -> int:
    content = path.read_bytes()
    at, count = 100, 0
    while at + 8 <= len(content):
        at += 8 + 2 * struct.unpack_from(">i", content, at + 4)[0]
        count += 1
    return count


def _count_shapefile(path: Path) -> int:
    if path.stat().st_size < 100:
        raise _truncated(path, 100, path.stat().st_size)
    table = sibling(path, ".dbf")
    return max(shape_records(path), dbf_rows(table)[0] if table else 0)


def sibling(path: Path, suffix: str) -> Path | None:
    """Return the file of the same name with another suffix, in any case of letters."""
    for other in path.parent.glob(f"{_escaped(path.stem)}.*"):
        if other.suffix.lower() == suffix:
            return other
    return None


def _escaped(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)


def geopackage_layers(path: Path) -> list[str]:
    """Names of the feature tables of a GeoPackage."""
    rows = _asked(path, "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
    return [str(row[0]) for row in rows]


def only_layer(path: Path, layer: str | None) -> str:
    """Return the layer to read: the one asked for, or the only one there is."""
    names = geopackage_layers(path)
    if layer is None and len(names) == 1:
        return names[0]
    if layer in names:
        return str(layer)
    listed = ", ".join(names)
    raise LayerUnclear(f"{path.name}: {listed}.", file=path.name, layers=names)


def _count_geopackage(path: Path, layer: str | None) -> int:
    table = only_layer(path, layer).replace('"', '""')
    return int(_asked(path, f'SELECT count(*) FROM "{table}"')[0][0])


def last_rows(path: Path, layer: str | None, size: int, records: int) -> list[int]:
    """Row numbers that end each ``size`` of the ``records`` rows of a GeoPackage; none for a view.

    Numbers without a gap are counted, not looked for: that would read the whole table.
    """
    table = only_layer(path, layer)
    if _asked(path, "SELECT type FROM sqlite_master WHERE name = ?", table) != [("table",)]:
        return []
    quoted = table.replace('"', '""')
    ends = f'SELECT (SELECT min(rowid) FROM "{quoted}"), (SELECT max(rowid) FROM "{quoted}")'
    ((first, last),) = _asked(path, ends)
    if first is None:
        return []
    if last - first + 1 == records:
        return [*range(first + size - 1, last, size), last]
    numbered = f'SELECT rowid AS at, row_number() OVER (ORDER BY rowid) AS n FROM "{quoted}"'
    found = _asked(path, f"SELECT at FROM ({numbered}) WHERE n % ? = 0", size)
    return sorted({*(int(at) for (at,) in found), last})


def geometry_bytes(path: Path, layer: str | None, fid: int) -> int:
    """Bytes that a GeoPackage holds for the geometry of row ``fid``; 0 when it is NULL."""
    table = only_layer(path, layer)
    quoted = table.replace('"', '""')
    which = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
    named = _asked(path, which, table)
    column = str(named[0][0]).replace('"', '""')
    statement = f'SELECT coalesce(length("{column}"), 0) FROM "{quoted}" WHERE rowid = ?'
    rows = _asked(path, statement, fid)
    return int(rows[0][0]) if rows else 0


def _asked(path: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a question to a GeoPackage, opened for reading only."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute(statement, values).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as broken:
        raise FileTruncated(f"{path.name}: {broken}.", file=path.name) from broken


def geojson_features(path: Path) -> list[Any]:
    """Features of a GeoJSON file as parsed JSON; a bare feature or geometry is one record."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError as deep:
        raise FileTruncated(f"{path.name}: nested too deep.", file=path.name) from deep
    except json.JSONDecodeError as broken:
        raise FileTruncated(
            f"{path.name}, line {broken.lineno}, column {broken.colno}: {broken.msg}.",
            f"{path.name}, dòng {broken.lineno}, cột {broken.colno}: {broken.msg}.",
            file=path.name,
            row=broken.lineno,
        ) from broken
    except UnicodeDecodeError as broken:
        raise FileTruncated(f"{path.name}: {broken}.", file=path.name) from broken
    check_links(path, content)
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        features = content.get("features")
        if features is not None and not isinstance(features, list):
            raise FileTruncated(f"{path.name}: features.", file=path.name, field="features")
        return list(features or [])
    return [content]


def _truncated(path: Path, expected: int, found: int) -> FileTruncated:
    return FileTruncated(
        f"{path.name}: {expected} bytes expected, {found} found; copy it again.",
        f"{path.name}: cần {expected} byte, chỉ có {found}; hãy sao chép lại.",
        file=path.name,
        expected=expected,
        found=found,
    )

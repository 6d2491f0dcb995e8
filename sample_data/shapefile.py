"""A plain Shapefile writer whose attribute bytes are exactly those given.

Libraries want to know an encoding; a former commune's DBF is bytes in a font's own table,
without a code page. ESRI Shapefile Technical Description (1998); dBASE III.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

Field = tuple[str, str, int, int]  # name, type C or N, width, decimals
_POLYGON = 5


def write_shapefile(
    path: Path,
    geometries: Sequence[object],
    fields: Sequence[Field],
    rows: Sequence[Sequence[bytes]],
    *,
    prj: str,
    cpg: str | None = None,
) -> None:
    """Write ``path`` with its .shx, .dbf, .prj and, where given, .cpg."""
    records = [_polygon(g) for g in geometries]
    bounds = shapely.total_bounds(np.array(geometries, dtype=object))
    offset, index, body = 50, b"", b""
    for number, record in enumerate(records, start=1):
        words = len(record) // 2
        index += struct.pack(">ii", offset, words)
        body += struct.pack(">ii", number, words) + record
        offset += words + 4
    path.with_suffix(".shp").write_bytes(_header(50 + len(body) // 2, bounds) + body)
    path.with_suffix(".shx").write_bytes(_header(50 + len(index) // 2, bounds) + index)
    path.with_suffix(".dbf").write_bytes(_table(fields, rows))
    path.with_suffix(".prj").write_text(prj, encoding="ascii")
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")


def _header(words: int, bounds: np.ndarray) -> bytes:
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, words) + struct.pack("<2i", 1000, _POLYGON)
    return head + struct.pack("<8d", *bounds, 0, 0, 0, 0)


def _polygon(geometry: object) -> bytes:
    rings = []
    for part in shapely.get_parts(geometry):
        for number, ring in enumerate(shapely.get_rings(part)):
            # Outer rings run clockwise, holes the other way.
            wrong = ring.is_ccw == (number == 0)
            xy = np.asarray(ring.coords)[:, :2]
            rings.append(xy[::-1] if wrong else xy)
    xy = np.vstack(rings)
    starts = np.cumsum([0, *[len(r) for r in rings[:-1]]])
    box = struct.pack("<4d", *xy.min(axis=0), *xy.max(axis=0))
    head = struct.pack("<i", _POLYGON) + box + struct.pack("<2i", len(rings), len(xy))
    return head + starts.astype("<i4").tobytes() + np.ascontiguousarray(xy, "<f8").tobytes()


def _table(fields: Sequence[Field], rows: Sequence[Sequence[bytes]]) -> bytes:
    width = 1 + sum(f[2] for f in fields)
    size = 32 + 32 * len(fields) + 1
    # Version, date of last change (kept fixed), counts; no language driver.
    head = struct.pack("<4BIHH20x", 3, 112, 5, 1, len(rows), size, width)
    for name, kind, length, decimals in fields:
        head += struct.pack("<11sc4xBB14x", name.encode("ascii"), kind.encode(), length, decimals)
    body = b"".join(
        b" " + b"".join(
            cell[:length].rjust(length) if kind == "N" else cell[:length].ljust(length)
            for cell, (_, kind, length, _) in zip(row, fields, strict=True)
        )
        for row in rows
    )  # fmt: skip
    return head + b"\r" + body + b"\x1a"

"""Polygons and their attributes out of a geodata file, in chunks, losing no record.

pyogrio reads in bulk as WKB; a record that it cannot give is looked at by fiona and in
the bytes of the file, and is named with its reason. The CRS that the file declares is
passed on as a claim and never applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cadastre.formats import counting
from cadastre.formats.counting import count_records
from cadastre.formats.native import FileUnreadable, native_reader
from cadastre.formats.outlines import read_outline
from cadastre.formats.signatures import check_signature
from cadastre.formats.sources import Chunk, lost_records, open_options, source_of
from cadastre.formats.writing import write_vector

__all__ = [
    "Chunk",
    "FileUnreadable",
    "VectorTable",
    "count_records",
    "open_table",
    "read_outline",
    "read_table",
    "write_vector",
]

#: Formats whose text is bytes of an unknown table; read as latin-1, which loses nothing.
BYTE_TEXT = {".shp", ".dbf", ".tab", ".mif"}
#: Records of a chunk: a reader and a writer side by side wait little for the first and the last.
CHUNK = 10_000
POLYGON_FILES = {
    ".shp", ".gpkg", ".geojson", ".json", ".tab", ".mif", ".gml", ".gdb", ".fgb", ".kml",
}  # fmt: skip


@dataclass(frozen=True)
class VectorTable:
    """A layer that can be read: what it claims about itself and how many records it has."""

    path: Path
    layer: str | None
    records: int
    counted_by: str
    declared_crs: str | None
    fields: tuple[str, ...]
    byte_text: bool

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        """Yield all records once, ``size`` at a time, then those that no reader could give."""
        source = source_of(self)
        seen = np.zeros(self.records + 1, dtype=bool)
        for chunk in source.chunks(size):
            inside = chunk.records[chunk.records <= self.records]
            seen[inside] = True
            yield chunk
        lost = [int(r) for r in np.flatnonzero(~seen[1:]) + 1]
        if lost:
            yield lost_records(source, lost)


def open_table(
    path: str | Path, *, layer: str | None = None, encoding: str | None = None
) -> VectorTable:
    """Return the layer of a file, ready to be read in chunks.

    Raises
    ------
    FileUnreadable
        No reader opens the file, or the format is one that must be saved differently.
    cadastre.formats.counting.FileTruncated
        The file ends before its header says.
    """
    import pyogrio

    path = Path(path)
    check_signature(path)
    if path.suffix.lower() == ".gpkg":
        layer = counting.only_layer(path, layer)
    records = count_records(path, layer)
    with native_reader(path):
        info = pyogrio.read_info(
            path,
            layer=layer,
            encoding=_reading_encoding(path, encoding),
            force_feature_count=records is None,
            **open_options(path),
        )
    return VectorTable(
        path=path,
        layer=layer,
        records=max(records if records is not None else int(info["features"]), 0),
        counted_by="file" if records is not None else "reader",
        declared_crs=info["crs"],
        fields=tuple(str(name) for name in info["fields"]),
        byte_text=path.suffix.lower() in BYTE_TEXT and encoding is None,
    )


def read_table(
    path: str | Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    chunk: int = CHUNK,
) -> Iterator[Chunk]:
    """Yield a file's records in chunks (see :class:`VectorTable`)."""
    yield from open_table(path, layer=layer, encoding=encoding).chunks(chunk)


def _reading_encoding(path: Path, encoding: str | None) -> str | None:
    return encoding or ("ISO-8859-1" if path.suffix.lower() in BYTE_TEXT else None)

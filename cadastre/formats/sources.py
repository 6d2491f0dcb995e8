"""Ways to get records out of each vector format, and the reason for each that does not come.

pyogrio reads in bulk. Fiona is the second opinion where the bulk reader gives up; the
bytes of a Shapefile, the rows of a GeoPackage and the JSON of a GeoJSON tell why a record
has no geometry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from cadastre.formats import counting
from cadastre.formats.native import FileUnreadable, native_reader, told

if TYPE_CHECKING:
    from cadastre.formats.vector import VectorTable

Reason = dict[str, str]


def open_options(path: Path) -> dict[str, str]:
    """Return what GDAL has to be told for a format: to write nothing beside a GML file."""
    return {"WRITE_GFS": "NO"} if path.suffix.lower() == ".gml" else {}


@dataclass(frozen=True)
class Chunk:
    """Some consecutive records: numbers from 1, shapely geometries (None where failed).

    ``closed`` are records whose ring was not closed and was closed on reading. ``wkb`` holds
    plain little-endian WKB where the reader gave it, for those who only pass it on.
    """

    records: np.ndarray
    geometries: np.ndarray
    attributes: dict[str, np.ndarray]
    failures: dict[int, Reason] = field(default_factory=dict)
    closed: tuple[int, ...] = ()
    wkb: np.ndarray | None = None


class _Source:
    """Bulk reading by pyogrio; the formats that need a second way override two methods."""

    def __init__(self, table: VectorTable) -> None:
        self.table = table
        self.encoding = "ISO-8859-1" if table.byte_text else None

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield chunks of ``size`` features."""
        for skip in range(0, max(self.table.records, 1), size):
            yield self._bulk(skip, size)

    def _bulk(self, skip: int, size: int, **which: Any) -> Chunk:
        which = which or {"skip_features": skip, "max_features": size}
        try:
            fids, wkb, attributes = self._raw(**which)
        except FileUnreadable as refused:
            return self._one_by_one(skip, size, refused.detail_en)
        return self._chunk(self._numbers(fids, skip), fids, wkb, attributes)

    def _raw(self, **which: Any) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        from pyogrio import raw

        with native_reader(self.table.path):
            meta, fids, wkb, columns = raw.read(
                self.table.path,
                layer=self.table.layer,
                encoding=self.encoding,
                force_2d=True,
                return_fids=True,
                datetime_as_string=True,
                **open_options(self.table.path),
                **which,
            )
        names = [str(name) for name in meta["fields"]]
        geometry = wkb if wkb is not None else np.full(len(fids), None, dtype=object)
        return fids, geometry, dict(zip(names, columns, strict=True))

    def _chunk(
        self,
        records: np.ndarray,
        fids: np.ndarray,
        wkb: np.ndarray,
        attributes: dict[str, np.ndarray],
    ) -> Chunk:
        with np.errstate(invalid="ignore"):  # a coordinate that is no number
            geometries = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
        absent = np.flatnonzero(shapely.is_missing(geometries))
        failures, closed = {}, _close_unclosed(geometries, wkb, absent, records)
        for at in np.flatnonzero(shapely.is_missing(geometries)):
            record = int(records[at])
            failures[record] = self.why(record, int(fids[at]), wkb[at])
        given = None if closed else wkb
        return Chunk(records, geometries, attributes, failures, closed, given)

    def _one_by_one(self, skip: int, size: int, error: str) -> Chunk:
        """Halves of a part that cannot be read at once, down to the records that cannot at all."""
        if size <= 1:
            failures = {skip + 1: _unreadable(error)} if skip < self.table.records else {}
            return _from_rows(self.table.fields, [], failures, self)
        half = size // 2
        rest = min(size, self.table.records - skip) - half
        parts = [self._bulk(skip, half)]
        if rest > 0:
            parts.append(self._bulk(skip + half, rest))
        return _joined(parts)

    def _numbers(self, fids: np.ndarray, skip: int) -> np.ndarray:
        return np.arange(skip + 1, skip + 1 + len(fids))

    def why(self, record: int, fid: int | None, wkb: bytes | None) -> Reason:
        """Return why a record has no geometry, from the file itself where it can tell."""
        if wkb is not None:
            return _unreadable(_geos_reason(wkb))
        return _no_geometry()


class _Shapefile(_Source):
    def chunks(self, size: int) -> Iterator[Chunk]:
        table = counting.sibling(self.table.path, ".dbf")
        _, self.deleted = counting.dbf_rows(table) if table else (0, np.array([], dtype=int))
        # Skipping counts deleted rows, reading does not: such a file is read in one piece.
        yield from super().chunks(size if not len(self.deleted) else max(self.table.records, 1))

    def _numbers(self, fids: np.ndarray, skip: int) -> np.ndarray:
        return np.asarray(fids) + 1

    def _one_by_one(self, skip: int, size: int, error: str) -> Chunk:
        """Fiona as the second opinion: a Shapefile's records are found by their number."""
        import fiona

        rows: list[tuple[int, Any, dict[str, Any]]] = []
        failures: dict[int, Reason] = {}
        with native_reader(self.table.path), fiona.open(self.table.path) as source:
            for record in range(skip + 1, min(skip + size, self.table.records) + 1):
                try:
                    feature = source[record - 1]
                    shape = shapely.geometry.shape(feature.geometry) if feature.geometry else None
                    rows.append((record, shape, dict(feature.properties)))
                except Exception as why:  # a damaged record must not lose the others
                    failures[record] = _unreadable(f"{error}; {told(why, self.table.path)}")
        return _from_rows(self.table.fields, rows, failures, self)

    def why(self, record: int, fid: int | None, wkb: bytes | None) -> Reason:
        if record in self.deleted:
            return {
                "vi": "Bản ghi đã bị đánh dấu xóa trong DBF; khôi phục nếu còn cần.",
                "en": "The record is marked deleted in the DBF; restore it if it is needed.",
            }
        index = counting.sibling(self.table.path, ".shx")
        start, length = _indexed(index, record)
        end = self.table.path.stat().st_size
        if start is None:
            return {
                "vi": "Bảng DBF có dòng này nhưng tệp SHP/SHX không có hình; xuất lại cả bộ tệp.",
                "en": "The DBF has this row but the SHP/SHX has no shape; export the set again.",
            }
        if start + length > end:
            return {
                "vi": f"Tệp SHP dừng ở byte {end}, hình này cần tới byte {start + length}; "
                "hãy sao chép lại tệp.",
                "en": f"The SHP ends at byte {end}, this shape needs byte {start + length}; "
                "copy the file again.",
            }
        beyond = counting.sibling(self.table.path, ".dbf")
        if fid is None and beyond is not None and record > counting.dbf_rows(beyond)[0]:
            return {
                "vi": "Tệp SHP có hình này nhưng bảng DBF không có dòng; xuất lại cả bộ tệp.",
                "en": "The SHP has this shape but the DBF has no row; export the set again.",
            }
        return super().why(record, fid, wkb)


class _GeoPackage(_Source):
    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield chunks between row numbers: skipping rows would read them again every time."""
        last = counting.last_rows(self.table.path, self.table.layer, size, self.table.records)
        if not last:
            yield from super().chunks(size)
        for at, (after, upto) in enumerate(pairwise([None, *last])):
            since = "" if after is None else f"rowid > {after} AND "
            where = f"{since}rowid <= {upto}"
            yield self._bulk(at * size, size, where=where, max_features=size)

    def why(self, record: int, fid: int | None, wkb: bytes | None) -> Reason:
        if wkb is not None or fid is None:
            return super().why(record, fid, wkb)
        size = counting.geometry_bytes(self.table.path, self.table.layer, fid)
        return _no_geometry() if not size else _unreadable(f"{size} byte, fid {fid}")


class _GeoJson(_Source):
    @cached_property
    def features(self) -> list[Any]:
        """Features as parsed JSON, only when a record has to be looked at."""
        return counting.geojson_features(self.table.path)

    def chunks(self, size: int) -> Iterator[Chunk]:
        whole = self._read_by_gdal()
        if whole is None:
            yield self._by_json()
        else:
            yield whole

    def _read_by_gdal(self) -> Chunk | None:
        try:
            fids, wkb, attributes = self._raw()
        except FileUnreadable:
            return None
        if len(fids) != self.table.records:
            return None
        return self._chunk(self._numbers(fids, 0), fids, wkb, attributes)

    def _by_json(self) -> Chunk:
        """Every feature by itself: GDAL left some out, so order no longer tells which is which."""
        import json

        rows: list[tuple[int, Any, dict[str, Any]]] = []
        failures: dict[int, Reason] = {}
        for record, feature in enumerate(self.features, start=1):
            try:
                shape = shapely.from_geojson(json.dumps(feature["geometry"]))
                rows.append((record, shape, dict(feature.get("properties") or {})))
            except (TypeError, KeyError, shapely.errors.ShapelyError) as wrong:
                failures[record] = _unreadable(str(wrong))
        return _from_rows(self.table.fields, rows, failures, self)

    def why(self, record: int, fid: int | None, wkb: bytes | None) -> Reason:
        feature = self.features[record - 1] if record <= len(self.features) else None
        if not isinstance(feature, dict) or "geometry" not in feature:
            return _unreadable("not a GeoJSON Feature")
        if wkb is None and feature["geometry"] is not None:
            return _unreadable("coordinates are not numbers or the type is unknown")
        return super().why(record, fid, wkb)


def source_of(table: VectorTable) -> _Source:
    """Return the reader for a table's format."""
    kinds: dict[str, type[_Source]] = {
        ".shp": _Shapefile,
        ".gpkg": _GeoPackage,
        ".geojson": _GeoJson,
        ".json": _GeoJson,
    }
    return kinds.get(table.path.suffix.lower(), _Source)(table)


def lost_records(source: _Source, records: list[int]) -> Chunk:
    """Return a chunk of records that no reader gave, each with its reason."""
    failures = {int(record): source.why(int(record), None, None) for record in records}
    return _from_rows(source.table.fields, [], failures, source)


def _from_rows(
    fields: tuple[str, ...],
    rows: list[tuple[int, Any, dict[str, Any]]],
    failures: dict[int, Reason],
    source: _Source,
) -> Chunk:
    empty: dict[str, Any] = {}
    all_rows = sorted([*rows, *((r, None, empty) for r in failures)], key=lambda row: row[0])
    geometries = np.array([shape for _, shape, _ in all_rows], dtype=object)
    columns = {
        name: np.array([row.get(name) for _, _, row in all_rows], dtype=object) for name in fields
    }
    for record, shape, _ in rows:
        if shape is None:
            failures[record] = source.why(record, None, None)
    return Chunk(np.array([r for r, _, _ in all_rows], dtype=int), geometries, columns, failures)


def _joined(parts: list[Chunk]) -> Chunk:
    """Return consecutive parts of a file as one."""
    return Chunk(
        np.concatenate([part.records for part in parts]),
        np.concatenate([part.geometries for part in parts]),
        {
            name: np.concatenate([part.attributes[name] for part in parts])
            for name in parts[0].attributes
        },
        {record: why for part in parts for record, why in part.failures.items()},
        tuple(record for part in parts for record in part.closed),
    )


def _close_unclosed(
    geometries: np.ndarray, wkb: np.ndarray, absent: np.ndarray, records: np.ndarray
) -> tuple[int, ...]:
    closed = []
    for at in absent:
        if wkb[at] is None:
            continue
        fixed = shapely.from_wkb(wkb[at], on_invalid="fix")
        if fixed is not None and not fixed.is_empty:
            geometries[at] = fixed
            closed.append(int(records[at]))
    return tuple(closed)


def _geos_reason(wkb: bytes) -> str:
    try:
        shapely.from_wkb(wkb)
    except shapely.errors.ShapelyError as wrong:
        return str(wrong)
    return "empty geometry"


def _indexed(index: Path | None, record: int) -> tuple[int | None, int]:
    """Byte at which a shape starts and its length with header, as the .shx says."""
    if index is None:
        return None, 0
    with index.open("rb") as stream:
        stream.seek(100 + 8 * (record - 1))
        entry = stream.read(8)
    if len(entry) < 8:
        return None, 0
    offset, words = struct.unpack(">ii", entry)
    return 2 * offset, 8 + 2 * words


def _no_geometry() -> Reason:
    return {
        "vi": "Bản ghi không có hình; vẽ lại thửa hoặc bỏ dòng này trong tệp gốc.",
        "en": "The record has no geometry; draw the parcel or drop the row in the source file.",
    }


def _unreadable(detail: str) -> Reason:
    return {
        "vi": f"Không đọc được hình của bản ghi ({detail}); sửa hoặc vẽ lại trong tệp gốc.",
        "en": f"The record's geometry cannot be read ({detail}); mend it in the source file.",
    }

"""One map file of a former commune -> parcels, an account of every record, mismatches.

Steps: count and read the records; text to NFC; which column is which; which zone the
coordinates are in; numbers, areas and scale; outlines repaired within TT 26/2024 Annex 04;
enclaves; what does not fit. Parcels come out in a VN-2000 zone, metres, (east, north).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre import regulation as law
from cadastre.errors import InputRefused
from cadastre.formats.accounting import AccountBroken, Ledger, ReadReport, set_hash
from cadastre.formats.containers import map_files, parts_of
from cadastre.formats.vector import VectorTable, open_table
from cadastre.frames import concat
from cadastre.mismatch import mismatch_frame
from cadastre.regulation import Regulation
from cadastre.sheets import zone
from cadastre.sheets.clues import box_of, gather_clues, known_points
from cadastre.sheets.columns import Columns
from cadastre.sheets.drawing import READERS, DrawingTable, open_drawing, read_drawing
from cadastre.sheets.evidence import Clues
from cadastre.sheets.judging import Part, judge_part
from cadastre.sheets.numbering import number_parcels, other_columns
from cadastre.sheets.plane import to_plane
from cadastre.sheets.raw import RawTable, read_raw
from cadastre.sheets.zone import ZoneFinding

AUTO = "auto"


class NothingUsable(InputRefused):
    """The file holds no parcel at all."""

    message_vi = "Tệp không có thửa đất nào."


@dataclass(frozen=True)
class SheetReading:
    """What a file gave: parcels with a ``record`` column, the account, what does not fit.

    ``attributes`` and ``persons`` (parcel_uid, name, value, original) hold the file's other
    columns; ``original`` is the text before decoding, its characters the bytes of the file.
    ``zones`` has one finding per file of a set, ``zone`` is the first.
    """

    parcels: gpd.GeoDataFrame
    report: ReadReport
    mismatches: gpd.GeoDataFrame
    zone: ZoneFinding
    attributes: pd.DataFrame
    persons: pd.DataFrame
    columns: dict[str, str]
    zones: tuple[ZoneFinding, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Request:
    former_commune: str
    sheet: str | None
    scale: int | None
    map_set: str | None
    crs: str | int
    encoding: str
    columns: Columns
    levels: str | Path | Mapping[str, Any] | None
    clues: Clues
    layer: str | None
    target_srid: int | None
    regulation: Regulation
    taken: dict[str, int] = field(default_factory=dict)


def read_sheet(
    path: str | Path,
    *,
    former_commune: str,
    sheet: str | int | None = None,
    scale: int | None = None,
    map_set: str | None = None,
    crs: str | int = AUTO,
    encoding: str = AUTO,
    columns: Columns = AUTO,
    outline: Any = None,
    regulation: Regulation | None = None,
    target_srid: int | None = None,
    layer: str | None = None,
    control: Any = None,
    neighbours: Any = None,
    bounds: Any = None,
    levels: str | Path | Mapping[str, Any] | None = None,
) -> SheetReading:
    """Parcels of a map file, polygons or line work, zipped or not.

    Shapefile, GeoPackage, GeoJSON, MapInfo and GML hold polygons; DGN V7 and DXF hold lines
    and labels that are closed to parcels first.

    Parameters
    ----------
    former_commune : code of the commune that made the map
    sheet, scale, map_set : for the whole file; default from its columns or its name
    crs : ``auto`` finds the zone by evidence; a code such as ``EPSG:9217`` is taken as given
    encoding : ``auto`` or one of ``cadastre.formats.text.ENCODINGS``
    columns : ``auto`` or standard name -> the file's column
    outline : polygon of the commune in EPSG:4326, evidence for the zone
    control : GeoDataFrame of control points in a VN-2000 zone, evidence for the zone
    neighbours : GeoDataFrame of parcels already in, whose edges this sheet meets; the same
    bounds : (west, south, east, north) in EPSG:4326, the weakest evidence
    levels : what the levels of a drawing are for, a dictionary or a TOML file; see
        ``suggest_levels`` for the mapping that would be used without
    target_srid : VN-2000 zone of the result; default the zone that was found
    layer : which layer of a GeoPackage

    Raises
    ------
    cadastre.errors.InputRefused
        A subclass says what is wrong with the file as a whole: ``ZoneUnclear``,
        ``ColumnsUnclear``, ``SheetUnnamed``, ``FileTruncated``, ``FileUnreadable`` ...
    """
    request = _Request(
        former_commune=str(former_commune),
        sheet=None if sheet is None else str(sheet),
        scale=None if scale is None else int(scale),
        map_set=map_set,
        crs=crs,
        encoding=encoding,
        columns=columns,
        levels=levels,
        clues=Clues(
            scale=None if scale is None else int(scale),
            control=known_points(control),
            neighbours=known_points(neighbours),
            outline=_one_polygon(outline),
            bounds=box_of(bounds),
        ),
        layer=layer,
        target_srid=target_srid,
        regulation=regulation or law.load(),
    )
    path = Path(path)
    with map_files(path) as members:
        tables, unopened = _opened_all(members, layer)
        ledger = _ledger(path, tables, unopened)
        parts: list[Part] = []
        offset = 0
        for table in tables:
            try:
                parts.append(_read_part(table, path.name, offset, ledger, request))
                request = _following(request, parts[-1])
            except InputRefused as refusal:
                if len(members) == 1:
                    raise
                _book_refused(ledger, table.path.name, offset, table.records, refusal)
                unopened.append((table.path.name, refusal))
            offset += table.records
    if not parts:
        raise unopened[0][1]
    _check_account(tables, parts, ledger)
    return _assembled(parts, tables, ledger)


def _opened_all(
    members: Sequence[Path], layer: str | None
) -> tuple[list[VectorTable | DrawingTable], list[tuple[str, InputRefused]]]:
    """Tables of the files of a set, and the files that cannot be opened.

    The only file of a set is the set: its refusal is raised.
    """
    tables: list[VectorTable | DrawingTable] = []
    unopened: list[tuple[str, InputRefused]] = []
    for member in members:
        try:
            tables.append(_opened(member, layer))
        except InputRefused as refusal:
            if len(members) == 1:
                raise
            unopened.append((member.name, refusal))
    return tables, unopened


def _book_refused(
    ledger: Ledger, name: str, offset: int, records: int, refusal: InputRefused
) -> None:
    """Account for a file of a set that is refused while the others are read."""
    reason = {"vi": refusal.message("vi"), "en": refusal.message("en")}
    for record in range(offset + 1, offset + records + 1):
        ledger.refuse(record, reason, field="file")
    ledger.note("FILE_REFUSED", reason, file=name, records=records, refusal=refusal.code)


def _check_account(
    tables: Sequence[VectorTable | DrawingTable], parts: list[Part], ledger: Ledger
) -> None:
    """Each record of a table of polygons is a parcel or refused; nothing else can be."""
    if any(isinstance(table, DrawingTable) for table in tables):
        return
    known = ledger.refused_records.union(*(set(part.parcels["record"]) for part in parts))
    if known != set(range(1, ledger.records + 1)):
        raise AccountBroken(
            f"{ledger.file}: {ledger.records} records, {len(known)} found.",
            f"{ledger.file}: {ledger.records} bản ghi, thấy {len(known)}.",
            file=ledger.file,
            records=ledger.records,
            accounted=len(known),
        )


def _opened(path: Path, layer: str | None) -> VectorTable | DrawingTable:
    if path.suffix.lower() in READERS:
        return open_drawing(path)
    return open_table(path, layer=layer)


def _following(request: _Request, part: Part) -> _Request:
    """Return the request for the next file of a set: same zone, no identifier used twice."""
    return replace(request, target_srid=int(part.parcels.crs.to_epsg()))


def _one_polygon(outline: Any) -> Any:
    """Accept a shapely geometry, or a GeoSeries or GeoDataFrame in EPSG:4326."""
    return outline.union_all() if hasattr(outline, "union_all") else outline


def _ledger(
    path: Path,
    tables: Sequence[VectorTable | DrawingTable],
    unopened: Sequence[tuple[str, InputRefused]],
) -> Ledger:
    """Open the account; a file that cannot be opened counts as one record, refused."""
    inside = path.suffix.lower() == ".zip"
    digest = set_hash([path] if inside else parts_of(path))
    readable = sum(table.records for table in tables)
    ledger = Ledger(path.name, digest, readable + len(unopened))
    for at, (name, refusal) in enumerate(unopened):
        _book_refused(ledger, name, readable + at, 1, refusal)
    for table in tables:
        if table.counted_by != "file":
            ledger.note(
                "COUNT_BY_READER",
                {
                    "vi": f"{table.path.name}: định dạng không tự ghi số bản ghi.",
                    "en": f"{table.path.name}: the format does not state its record count.",
                },
            )
    return ledger


def _read_part(
    table: VectorTable | DrawingTable, file: str, offset: int, ledger: Ledger, request: _Request
) -> Part:
    name = file if table.path.name == file else f"{file}/{table.path.name}"
    raw = _raw(table, name, offset, ledger, request) if table.records else None
    if raw is None or len(raw.records) == 0:
        raise _nothing_usable(name, table, ledger)
    found = _zone(table, raw, name, request)
    plane, srid = to_plane(raw.geometries, found, request.target_srid)
    # The outlines as read are held once: from here on they are those in the plane.
    raw = replace(raw, geometries=np.empty(0, dtype=object))
    ledger.note("ZONE", {"vi": found.evidence_vi, "en": found.evidence_en}, **found.to_dict())
    numbers = number_parcels(
        raw,
        plane,
        former_commune=request.former_commune,
        sheet=request.sheet,
        scale=request.scale,
        map_set=request.map_set,
        regulation=request.regulation,
        ledger=ledger,
        stem=table.path.stem,
    )
    return judge_part(
        numbers,
        srid,
        raw,
        found,
        ledger,
        former_commune=request.former_commune,
        taken=request.taken,
        regulation=request.regulation,
        name=name,
    )


def _nothing_usable(name: str, table: VectorTable | DrawingTable, ledger: Ledger) -> NothingUsable:
    """Return the refusal of a file in which no record has an outline, with the first reason."""
    why = next(iter(ledger.lines), None)
    vi, en = (f" {why.reason_vi}", f" {why.reason_en}") if why is not None else ("", "")
    return NothingUsable(
        f"{name}: {table.records} records, none with an outline.{en}",
        f"{name}: {table.records} bản ghi, không bản ghi nào có ranh giới.{vi}",
        file=name,
        records=table.records,
    )


def _raw(
    table: VectorTable | DrawingTable, name: str, offset: int, ledger: Ledger, request: _Request
) -> RawTable:
    if isinstance(table, VectorTable):
        return read_raw(table, name, offset, ledger, request.encoding, request.columns)
    return read_drawing(
        table,
        name,
        offset,
        ledger,
        scale=request.scale,
        encoding=request.encoding,
        columns=request.columns,
        levels=request.levels,
        regulation=request.regulation,
    )


def _zone(
    table: VectorTable | DrawingTable, raw: RawTable, name: str, request: _Request
) -> ZoneFinding:
    if request.crs != AUTO:
        return zone.given_zone(
            raw.geometries,
            request.crs,
            declared=table.declared_crs,
            outline=request.clues.outline,
            file=name,
        )
    clues = gather_clues(request.clues, raw, table.path.stem)
    return zone.find_zone(raw.geometries, declared=table.declared_crs, clues=clues, file=name)


def _assembled(
    parts: list[Part], tables: Sequence[VectorTable | DrawingTable], ledger: Ledger
) -> SheetReading:
    srid = int(parts[0].parcels.crs.to_epsg())
    long = [other_columns(part.raw, part.parcels) for part in parts]
    return SheetReading(
        parcels=concat([part.parcels for part in parts]),
        report=ledger.close(),
        mismatches=mismatch_frame([row for part in parts for row in part.rows], srid),
        zone=parts[0].zone,
        attributes=concat([plain for plain, _ in long]),
        persons=concat([personal for _, personal in long]),
        columns={s.name: s.column for s in parts[0].raw.columns},
        zones=tuple(part.zone for part in parts),
        # The columns of a drawing are not the file's own: nothing about them is to be kept.
        headers=() if isinstance(tables[0], DrawingTable) else tuple(parts[0].raw.attributes),
    )

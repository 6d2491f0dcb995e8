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
from cadastre.formats.accounting import Ledger, ReadReport
from cadastre.formats.containers import map_files
from cadastre.formats.vector import VectorTable
from cadastre.frames import concat
from cadastre.mismatch import mismatch_frame
from cadastre.regulation import Regulation
from cadastre.sheets import zone
from cadastre.sheets.clues import box_of, gather_clues, known_points
from cadastre.sheets.columns import Columns
from cadastre.sheets.drawing import DrawingTable, read_drawing
from cadastre.sheets.evidence import Clues
from cadastre.sheets.file_set import (
    SetFile,
    Table,
    book_refused,
    check_account,
    open_ledger,
    opened_all,
    set_files,
)
from cadastre.sheets.judging import Part, judge_part
from cadastre.sheets.numbering import number_parcels, other_columns
from cadastre.sheets.plane import ZoneUnclear, to_plane
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
        tables, unopened = opened_all(members, layer)
        ledger = open_ledger(path, tables, unopened)
        parts, refused = _read_set(set_files(tables, ledger), ledger, request)
    if not parts:
        raise [*(refusal for _, refusal in unopened), *refused][0]
    check_account(tables, [part.parcels["record"] for part in parts], ledger)
    return _assembled(parts, tables, ledger)


def _read_set(
    files: list[SetFile], ledger: Ledger, request: _Request
) -> tuple[list[Part], list[InputRefused]]:
    """Read the files of a set, of which a refused one loses no other.

    A file whose zone is not clear is heard again when others have come in, because its edges
    may meet theirs. The refusal of the only file of a set is raised.
    """
    parts: list[Part] = []
    refused: list[tuple[SetFile, InputRefused]] = []
    held: dict[int, RawTable] = {}
    waiting = files
    while waiting:
        came: list[Part] = []
        unclear: list[tuple[SetFile, InputRefused]] = []
        for file in waiting:
            try:
                came.append(_read_part(file, held, ledger, request))
                request = _following(request, came[-1])
            except InputRefused as refusal:
                if len(files) == 1:
                    raise
                (unclear if isinstance(refusal, ZoneUnclear) else refused).append((file, refusal))
        parts += came
        waiting = [file for file, _ in unclear] if came else []
        refused += [] if waiting else unclear
        request = _with_edges(request, came) if waiting else request
    for file, why in refused:
        book_refused(ledger, file, why)
    return parts, [why for _, why in refused]


def _following(request: _Request, part: Part) -> _Request:
    """Return the request for the next file of a set: same zone, no identifier used twice."""
    return replace(request, target_srid=int(part.parcels.crs.to_epsg()))


def _with_edges(request: _Request, parts: list[Part]) -> _Request:
    """Return the request with the edges of the files of the set that have come in."""
    edges = known_points(concat([part.parcels for part in parts]))
    held = request.clues.neighbours
    if edges is not None and held is not None and held[1] == edges[1]:
        edges = np.unique(np.vstack([held[0], edges[0]]), axis=0), edges[1]
    return replace(request, clues=replace(request.clues, neighbours=edges or held))


def _one_polygon(outline: Any) -> Any:
    """Accept a shapely geometry, or a GeoSeries or GeoDataFrame in EPSG:4326."""
    return outline.union_all() if hasattr(outline, "union_all") else outline


def _read_part(file: SetFile, held: dict[int, RawTable], ledger: Ledger, request: _Request) -> Part:
    """Read and judge one file; where its zone is not clear, ``held`` keeps what was read."""
    raw = held.pop(file.offset, None) or _content(file, ledger, request)
    try:
        found = _zone(file, raw, request)
    except ZoneUnclear:
        held[file.offset] = raw
        raise
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
        stem=file.table.path.stem,
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
        name=file.name,
    )


def _content(file: SetFile, ledger: Ledger, request: _Request) -> RawTable:
    raw = _raw(file, ledger, request) if file.table.records else None
    if raw is None or len(raw.records) == 0:
        raise _nothing_usable(file, ledger)
    return raw


def _nothing_usable(file: SetFile, ledger: Ledger) -> NothingUsable:
    """Return the refusal of a file in which no record has an outline, with the first reason."""
    name, records = file.name, file.table.records
    why = next(iter(ledger.lines), None)
    vi, en = (f" {why.reason_vi}", f" {why.reason_en}") if why is not None else ("", "")
    return NothingUsable(
        f"{name}: {records} records, none with an outline.{en}",
        f"{name}: {records} bản ghi, không bản ghi nào có ranh giới.{vi}",
        file=name,
        records=records,
    )


def _raw(file: SetFile, ledger: Ledger, request: _Request) -> RawTable:
    table, name, offset = file.table, file.name, file.offset
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


def _zone(file: SetFile, raw: RawTable, request: _Request) -> ZoneFinding:
    declared = file.table.declared_crs
    if request.crs != AUTO:
        return zone.given_zone(
            raw.geometries,
            request.crs,
            declared=declared,
            outline=request.clues.outline,
            file=file.name,
        )
    clues = gather_clues(request.clues, raw, file.table.path.stem)
    return zone.find_zone(raw.geometries, declared=declared, clues=clues, file=file.name)


def _assembled(parts: list[Part], tables: Sequence[Table], ledger: Ledger) -> SheetReading:
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

"""A drawing (DGN V7, DXF) as a raw table: its boundary lines closed, its labels joined.

Every element of the drawing is accounted for: lines that close nothing and labels that
stand in no parcel are refused by name, joined openings are reported with their length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from cadastre.errors import InputRefused
from cadastre.formats.accounting import Ledger
from cadastre.formats.dgn import read_dgn
from cadastre.formats.dxf import read_dxf
from cadastre.formats.linework import LineWork
from cadastre.formats.text import decode_columns
from cadastre.regulation import Regulation
from cadastre.sheets.columns import Suggestion
from cadastre.sheets.labels import Joined, join_labels
from cadastre.sheets.linework import Mesh, boundary_levels, polygonise
from cadastre.sheets.raw import RawTable, note_texts

#: Coordinates beyond this are millimetres, as in the search for the zone.
_MILLIMETRES = 1e8


class LevelsUnclear(InputRefused):
    """No level of the drawing is known to carry parcel boundaries; say which one does."""

    message_vi = "Không rõ lớp nào trong bản vẽ là ranh giới thửa; hãy chỉ ra lớp đó."


class ScaleNeeded(InputRefused):
    """A drawing does not state its scale; say it when handing it in."""

    message_vi = "Bản vẽ không ghi tỷ lệ; hãy khai báo khi nộp tệp."


@dataclass(frozen=True)
class DrawingTable:
    """A drawing that was read: as many records as elements, no declared CRS."""

    path: Path
    work: LineWork
    declared_crs: str | None = None
    counted_by: str = "file"

    @property
    def records(self) -> int:
        """Elements in the file."""
        return self.work.records


READERS: dict[str, Callable[[Path], LineWork]] = {".dgn": read_dgn, ".dxf": read_dxf}


def open_drawing(path: Path) -> DrawingTable:
    """Read a drawing's elements (see :func:`cadastre.formats.dgn.read_dgn`)."""
    return DrawingTable(path, READERS[path.suffix.lower()](path))


def read_drawing(
    table: DrawingTable,
    name: str,
    offset: int,
    ledger: Ledger,
    *,
    scale: int | None,
    encoding: str,
    columns: str | Mapping[str, str],
    regulation: Regulation,
) -> RawTable:
    """Parcels of a drawing as a raw table; ``columns={"boundary": "10,23"}`` names levels."""
    if scale is None:
        raise ScaleNeeded(f"{name}: give scale=.", f"{name}: thiếu tỷ lệ.", file=name)
    law = regulation["levels"]
    work = _decoded(table.work, name, ledger, encoding)
    levels = _levels(work, name, columns, law)
    mesh = polygonise(work, levels, _snap(work, scale, float(law["snap"]["map_mm"])))
    joined = join_labels(work, mesh.polygons, law)
    _book(work, mesh, joined, offset, ledger, name)
    records = _own_records(work, mesh, joined) + offset
    order = np.argsort(records)
    attributes = {
        "parcel": joined.parcel[order],
        "printed_area_m2": joined.area_m2[order],
        "land_use": joined.land_use[order],
    }
    return RawTable(
        name=name,
        records=records[order],
        geometries=mesh.polygons[order],
        attributes=attributes,
        originals={},
        columns=[Suggestion(column, column, 1.0) for column in attributes],
        texts=[],
        many={int(records[at]): numbers for at, numbers in joined.many.items()},
    )


def _decoded(work: LineWork, name: str, ledger: Ledger, encoding: str) -> LineWork:
    read, found = decode_columns({"text": work.texts}, byte_text=work.byte_text, encoding=encoding)
    note_texts(ledger, name, found)
    return LineWork(**{**_fields(work), "texts": read["text"]})


def _fields(work: LineWork) -> dict[str, object]:
    return {name: getattr(work, name) for name in LineWork.__dataclass_fields__}


def _levels(
    work: LineWork, name: str, columns: str | Mapping[str, str], law: Mapping
) -> tuple[object, ...]:
    given = "" if isinstance(columns, str) else str(columns.get("boundary", ""))
    wanted = {part.strip() for part in given.split(",") if part.strip()}
    held = list(dict.fromkeys(work.line_levels.tolist()))
    levels = (
        tuple(level for level in held if str(level) in wanted)
        if wanted
        else boundary_levels(work.line_levels, law)
    )
    if not levels:
        listed = ", ".join(map(str, held))
        raise LevelsUnclear(
            f'{name}: levels with lines: {listed}. Give columns={{"boundary": "..."}}.',
            f"{name}: các lớp có nét: {listed}.",
            file=name,
            levels=held,
        )
    return levels


def _snap(work: LineWork, scale: int, map_mm: float) -> float:
    largest = np.abs(shapely.bounds(work.lines)).max(initial=0.0)
    return map_mm * scale / 1000.0 * (1000.0 if largest > _MILLIMETRES else 1.0)


def _own_records(work: LineWork, mesh: Mesh, joined: Joined) -> np.ndarray:
    """Return the element that stands for each parcel: its number, else a line of its outline."""
    records = joined.records.copy()
    taken = set(records[records > 0].tolist())
    unnamed = np.flatnonzero(records == 0)
    touching = shapely.STRtree(work.lines).query(mesh.polygons[unnamed], predicate="intersects")
    for place, at in enumerate(unnamed):
        lines = work.line_records[touching[1][touching[0] == place]].tolist()
        free = (r for r in [*lines, *range(1, work.records + 1)] if r not in taken)
        records[at] = next(free, work.records)
        taken.add(int(records[at]))
    return records


def _book(
    work: LineWork, mesh: Mesh, joined: Joined, offset: int, ledger: Ledger, name: str
) -> None:
    for record, reason in work.refused.items():
        ledger.refuse(record + offset, reason, field="element")
    for at in mesh.idle.tolist():
        east, north = shapely.get_coordinates(work.lines[at])[0].tolist()
        reason = {
            "vi": "Nét ranh giới không khép thửa nào (hở hoặc thừa); hãy nối hoặc xóa.",
            "en": "The boundary line closes no parcel (open or stray); join or delete it.",
        }
        ledger.refuse(
            int(work.line_records[at]) + offset, reason, field="geometry", east=east, north=north
        )
    for at in joined.outside.tolist():
        east, north = shapely.get_coordinates(work.points[at])[0].tolist()
        reason = {
            "vi": f"Nhãn {work.texts[at]!r} không nằm trong thửa nào; hãy dời vào thửa.",
            "en": f"The label {work.texts[at]!r} stands in no parcel; move it into one.",
        }
        ledger.refuse(
            int(work.point_records[at]) + offset, reason, field="label", east=east, north=north
        )
    longest = float(mesh.joins.max(initial=0.0))
    levels = ", ".join(map(str, mesh.levels))
    ledger.note(
        "LINEWORK",
        {
            "vi": f"{name}: {len(mesh.polygons)} thửa từ các lớp {levels}; "
            f"nối {len(mesh.joins)} chỗ hở, dài nhất {longest:.3f}.",
            "en": f"{name}: {len(mesh.polygons)} parcels from levels {levels}; "
            f"{len(mesh.joins)} openings joined, the longest {longest:.3f}.",
        },
        levels=[str(level) for level in mesh.levels],
        parcels=len(mesh.polygons),
        joined=len(mesh.joins),
        longest_join=longest,
    )

"""A drawing (DGN V7, DXF) as a raw table: its boundary lines closed, its labels joined.

Every element of the drawing is accounted for: lines that close nothing and labels that
stand in no parcel are refused by name, joined openings are reported with their length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cadastre.errors import InputRefused
from cadastre.formats.accounting import Ledger
from cadastre.formats.dgn import read_dgn
from cadastre.formats.dxf import read_dxf
from cadastre.formats.linework import LineWork
from cadastre.formats.text import decode_columns
from cadastre.regulation import Regulation
from cadastre.sheets.columns import Columns, Suggestion
from cadastre.sheets.labels import Joined, join_labels
from cadastre.sheets.levels import LevelMapping, level_mapping
from cadastre.sheets.linework import Mesh, polygonise
from cadastre.sheets.raw import RawTable, note_texts
from cadastre.sheets.sheet_grid import named_cells
from cadastre.sheets.wording import vi

#: Coordinates beyond this are millimetres, as in the search for the zone.
_MILLIMETRES = 1e8


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
    columns: Columns,
    regulation: Regulation,
    levels: str | Path | Mapping[str, Any] | None = None,
) -> RawTable:
    """Parcels of a drawing as a raw table.

    Parameters
    ----------
    columns : ``{"boundary": "10,23"}`` is a short way to name the levels of boundaries
    levels : what levels are for, as a dictionary or the path of a TOML file
    """
    if scale is None:
        raise ScaleNeeded(f"{name}: give scale=.", f"{name}: thiếu tỷ lệ.", file=name)
    law = regulation["levels"]
    work = _decoded(table.work, name, ledger, encoding)
    snap = snap_of(work, scale, float(law["snap"]["map_mm"]))
    chosen = level_mapping(work, levels or _short(columns), snap_m=snap, law=law, name=name)
    _note_levels(ledger, name, chosen)
    mesh = polygonise(work, chosen.of("boundary"), snap)
    joined = join_labels(work, mesh.polygons, chosen.label_roles())
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
        cells=tuple(named_cells(work.texts)),
        frame=_corners(work, chosen),
        marks=_control_marks(work, chosen),
    )


def _decoded(work: LineWork, name: str, ledger: Ledger, encoding: str) -> LineWork:
    read, found = decode_columns({"text": work.texts}, byte_text=work.byte_text, encoding=encoding)
    note_texts(ledger, name, found)
    return LineWork(**{**_fields(work), "texts": read["text"]})


def _fields(work: LineWork) -> dict[str, object]:
    return {name: getattr(work, name) for name in LineWork.__dataclass_fields__}


def _short(columns: Columns) -> dict[str, Any] | None:
    given = str(columns.get("boundary", "")) if isinstance(columns, Mapping) else ""
    named = [part.strip() for part in given.split(",") if part.strip()]
    return {"boundary": named} if named else None


def _note_levels(ledger: Ledger, name: str, chosen: LevelMapping) -> None:
    told = "; ".join(
        f"{role} {', '.join(map(str, levels))} ({chosen.basis.get(role, '')})"
        for role, levels in chosen.levels.items()
        if levels
    )
    ledger.note(
        "LEVELS",
        {"vi": f"{name}: các lớp: {told}.", "en": f"{name}: levels: {told}."},
        levels={role: [str(x) for x in levels] for role, levels in chosen.levels.items()},
        basis=dict(chosen.basis),
        confidence=dict(chosen.confidence),
        toml=chosen.to_toml(),
    )


def _corners(work: LineWork, chosen: LevelMapping) -> np.ndarray:
    """Vertices of the lines that draw the sheet's frame."""
    framing = np.array([level in chosen.of("frame") for level in work.line_levels], dtype=bool)
    return np.asarray(shapely.get_coordinates(work.lines[framing]))


def _control_marks(work: LineWork, chosen: LevelMapping) -> np.ndarray:
    """Places where control points are drawn: bare points, and the middle of their symbols."""
    levels = chosen.of("control")
    points = work.points[[level in levels for level in work.point_levels]]
    box = shapely.bounds(work.lines[[level in levels for level in work.line_levels]])
    middle = (box[:, :2] + box[:, 2:]) / 2 if len(box) else np.empty((0, 2))
    return np.vstack([shapely.get_coordinates(points), middle])


def snap_of(work: LineWork, scale: int, map_mm: float) -> float:
    """Return the largest opening to close, in the drawing's unit."""
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
    _book_lines(work, mesh, offset, ledger)
    _book_labels(work, joined, offset, ledger)
    _note_linework(mesh, ledger, name)


def _book_lines(work: LineWork, mesh: Mesh, offset: int, ledger: Ledger) -> None:
    """Lines that close nothing, lines drawn twice, and ends that stick out."""
    ends = {end.line: end for end in mesh.loose}
    idle = [at for at in mesh.idle.tolist() if at not in mesh.repeated]
    serving = set(np.delete(work.line_records, mesh.idle).tolist())
    for at in idle:
        first = shapely.get_coordinates(work.lines[at])[0].tolist()
        east, north = (ends[at].east, ends[at].north) if at in ends else first
        reason = {
            "vi": "Nét ranh giới không khép thửa nào (hở hoặc thừa); hãy nối hoặc xóa.",
            "en": "The boundary line closes no parcel (open or stray); join or delete it.",
        }
        number = int(work.line_records[at])
        # Of a block whose other lines are boundaries only this line is left out.
        if number in serving:
            ledger.repair(
                number + offset, reason, field="geometry", east=east, north=north, change_m2=0.0
            )
        else:
            ledger.refuse(number + offset, reason, field="geometry", east=east, north=north)
    for at, before in mesh.repeated.items():
        east, north = shapely.get_coordinates(work.lines[at])[0].tolist()
        other = int(work.line_records[before]) + offset
        reason = {
            "vi": f"Nét vẽ trùng hoàn toàn với phần tử {other}; chỉ dùng một.",
            "en": f"The line is drawn exactly as element {other}; one is used.",
        }
        record = int(work.line_records[at]) + offset
        ledger.refuse(record, reason, field="duplicate", east=east, north=north)
    for end in mesh.loose:
        if end.line in idle or end.line in mesh.repeated:
            continue
        reason = {
            "vi": f"Đầu nét thừa {vi(end.length_m, '.3f')} quá chỗ giao; phần thừa không dùng.",
            "en": f"The line's end sticks out by {end.length_m:.3f}; the rest is not used.",
        }
        ledger.repair(
            int(work.line_records[end.line]) + offset, reason,
            field="dangle", east=end.east, north=end.north, change_m2=0.0,
        )  # fmt: skip


def _book_labels(work: LineWork, joined: Joined, offset: int, ledger: Ledger) -> None:
    for at in joined.outside.tolist():
        east, north = shapely.get_coordinates(work.points[at])[0].tolist()
        reason = {
            "vi": f"Nhãn {work.texts[at]!r} không nằm trong thửa nào; hãy dời vào thửa.",
            "en": f"The label {work.texts[at]!r} stands in no parcel; move it into one.",
        }
        ledger.refuse(
            int(work.point_records[at]) + offset, reason, field="label", east=east, north=north
        )


def _note_linework(mesh: Mesh, ledger: Ledger, name: str) -> None:
    longest = float(mesh.joins.max(initial=0.0))
    levels = ", ".join(map(str, mesh.levels))
    ledger.note(
        "LINEWORK",
        {
            "vi": f"{name}: {len(mesh.polygons)} thửa từ các lớp {levels}; "
            f"nối {len(mesh.joins)} chỗ hở, dài nhất {vi(longest, '.3f')}.",
            "en": f"{name}: {len(mesh.polygons)} parcels from levels {levels}; "
            f"{len(mesh.joins)} openings joined, the longest {longest:.3f}.",
        },
        levels=[str(level) for level in mesh.levels],
        parcels=len(mesh.polygons),
        joined=len(mesh.joins),
        longest_join=longest,
        repeated=len(mesh.repeated),
        loose_ends=len(mesh.loose),
    )

"""A table of point sequences: which points, in which order, make which parcel.

One point a row ("12;P4") or one parcel a row ("12: P1, P2, (P3), P4"): a point in brackets
is the middle of an arc between its neighbours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cadastre.errors import InputRefused
from cadastre.formats.field_book import name_of, text_lines
from cadastre.formats.text_table import plain_name

_TITLES = {"thua", "sothua", "nhan", "label", "parcel", "lo", "diem", "point", "tendiem"}


class SequencesRefused(InputRefused):
    """The table of parcels and points cannot be read."""

    message_vi = "Không đọc được bảng nối điểm của thửa."


@dataclass(frozen=True, slots=True)
class Step:
    """One corner of one parcel, in order; ``bend`` is the middle of an arc."""

    label: str
    point: str
    bend: bool
    line: int


def read_sequences(path: str | Path) -> list[Step]:
    """Corners of parcels in order.

    Raises
    ------
    SequencesRefused
        A row names no point; names file and line.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "noi_diem.csv"
    >>> _ = path.write_text("12: 1, 2, (3), 4")
    >>> [(step.label, step.point, step.bend) for step in read_sequences(path)][2]
    ('12', '3', True)
    """
    path = Path(path)
    made: list[Step] = []
    for line, text in enumerate(text_lines(path), 1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in re.split(r"[:;,\t]+", text) if cell.strip()]
        if not made and all(plain_name(cell) in _TITLES for cell in cells):
            continue
        if len(cells) < 2:
            raise SequencesRefused(
                f"{path.name}, line {line}: '{text.strip()}' names no point.",
                f"{path.name}, dòng {line}: “{text.strip()}” không có tên điểm.",
                file=path.name,
                row=line,
            )
        for cell in cells[1:]:
            bend = cell.startswith("(") and cell.endswith(")")
            made.append(Step(name_of(cells[0]), name_of(cell.strip("()")), bend, line))
    return made

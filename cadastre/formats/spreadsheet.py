"""Tables of text and numbers out of XLSX, CSV and DBF: rows with their number in the file.

A land book has titles above its header and merged cells below it (``headings``). Every row
under the header that holds anything counts as one record.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cadastre.errors import InputRefused
from cadastre.formats import counting
from cadastre.formats.headings import Headings, Known, find_headings
from cadastre.formats.text import TextFinding, decode_columns

#: Rows at the top of a sheet among which the header is looked for.
HEADER_ROWS = 20


#: How the header of a page is found among its cells.
Find = Callable[[list[list[Any]]], Headings | None]


class TableUnreadable(InputRefused):
    """This file is not a table that can be read; save it as XLSX or CSV."""

    message_vi = "Không đọc được bảng này; hãy lưu thành XLSX hoặc CSV."


@dataclass(frozen=True)
class TableRows:
    """Rows under a header: ``row_numbers`` are the file's own, from 1.

    ``deleted`` are rows of a DBF that are marked deleted; they have no values here.
    """

    name: str
    columns: tuple[str, ...]
    row_numbers: np.ndarray
    values: dict[str, np.ndarray]
    texts: tuple[TextFinding, ...]
    deleted: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.row_numbers)


def read_rows(
    path: str | Path,
    *,
    encoding: str = "auto",
    known: Known | None = None,
    least: int = 3,
) -> TableRows:
    """Return the rows of a table.

    Parameters
    ----------
    encoding : ``auto`` or one of ``cadastre.formats.text.ENCODINGS``
    known : whether a heading is one that is wanted (default: the header is the row with most
        text)
    least : so many headings of a row must be known for it to be the header

    Raises
    ------
    TableUnreadable
        No such format, no header, or a damaged file.
    """
    path = Path(path)

    def find(cells: list[list[Any]]) -> Headings | None:
        return find_headings(_top(cells), known, least=1 if known is None else least)

    readers: dict[str, Callable[[Path], tuple[list[list[Any]], bool]]] = {
        ".xlsx": lambda p: (_xlsx_cells(p, find), False),
        ".xlsm": lambda p: (_xlsx_cells(p, find), False),
        ".csv": _csv_cells,
        ".txt": _csv_cells,
        ".tsv": _csv_cells,
    }
    if path.suffix.lower() == ".dbf":
        return _dbf(path, encoding)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _unreadable(path, f"{path.suffix or 'no suffix'} is not XLSX, CSV or DBF")
    cells, byte_text = reader(path)
    return _table(path, cells, byte_text, encoding, find)


def _xlsx_cells(path: Path, find: Find) -> list[list[Any]]:
    """Cells of the worksheet whose header fits best."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as broken:
        raise _unreadable(path, str(broken)) from broken
    try:
        sheets = [[list(row) for row in ws.iter_rows(values_only=True)] for ws in book.worksheets]
    finally:
        book.close()
    found = [find(cells) for cells in sheets]
    rated = [0.0 if header is None else header.known for header in found]
    return sheets[int(np.argmax(rated))] if sheets else []


def _csv_cells(path: Path) -> tuple[list[list[Any]], bool]:
    raw = path.read_bytes()
    try:
        text, byte_text = raw.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        text, byte_text = raw.decode("latin-1"), True
    head = text[:20_000]
    delimiter = max(";,\t|", key=head.count)
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)], byte_text


def _top(cells: list[list[Any]]) -> list[list[str]]:
    return [_as_text(row) for row in cells[:HEADER_ROWS]]


def _as_text(row: list[Any]) -> list[str]:
    return ["" if cell is None else " ".join(str(cell).split()) for cell in row]


def _table(
    path: Path,
    cells: list[list[Any]],
    byte_text: bool,
    encoding: str,
    find: Find,
) -> TableRows:
    header = find(cells)
    if header is None:
        raise _no_header(path, _top(cells))
    names = _unique([_decoded_name(n, byte_text) for n in header.names])
    first = header.row + header.rows
    body = [
        (number, row)
        for number, row in enumerate(cells[first:], start=first + 1)
        if any(cell not in (None, "") for cell in row) and not _counts_columns(row)
    ]
    columns = {
        name: np.array([_cell(row, at) for _, row in body], dtype=object)
        for at, name in enumerate(names)
        if name
    }
    decoded, texts = decode_columns(columns, byte_text=byte_text, encoding=encoding)
    numbers = np.array([number for number, _ in body], dtype=int)
    return TableRows(path.name, tuple(decoded), numbers, decoded, tuple(texts))


def _counts_columns(row: list[Any]) -> bool:
    """Whether a row only numbers the columns (1), (2), (3), as printed books do."""
    cells = [str(c).strip("()[] ") for c in row if c not in (None, "")]
    numbers = [int(c) for c in cells if c.isdigit()]
    return (
        len(cells) > 3
        and len(numbers) == len(cells)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] == 1
    )


def _decoded_name(name: str, byte_text: bool) -> str:
    if name.isascii():
        return name
    read, _ = decode_columns({"n": np.array([name], dtype=object)}, byte_text=byte_text)
    return str(read["n"][0])


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 or not name else f"{name} {seen[name]}")
    return out


def _cell(row: list[Any], at: int) -> Any:
    value = row[at] if at < len(row) else None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def _dbf(path: Path, encoding: str) -> TableRows:
    import pyogrio
    from pyogrio import raw

    _, deleted = counting.dbf_rows(path)
    try:
        meta, fids, _, columns = raw.read(
            path, encoding="ISO-8859-1", read_geometry=False, return_fids=True,
            datetime_as_string=True,
        )  # fmt: skip
    except pyogrio.errors.DataSourceError as broken:
        raise _unreadable(path, str(broken)) from broken
    values = {
        str(n): np.asarray(c, dtype=object) for n, c in zip(meta["fields"], columns, strict=True)
    }
    decoded, texts = decode_columns(values, byte_text=True, encoding=encoding)
    numbers = np.asarray(fids, dtype=int) + 1
    return TableRows(
        path.name, tuple(decoded), numbers, decoded, tuple(texts), tuple(deleted.tolist())
    )


def _no_header(path: Path, top: list[list[str]]) -> TableUnreadable:
    """Say what stands in the fullest of the first rows, which was not taken for a header."""
    fullest = find_headings(top)
    row = 1 if fullest is None else fullest.row + 1
    held = "-" if fullest is None else ", ".join(filter(None, fullest.names))
    return TableUnreadable(
        f"{path.name}: no row of headings was found among the first {HEADER_ROWS}; row {row} has: "
        f"{held}. Give the columns their usual names.",
        f"{path.name}: không thấy dòng tiêu đề trong {HEADER_ROWS} dòng đầu; dòng {row} có: "
        f"{held}. Hãy đặt tên cột theo mẫu thông dụng.",
        file=path.name,
    )


def _unreadable(path: Path, detail: str) -> TableUnreadable:
    return TableUnreadable(f"{path.name}: {detail}.", f"{path.name}: {detail}.", file=path.name)

"""An XLSX workbook as lines of tab-separated cells, for readers of delimited text.

A surveyor's list typed into a spreadsheet is the same list: line numbers are the rows of the
sheet. Titles of one cell above the table become empty lines; the file is bounded before it is
unpacked, and a workbook with two filled sheets is refused rather than half read.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cadastre.errors import InputRefused

WORKBOOKS = {".xlsx", ".xlsm"}
#: Unpacked size and number of rows that a list in a workbook may have.
MOST_BYTES = 300_000_000
MOST_ROWS = 500_000
_MOST_COLUMNS = 200


class WorkbookRefused(InputRefused):
    """The workbook cannot be read as one table; leave one filled sheet and save it as XLSX."""

    message_vi = "Không đọc được bảng tính như một bảng; hãy để một trang có dữ liệu và lưu XLSX."


def workbook_lines(path: str | Path) -> list[str]:
    r"""Rows of the one filled sheet of a workbook, as lines.

    Raises
    ------
    WorkbookRefused
        Not a workbook, too large, or with no or several filled sheets.

    >>> import openpyxl, tempfile
    >>> book, path = openpyxl.Workbook(), Path(tempfile.mkdtemp()) / "toa_do.xlsx"
    >>> for row in (["TỌA ĐỘ"], ["Điểm", "X", "Y"], [1, 1348000.5, 570000.25]):
    ...     book.active.append(row)
    >>> book.save(path)
    >>> workbook_lines(path)
    ['', 'Điểm\tX\tY', '1\t1348000.5\t570000.25']
    """
    path = Path(path)
    state = path.stat()
    return list(_lines(path, state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=2)
def _lines(path: Path, _changed: int, _size: int) -> tuple[str, ...]:
    """Lines of a workbook; kept, because several readers ask what a file is."""
    sheets = {name: rows for name, rows in _sheets(path).items() if rows}
    if len(sheets) != 1:
        names = ", ".join(sheets) or "-"
        raise WorkbookRefused(
            f"{path.name}: filled sheets: {names}.",
            f"{path.name}: các trang có dữ liệu: {names}.",
            file=path.name,
        )
    (rows,) = sheets.values()
    titles = next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 1), len(rows))
    return tuple("" if n < titles else _line(row) for n, row in enumerate(rows))


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    """Cells of every visible sheet, without empty rows and cells at the end."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_BYTES:
            raise _refused(path, "too large when unpacked", "quá lớn khi giải nén")
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            return {
                sheet.title: _cells(sheet, path)
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            }
        finally:
            book.close()
    except (
        InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError,
        TypeError, AttributeError, EOFError, OSError,
    ) as broken:  # fmt: skip
        raise _refused(path, "not an XLSX workbook", "không phải bảng tính XLSX") from broken


def _cells(sheet: Any, path: Path) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS):
        if len(rows) >= MOST_ROWS:
            raise _refused(path, f"more than {MOST_ROWS} rows", f"nhiều hơn {MOST_ROWS} dòng")
        rows.append([_text(cell) for cell in row])
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _line(row: list[str]) -> str:
    held = io.StringIO()
    csv.writer(held, delimiter="\t", lineterminator="").writerow(row)
    return held.getvalue().rstrip("\t")


def _refused(path: Path, why_en: str, why_vi: str) -> WorkbookRefused:
    return WorkbookRefused(f"{path.name}: {why_en}.", f"{path.name}: {why_vi}.", file=path.name)

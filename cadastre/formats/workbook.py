"""Tables into XLSX workbooks that an office can print."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

if TYPE_CHECKING:
    import pandas as pd

_WIDEST = 48


def write_table(table: pd.DataFrame, path: Path, *, title: str = "Bảng") -> Path:
    """Write a table as one sheet with a header row that stays in view; return the path.

    >>> import pandas as pd, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> made = write_table(pd.DataFrame({"sheet": [98]}), Path(folder.name) / "t.xlsx")
    >>> [[c.value for c in row] for row in openpyxl.load_workbook(made).active.iter_rows()]
    [['sheet'], [98]]
    >>> folder.cleanup()
    """
    return write_tables({title: table}, path)


def write_tables(tables: Mapping[str, pd.DataFrame], path: Path) -> Path:
    """Write several tables, one sheet each under its name, ready to print; return the path."""
    path.write_bytes(workbook_of(tables))
    return path


def workbook_of(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return a workbook with several tables, one sheet each under its name, ready to print."""
    book = openpyxl.Workbook()
    for at, (title, table) in enumerate(tables.items()):
        page: Any = book.create_sheet(title) if at else book.active
        page.title = title
        _fill(page, table)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _fill(page: Any, table: pd.DataFrame) -> None:
    page.append([str(name) for name in table.columns])
    for row in table.astype("object").where(table.notna(), None).itertuples(index=False):
        page.append(list(row))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for at, name in enumerate(table.columns, start=1):
        longest = max([len(str(name)), *(len(str(v)) for v in table[name])])
        page.column_dimensions[get_column_letter(at)].width = min(longest + 2, _WIDEST)
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"

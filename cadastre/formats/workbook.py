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


def write_tables(tables: Mapping[str, pd.DataFrame], path: Path, *, mark: str) -> Path:
    """Write several tables as :func:`workbook_of` gives them; return the path."""
    path.write_bytes(workbook_of(tables, mark=mark))
    return path


def workbook_of(tables: Mapping[str, pd.DataFrame], *, mark: str) -> bytes:
    """Return a workbook with several tables, one sheet each under its name, ready to print.

    Parameters
    ----------
    tables : sheet name -> rows; the header row stays in view and is repeated on each page
    mark : words that stand above and below every printed page, or none

    >>> import pandas as pd
    >>> made = workbook_of({"Tờ": pd.DataFrame({"sheet": [98]})}, mark="BẢN MẪU")
    >>> page = openpyxl.load_workbook(BytesIO(made)).active
    >>> [[c.value for c in row] for row in page.iter_rows()], page.oddHeader.center.text
    ([['sheet'], [98]], 'BẢN MẪU')
    """
    book = openpyxl.Workbook()
    for at, (title, table) in enumerate(tables.items()):
        page: Any = book.create_sheet(title) if at else book.active
        page.title = title
        _fill(page, table)
        page.oddHeader.center.text = page.oddFooter.center.text = mark or None
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

"""Results as a person reads them in a terminal: a table where it fits, a block a row elsewhere."""

from __future__ import annotations

import json
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

#: A table of more columns than this, and wider than the terminal by so many times, folds into
#: cells that nobody can read.
_MOST_COLUMNS, _WIDEST = 5, 1.6
#: What is left out of a block.
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def print_result(plain: Any) -> None:
    """Print rows as one table or one block each, anything else as names and values."""
    console = Console()
    if not isinstance(plain, list):
        console.print(_block(plain or {}))
    elif not plain:
        console.print("Không có dòng nào. / Nothing found.")
    elif _readable(table := _table(plain), console):
        console.print(table)
    else:
        for row in plain:
            console.print(_block({k: v for k, v in row.items() if v not in _NOTHING}))


def _readable(table: Table, console: Console) -> bool:
    unfolded = console.measure(table, options=console.options.update(max_width=100_000)).maximum
    return len(table.columns) <= _MOST_COLUMNS or unfolded <= _WIDEST * console.width


def _table(rows: list[dict[str, Any]]) -> Table:
    """Cells are folded, never cut off: an identifier is there to be copied."""
    names = list(rows[0])
    table = Table(*(Column(name, overflow="fold") for name in names), box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    return table


def _block(row: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    for name, value in row.items():
        table.add_row(str(name), _cell(value))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)[:400]
    return "" if value is None else str(value)

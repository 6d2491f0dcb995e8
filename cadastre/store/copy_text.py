r"""Whole columns as the text that COPY reads, several times faster than row by row.

PostgreSQL, "COPY, text format": columns end with a tab, rows with a new line, a missing value
is ``\N``, and backslash, tab, new line and carriage return are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN = {str, int, float, type(None)}


def copy_text(columns: Sequence[list[Any]]) -> str | None:
    r"""Return the rows as COPY text, None when a value is not text, a number or missing.

    >>> copy_text([[1, 2], ["a\tb", None]])
    '1\ta\\tb\n2\t\\N\n'
    """
    written = [_column(values) for values in columns]
    cells = [column for column in written if column is not None]
    if len(cells) != len(written) or not cells or not cells[0]:
        return None
    return "\n".join(map("\t".join, zip(*cells, strict=True))) + "\n"


def _column(values: list[Any]) -> list[str] | None:
    kinds = set(map(type, values))
    if not kinds <= _PLAIN:
        return None
    if kinds <= {str}:
        return _escaped(values)
    if kinds <= {int, float}:
        return list(map(repr, values))
    present = ["\\N" if v is None else _escaped([v])[0] if isinstance(v, str) else repr(v)
               for v in values]  # fmt: skip
    return present


def _escaped(values: list[str]) -> list[str]:
    whole = "".join(values)
    if not any(sign in whole for sign in "\\\t\n\r"):
        return values
    return [value.translate(_ESCAPES) for value in values]

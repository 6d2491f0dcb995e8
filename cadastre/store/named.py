"""Named SQL: every query longer than a line lives in ``queries/*.sql`` with a sentence.

A query begins with ``-- name: its_name``; parameters are ``:name``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

_HEADER = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def _queries() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "queries").glob("*.sql")):
        pieces = _HEADER.split(path.read_text(encoding="utf-8"))
        for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in found:
                raise ValueError(f"the query {name} is defined twice")
            found[name] = body.strip().rstrip(";")
    return found


def query_text(name: str) -> str:
    """Return the SQL of a named query, as it stands in its file.

    >>> query_text("subject_lock").startswith("-- One piece of work")
    True
    """
    return _queries()[name]


@cache
def query(name: str) -> TextClause:
    """Return a named query, ready to be executed with its parameters."""
    return text(query_text(name))

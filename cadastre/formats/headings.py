"""Which rows of a table are its header: one row, or two of which the upper groups the lower.

A printed book has titles above its header and often two rows of headings, the upper one merged
over several columns ("Số thứ tự thửa đất" over "Tờ bản đồ số" and "Thửa đất số").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Headings:
    """Names of the columns, the row from which they come and how many rows that are."""

    names: tuple[str, ...]
    row: int
    rows: int
    known: float


def find_headings(
    top: Sequence[Sequence[str]], known: Known | None = None, *, least: int = 1
) -> Headings | None:
    """Return the header among the first rows of a table, None where there is none.

    Parameters
    ----------
    top : cells of those rows as text
    known : whether a heading is one that is wanted; by default the row with most text is it
    least : so many headings of a row must be known for it to be a header

    >>> rows = [["SỔ MỤC KÊ", ""], ["Thửa", "", "Diện tích"], ["tờ", "số", ""], ["1", "2", "90.5"]]
    >>> found = find_headings(rows, {"tờ", "số", "Diện tích"}.__contains__, least=3)
    >>> found.names, found.row, found.rows
    (('tờ', 'số', 'Diện tích'), 1, 2)
    """
    if known is None:
        rated = [Headings(tuple(row), at, 1, _texts(row)) for at, row in enumerate(top)]
    else:
        rated = [_rated(tuple(row), at, 1, known) for at, row in enumerate(top)]
        rated += [
            _rated(_grouped(upper, lower, known), at, 2, known)
            for at, (upper, lower) in enumerate(pairwise(top))
            if not any(cell.isdigit() for cell in lower)
        ]
    # The first of those that are known best; of one row and two, the one row.
    best = max(rated, key=lambda one: one.known, default=None)
    return best if best is not None and best.known >= least else None


def _rated(names: tuple[str, ...], row: int, rows: int, known: Known) -> Headings:
    return Headings(names, row, rows, float(sum(known(name) for name in names if name)))


def _texts(row: Sequence[str]) -> float:
    return float(sum(bool(c) and not c.replace(".", "").isdigit() for c in row))


def _grouped(upper: Sequence[str], lower: Sequence[str], known: Known) -> tuple[str, ...]:
    """Names of columns under two rows of headings, the upper merged to the right."""
    names, group = [], ""
    for at in range(max(len(upper), len(lower))):
        over = upper[at] if at < len(upper) else ""
        own = lower[at] if at < len(lower) else ""
        group = over or (group if own else "")
        both = f"{group} {own}".strip()
        names.append(next((n for n in (own, both, over) if n and known(n)), both if own else over))
    return tuple(names)

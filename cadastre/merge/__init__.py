"""Many sheets of former communes become one parcel map, with a crosswalk of numbers.

Duplicates, edges, displaced sheets, proposals, numbering, crosswalk and identifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cadastre.merge.identifiers import parcel_identifiers
from cadastre.merge.lookup import ParcelQuery, Resolution, parse_query, resolve
from cadastre.merge.result import MergeResult

if TYPE_CHECKING:
    from cadastre.merge.merging import merge_sheets

__all__ = [
    "MergeResult",
    "ParcelQuery",
    "Resolution",
    "merge_sheets",
    "parcel_identifiers",
    "parse_query",
    "resolve",
]


def __getattr__(name: str) -> Any:
    """Load the merge itself when it is asked for: a look-up does not wait for its solvers."""
    if name == "merge_sheets":
        from cadastre.merge.merging import merge_sheets

        return merge_sheets
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

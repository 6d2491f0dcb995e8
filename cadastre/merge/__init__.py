"""Many sheets of former communes become one parcel map, with a crosswalk of numbers.

Duplicates, edges, displaced sheets, proposals, numbering, crosswalk and identifiers.
"""

from cadastre.merge.identifiers import parcel_identifiers
from cadastre.merge.lookup import ParcelQuery, Resolution, parse_query, resolve
from cadastre.merge.merging import merge_sheets
from cadastre.merge.result import MergeResult

__all__ = [
    "MergeResult",
    "ParcelQuery",
    "Resolution",
    "merge_sheets",
    "parcel_identifiers",
    "parse_query",
    "resolve",
]

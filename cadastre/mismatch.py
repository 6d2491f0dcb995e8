"""The vocabulary of mismatches: code, severity, what was measured, what was allowed, where.

A mismatch is found, never repaired, here. Its identifier is a uuid5 of the code, the
sorted parcels and the survey label or edge ordinal, never of the measured value, so that
a re-run finds its decision again.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry


#: Name space of mismatch identifiers.
NAMESPACE = uuid.UUID("8e0b6f4a-2f3a-5d0e-8a3c-226092263022")


#: Decimal point of a quantity, after its whole part: the rarest letter is looked for first.
_POINT = re.compile(r"\.(?=\d+ ?(?:m2|m²|mm|cm|m|%|lần)(?!\w|\.\w))")


class Severity(StrEnum):
    """How much a mismatch stops: only ``blocking`` holds a certificate."""

    BLOCKING = "blocking"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """Mismatch codes; never renamed."""

    AREA = "AREA"
    CORNER = "CORNER"
    EDGE_LENGTH = "EDGE_LENGTH"
    SHAPE = "SHAPE"
    SPLIT = "SPLIT"
    MERGED = "MERGED"
    UNMAPPED = "UNMAPPED"
    OVERLAP_MAP = "OVERLAP_MAP"
    OVERLAP_SURVEY = "OVERLAP_SURVEY"
    SURVEYS_DIFFER = "SURVEYS_DIFFER"
    SHEET_SHIFT = "SHEET_SHIFT"
    SHEET_OVERLAP = "SHEET_OVERLAP"
    EDGE_OVERLAP = "EDGE_OVERLAP"
    EDGE_GAP = "EDGE_GAP"
    DUPLICATE_NUMBER = "DUPLICATE_NUMBER"
    DUPLICATE_LAND = "DUPLICATE_LAND"
    ENCLAVE = "ENCLAVE"
    GEOMETRY = "GEOMETRY"
    CRS_ZONE = "CRS_ZONE"
    AXIS_ORDER = "AXIS_ORDER"
    LABEL_MISSING = "LABEL_MISSING"
    LABEL_MANY = "LABEL_MANY"
    OUTSIDE_COMMUNE = "OUTSIDE_COMMUNE"
    LAND_USE = "LAND_USE"
    RECORD_WITHOUT_PARCEL = "RECORD_WITHOUT_PARCEL"
    PARCEL_WITHOUT_RECORD = "PARCEL_WITHOUT_RECORD"
    PURPOSE_SUM = "PURPOSE_SUM"
    PRINTED_AREA = "PRINTED_AREA"
    MISCLOSURE = "MISCLOSURE"
    OUTLIER = "OUTLIER"


@dataclass(frozen=True)
class Mismatch:
    """One thing that does not fit, with the evidence for it.

    ``measured`` and ``allowed`` are in ``unit`` ("m", "m2", "" for counts); ``rule`` names
    the regulation value that judged it, as ``file.key``; ``geometry`` is in the commune's
    zone and shows the evidence (the sliver, the vector, the overlap).
    """

    mismatch_id: str
    code: str
    severity: str
    subject: str
    parcel_uid: str | None
    other_parcel_uid: str | None
    measured_uid: str | None
    sheet: str | None
    measured: float | None
    allowed: float | None
    unit: str
    rule: str
    geometry: BaseGeometry | None
    message_vi: str
    message_en: str


MISMATCH_COLUMNS = [field.name for field in fields(Mismatch)]
_FIELDS = attrgetter(*MISMATCH_COLUMNS)


def mismatch_id(code: str, parcels: Sequence[str], discriminator: str = "") -> str:
    """Identifier of a mismatch: same subject, same identifier, whatever the value.

    ``discriminator`` is the survey label, the edge ordinal or the sheet.

    >>> mismatch_id("AREA", ["b", "a"], "K12") == mismatch_id("AREA", ["a", "b"], "K12")
    True
    """
    name = "|".join([code, *sorted(p for p in parcels if p), discriminator])
    return str(uuid.uuid5(NAMESPACE, "mismatch|" + name))


def mismatch_frame(
    rows: Sequence[Mismatch] | Sequence[dict[str, Any]], srid: int
) -> gpd.GeoDataFrame:
    """Table of mismatches (one row each, columns of :class:`Mismatch`) in zone ``srid``."""
    import geopandas as gpd
    import numpy as np

    values = [_values(row) for row in rows]
    columns: dict[str, list[Any]] = {name: [] for name in MISMATCH_COLUMNS}
    if values:
        columns = dict(zip(MISMATCH_COLUMNS, map(list, zip(*values, strict=True)), strict=True))
    columns["message_vi"] = [decimal_comma(text) for text in columns["message_vi"]]
    geometry = gpd.GeoSeries(columns.pop("geometry"), crs=srid).array
    numbers = {name: np.array(columns[name], np.float64) for name in ("measured", "allowed")}
    return gpd.GeoDataFrame({**columns, **numbers, "geometry": geometry}, geometry="geometry")


def decimal_comma(text: str) -> str:
    """Vietnamese sentence whose quantities (a number and its unit) have a decimal comma.

    >>> decimal_comma("lệch 0.40 m, cho phép 1.5 m (to_1.2.gpkg)")
    'lệch 0,40 m, cho phép 1,5 m (to_1.2.gpkg)'
    """
    pieces, end = [], 0
    for found in _POINT.finditer(text):
        at = found.start()
        whole = text[end:at].rstrip("0123456789")
        if len(whole) < at - end and not whole.endswith("."):
            pieces.append(text[end:at])
            end = at + 1
    return ",".join([*pieces, text[end:]])


def _values(row: Mismatch | dict[str, Any]) -> tuple[Any, ...]:
    if isinstance(row, dict):
        return tuple(row.get(name) for name in MISMATCH_COLUMNS)
    return tuple(_FIELDS(row))

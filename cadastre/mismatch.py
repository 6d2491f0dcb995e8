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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry


#: Name space of mismatch identifiers.
NAMESPACE = uuid.UUID("8e0b6f4a-2f3a-5d0e-8a3c-226092263022")


_QUANTITY = re.compile(r"(?<![\d.])(-?\d+)\.(\d+)(?= ?(?:m2|m²|mm|cm|m|%|lần)(?!\w|\.\w))")


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
    import pandas as pd

    columns = {name: [_value(row, name) for row in rows] for name in MISMATCH_COLUMNS}
    geometry = gpd.GeoSeries(columns.pop("geometry"), crs=srid)
    table = pd.DataFrame(columns, index=geometry.index)
    table["message_vi"] = [decimal_comma(text) for text in table["message_vi"]]
    table["measured"] = table["measured"].astype("float64")
    table["allowed"] = table["allowed"].astype("float64")
    return gpd.GeoDataFrame(table, geometry=geometry, crs=srid)


def decimal_comma(text: str) -> str:
    """Vietnamese sentence whose quantities (a number and its unit) have a decimal comma.

    >>> decimal_comma("lệch 0.40 m, cho phép 1.5 m (to_1.2.gpkg)")
    'lệch 0,40 m, cho phép 1,5 m (to_1.2.gpkg)'
    """
    return _QUANTITY.sub(r"\1,\2", text)


def _value(row: Mismatch | dict[str, Any], name: str) -> Any:
    return row.get(name) if isinstance(row, dict) else getattr(row, name)

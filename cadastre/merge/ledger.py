"""The parcels as findings name them, and the decisions already taken on what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from cadastre.merge.numbering import SheetId
from cadastre.mismatch import Mismatch, mismatch_id
from cadastre.regulation import Regulation

#: The rule that most findings are measured by.
POSITION = "accuracy.position.limit"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The parcels as the findings name them."""

    uid: Any
    label: Any
    sheet: Any
    sheet_ids: list[SheetId]
    regulation: Regulation
    decisions: Mapping[str, str]

    def decided(self, identifier: str, words: str) -> bool:
        """Whether the decision on something is one of the ``words`` of merge.toml."""
        return self.decisions.get(identifier) in self.regulation["merge"]["decision"][words]


def ledger_of(
    parcels: gpd.GeoDataFrame,
    sheet_ids: list[SheetId],
    regulation: Regulation,
    decisions: Mapping[str, str] | None,
) -> Ledger:
    """Names of the parcels of a numbered ParcelFrame."""
    sheet = parcels["sheet"].astype(str).to_numpy(dtype=object)
    number = parcels["parcel"].to_numpy(dtype=object)
    label = np.array([f"{s}/{p}" for s, p in zip(sheet, number, strict=True)], dtype=object)
    uid = parcels["parcel_uid"].to_numpy(dtype=object)
    return Ledger(uid, label, sheet, sheet_ids, regulation, decisions or {})


def mismatch_of(
    ledger: Ledger,
    code: str,
    first: int,
    second: int | None,
    *,
    sentences: tuple[str, str],
    geometry: Any,
    discriminator: str = "",
    measured: float | None = None,
    allowed: float | None = None,
    unit: str = "",
    rule: str,
    severity: str | None = None,
) -> Mismatch:
    """Return one flag on one parcel or on two, named as the ledger names them."""
    uids = [str(ledger.uid[first])] + ([] if second is None else [str(ledger.uid[second])])
    labels = [str(ledger.label[first])] + ([] if second is None else [str(ledger.label[second])])
    return Mismatch(
        mismatch_id=mismatch_id(code, uids, discriminator),
        code=code,
        severity=severity or ledger.regulation.severity(code),
        subject=" - ".join(labels),
        parcel_uid=uids[0],
        other_parcel_uid=uids[1] if second is not None else None,
        measured_uid=None,
        sheet=str(ledger.sheet[first]),
        measured=measured,
        allowed=allowed,
        unit=unit,
        rule=rule,
        geometry=geometry,
        message_vi=sentences[0],
        message_en=sentences[1],
    )

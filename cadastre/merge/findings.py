"""Findings about parcels: numbered twice, mapped twice, overlapping inside a sheet, outside."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.merge import wording
from cadastre.merge.duplicates import DuplicateLand, number_groups
from cadastre.merge.edge_findings import pair_limit
from cadastre.merge.edges import Sheets
from cadastre.merge.faults import Faults
from cadastre.merge.ledger import POSITION, Ledger, mismatch_of
from cadastre.merge.mesh import Ints
from cadastre.merge.outline import Outside
from cadastre.mismatch import Mismatch, mismatch_id


def duplicate_numbers(ledger: Ledger, parcels: gpd.GeoDataFrame) -> list[Mismatch]:
    """One flag for each further parcel of a number, against the first of that number."""
    shapes = parcels.geometry.to_numpy()
    found = []
    for group in number_groups(parcels):
        label = str(ledger.label[group[0]])
        for other in group[1:]:
            found.append(
                mismatch_of(
                    ledger,
                    "DUPLICATE_NUMBER",
                    int(other),
                    int(group[0]),
                    sentences=wording.duplicate_number(label, len(group)),
                    geometry=shapes[other],
                    measured=float(len(group)),
                    allowed=1.0,
                    rule="numbering.source",
                )
            )
    return found


def duplicate_lands(ledger: Ledger, twice: DuplicateLand) -> list[Mismatch]:
    """One flag for each pair that maps the same land; ``parcel_uid`` is the one that gives way."""
    area = shapely.area(twice.shape)
    limit = ledger.regulation["merge"]["duplicate"]["share"]
    return [
        mismatch_of(
            ledger,
            "DUPLICATE_LAND",
            int(loser),
            int(winner),
            sentences=wording.duplicate_land(
                str(ledger.label[loser]),
                str(ledger.label[winner]),
                float(twice.share[k]),
                decided=bool(twice.decided[k]),
            ),
            geometry=twice.shape[k],
            measured=float(twice.share[k]),
            allowed=float(limit),
            unit="",
            rule="merge.duplicate.share",
        )
        for k, (loser, winner) in enumerate(zip(twice.loser, twice.winner, strict=True))
        if area[k] > 0
    ]


def yielding(ledger: Ledger, twice: DuplicateLand) -> Ints:
    """Parcels that give way to another mapping of the same land: by the officer, else by rule."""
    pairs = zip(twice.loser, twice.winner, strict=True)
    return np.array(
        [
            b if ledger.decided(duplicate_id(ledger, int(a), int(b)), "holds_against_rule") else a
            for a, b in pairs
        ],
        dtype=np.int64,
    )


def redirects(ledger: Ledger, twice: DuplicateLand) -> pd.DataFrame:
    """Return who gives way to whom on land that is mapped twice, and whether that is settled."""
    area = shapely.area(twice.shape)
    rows = []
    for k, give in enumerate(yielding(ledger, twice)):
        pair = int(twice.loser[k]), int(twice.winner[k])
        holder = pair[1] if give == pair[0] else pair[0]
        told = duplicate_id(ledger, *pair) in ledger.decisions
        if area[k] > 0:
            rows.append((str(ledger.uid[give]), str(ledger.uid[holder]), told or twice.decided[k]))
    return pd.DataFrame(rows, columns=["parcel_uid", "holder", "settled"])


def duplicate_id(ledger: Ledger, a: int, b: int) -> str:
    """Identifier of the flag on two parcels that map the same land."""
    return mismatch_id("DUPLICATE_LAND", [str(ledger.uid[a]), str(ledger.uid[b])], "")


def overlaps_in_sheets(ledger: Ledger, sheets: Sheets, found: Faults) -> list[Mismatch]:
    """Overlaps inside a sheet: the drawing itself is at fault, and nothing is moved."""
    allowed = pair_limit(sheets, found)
    slight = str(ledger.regulation["merge"]["flag"]["refused_severity"])
    rows = []
    for k in range(len(found.first)):
        a, b = int(found.first[k]), int(found.second[k])
        width = float(found.width[k])
        rows.append(
            mismatch_of(
                ledger,
                "SHEET_OVERLAP",
                a,
                b,
                sentences=wording.edge_fault(
                    "EDGE_OVERLAP", (str(ledger.label[a]), str(ledger.label[b])), width=width,
                    length=float(found.length[k]), area=float(found.area[k]),
                    allowed=float(allowed[k]),
                ),
                geometry=found.shape[k],
                measured=width,
                allowed=float(allowed[k]),
                unit="m",
                rule=POSITION,
                severity=None if width > allowed[k] else slight,
            )
        )  # fmt: skip
    return rows


def outside_parcels(ledger: Ledger, outside: Outside) -> list[Mismatch]:
    """Parcels beyond the outline of the commune."""
    allowed = float(ledger.regulation["merge"]["outline"]["tolerance_m"])
    return [
        mismatch_of(
            ledger,
            "OUTSIDE_COMMUNE",
            int(parcel),
            None,
            sentences=wording.outside(
                str(ledger.label[parcel]), float(outside.distance[k]), allowed
            ),
            geometry=outside.shape[k],
            measured=float(outside.distance[k]),
            allowed=allowed,
            unit="m",
            rule="merge.outline.tolerance_m",
        )
        for k, parcel in enumerate(outside.parcel)
    ]


def broken_outlines(ledger: Ledger, shapes: Any, unsound: Ints) -> list[Mismatch]:
    """Outlines that are not valid and therefore took no part in edge matching."""
    return [
        mismatch_of(
            ledger,
            "GEOMETRY",
            int(k),
            None,
            sentences=wording.broken(str(ledger.label[k]), shapely.is_valid_reason(shapes[k])),
            geometry=shapes[k],
            discriminator="merge",
            rule="merge.title",
        )
        for k in unsound
    ]

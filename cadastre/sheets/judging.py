"""Parcels of one file after reading: repaired, set apart, cut out, identified, and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.formats.accounting import Ledger
from cadastre.frames import concat, validate_parcels
from cadastre.regulation import Regulation
from cadastre.sheets import findings
from cadastre.sheets.enclaves import Enclave, cut_enclaves
from cadastre.sheets.numbering import parcel_uids
from cadastre.sheets.raw import RING_CLOSED, RawTable
from cadastre.sheets.repair import Change, Repairs, repair_outlines
from cadastre.sheets.wording import vi
from cadastre.sheets.zone_finding import ZoneFinding


@dataclass
class Part:
    """One file of a set after judgement: parcels, what was read, zone, mismatch rows."""

    parcels: gpd.GeoDataFrame
    raw: RawTable
    zone: ZoneFinding
    rows: list[dict[str, Any]]


def judge_part(
    frame: pd.DataFrame,
    srid: int,
    raw: RawTable,
    found: ZoneFinding,
    ledger: Ledger,
    *,
    former_commune: str,
    taken: dict[str, int],
    regulation: Regulation,
    name: str,
) -> Part:
    """Repair, set parts apart, cut enclaves; then say what does not fit."""
    geometries = np.asarray(frame.pop("geometry"), dtype=object)
    printed, scale = frame["printed_area_m2"].to_numpy(float), frame["scale"].to_numpy()
    repairs = repair_outlines(geometries, printed, scale, regulation)
    records = frame["record"].to_numpy()
    _book_repairs(repairs, records, ledger)
    kept = np.setdiff1d(np.arange(len(frame)), [change.at for change in repairs.refused])
    positions = {int(at): place for place, at in enumerate(kept)}
    frame, geometries = _with_parts(frame, repairs, kept)
    geometries, enclaves = cut_enclaves(
        geometries,
        frame["printed_area_m2"].to_numpy(float),
        frame["scale"].to_numpy(),
        regulation,
    )
    _book_enclaves(enclaves, frame, geometries, ledger)
    parcels = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometries, crs=srid), crs=srid)
    identified = parcels.assign(parcel_uid=parcel_uids(parcels, taken))
    subject = findings.Subject(name, validate_parcels(identified), regulation)
    changed = [c for c in repairs.changed if abs(c.change_m2) > 0] + repairs.flagged
    changed += [
        Change(int(at), RING_CLOSED, 0.0) for at in np.flatnonzero(np.isin(records, raw.closed))
    ]
    rows = (
        findings.zone_rows(subject, found, len(frame))
        + findings.label_rows(subject, raw.many)
        + findings.area_rows(subject)
        + findings.land_use_rows(subject)
        + findings.geometry_rows(subject, changed, positions)
        + findings.refused_rows(
            subject, [(int(records[c.at]), c) for c in repairs.refused], former_commune
        )
        + findings.enclave_rows(subject, enclaves)
    )
    return Part(subject.parcels, raw, found, rows)


def _book_repairs(repairs: Repairs, records: np.ndarray, ledger: Ledger) -> None:
    for change in repairs.changed:
        ledger.repair(int(records[change.at]), change.reason, **_where(change))
    for change in repairs.refused:
        ledger.refuse(int(records[change.at]), change.reason, **_where(change))


def _where(change: Change) -> dict[str, Any]:
    east, north = _middle(change.before)
    return {"field": "geometry", "east": east, "north": north, "change_m2": change.change_m2}


def _middle(geometry: Any) -> tuple[float | None, float | None]:
    bounds = shapely.bounds(geometry)
    if not np.isfinite(bounds).all():
        return None, None
    return float((bounds[0] + bounds[2]) / 2), float((bounds[1] + bounds[3]) / 2)


def _with_parts(
    frame: pd.DataFrame, repairs: Repairs, kept: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows that stay, followed by the parcels without a number that were set apart."""
    stay = frame.iloc[kept].reset_index(drop=True)
    if not repairs.parts:
        return stay, repairs.geometries[kept]
    apart = frame.iloc[[at for at, _ in repairs.parts]].copy()
    apart["former_parcel"] = None
    apart["printed_area_m2"] = np.nan
    geometries = np.array([part for _, part in repairs.parts], dtype=object)
    return concat([stay, apart]), np.concatenate([repairs.geometries[kept], geometries])


def _book_enclaves(
    enclaves: list[Enclave], frame: pd.DataFrame, geometries: np.ndarray, ledger: Ledger
) -> None:
    for found in enclaves:
        if not found.cut:
            continue
        east, north = _middle(geometries[found.inner])
        reason = {
            "vi": f"Cắt thửa nằm bên trong ({vi(found.area_m2, '.1f')} m2) theo diện tích đã ghi.",
            "en": f"Cut out the parcel inside ({found.area_m2:.1f} m2), as the printed area says.",
        }
        ledger.repair(
            int(frame["record"].iloc[found.host]),
            reason,
            field="geometry",
            east=east,
            north=north,
            change_m2=-found.area_m2,
        )

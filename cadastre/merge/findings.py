"""What a merge found, as mismatches and proposals that an officer can decide.

Each has the measured and the allowed value, the rule, the parcels and the geometry that
proves it. Edge faults that a displaced sheet explains fold under its one flag: they are
measured with the sheet set right, so only what remains beyond the limit is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cadastre.merge import wording
from cadastre.merge.duplicates import DuplicateLand, number_groups
from cadastre.merge.edges import Matched, Sheets
from cadastre.merge.faults import Faults
from cadastre.merge.mesh import Floats, Ints
from cadastre.merge.numbering import SheetId
from cadastre.merge.outline import Outside
from cadastre.merge.shifts import Shift
from cadastre.mismatch import Mismatch, mismatch_id
from cadastre.regulation import Regulation

_POSITION = "accuracy.position.limit"
_CONTACT_M = 0.01


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


def _mismatch(
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


def duplicate_numbers(ledger: Ledger, parcels: gpd.GeoDataFrame) -> list[Mismatch]:
    """One flag for each further parcel of a number, against the first of that number."""
    shapes = parcels.geometry.to_numpy()
    found = []
    for group in number_groups(parcels):
        label = str(ledger.label[group[0]])
        for other in group[1:]:
            found.append(
                _mismatch(
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
        _mismatch(
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


def edge_faults(
    ledger: Ledger, matched: Matched, sheets: Sheets, code: str, found: Faults
) -> list[Mismatch]:
    """Overlaps or gaps; those inside the limit are joins that a hard limit refused."""
    flag = ledger.regulation["merge"]["flag"]
    allowed = pair_limit(sheets, found)
    folded = _folded(matched, found)
    rows = []
    for k in range(len(found.first)):
        a, b = int(found.first[k]), int(found.second[k])
        width, area = float(found.width[k]), float(found.area[k])
        labels = (str(ledger.label[a]), str(ledger.label[b]))
        beyond = width > allowed[k] * (1 + 1e-9)
        if not beyond and folded[k]:
            continue
        sentences = (
            wording.edge_fault(
                code, labels, width=width, length=float(found.length[k]), area=area,
                allowed=float(allowed[k]),
            )
            if beyond
            else wording.edge_refused(labels, width=width, area=area, allowed=float(allowed[k]))
        )  # fmt: skip
        rows.append(
            _mismatch(
                ledger,
                code,
                a,
                b,
                sentences=sentences,
                geometry=found.shape[k],
                discriminator="1",
                measured=width,
                allowed=float(allowed[k]),
                unit="m",
                rule=_POSITION if beyond else "merge.flag.refused_severity",
                severity=None if beyond else str(flag["refused_severity"]),
            )
        )
    return [
        row
        for row in rows
        if not (code == "EDGE_GAP" and ledger.decided(row.mismatch_id, "gap_accepted"))
    ]


def overlaps_in_sheets(ledger: Ledger, sheets: Sheets, found: Faults) -> list[Mismatch]:
    """Overlaps inside a sheet: the drawing itself is at fault, and nothing is moved."""
    allowed = pair_limit(sheets, found)
    slight = str(ledger.regulation["merge"]["flag"]["refused_severity"])
    rows = []
    for k in range(len(found.first)):
        a, b = int(found.first[k]), int(found.second[k])
        width = float(found.width[k])
        rows.append(
            _mismatch(
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
                rule=_POSITION,
                severity=None if width > allowed[k] else slight,
            )
        )  # fmt: skip
    return rows


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


def duplicate_id(ledger: Ledger, a: int, b: int) -> str:
    """Identifier of the flag on two parcels that map the same land."""
    return mismatch_id("DUPLICATE_LAND", [str(ledger.uid[a]), str(ledger.uid[b])], "")


def pair_limit(sheets: Sheets, found: Faults) -> Any:
    """Position limit of the coarser side of each pair, metres."""
    a, b = sheets.of_parcel[found.first], sheets.of_parcel[found.second]
    return np.maximum(sheets.limit[a], sheets.limit[b])


def _folded(matched: Matched, found: Faults) -> Any:
    """Whether each fault lies at the edge of a displaced sheet, whose flag then covers it."""
    folded = np.zeros(len(found.first), bool)
    if len(matched.displaced):
        tree = shapely.STRtree(matched.displaced)
        hit, _ = tree.query(found.shape, predicate="dwithin", distance=_CONTACT_M)
        folded[hit] = True
    return folded


def join_proposal_id(ledger: Ledger, code: str, a: int, b: int) -> str:
    """Identifier of the proposal to join an edge although it is beyond the limit."""
    return mismatch_id(f"PROPOSAL_JOIN_{code}", [str(ledger.uid[a]), str(ledger.uid[b])], "1")


def join_proposals(
    ledger: Ledger, sheets: Sheets, code: str, found: Faults
) -> list[dict[str, Any]]:
    """Joins beyond the limit that an officer may accept, with what they would move."""
    allowed = pair_limit(sheets, found)
    most = float(ledger.regulation["merge"]["flag"]["proposal_limits"])
    rows = []
    for k in np.flatnonzero((found.width > allowed) & (found.width <= most * allowed)):
        a, b = int(found.first[k]), int(found.second[k])
        variance = sheets.limit[sheets.of_parcel[[a, b]]] ** 2
        part = float(variance.max() / variance.sum())
        rows.append(
            {
                "proposal_id": join_proposal_id(ledger, code, a, b),
                "kind": "join",
                "parcel_uids": sorted([str(ledger.uid[a]), str(ledger.uid[b])]),
                "max_move_m": float(found.width[k]) * part,
                "area_change_m2": float(found.area[k]) * part,
                "geometry": found.shape[k],
            }
        )
    return rows


def accepted_reach(ledger: Ledger, sheets: Sheets, matched: Matched, count: int) -> Floats:
    """Tolerance in metres that accepted proposals give their two parcels, else 0."""
    reach = np.zeros(count)
    most = float(ledger.regulation["merge"]["flag"]["proposal_limits"])
    for code, found in (("EDGE_OVERLAP", matched.overlaps), ("EDGE_GAP", matched.gaps)):
        for k, limit in enumerate(pair_limit(sheets, found)):
            a, b = int(found.first[k]), int(found.second[k])
            if ledger.decided(join_proposal_id(ledger, code, a, b), "accepting"):
                reach[[a, b]] = np.maximum(reach[[a, b]], most * limit)
    return reach


def shift_ids(ledger: Ledger, shift: Shift) -> tuple[str, str]:
    """Identifiers of the flag and of the proposal of a displaced sheet."""
    key = "|".join(str(part) for part in ledger.sheet_ids[shift.sheet])
    return mismatch_id("SHEET_SHIFT", [], key), mismatch_id("PROPOSAL_SHIFT", [], key)


def sheet_shifts(
    ledger: Ledger, matched: Matched, sheets: Sheets, shapes: Any
) -> tuple[list[Mismatch], list[dict[str, Any]], list[dict[str, Any]]]:
    """Flags, proposals and rows of ``shifts`` for displaced sheets not yet set right."""
    flags, proposals, rows = [], [], []
    for shift in matched.shifts:
        mine = np.flatnonzero(sheets.of_parcel == shift.sheet)
        identity = ledger.sheet_ids[shift.sheet]
        flag_id, proposal_id = shift_ids(ledger, shift)
        rows.append(_shift_row(shift, identity, flag_id, proposal_id))
        if ledger.decided(proposal_id, "accepting") or ledger.decided(flag_id, "accepting"):
            continue
        hull = shapely.convex_hull(shapely.geometrycollections(list(shapes[mine])))
        flags.append(_shift_flag(ledger, shift, identity, flag_id, mine, hull))
        before = np.hypot(*(shift.set_right(c := shapely.get_coordinates(shapes[mine])) - c).T)
        proposals.append(
            {
                "proposal_id": proposal_id,
                "kind": "shift",
                "parcel_uids": sorted(str(u) for u in ledger.uid[mine]),
                "max_move_m": float(before.max()),
                "area_change_m2": float(
                    abs(shapely.area(shapes[mine]).max() * ((1 - shift.scale) ** 2 - 1))
                ),
                "geometry": hull,
            }
        )
    return flags, proposals, rows


def _shift_row(shift: Shift, identity: SheetId, flag_id: str, proposal_id: str) -> dict[str, Any]:
    return {
        "former_commune": identity.former_commune,
        "map_set": identity.map_set,
        "scale": identity.scale,
        "sheet": identity.former_sheet,
        "de": shift.de,
        "dn": shift.dn,
        "rotation_rad": shift.rotation,
        "scale_ppm": shift.scale * 1e6,
        "n": shift.n,
        "residual_rms_m": shift.rms,
        "mismatch_id": flag_id,
        "proposal_id": proposal_id,
    }


def _shift_flag(
    ledger: Ledger, shift: Shift, identity: SheetId, flag_id: str, mine: Ints, hull: Any
) -> Mismatch:
    former, scale = identity.former_commune, identity.scale
    names = (
        wording.sheet_vi(former, identity.former_sheet, scale),
        wording.sheet_en(former, identity.former_sheet, scale),
    )
    vi, en = wording.shifted(
        names, de=shift.de, dn=shift.dn, length=shift.length, n=shift.n, rms=shift.rms,
        allowed=shift.allowed,
    )  # fmt: skip
    return Mismatch(
        mismatch_id=flag_id,
        code="SHEET_SHIFT",
        severity=ledger.regulation.severity("SHEET_SHIFT"),
        subject=f"{former} {identity.map_set} 1:{scale} {identity.former_sheet}".replace("  ", " "),
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=None,
        sheet=str(ledger.sheet[mine[0]]),
        measured=shift.length,
        allowed=shift.allowed,
        unit="m",
        rule=_POSITION,
        geometry=hull,
        message_vi=vi,
        message_en=en,
    )


def outside_parcels(ledger: Ledger, outside: Outside) -> list[Mismatch]:
    """Parcels beyond the outline of the commune."""
    allowed = float(ledger.regulation["merge"]["outline"]["tolerance_m"])
    return [
        _mismatch(
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
        _mismatch(
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

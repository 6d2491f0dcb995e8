"""Findings about displaced sheets: the flag, the proposal to set it right, the row of figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cadastre.merge import wording
from cadastre.merge.edges import Matched, Sheets
from cadastre.merge.ledger import POSITION, Ledger
from cadastre.merge.mesh import Ints
from cadastre.merge.numbering import SheetId, shift_proposal_id
from cadastre.merge.shifts import Shift
from cadastre.mismatch import Mismatch, mismatch_id


def shift_ids(ledger: Ledger, shift: Shift) -> tuple[str, str]:
    """Identifiers of the flag and of the proposal of a displaced sheet."""
    sheet = ledger.sheet_ids[shift.sheet]
    key = "|".join(str(part) for part in sheet)
    return mismatch_id("SHEET_SHIFT", [], key), shift_proposal_id(sheet)


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
    whose = f"{former} {identity.map_set}".strip()
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
        subject=f"Tờ {identity.former_sheet} (1:{scale}, {whose})",
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=None,
        sheet=str(ledger.sheet[mine[0]]),
        measured=shift.length,
        allowed=shift.allowed,
        unit="m",
        rule=POSITION,
        geometry=hull,
        message_vi=vi,
        message_en=en,
    )

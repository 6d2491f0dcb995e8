"""Findings along the edges of sheets, and the joins that an officer may accept there.

Edge faults that a displaced sheet explains fold under its one flag: they are measured with
the sheet set right, so only what remains beyond the limit is listed. A join that the hard
limits would not let move anything even when accepted is no proposal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cadastre.merge import wording
from cadastre.merge.edges import Matched, Sheets
from cadastre.merge.faults import Faults
from cadastre.merge.ledger import POSITION, Ledger, mismatch_of
from cadastre.merge.mesh import Flags, Floats
from cadastre.mismatch import Mismatch, mismatch_id

#: Nearer than this (m) a fault lies at the edge of a sheet.
_CONTACT_M = 0.01


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
            mismatch_of(
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
                rule=POSITION if beyond else "merge.flag.refused_severity",
                severity=None if beyond else str(flag["refused_severity"]),
            )
        )
    return [
        row
        for row in rows
        if not (code == "EDGE_GAP" and ledger.decided(row.mismatch_id, "gap_accepted"))
    ]


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


def proposable(ledger: Ledger, sheets: Sheets, found: Faults) -> Flags:
    """Whether each fault is beyond the limit, but not so far that it has to be measured again."""
    allowed = pair_limit(sheets, found)
    most = float(ledger.regulation["merge"]["flag"]["proposal_limits"])
    return np.asarray((found.width > allowed) & (found.width <= most * allowed))


def reach_of_proposals(ledger: Ledger, sheets: Sheets, matched: Matched, count: int) -> Floats:
    """Tolerance in metres that the parcels of every possible proposal would get, else 0."""
    reach = np.zeros(count)
    most = float(ledger.regulation["merge"]["flag"]["proposal_limits"])
    for found in (matched.overlaps, matched.gaps):
        asked = proposable(ledger, sheets, found)
        for side in (found.first[asked], found.second[asked]):
            np.maximum.at(reach, side, most * pair_limit(sheets, found)[asked])
    return reach


def join_proposals(
    ledger: Ledger, sheets: Sheets, code: str, found: Faults, moving: Flags
) -> list[dict[str, Any]]:
    """Joins beyond the limit that an officer may accept, with what they would move.

    ``moving`` are the parcels that an acceptance would change at all.
    """
    rows = []
    useful = moving[found.first] | moving[found.second]
    for k in np.flatnonzero(proposable(ledger, sheets, found) & useful):
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

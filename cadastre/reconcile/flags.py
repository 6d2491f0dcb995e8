"""Mismatches of the comparison, one per parcel, code and survey, with their evidence.

Codes as in design: CORNER, SHAPE, AREA, EDGE_LENGTH for one-to-one pairs; SPLIT, MERGED,
UNMAPPED for relations; OVERLAP_MAP, OVERLAP_SURVEY, SURVEYS_DIFFER
for conflicts; SHEET_SHIFT per sheet.
"""

from __future__ import annotations

from cadastre.mismatch import Mismatch
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.flags_conflicts import (
    differing_surveys,
    over_neighbours,
    overlapping_surveys,
)
from cadastre.reconcile.flags_corners import (
    changed_shapes,
    differing_areas,
    differing_edges,
    moved_corners,
)
from cadastre.reconcile.flags_relations import merges, splits, unmapped
from cadastre.reconcile.flags_sheets import displaced_sheets
from cadastre.reconcile.naming import Register
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.verdicts import Verdicts
from cadastre.regulation import Regulation


def write_mismatches(
    map_side: MapSide,
    ground: GroundSide,
    findings: Findings,
    verdicts: Verdicts,
    regulation: Regulation,
) -> list[Mismatch]:
    """All mismatches, in the order of their identifiers."""
    register = Register(map_side, ground, findings, verdicts, regulation)
    compared = [
        row
        for outlines in (findings.singles(ground), findings.wholes)
        for writer in (moved_corners, changed_shapes, differing_areas)
        for row in writer(register, findings, outlines)
    ]
    rows = [
        *compared,
        *differing_edges(register, findings),
        *splits(register, findings),
        *merges(register, findings),
        *unmapped(register, findings),
        *over_neighbours(register, findings),
        *overlapping_surveys(register, findings),
        *differing_surveys(register, findings),
        *displaced_sheets(map_side, findings, regulation),
    ]
    first: dict[str, Mismatch] = {}
    for row in rows:
        first.setdefault(row.mismatch_id, row)
    return [first[key] for key in sorted(first)]

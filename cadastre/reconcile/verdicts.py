"""The verdict per measured parcel that the procedure can act on.

Land Law 31/2024/QH15 Art 135(6): where the boundary is unchanged and undisputed, the
measured area holds, whatever the difference. That the boundary is unchanged is a legal
fact, read from the signed boundary description; geometry alone never says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadastre.reconcile.findings import Findings
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.words import Words
from cadastre.regulation import Regulation
from cadastre.regulation.land_use import split_codes

UNKNOWN = "not recorded"


@dataclass(frozen=True)
class Verdicts:
    """Per measured parcel: boundary by geometry, what is confirmed, and the verdict.

    ``public`` marks overlaps (rows of ``findings.into``) with a road or water.
    """

    geometry: Words
    confirmed: Words
    verdict: Words
    area_out: np.ndarray
    public: np.ndarray


def draw_verdicts(
    map_side: MapSide,
    ground: GroundSide,
    findings: Findings,
    boundary: pd.DataFrame | None,
    regulation: Regulation,
) -> Verdicts:
    """Verdicts of all measured parcels."""
    count = len(ground.shapes)
    geometry = boundary_geometry(findings, count)
    confirmed = _confirmed(map_side, ground, findings, boundary)
    area_out = np.zeros(count, dtype=bool)
    area_out[findings.pairs.m] = findings.area.flagged
    area_out &= ~findings.repeats.open
    public_codes = set(regulation["reconcile"]["public_land"]["codes"])
    use = map_side.columns["land_use"].array.take(findings.into.second)
    public = np.array([bool(public_codes & set(split_codes(u))) for u in use], dtype=bool)
    conflict, encroachment = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    deep = findings.deep_into
    deep = deep[~findings.agreed[deep]]
    conflict[findings.into.first[deep[~public[deep]]]] = True
    encroachment[findings.into.first[deep[public[deep]]]] = True
    for side in (findings.between.first, findings.between.second):
        conflict[side[findings.deep_between]] = True
    moved = _moved_as_a_whole(findings, count)
    matched = np.zeros(count, dtype=bool)
    matched[findings.relations.links.m] = True
    within, beyond = geometry.among("within"), geometry.among("beyond")
    unchanged = confirmed.among("unchanged")
    verdict = _first_that_holds(
        count,
        [
            (~matched, "unmapped"),
            (confirmed.among("disputed") | conflict, "conflict"),
            (findings.repeats.open, "not_confirmed"),
            (encroachment, "encroachment"),
            (confirmed.among("changed"), "changed"),
            (unchanged & area_out, "unchanged_area_differs"),
            (unchanged & beyond, "position_wrong"),
            (unchanged, "confirmed_unchanged"),
            (beyond & moved, "position_wrong"),
            (beyond, "changed"),
            (within & ~area_out, "within"),
        ],
        otherwise="not_confirmed",
    )
    return Verdicts(geometry, confirmed, verdict, area_out, public)


def _first_that_holds(
    count: int, choices: list[tuple[np.ndarray, str]], *, otherwise: str
) -> Words:
    verdict = Words.all_of(tuple(dict.fromkeys([otherwise, *(name for _, name in choices)])), count)
    for holds, name in reversed(choices):
        verdict.put(holds, name)
    return verdict


def boundary_geometry(findings: Findings, count: int) -> Words:
    """Per measured parcel: within, beyond, or undetermined."""
    result = Words.all_of(("undetermined", "within", "beyond"), count)
    pairs, relations = findings.pairs, findings.relations
    result.put(pairs.m, "within")
    result.put(pairs.m[pairs.beyond], "beyond")
    result.put(relations.links.m[~relations.single], "beyond")
    result.put(relations.links.m[relations.ambiguous], "undetermined")
    result.put(findings.repeats.open, "undetermined")
    return result


def _confirmed(
    map_side: MapSide, ground: GroundSide, findings: Findings, boundary: pd.DataFrame | None
) -> Words:
    """What the signed description says, from the office first, else from the survey."""
    nothing = boundary is None or boundary.empty
    if nothing and "boundary_confirmed" not in ground.columns:
        return Words.all_of((UNKNOWN,), len(ground.shapes))
    told = np.full(len(ground.shapes), UNKNOWN, dtype=object)
    if "boundary_confirmed" in ground.columns:
        column = ground.columns["boundary_confirmed"]
        told = column.astype("object").where(column.notna(), UNKNOWN).to_numpy(dtype=object)
    if boundary is None or boundary.empty:
        return Words.read(told)
    links = findings.relations.links
    known = dict(zip(boundary["parcel_uid"].astype(str), boundary["confirmed"], strict=True))
    words = pd.Series(map_side.shapes.uid[links.p]).map(known)
    have = words.notna().to_numpy() & (words != UNKNOWN).to_numpy()
    told = told.copy()
    told[links.m[have]] = words[have].to_numpy(dtype=object)
    return Words.read(told)


def _moved_as_a_whole(findings: Findings, count: int) -> np.ndarray:
    """Parcels whose corners all moved alike: the shape holds, the position does not."""
    pairs = findings.pairs
    rows = np.flatnonzero(pairs.beyond[pairs.corners.pair])  # no other parcel is asked about
    pair, difference = pairs.corners.pair[rows], pairs.judged.difference[:, rows].T
    paired = np.isfinite(difference[:, 0])
    n = np.maximum(np.bincount(pair[paired], minlength=len(pairs.m)), 1)
    mean = np.column_stack(
        [np.bincount(pair[paired], weights=difference[paired, i], minlength=len(pairs.m)) / n
         for i in (0, 1)]
    )  # fmt: skip
    left = np.hypot(*(difference - mean[pair]).T)
    rest = np.zeros(len(pairs.m), dtype=bool)
    beyond = paired & (np.nan_to_num(left) > pairs.limits.threshold[pair])
    rest[pair[beyond | pairs.judged.off[rows]]] = True
    together = np.hypot(*mean.T) > pairs.limits.allowed
    moved = np.zeros(count, dtype=bool)
    moved[pairs.m] = ~rest & together & (n >= 3)
    return moved

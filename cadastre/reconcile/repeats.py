"""Two measurements of one parcel, compared with each other before either with the map.

Where they disagree at a corner, one of them is wrong (or something was built in between), and
what either says about the map is open until that is settled. The tolerance is that of the
map's corners, with the variance of both surveys and none of the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadastre.mismatch import Code, mismatch_id
from cadastre.reconcile.judgement import judge_corners, limits_of
from cadastre.reconcile.matching import Relations
from cadastre.reconcile.pairing import pair_corners
from cadastre.reconcile.placing import Placed
from cadastre.reconcile.ring_pairs import pair_rings
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.regulation import Regulation

#: Decisions by which the measurement that a flag names first, or second, is chosen.
FIRST, SECOND = "accept_measurement", "accept_other_measurement"


@dataclass(frozen=True)
class Repeats:
    """Disagreeing measurements ``first`` and ``second`` of mapped parcel ``p``.

    ``distance`` is the worst corner's (m), ``allowed`` its limit; ``ends`` (n, 2, 2) the two
    positions of that corner. ``open`` marks measured parcels of undecided disagreements, and
    those beside which another measurement was chosen.
    """

    first: np.ndarray
    second: np.ndarray
    p: np.ndarray
    distance: np.ndarray
    allowed: np.ndarray
    ends: np.ndarray
    open: np.ndarray


def compare_repeats(
    map_side: MapSide,
    ground: GroundSide,
    placed: Placed,
    same_land: np.ndarray,
    decisions: Mapping[str, str],
    regulation: Regulation,
) -> Repeats:
    """Compare measured parcels that stand for the same mapped one.

    Parameters
    ----------
    same_land : (n, 3) two measured parcels and the mapped one
    decisions : mismatch_id -> decision; a decided disagreement holds nothing up, but where one
        measurement was chosen, the other is not held against the map any more
    """
    m, n, p = same_land.T
    rings = placed.ground_rings
    sigma = np.hypot(ground.sigma[m], ground.sigma[n])
    limit = map_side.limit_m[p]
    close = regulation.accuracy.allowed(limit, sigma)
    corners = pair_corners(rings, rings, pair_rings(rings, rings, m, n), close)
    count = np.bincount(corners.pair, minlength=len(m))
    limits = limits_of(limit, sigma, sigma**2, count, regulation)
    judged = judge_corners(corners, rings.xy, rings.xy, rings.xy, limits, regulation)
    gap = np.where(judged.off, corners.off_m, np.nan_to_num(judged.distance))
    wrong = np.flatnonzero(judged.moved | judged.off)
    order = wrong[np.lexsort((wrong, -gap[wrong], corners.pair[wrong]))]
    worst = order[np.unique(corners.pair[order], return_index=True)[1]]
    k = corners.pair[worst]
    a, b = corners.map_vertex[worst], corners.ground_vertex[worst]
    ends = np.stack([rings.xy[np.where(a >= 0, a, b)], rings.xy[np.where(b >= 0, b, a)]], axis=1)
    held = np.zeros(len(ground.shapes), dtype=bool)
    settles = regulation.mismatch_rule(Code.SURVEYS_DIFFER)["clears"]
    for i in k:
        told = decisions.get(repeat_id(map_side, ground, int(m[i]), int(n[i]), int(p[i])))
        held[[m[i], n[i]]] |= told not in settles
        if told in (FIRST, SECOND):
            named = sorted((int(m[i]), int(n[i])), key=ground.survey_label)
            held[named[told == FIRST]] = True
    return Repeats(m[k], n[k], p[k], gap[worst], limits.allowed[k], ends, held)


def repeat_id(map_side: MapSide, ground: GroundSide, m: int, n: int, p: int) -> str:
    """Identifier of the SURVEYS_DIFFER of two measured parcels."""
    labels = sorted(ground.survey_label(i) for i in (m, n))
    return mismatch_id(Code.SURVEYS_DIFFER, [str(map_side.shapes.uid[p])], "|".join(labels))


def measured_twice(relations: Relations) -> np.ndarray:
    """Two measured parcels and the mapped one that each of them measures as its own."""
    single = relations.single
    m, p = relations.links.m[single], relations.links.p[single]
    repeated = np.bincount(p, minlength=1)[p] > 1
    if not repeated.any():
        return np.zeros((0, 3), dtype=np.intp)
    table = pd.DataFrame({"m": m[repeated], "p": p[repeated]})
    both = table.merge(table, on="p")
    both = both[both["m_x"] < both["m_y"]].sort_values(["p", "m_x", "m_y"])
    return both[["m_x", "m_y", "p"]].to_numpy(dtype=np.intp)

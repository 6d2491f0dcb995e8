"""Findings as the tables of the public surface: matches and corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cadastre.reconcile.findings import Findings
from cadastre.reconcile.overlap import greatest_distance
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.verdicts import Verdicts

MATCH_COLUMNS = [
    "measured_uid", "parcel_uid", "relation", "score", "runner_up", "overlap_m2", "iou",
    "area_map_m2", "area_measured_m2", "register_area_m2", "area_allowed_m2", "max_corner_m",
    "raw_max_corner_m", "hausdorff_m", "boundary_geometry", "boundary_confirmed", "verdict",
]  # fmt: skip


def match_table(
    map_side: MapSide, ground: GroundSide, findings: Findings, verdicts: Verdicts
) -> pd.DataFrame:
    """One row per relation, and one with no parcel for measured land that has none."""
    links, relations = findings.relations.links, findings.relations
    alone = np.setdiff1d(np.arange(len(ground.shapes)), links.m)
    m = np.concatenate([links.m, alone])
    p = np.concatenate([links.p, np.full(len(alone), -1)])
    gap = np.full(len(alone), np.nan)
    worst, raw, allowed = _per_link(findings, len(links.m))
    register = map_side.table["register_area_m2"].to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        {
            "measured_uid": ground.shapes.uid[m],
            "parcel_uid": _known(map_side.shapes.uid, p, None),
            "relation": np.concatenate([relations.relation, np.full(len(alone), "none", object)]),
            "score": np.concatenate([links.score, np.zeros(len(alone))]),
            "runner_up": np.concatenate([relations.runner_up, np.zeros(len(alone))]),
            "overlap_m2": np.concatenate([links.overlap, np.zeros(len(alone))]),
            "iou": np.concatenate([links.iou, np.zeros(len(alone))]),
            "area_map_m2": _known(map_side.shapes.area, p, np.nan),
            "area_measured_m2": ground.shapes.area[m],
            "register_area_m2": _known(register, p, np.nan),
            "area_allowed_m2": np.concatenate([allowed, gap]),
            "max_corner_m": np.concatenate([worst, gap]),
            "raw_max_corner_m": np.concatenate([raw, gap]),
            "hausdorff_m": _hausdorff(findings, m, p),
            "boundary_geometry": verdicts.geometry[m],
            "boundary_confirmed": verdicts.confirmed[m],
            "verdict": verdicts.verdict[m],
        },
        columns=MATCH_COLUMNS,
    )
    return table.sort_values(["measured_uid", "parcel_uid"], ignore_index=True)


def _known(values: np.ndarray, p: np.ndarray, otherwise: Any) -> np.ndarray:
    if not len(values):
        return np.full(len(p), otherwise)
    taken: Any = values[np.maximum(p, 0)]
    return np.where(p >= 0, taken, otherwise)


def _per_link(findings: Findings, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Worst corner after and before the shift, and the allowed area difference, per link."""
    pairs = findings.pairs
    at = np.flatnonzero(findings.relations.single)
    result = [np.full(count, np.nan) for _ in range(3)]
    for values, column in zip(result, (pairs.judged.distance, pairs.judged.raw), strict=False):
        values[at] = _greatest(column, pairs.corners.pair, len(pairs.m))
    result[2][at] = findings.area.allowed
    return result[0], result[1], result[2]


def _greatest(values: np.ndarray, pair: np.ndarray, count: int) -> np.ndarray:
    """Greatest value of each pair, NaN where it has none; rows are sorted by pair."""
    starts = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]])[: len(pair)])
    result = np.full(count, np.nan)
    if len(starts):
        result[pair[starts]] = np.fmax.reduceat(values, starts)
    return result


def _hausdorff(findings: Findings, m: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Greatest distance in metres of the two outlines, NaN where there is no parcel."""
    distance = np.full(len(p), np.nan)
    known = p >= 0
    placed = findings.placed
    distance[known] = greatest_distance(placed.ground_rings, m[known], placed.adjusted, p[known])
    return distance


def corner_table(map_side: MapSide, ground: GroundSide, findings: Findings) -> pd.DataFrame:
    """Corners of one-to-one pairs; ``kind`` is paired, added (ground only) or lost (map only).

    ``corner`` counts from 1 within a pair. Vertices without a partner that lie on the other
    outline are not listed.
    """
    pairs, judged = findings.pairs, findings.pairs.judged
    rows = pairs.corners
    a, b = rows.map_vertex, rows.ground_vertex
    shown = ((a >= 0) & (b >= 0)) | judged.off
    k = rows.pair[shown]
    map_xy = _vertices(findings.placed.rings.xy, a[shown])
    ground_xy = _vertices(findings.placed.ground_rings.xy, b[shown])
    start = np.searchsorted(k, k)
    kind = np.where(a[shown] < 0, "added", np.where(b[shown] < 0, "lost", "paired"))
    paired = kind == "paired"
    table = pd.DataFrame(
        {
            "measured_uid": ground.shapes.uid[pairs.m[k]],
            "parcel_uid": map_side.shapes.uid[pairs.p[k]],
            "corner": np.arange(len(k)) - start + 1,
            "map_e": map_xy[:, 0],
            "map_n": map_xy[:, 1],
            "measured_e": ground_xy[:, 0],
            "measured_n": ground_xy[:, 1],
            "de": judged.difference[shown, 0],
            "dn": judged.difference[shown, 1],
            "distance_m": np.where(paired, judged.distance[shown], rows.off_m[shown]),
            "raw_distance_m": judged.raw[shown],
            "allowed_m": pairs.limits.allowed[k],
            "significant": judged.significant[shown] | ~paired,
            "beyond": judged.moved[shown] | judged.off[shown],
            "kind": kind,
        }
    )
    return table.sort_values(["measured_uid", "parcel_uid", "corner"], ignore_index=True)


def _vertices(xy: np.ndarray, at: np.ndarray) -> np.ndarray:
    found = np.full((len(at), 2), np.nan)
    found[at >= 0] = xy[at[at >= 0]]
    return found

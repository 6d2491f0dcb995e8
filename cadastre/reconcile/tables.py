"""Findings as the tables of the public surface: matches and corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cadastre.reconcile.differing import write_places
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
    matched = np.zeros(len(ground.shapes), dtype=bool)
    matched[links.m] = True
    alone = np.flatnonzero(~matched)
    m = np.concatenate([links.m, alone])
    p = np.concatenate([links.p, np.full(len(alone), -1)])
    gap = np.full(len(alone), np.nan)
    worst, raw, allowed = _per_link(findings, len(links.m))
    register = map_side.table["register_area_m2"].to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        {
            "measured_uid": _text(ground.shapes.uid[m]),
            "parcel_uid": _text(_known(map_side.shapes.uid, p, None)),
            "relation": _text(
                np.concatenate([relations.relation, np.full(len(alone), "none", object)])
            ),
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
            "boundary_geometry": _text(verdicts.geometry[m]),
            "boundary_confirmed": _text(verdicts.confirmed[m]),
            "verdict": _text(verdicts.verdict[m]),
        },
        columns=MATCH_COLUMNS,
        copy=False,
    )
    # Links are in the order of the sides, which is that of the identifiers.
    return table.iloc[np.argsort(m, kind="stable")].reset_index(drop=True) if len(alone) else table


def _text(values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="str", copy=False)


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
    outline are not listed. Identifiers and kinds are categories, so that a corner holds only
    their number; differences are in single precision, positions in double.
    """
    pairs, judged = findings.pairs, findings.pairs.judged
    rows = pairs.corners
    k, a, b = rows.pair, rows.map_vertex, rows.ground_vertex
    alone = (a < 0) | (b < 0)
    starts = rows.bounds(len(pairs.m))
    kind = np.zeros(len(k), dtype=np.int8)
    kind[a < 0], kind[b < 0] = 1, 2
    place = np.empty((4, len(k)))
    write_places(findings.placed.rings.xy, findings.placed.ground_rings.xy, rows, place)
    map_e, map_n, measured_e, measured_n = place
    return pd.DataFrame(
        {
            "measured_uid": _category(ground.shapes.uid, pairs.m, k),
            "parcel_uid": _category(map_side.shapes.uid, pairs.p, k),
            "corner": np.arange(1, len(k) + 1, dtype=np.int32) - starts.astype(np.int32)[k],
            "map_e": map_e,
            "map_n": map_n,
            "measured_e": measured_e,
            "measured_n": measured_n,
            "de": judged.difference[0],
            "dn": judged.difference[1],
            "distance_m": np.where(alone, rows.off_m, judged.distance),
            "raw_distance_m": judged.raw,
            "allowed_m": pairs.limits.allowed.astype(np.float32)[k],
            "significant": judged.significant | alone,
            "beyond": judged.moved | judged.off,
            "kind": pd.Categorical.from_codes(
                kind,
                categories=pd.Index(["paired", "added", "lost"]),
            ),
        },
        copy=False,
    )


def _category(uid: np.ndarray, member: np.ndarray, pair: np.ndarray) -> pd.Categorical:
    """Identifiers of the corners' parcels, of which only those of the pairs are categories."""
    used, code = np.unique(member, return_inverse=True)
    names: Any = pd.Index(_text(uid[used]))
    return pd.Categorical.from_codes(code.astype(np.int32)[pair], categories=names)

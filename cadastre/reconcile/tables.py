"""Findings as the tables of the public surface: matches and corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cadastre.reconcile.compiled import in_blocks
from cadastre.reconcile.corners import Corners
from cadastre.reconcile.differing import write_rows
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.judgement import CornerJudgement
from cadastre.reconcile.overlap import greatest_distance
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.verdicts import Verdicts

MATCH_COLUMNS = [
    "measured_uid", "parcel_uid", "relation", "score", "runner_up", "overlap_m2", "iou",
    "area_map_m2", "area_measured_m2", "register_area_m2", "area_allowed_m2", "max_corner_m",
    "raw_max_corner_m", "hausdorff_m", "boundary_geometry", "boundary_confirmed", "verdict",
]  # fmt: skip


_KINDS = pd.Index(["paired", "added", "lost"])
_BLOCK = 200_000  # corners


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
            "measured_uid": ground.shapes.uid.take(m),
            "parcel_uid": map_side.shapes.uid.take(p, allow_fill=True),
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
    count = len(rows.pair)
    names_m, code_m = _coded(ground.shapes.uid, pairs.m)
    names_p, code_p = _coded(map_side.shapes.uid, pairs.p)
    place, code = np.empty((4, count)), np.empty((2, count), dtype=np.int32)
    number, limit = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.float32)
    bounds, codes = rows.bounds(len(pairs.m)), np.stack([code_m, code_p])
    in_blocks(
        lambda begin, end: write_rows(
            rows.pair, rows.map_vertex, rows.ground_vertex,
            findings.placed.rings.xy, findings.placed.ground_rings.xy,
            bounds, pairs.limits.allowed, codes, place, code, number, limit, begin, end,
        ),
        count, _BLOCK,
    )  # fmt: skip
    kind, distance, significant = _told(rows, judged)
    columns = {
        "measured_uid": pd.Categorical.from_codes(code[0], categories=names_m, validate=False),
        "parcel_uid": pd.Categorical.from_codes(code[1], categories=names_p, validate=False),
        "corner": number,
        "map_e": place[0],
        "map_n": place[1],
        "measured_e": place[2],
        "measured_n": place[3],
        "de": judged.difference[0],
        "dn": judged.difference[1],
        "distance_m": distance,
        "raw_distance_m": judged.raw,
        "allowed_m": limit,
        "significant": significant,
        "beyond": judged.moved | judged.off,
        "kind": pd.Categorical.from_codes(kind, categories=_KINDS, validate=False),
    }
    return pd.DataFrame(columns, copy=False)


def _told(rows: Corners, judged: CornerJudgement) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind, distance and significance of corners: one without partner is by itself telling."""
    lone = rows.lone()
    kind = np.zeros(len(rows.pair), dtype=np.int8)
    if not len(lone):
        return kind, judged.distance, judged.significant
    distance, significant = judged.distance.copy(), judged.significant.copy()
    kind[lone] = np.where(rows.map_vertex[lone] < 0, 1, 2)
    distance[lone], significant[lone] = rows.off_m[lone], True
    return kind, distance, significant


def _coded(
    uid: pd.api.extensions.ExtensionArray, member: np.ndarray
) -> tuple[pd.Index, np.ndarray]:
    """Identifiers of the parcels of pairs as categories, and the number of each pair's."""
    used, code = np.unique(member, return_inverse=True)
    return pd.Index(uid.take(used)), code.astype(np.int32)

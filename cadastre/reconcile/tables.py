"""Findings as the table of matches of the public surface (``corner_table`` makes the other)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cadastre.reconcile.differing import worst_corners
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.overlap import greatest_distance
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.verdicts import Verdicts
from cadastre.reconcile.words import Words

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
    none = np.zeros(len(alone))
    m, p = _and(links.m, alone), _and(links.p, np.full(len(alone), -1))
    of_links, corners = _per_link(findings, len(links.m))
    worst, raw, allowed = (_and(values, np.full(len(alone), np.nan)) for values in of_links)
    register = map_side.columns["register_area_m2"].to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        {
            "measured_uid": ground.shapes.uid.take(m),
            "parcel_uid": map_side.shapes.uid.take(p, allow_fill=True),
            "relation": _relations(relations.relation, len(alone)).column(),
            "score": _and(links.score, none),
            "runner_up": _and(relations.runner_up, none),
            "overlap_m2": _and(links.overlap, none),
            "iou": _and(links.iou, none),
            "area_map_m2": _known(map_side.shapes.area, p, np.nan),
            "area_measured_m2": ground.shapes.area[m],
            "register_area_m2": _known(register, p, np.nan),
            "area_allowed_m2": allowed,
            "max_corner_m": worst,
            "raw_max_corner_m": raw,
            "hausdorff_m": _and(_hausdorff(findings, corners), np.full(len(alone), np.nan)),
            "boundary_geometry": verdicts.geometry.take(m).column(),
            "boundary_confirmed": verdicts.confirmed.take(m).column(),
            "verdict": verdicts.verdict.take(m).column(),
        },
        columns=MATCH_COLUMNS,
        copy=False,
    )
    # Links are in the order of the sides, which is that of the identifiers.
    return table.iloc[np.argsort(m, kind="stable")].reset_index(drop=True) if len(alone) else table


def _and(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Both after each other; nearly always there are no others, and nothing is copied then."""
    return np.concatenate([values, others]) if len(others) else values


def _relations(relation: Words, alone: int) -> Words:
    """Relations of links, then those of measured parcels that have none."""
    none = np.full(alone, len(relation.names), dtype=relation.code.dtype)
    return Words((*relation.names, "none"), np.concatenate([relation.code, none]))


def _known(values: np.ndarray, p: np.ndarray, otherwise: Any) -> np.ndarray:
    if not len(values):
        return np.full(len(p), otherwise)
    taken: Any = values[np.maximum(p, 0)]
    return np.where(p >= 0, taken, otherwise)


def _per_link(findings: Findings, count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Worst corner after and before the shift, and the allowed area difference, per link.

    Last come the vertices of the worst corner on the ground and on the map, -1 for none.
    """
    pairs = findings.pairs
    at = np.flatnonzero(findings.relations.single)
    result, corners = [np.full(count, np.nan) for _ in range(3)], np.full((count, 2), -1)
    result[0][at], result[1][at], corners[at] = worst_corners(pairs.corners, pairs.judged, len(at))
    result[2][at] = findings.area.allowed
    return result, corners


def _hausdorff(findings: Findings, corners: np.ndarray) -> np.ndarray:
    """Greatest distance in metres of the two outlines of each link."""
    links, placed = findings.relations.links, findings.placed
    return greatest_distance(placed.ground_rings, links.m, placed.adjusted, links.p, corners)

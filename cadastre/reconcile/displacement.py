"""How far each sheet seems to lie off, before anything is matched.

Where neighbours look alike, overlap alone matches a displaced sheet off by one. Every pair
of a measured and a mapped parcel of like size and extent votes for the offset between
them; the true offset is the one on which the whole sheet agrees (labels count more). A
sheet whose parcels already lie clearly on each other needs no search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.measures import holding
from cadastre.reconcile.nearness import near_pairs
from cadastre.reconcile.sharing import in_blocks
from cadastre.reconcile.sides import GroundSide, MapSide


def clear_pairs(
    map_side: MapSide, ground: GroundSide, points: np.ndarray, rules: Mapping[str, Any]
) -> np.ndarray:
    """Mapped parcel (or -1) on which each measured parcel lies beyond doubt.

    The centroids are closer than a share of the parcel's width and the areas alike, so no
    neighbour can fit better; of several the one with the nearest centroid.

    Parameters
    ----------
    points : (n, 2) centroids of the measured parcels, laid where the map has them
    """
    found = np.full(len(ground.shapes), -1, dtype=np.intp)
    if not len(found) or not len(map_side.shapes):
        return found
    m, p = near_pairs(map_side.shapes.box, np.hstack([points, points]), 0.0)
    gap = _clear_gap(map_side, ground, points, (m, p), rules)
    clear = np.isfinite(gap)
    m, p, gap = m[clear], p[clear], gap[clear]
    if (m[1:] == m[:-1]).any():
        order = np.lexsort((p, gap, m))
        first = order[np.diff(m[order], prepend=-1) > 0]
        m, p = m[first], p[first]
    found[m] = p
    return found


def home_sheets(map_side: MapSide, ground: GroundSide, clear: np.ndarray) -> np.ndarray:
    """Sheet of each measured parcel: that of its clear parcel, else of the nearest centroid."""
    if not len(map_side.shapes):
        return np.zeros(len(clear), dtype=np.intp)
    parcel = clear.copy()
    lost = np.flatnonzero(clear < 0)
    if len(lost):
        tree = cKDTree(map_side.shapes.centroid, balanced_tree=False, compact_nodes=False)
        parcel[lost] = tree.query(ground.shapes.centroid[lost], workers=-1)[1]
    return np.asarray(map_side.sheet[parcel])


def _clear_gap(
    map_side: MapSide,
    ground: GroundSide,
    points: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    rules: Mapping[str, Any],
) -> np.ndarray:
    """Distance of the centroids of pairs that are clear, NaN for the others."""
    m, p = pairs
    shapes, other, gap = map_side.shapes, ground.shapes, np.full(len(m), np.nan)
    limits = float(rules["clear_width_share"]), float(rules["clear_area_ratio"])
    in_blocks(
        lambda begin, end: _gaps(
            points, shapes.centroid, m, p, other.area, shapes.area, shapes.width, *limits,
            gap, begin, end,
        ),
        len(m),
    )  # fmt: skip
    clear = np.flatnonzero(np.isfinite(gap))
    gap[clear[~holding(shapes.rings, p[clear], points[m[clear]])]] = np.nan
    return gap


@compiled
def _gaps(  # type: ignore[no-untyped-def]
    points, centroid, m, p, area_m, area_p, width, width_share, ratio, gap, begin, end
):
    for i in range(begin, end):
        e = points[m[i], 0] - centroid[p[i], 0]
        n = points[m[i], 1] - centroid[p[i], 1]
        apart = np.sqrt(e * e + n * n)
        likeness = area_m[m[i]] / area_p[p[i]]
        if apart <= width_share * width[p[i]] and 1.0 / ratio <= likeness <= ratio:
            gap[i] = apart


def sheet_offsets(
    map_side: MapSide,
    ground: GroundSide,
    home: np.ndarray,
    clear: np.ndarray,
    regulation_rules: Mapping[str, Any],
) -> np.ndarray:
    """Offset (sheets, 2) in metres, measured minus mapped, of sheets that seem displaced.

    ``home`` is the sheet to which each measured parcel seems to belong. Zero for sheets whose
    parcels match clearly and for sheets on which the votes do not agree on one offset.
    """
    rules = regulation_rules["displacement"]
    offsets = np.zeros((len(map_side.sheets), 2))
    if not len(map_side.shapes) or not len(ground.shapes):
        return offsets
    trouble = _troubled(map_side, ground, clear, home, rules)
    wanted = np.flatnonzero(trouble[home])
    if not len(wanted):
        return offsets
    m, p, weight = _votes(map_side, ground, wanted, rules)
    vote = ground.shapes.centroid[m] - map_side.shapes.centroid[p]
    for sheet in np.unique(map_side.sheet[p]):
        here = map_side.sheet[p] == sheet
        if trouble[sheet]:
            offsets[sheet] = _peak(vote[here], weight[here], m[here], rules)
    return offsets


def _troubled(
    map_side: MapSide,
    ground: GroundSide,
    clear: np.ndarray,
    home: np.ndarray,
    rules: Mapping[str, Any],
) -> np.ndarray:
    """Sheets with many parcels that match nothing clearly, or against their own labels."""
    count = np.bincount(home, minlength=len(map_side.sheets))
    at = np.maximum(clear, 0)
    denied = (clear >= 0) & ground.known
    if len(map_side.shapes):
        denied &= (ground.key != map_side.key_old[at]) & (ground.key != map_side.key_new[at])
    bad = np.bincount(home[(clear < 0) | denied], minlength=len(count))
    return bad > float(rules["trouble_share"]) * count


def _votes(
    map_side: MapSide, ground: GroundSide, wanted: np.ndarray, rules: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of like area and extent within reach, with their weight."""
    near = cKDTree(map_side.shapes.centroid).query_ball_point(
        ground.shapes.centroid[wanted], float(rules["reach_m"]), return_sorted=True
    )
    m = np.repeat(wanted, [len(n) for n in near])
    p = np.array([i for n in near for i in n], dtype=np.intp)
    ratio = ground.shapes.area[m] / map_side.shapes.area[p]
    extent = [b[:, 2:] - b[:, :2] for b in (ground.shapes.box[m], map_side.shapes.box[p])]
    slack = float(rules["size_slack_m"]) + 0.05 * extent[1]
    alike = (np.abs(extent[0] - extent[1]) <= slack).all(axis=1)
    limit = float(rules["area_ratio"])
    keep = alike & (ratio <= limit) & (ratio >= 1.0 / limit)
    m, p = m[keep], p[keep]
    hit = (ground.key[m] >= 0) & (
        (ground.key[m] == map_side.key_old[p]) | (ground.key[m] == map_side.key_new[p])
    )
    return m, p, np.where(hit, 1.0 + float(rules["label_weight"]), 1.0)


def _peak(
    vote: np.ndarray, weight: np.ndarray, voter: np.ndarray, rules: Mapping[str, Any]
) -> np.ndarray:
    """Offset on which most parcels agree, or zero when another has as many votes."""
    bin_m = float(rules["bin_m"])
    near = cKDTree(vote).query_ball_point(vote, bin_m, return_sorted=True)
    support = np.array([_support(weight[n], voter[n]) for n in near])
    size = np.hypot(*vote.T)
    best = int(np.lexsort((voter, size, -support))[0])
    other = np.hypot(*(vote - vote[best]).T) > 2.0 * bin_m
    rival = float(support[other].max(initial=0.0))
    if support[best] < float(rules["least_votes"]) or rival >= support[best]:
        return np.zeros(2)
    return np.asarray(np.median(vote[near[best]], axis=0))


def _support(weight: np.ndarray, voter: np.ndarray) -> float:
    """Sum over measured parcels of their best vote: one parcel counts once."""
    order = np.lexsort((-weight, voter))
    first = np.unique(voter[order], return_index=True)[1]
    return float(weight[order][first].sum())

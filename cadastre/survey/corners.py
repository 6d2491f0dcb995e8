"""Measured points -> corners: two measurements of one corner become one position.

Each parcel of a survey lists its corners; a corner shared by neighbours is listed, and
often measured, more than once. Measurements of different parcels that agree within their
own precision (chi-square with two degrees of freedom) are one corner, at the mean weighted
by 1/sigma^2. The points themselves, the evidence, are never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from cadastre.regulation import Regulation


def shared_corners(
    points: pd.DataFrame, parcel: np.ndarray, regulation: Regulation
) -> tuple[np.ndarray, np.ndarray, int]:
    """Positions (n, 2) of the corners, their sigma in metres, and how many were joined.

    Parameters
    ----------
    points : columns east, north, sigma_m; one row per listed corner
    parcel : number of the parcel that each row belongs to; a parcel never joins its own
        corners, and a group that would is left as measured
    """
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    sigma = points["sigma_m"].to_numpy(dtype=np.float64)
    pairs = _agreeing(xy, sigma, parcel, regulation)
    group = _groups(pairs, len(xy))
    size = np.bincount(group, minlength=group.max(initial=-1) + 1)
    clash = _repeats(group, parcel)
    alone = clash[group]
    group = np.where(alone, group.max(initial=0) + 1 + np.arange(len(xy)), group)
    _, group = np.unique(group, return_inverse=True)
    weight = 1.0 / sigma**2
    total = np.bincount(group, weights=weight)
    # Relative to the centre: sums of 1e6-sized numbers would cost the last digits.
    centre = xy.mean(axis=0) if len(xy) else np.zeros(2)
    mean = np.column_stack(
        [np.bincount(group, weights=weight * (xy - centre)[:, i]) / total for i in (0, 1)]
    )
    joined = np.bincount(group)[group] > 1
    placed = np.where(joined[:, None], mean[group] + centre, xy)
    return placed, np.where(joined, 1.0 / np.sqrt(total[group]), sigma), int((size > 1).sum())


def _agreeing(
    xy: np.ndarray, sigma: np.ndarray, parcel: np.ndarray, regulation: Regulation
) -> np.ndarray:
    """Index pairs of different parcels that are the nearest of each other and agree."""
    largest = float(regulation["survey"]["shared_corner"]["largest_m"])
    quantile = float(regulation["accuracy"]["judgement"]["chi_square_2d_95"])
    pairs: np.ndarray = cKDTree(xy).query_pairs(largest, output_type="ndarray")
    if not len(pairs):
        return np.empty((0, 2), dtype=np.intp)
    a, b = pairs.T
    d2 = ((xy[a] - xy[b]) ** 2).sum(axis=1)
    close = (parcel[a] != parcel[b]) & (d2 <= quantile * (sigma[a] ** 2 + sigma[b] ** 2))
    return pairs[close]


def _groups(pairs: np.ndarray, n: int) -> np.ndarray:
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1])


def _repeats(group: np.ndarray, parcel: np.ndarray) -> np.ndarray:
    """Groups in which one parcel appears twice."""
    table = pd.DataFrame({"group": group, "parcel": parcel})
    twice = table[table.duplicated(keep=False)]["group"].unique()
    return np.isin(np.arange(group.max(initial=-1) + 1), twice)


def disagreeing_names(points: pd.DataFrame, regulation: Regulation) -> pd.DataFrame:
    """Points of one name, close together, that differ by more than they may.

    Returns
    -------
    DataFrame with columns first, second (row positions), distance_m, allowed_m
    """
    rules: Mapping[str, Any] = regulation["survey"]["shared_corner"]
    reach = float(rules["same_name_reach_m"])
    quantile = float(regulation["accuracy"]["judgement"]["chi_square_2d_95"])
    empty = pd.DataFrame({"first": [], "second": [], "distance_m": [], "allowed_m": []})
    if len(points) < 2 or points["point"].isna().all():
        return empty
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    names = points["point"].astype(str).to_numpy()
    sigma = points["sigma_m"].to_numpy(dtype=np.float64)
    pairs: np.ndarray = cKDTree(xy).query_pairs(reach, output_type="ndarray")
    if not len(pairs):
        return empty
    a, b = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T
    distance = np.hypot(*(xy[a] - xy[b]).T)
    allowed = np.minimum(
        np.sqrt(quantile * (sigma[a] ** 2 + sigma[b] ** 2)), float(rules["largest_m"])
    )
    bad = (names[a] == names[b]) & (names[a] != "") & (distance > allowed)
    return pd.DataFrame(
        {"first": a[bad], "second": b[bad], "distance_m": distance[bad], "allowed_m": allowed[bad]}
    )

"""Measured points -> corners: two measurements of one corner become one position.

Each parcel of a survey lists its corners; a corner shared by neighbours is listed, and
often measured, more than once. Measurements of different parcels that agree within their
own precision (chi-square with two degrees of freedom) are one corner, at the mean weighted
by the inverse of their covariances. One measurement listed for two parcels stays one: it
is not made more precise by being named twice. The points themselves, the evidence, are
never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from cadastre.regulation import Regulation

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Corners:
    """Positions (n, 2) of listed corners, covariance (n, 2, 2), and how many were joined.

    ``group`` is the same for rows that are one corner.
    """

    xy: Array
    covariance: Array
    group: NDArray[np.intp]
    joined: int

    @property
    def sigma(self) -> Array:
        """Standard deviation of one coordinate: the root of half the trace, in metres."""
        spread: Array = np.sqrt(np.trace(self.covariance, axis1=1, axis2=2) / 2)
        return spread


def covariances(points: pd.DataFrame) -> Array:
    """Covariance (n, 2, 2) of points: their own columns, or ``sigma_m`` on both axes."""
    made = np.zeros((len(points), 2, 2))
    variance = points["sigma_m"].to_numpy(dtype=np.float64) ** 2
    names = {"var_east": (0, 0), "var_north": (1, 1)}
    for name, place in names.items():
        own = (
            points[name].to_numpy(dtype=np.float64)
            if name in points
            else np.full(len(made), np.nan)
        )
        made[:, place[0], place[1]] = np.where(np.isfinite(own), own, variance)
    if "cov_en" in points:
        both = np.nan_to_num(points["cov_en"].to_numpy(dtype=np.float64))
        made[:, 0, 1] = made[:, 1, 0] = both
    return made


def shared_corners(points: pd.DataFrame, parcel: np.ndarray, regulation: Regulation) -> Corners:
    """Corners of listed points.

    Parameters
    ----------
    points : columns point, east, north, sigma_m and, where known, var_east, var_north, cov_en;
        one row per listed corner
    parcel : number of the parcel that each row belongs to; a parcel never joins its own
        corners, and a group that would is left as measured
    """
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    own = covariances(points)
    pairs = _agreeing(xy, own, parcel, regulation)
    group = _groups(pairs, len(xy))
    size = np.bincount(group, minlength=group.max(initial=-1) + 1)
    clash = _repeats(group, parcel)
    alone = clash[group]
    group = np.where(alone, group.max(initial=0) + 1 + np.arange(len(xy)), group)
    _, group = np.unique(group, return_inverse=True)
    mean, covariance = _weighted(xy, own, group, _times_listed(points, xy, group))
    joined = np.bincount(group)[group] > 1
    return Corners(
        np.where(joined[:, None], mean[group], xy),
        np.where(joined[:, None, None], covariance[group], own),
        group,
        int((size > 1).sum()),
    )


def _times_listed(points: pd.DataFrame, xy: Array, group: np.ndarray) -> Array:
    """How often each row's own measurement is listed in its group."""
    names = points["point"].astype(str) if "point" in points else pd.Series("", points.index)
    keys = pd.DataFrame({"group": group, "name": names.to_numpy(), "e": xy[:, 0], "n": xy[:, 1]})
    times: Array = keys.groupby(["group", "name", "e", "n"])["e"].transform("size").to_numpy(float)
    return np.where(names.to_numpy() == "", 1.0, times)


def _weighted(xy: Array, own: Array, group: np.ndarray, times: Array) -> tuple[Array, Array]:
    """Mean and covariance of each group, weighted by the inverse covariance."""
    weight = np.linalg.inv(own) / times[:, None, None]
    # Relative to the centre: sums of 1e6-sized numbers would cost the last digits.
    centre = xy.mean(axis=0) if len(xy) else np.zeros(2)
    pulled = np.einsum("nij,nj->ni", weight, xy - centre)
    total = np.empty((group.max(initial=-1) + 1, 2, 2))
    pull = np.empty((len(total), 2))
    for i in (0, 1):
        pull[:, i] = np.bincount(group, weights=pulled[:, i])
        for j in (0, 1):
            total[:, i, j] = np.bincount(group, weights=weight[:, i, j])
    covariance = np.linalg.inv(total)
    return np.einsum("nij,nj->ni", covariance, pull) + centre, covariance


def _agreeing(xy: Array, own: Array, parcel: np.ndarray, regulation: Regulation) -> np.ndarray:
    """Index pairs of different parcels that lie near each other and agree."""
    largest = float(regulation["survey"]["shared_corner"]["largest_m"])
    quantile = float(regulation["accuracy"]["judgement"]["chi_square_2d_95"])
    pairs: np.ndarray = cKDTree(xy).query_pairs(largest, output_type="ndarray")
    if not len(pairs):
        return np.empty((0, 2), dtype=np.intp)
    a, b = pairs.T
    apart = xy[a] - xy[b]
    squared = np.einsum("ni,nij,nj->n", apart, np.linalg.inv(own[a] + own[b]), apart)
    return pairs[(parcel[a] != parcel[b]) & (squared <= quantile)]


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

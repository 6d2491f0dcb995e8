"""A survey beside the parcel map, before it is compared with it: near it, and turned like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.survey.found import Task

#: Parcels of the map about a box; None where there is no map.
Mapped = Callable[[tuple[float, float, float, float]], gpd.GeoDataFrame | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One judgement: ``passed`` when ``measured`` keeps ``allowed``, both in ``unit``."""

    check: str
    subject: str
    measured: float
    allowed: float
    unit: str
    passed: bool
    east: float
    north: float
    vi: str
    en: str


def far_parcels(
    measured: gpd.GeoDataFrame, mapped: gpd.GeoDataFrame, task: Task
) -> Iterator[Check]:
    """Parcels that lie nowhere near a mapped one."""
    reach = float(task.regulation["survey"]["map"]["far_m"])
    shapes = np.asarray(measured.geometry.array)
    apart_of = np.full(len(shapes), np.inf)
    if len(mapped):
        tree = shapely.STRtree(np.asarray(mapped.geometry.array))
        at, distance = tree.query_nearest(shapes, return_distance=True, all_matches=False)
        apart_of[at[0]] = distance
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    labels = measured["label"].astype(str).to_numpy()
    for row, apart in enumerate(apart_of):
        if apart > reach:
            told = f"{apart:.0f} m" if np.isfinite(apart) else f"> {reach:.0f} m"
            yield Check(
                "FAR_FROM_MAP", labels[row], float(apart), reach, "m", False,
                float(centres[row, 0]), float(centres[row, 1]),
                f"Thửa đo {labels[row]} cách thửa gần nhất trên bản đồ {told}.",
                f"Measured parcel {labels[row]} is {told} from the nearest mapped one.",
            )  # fmt: skip


def turned_edges(
    measured: gpd.GeoDataFrame, mapped: gpd.GeoDataFrame, task: Task
) -> Iterator[Check]:
    """Bearings of long edges against the mapped edges beside them: a turned orientation."""
    rules = task.regulation["survey"]["map"]
    edges, owner = _edges(measured, float(rules["long_edge_m"]))
    known, _ = _edges(mapped, float(rules["long_edge_m"]) / 2)
    if not len(edges) or not len(known):
        return
    lines, beside = shapely.linestrings(edges), shapely.linestrings(known)
    a, b = shapely.STRtree(beside).query(lines, predicate="dwithin",
                                         distance=float(rules["edge_reach_m"]))  # fmt: skip
    turn = _bearing(edges[a]) - _bearing(known[b])
    turn = (turn + np.pi / 2) % np.pi - np.pi / 2
    nearest = pd.DataFrame({"edge": a, "turn": turn, "size": np.abs(turn)})
    nearest = nearest.sort_values("size").drop_duplicates("edge")
    labels = measured["label"].astype(str).to_numpy()
    length = shapely.length(lines)
    limit = task.regulation.accuracy.position_limit(task.scale)
    for edge, off in zip(nearest["edge"], nearest["turn"], strict=True):
        # Both ends displaced by the position limit, against each other.
        allowed = float(np.arctan2(2 * limit, length[edge]))
        if abs(off) <= allowed or abs(off) > np.radians(float(rules["edge_turn_degrees"])):
            continue
        minutes, most = np.degrees([abs(off), allowed]) * 60
        label, middle = labels[owner[edge]], edges[edge].mean(axis=0)
        yield Check(
            "LONG_EDGE", label, float(minutes), float(most), "′", False,
            float(middle[0]), float(middle[1]),
            f"Cạnh dài {length[edge]:.1f} m của thửa đo {label} lệch phương {minutes:.1f}′ so với "
            f"bản đồ, cho phép {most:.1f}′.",
            f"The {length[edge]:.1f} m edge of measured parcel {label} is turned by {minutes:.1f}′ "
            f"from the map, allowed {most:.1f}′.",
        )  # fmt: skip


def _edges(frame: gpd.GeoDataFrame, shortest: float) -> tuple[np.ndarray, np.ndarray]:
    """Edges (n, 2, 2) of polygons at least this long, and the row of each."""
    rings, owner = shapely.get_coordinates(
        shapely.boundary(np.asarray(frame.geometry.array)), return_index=True
    )
    same = owner[:-1] == owner[1:]
    edges = np.stack([rings[:-1], rings[1:]], axis=1)[same]
    length = np.hypot(*(edges[:, 1] - edges[:, 0]).T)
    kept = length >= shortest
    return edges[kept], owner[:-1][same][kept]


def _bearing(edges: np.ndarray) -> np.ndarray:
    step = edges[:, 1] - edges[:, 0]
    bearing: np.ndarray = np.arctan2(step[:, 0], step[:, 1])
    return bearing

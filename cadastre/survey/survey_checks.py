"""What a survey is checked for before anything of it is stored.

Each check tells what was measured, what is allowed and where; a failed one is told to the
surveyor with the point or parcel it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from cadastre.mismatch import decimal_comma
from cadastre.survey.checks import own_overlaps
from cadastre.survey.found import Found, Task

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


def check_table(
    found: Found, measured: gpd.GeoDataFrame, mapped: Mapped | None, task: Task
) -> pd.DataFrame:
    """All checks of a survey, failed ones first.

    ``mapped`` gives the parcels of the map about a box (west, south, east, north); none at
    all means that there is no map yet, and nothing is checked against it.
    """
    made = [
        *_duplicates(found.points, task),
        *_names_apart(found.points, task),
        *_overlaps(measured, task),
        *_stations(found, task),
        *_read_again(found),
        *_traverses(found),
    ]
    if mapped is not None and len(measured):
        reach = float(task.regulation["survey"]["map"]["far_m"])
        west, south, east, north = measured.total_bounds
        near = mapped((west - reach, south - reach, east + reach, north + reach))
        if near is not None:
            made += [*_far(measured, near, task), *_long_edges(measured, near, task)]
    names = [f.name for f in fields(Check)]
    table = pd.DataFrame([astuple(check) for check in made], columns=names)
    table["vi"] = [decimal_comma(text) for text in table["vi"]]
    return table.astype({"passed": bool}).sort_values("passed", kind="stable", ignore_index=True)


def _duplicates(points: pd.DataFrame, task: Task) -> Iterator[Check]:
    """Two names in one place: one point taken twice under different names."""
    if len(points) < 2:
        return
    reach = float(task.regulation["survey"]["shared_corner"]["duplicate_m"])
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    names = points["point"].astype(str).to_numpy()
    pairs: Any = cKDTree(xy).query_pairs(reach, output_type="ndarray")
    for a, b in pairs:
        if names[a] != names[b] and names[a] and names[b]:
            apart = float(np.hypot(*(xy[a] - xy[b])))
            yield Check(
                "DUPLICATE_POINT", f"{names[a]}, {names[b]}", apart, reach, "m", False,
                float(xy[a, 0]), float(xy[a, 1]),
                f"Điểm {names[a]} và {names[b]} trùng nhau ({apart:.3f} m): một điểm hai tên?",
                f"Points {names[a]} and {names[b]} coincide ({apart:.3f} m): one point, two names?",
            )  # fmt: skip


def _names_apart(points: pd.DataFrame, task: Task) -> Iterator[Check]:
    """One name in two places: a name used twice."""
    reach = float(task.regulation["survey"]["shared_corner"]["same_name_reach_m"])
    named = points[points["point"].astype(str) != ""]
    for name, group in named.groupby("point"):
        if len(group) < 2:
            continue
        xy = group[["east", "north"]].to_numpy(dtype=np.float64)
        apart = float(np.hypot(*np.ptp(xy, axis=0)))
        if apart > reach:
            lines = ", ".join(str(line) for line in group["row_number"][:5])
            yield Check(
                "NAME_TWICE", str(name), apart, reach, "m", False,
                float(xy[0, 0]), float(xy[0, 1]),
                f"Tên điểm {name} (dòng {lines}) dùng cho các vị trí cách nhau {apart:.2f} m.",
                f"The name {name} (lines {lines}) stands for places {apart:.2f} m apart.",
            )  # fmt: skip


def _overlaps(measured: gpd.GeoDataFrame, task: Task) -> Iterator[Check]:
    depth = float(task.regulation["survey"]["overlap"]["smallest_depth_m"])
    for first, second, area in own_overlaps(measured, depth):
        yield Check(
            "OVERLAP_SURVEY", f"{first}, {second}", area, 0.0, "m2", False, np.nan, np.nan,
            f"Thửa đo {first} và {second} chồng nhau {area:.2f} m².",
            f"Measured parcels {first} and {second} overlap by {area:.2f} m2.",
        )  # fmt: skip


def _stations(found: Found, task: Task) -> Iterator[Check]:
    """Survey stations against the limit of their position after adjustment (0.1 mm of map)."""
    if found.network is None:
        return
    rule = task.regulation["survey"]["station"]
    limit = float(rule["map_mm"]) * task.scale / 1000
    table = found.network.points
    stations = table[table["role"] == "station"]
    spread = np.sqrt(stations["var_east"] + stations["var_north"])
    rows = zip(stations["point"], spread, stations["east"], stations["north"], strict=True)
    for name, sigma, east, north in rows:
        yield Check(
            "STATION", str(name), float(sigma), limit, "m", bool(sigma <= limit), east, north,
            f"Trạm máy {name}: sai số vị trí {sigma:.3f} m, cho phép {limit:.3f} m.",
            f"Station {name}: position good to {sigma:.3f} m, allowed {limit:.3f} m.",
        )  # fmt: skip


def _read_again(found: Found) -> Iterator[Check]:
    if found.network is None:
        return
    for again in found.network.read_again:
        seconds, limit = (abs(np.degrees(v)) * 3600 for v in (again.difference, again.allowed))
        yield Check(
            "READ_AGAIN", f"{again.station}-{again.target}", float(seconds), float(limit), "″",
            True, np.nan, np.nan,
            f"Trạm {again.station} ngắm lại {again.target}: lệch {seconds:.0f}″.",
            f"Station {again.station} read {again.target} again: {seconds:.0f}″ apart.",
        )  # fmt: skip


def _traverses(found: Found) -> Iterator[Check]:
    if found.network is None:
        return
    for traverse in found.network.traverses:
        name = "-".join(traverse.stations)
        allowed = traverse.length / traverse.relative_allowed
        angle = ""
        if traverse.angular is not None:
            angle = f"{np.degrees(traverse.angular) * 3600:.0f}″; "
        told = f"{angle}{traverse.linear:.3f} m / {traverse.length:.1f} m"
        yield Check(
            "TRAVERSE", name, traverse.linear, allowed, "m", traverse.passed, np.nan, np.nan,
            f"Đường chuyền {name}: sai số khép {told} (1:{min(traverse.relative, 1e9):.0f}).",
            f"Traverse {name}: misclosure {told} (1:{min(traverse.relative, 1e9):.0f}).",
        )  # fmt: skip


# ---- against the map -------------------------------------------------------------------


def _far(measured: gpd.GeoDataFrame, mapped: gpd.GeoDataFrame, task: Task) -> Iterator[Check]:
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


def _long_edges(
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

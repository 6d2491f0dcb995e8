"""What a survey is checked for before anything of it is stored.

Each check tells what was measured, what is allowed and where; a failed one is told to the
surveyor with the point or parcel it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from cadastre.mismatch import Code, Mismatch, decimal_comma
from cadastre.survey.checks import own_overlaps
from cadastre.survey.found import Found, Task
from cadastre.survey.map_checks import Check, Mapped, far_parcels, turned_edges

#: Mismatches that a check of the survey found, as the check that found them.
FLAGGED = {
    (Code.GEOMETRY, "survey.shared_corner"): "SELF_CROSSING",
    (Code.OUTLIER, "survey.shared_corner"): "MEASURED_TWICE",
    (Code.OUTSIDE_COMMUNE, "survey.place"): "OUTSIDE_COMMUNE",
}
#: What is told where a check found nothing.
_SOUND = {
    "SELF_CROSSING": ("Không đường ranh nào tự cắt.", "No outline crosses itself."),
    "DUPLICATE_POINT": ("Không có hai tên cho một điểm.", "No point has two names."),
    "NAME_TWICE": ("Không tên nào dùng cho hai vị trí.", "No name stands for two places."),
    "MEASURED_TWICE": ("Các điểm đo nhiều lần khớp nhau.", "Points measured more than once agree."),
    "OVERLAP_SURVEY": ("Các thửa đo không chồng nhau.", "The measured parcels do not overlap."),
    "OUTSIDE_COMMUNE": ("Mọi thửa đo nằm trong xã.", "Every measured parcel lies in the commune."),
    "FAR_FROM_MAP": ("Mọi thửa đo gần thửa trên bản đồ.", "Every parcel is near a mapped one."),
    "LONG_EDGE": ("Phương các cạnh dài khớp bản đồ.", "Long edges have the bearing of the map."),
}  # fmt: skip


def check_table(
    found: Found,
    measured: gpd.GeoDataFrame,
    mapped: Mapped | None,
    task: Task,
    mismatches: Sequence[Mismatch] = (),
) -> pd.DataFrame:
    """All checks of a survey, failed ones first; a check that found nothing is told as passed.

    ``mapped`` gives the parcels of the map about a box (west, south, east, north); none at
    all means that there is no map yet, and nothing is checked against it. ``mismatches`` are
    those that reading the survey has flagged already.
    """
    made = [
        *_flagged(mismatches),
        *_duplicates(found.points, task),
        *_names_apart(found.points, task),
        *_overlaps(measured, task),
        *_stations(found, task),
        *_read_again(found),
        *_traverses(found),
    ]
    judged = _judged(found, measured, task)
    if mapped is not None and len(measured):
        reach = float(task.regulation["survey"]["map"]["far_m"])
        west, south, east, north = measured.total_bounds
        near = mapped((west - reach, south - reach, east + reach, north + reach))
        if near is not None:
            made += [*far_parcels(measured, near, task), *turned_edges(measured, near, task)]
            judged |= {"FAR_FROM_MAP", "LONG_EDGE"}
    made += _sound(judged - {check.check for check in made})
    names = [f.name for f in fields(Check)]
    table = pd.DataFrame([astuple(check) for check in made], columns=names)
    table["vi"] = [decimal_comma(text) for text in table["vi"]]
    return table.astype({"passed": bool}).sort_values("passed", kind="stable", ignore_index=True)


def _judged(found: Found, measured: gpd.GeoDataFrame, task: Task) -> set[str]:
    """Checks of the survey itself for which it gives occasion."""
    occasions = {
        "SELF_CROSSING": len(measured) > 0,
        "DUPLICATE_POINT": len(found.points) > 1,
        "NAME_TWICE": len(found.points) > 1,
        "MEASURED_TWICE": bool(found.points["point"].duplicated().any()),
        "OVERLAP_SURVEY": len(measured) > 1,
        "OUTSIDE_COMMUNE": task.outline is not None and len(measured) > 0,
    }
    return {name for name, given in occasions.items() if given}


def _sound(names: set[str]) -> list[Check]:
    return [
        Check(name, "", np.nan, np.nan, "", True, np.nan, np.nan, *told)
        for name, told in _SOUND.items()
        if name in names
    ]


def _flagged(mismatches: Sequence[Mismatch]) -> Iterator[Check]:
    """Mismatches of the reading as checks that did not pass, with where they are."""
    for one in mismatches:
        name = FLAGGED.get((Code(one.code), one.rule))
        if name is None:
            continue
        place = shapely.centroid(one.geometry) if one.geometry is not None else shapely.Point()
        east, north = (np.nan, np.nan) if place.is_empty else (place.x, place.y)
        yield Check(
            name, one.subject.rpartition("/")[2], _number(one.measured), _number(one.allowed),
            one.unit, False, east, north, one.message_vi, one.message_en,
        )  # fmt: skip


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


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

"""What a survey says against itself and against the commune, before it meets the map."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre import crs as zones
from cadastre.mismatch import Code, Mismatch, mismatch_id
from cadastre.regulation import Regulation
from cadastre.survey.corners import disagreeing_names


def measured_twice(points: pd.DataFrame, survey: str, regulation: Regulation) -> list[Mismatch]:
    """One OUTLIER for each point name whose two measurements disagree."""
    found = disagreeing_names(points, regulation)
    names = points["point"].astype(str).to_numpy()
    lines = points["row_number"].to_numpy()
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    worst = found.assign(name=names[found["first"].astype(int)])
    worst = worst.sort_values(["name", "distance_m"]).drop_duplicates("name", keep="last")
    return [
        _outlier(
            row.name,
            (int(lines[int(row.first)]), int(lines[int(row.second)])),
            xy[[int(row.first), int(row.second)]],
            (float(row.distance_m), float(row.allowed_m)),
            survey,
            regulation,
        )
        for row in (_Row(*r) for r in worst[["name", "first", "second", "distance_m", "allowed_m"]]
                    .itertuples(index=False, name=None))
    ]  # fmt: skip


class _Row:
    def __init__(self, name: str, first: float, second: float, d: float, allowed: float) -> None:
        self.name, self.first, self.second = name, first, second
        self.distance_m, self.allowed_m = d, allowed


def _outlier(
    name: str,
    lines: tuple[int, int],
    ends: np.ndarray,
    found: tuple[float, float],
    survey: str,
    regulation: Regulation,
) -> Mismatch:
    distance, allowed = found
    return Mismatch(
        mismatch_id=mismatch_id(Code.OUTLIER, [], f"{survey}/{name}"),
        code=Code.OUTLIER,
        severity=regulation.severity(Code.OUTLIER),
        subject=f"{survey}/{name}",
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=None,
        sheet=None,
        measured=distance,
        allowed=allowed,
        unit="m",
        rule="survey.shared_corner",
        geometry=shapely.linestrings(ends),
        message_vi=f"Điểm {name} (dòng {lines[0]} và {lines[1]}) đo hai lần lệch nhau "
        f"{distance:.3f} m, cho phép {allowed:.3f} m. Hãy đo lại hoặc sửa tên điểm.",
        message_en=f"Point {name} (lines {lines[0]} and {lines[1]}) measured twice differs by "
        f"{distance:.3f} m, allowed {allowed:.3f} m. Measure again or correct the name.",
    )


def outside_commune(
    measured: gpd.GeoDataFrame, outline: Any, srid: int, survey: str, regulation: Regulation
) -> list[Mismatch]:
    """One OUTSIDE_COMMUNE for each measured parcel that leaves the commune's outline."""
    if outline is None or measured.empty:
        return []
    area = zones.from_wgs84([outline], srid)[0]
    shapely.prepare(area)
    shapes = np.asarray(measured.geometry.array)
    at = np.flatnonzero(~shapely.covers(area, shapes))
    beyond = shapely.area(shapely.difference(shapes[at], area))
    labels = measured["label"].to_numpy()
    uids = measured["measured_uid"].to_numpy()
    return [
        _outside(str(labels[i]), str(uids[i]), shapes[i], float(out), survey, regulation)
        for i, out in zip(at, beyond, strict=True)
    ]


def _outside(
    label: str, uid: str, shape: Any, out: float, survey: str, regulation: Regulation
) -> Mismatch:
    return Mismatch(
        mismatch_id=mismatch_id(Code.OUTSIDE_COMMUNE, [], f"{survey}/{label}"),
        code=Code.OUTSIDE_COMMUNE,
        severity=regulation.severity(Code.OUTSIDE_COMMUNE),
        subject=f"{survey}/{label}",
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=uid,
        sheet=None,
        measured=out,
        allowed=0.0,
        unit="m2",
        rule="survey.place",
        geometry=shape,
        message_vi=f"Thửa đo {label} vượt ra ngoài ranh giới xã {out:.1f} m².",
        message_en=f"Measured parcel {label} leaves the commune by {out:.1f} m2.",
    )


def own_overlaps(
    measured: gpd.GeoDataFrame, smallest_depth_m: float
) -> list[tuple[str, str, float]]:
    """Pairs of parcels of one survey that overlap deeper than a sliver: labels and area (m2)."""
    shapes = np.asarray(measured.geometry.array)
    labels = measured["label"].astype(str).to_numpy()
    if len(shapes) < 2:
        return []
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    keep = a < b
    a, b = a[keep], b[keep]
    # Half the depth on either side: what is left after eroding is deeper than allowed.
    common = shapely.intersection(shapes[a], shapes[b])
    deep = shapely.area(shapely.buffer(common, -smallest_depth_m / 2)) > 0
    area = shapely.area(common)
    found = [
        (*sorted((labels[i], labels[j])), float(m2))
        for i, j, m2 in zip(a[deep], b[deep], area[deep], strict=True)
    ]
    return sorted((first, second, m2) for first, second, m2 in found)

"""Broken outlines made whole, each repair counted with the square metres that it changes.

Self-crossing, rings in the wrong order, repeated vertices, spikes of no width and
multipart records that are several parcels. A repair that takes the area further than the
limit of TT 26/2024 Annex 04 from the printed area is refused; the record is then refused,
named and flagged, and never silently bent. What is sound is not touched, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from cadastre.regulation import Regulation
from cadastre.sheets.mending import CRUMB_M2, one_of, polygons_of, ways_to_read
from cadastre.sheets.wording import vi

Reason = dict[str, str]

#: A spike is narrower than this (m) over its whole length.
SPIKE_WIDTH_M = 0.001


@dataclass(frozen=True)
class Change:
    """One repaired, refused or doubtful geometry: its place in the array and why."""

    at: int
    reason: Reason
    change_m2: float = 0.0
    before: Any = None


@dataclass(frozen=True)
class Repairs:
    """Geometries after repair, and what was changed, refused, only flagged, or set apart.

    ``parts`` are further parcels without a number that one record had swallowed.
    """

    geometries: np.ndarray
    changed: list[Change] = field(default_factory=list)
    refused: list[Change] = field(default_factory=list)
    flagged: list[Change] = field(default_factory=list)
    parts: list[tuple[int, Any]] = field(default_factory=list)


def repair_outlines(
    geometries: np.ndarray, printed_m2: np.ndarray, scale: np.ndarray, regulation: Regulation
) -> Repairs:
    """Return valid polygons where that is possible within the area limit.

    Parameters
    ----------
    geometries : shapely geometries, none missing, metres
    printed_m2 : area printed on the sheet, NaN where there is none
    scale : denominator of the map scale

    >>> from cadastre.regulation import load
    >>> bow = shapely.from_wkt("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))")
    >>> done = repair_outlines(np.array([bow]), np.array([100.0]), np.array([500]), load())
    >>> done.geometries[0].area, len(done.changed)
    (100.0, 1)
    """
    done = Repairs(geometries.copy())
    _unwrap_single(done)
    limit = regulation.accuracy.area_limit(scale, np.nan_to_num(printed_m2, nan=0.0))
    _drop_repeated(done)
    _remove_spikes(done)
    for at in np.flatnonzero(~shapely.is_valid(done.geometries)):
        _mend(done, int(at), float(printed_m2[at]), float(limit[at]))
    refused = {change.at for change in done.refused}
    _keep_polygons(done, refused)
    for at in np.flatnonzero(shapely.get_num_geometries(done.geometries) > 1):
        if int(at) not in {change.at for change in done.refused}:
            _judge_parts(done, int(at), float(printed_m2[at]), float(limit[at]))
    return done


def _drop_repeated(done: Repairs) -> None:
    cleaned = _thinned(done.geometries)
    before = shapely.get_num_coordinates(done.geometries)
    for at in np.flatnonzero(shapely.get_num_coordinates(cleaned) < before):
        lost = int(before[at] - shapely.get_num_coordinates(cleaned[at]))
        reason = _both(
            f"Bỏ {lost} đỉnh trùng liên tiếp.", f"Removed {lost} repeated consecutive vertices."
        )
        done.changed.append(Change(int(at), reason, 0.0, done.geometries[at]))
        done.geometries[at] = cleaned[at]


def _thinned(geometries: np.ndarray) -> np.ndarray:
    """Geometries without repeated points; one that would have too few left stays as it is."""
    try:
        return np.asarray(shapely.remove_repeated_points(geometries), dtype=object)
    except shapely.errors.GEOSException:
        if len(geometries) == 1:
            return geometries
        half = len(geometries) // 2
        return np.concatenate([_thinned(geometries[:half]), _thinned(geometries[half:])])


def _remove_spikes(done: Repairs) -> None:
    """Drop vertices at which the outline turns back upon itself without enclosing land."""
    for at in _with_spikes(done.geometries):
        before = done.geometries[at]
        thinned, removed = _without_spikes(before)
        if removed == 0 or thinned is None:
            continue
        reason = _both(
            f"Cắt {removed} gai (đường đi ra rồi quay lại).",
            f"Removed {removed} spikes (the line goes out and comes back).",
        )
        change = float(shapely.area(thinned) - shapely.area(before))
        done.changed.append(Change(int(at), reason, change, before))
        done.geometries[at] = thinned


def _with_spikes(geometries: np.ndarray) -> np.ndarray:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    if len(xy) < 4:
        return np.array([], dtype=int)
    same = (owner[2:] == owner[1:-1]) & (owner[1:-1] == owner[:-2])
    found = owner[1:-1][same & _is_spike(xy[:-2], xy[1:-1], xy[2:])]
    return np.unique(found)


def _is_spike(before: np.ndarray, tip: np.ndarray, after: np.ndarray) -> np.ndarray:
    into, out = before - tip, after - tip
    dot = (into * out).sum(axis=1)
    cross = np.abs(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0])
    longest = np.maximum(np.hypot(*into.T), np.hypot(*out.T))
    width = np.divide(cross, longest, out=np.zeros_like(cross), where=longest > 0)
    spike: np.ndarray = (dot > 0) & (width < SPIKE_WIDTH_M)
    return spike


def _without_spikes(geometry: Any) -> tuple[Any, int]:
    removed = 0

    def thin(ring: np.ndarray) -> np.ndarray | None:
        nonlocal removed
        points = ring[:-1]
        while len(points) >= 3:
            around = (np.roll(points, 1, axis=0), points, np.roll(points, -1, axis=0))
            tips = np.flatnonzero(_is_spike(*around))
            if len(tips) == 0:
                return np.vstack([points, points[:1]])
            removed += 1
            points = np.delete(points, tips[0], axis=0)
        return None

    parts = []
    for part in shapely.get_parts(geometry):
        if not isinstance(part, shapely.Polygon):
            return geometry, 0
        shell = thin(shapely.get_coordinates(part.exterior))
        holes = [thin(shapely.get_coordinates(hole)) for hole in part.interiors]
        if shell is not None:
            parts.append(shapely.Polygon(shell, [hole for hole in holes if hole is not None]))
    return (one_of(parts) if parts else None), removed


def _mend(done: Repairs, at: int, printed: float, limit: float) -> None:
    before = done.geometries[at]
    fault = str(shapely.is_valid_reason(before))
    ways = [c for c in ways_to_read(before) if c is not None and c.area > CRUMB_M2]
    if not ways:
        done.refused.append(Change(at, _hopeless(fault), 0.0, before))
        return
    best = min(ways, key=lambda c: abs(c.area - printed)) if printed > 0 else ways[0]
    off = abs(best.area - printed) if printed > 0 else 0.0
    change = float(best.area - before.area)
    if off > limit:
        done.refused.append(Change(at, _too_far(fault, best.area, printed, limit), change, before))
        return
    done.changed.append(Change(at, _mended(fault, change), change, before))
    done.geometries[at] = best


def _keep_polygons(done: Repairs, refused: set[int]) -> None:
    """Take the land out of collections; what has none is refused."""
    kinds = shapely.get_type_id(done.geometries)
    for at in np.flatnonzero(~np.isin(kinds, [3, 6])):
        if int(at) in refused:
            continue
        before = done.geometries[at]
        land = polygons_of(before)
        if land is None:
            done.refused.append(Change(int(at), _not_land(before.geom_type), 0.0, before))
            continue
        reason = _both(
            f"Bỏ phần không phải vùng trong {before.geom_type}.",
            f"Left out what is not a polygon in a {before.geom_type}.",
        )
        done.changed.append(Change(int(at), reason, 0.0, before))
        done.geometries[at] = land
    _unwrap_single(done)


def _unwrap_single(done: Repairs) -> None:
    """A multipolygon of one part is that part: some formats know nothing else."""
    single = (shapely.get_type_id(done.geometries) == 6) & (
        shapely.get_num_geometries(done.geometries) == 1
    )
    done.geometries[single] = shapely.get_geometry(done.geometries[single], 0)


def _judge_parts(done: Repairs, at: int, printed: float, limit: float) -> None:
    """One parcel in several pieces, or one parcel joined with a neighbour's land."""
    before = done.geometries[at]
    parts = list(shapely.get_parts(before))
    fitting = [i for i, part in enumerate(parts) if abs(part.area - printed) <= limit]
    if printed > 0 and len(fitting) == 1 and abs(before.area - printed) > limit:
        own = parts.pop(fitting[0])
        done.geometries[at] = own
        done.parts.extend((at, part) for part in parts)
        done.changed.append(
            Change(at, _set_apart(len(parts), printed), float(own.area - before.area), before)
        )
        return
    done.flagged.append(Change(at, _several(len(parts), before.area, printed), 0.0, before))


def _both(vi: str, en: str) -> Reason:
    return {"vi": vi, "en": en}


def _mended(fault: str, change: float) -> Reason:
    return _both(
        f"Ranh giới tự cắt hoặc sai vòng ({fault}) đã sửa; diện tích đổi {vi(change, '+.2f')} m2.",
        f"Self-crossing or wrong rings ({fault}) mended; the area changes by {change:+.2f} m2.",
    )


def _too_far(fault: str, area: float, printed: float, limit: float) -> Reason:
    return _both(
        f"Không sửa {fault}: sửa xong được {vi(area, '.1f')} m2 nhưng bản đồ ghi "
        f"{vi(printed, '.1f')} m2 (hạn sai {vi(limit, '.2f')}); hãy vẽ lại thửa.",
        f"{fault} not mended: it would give {area:.1f} m2 where {printed:.1f} m2 is printed "
        f"(limit {limit:.2f}); draw the parcel again.",
    )


def _hopeless(fault: str) -> Reason:
    return _both(
        f"Ranh giới không khép thành vùng ({fault}); hãy vẽ lại thửa.",
        f"The outline encloses no land ({fault}); draw the parcel again.",
    )


def _not_land(kind: str) -> Reason:
    return _both(
        f"Bản ghi là {kind}, không phải vùng; đưa vào lớp khác hoặc khép thành thửa.",
        f"The record is a {kind}, not a polygon; move it to another layer or close it.",
    )


def _set_apart(count: int, printed: float) -> Reason:
    return _both(
        f"Bản ghi gộp {count + 1} vùng; giữ vùng khớp {vi(printed, '.1f')} m2 ghi trên bản đồ, "
        f"tách {count} vùng thành thửa chưa có số.",
        f"The record joins {count + 1} areas; the one that meets the printed {printed:.1f} m2 "
        f"keeps the number, {count} become parcels without a number.",
    )


def _several(count: int, area: float, printed: float) -> Reason:
    stated = f"{printed:.1f}" if printed > 0 else "-"
    stated_vi = vi(printed, ".1f") if printed > 0 else "-"
    return _both(
        f"Thửa gồm {count} vùng rời, tổng {vi(area, '.1f')} m2 (bản đồ ghi {stated_vi}); "
        "hãy kiểm tra.",
        f"The parcel has {count} separate areas, {area:.1f} m2 together ({stated} printed); "
        "check it.",
    )

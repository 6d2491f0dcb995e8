"""Match the edges of all sheets: find the displaced ones, join what fits, measure the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cadastre.merge import faults
from cadastre.merge.joining import Band, Joined
from cadastre.merge.mesh import Flags, Floats, Ints, mesh_of
from cadastre.merge.remembered import Remembered, marks
from cadastre.merge.settling import join_edges
from cadastre.merge.shifts import Shift, displaced_sheets
from cadastre.regulation import Regulation

#: Rings of neighbours that the joins of a parcel depend on.
_RINGS = 3
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheet of every parcel, numbered in key order, with scale and limits per sheet (m)."""

    of_parcel: Ints
    scale: Ints
    limit: Floats
    widest_gap: Floats


@dataclass(frozen=True, slots=True)
class Matched:
    """Edges after matching; positions are those of the ParcelFrame.

    ``shapes`` are the outlines of all parcels, the very objects of the input where nothing
    changed. Faults are measured with displaced sheets standing where their neighbours want
    them: ``displaced`` are their outlines along the edges, set right.
    """

    shapes: Any
    changed: Flags
    set_right: Flags
    max_move: Floats
    overlaps: faults.Faults
    gaps: faults.Faults
    shifts: tuple[Shift, ...]
    displaced: Any
    mark: Ints


def sheets_with_limits(parcels: gpd.GeoDataFrame, sheet: Ints, regulation: Regulation) -> Sheets:
    """Limits of every sheet, from its scale."""
    flag = regulation["merge"]["flag"]
    scale = np.zeros(int(sheet.max(initial=-1)) + 1, np.int64)
    scale[sheet] = parcels["scale"].to_numpy()
    limit = regulation.accuracy.position_limit(scale, bool(regulation["merge"]["join"]["farmland"]))
    widest = np.maximum(flag["widest_gap_m"], flag["widest_gap_limits"] * limit)
    return Sheets(sheet, scale, limit, widest)


def match_edges(
    shapes: Any,
    sheets: Sheets,
    present: Flags,
    regulation: Regulation,
    *,
    accepted_shifts: Callable[[Shift], bool],
    reach: Floats,
    earlier: Remembered,
    salt: int,
    progress: Progress,
    only: Flags | None = None,
    fixed: Collection[int] = (),
) -> Matched:
    """Find displaced sheets, join edges, measure what is left.

    Parameters
    ----------
    shapes : outlines of all parcels
    present : parcels that take part (sound, and not the losing copy of a duplicate)
    accepted_shifts : whether the office has accepted to set a displaced sheet right
    reach : wider tolerance in metres that an accepted proposal gives a parcel, else 0
    earlier : what merges before have written down about the parcels
    salt : number of what all joins depend on, see ``remembered.circumstances``
    only : parcels whose edges are worked; displaced sheets are always sought in all of them
    fixed : numbers of sheets that measurements on the ground hold where they are
    """
    rules = regulation["merge"]
    near = _near_other_sheet(shapes, sheets, reach)
    seen = np.flatnonzero(near)
    progress(0.1, "shifts")
    shifts = displaced_sheets(
        mesh_of(shapes[seen]),
        sheets.of_parcel[seen],
        present[seen],
        sheets.limit,
        rules["shift"],
        fixed=fixed,
    )
    where = seen if only is None else np.flatnonzero(near & only)
    band_sheet, here = sheets.of_parcel[where], present[where]
    moved = [s for s in shifts if accepted_shifts(s)]
    left = [s for s in shifts if not accepted_shifts(s)]
    stood = _set_right(shapes, sheets.of_parcel, moved)
    progress(0.25, "join")
    band = _band(
        stood[where],
        earlier.of(where),
        sheets,
        band_sheet,
        here,
        reach[where],
        left,
        regulation,
        salt,
    )
    joined = join_edges(band)
    progress(0.6, "faults")
    virtual = _set_right(joined.polygons, band_sheet, left)
    overlaps = faults.overlaps(virtual, band_sheet, here, rules["flag"])
    progress(0.8, "faults")
    gaps = faults.gaps(virtual, band_sheet, here, sheets.widest_gap, rules["flag"])
    displaced = virtual[np.isin(band_sheet, [s.sheet for s in left])]
    mark = np.zeros(len(shapes), np.int64)
    mark[where] = marks(joined.polygons, here, band_sheet, salt)
    return _in_frame(
        mark, shapes, stood, where, sheets, joined, overlaps, gaps, shifts, moved, displaced
    )


def moved_by(
    matched: Matched,
    shapes: Any,
    sheets: Sheets,
    present: Flags,
    regulation: Regulation,
    *,
    accepted_shifts: Callable[[Shift], bool],
    reach: Floats,
    earlier: Remembered,
) -> Flags:
    """Parcels that would come out otherwise if joins were accepted that give this ``reach``.

    Only the parcels with a reach and some rings around them are worked.
    """
    moving = np.zeros(len(shapes), bool)
    part = np.flatnonzero(_around(matched.shapes, reach, sheets))
    if not len(part):
        return moving
    accepted = [s for s in matched.shifts if accepted_shifts(s)]
    left = [s for s in matched.shifts if not accepted_shifts(s)]
    stood = _set_right(shapes[part], sheets.of_parcel[part], accepted)
    band = _band(
        stood, earlier.of(part), sheets, sheets.of_parcel[part], present[part], reach[part],
        left, regulation, 0,
    )  # fmt: skip
    then = join_edges(replace(band, at_rest=np.zeros(len(part), bool))).polygons
    moving[part] = ~shapely.equals_identical(then, matched.shapes[part]) & (reach[part] > 0)
    return moving


def _around(shapes: Any, reach: Floats, sheets: Sheets) -> Flags:
    """Parcels with a reach and the rings around them that their joins depend on."""
    wanted = reach > 0
    if not wanted.any():
        return wanted
    far = float(max(sheets.widest_gap.max(initial=0.0), reach.max(initial=0.0)))
    tree = shapely.STRtree(shapes)
    for _ in range(_RINGS):
        near, _ = tree.query(shapely.box(*_grown(shapes[wanted], far).T))[::-1]
        wanted = wanted.copy()
        wanted[near] = True
    return wanted


def _grown(shapes: Any, by: float) -> Floats:
    return np.asarray(shapely.bounds(shapes) + np.array([-by, -by, by, by]))


def _near_other_sheet(shapes: Any, sheets: Sheets, reach: Floats) -> Flags:
    """Parcels whose box comes near the box of a parcel of another sheet."""
    box = shapely.bounds(shapes)
    distance = max(float(sheets.widest_gap.max(initial=0.0)), float(reach.max(initial=0.0)))
    grown = shapely.box(*(box + np.array([-1, -1, 1, 1]) * distance / 2).T)
    a, b = shapely.STRtree(grown).query(grown)
    cross = sheets.of_parcel[a] != sheets.of_parcel[b]
    near = np.zeros(len(shapes), bool)
    near[a[cross]] = True
    return near


def _set_right(shapes: Any, sheet: Ints, shifts: list[Shift]) -> Any:
    result = np.array(shapes, dtype=object)
    for shift in shifts:
        mine = sheet == shift.sheet
        result[mine] = shapely.transform(result[mine], shift.set_right)
    return result


def _band(
    stood: Any,
    earlier: Remembered,
    sheets: Sheets,
    sheet: Ints,
    present: Flags,
    reach: Floats,
    left: list[Shift],
    regulation: Regulation,
    salt: int,
) -> Band:
    join: Mapping[str, Any] = regulation["merge"]["join"]
    count = len(sheets.limit)
    joinable = np.ones((count, count), bool)
    for shift in left:
        joinable[shift.sheet, :] = joinable[:, shift.sheet] = False
    area, moved = earlier.area, earlier.moved
    at_rest = (earlier.mark == marks(stood, present, sheet, salt)) & (reach == 0)
    return Band(
        polygons=stood,
        sheet=sheet,
        present=present,
        reach=reach,
        area_limit=regulation.accuracy.area_limit(sheets.scale[sheet], area),
        area_before=area,
        moved_before=moved,
        at_rest=at_rest,
        limit=sheets.limit,
        joinable=joinable,
        coincidence=float(join["coincidence_m"]),
        shortest_edge=float(join["shortest_edge_m"]),
        rounds=int(join["rounds"]),
        refusals=int(join["refusals"]),
    )


def _in_frame(
    mark: Ints,
    shapes: Any,
    stood: Any,
    where: Ints,
    sheets: Sheets,
    joined: Joined,
    overlaps: faults.Faults,
    gaps: faults.Faults,
    shifts: list[Shift],
    moved: list[Shift],
    displaced: Any,
) -> Matched:
    count = len(shapes)
    result = np.array(stood, dtype=object)
    result[where[joined.changed]] = joined.polygons[joined.changed]
    changed, move = np.zeros(count, bool), np.zeros(count)
    changed[where], move[where] = joined.changed, joined.max_move
    righted = np.zeros(count, bool)
    for shift in moved:
        mine = np.flatnonzero(sheets.of_parcel == shift.sheet)
        xy, owner = shapely.get_coordinates(shapes[mine], return_index=True)
        away = np.zeros(len(mine))
        np.maximum.at(away, owner, np.hypot(*(shift.set_right(xy) - xy).T))
        changed[mine] = righted[mine] = True
        move[mine] += away
    return Matched(
        shapes=result,
        changed=changed,
        set_right=righted,
        max_move=move,
        overlaps=_renumbered(overlaps, where),
        gaps=_renumbered(gaps, where),
        shifts=tuple(shifts),
        displaced=displaced,
        mark=mark,
    )


def _renumbered(found: faults.Faults, where: Ints) -> faults.Faults:
    return faults.Faults(where[found.first], where[found.second], found.shape, found.width)

"""Line work of a drawing -> closed parcels with their labels.

Boundary levels of TT 26/2024 Annex 21 are noded and polygonised; line ends that fall short
of another line by no more than the snap are joined by a short piece, which is reported.
Nothing else moves. Labels go to the polygon that holds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from cadastre.formats.linework import LineWork
from cadastre.sheets.columns import fold

#: Coordinates of a drawing are multiples of about a millimetre.
_GRID_M = 0.001


@dataclass(frozen=True)
class Mesh:
    """Polygons that the lines enclose; which lines close nothing; how ends were joined.

    ``idle`` are places in the line array, ``joins`` the length of each added piece (m).
    """

    polygons: np.ndarray
    idle: np.ndarray
    joins: np.ndarray
    levels: tuple[Any, ...] = field(default=())


def boundary_levels(levels: np.ndarray, table: Mapping[str, Any]) -> tuple[Any, ...]:
    """Levels of a drawing that carry parcel boundaries, by number or by the layer's name.

    >>> table = {"boundary": [10, 23], "boundary_words": ["ranhthua"]}
    >>> boundary_levels(np.array(["RANH_THUA", "10", "DUONG"], dtype=object), table)
    ('10', 'RANH_THUA')
    """
    wanted = {int(level) for level in table["boundary"]}
    found = [
        level
        for level in dict.fromkeys(levels.tolist())
        if level_number(level) in wanted
        or (isinstance(level, str) and any(w in fold(level) for w in table["boundary_words"]))
    ]
    return tuple(sorted(found, key=str))


def level_number(level: Any) -> int | None:
    """Return a level's number: itself, or the number that a layer's name ends with."""
    if isinstance(level, str):
        found = re.fullmatch(r"(?:.*?\D)?0*(\d{1,2})", level.strip())
        return int(found.group(1)) if found else None
    return int(level)


def polygonise(work: LineWork, levels: tuple[Any, ...], snap_m: float) -> Mesh:
    """Return the polygons enclosed by the lines of ``levels``.

    Parameters
    ----------
    snap_m : largest opening between a line's end and another line that is closed
    """
    on_level = np.array([level in set(levels) for level in work.line_levels], dtype=bool)
    places = np.flatnonzero(on_level)
    lines = work.lines[places]
    if len(lines) == 0:
        return Mesh(np.array([], dtype=object), places, np.array([]), levels)
    noded = shapely.union_all(lines, grid_size=_GRID_M)
    joins = _joins(noded, snap_m)
    if len(joins):
        noded = shapely.union_all(np.append(shapely.get_parts(noded), joins), grid_size=_GRID_M)
    closed, cuts, dangles, _ = shapely.polygonize_full(shapely.get_parts(noded))
    loose = shapely.union_all(np.array([cuts, dangles]))
    near = shapely.buffer(loose, 2 * _GRID_M)
    idle = places[shapely.covers(near, lines)] if not loose.is_empty else places[:0]
    return Mesh(shapely.get_parts(closed), idle, shapely.length(joins), levels)


def _joins(noded: Any, snap_m: float) -> np.ndarray:
    """Short pieces from each loose end to the nearest other line within the snap."""
    edges = shapely.get_parts(noded)
    ends = np.concatenate([shapely.get_point(edges, 0), shapely.get_point(edges, -1)])
    owner = np.tile(np.arange(len(edges)), 2)
    xy = np.round(shapely.get_coordinates(ends) / _GRID_M).astype(np.int64)
    _, first, count = np.unique(xy, axis=0, return_index=True, return_counts=True)
    loose = first[count == 1]
    tree = shapely.STRtree(edges)
    pairs = tree.query(ends[loose], predicate="dwithin", distance=snap_m)
    near = owner[loose[pairs[0]]] != pairs[1]
    at, edge = loose[pairs[0][near]], pairs[1][near]
    distance = shapely.distance(ends[at], edges[edge])
    order = np.lexsort((distance, at))
    at, edge = at[order], edge[order]
    _, nearest = np.unique(at, return_index=True)
    at, edge = at[nearest], edge[nearest]
    return np.asarray(shapely.shortest_line(ends[at], edges[edge]), dtype=object)

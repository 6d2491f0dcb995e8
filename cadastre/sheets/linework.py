"""Line work of a drawing -> closed parcels with their labels.

Boundary levels of TT 26/2024 Annex 21 are noded and polygonised; line ends that fall short
of another line by no more than the snap are joined by a short piece, which is reported.
Nothing else moves. Labels go to the polygon that holds them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from cadastre.formats.linework import LineWork

#: Coordinates of a drawing are multiples of about a millimetre.
_GRID_M = 0.001


@dataclass(frozen=True)
class LooseEnd:
    """A piece of line that closes nothing: its line (place in the array), end and length."""

    line: int
    east: float
    north: float
    length_m: float


@dataclass(frozen=True)
class Mesh:
    """Polygons that the lines enclose; which lines close nothing; how ends were joined.

    ``idle`` are places in the line array, ``joins`` the length of each added piece (m),
    ``loose`` the pieces that hang free, ``repeated`` a line -> the equal line before it.
    """

    polygons: np.ndarray
    idle: np.ndarray
    joins: np.ndarray
    levels: tuple[Any, ...] = field(default=())
    loose: tuple[LooseEnd, ...] = ()
    repeated: dict[int, int] = field(default_factory=dict)


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
    edges = shapely.get_parts(noded)
    closed, cuts, dangles, _ = shapely.polygonize_full(edges)
    loose = shapely.union_all(np.array([cuts, dangles]))
    near = shapely.buffer(loose, 2 * _GRID_M)
    idle = places[shapely.covers(near, lines)] if not loose.is_empty else places[:0]
    return Mesh(
        polygons=shapely.get_parts(closed),
        idle=idle,
        joins=shapely.length(joins),
        levels=levels,
        loose=_loose_ends(shapely.get_parts(dangles), edges, lines, places),
        repeated=_repeated(lines, places),
    )


def _repeated(lines: np.ndarray, places: np.ndarray) -> dict[int, int]:
    """Lines that run exactly as an earlier one does, in either direction."""
    first: dict[bytes, int] = {}
    found = {}
    for place, content in zip(places.tolist(), shapely.to_wkb(shapely.normalize(lines)),
                              strict=True):  # fmt: skip
        before = first.setdefault(content, place)
        if before != place:
            found[place] = before
    return found


def _loose_ends(
    pieces: np.ndarray, edges: np.ndarray, lines: np.ndarray, places: np.ndarray
) -> tuple[LooseEnd, ...]:
    """For each hanging piece its line, and its end at which nothing else ends."""
    if len(pieces) == 0:
        return ()
    ends = np.concatenate([shapely.get_point(edges, 0), shapely.get_point(edges, -1)])
    knots, count = np.unique(_on_grid(ends), axis=0, return_counts=True)
    single = set(map(tuple, knots[count == 1].tolist()))
    tree = shapely.STRtree(lines)
    nearest = tree.nearest(shapely.line_interpolate_point(pieces, 0.5, normalized=True))
    found = []
    for piece, line in zip(pieces, nearest.tolist(), strict=True):
        tips = np.array([shapely.get_point(piece, 0), shapely.get_point(piece, -1)])
        free = [tip for tip, key in zip(tips, _on_grid(tips).tolist(), strict=True)
                if tuple(key) in single]  # fmt: skip
        if free:
            found.append(LooseEnd(int(places[line]), free[0].x, free[0].y, float(piece.length)))
    return tuple(found)


def _on_grid(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(shapely.get_coordinates(points) / _GRID_M).astype(np.int64))


def _joins(noded: Any, snap_m: float) -> np.ndarray:
    """Short pieces from each loose end to the nearest other line within the snap."""
    edges = shapely.get_parts(noded)
    ends = np.concatenate([shapely.get_point(edges, 0), shapely.get_point(edges, -1)])
    owner = np.tile(np.arange(len(edges)), 2)
    _, first, count = np.unique(_on_grid(ends), axis=0, return_index=True, return_counts=True)
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

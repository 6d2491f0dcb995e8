"""Measured land that runs into a neighbour on the map, or into another measured parcel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from cadastre.reconcile.matching import Relations
from cadastre.reconcile.nearness import near_pairs
from cadastre.reconcile.placing import Placed
from cadastre.reconcile.sides import GroundSide, Shapes


@dataclass(frozen=True)
class Conflict:
    """Overlaps: first and second parcel, depth in metres, area in m2, evidence geometry."""

    first: np.ndarray
    second: np.ndarray
    depth: np.ndarray
    area: np.ndarray
    geometry: np.ndarray
    land: np.ndarray | None = None


def into_neighbours(
    ground: Shapes,
    which: np.ndarray,
    own_land: Callable[[np.ndarray], np.ndarray],
    placed: Placed,
    own: tuple[np.ndarray, np.ndarray],
) -> Conflict:
    """Measured parcels ``which`` over mapped parcels that are not their own.

    The depth is how far the common part reaches beyond the parcel's own mapped land.

    Parameters
    ----------
    placed : the map after its sheets' shifts
    own_land : for places in ``which``, the union of the mapped parcels matched to each
    own : pairs (m, p) of ``which`` that belong together
    """
    at, q = near_pairs(placed.box, ground.box[which], 0.0)
    m = which[at]
    stride = len(placed.box) + 1
    foreign = ~np.isin(m * stride + q, own[0] * stride + own[1])
    at, m, q = at[foreign], m[foreign], q[foreign]
    common = _areal(shapely.intersection(ground.geometry[m], placed.drawn(q)))
    some = shapely.area(common) > 0.0
    at, m, q, common = at[some], m[some], q[some], common[some]
    land = own_land(at)
    return Conflict(m, q, _reach(common, land), shapely.area(common), common, land)


def without_needles(into: Conflict, allowed: np.ndarray) -> Conflict:
    """Conflicts whose depth is that of their common land without needles.

    Where two outlines run along each other, noise leaves needles between them that may be long
    but hold no land: what is nowhere half as wide as is allowed (metres) does not count.
    """
    deep = np.flatnonzero(into.depth > allowed)
    if not len(deep) or into.land is None:
        return into
    half = allowed[deep] / 4.0
    core = shapely.buffer(into.geometry[deep], -half, join_style="mitre")
    depth = into.depth.copy()
    depth[deep] = np.minimum(depth[deep], _reach(core, into.land[deep]) + half)
    return replace(into, depth=depth)


def between_measured(ground: Shapes, suspect: np.ndarray, same_land: np.ndarray) -> Conflict:
    """Pairs of measured parcels with common land, at least one of them ``suspect``.

    The depth is the diameter of the largest circle in the common part, its least width.

    Parameters
    ----------
    same_land : (n, 2) pairs that measure the same parcel; they are not in conflict
    """
    which = np.flatnonzero(suspect)
    at, b = near_pairs(ground.box, ground.box[which], 0.0)
    a = which[at]
    first, second = np.minimum(a, b), np.maximum(a, b)
    pairs = np.unique(np.column_stack([first, second])[first != second], axis=0)
    stride = len(ground) + 1
    known = same_land[:, 0] * stride + same_land[:, 1] if len(same_land) else np.zeros(0)
    pairs = pairs[~np.isin(pairs[:, 0] * stride + pairs[:, 1], known)]
    first, second = pairs[:, 0], pairs[:, 1]
    common = _areal(shapely.intersection(ground.geometry[first], ground.geometry[second]))
    some = shapely.area(common) > 0.0
    first, second, common = first[some], second[some], common[some]
    depth = 2.0 * shapely.length(shapely.maximum_inscribed_circle(common))
    return Conflict(first, second, depth, shapely.area(common), common)


def left_free(
    ground: GroundSide, relations: Relations, into: Conflict, allowed: np.ndarray
) -> np.ndarray:
    """Which overlaps with the map the neighbour's own measurement leaves free.

    The neighbour was measured too and does not claim the common land (no deeper than
    ``allowed``, metres): both sides follow a new line, and nobody contests it.
    """
    links, row = relations.links, np.flatnonzero(into.depth > allowed)
    if not len(row):
        return np.zeros(len(into.first), dtype=bool)
    deep = pd.DataFrame({"row": row, "p": into.second[row]})
    own = pd.DataFrame({"m": links.m, "p": links.p})
    claims = deep.merge(own, on="p")
    row, m = (claims[name].to_numpy(dtype=np.intp) for name in ("row", "m"))
    common = _areal(shapely.intersection(into.geometry[row], ground.shapes.geometry[m]))
    width = np.zeros(len(row))
    some = shapely.area(common) > 0.0
    width[some] = 2.0 * shapely.length(shapely.maximum_inscribed_circle(common[some]))
    free, contested = np.zeros((2, len(into.first)), dtype=bool)
    free[row] = True
    contested[row[width > allowed[row]]] = True
    return np.asarray(free & ~contested)


def _areal(geometry: np.ndarray) -> np.ndarray:
    """Polygonal part of intersections (two outlines often also touch along lines)."""
    mixed = shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION
    if mixed.any():
        geometry = geometry.copy()
        geometry[mixed] = shapely.buffer(geometry[mixed], 0.0)
    return geometry


def _reach(common: np.ndarray, land: np.ndarray) -> np.ndarray:
    """Greatest distance in metres of a vertex of ``common`` from ``land``."""
    xy, at = shapely.get_coordinates(common, return_index=True)
    if not len(xy):
        return np.zeros(len(common))
    distance = shapely.distance(shapely.points(xy), land[at])
    reach = np.zeros(len(common))
    np.maximum.at(reach, at, distance)
    return reach

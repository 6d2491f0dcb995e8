"""The common outline of parcels that do not stand one to one.

A parcel measured in parts is still one outline on the map, and several mapped parcels that
were measured as one are one outline on the ground. Their dividing lines are reported as
SPLIT or MERGED; the corners of the common outline are judged here like any other parcel's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cadastre.reconcile.findings import Outlines, Pairs
from cadastre.reconcile.judgement import (
    AreaJudgement,
    area_sigma,
    judge_area,
    judge_corners,
    limits_of,
    map_variance,
)
from cadastre.reconcile.matching import Relations
from cadastre.reconcile.measures import measure
from cadastre.reconcile.pairing import pair_corners
from cadastre.reconcile.placing import Placed
from cadastre.reconcile.ring_pairs import pair_rings
from cadastre.reconcile.rings import Rings, rings_of
from cadastre.reconcile.settling import STRAIGHT_SHARE
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.regulation import Regulation

_POLYGON = 3
#: Outlines that share a point do so within the last digit of a file, metres.
_MEETING_M = 1.0e-3
#: Share of an area that is rounding.
_NO_LAND = 1.0e-9


@dataclass(frozen=True)
class Wholes:
    """Groups of parcels that belong together: members on either side and their outlines.

    ``limit`` (m) is the widest position limit of the mapped members, ``sigma`` (m) the
    largest of the measured ones.
    """

    measured: list[list[int]]
    parcels: list[list[int]]
    ground: np.ndarray
    mapped: np.ndarray
    limit: np.ndarray
    sigma: np.ndarray

    def __len__(self) -> int:
        return len(self.measured)


def find_wholes(
    map_side: MapSide,
    ground: GroundSide,
    relations: Relations,
    placed: Placed,
    regulation: Regulation,
) -> Wholes:
    """Groups of which either side covers the other, the map taken after its shifts.

    Where a part was not measured, the rest says nothing of the parcel's outline: such groups
    are left out.
    """
    measured, parcels = _groups(relations, ground.survey)
    limit = np.array([map_side.limit_m[p].max() for p in parcels])
    sigma = np.array([ground.sigma[m].max() for m in measured])
    allowed = regulation.accuracy.allowed(limit, sigma)
    one = _unions(lambda m: ground.shapes.geometry[m], measured, allowed)
    two = _unions(placed.drawn, parcels, allowed)
    _level(one, two, lambda i: ground.shapes.geometry[np.array(measured[i])], allowed)
    _level(two, one, lambda i: placed.drawn(np.array(parcels[i])), allowed)
    least = float(regulation["reconcile"]["match"]["whole_cover"])
    common = shapely.area(shapely.intersection(one, two))
    kept = common >= least * np.maximum(shapely.area(one), shapely.area(two))
    kept &= (shapely.get_type_id(one) == 3) & (shapely.get_type_id(two) == 3)
    at = np.flatnonzero(kept)
    return Wholes(
        [measured[i] for i in at], [parcels[i] for i in at], one[at], two[at], limit[at], sigma[at]
    )


def compare_wholes(
    map_side: MapSide,
    ground: GroundSide,
    relations: Relations,
    placed: Placed,
    regulation: Regulation,
) -> Outlines:
    """Corners and areas of the common outlines, judged like any other parcel's."""
    wholes = find_wholes(map_side, ground, relations, placed, regulation)
    count = len(wholes)
    at = np.arange(count)
    rings = rings_of(wholes.mapped), rings_of(wholes.ground)
    allowed = regulation.accuracy.allowed(wholes.limit, wholes.sigma)
    corners = pair_corners(*rings, pair_rings(*rings, at, at), allowed)
    number = corners.paired_count(count)
    variance = map_variance(wholes.limit, regulation) + wholes.sigma**2
    limits = limits_of(wholes.limit, wholes.sigma, variance, number, regulation)
    judged = judge_corners(corners, rings[0].xy, rings[0].xy, rings[1].xy, limits, regulation)
    beyond = np.bincount(corners.pair[judged.moved | judged.off], minlength=count) > 0
    first_m, first_p = (
        np.array([group[0] for group in side], dtype=np.intp)
        for side in (wholes.measured, wholes.parcels)
    )
    pairs = Pairs(first_m, first_p, corners, limits, judged, beyond)
    ground_m2 = np.array([ground.shapes.area[m].sum() for m in wholes.measured])
    area = _areas(map_side, wholes, rings, ground_m2, regulation)
    return Outlines(
        pairs, area, rings[0].xy, rings[1].xy, ground_m2, wholes.measured, wholes.parcels
    )


def _areas(
    map_side: MapSide,
    wholes: Wholes,
    rings: tuple[Rings, Rings],
    ground_m2: np.ndarray,
    regulation: Regulation,
) -> AreaJudgement:
    """Sum of the parts against the sum of the papers, where all have one."""
    register = map_side.columns["register_area_m2"].to_numpy(dtype=np.float64)
    printed = map_side.columns["printed_area_m2"].to_numpy(dtype=np.float64)
    paper = np.where(np.isfinite(register), register, printed)
    sums = [np.array([x[p].sum() for p in wholes.parcels]) for x in (paper, map_side.shapes.area)]
    scale = np.array([map_side.scale[p].max() for p in wholes.parcels], dtype=np.int64)
    sigma = (
        area_sigma(measure(rings[1]).chord_m2, wholes.sigma**2),
        area_sigma(measure(rings[0]).chord_m2, map_variance(wholes.limit, regulation)),
    )
    return judge_area(ground_m2, sums[1], sums[0], scale, sigma, regulation)


def _groups(relations: Relations, survey: np.ndarray) -> tuple[list[list[int]], list[list[int]]]:
    """Members of each group of links that are not one to one, within one survey."""
    links = relations.links
    loose = np.flatnonzero(~relations.single)
    if not len(loose):
        return [], []
    m, p = links.m[loose], links.p[loose]
    _, node_m = np.unique(m, return_inverse=True)
    _, node_p = np.unique(p * (int(survey.max()) + 1) + survey[m], return_inverse=True)
    node_p = node_p + int(node_m.max()) + 1
    size = int(node_p.max()) + 1
    graph = coo_matrix((np.ones(len(m)), (node_m, node_p)), shape=(size, size))
    group = connected_components(graph, directed=False)[1][node_m]
    order = np.argsort(group, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return [np.unique(m[run]).tolist() for run in runs], [
        np.unique(p[run]).tolist() for run in runs
    ]


def _unions(
    drawn: Callable[[np.ndarray], np.ndarray], members: list[list[int]], allowed: np.ndarray
) -> np.ndarray:
    """Union of each group, without the slits that noise leaves between its members."""
    result = np.empty(len(members), dtype=object)
    for i, group in enumerate(members):
        parts = drawn(np.array(group))
        union = shapely.union_all(parts)
        reach = float(allowed[i]) / 2.0
        closed = shapely.buffer(union, reach, join_style="mitre", mitre_limit=10.0)
        closed = shapely.buffer(closed, -reach, join_style="mitre", mitre_limit=10.0)
        result[i] = closed if _slits(union, closed, parts) else union
    return result


def _slits(union: Any, closed: Any, parts: np.ndarray) -> bool:
    """Whether closing a union adds land between its members, and not in a notch of one's side.

    Closing changes corners that stand close to each other, so it must not be done for those.
    """
    if shapely.area(closed) <= shapely.area(union) * (1.0 + _NO_LAND):
        return False
    added = shapely.get_parts(shapely.difference(closed, union))
    added = added[shapely.area(added) > shapely.area(union) * _NO_LAND]
    members = sum(shapely.dwithin(added, part, _MEETING_M).astype(int) for part in parts)
    return bool(np.any(members > 1))


def _level(
    unions: np.ndarray,
    others: np.ndarray,
    members: Callable[[int], np.ndarray],
    allowed: np.ndarray,
) -> None:
    """Take from unions the points at which only a dividing line ends, where it evens the counts.

    Such a point stands on a straight side of the common outline and is no corner of it. With
    as many vertices on both sides the corners are paired by their order, which finds a corner
    that moved past its neighbour too.
    """
    for i, (union, other) in enumerate(zip(unions, others, strict=True)):
        count = [shapely.get_num_coordinates(shape) for shape in (union, other)]
        if count[0] <= count[1] or shapely.get_type_id(union) != _POLYGON:
            continue
        lines = shapely.get_rings(union)
        kept = [_without_ends(line, members(i), STRAIGHT_SHARE * allowed[i]) for line in lines]
        level = shapely.Polygon(kept[0], kept[1:])
        if shapely.get_num_coordinates(level) == count[1] and level.is_valid:
            unions[i] = level


def _without_ends(line: Any, members: np.ndarray, straight_m: float) -> np.ndarray:
    """Vertices of a ring without those on its chord at which two members meet."""
    xy = shapely.get_coordinates(line)[:-1]
    before, after = np.roll(xy, 1, axis=0), np.roll(xy, -1, axis=0)
    chords = shapely.linestrings(np.stack([before, after], axis=1))
    points = shapely.points(xy)
    meeting = sum(
        shapely.dwithin(points, boundary, _MEETING_M).astype(int)
        for boundary in shapely.boundary(members)
    )
    ends = (meeting > 1) & (shapely.distance(points, chords) <= straight_m)
    return xy[~ends] if (~ends).sum() > 2 else xy

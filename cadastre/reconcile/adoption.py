"""Adopt a measured outline: the shared boundary moves for both neighbours.

Corners of the parcel go where they were measured; whatever a neighbour shares with the
parcel goes with them, so that the map stays a coverage without gaps or overlaps by
construction: corners that only one side has (T-junctions, corners added on the ground) are
inserted on the other, also those of parcels behind a neighbour whose line turns with the moved
corner. Nothing else moves. The proposal says what each parcel gains or loses;
it is refused where the area of a neighbour's certificate would leave its limit
(TT 26/2024/TT-BTNMT Annex 04).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from cadastre.errors import Conflict
from cadastre.reconcile.pairing import pair_corners
from cadastre.reconcile.ring_pairs import pair_rings
from cadastre.reconcile.rings import rings_of
from cadastre.regulation import Regulation

#: Vertices of two parcels closer than this, in metres, are one corner of the map.
ONE_CORNER_M = 0.002
#: Land mapped twice beyond what was before, in m2, that is rounding and not an overlap.
TWICE_M2 = 0.01
_FEWEST_PAIRS = 3


class OutlineNotPaired(Conflict):
    """The measured outline has too few corners in common with the map; redraw it by hand."""

    message_vi = "Ranh đo có quá ít góc chung với bản đồ; cần biên tập thủ công."


class MapWouldBreak(Conflict):
    """With this outline a neighbour would cross itself or the map would overlap."""

    message_vi = "Nếu nhận ranh này, thửa liền kề sẽ tự cắt hoặc bản đồ sẽ chồng lấn."


class CertifiedAreaLeft(Conflict):
    """The area of a neighbour's certificate would leave its limit."""

    message_vi = "Diện tích đã cấp giấy của thửa liền kề sẽ vượt giới hạn sai cho phép."


@dataclass(frozen=True, slots=True)
class ParcelChange:
    """What one parcel gains or loses: areas in m2, largest move of a corner in metres."""

    parcel_uid: str
    area_before_m2: float
    area_after_m2: float
    max_move_m: float
    geometry: Any

    @property
    def gain_m2(self) -> float:
        """Area gained; negative where land is lost."""
        return self.area_after_m2 - self.area_before_m2


@dataclass(frozen=True, slots=True)
class AdoptionProposal:
    """The parcel whose outline is adopted and its neighbours that change with it."""

    parcel: ParcelChange
    neighbours: tuple[ParcelChange, ...]


@dataclass(frozen=True)
class _Boundary:
    """Nodes of the parcel's outer ring: old and new place, and the new path to the next."""

    old: np.ndarray
    new: np.ndarray
    paths: list[np.ndarray]
    corner: np.ndarray

    def ring(self, shared: np.ndarray) -> np.ndarray:
        """New outer ring: measured corners, and nodes that a neighbour shares."""
        parts = []
        for k, path in enumerate(self.paths):
            if self.corner[k] or shared[k]:
                parts.append(self.new[k : k + 1])
            parts.append(path)
        return np.concatenate(parts)


def propose_adoption(
    parcels: Mapping[str, Any],
    parcel_uid: str,
    measured: Any,
    *,
    close_m: float,
    scales: Mapping[str, int],
    certified_m2: Mapping[str, float],
    regulation: Regulation,
) -> AdoptionProposal:
    """Work out how the map changes when a measured outline is adopted.

    Parameters
    ----------
    parcels : parcel_uid -> polygon, the parcel, its neighbours, and those that touch them
    measured : measured polygon, same zone
    close_m : distance in metres up to which a measured corner is a mapped one
    scales, certified_m2 : by parcel_uid; area of certificates in force, if any

    Raises
    ------
    OutlineNotPaired, MapWouldBreak, CertifiedAreaLeft
    """
    own = _single(shapely.orient_polygons(parcels[parcel_uid]), parcel_uid)
    ground = _single(shapely.orient_polygons(measured), parcel_uid)
    share = float(regulation["reconcile"]["match"]["edge_share"])
    if own.intersection(ground).area < share * max(own.area, ground.area):
        raise OutlineNotPaired(f"({parcel_uid})", parcel_uid=parcel_uid)
    around = {
        uid: shapely.orient_polygons(shape)
        for uid, shape in sorted(parcels.items())
        if uid != parcel_uid and shapely.dwithin(shape, own, ONE_CORNER_M)
    }
    boundary, shared = _boundary(own, ground, list(around.values()), close_m)
    holes = [shapely.get_coordinates(ring) for ring in own.interiors]
    after = shapely.Polygon(boundary.ring(shared), holes)
    changes = []
    for uid, shape in around.items():
        redrawn = _redrawn(shape, boundary, _vertices_near(parcels, uid, parcel_uid))
        if redrawn is not None and not shapely.equals_exact(shape, redrawn, normalize=True):
            changes.append(_change(uid, shape, redrawn, boundary))
    proposal = AdoptionProposal(_change(parcel_uid, own, after, boundary), tuple(changes))
    _check_coverage(parcels, proposal, around)
    _check_certified(proposal, scales, certified_m2, regulation)
    return proposal


def _single(shape: Any, parcel_uid: str) -> Any:
    parts = shapely.get_parts(shape)
    if len(parts) != 1:
        raise OutlineNotPaired(f"({parcel_uid})", parcel_uid=parcel_uid)
    return parts[0]


def _boundary(
    own: Any, ground: Any, around: list[Any], close_m: float
) -> tuple[_Boundary, np.ndarray]:
    """Nodes of the outer ring, and which of them are vertices of a neighbour."""
    pairs = _paired(own, ground, close_m)
    old, is_own = _noded(_open(own.exterior), around)
    measured = _open(ground.exterior)
    corner_of = {int(a): int(b) for a, b in pairs}
    number = np.cumsum(is_own) - 1
    anchor = np.array(
        [corner_of.get(int(number[k]), -1) if is_own[k] else -1 for k in range(len(old))]
    )
    new, paths = _laid(old, anchor, measured)
    points = np.concatenate([shapely.get_coordinates(g) for g in around] or [np.zeros((0, 2))])
    shared = np.array([bool(_near(points, xy).any()) for xy in old])
    return _Boundary(old, new, paths, anchor >= 0), shared


def _paired(own: Any, ground: Any, close_m: float) -> np.ndarray:
    """Paired vertices (map, ground) of the outer rings, in one cyclic order."""
    one, two = (rings_of(np.array([shapely.Polygon(g.exterior)], object)) for g in (own, ground))
    zero = np.zeros(1, dtype=np.intp)
    corners = pair_corners(one, two, pair_rings(one, two, zero, zero), np.array([close_m]))
    both = (corners.map_vertex >= 0) & (corners.ground_vertex >= 0)
    pairs = np.column_stack([corners.map_vertex[both], corners.ground_vertex[both]])
    pairs = pairs[np.argsort(pairs[:, 0])]
    turns = int((np.diff(np.append(pairs[:, 1], pairs[:1, 1])) < 0).sum())
    if len(pairs) < _FEWEST_PAIRS or turns != 1:
        raise OutlineNotPaired(corners=len(pairs))
    return pairs


def _open(ring: Any) -> np.ndarray:
    return np.asarray(shapely.get_coordinates(ring)[:-1])


def _near(points: np.ndarray, xy: np.ndarray) -> np.ndarray:
    return np.asarray(np.hypot(*(points - xy).T) <= ONE_CORNER_M)


def _noded(ring: np.ndarray, shapes: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Ring with the vertices of other shapes that lie on its edges; which were its own."""
    line = shapely.linearrings(ring)
    points = [shapely.get_coordinates(shape) for shape in shapes]
    found = np.unique(np.concatenate([*points, np.zeros((0, 2))]), axis=0)
    on = shapely.distance(shapely.points(found), line) <= ONE_CORNER_M
    extra = np.array([xy for xy in found[on] if not _near(ring, xy).any()]).reshape(-1, 2)
    place = [shapely.line_locate_point(line, shapely.Point(xy)) for xy in extra]
    length = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
    start = np.concatenate([[0.0], np.cumsum(length)[:-1]])
    order = np.argsort(np.concatenate([start, place]), kind="stable")
    nodes = np.concatenate([ring, extra])[order]
    own = np.concatenate([np.ones(len(ring), bool), np.zeros(len(extra), bool)])[order]
    kept = np.ones(len(nodes), dtype=bool)
    for k in range(1, len(nodes)):  # two neighbours' corners in one place are one node
        kept[k] = own[k] or not _near(nodes[:k][kept[:k]], nodes[k]).any()
    return nodes[kept], own[kept]


def _laid(
    old: np.ndarray, anchor: np.ndarray, measured: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """New place of every node, and the measured corners between it and the next."""
    new = old.copy()
    paths = [np.zeros((0, 2)) for _ in old]
    fixed = np.flatnonzero(anchor >= 0)
    for here, there in zip(fixed, np.roll(fixed, -1), strict=True):
        nodes = (here + np.arange((there - here) % len(old) + 1)) % len(old)
        count = (anchor[there] - anchor[here]) % len(measured)
        path = measured[(anchor[here] + np.arange(count + 1)) % len(measured)]
        at, along = _shares(old[nodes]), _shares(path)
        new[nodes] = np.column_stack([np.interp(at, along, path[:, i]) for i in (0, 1)])
        for k, (low, high) in enumerate(pairwise(at)):
            paths[nodes[k]] = path[1:-1][(along[1:-1] > low) & (along[1:-1] < high)]
    return new, paths


def _shares(line: np.ndarray) -> np.ndarray:
    """Share of its length at which each vertex of a line lies."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    return np.asarray(length / length[-1])


def _vertices_near(parcels: Mapping[str, Any], uid: str, own: str) -> Any:
    """Vertices of other parcels near the outline of one; the moved parcel has its own way."""
    box = shapely.box(*parcels[uid].bounds).buffer(ONE_CORNER_M)
    others = [s for name, s in parcels.items() if name not in (uid, own) and s.intersects(box)]
    return shapely.multipoints(np.unique(shapely.get_coordinates(others), axis=0))


def _redrawn(shape: Any, boundary: _Boundary, others: Any) -> Any:
    """Neighbour with its shared boundary moved; None where it shares nothing that moves."""
    parts, moved = [], False
    for part in shapely.get_parts(shape):
        rings = []
        for ring in (part.exterior, *part.interiors):
            xy, changed = _ring_redrawn(_open(ring), boundary, others)
            rings.append(xy)
            moved |= changed
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    if not moved:
        return None
    return parts[0] if shape.geom_type == "Polygon" else shapely.multipolygons(parts)


def _ring_redrawn(ring: np.ndarray, boundary: _Boundary, others: Any) -> tuple[np.ndarray, bool]:
    count = len(boundary.old)
    nodes, is_own = _noded(ring, [shapely.multipoints(boundary.old), others])
    which = np.array([int(hit[0]) if len(hit := np.flatnonzero(_near(boundary.old, xy))) else -1
                      for xy in nodes])  # fmt: skip
    if which.max() < 0:
        return ring, False
    kept = is_own | (which >= 0)
    kept |= _on_turning_lines(kept, which, boundary)
    nodes, which = nodes[kept], which[kept]
    result: list[np.ndarray] = []
    for k, node in enumerate(which):
        follower = which[(k + 1) % len(which)]
        result.append(nodes[k : k + 1] if node < 0 else boundary.new[node : node + 1])
        if node >= 0 and follower >= 0:
            if follower == (node + 1) % count:
                result.append(boundary.paths[node])
            elif node == (follower + 1) % count:
                result.append(boundary.paths[follower][::-1])
    return np.concatenate(result), True


def _on_turning_lines(kept: np.ndarray, which: np.ndarray, boundary: _Boundary) -> np.ndarray:
    """Nodes of others on a line of which an end moves: there the line must stay where it is."""
    moves = np.append((boundary.new != boundary.old).any(axis=1), False)[which]
    ends = np.flatnonzero(kept)
    place = np.searchsorted(ends, np.arange(len(kept)))
    before, after = ends[place - 1], ends[place % len(ends)]
    turning: np.ndarray = ~kept & (moves[before] | moves[after])
    return turning


def _change(uid: str, before: Any, after: Any, boundary: _Boundary) -> ParcelChange:
    mine = [bool(_near(shapely.get_coordinates(after), xy).any()) for xy in boundary.new]
    step = np.hypot(*(boundary.new - boundary.old).T)[mine]
    return ParcelChange(
        uid, float(before.area), float(after.area), float(step.max(initial=0.0)), after
    )


def _check_coverage(
    parcels: Mapping[str, Any], proposal: AdoptionProposal, around: Mapping[str, Any]
) -> None:
    """Refuse outlines that cross themselves, and land that would be mapped twice."""
    changed = {c.parcel_uid: c.geometry for c in (proposal.parcel, *proposal.neighbours)}
    before = np.array(list(parcels.values()), dtype=object)
    after = np.array([changed.get(uid, shape) for uid, shape in parcels.items()], dtype=object)
    broken = ~shapely.is_valid(after) & shapely.is_valid(before)
    names = [uid for uid, bad in zip(parcels, broken, strict=True) if bad]
    if names or (shapely.coverage_is_valid(before) and not shapely.coverage_is_valid(after)):
        raise MapWouldBreak(parcels=names)
    # A map whose lines meet in T-junctions is no coverage in the strict sense: measure overlap.
    if _twice(after) > _twice(before) + TWICE_M2:
        raise MapWouldBreak(parcels=sorted(around))


def _twice(shapes: np.ndarray) -> float:
    """Land mapped more than once, m2."""
    return float(shapely.area(shapes).sum() - shapely.union_all(shapes).area)


def _check_certified(
    proposal: AdoptionProposal,
    scales: Mapping[str, int],
    certified_m2: Mapping[str, float],
    regulation: Regulation,
) -> None:
    for change in proposal.neighbours:
        paper = certified_m2.get(change.parcel_uid)
        if paper is None:
            continue
        limit = float(regulation.accuracy.area_limit(scales[change.parcel_uid], paper))
        if abs(change.area_after_m2 - paper) > max(limit, abs(change.area_before_m2 - paper)):
            raise CertifiedAreaLeft(
                f"({change.parcel_uid}: {change.area_after_m2:.1f} m2, {paper:.1f} ± {limit:.1f})",
                parcel_uid=change.parcel_uid,
                area_m2=change.area_after_m2,
                certified_m2=paper,
                allowed_m2=limit,
            )

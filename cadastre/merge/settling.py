"""Join the edges of sheets round by round, and withdraw the joins that break a limit.

A parcel that the joins would empty, split, move beyond the tolerance or change beyond the
area limit of TT 26/2024 Annex 04 does not take part in them: of a parcel whose area would
change too much the worst joins are withdrawn one by one, any other takes part in none. No
option switches that off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cadastre.merge.joining import Band, Joined, Refusals, joined_once, widest
from cadastre.merge.mesh import (
    Flags,
    Ints,
    Mesh,
    mesh_of,
    nodes_of,
    polygons_of,
    segment_keys,
    used_once,
    without_repeats,
)

#: A round is worked in part when less than this share of the parcels is awake.
_FEW = 0.25


def join_edges(band: Band) -> Joined:
    """Join everything that may be joined; see the module for the rule."""
    start = mesh_of(band.polygons)
    near = _near_other_edges(band, start)
    kept = np.flatnonzero(_beside(start, band.sheet, near))
    part = replace(
        band,
        polygons=band.polygons[kept],
        sheet=band.sheet[kept],
        present=band.present[kept],
        reach=band.reach[kept],
        area_limit=band.area_limit[kept],
        area_before=band.area_before[kept],
    )
    joined = _settled(part, mesh_of(part.polygons), near[np.isin(start.parcel, kept)])
    count = len(band.polygons)
    result = Joined(
        np.array(band.polygons, dtype=object), np.zeros(count, bool), np.zeros(count),
        np.zeros(count, bool),
    )  # fmt: skip
    result.polygons[kept] = joined.polygons
    result.changed[kept], result.max_move[kept] = joined.changed, joined.max_move
    result.refused[kept] = joined.refused
    return result


def _near_other_edges(band: Band, mesh: Mesh) -> Flags:
    """Vertices whose outgoing outer edge comes near an outer edge of another sheet."""
    sheet = band.sheet[mesh.parcel]
    nodes = nodes_of(mesh.xy, sheet)
    follower = mesh.follower
    edge = used_once(segment_keys(nodes, follower), band.present[mesh.parcel])
    index = np.flatnonzero(edge)
    near = np.zeros(len(edge), bool)
    a, b = mesh.xy[index], mesh.xy[follower[index]]
    # Both sides may move while the rounds go on: three times the tolerance is safe.
    half = 1.5 * widest(band)
    boxes = shapely.box(*(np.minimum(a, b) - half).T, *(np.maximum(a, b) + half).T)
    one, other = shapely.STRtree(boxes).query(boxes)
    near[index[one[sheet[index[one]] != sheet[index[other]]]]] = True
    return near


def _beside(mesh: Mesh, sheet: Ints, near: Flags) -> Flags:
    """Parcels with such an edge, or with a corner in common with one of their sheet."""
    nodes = nodes_of(mesh.xy, sheet[mesh.parcel])
    marked = np.zeros(len(nodes.xy), bool)
    marked[nodes.of_vertex[near]] = marked[nodes.of_vertex[mesh.follower[near]]] = True
    beside = np.zeros(len(sheet), bool)
    beside[mesh.parcel[marked[nodes.of_vertex]]] = True
    return beside


def _settled(band: Band, start: Mesh, near: Flags) -> Joined:
    """Join, and withdraw what breaks a limit, until no limit is broken and nothing is left.

    A join that was withdrawn may be possible once its neighbours have moved: what is refused
    is tried again on the outcome, so that a second merge finds nothing more to do.
    """
    around = _neighbourhood(band)
    everywhere = np.ones(len(band.polygons), bool)
    state = _sound(band, start, near, around, everywhere)
    outcome = state.outcome if state else _untouched(band, everywhere)
    for _ in range(band.rounds):
        if state is None or not state.outcome.refused.any():
            break
        begun = _begun_again(state.mesh)
        near = np.where(state.mesh.source < 0, True, near[state.mesh.source])
        again = _sound(band, begun, near, around, _ring(state.outcome.refused, around))
        if again is None or np.array_equal(again.mesh.xy, begun.xy):
            break
        state, outcome = again, again.outcome
    return outcome


@dataclass(frozen=True, slots=True)
class _State:
    """Joined outlines that break no limit, as polygons and as vertices."""

    mesh: Mesh
    outcome: Joined


def _begun_again(mesh: Mesh) -> Mesh:
    """Return the mesh as the first one of another pass; where its vertices came from stays."""
    return replace(mesh, source=np.arange(len(mesh.source)))


def _sound(
    band: Band, start: Mesh, near: Flags, around: tuple[Ints, Ints], awake: Flags
) -> _State | None:
    """Join, and withdraw until no limit is broken; None when that cannot be reached."""
    count = len(band.polygons)
    refused = Refusals(np.zeros(count, bool), np.zeros(len(start.ring), bool))
    for attempt in range(4 * band.refusals):
        mesh = _rounds(band, start, refused, near, around, awake)
        outcome, broken, too_large = _judge(band, start, mesh, refused)
        if not (broken.any() or too_large.any()):
            return _State(mesh, outcome)
        if attempt < band.refusals:
            broken |= too_large & ~_withdraw_worst(band, start, mesh, too_large, refused)
        else:
            broken |= too_large
        stubborn = broken & refused.parcels
        if stubborn.any():
            # Refused already, and still drawn along by a corner of a neighbour on its side.
            broken |= _ring(stubborn, around)
        refused.parcels |= broken
    return None


def _ring(parcels: Flags, around: tuple[Ints, Ints]) -> Flags:
    """Return the parcels and those beside them."""
    grown = parcels.copy()
    grown[around[1][parcels[around[0]]]] = True
    return grown


def _neighbourhood(band: Band) -> tuple[Ints, Ints]:
    """Pairs of parcels whose boxes come within the widest tolerance of each other."""
    box = shapely.bounds(band.polygons) if len(band.polygons) else np.zeros((0, 4))
    grown = shapely.box(*(box + np.array([-1, -1, 1, 1]) * widest(band)).T)
    a, b = shapely.STRtree(grown).query(grown)
    return a, b


def _withdraw_worst(
    band: Band, start: Mesh, mesh: Mesh, too_large: Flags, refused: Refusals
) -> Flags:
    """Hold the corner that adds most to the change of area of each parcel; say which did."""
    follower = mesh.follower
    before = np.empty(len(follower), np.int64)
    before[follower] = np.arange(len(follower))
    step, chord = mesh.xy - mesh.home, mesh.xy[follower] - mesh.xy[before]
    share = np.abs(step[:, 0] * chord[:, 1] - step[:, 1] * chord[:, 0])
    mine = np.flatnonzero(too_large[mesh.parcel] & (share > 0))
    order = mine[np.lexsort((mine, -share[mine], mesh.parcel[mine]))]
    owner = mesh.parcel[order]
    worst = order[np.r_[True, owner[1:] != owner[:-1]]] if len(order) else order
    # A corner is one point of several parcels: it stays put for all of them.
    places = nodes_of(mesh.xy, np.zeros(len(follower), np.int64)).of_vertex
    chosen = np.isin(places, places[worst]) & (mesh.source >= 0)
    held = np.zeros(len(too_large), bool)
    fresh = chosen & ~refused.vertices[np.maximum(mesh.source, 0)]
    eased = np.isin(places[worst], places[fresh])
    held[mesh.parcel[worst[eased]]] = True
    refused.vertices[mesh.source[fresh]] = True
    return held


def _untouched(band: Band, refused: Flags) -> Joined:
    count = len(band.polygons)
    return Joined(band.polygons, np.zeros(count, bool), np.zeros(count), refused)


def _rounds(
    band: Band,
    start: Mesh,
    refused: Refusals,
    near: Flags,
    around: tuple[Ints, Ints],
    awake: Flags,
) -> Mesh:
    mesh = start
    for _ in range(band.rounds):
        mesh, changed = _round(band, mesh, refused, near, around, awake)
        if not changed.any():
            break
        # Only beside what has just changed can the next round find anything new.
        awake = _ring(changed, around)
    return mesh


def _round(
    band: Band,
    mesh: Mesh,
    refused: Refusals,
    near: Flags,
    around: tuple[Ints, Ints],
    awake: Flags,
) -> tuple[Mesh, Flags]:
    """One round; where little is awake, among those parcels and three rings around them only.

    What is awake moves itself and what is beside it; the third ring stands fixed and gives the
    second its neighbours, so that the outcome is that of a round over everything.
    """
    if awake.sum() > _FEW * len(awake):
        return joined_once(band, mesh, refused, near, awake)
    second = _ring(_ring(awake, around), around)
    inside = _ring(second, around)
    part = inside[mesh.parcel]
    held = Refusals(refused.parcels | (inside & ~second), refused.vertices)
    joined, changed = joined_once(band, mesh.chosen(part), held, near, awake)
    return (mesh.chosen(~part).together(joined), changed) if changed.any() else (mesh, changed)


def _judge(band: Band, start: Mesh, mesh: Mesh, refused: Refusals) -> tuple[Joined, Flags, Flags]:
    """Build what changed; find parcels broken by it and parcels whose area changes too much."""
    count = len(band.polygons)
    moved = np.hypot(*(mesh.xy - mesh.home).T)
    touched = (moved > 0) | mesh.inserted
    changed = np.zeros(count, bool)
    changed[mesh.parcel[touched]] = True
    which = np.flatnonzero(changed)
    max_move = np.zeros(count)
    np.maximum.at(max_move, mesh.parcel, moved)
    too_far = np.zeros(count, bool)
    too_far[mesh.parcel[moved > mesh.allowed * (1 + 1e-9)]] = True
    built, whole = polygons_of(without_repeats(mesh), which, band.polygons)
    polygons = np.array(band.polygons, dtype=object)
    polygons[which] = built
    change = np.abs(shapely.area(built) - band.area_before[which])
    broken, too_large = np.zeros(count, bool), np.zeros(count, bool)
    broken[which] = ~whole | ~shapely.is_valid(built) | too_far[which]
    too_large[which] = (band.reach[which] == 0) & (change > band.area_limit[which])
    withheld = refused.parcels.copy()
    withheld[start.parcel[refused.vertices]] = True
    return Joined(polygons, changed, max_move, withheld), broken, too_large

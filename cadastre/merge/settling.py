"""Join the edges of sheets round by round, and withdraw the joins that break a limit.

A parcel that the joins would empty, split, move beyond the tolerance or change beyond the
area limit of TT 26/2024 Annex 04 does not take part in them: of a parcel whose area would
change too much the worst joins are withdrawn one by one, any other takes part in none. No
option switches that off. A withdrawal is worked again where it can be felt and nowhere
else, so that a rare one costs the same in a map of any size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cadastre.merge.joining import Band, Joined, Refusals, joined_once, widest
from cadastre.merge.limits import Judgement, hold_worst_corner, judge, untouched
from cadastre.merge.mesh import (
    Flags,
    Ints,
    Mesh,
    mesh_of,
    nodes_of,
    segment_keys,
    used_once,
    without_repeats,
)

#: A round is worked in part when less than this share of the parcels is awake.
_FEW = 0.25
#: What a parcel becomes in one round depends on those at most so many rings away.
_RINGS = 3


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass: outlines as it finds them, and the parcels that may join first.

    ``near`` are the vertices whose outer edges come near another sheet, ``around`` the pairs
    of parcels beside each other, ``before`` the outcome that the pass starts from.
    """

    band: Band
    start: Mesh
    near: Flags
    around: tuple[Ints, Ints]
    awake: Flags
    before: Joined


@dataclass(frozen=True, slots=True)
class _State:
    """Joined outlines that break no limit, as polygons and as vertices."""

    mesh: Mesh
    outcome: Joined


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
        moved_before=band.moved_before[kept],
        at_rest=band.at_rest[kept],
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
    everywhere = np.ones(len(band.polygons), bool)
    if band.at_rest.all():
        return untouched(band)
    work = _Pass(band, start, near, _neighbourhood(band), ~band.at_rest, untouched(band))
    state = _sound(work)
    outcome = state.outcome if state else replace(untouched(band), refused=everywhere)
    for _ in range(band.rounds):
        if state is None or not state.outcome.refused.any():
            break
        work = _another_pass(work, state)
        state = _sound(work)
        if state is None or np.array_equal(state.mesh.xy, work.start.xy):
            break
        outcome = state.outcome
    return outcome


def _another_pass(work: _Pass, state: _State) -> _Pass:
    """Begin again on the outlines as they are drawn now; every vertex remembers its home."""
    mesh = without_repeats(state.mesh)
    near = np.where(mesh.source < 0, True, work.near[mesh.source])
    start = replace(mesh, source=np.arange(len(mesh.source)))
    awake = _ring(state.outcome.refused, work.around)
    return replace(work, start=start, near=near, awake=awake, before=state.outcome)


def _sound(work: _Pass) -> _State | None:
    """Join, and withdraw until no limit is broken; None when that cannot be reached."""
    count = len(work.band.polygons)
    refused = Refusals(np.zeros(count, bool), np.zeros(len(work.start.ring), bool))
    mesh, within, rounds = _rounds(work, work.start, refused, work.awake)
    outcome = work.before
    for attempt in range(4 * work.band.refusals):
        found = judge(work.band, (work.start, work.before), mesh, refused, within, outcome)
        outcome = found.outcome
        if found.sound:
            return _State(mesh, outcome)
        one_by_one = attempt < work.band.refusals
        fresh = _withdraw(work, mesh, found, refused, one_by_one=one_by_one)
        mesh, within = _worked_again(work, mesh, refused, fresh, rounds)
    return None


def _withdraw(
    work: _Pass, mesh: Mesh, found: Judgement, refused: Refusals, *, one_by_one: bool
) -> Flags:
    """Refuse what breaks a limit; return the parcels that feel it first."""
    broken, fresh = found.broken | found.too_large, np.zeros(len(found.broken), bool)
    if one_by_one and found.too_large.any():
        beside = _ring(found.too_large, work.around)
        eased, vertices = hold_worst_corner(mesh, beside, found.too_large, refused)
        refused.vertices[vertices] = True
        fresh[work.start.parcel[vertices]] = True
        broken = found.broken | (found.too_large & ~eased)
    stubborn = broken & refused.parcels
    if stubborn.any():
        # Refused already, and still drawn along by a corner of a neighbour on its side.
        broken |= _ring(stubborn, work.around)
    refused.parcels |= broken
    return fresh | broken


def _worked_again(
    work: _Pass, mesh: Mesh, refused: Refusals, fresh: Flags, rounds: int
) -> tuple[Mesh, Flags]:
    """Work the pass again where a withdrawal is felt; return the mesh and those parcels.

    In each round a change is felt a few rings further. The parcels that can feel it are
    worked from the start again, with as many rings around them as they can feel themselves.
    Should those around them come out otherwise than before, everything is worked again.
    """
    reach = _RINGS * (rounds + 1)
    inside = _rings(fresh, work.around, reach)
    shell = _rings(inside, work.around, _RINGS)
    felt = _rings(shell, work.around, reach)
    if felt.sum() <= _FEW * len(felt):
        part = work.start.chosen(felt[work.start.parcel])
        rim = _rings(felt, work.around, 1) & ~felt
        rim = _ring(rim, work.around) & felt
        held = Refusals(refused.parcels | rim, refused.vertices)
        again, _, needed = _rounds(work, part, held, work.awake & felt)
        beside = shell & ~inside
        alike = np.array_equal(mesh.xy[beside[mesh.parcel]], again.xy[beside[again.parcel]])
        if alike and needed <= rounds + 1:
            standing = mesh.chosen(~inside[mesh.parcel])
            return standing.together(again.chosen(inside[again.parcel])), inside
    mesh, _, _ = _rounds(work, work.start, refused, work.awake)
    return mesh, np.ones(len(inside), bool)


def _ring(parcels: Flags, around: tuple[Ints, Ints]) -> Flags:
    """Return the parcels and those beside them."""
    grown = parcels.copy()
    grown[around[1][parcels[around[0]]]] = True
    return grown


def _rings(parcels: Flags, around: tuple[Ints, Ints], count: int) -> Flags:
    for _ in range(count):
        parcels = _ring(parcels, around)
    return parcels


def _neighbourhood(band: Band) -> tuple[Ints, Ints]:
    """Pairs of parcels whose boxes come within the widest tolerance of each other."""
    box = shapely.bounds(band.polygons) if len(band.polygons) else np.zeros((0, 4))
    grown = shapely.box(*(box + np.array([-1, -1, 1, 1]) * widest(band)).T)
    a, b = shapely.STRtree(grown).query(grown)
    return a, b


def _rounds(work: _Pass, mesh: Mesh, refused: Refusals, awake: Flags) -> tuple[Mesh, Flags, int]:
    """Join until nothing changes; return the mesh, what changed and after how many rounds."""
    touched = np.zeros(len(awake), bool)
    for count in range(work.band.rounds):
        mesh, changed = _round(work, mesh, refused, awake)
        if not changed.any():
            return mesh, touched, count
        touched |= changed
        # Only beside what has just changed can the next round find anything new.
        awake = _ring(changed, work.around)
    return mesh, touched, work.band.rounds


def _round(work: _Pass, mesh: Mesh, refused: Refusals, awake: Flags) -> tuple[Mesh, Flags]:
    """One round; where little is awake, among those parcels and three rings around them only.

    What is awake moves itself and what is beside it; the third ring stands fixed and gives the
    second its neighbours, so that the outcome is that of a round over everything.
    """
    if awake.sum() > _FEW * len(awake):
        return joined_once(work.band, mesh, refused, work.near, awake)
    second = _rings(awake, work.around, _RINGS - 1)
    inside = _ring(second, work.around)
    part = inside[mesh.parcel]
    held = Refusals(refused.parcels | (inside & ~second), refused.vertices)
    joined, changed = joined_once(work.band, mesh.chosen(part), held, work.near, awake)
    return (mesh.chosen(~part).together(joined), changed) if changed.any() else (mesh, changed)

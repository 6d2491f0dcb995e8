"""The hard limits of a merge: what the joins have made of the parcels, and which must give way.

No parcel is emptied or split, none moves beyond the tolerance of the joins that moved it, and
its area changes by no more than TT 26/2024 Annex 04 allows. A parcel that breaks the first
takes part in no join; of one whose area changes too much the worst corner is held first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cadastre.merge.joining import Band, Joined, Refusals
from cadastre.merge.mesh import Flags, Ints, Mesh, nodes_of, polygons_of, without_repeats

#: Rounding that a movement may show beyond its tolerance, as a share of it.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome so far, the parcels that it breaks, and those whose area changes too much."""

    outcome: Joined
    broken: Flags
    too_large: Flags

    @property
    def sound(self) -> bool:
        """Whether no limit is broken."""
        return not (self.broken.any() or self.too_large.any())


def untouched(band: Band) -> Joined:
    """Return the outcome of no join at all."""
    none = np.zeros(len(band.polygons), bool)
    return Joined(band.polygons, none, np.zeros(len(none)), none)


def judge(
    band: Band,
    start: tuple[Mesh, Joined],
    mesh: Mesh,
    refused: Refusals,
    within: Flags,
    latest: Joined,
) -> Judgement:
    """Build and judge the parcels ``within``; of all others the outcome ``latest`` stands.

    Parameters
    ----------
    start : outlines at the beginning of the pass, to which ``refused`` refers, and their outcome
    latest : outcome that is right for every parcel that is not ``within``
    """
    begun, before = start
    count = len(band.polygons)
    mesh = mesh.chosen(within[mesh.parcel])
    parcel, moved = mesh.parcel, np.hypot(*(mesh.xy - mesh.home).T)
    changed, too_far = np.zeros(count, bool), np.zeros(count, bool)
    changed[parcel[(moved > 0) | mesh.inserted]] = True
    beyond = moved + band.moved_before[parcel] > mesh.allowed * (1 + _ROUNDING)
    too_far[parcel[(moved > 0) & beyond]] = True
    which = np.flatnonzero(changed)
    built, whole = polygons_of(without_repeats(mesh), which, band.polygons)
    change = np.abs(shapely.area(built) - band.area_before[which])
    broken, too_large = np.zeros(count, bool), np.zeros(count, bool)
    broken[which] = ~whole | ~shapely.is_valid(built) | too_far[which]
    too_large[which] = (band.reach[which] == 0) & (change > band.area_limit[which])
    polygons = np.where(within, band.polygons, latest.polygons)
    polygons[which] = built
    furthest = np.where(within, before.max_move, latest.max_move)
    np.maximum.at(furthest, parcel, moved)
    withheld = refused.parcels.copy()
    withheld[begun.parcel[refused.vertices]] = True
    outcome = Joined(polygons, np.where(within, changed, latest.changed), furthest, withheld)
    return Judgement(outcome, broken, too_large)


def hold_worst_corner(
    mesh: Mesh, beside: Flags, too_large: Flags, refused: Refusals
) -> tuple[Flags, Ints]:
    """Hold the corner that adds most to the change of area of each parcel ``too_large``.

    ``beside`` are those parcels and their neighbours. Returns the parcels for which a corner
    is held now, and the vertices that are.
    """
    mesh = mesh.chosen(beside[mesh.parcel])
    follower, parcel = mesh.follower, mesh.parcel
    before = np.empty(len(follower), np.int64)
    before[follower] = np.arange(len(follower))
    step, chord = mesh.xy - mesh.home, mesh.xy[follower] - mesh.xy[before]
    share = np.abs(step[:, 0] * chord[:, 1] - step[:, 1] * chord[:, 0])
    mine = np.flatnonzero(too_large[parcel] & (share > 0))
    order = mine[np.lexsort((mine, -share[mine], parcel[mine]))]
    owner = parcel[order]
    worst = order[np.r_[True, owner[1:] != owner[:-1]]] if len(order) else order
    # A corner is one point of several parcels: it stays put for all of them.
    places = nodes_of(mesh.xy, np.zeros(len(follower), np.int64)).of_vertex
    chosen = np.isin(places, places[worst]) & (mesh.source >= 0)
    fresh = chosen & ~refused.vertices[np.maximum(mesh.source, 0)]
    eased = np.isin(places[worst], places[fresh])
    held = np.zeros(len(too_large), bool)
    held[parcel[worst[eased]]] = True
    return held, mesh.source[fresh]

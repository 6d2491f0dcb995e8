"""Corners of a mapped and a measured outline, paired by order and position.

Rings with the same number of vertices are laid on each other by the cyclic order whose
sum of squared distances is least (``aligning``; where corners stay apart, one FFT for all
rings of one length). Where that leaves corners apart, or counts differ, each corner is
paired with the nearest of the other ring when both choose each other. A vertex without a
partner that lies on the other outline is no difference (a T-junction, a point on a
straight edge); off it, it was added or lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cadastre.reconcile.aligning import turns, write_turned
from cadastre.reconcile.compiled import compiled, in_blocks
from cadastre.reconcile.overlap import square_to_segment
from cadastre.reconcile.rings import Rings, neighbours_in_ring, ragged

#: Share of the closeness within which a vertex counts as lying on its own ring's chord: well
#: below a corner that stands out by more than the closeness, above the noise of a shot.
_STRAIGHT_SHARE = 0.4
#: A vertex that turns by less than this (radians) is a point of a bent line: chords of an arc
#: may be stroked anywhere along it.
_BENT = 0.35
_FAR = 1.0e7  # metres between the layers of the index, beyond any parcel's size


@dataclass(frozen=True)
class Corners:
    """Corner rows: pair number, vertex on the map and on the ground (-1: none).

    ``off_m`` is the distance of a vertex without partner from the other outline, 0 for
    partners.
    """

    pair: np.ndarray
    map_vertex: np.ndarray
    ground_vertex: np.ndarray
    off_m: np.ndarray

    def take(self, which: np.ndarray) -> Corners:
        """Return some of the rows."""
        return Corners(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def telling(self, threshold: np.ndarray) -> Corners:
        """Return partners, and vertices farther off than the threshold (m) of their pair."""
        paired = (self.map_vertex >= 0) & (self.ground_vertex >= 0)
        return self.take(np.flatnonzero(paired | (self.off_m > threshold[self.pair])))

    def bounds(self, pairs: int) -> np.ndarray:
        """First row of each of ``pairs`` pairs, and the number of rows."""
        return np.searchsorted(self.pair, np.arange(pairs + 1, dtype=self.pair.dtype))

    def paired_count(self, pairs: int) -> np.ndarray:
        """Partners of each of ``pairs`` pairs."""
        paired = (self.map_vertex >= 0) & (self.ground_vertex >= 0)
        return np.bincount(self.pair[paired], minlength=pairs)


def pair_rings(
    map_rings: Rings, ground_rings: Rings, map_of: np.ndarray, ground_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ring pairs of polygon pairs: pair number, map ring, ground ring (-1: none).

    Outer rings go with outer rings, holes with holes, each with the nearest centre when
    both choose each other.
    """
    one_a, one_b = _only_ring(map_rings, map_of), _only_ring(ground_rings, ground_of)
    plain = (one_a >= 0) & (one_b >= 0)
    at = np.flatnonzero(~plain)
    pair, ring_a, ring_b = _by_centre(map_rings, ground_rings, map_of[at], ground_of[at])
    pair = np.concatenate([np.flatnonzero(plain), at[pair]])
    ring_a = np.concatenate([one_a[plain], ring_a])
    ring_b = np.concatenate([one_b[plain], ring_b])
    order = np.lexsort((ring_b, ring_a, pair))
    return pair[order], ring_a[order], ring_b[order]


def _only_ring(rings: Rings, polygon: np.ndarray) -> np.ndarray:
    """The ring of polygons that have just one, else -1."""
    return np.where(rings.count(polygon) == 1, rings.first[polygon], -1)


def _by_centre(
    map_rings: Rings, ground_rings: Rings, map_of: np.ndarray, ground_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ring pairs of polygons with holes or parts, each with the nearest centre."""
    a, pa = _rings_of_pairs(map_rings, map_of)
    b, pb = _rings_of_pairs(ground_rings, ground_of)
    ka, kb = pa * 2 + map_rings.hole[a], pb * 2 + ground_rings.hole[b]
    ca, cb = _layered(_centres(map_rings, a), ka), _layered(_centres(ground_rings, b), kb)
    ab = _nearest_same(ca, cb, ka, kb)
    ba = _nearest_same(cb, ca, kb, ka)
    mutual = (ab >= 0) & (ba[np.maximum(ab, 0)] == np.arange(len(a))) if len(b) else ab >= 0
    used = np.zeros(len(b), dtype=bool)
    used[ab[mutual]] = True
    pair = np.concatenate([pa, pb[~used]])
    ring_a = np.concatenate([a, np.full(int((~used).sum()), -1)])
    ring_b = np.concatenate(
        [np.where(mutual, b[np.maximum(ab, 0)] if len(b) else -1, -1), b[~used]]
    )
    return pair, ring_a, ring_b


def _rings_of_pairs(rings: Rings, polygon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ragged(rings.first[polygon], rings.count(polygon))


def _centres(rings: Rings, ring: np.ndarray) -> np.ndarray:
    """Mean vertex of some rings."""
    at, run = ragged(rings.start[ring], rings.size[ring])
    base = rings.xy[rings.start[ring]]
    rel = rings.xy[at] - base[run]
    mean = (
        np.column_stack([np.bincount(run, weights=rel[:, i], minlength=len(ring)) for i in (0, 1)])
        / np.maximum(rings.size[ring], 1)[:, None]
    )
    return mean + base


def _layered(xy: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Points with their layer as a third coordinate: neighbours stay within a layer."""
    return np.column_stack([xy, layer * _FAR])


def _nearest_same(
    points: np.ndarray, others: np.ndarray, layer: np.ndarray, other_layer: np.ndarray
) -> np.ndarray:
    """Nearest of ``others`` in the same layer, or -1."""
    if not len(points) or not len(others):
        return np.full(len(points), -1, dtype=np.intp)
    at = np.asarray(cKDTree(others).query(points)[1], dtype=np.intp)
    return np.where(other_layer[at] == layer, at, -1)


def pair_corners(
    map_rings: Rings,
    ground_rings: Rings,
    ring_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    close_m: np.ndarray,
) -> Corners:
    """Corners of ring pairs, as :func:`pair_rings` gives them.

    Parameters
    ----------
    close_m : per polygon pair, the distance in metres below which a vertex is taken as
        lying on the other outline
    """
    task = _Task(map_rings, ground_rings, *ring_pairs, close_m)
    turn = turns(map_rings, ground_rings, task.a, task.b, task.close)
    rest = np.flatnonzero(turn < 0)
    j, va, vb, off = _harder(task, rest)
    order = np.lexsort((vb, va, va < 0, j))
    j, va, vb, off = j[order], va[order], vb[order], off[order]
    count = np.bincount(j, minlength=len(turn))
    count[turn >= 0] = task.size_a[turn >= 0]
    offset = np.cumsum(count) - count
    total = int(count.sum())
    of_pair, on_map, on_ground = (np.empty(total, dtype=np.int32) for _ in range(3))
    off_m = np.zeros(total, dtype=np.float32)
    rows = of_pair, on_map, on_ground
    write_turned((map_rings, ground_rings), ring_pairs, turn, offset, rows)
    at = ragged(offset[rest], count[rest])[0]
    of_pair[at], on_map[at], on_ground[at], off_m[at] = task.pair[j], va, vb, off
    return Corners(of_pair, on_map, on_ground, off_m)


Rows = tuple[np.ndarray, ...]


def _harder(task: _Task, rest: np.ndarray) -> Rows:
    """Ring pairs that do not simply lie on each other: the best of three pairings.

    By order where the counts are equal; by nearness; by nearness of the corners that turn,
    since a point of a straight side may lie nearer to a corner that moved than the corner.
    """
    if not len(rest):
        return (*(np.zeros(0, dtype=np.intp) for _ in range(3)), np.zeros(0))
    equal = task.both & (task.size_a == task.size_b)
    cyclic = task.cyclic(rest[equal[rest]])
    one = task.settled(rest, cyclic)
    bad_one = task.bad(one)
    again = rest[~equal[rest] | (bad_one[rest] > 0)]  # nothing beats an order without misfit
    two = task.settled(again, task.mutual(again))
    bad_two = task.bad(two)
    by_order = equal & (bad_one <= bad_two)
    last = again[~by_order[again] & (bad_two[again] > 0)]
    three = task.settled(last, task.mutual(last, turning=True))
    by_turn = np.zeros(len(equal), dtype=bool)
    by_turn[last] = task.bad(three)[last] < bad_two[last]
    kept = by_order[one[0]], ~(by_order | by_turn)[two[0]], by_turn[three[0]]
    return tuple(
        np.concatenate([column[rows] for column, rows in zip(columns, kept, strict=True)])
        for columns in zip(one, two, three, strict=True)
    )


class _Task:
    """Ring pairs being paired; rows are (ring pair, map vertex, ground vertex)."""

    def __init__(
        self,
        map_rings: Rings,
        ground_rings: Rings,
        pair: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        close_m: np.ndarray,
    ) -> None:
        self.map, self.ground = map_rings, ground_rings
        self.pair, self.a, self.b = pair, a, b
        self.close = close_m[pair]
        self.both = (a >= 0) & (b >= 0)
        self.size_a = np.where(a >= 0, map_rings.size[np.maximum(a, 0)], 0)
        self.size_b = np.where(b >= 0, ground_rings.size[np.maximum(b, 0)], 0)
        self.start_a = map_rings.start[np.maximum(a, 0)]
        self.start_b = ground_rings.start[np.maximum(b, 0)]

    def distance(self, rows: Rows) -> np.ndarray:
        """Distance in metres between the partners of each row."""
        gap = self.ground.xy[rows[2]] - self.map.xy[rows[1]]
        return np.asarray(np.hypot(gap[:, 0], gap[:, 1]))

    def cyclic(self, which: np.ndarray) -> Rows:
        """Rows of the best cyclic order, for ring pairs with equal counts."""
        found: list[Rows] = []
        for n in np.unique(self.size_a[which]):
            j = which[self.size_a[which] == n]
            va = self.start_a[j][:, None] + np.arange(n)
            vb = self.start_b[j][:, None] + np.arange(n)
            turn = _best_turn(self.map.xy[va], self.ground.xy[vb])
            vb = self.start_b[j][:, None] + (np.arange(n) + turn[:, None]) % n
            found.append((np.repeat(j, n), va.ravel(), vb.ravel()))
        if not found:
            return tuple(np.zeros(0, dtype=np.intp) for _ in range(3))
        return tuple(np.concatenate([rows[i] for rows in found]) for i in range(3))

    def mutual(self, which: np.ndarray, *, turning: bool = False) -> Rows:
        """Rows of vertices that are each other's nearest; only ``turning`` ones if asked."""
        which = which[self.both[which]]
        va, run_a = ragged(self.start_a[which], self.size_a[which])
        vb, run_b = ragged(self.start_b[which], self.size_b[which])
        if turning:
            turns_a = ~self._on_chord(self.map, va, which[run_a])
            turns_b = ~self._on_chord(self.ground, vb, which[run_b])
            va, run_a, vb, run_b = va[turns_a], run_a[turns_a], vb[turns_b], run_b[turns_b]
        la, lb = _layered(self.map.xy[va], run_a), _layered(self.ground.xy[vb], run_b)
        ab, ba = _nearest_same(la, lb, run_a, run_b), _nearest_same(lb, la, run_b, run_a)
        if not len(ab):
            return tuple(np.zeros(0, dtype=np.intp) for _ in range(3))
        chosen = ba[ab] == np.arange(len(va))
        return which[run_a[chosen]], va[chosen], vb[ab[chosen]]

    def settled(self, which: np.ndarray, rows: Rows) -> tuple[np.ndarray, ...]:
        """Rows with those unpaired that only slid, and a row for each vertex left alone.

        One corner of the map and one of the ground left between the same partners are one
        corner that moved far.
        """
        j, va, vb = rows
        far = self.distance(rows) > self.close[j]
        off_a, off_b = np.zeros(len(j)), np.zeros(len(j))
        off_a[far] = self._off_ground(j[far], va[far])
        off_b[far] = self._off_map(j[far], vb[far])
        on_a, on_b = off_a <= self.close[j], off_b <= self.close[j]
        apart = np.zeros(len(j), dtype=bool)
        apart[far] = self._apart(j[far], (va, vb), far, (on_a[far], on_b[far]))
        j, va, vb = j[~apart], va[~apart], vb[~apart]
        ja, left_a, flat_a, last_a = self._left(
            which, self.map, (self.start_a, self.size_a), (j, va)
        )
        jb, left_b, flat_b, last_b = self._left(
            which, self.ground, (self.start_b, self.size_b), (j, vb)
        )
        off_a = np.where(flat_a, 0.0, self._off_ground(ja, left_a))
        off_b = np.where(flat_b, 0.0, self._off_map(jb, left_b))
        partner = np.full(len(self.map.xy) + 1, -1, dtype=np.intp)
        partner[va] = vb
        at_a, at_b = np.flatnonzero(off_a > self.close[ja]), np.flatnonzero(off_b > self.close[jb])
        found = _alone_between(partner[last_a[at_a]], last_b[at_b])
        at_a, at_b = at_a[found[0]], at_b[found[1]]
        rest_a, rest_b = np.delete(np.arange(len(ja)), at_a), np.delete(np.arange(len(jb)), at_b)
        none_a, none_b = np.full(len(rest_b), -1), np.full(len(rest_a), -1)
        return (
            np.concatenate([j, ja[at_a], ja[rest_a], jb[rest_b]]),
            np.concatenate([va, left_a[at_a], left_a[rest_a], none_a]),
            np.concatenate([vb, left_b[at_b], none_b, left_b[rest_b]]),
            np.concatenate([np.zeros(len(j) + len(at_a)), off_a[rest_a], off_b[rest_b]]),
        )

    def _apart(
        self,
        j: np.ndarray,
        used: tuple[np.ndarray, np.ndarray],
        far: np.ndarray,
        on: tuple[np.ndarray, np.ndarray],
    ) -> np.ndarray:
        """Which far partners are none: a point of a straight side that slid along it.

        Where the counts differ, also a corner beside one that was added or lost on the other
        outline, when either lies there too: a corner that was cut off. A true corner that
        moved along a side keeps its partner.
        """
        straight, beside = np.zeros((2, len(j)), dtype=bool)
        for rings, vertex in zip((self.map, self.ground), used, strict=True):
            alone = np.ones(len(rings.xy), dtype=bool)
            alone[vertex] = False
            straight |= self._flat(rings, vertex[far], j)
            off = self._off_ground if rings is self.map else self._off_map
            for next_to in neighbours_in_ring(rings, vertex[far]):
                lone = alone[next_to] & ~self._flat(rings, next_to, j)
                lone[lone] = off(j[lone], next_to[lone]) <= self.close[j[lone]]
                beside |= lone
        unequal = self.size_a[j] != self.size_b[j]
        both, either = on[0] & on[1], on[0] | on[1]
        return (both & straight) | (unequal & either & (straight | beside))

    def _on_chord(self, rings: Rings, at: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Whether vertices lie on the chord of the two beside them in their own ring."""
        before, after = (rings.xy[i] for i in neighbours_in_ring(rings, at))
        distance = _from_segments(rings.xy[at], before, after)
        return distance <= _STRAIGHT_SHARE * self.close[j]

    def _flat(self, rings: Rings, at: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Whether vertices lie on the line of their neighbours, straight or gently bent."""
        before, after = (rings.xy[i] for i in neighbours_in_ring(rings, at))
        here = rings.xy[at]
        turn = np.abs(_angle(after - here) - _angle(here - before))
        bent = np.minimum(turn, 2.0 * np.pi - turn) <= _BENT
        return bent | (_from_segments(here, before, after) <= self.close[j])

    def bad(self, rows: tuple[np.ndarray, ...]) -> np.ndarray:
        """Number of corners of each ring pair that do not fit."""
        j, va, vb, off = rows
        paired = (va >= 0) & (vb >= 0)
        gap = off.copy()
        gap[paired] = self.distance((j[paired], va[paired], vb[paired]))
        return np.bincount(j[gap > self.close[j]], minlength=len(self.pair))

    def _left(
        self,
        which: np.ndarray,
        rings: Rings,
        extent: tuple[np.ndarray, np.ndarray],
        used: tuple[np.ndarray, np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Vertices without partner, and which lie on the chord of the paired ones around them.

        Those say nothing of their own: the ends of their straight line are compared already.
        Last comes the paired vertex before each, -1 where the ring has none.
        """
        start, size = extent
        vertex, run = ragged(start[which], size[which])
        base = np.zeros(len(self.pair), dtype=np.intp)
        base[which] = np.cumsum(size[which]) - size[which]
        paired = np.zeros(len(vertex), dtype=bool)
        paired[base[used[0]] + used[1] - start[used[0]]] = True
        before, after = _paired_around(paired, run)
        alone = np.flatnonzero(~paired)
        straight = np.zeros(len(alone), dtype=bool)
        some = before[alone] >= 0
        at = alone[some]
        ends = rings.xy[vertex[before[at]]], rings.xy[vertex[after[at]]]
        distance = _from_segments(rings.xy[vertex[at]], *ends)
        straight[some] = distance <= _STRAIGHT_SHARE * self.close[which[run[at]]]
        last = np.full(len(alone), -1, dtype=np.intp)
        last[some] = vertex[before[at]]
        return which[run[alone]], vertex[alone], straight, last

    def _off_ground(self, j: np.ndarray, vertex: np.ndarray) -> np.ndarray:
        return _off(self.map.xy[vertex], self.ground, self.b[j], self._outer(self.b, j))

    def _off_map(self, j: np.ndarray, vertex: np.ndarray) -> np.ndarray:
        return _off(self.ground.xy[vertex], self.map, self.a[j], self._outer(self.a, j))

    def _outer(self, side: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Some ring of the same polygon pair, for rings that have no partner."""
        ring = np.full(int(self.pair.max(initial=-1)) + 1, -1, dtype=np.intp)
        have = np.flatnonzero(side >= 0)[::-1]
        ring[self.pair[have]] = side[have]
        return ring[self.pair[j]]


def _alone_between(one: np.ndarray, two: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of values that occur just once in either list; -1 never counts."""
    values = [np.unique(side, return_index=True, return_counts=True) for side in (one, two)]
    (a, at_a), (b, at_b) = (
        (found[(count == 1) & (found >= 0)], at[(count == 1) & (found >= 0)])
        for found, at, count in values
    )
    _, i, j = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return at_a[i], at_b[j]


def _angle(way: np.ndarray) -> np.ndarray:
    return np.asarray(np.arctan2(way[:, 1], way[:, 0]))


def _paired_around(paired: np.ndarray, run: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position of the last paired vertex before and the next after each, round the ring.

    -1 where a ring has none.
    """
    if not len(run):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    at = np.arange(len(run))
    starts = np.flatnonzero(np.concatenate([[True], run[1:] != run[:-1]]))
    ring = np.cumsum(np.concatenate([[False], run[1:] != run[:-1]]))
    last = np.maximum.reduceat(np.where(paired, at, -1), starts)[ring]
    first = np.minimum.reduceat(np.where(paired, at, len(at)), starts)[ring]
    before = np.maximum.accumulate(np.where(paired, at, -1))
    before = np.where(before >= starts[ring], before, last)
    after = np.minimum.accumulate(np.where(paired, at, len(at))[::-1])[::-1]
    ends = np.append(starts[1:], len(at))[ring]
    after = np.where(after < ends, after, first)
    return before, np.where(last >= 0, after, -1)


def _off(xy: np.ndarray, rings: Rings, ring: np.ndarray, instead: np.ndarray) -> np.ndarray:
    """Distance in metres of vertices from a ring's line."""
    square = np.zeros(len(xy))
    of = np.where(ring >= 0, ring, instead)
    in_blocks(
        lambda begin, end: _square_to_ring(
            xy, rings.xy, rings.start, rings.size, of, square, begin, end
        ),
        len(xy),
    )
    return np.sqrt(square)


@compiled
def _square_to_ring(xy, corners, start, size, of, square, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        square[i] = np.inf
        before = start[of[i]] + size[of[i]] - 1
        for at in range(start[of[i]], start[of[i]] + size[of[i]]):
            square[i] = min(square[i], square_to_segment(xy[i], corners[before], corners[at]))
            before = at


def _from_segments(xy: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Distance in metres of points from segments."""
    along, away = two - one, xy - one
    length = (along**2).sum(axis=1)
    share = np.clip((away * along).sum(axis=1) / np.where(length > 0.0, length, 1.0), 0.0, 1.0)
    return np.asarray(np.hypot(*(away - share[:, None] * along).T))


def _best_turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Turn k that minimises the sum of |a[i] - b[i + k]|^2, for stacks (rings, n, 2).

    The sum is a constant minus twice the real circular correlation, so one FFT finds it.
    """
    centre = a.mean(axis=1, keepdims=True)
    za = (a - centre)[..., 0] + 1j * (a - centre)[..., 1]
    zb = (b - centre)[..., 0] + 1j * (b - centre)[..., 1]
    correlation = np.fft.ifft(np.conj(np.fft.fft(za, axis=1)) * np.fft.fft(zb, axis=1), axis=1)
    return np.asarray(np.argmax(np.round(correlation.real, 6), axis=1))

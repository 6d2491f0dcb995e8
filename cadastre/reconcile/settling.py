"""Partners that only slid along a side are parted; vertices left alone are measured.

A point of a straight or gently bent side may be drawn anywhere along it, so a partner that lies
farther than the closeness but on the other outline is none. One corner of the map and one of
the ground left between the same partners are one corner that moved far.
"""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.off_outline import from_segments, off_outline, share_along
from cadastre.reconcile.rings import Rings, neighbours_in_ring, ragged

#: Share of the closeness within which a vertex counts as lying on its own ring's chord: well
#: below a corner that stands out by more than the closeness, above the noise of a shot.
STRAIGHT_SHARE = 0.4
#: A vertex that turns by less than this (radians) is a point of a bent line: chords of an arc
#: may be stroked anywhere along it.
BENT = 0.35

Rows = tuple[np.ndarray, ...]


class Task:
    """Ring pairs being paired; rows are (ring pair, map vertex, ground vertex)."""

    def __init__(
        self,
        map_rings: Rings,
        ground_rings: Rings,
        pair: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        close: np.ndarray,
    ) -> None:
        self.map, self.ground = map_rings, ground_rings
        self.pair, self.a, self.b, self.close = pair, a, b, close
        self.both = (a >= 0) & (b >= 0)
        self.start_a, self.size_a = _extent(map_rings, a)
        self.start_b, self.size_b = _extent(ground_rings, b)
        self._stand_in = [_some_ring(pair, side) for side in (a, b)]

    def distance(self, rows: Rows) -> np.ndarray:
        """Distance in metres between the partners of each row."""
        gap = self.ground.xy.take(rows[2], axis=0) - self.map.xy.take(rows[1], axis=0)
        return np.asarray(np.hypot(gap[:, 0], gap[:, 1]))

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
        ja, left_a, place_a, last_a = self._left(
            which, (self.map, self.ground), (self.start_a, self.size_a), (j, va, vb)
        )
        jb, left_b, place_b, last_b = self._left(
            which, (self.ground, self.map), (self.start_b, self.size_b), (j, vb, va)
        )
        off_a = self._nearer(place_a, self.map.xy[left_a], self.ground, self._ring(1, ja))
        off_b = self._nearer(place_b, self.ground.xy[left_b], self.map, self._ring(0, jb))
        partner = np.full(len(self.map.xy) + 1, -1, dtype=np.intp)
        partner[va] = vb
        at_a, at_b = self._left_together(
            (ja, left_a, off_a, partner[last_a]), (jb, left_b, off_b, last_b)
        )
        rest_a, rest_b = np.delete(np.arange(len(ja)), at_a), np.delete(np.arange(len(jb)), at_b)
        none_a, none_b = np.full(len(rest_b), -1), np.full(len(rest_a), -1)
        return (
            np.concatenate([j, ja[at_a], ja[rest_a], jb[rest_b]]),
            np.concatenate([va, left_a[at_a], left_a[rest_a], none_a]),
            np.concatenate([vb, left_b[at_b], none_b, left_b[rest_b]]),
            np.concatenate([np.zeros(len(j) + len(at_a)), off_a[rest_a], off_b[rest_b]]),
        )

    def _left_together(
        self,
        on_map: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
        on_ground: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions of vertices left alone between the same partners: corners that moved far.

        Both stand off the other outline. Or one does, and the two are all that is left there:
        the other came to lie on another side of the outline, unless it is a point of a straight
        side of an outline with more or fewer vertices. A corner that moved stands off by a
        good part of its way: one that stands off little beside its way is another corner.
        """
        (ja, left_a, off_a, last_a), (jb, left_b, off_b, last_b) = on_map, on_ground
        far_a, far_b = off_a > self.close[ja], off_b > self.close[jb]
        at_a, at_b = np.flatnonzero(far_a), np.flatnonzero(far_b)
        i, k = _alone_between(last_a[at_a], last_b[at_b])
        one, two = at_a[i], at_b[k]
        rest_a, rest_b = np.delete(np.arange(len(ja)), one), np.delete(np.arange(len(jb)), two)
        i, k = _alone_between(last_a[rest_a], last_b[rest_b])
        i, k = rest_a[i], rest_b[k]
        equal = self.size_a[ja[i]] == self.size_b[jb[k]]
        turning = ~self.on_chord(self.map, left_a[i], ja[i])
        turning &= ~self.on_chord(self.ground, left_b[k], jb[k])
        way = np.hypot(*(self.map.xy[left_a[i]] - self.ground.xy[left_b[k]]).T)
        across = np.maximum(off_a[i], off_b[k]) >= np.sin(BENT) * way
        moved = (far_a[i] | far_b[k]) & (equal | turning) & across
        return np.concatenate([one, i[moved]]), np.concatenate([two, k[moved]])

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

    def on_chord(self, rings: Rings, at: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Whether vertices lie on the chord of the two beside them in their own ring."""
        before, after = (rings.xy[i] for i in neighbours_in_ring(rings, at))
        distance = from_segments(rings.xy[at], before, after)
        return distance <= STRAIGHT_SHARE * self.close[j]

    def _flat(self, rings: Rings, at: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Whether vertices lie on the line of their neighbours, straight or gently bent."""
        before, after = (rings.xy[i] for i in neighbours_in_ring(rings, at))
        here = rings.xy[at]
        turn = np.abs(_angle(after - here) - _angle(here - before))
        bent = np.minimum(turn, 2.0 * np.pi - turn) <= BENT
        return bent | (from_segments(here, before, after) <= self.close[j])

    def bad(self, rows: Rows) -> np.ndarray:
        """Number of corners of each ring pair that do not fit."""
        j = rows[0]
        return np.bincount(j[self._gap(rows) > self.close[j]], minlength=len(self.pair))

    def as_close(self, rows: Rows, others: Rows) -> np.ndarray:
        """Ring pairs whose others leave vertices of both alone and bring the worst no nearer.

        Where several corners beside each other moved by more than stands between them, one's
        nearest may be the next one's: then what nearness leaves alone hides a corner.
        """
        alone = np.minimum(self._lone(others, 1), self._lone(others, 2)) > 0
        alone &= np.minimum(self._lone(rows, 1), self._lone(rows, 2)) == 0
        return alone & (self._worst(rows) <= self._worst(others) + self.close)

    def _gap(self, rows: Rows) -> np.ndarray:
        """Distance in metres of partners, or of a vertex without one off the other outline."""
        j, va, vb, off = rows
        paired = (va >= 0) & (vb >= 0)
        gap = off.copy()
        gap[paired] = self.distance((j[paired], va[paired], vb[paired]))
        return gap

    def _worst(self, rows: Rows) -> np.ndarray:
        worst = np.zeros(len(self.pair))
        np.maximum.at(worst, rows[0], self._gap(rows))
        return worst

    def _lone(self, rows: Rows, side: int) -> np.ndarray:
        """Number of rows of each ring pair without a vertex of a side."""
        return np.bincount(rows[0][rows[side] < 0], minlength=len(self.pair))

    def _left(
        self,
        which: np.ndarray,
        sides: tuple[Rings, Rings],
        extent: tuple[np.ndarray, np.ndarray],
        used: tuple[np.ndarray, np.ndarray, np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Vertices without partner, and the place at which each is sought on the other outline.

        That is where it stands; or, on the chord of the paired ones around it, where the chord
        of their partners has it: a straight side is compared by its ends already. Last comes
        the paired vertex before each, -1 where the ring has none.
        """
        rings, other = sides
        start, size = extent
        used_count = np.bincount(used[0], minlength=len(size))
        which = which[used_count[which] < size[which]]  # nothing is left of the others
        short = (used_count < size)[used[0]]
        used = used[0][short], used[1][short], used[2][short]
        vertex, run = ragged(start[which], size[which])
        base = np.zeros(len(self.pair), dtype=np.intp)
        base[which] = np.cumsum(size[which]) - size[which]
        row = np.full(len(vertex), -1, dtype=np.intp)
        row[base[used[0]] + used[1] - start[used[0]]] = used[2]
        before, after = _paired_around(row >= 0, run)
        alone = np.flatnonzero(row < 0)
        j, place = which[run[alone]], rings.xy[vertex[alone]].copy()
        some = np.flatnonzero(before[alone] >= 0)
        at = alone[some]
        ends = rings.xy[vertex[before[at]]], rings.xy[vertex[after[at]]]
        share = share_along(place[some], *ends)
        gap = place[some] - (ends[0] + share[:, None] * (ends[1] - ends[0]))
        straight = np.hypot(*gap.T) <= STRAIGHT_SHARE * self.close[j[some]]
        there = other.xy[row[before[at]]], other.xy[row[after[at]]]
        expected = there[0] + share[:, None] * (there[1] - there[0])
        place[some[straight]] = expected[straight]
        last = np.full(len(alone), -1, dtype=np.intp)
        last[some] = vertex[before[at]]
        return j, vertex[alone], place, last

    @staticmethod
    def _nearer(place: np.ndarray, own: np.ndarray, other: Rings, ring: np.ndarray) -> np.ndarray:
        """Distance off the other outline of vertices where they are sought, or where they stand.

        What of a straight side lies on the other outline as it stands is no lost corner, though
        its ends' partners have the side elsewhere: a corner between those is judged by itself.
        """
        off = off_outline(place, other, ring)
        elsewhere = np.flatnonzero((place != own).any(axis=1))
        there = off_outline(own[elsewhere], other, ring[elsewhere])
        off[elsewhere] = np.minimum(off[elsewhere], there)
        return off

    def _ring(self, side: int, j: np.ndarray) -> np.ndarray:
        """Ring of the map (0) or the ground (1) of ring pairs, or one that stands in for it."""
        own = (self.a, self.b)[side][j]
        return np.where(own >= 0, own, self._stand_in[side][j])

    def _off_ground(self, j: np.ndarray, vertex: np.ndarray) -> np.ndarray:
        return off_outline(self.map.xy[vertex], self.ground, self._ring(1, j))

    def _off_map(self, j: np.ndarray, vertex: np.ndarray) -> np.ndarray:
        return off_outline(self.ground.xy[vertex], self.map, self._ring(0, j))


def _extent(rings: Rings, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start and size of rings; 0 vertices where there is none."""
    start, size = np.zeros((2, len(ring)), dtype=np.intp)
    some = ring >= 0
    start[some], size[some] = rings.start[ring[some]], rings.size[ring[some]]
    return start, size


def _some_ring(pair: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Some ring of the same polygon pair, for rings that have no partner."""
    ring = np.full(int(pair.max(initial=-1)) + 1, -1, dtype=np.intp)
    have = np.flatnonzero(side >= 0)[::-1]
    ring[pair[have]] = side[have]
    return ring[pair]


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

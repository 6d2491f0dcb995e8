"""Corners of a mapped and a measured outline, paired by order and position.

Rings with the same number of vertices are laid on each other by the cyclic order whose
sum of squared distances is least (``aligning``). Where that leaves corners apart, or counts
differ, each corner is paired with the nearest of the other ring when both choose each other. A
vertex without a partner that lies on the other outline is no difference (a T-junction, a point
on a straight edge); off it, it was added or lost (``settling``).
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from cadastre.reconcile.aligning import turns, write_turned
from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.corners import Corners
from cadastre.reconcile.rings import Rings, ragged
from cadastre.reconcile.settling import Rows, Task
from cadastre.reconcile.sharing import in_blocks, together

#: Unit vector along which few sides of parcels run.
_AXIS = np.array([np.cos(0.3), np.sin(0.3)])
_ROUNDING_M = 1.0e-8  # of positions along it
_BLOCKS, _LEAST_BLOCK = 8, 256  # blocks of parcels looked at together, least parcels of one
_NO_ROWS: Rows = (*(np.zeros(0, dtype=np.intp) for _ in range(3)), np.zeros(0))


def pair_corners(
    map_rings: Rings,
    ground_rings: Rings,
    ring_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    close_m: np.ndarray,
) -> Corners:
    """Corners of ring pairs, as :func:`~cadastre.reconcile.ring_pairs.pair_rings` gives them.

    Parameters
    ----------
    close_m : per polygon pair, the distance in metres below which a vertex is taken as
        lying on the other outline; where an outline is settled at once those that slid there
        along a side are left out
    """
    pair, a, b = ring_pairs
    close, rings = close_m[pair], (map_rings, ground_rings)
    turn, partners = turns(*rings, a, b, close)
    rest, (j, va, vb, off) = _apart(rings, ring_pairs, (turn, partners, close))
    count = partners.astype(np.intp)
    count[rest] = np.bincount(j, minlength=len(turn))[rest]
    offset = np.cumsum(count) - count
    total = int(count.sum())
    of_pair, on_map, on_ground = (np.empty(total, dtype=np.int32) for _ in range(3))
    off_m = np.zeros(total, dtype=np.float32)
    laid, rows = (turn, partners, close), (of_pair, on_map, on_ground)
    write_turned(rings, ring_pairs, laid, offset, rows)
    at = ragged(offset[rest], count[rest])[0]
    of_pair[at], on_map[at], on_ground[at], off_m[at] = pair[j], va, vb, off
    return Corners(of_pair, on_map, on_ground, off_m)


def _apart(
    rings: tuple[Rings, Rings],
    ring_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    laid: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, Rows]:
    """Ring pairs that do not simply lie on each other, and their rows in order.

    Those are looked at among themselves, with the other rings of their parcels, so that the
    effort follows their number and not the size of the map.
    """
    pair, partners = ring_pairs[0], laid[1]
    concerned = np.zeros(int(pair.max(initial=-1)) + 1, dtype=bool)
    concerned[pair[partners < 0]] = True
    chosen = np.flatnonzero(concerned[pair])
    number = (np.cumsum(concerned) - 1)[pair[chosen]]
    count = int(number[-1]) + 1 if len(number) else 0
    block = max(_LEAST_BLOCK, -(-count // _BLOCKS))
    ends = np.searchsorted(number, np.arange(0, count + block, block))
    blocks = [chosen[begin:end] for begin, end in pairwise(ends)]
    found = together(*(partial(_rows, rings, ring_pairs, laid, part) for part in blocks))
    rows = tuple(np.concatenate(column) for column in zip(_NO_ROWS, *found, strict=True))
    return chosen[partners[chosen] < 0], rows


def _rows(
    rings: tuple[Rings, Rings],
    ring_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    laid: tuple[np.ndarray, np.ndarray, np.ndarray],
    chosen: np.ndarray,
) -> Rows:
    """Rows of some ring pairs: all those of their parcels."""
    pair, a, b = (side[chosen] for side in ring_pairs)
    turn, partners, close = (values[chosen] for values in laid)
    one, of_a, at_a = _copied(rings[0], a)
    two, of_b, at_b = _copied(rings[1], b)
    task = Task(one, two, pair - pair[0], of_a, of_b, close)
    j, va, vb, off = _harder(task, np.flatnonzero(partners < 0), turn)
    order = np.lexsort((vb, va, va < 0, j))
    j, va, vb, off = j[order], va[order], vb[order], off[order]
    return chosen[j], _original(at_a, va), _original(at_b, vb), off


def _copied(rings: Rings, ring: np.ndarray) -> tuple[Rings, np.ndarray, np.ndarray]:
    """Rings of their own for ring pairs, each one's number (-1: none), and where vertices were."""
    some = ring >= 0
    size = rings.size[ring[some]]
    at = ragged(rings.start[ring[some]], size)[0]
    count = len(size)
    start = (np.cumsum(size) - size).astype(np.intp)
    every = np.arange(count)
    copy = Rings(rings.xy[at], start, size, every, rings.hole[ring[some]], np.arange(count + 1))
    number = np.full(len(ring), -1, dtype=np.intp)
    number[some] = every
    return copy, number, at


def _original(at: np.ndarray, vertex: np.ndarray) -> np.ndarray:
    """Vertices of the map's or ground's own rings; -1 stays."""
    return np.where(vertex >= 0, at[vertex], -1) if len(at) else vertex


def _harder(task: Task, rest: np.ndarray, turn: np.ndarray) -> Rows:
    """Ring pairs that do not simply lie on each other: the best of three pairings.

    By order where the counts are equal; by nearness, unless it leaves corners of both outlines
    alone and brings none of them nearer; by nearness of the corners that turn,
    since a point of a straight side may lie nearer to a corner that moved than the corner.
    """
    if not len(rest):
        return _NO_ROWS
    equal = task.both & (task.size_a == task.size_b)
    one = task.settled(rest, _by_order(task, rest[equal[rest]], turn))
    bad_one = task.bad(one)
    again = rest[~equal[rest] | (bad_one[rest] > 0)]  # nothing beats an order without misfit
    if not len(again):
        return one
    two = task.settled(again, _by_nearness(task, again))
    bad_two = task.bad(two)
    by_order = equal & ((bad_one <= bad_two) | task.as_close(one, two))
    last = again[~by_order[again] & (bad_two[again] > 0)]
    by_turn, three = np.zeros(len(equal), dtype=bool), _NO_ROWS
    if len(last):
        three = task.settled(last, _by_nearness(task, last, turning=True))
        by_turn[last] = task.bad(three)[last] < bad_two[last]
    kept = by_order[one[0]], ~(by_order | by_turn)[two[0]], by_turn[three[0]]
    return tuple(
        np.concatenate([column[rows] for column, rows in zip(columns, kept, strict=True)])
        for columns in zip(one, two, three, strict=True)
    )


def _by_order(task: Task, which: np.ndarray, turn: np.ndarray) -> Rows:
    """Rows of the best cyclic order, for ring pairs with equal counts."""
    size = task.size_a[which]
    va, run = ragged(task.start_a[which], size)
    inside = va - task.start_a[which][run]
    return which[run], va, task.start_b[which][run] + (inside + turn[which][run]) % size[run]


def _by_nearness(task: Task, which: np.ndarray, *, turning: bool = False) -> Rows:
    """Rows of vertices that are each other's nearest; only ``turning`` ones if asked."""
    which = which[task.both[which]]
    va, run_a = ragged(task.start_a[which], task.size_a[which])
    vb, run_b = ragged(task.start_b[which], task.size_b[which])
    if turning:
        turns_a = ~task.on_chord(task.map, va, which[run_a])
        turns_b = ~task.on_chord(task.ground, vb, which[run_b])
        va, run_a, vb, run_b = va[turns_a], run_a[turns_a], vb[turns_b], run_b[turns_b]
    one, two = task.map.xy[va], task.ground.xy[vb]
    ab, ba = _nearest(one, two, run_a, run_b), _nearest(two, one, run_b, run_a)
    chosen = ba[ab] == np.arange(len(va)) if len(vb) else np.zeros(len(va), dtype=bool)
    chosen &= ab >= 0
    return which[run_a[chosen]], va[chosen], vb[ab[chosen]]


def _nearest(
    xy: np.ndarray, others: np.ndarray, run: np.ndarray, other_run: np.ndarray
) -> np.ndarray:
    """Nearest of ``others`` in the same run to each vertex, or -1; runs are in order.

    Candidates lie beside each other along a slanting axis: one that is farther along it than
    the best so far is no nearer, whatever else.
    """
    along = others @ _AXIS
    order = np.lexsort((along, other_run))
    ends = np.searchsorted(other_run, np.arange(int(run.max(initial=-1)) + 2))
    found = np.full(len(xy), -1, dtype=np.intp)
    place, sought, ordered = others[order], xy @ _AXIS, along[order]
    in_blocks(
        lambda begin, end: _search(xy, sought, run, place, ordered, ends, found, begin, end),
        len(xy),
    )
    found[found >= 0] = order[found[found >= 0]]
    return found


@compiled
def _search(xy, sought, run, place, along, ends, found, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin, end):
        low, high = ends[run[i]], ends[run[i] + 1]
        up, top = low, high
        while up < top:
            middle = (up + top) // 2
            if along[middle] < sought[i]:
                up = middle + 1
            else:
                top = middle
        down, best = up - 1, np.inf
        while up < high or down >= low:
            above = along[up] - sought[i] if up < high else np.inf
            below = sought[i] - along[down] if down >= low else np.inf
            if max(0.0, min(above, below) - _ROUNDING_M) ** 2 > best:
                break
            at = up if above <= below else down
            gap = (place[at, 0] - xy[i, 0]) ** 2 + (place[at, 1] - xy[i, 1]) ** 2
            if gap < best:
                best, found[i] = gap, at
            up += above <= below
            down -= above > below

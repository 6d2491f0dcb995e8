"""Rings that lie on each other: as many corners, and each close to its partner, or nearest to it.

Nearly all outlines are such. The order with the least sum of squared distances is found
from the few turns that put the first corner near a partner: no other turn can be better.
Where corners are farther than that but each other's nearest all the same, they stay apart in
any other pairing as well. What is farther but only slid along a side is no partner and no
difference. ``settling`` looks closer at outlines of which more is to be told.
"""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.off_outline import on_ring
from cadastre.reconcile.overlap import square_to_segment
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.settling import BENT
from cadastre.reconcile.sharing import in_blocks

_SAFE = 1.0 - 1.0e-9  # of a count of edges that rounding must not make one too many


def turns(
    map_rings: Rings, ground_rings: Rings, a: np.ndarray, b: np.ndarray, close_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn k of ring pairs (a, b) by which corner i of a is laid on corner i + k of b; partners.

    The turn has the least sum of squared distances; -1 where there is no partner or the counts
    differ. The number of partners is -1 where a corner is farther than ``close_m`` from its
    partner in that order and may belong to another or to none.
    """
    turn, partners = (np.full(len(a), -1, dtype=np.int32) for _ in range(2))
    in_blocks(
        lambda begin, end: _turns(
            map_rings.xy, map_rings.start, map_rings.size, a,
            ground_rings.xy, ground_rings.start, ground_rings.size, b,
            close_m, turn, partners, begin, end,
        ),
        len(a),
    )  # fmt: skip
    return turn, partners


@compiled
def _turns(  # type: ignore[no-untyped-def]
    xy, start, size, a, xy2, start2, size2, b, close_m, turn, partners, begin, end
):
    for j in range(begin, end):
        if a[j] < 0 or b[j] < 0 or size[a[j]] != size2[b[j]]:
            continue
        n, s, t = size[a[j]], start[a[j]], start2[b[j]]
        close = close_m[j] ** 2
        best, k = np.inf, np.int64(-1)
        best, k = _best(xy, s, xy2, t, n, 0.0, close, best, k)
        if k >= 0:
            best, k = _best(xy, s, xy2, t, n, close, best, best, k)
        else:
            best, k = _best(xy, s, xy2, t, n, 0.0, np.inf, best, k)
        turn[j] = k
        if k < 0:
            continue
        if _worst(xy, s, xy2, t, n, k) <= close:
            partners[j] = n
            continue
        slid = _slid_of_far(xy, s, xy2, t, n, k, close_m[j])
        if slid >= 0:
            partners[j] = n - slid


@compiled
def _best(xy, s, xy2, t, n, low, high, best, turn):  # type: ignore[no-untyped-def]
    """Least sum of squares, of turns whose first square is above ``low`` and up to ``high``."""
    for k in range(n):
        total = (xy[s, 0] - xy2[t + k, 0]) ** 2 + (xy[s, 1] - xy2[t + k, 1]) ** 2
        if total > high or (total <= low and low > 0.0):
            continue
        other = k
        for i in range(1, n):
            other = other + 1 if other + 1 < n else 0
            total += (xy[s + i, 0] - xy2[t + other, 0]) ** 2 + (
                xy[s + i, 1] - xy2[t + other, 1]
            ) ** 2
            if total >= best:
                break
        if total < best:
            best, turn = total, k
    return best, turn


@compiled
def _worst(xy, s, xy2, t, n, turn):  # type: ignore[no-untyped-def]
    """Greatest square of the distance of partners."""
    worst = 0.0
    for i in range(n):
        other = t + (i + turn) % n
        worst = max(
            worst, (xy[s + i, 0] - xy2[other, 0]) ** 2 + (xy[s + i, 1] - xy2[other, 1]) ** 2
        )
    return worst


@compiled
def _slid_of_far(xy, s, xy2, t, n, turn, close):  # type: ignore[no-untyped-def]
    """Number of partners that slid; -1 where another far one is not each other's nearest."""
    slid, longest, longest2 = 0, 0.0, 0.0
    for i in range(n):
        k = (i + turn) % n
        gap = _square(xy, s + i, xy2, t + k)
        if gap <= close * close:
            continue
        if _slid(xy, s, i, xy2, t, k, n, close):
            slid += 1
            continue
        if longest == 0.0:
            longest, longest2 = _longest(xy, s, n), _longest(xy2, t, n)
        if not _none_nearer(xy[s + i], xy2, t, n, k, gap, longest2):
            return -1
        if not _none_nearer(xy2[t + k], xy, s, n, i, gap, longest):
            return -1
    return slid


@compiled
def _square(xy, i, xy2, k):  # type: ignore[no-untyped-def]
    """Square of the distance of two vertices."""
    return (xy[i, 0] - xy2[k, 0]) ** 2 + (xy[i, 1] - xy2[k, 1]) ** 2


@compiled
def _longest(xy, s, n):  # type: ignore[no-untyped-def]
    """Length of the longest edge of a ring."""
    longest, before = 0.0, s + n - 1
    for at in range(s, s + n):
        edge = (xy[at, 0] - xy[before, 0]) ** 2 + (xy[at, 1] - xy[before, 1]) ** 2
        longest = max(longest, edge)
        before = at
    return np.sqrt(longest)


@compiled
def _none_nearer(p, xy, s, n, partner, gap, longest):  # type: ignore[no-untyped-def]
    """Whether all vertices of a ring but the partner are farther than it (``gap``: squared).

    A vertex that is far leaves out as many after it as cannot come near within so few edges.
    """
    near, away = np.sqrt(gap), 1
    while away < n:
        at = partner + away if partner + away < n else partner + away - n
        square = (p[0] - xy[s + at, 0]) ** 2 + (p[1] - xy[s + at, 1]) ** 2
        if square <= gap:
            return False
        away += max(1, int((np.sqrt(square) - near) / longest * _SAFE))
    return True


@compiled
def _slid(xy, s, i, xy2, t, k, n, close):  # type: ignore[no-untyped-def]
    """Whether partners are far, lie on each other's outline and either is of a gentle side."""
    if _square(xy, s + i, xy2, t + k) <= close * close:
        return False
    if not on_ring(xy[s + i], xy2, t, n, k, close * close):
        return False
    if not on_ring(xy2[t + k], xy, s, n, i, close * close):
        return False
    return _gentle(xy, s, i, n, close) or _gentle(xy2, t, k, n, close)


@compiled
def _gentle(xy, s, i, n, close):  # type: ignore[no-untyped-def]
    """Whether a vertex lies on the line of the two beside it, straight or gently bent."""
    here, before = xy[s + i], xy[s + (i - 1 if i > 0 else n - 1)]
    after = xy[s + (i + 1 if i + 1 < n else 0)]
    one = np.arctan2(after[1] - here[1], after[0] - here[0])
    two = np.arctan2(here[1] - before[1], here[0] - before[0])
    turn = abs(one - two)
    bent = min(turn, 2.0 * np.pi - turn) <= BENT
    return bent or np.sqrt(square_to_segment(here, before, after)) <= close


def write_turned(
    rings: tuple[Rings, Rings],
    ring_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    laid: tuple[np.ndarray, np.ndarray, np.ndarray],
    offset: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Write (pair, map vertex, ground vertex) of ring pairs with partners from row ``offset`` on.

    ``laid`` are the turns and numbers of partners that :func:`turns` gives, and the closeness in
    metres: where not all are partners, those that slid along a side are left out.
    """
    pair, a, b = ring_pairs
    one, two = rings
    in_blocks(
        lambda begin, end: _write(
            one.xy, one.start, one.size, a, two.xy, two.start, b, pair, *laid, offset,
            rows[0], rows[1], rows[2], begin, end,
        ),
        len(offset),
    )  # fmt: skip


@compiled
def _write(  # type: ignore[no-untyped-def]
    xy, start, size, a, xy2, start2, b, pair, turn, partners, close_m, offset,
    of_pair, on_map, on_ground, begin, end,
):  # fmt: skip
    for j in range(begin, end):
        if partners[j] < 0:
            continue
        n, s, t, row = size[a[j]], start[a[j]], start2[b[j]], offset[j]
        for i in range(n):
            k = (i + turn[j]) % n
            if partners[j] < n and _slid(xy, s, i, xy2, t, k, n, close_m[j]):
                continue
            of_pair[row], on_map[row], on_ground[row] = pair[j], s + i, t + k
            row += 1

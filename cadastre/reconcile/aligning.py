"""Rings that simply lie on each other: as many corners, and each close to its partner.

Nearly all outlines are such. The order with the least sum of squared distances is found
from the few turns that put the first corner near a partner: no other turn can be better.
"""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled, in_blocks
from cadastre.reconcile.rings import Rings


def turns(
    map_rings: Rings, ground_rings: Rings, a: np.ndarray, b: np.ndarray, close_m: np.ndarray
) -> np.ndarray:
    """Turn k of ring pairs (a, b) by which corner i of a lies on corner i + k of b.

    -1 where there is no partner, the counts differ or a corner is farther than ``close_m``
    from its partner in the best order.
    """
    result = np.full(len(a), -1, dtype=np.int32)
    in_blocks(
        lambda begin, end: _turns(
            map_rings.xy, map_rings.start, map_rings.size, a,
            ground_rings.xy, ground_rings.start, ground_rings.size, b,
            close_m, result, begin, end,
        ),
        len(a),
    )  # fmt: skip
    return result


@compiled
def _turns(  # type: ignore[no-untyped-def]
    xy, start, size, a, xy2, start2, size2, b, close_m, result, begin, end
):
    for j in range(begin, end):
        if a[j] < 0 or b[j] < 0 or size[a[j]] != size2[b[j]]:
            continue
        n, s, t = size[a[j]], start[a[j]], start2[b[j]]
        close = close_m[j] ** 2
        best, turn = np.inf, np.int64(-1)
        best, turn = _best(xy, s, xy2, t, n, 0.0, close, best, turn)
        if turn >= 0:
            best, turn = _best(xy, s, xy2, t, n, close, best, best, turn)
            if _worst(xy, s, xy2, t, n, turn) <= close:
                result[j] = turn


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


def write_turned(
    rings: tuple[Rings, Rings],
    ring_pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    turn: np.ndarray,
    offset: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Write (pair, map vertex, ground vertex) of turned ring pairs from row ``offset`` on."""
    pair, a, b = ring_pairs
    in_blocks(
        lambda begin, end: _write(
            rings[0].start, rings[0].size, a, rings[1].start, b, pair, turn, offset,
            rows[0], rows[1], rows[2], begin, end,
        ),
        len(turn),
    )  # fmt: skip


@compiled
def _write(  # type: ignore[no-untyped-def]
    start, size, a, start2, b, pair, turn, offset, of_pair, on_map, on_ground, begin, end
):
    for j in range(begin, end):
        if turn[j] < 0:
            continue
        n = size[a[j]]
        for i in range(n):
            row = offset[j] + i
            of_pair[row] = pair[j]
            on_map[row] = start[a[j]] + i
            on_ground[row] = start2[b[j]] + (i + turn[j]) % n

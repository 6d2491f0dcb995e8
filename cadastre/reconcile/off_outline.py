"""How far vertices lie from an outline, from a segment, from the line of their neighbours."""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.overlap import square_to_segment
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sharing import in_blocks


def off_outline(xy: np.ndarray, rings: Rings, of: np.ndarray) -> np.ndarray:
    """Distance in metres of vertices (n, 2) from the lines of rings ``of``."""
    square = np.zeros(len(xy))
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
        square[i] = square_to_ring(xy[i], corners, start[of[i]], size[of[i]])


@compiled
def square_to_ring(p, xy, s, n):  # type: ignore[no-untyped-def]
    """Square of the distance of a point from the line of the ring of ``n`` vertices at ``s``."""
    square, before = np.inf, s + n - 1
    for at in range(s, s + n):
        square = min(square, square_to_segment(p, xy[before], xy[at]))
        before = at
    return square


@compiled
def on_ring(p, xy, s, n, near, square):  # type: ignore[no-untyped-def]
    """Whether a point is no farther (squared) from a ring's line, looked for from a vertex on."""
    for away in range((n + 1) // 2 + 1):
        for at in (near + away, near + n - away - 1):
            head, tail = s + at % n, s + (at + 1) % n
            if square_to_segment(p, xy[head], xy[tail]) <= square:
                return True
    return False


def from_segments(xy: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Distance in metres of points from segments."""
    away = xy - one - share_along(xy, one, two)[:, None] * (two - one)
    return np.asarray(np.hypot(*away.T))


def share_along(xy: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Share of each segment, 0 to 1, at which it comes nearest to a point.

    >>> share_along(np.array([[1.0, 5.0]]), np.array([[0.0, 0.0]]), np.array([[4.0, 0.0]])).tolist()
    [0.25]
    """
    along, away = two - one, xy - one
    length = (along**2).sum(axis=1)
    return np.clip((away * along).sum(axis=1) / np.where(length > 0.0, length, 1.0), 0.0, 1.0)

"""Which boxes of parcels meet: a raster over the few that ask, passed over once by all others."""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.sharing import in_blocks

_RASTER = 512  # most cells of a direction


def near_pairs(box: np.ndarray, query: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Index pairs (query, box) of boxes (n, 4) within ``reach_m`` of each other, sorted.

    >>> lots = np.array([(0.0, 0.0, 2.0, 2.0), (2.0, 0.0, 4.0, 2.0), (9.0, 0.0, 10.0, 2.0)])
    >>> [found.tolist() for found in near_pairs(lots, lots[:1], 0.0)]
    [[0, 0], [0, 1]]
    """
    wide = np.empty(query.shape)
    known = _widened(query, reach_m, wide)
    if not len(box) or not len(known):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    raster = _Raster(wide, known)
    count = np.zeros(len(box) + 1, dtype=np.int64)
    nothing = np.zeros(0, dtype=np.intp)
    raster.meet(box, count, (nothing, nothing))
    ends = np.cumsum(count)
    at, found = (np.empty(ends[-1], dtype=np.intp) for _ in range(2))
    raster.meet(box, ends, (at, found))
    order = np.argsort(at, kind="stable")  # boxes come in order already
    return at[order], found[order]


class _Raster:
    """Boxes entered in each cell that they touch; a cell is at least as wide as most of them."""

    def __init__(self, wide: np.ndarray, known: np.ndarray) -> None:
        self.wide = wide
        low, high, size = _extent(wide, known)
        side = int(np.clip(2.0 * np.sqrt(len(known)), 8, _RASTER))
        cell = np.maximum(np.maximum((high - low) / side, size), 1.0e-9)
        self.frame = np.concatenate([low, high, cell])
        self.side = int(np.ceil(((high - low) / cell).max())) + 1
        self.ends = np.zeros(self.side**2 + 1, dtype=np.int64)
        self.entries = np.zeros(0, dtype=np.int64)
        _enter(wide, known, self.frame, self.side, self.ends, self.entries)
        self.ends = np.cumsum(self.ends)
        self.entries = np.empty(self.ends[-1], dtype=np.int64)
        _enter(wide, known, self.frame, self.side, self.ends, self.entries)

    def meet(
        self, box: np.ndarray, count: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]
    ) -> None:
        """Count the entered boxes that each of ``box`` meets, or write them from ``count`` on."""
        in_blocks(
            lambda begin, end: _meet(
                box, self.wide, self.frame, self.side, self.ends, self.entries,
                count, pairs[0], pairs[1], begin, end,
            ),
            len(box),
        )  # fmt: skip


@compiled
def _widened(query, reach_m, wide):  # type: ignore[no-untyped-def]
    """Write boxes wider by a reach on each side; return the numbers of those that are known."""
    known, count = np.empty(len(query), dtype=np.intp), 0
    for i in range(len(query)):
        wide[i, 0], wide[i, 1] = query[i, 0] - reach_m, query[i, 1] - reach_m
        wide[i, 2], wide[i, 3] = query[i, 2] + reach_m, query[i, 3] + reach_m
        if np.isfinite(wide[i, 0] + wide[i, 1] + wide[i, 2] + wide[i, 3]):
            known[count] = i
            count += 1
    return known[:count]


@compiled
def _extent(wide, known):  # type: ignore[no-untyped-def]
    """South-west and north-east corner of all boxes, and their mean size."""
    low, high, size = np.full(2, np.inf), np.full(2, -np.inf), np.zeros(2)
    for i in known:
        for axis in range(2):
            low[axis] = min(low[axis], wide[i, axis])
            high[axis] = max(high[axis], wide[i, axis + 2])
            size[axis] += wide[i, axis + 2] - wide[i, axis]
    return low, high, size / len(known)


@compiled
def _cells(west, south, east, north, frame, side):  # type: ignore[no-untyped-def]
    """First and last column, first and last row of the cells that a box touches."""
    last = side - 1.0
    return (
        int(min(max((west - frame[0]) / frame[4], 0.0), last)),
        int(min(max((east - frame[0]) / frame[4], 0.0), last)),
        int(min(max((south - frame[1]) / frame[5], 0.0), last)),
        int(min(max((north - frame[1]) / frame[5], 0.0), last)),
    )


@compiled
def _enter(wide, known, frame, side, ends, entries):  # type: ignore[no-untyped-def]
    """Count the boxes of each cell, or enter them: the end of a cell is the next one's begin."""
    for q in known:
        c0, c1, r0, r1 = _cells(wide[q, 0], wide[q, 1], wide[q, 2], wide[q, 3], frame, side)
        for c in range(c0, c1 + 1):
            for r in range(r0, r1 + 1):
                cell = c * side + r
                if len(entries):
                    entries[ends[cell]] = q
                    ends[cell] += 1
                else:
                    ends[cell + 1] += 1


@compiled
def _meet(  # type: ignore[no-untyped-def]  # noqa: C901
    box, wide, frame, side, ends, entries, count, at, found, begin, end
):
    """Two boxes are found in the cell of the south-west corner of what they have in common."""
    for i in range(begin, end):
        w, s, e, n = box[i, 0], box[i, 1], box[i, 2], box[i, 3]
        if not (w <= frame[2] and s <= frame[3] and e >= frame[0] and n >= frame[1]):
            continue
        c0, c1, r0, r1 = _cells(w, s, e, n, frame, side)
        place = count[i]
        for c in range(c0, c1 + 1):
            for r in range(r0, r1 + 1):
                cell = c * side + r
                for k in range(ends[cell - 1] if cell > 0 else 0, ends[cell]):
                    q = entries[k]
                    if wide[q, 0] > e or wide[q, 1] > n or wide[q, 2] < w or wide[q, 3] < s:
                        continue
                    d0, _, t0, _ = _cells(
                        wide[q, 0], wide[q, 1], wide[q, 0], wide[q, 1], frame, side
                    )
                    if max(c0, d0) != c or max(r0, t0) != r:
                        continue
                    if len(at):
                        at[place], found[place] = q, i
                        place += 1
                    else:
                        count[i + 1] += 1

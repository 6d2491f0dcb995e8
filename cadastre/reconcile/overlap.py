"""Exact common areas and greatest distances of pairs of parcels.

The area that two polygons share needs no overlay. A polygon is the signed sum of the strips
between its edges and a line below it, so the common area is the signed sum, over edges that
lie above each other, of the integral of the lower of the two: closed form, no topology, holes
included. A long outline's edges are put in bins along the east axis, so that the cost follows
the edges that really meet.
"""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sharing import in_blocks

#: Common areas below this, in m2, are the rounding of parcels that only touch.
TOUCHING_M2 = 1.0e-6
_FEW = 40  # edges up to which all are compared with all
_BLOCK = 4096  # pairs


def common_area(first: Rings, i: np.ndarray, second: Rings, j: np.ndarray) -> np.ndarray:
    """Area in m2 that polygons ``i`` of one side and ``j`` of the other have in common.

    >>> import shapely
    >>> from cadastre.reconcile.rings import rings_of
    >>> a, b = (rings_of(np.array([shapely.box(*s)])) for s in ((0, 0, 4, 4), (3, 1, 9, 3)))
    >>> common_area(a, np.array([0]), b, np.array([0])).tolist()
    [2.0]
    """
    total = np.zeros(len(i))
    in_blocks(
        lambda begin, end: _common(
            first.xy, first.start, first.size, first.first, i,
            second.xy, second.start, second.size, second.first, j, total, begin, end,
        ),
        len(i), _BLOCK,
    )  # fmt: skip
    return np.where(total > TOUCHING_M2, total, 0.0)


@compiled
def _edges(xy, start, size, low, high, e0, n0, table):  # type: ignore[no-untyped-def]
    """Edges of rings ``low`` to ``high``: west, east, height at both, direction; their number.

    The last column of ``table`` is the greatest length along the east axis, in row 0.
    """
    count, widest = 0, 0.0
    for ring in range(low, high):
        before = start[ring] + size[ring] - 1
        for at in range(start[ring], start[ring] + size[ring]):
            pe, pn = xy[before, 0] - e0, xy[before, 1] - n0
            e, n = xy[at, 0] - e0, xy[at, 1] - n0
            before = at
            if e > pe:
                table[count, 0], table[count, 1], table[count, 2] = pe, e, pn
                table[count, 3], table[count, 4] = (n - pn) / (e - pe), 1.0
            elif e < pe:
                table[count, 0], table[count, 1], table[count, 2] = e, pe, n
                table[count, 3], table[count, 4] = (pn - n) / (pe - e), -1.0
            else:
                continue
            widest = max(widest, abs(e - pe))
            count += 1
    return count, widest


@compiled
def _strip(one, a, two, b):  # type: ignore[no-untyped-def]
    """Integral in m2 of the lower of edges ``a`` and ``b`` over their common east interval.

    The sign is that of their directions. Columns are read one by one: a row of its own would be
    an object for each pair of edges.
    """
    low, high = max(one[a, 0], two[b, 0]), min(one[a, 1], two[b, 1])
    if high <= low:
        return 0.0
    f0, f1 = one[a, 2] + (low - one[a, 0]) * one[a, 3], one[a, 2] + (high - one[a, 0]) * one[a, 3]
    g0, g1 = two[b, 2] + (low - two[b, 0]) * two[b, 3], two[b, 2] + (high - two[b, 0]) * two[b, 3]
    d0, d1 = f0 - g0, f1 - g1
    apart = abs(d0 + d1)
    if (d0 < 0.0) != (d1 < 0.0):
        apart = (d0 * d0 + d1 * d1) / (abs(d0) + abs(d1))
    return one[a, 4] * two[b, 4] * (high - low) * (f0 + f1 + g0 + g1 - apart) / 4.0


@compiled
def _common(  # type: ignore[no-untyped-def]
    xy, start, size, first, chosen, xy2, start2, size2, first2, chosen2, total, begin, end
):
    one, two = np.empty((64, 5)), np.empty((64, 5))
    begins, order = np.empty(65, dtype=np.int64), np.empty(64, dtype=np.int64)
    for k in range(begin, end):
        low, high = first[chosen[k]], first[chosen[k] + 1]
        low2, high2 = first2[chosen2[k]], first2[chosen2[k] + 1]
        if low == high or low2 == high2 or size[low] == 0 or size2[low2] == 0:
            continue
        need = start[high - 1] + size[high - 1] - start[low]
        need2 = start2[high2 - 1] + size2[high2 - 1] - start2[low2]
        if need > len(one):
            one = np.empty((2 * need, 5))
        if need2 > len(two):
            two = np.empty((2 * need2, 5))
            begins = np.empty(2 * need2 + 1, dtype=np.int64)
            order = np.empty(2 * need2, dtype=np.int64)
        e0, n0 = xy[start[low], 0], xy[start[low], 1]
        n, _ = _edges(xy, start, size, low, high, e0, n0, one)
        m, widest = _edges(xy2, start2, size2, low2, high2, e0, n0, two)
        if m <= _FEW:
            for a in range(n):
                for b in range(m):
                    total[k] += _strip(one, a, two, b)
        else:
            total[k] = _common_of_long(one, n, two, m, widest, begins, order)


@compiled
def _common_of_long(one, n, two, m, widest, begins, order):  # type: ignore[no-untyped-def]
    """Sum of strips where the second outline is long: its edges lie in bins by their west end."""
    west, east = two[0, 0], two[0, 0]
    for b in range(m):
        west, east = min(west, two[b, 0]), max(east, two[b, 0])
    bins = m / max(east - west, 1.0e-9)
    for i in range(m + 1):
        begins[i] = 0
    for b in range(m):
        begins[min(m - 1, int((two[b, 0] - west) * bins)) + 1] += 1
    for i in range(m):
        begins[i + 1] += begins[i]
    for b in range(m):
        i = min(m - 1, int((two[b, 0] - west) * bins))
        order[begins[i]] = b
        begins[i] += 1  # now the end of this bin, which is where the next one began
    area = 0.0
    for a in range(n):
        low = int(max(0.0, min(m - 1.0, (one[a, 0] - widest - west) * bins)))
        high = int(max(0.0, min(m - 1.0, (one[a, 1] - west) * bins)))
        for i in range(begins[low - 1] if low > 0 else 0, begins[high]):
            area += _strip(one, a, two, order[i])
    return area


def greatest_distance(
    first: Rings,
    i: np.ndarray,
    second: Rings,
    j: np.ndarray,
    far: np.ndarray | None = None,
) -> np.ndarray:
    """Greatest distance in metres of a vertex of either outline from the other.

    The discrete Hausdorff distance of the boundaries of polygons ``i`` and ``j``.

    Parameters
    ----------
    far : (n, 2) vertices of either that are known to lie far off (-1: none): once their distance
        is known, one near edge tells of most others that theirs is not greater

    >>> import shapely
    >>> from cadastre.reconcile.rings import rings_of
    >>> a, b = (rings_of(np.array([shapely.box(*s)])) for s in ((0, 0, 4, 4), (0, 0, 9, 4)))
    >>> greatest_distance(a, np.array([0]), b, np.array([0])).tolist()
    [5.0]
    """
    reach = np.full(len(i), np.nan)
    known = np.full((len(i), 2), -1) if far is None else far
    in_blocks(
        lambda begin, end: _greatest(
            first.xy, first.start, first.size, first.first, i,
            second.xy, second.start, second.size, second.first, j, known, reach, begin, end,
        ),
        len(i), _BLOCK,
    )  # fmt: skip
    return np.sqrt(reach)


@compiled
def _greatest(  # type: ignore[no-untyped-def]
    xy, start, size, first, chosen, xy2, start2, size2, first2, chosen2, far, reach, begin, end
):
    after, after2 = np.empty(256, dtype=np.int64), np.empty(256, dtype=np.int64)
    for k in range(begin, end):
        low, high = first[chosen[k]], first[chosen[k] + 1]
        low2, high2 = first2[chosen2[k]], first2[chosen2[k] + 1]
        if low == high or low2 == high2 or size[low] == 0 or size2[low2] == 0:
            continue
        s, s2 = start[low], start2[low2]
        n, n2 = start[high - 1] + size[high - 1] - s, start2[high2 - 1] + size2[high2 - 1] - s2
        if max(n, n2) > len(after):
            after = np.empty(2 * max(n, n2), dtype=np.int64)
            after2 = np.empty(2 * max(n, n2), dtype=np.int64)
        _chain(start, size, low, high, after)
        _chain(start2, size2, low2, high2, after2)
        one, two = far[k, 0], far[k, 1]
        known = _reach(xy, one, one + 1, xy2, s2, n2, after2, 0.0) if one >= 0 else 0.0
        if two >= 0:
            known = _reach(xy2, two, two + 1, xy, s, n, after, known)
        known = _reach(xy, s, s + n, xy2, s2, n2, after2, known)
        reach[k] = _reach(xy2, s2, s2 + n2, xy, s, n, after, known)


@compiled
def _chain(start, size, low, high, after):  # type: ignore[no-untyped-def]
    """Write the vertex after each of rings ``low`` to ``high``, counted from their first."""
    s = start[low]
    for edge in range(start[high - 1] + size[high - 1] - s):
        after[edge] = edge + 1
    for ring in range(low, high):
        after[start[ring] + size[ring] - 1 - s] = start[ring] - s


@compiled
def _reach(xy, begin, end, xy2, s2, n2, after, known):  # type: ignore[no-untyped-def]
    """Square of the greatest distance of vertices from the other's edges, at least ``known``.

    A vertex that is no farther from the vertex after the one beside the last tells nothing new;
    else edges are searched from there on, up to the first that is no farther.
    """
    beside = n2 - 1
    for at in range(begin, end):
        e, n, guess = xy[at, 0], xy[at, 1], after[beside]
        if (e - xy2[s2 + guess, 0]) ** 2 + (n - xy2[s2 + guess, 1]) ** 2 <= known:
            beside = guess
            continue
        best, nearest, edge = np.inf, beside, beside
        for _ in range(n2):
            head, tail = s2 + edge, s2 + after[edge]
            d = _square_to_segment(e, n, xy2[head, 0], xy2[head, 1], xy2[tail, 0], xy2[tail, 1])
            if d < best:
                best, nearest = d, edge
                if best <= known:
                    break
            edge = edge + 1 if edge + 1 < n2 else 0
        known = max(known, best)
        head, tail = s2 + nearest, s2 + after[nearest]
        to_head = (e - xy2[head, 0]) ** 2 + (n - xy2[head, 1]) ** 2
        to_tail = (e - xy2[tail, 0]) ** 2 + (n - xy2[tail, 1]) ** 2
        beside = nearest if to_head <= to_tail else after[nearest]
    return known


@compiled
def square_to_segment(p, a, b):  # type: ignore[no-untyped-def]
    """Square of the distance of a point from a segment."""
    return _square_to_segment(p[0], p[1], a[0], a[1], b[0], b[1])


@compiled
def _square_to_segment(e, n, west, south, east, north):  # type: ignore[no-untyped-def]
    de, dn = east - west, north - south
    pe, pn = e - west, n - south
    length, along = de * de + dn * dn, pe * de + pn * dn
    if along <= 0.0:  # nearest to the first end; no division
        return pe * pe + pn * pn
    if along >= length:
        return (pe - de) ** 2 + (pn - dn) ** 2
    share = along / length
    return (pe - share * de) ** 2 + (pn - share * dn) ** 2

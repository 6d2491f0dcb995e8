"""Reweighted rounds of the fit of a sheet's displacement (Tukey's biweight), compiled.

One pass over the corners per round; ``shift`` decides what is fitted and what it means.
"""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled

#: Kinds of displacement, by the number that the rounds know them by.
MODELS = ("translation", "similarity", "affine")
_ABOUT = (0.93, 1.08)  # of the last median


@compiled
def fit_rounds(x, d, kind, constant, rounds, settled_m, start):  # type: ignore[no-untyped-def]
    """Translation and matrix (six numbers, the matrix by rows) and the scale of residuals.

    Parameters
    ----------
    x, d : positions from the sheet's centre and differences (n, 2), metres
    kind : index in :data:`MODELS`
    constant : of the biweight, in scales
    settled_m : rounds end when no place moves by more
    """
    count = len(x)
    reach = 1.0
    for i in range(count):
        reach = max(reach, abs(x[i, 0]), abs(x[i, 1]))
    length = np.empty(count)
    now, scale, middle = start.copy(), 0.0, 0.0
    for _ in range(rounds):
        for i in range(count):
            e = d[i, 0] - now[0] - now[2] * x[i, 0] - now[3] * x[i, 1]
            n = d[i, 1] - now[1] - now[4] * x[i, 0] - now[5] * x[i, 1]
            length[i] = np.sqrt(e * e + n * n)
        middle = _median(length, middle)
        scale = max(1.0e-6, middle / 1.1774)  # median of a Rayleigh length
        before = now
        now = _solved(x, d, length, constant * scale, kind)
        step = max(abs(now[0] - before[0]), abs(now[1] - before[1]))
        turned = 0.0
        for i in range(2, 6):
            turned = max(turned, abs(now[i] - before[i]))
        if step + reach * turned <= settled_m:
            break
    return now, scale


@compiled
def _solved(x, d, length, limit, kind):  # type: ignore[no-untyped-def]
    """Weighted least squares about the weighted mean position, where sums decouple."""
    w, we, wn, wde, wdn = 0.0, 0.0, 0.0, 0.0, 0.0
    see, sen, snn, see_d, sne_d, sen_d, snn_d = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(x)):
        share = length[i] / limit
        if share >= 1.0:
            continue
        v = (1.0 - share * share) ** 2
        e, n, de, dn = x[i, 0], x[i, 1], d[i, 0], d[i, 1]
        w += v
        we += v * e
        wn += v * n
        wde += v * de
        wdn += v * dn
        see += v * e * e
        sen += v * e * n
        snn += v * n * n
        see_d += v * e * de
        sne_d += v * n * de
        sen_d += v * e * dn
        snn_d += v * n * dn
    found = np.zeros(6)
    if w <= 0.0:
        return found
    e, n, de, dn = we / w, wn / w, wde / w, wdn / w
    see, sen, snn = see - w * e * e, sen - w * e * n, snn - w * n * n
    see_d, sne_d = see_d - w * e * de, sne_d - w * n * de
    sen_d, snn_d = sen_d - w * e * dn, snn_d - w * n * dn
    if kind == 1 and see + snn > 0.0:
        a, b = (see_d + snn_d) / (see + snn), (sen_d - sne_d) / (see + snn)
        found[2], found[3], found[4], found[5] = a, -b, b, a
    det = see * snn - sen * sen
    if kind == 2 and det > 0.0:
        found[2] = (snn * see_d - sen * sne_d) / det
        found[3] = (see * sne_d - sen * see_d) / det
        found[4] = (snn * sen_d - sen * snn_d) / det
        found[5] = (see * snn_d - sen * sen_d) / det
    found[0] = de - found[2] * e - found[3] * n
    found[1] = dn - found[4] * e - found[5] * n
    return found


@compiled
def _median(values, near):  # type: ignore[no-untyped-def]
    """Median, which is looked for about ``near`` first: it moves little from round to round."""
    count, below, inside = len(values), 0, 0
    some = np.empty(count)
    for value in values:
        if value < _ABOUT[0] * near:
            below += 1
        elif value <= _ABOUT[1] * near:
            some[inside] = value
            inside += 1
    place = count // 2
    if place - 1 < below or place >= below + inside:
        some, below, inside = values.copy(), 0, count
    high = _kth(some[:inside], place - below)
    if count % 2:
        return high
    low = some[0]
    for i in range(1, place - below):
        low = max(low, some[i])
    return (low + high) / 2.0


@compiled
def _kth(values, k):  # type: ignore[no-untyped-def]
    """Value that would stand at place ``k`` in order; smaller ones are moved before it."""
    low, high = 0, len(values) - 1
    while low < high:
        middle = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < middle:
                i += 1
            while values[j] > middle:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]


@compiled
def gather(  # type: ignore[no-untyped-def]
    map_xy, ground_xy, map_vertex, ground_vertex, ends, xy, difference, count
):
    """Write positions and differences of paired corners; return how many."""
    total = 0
    for k in range(len(ends)):
        begin = total
        for row in range(ends[k, 0], ends[k, 1]):
            a, b = map_vertex[row], ground_vertex[row]
            if a < 0 or b < 0:
                continue
            for i in range(2):
                xy[total, i] = map_xy[a, i]
                difference[total, i] = ground_xy[b, i] - map_xy[a, i]
            total += 1
        count[k] = total - begin
    return total


@compiled
def displace(  # type: ignore[no-untyped-def]
    xy, start, size, owner, sheet, used, table, result, begin, end
):
    """Add to the vertices of rings the displacement of their sheets (rows of ``table``)."""
    for ring in range(begin, end):
        s = sheet[owner[ring]]
        if not used[s]:
            continue
        for at in range(start[ring], start[ring] + size[ring]):
            e, n = xy[at, 0] - table[s, 6], xy[at, 1] - table[s, 7]
            result[at, 0] = xy[at, 0] + (table[s, 0] + table[s, 2] * e + table[s, 3] * n)
            result[at, 1] = xy[at, 1] + (table[s, 1] + table[s, 4] * e + table[s, 5] * n)

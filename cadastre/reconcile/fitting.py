"""Reweighted rounds of the fit of a sheet's displacement (Tukey's biweight), compiled.

One pass over the corners per round; ``shift`` decides what is fitted and what it means.
"""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.compiled import compiled

#: Kinds of displacement, by the number that the rounds know them by.
MODELS = ("translation", "similarity", "affine")
_ABOUT = (0.86, 1.16)  # of the last median square
_RAYLEIGH = 1.1774  # median of a length whose coordinates have a standard deviation of one
_SLOWEST = 0.5  # share of the step before from which nothing is foretold


@compiled
def fit_rounds(x, d, kind, constant, rounds, settled_m, start, about_m):  # type: ignore[no-untyped-def]
    """Translation and matrix (six numbers, the matrix by rows) and the scale of residuals.

    Parameters
    ----------
    x, d : positions from the sheet's centre and differences (n, 2), metres
    kind : index in :data:`MODELS`
    constant : of the biweight, in scales
    settled_m : rounds end when no place will move by more. Each step is about the same share of
        the one before it, so what is still to come is known to a tenth after two, and is added.
    start, about_m : first translation and matrix; scale of the residuals that they leave, if known
        (0: not), about which it is looked for first
    """
    count = len(x)
    reach = 1.0
    for i in range(count):
        reach = max(reach, abs(x[i, 0]), abs(x[i, 1]))
    square = np.empty(count)  # of the residuals' lengths
    now, scale, last = start.copy(), 0.0, 0.0
    middle = (_RAYLEIGH * about_m) ** 2
    for _ in range(rounds):
        for i in range(count):
            e = d[i, 0] - now[0] - now[2] * x[i, 0] - now[3] * x[i, 1]
            n = d[i, 1] - now[1] - now[4] * x[i, 0] - now[5] * x[i, 1]
            square[i] = e * e + n * n
        low, middle = _median(square, middle)
        median = (np.sqrt(low) + np.sqrt(middle)) / 2.0
        scale = max(1.0e-6, median / _RAYLEIGH)
        before = now
        now = _solved(x, d, square, (constant * scale) ** 2, kind)
        step = max(abs(now[0] - before[0]), abs(now[1] - before[1]))
        turned = 0.0
        for i in range(2, 6):
            turned = max(turned, abs(now[i] - before[i]))
        way = step + reach * turned
        share = way / last if last > 0.0 else 1.0
        if share < _SLOWEST and way * share / (1.0 - share) <= settled_m:
            now += share / (1.0 - share) * (now - before)
            break
        if way <= settled_m:
            break
        last = way
    return now, scale


@compiled
def _solved(x, d, square, limit, kind):  # type: ignore[no-untyped-def]
    """Weighted least squares about the weighted mean position, where sums decouple."""
    w, we, wn, wde, wdn = 0.0, 0.0, 0.0, 0.0, 0.0
    see, sen, snn, see_d, sne_d, sen_d, snn_d = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(x)):
        share = square[i] / limit
        if share >= 1.0:
            continue
        v = (1.0 - share) ** 2
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
    """Both middle values, which are looked for about ``near`` first: they move little."""
    count, below, inside = len(values), 0, 0
    some = np.empty(count)
    first, last = _ABOUT[0] * near, _ABOUT[1] * near
    for value in values:
        if value < first:
            below += 1
        elif value <= last:
            some[inside] = value
            inside += 1
    place = count // 2
    if place - 1 < below or place >= below + inside:
        some, below, inside = values.copy(), 0, count
    return _middle_two(some[:inside], place - below, count % 2 == 1)


@compiled
def _middle_two(values, place, odd):  # type: ignore[no-untyped-def]
    """Value that would stand at ``place`` in order, and before it the one before (or itself)."""
    high = _kth(values, place)
    if odd:
        return high, high
    low = values[0]
    for i in range(1, place):
        low = max(low, values[i])
    return low, high


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
def middle_of(values, step):  # type: ignore[no-untyped-def]
    """Median of each column of every ``step``-th row."""
    count = (len(values) + step - 1) // step
    found, some = np.empty(2), np.empty(count)
    for axis in range(2):
        for i in range(count):
            some[i] = values[i * step, axis]
        low, high = _middle_two(some, count // 2, count % 2 == 1)
        found[axis] = (low + high) / 2.0
    return found


@compiled
def centred(xy):  # type: ignore[no-untyped-def]
    """Mean position of places, which are then counted from it."""
    east, north = 0.0, 0.0
    for i in range(len(xy)):
        east += xy[i, 0]
        north += xy[i, 1]
    east, north = east / len(xy), north / len(xy)
    for i in range(len(xy)):
        xy[i, 0] -= east
        xy[i, 1] -= north
    return np.array([east, north])


@compiled
def mean_square(x, translation, matrix):  # type: ignore[no-untyped-def]
    """Mean square in m2 of the displacements of places ``x`` by a model."""
    total = 0.0
    for i in range(len(x)):
        e = translation[0] + x[i, 0] * matrix[0, 0] + x[i, 1] * matrix[0, 1]
        n = translation[1] + x[i, 0] * matrix[1, 0] + x[i, 1] * matrix[1, 1]
        total += e * e + n * n
    return total / len(x)


@compiled
def parcels_seen(xy, parcel, count, sums):  # type: ignore[no-untyped-def]
    """Number of parcels with corners, and least variance in m2 of their mean corners.

    Parameters
    ----------
    xy : corners (n, 2) in metres, those of one pair after each other
    parcel, count : of each pair, the number of its parcel and of its corners
    sums : (parcels of the map, 3) zeros to work with, zero again afterwards: corners of each
        from the first one of the sheet, and how many; sheets have no parcel in common
    """
    begin, parcels = 0, 0
    for k in range(len(parcel)):
        p = parcel[k]
        parcels += count[k] > 0 and sums[p, 2] == 0.0
        for i in range(begin, begin + count[k]):
            sums[p, 0] += xy[i, 0] - xy[0, 0]
            sums[p, 1] += xy[i, 1] - xy[0, 1]
        sums[p, 2] += count[k]
        begin += count[k]
    e, n, ee, en, nn = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(len(parcel)):
        p = parcel[k]
        if sums[p, 2] > 0.0:
            e += sums[p, 0] / sums[p, 2]
            n += sums[p, 1] / sums[p, 2]
            sums[p, 0], sums[p, 1] = sums[p, 0] / sums[p, 2], sums[p, 1] / sums[p, 2]
            sums[p, 2] = -1.0
    if parcels == 0:
        return 0, 0.0
    e, n = e / parcels, n / parcels
    for k in range(len(parcel)):
        p = parcel[k]
        if sums[p, 2] < 0.0:
            ee += (sums[p, 0] - e) ** 2
            en += (sums[p, 0] - e) * (sums[p, 1] - n)
            nn += (sums[p, 1] - n) ** 2
            sums[p, 2] = 0.0
    half, apart = (ee + nn) / 2.0, (ee - nn) / 2.0
    return parcels, max(0.0, half - np.sqrt(apart * apart + en * en)) / parcels


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

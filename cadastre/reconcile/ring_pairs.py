"""Which ring of a measured parcel goes with which ring of the mapped one."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from cadastre.reconcile.rings import Rings, ragged

_FAR = 1.0e7  # metres between the layers of the index, beyond any parcel's size


def pair_rings(
    map_rings: Rings, ground_rings: Rings, map_of: np.ndarray, ground_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ring pairs of polygon pairs: pair number, map ring, ground ring (-1: none).

    Outer rings go with outer rings, holes with holes, each with the nearest centre when
    both choose each other.
    """
    plain = _plain(map_rings, map_of) & _plain(ground_rings, ground_of)
    plain &= map_rings.count(map_of) == ground_rings.count(ground_of)
    at = np.flatnonzero(plain)
    count = map_rings.count(map_of[at])
    ring_a, pair = ragged(map_rings.first[map_of[at]], count)
    ring_b = ragged(ground_rings.first[ground_of[at]], count)[0]
    if plain.all():
        return pair, ring_a, ring_b
    rest = np.flatnonzero(~plain)
    other, other_a, other_b = _by_centre(map_rings, ground_rings, map_of[rest], ground_of[rest])
    pair = np.concatenate([at[pair], rest[other]])
    ring_a, ring_b = np.concatenate([ring_a, other_a]), np.concatenate([ring_b, other_b])
    order = np.lexsort((ring_b, ring_a, pair))
    return pair[order], ring_a[order], ring_b[order]


def _plain(rings: Rings, polygon: np.ndarray) -> np.ndarray:
    """Which polygons are one outer ring with one hole at most: nothing is to be chosen."""
    first = rings.first[polygon]
    last = rings.first[polygon + 1] - 1
    return (last == first) | ((last == first + 1) & rings.hole[last])


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

"""Exact common areas of candidate pairs, found by a spatial index, cut in two threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely

CHUNK = 4000


def translated(geometry: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Copies of geometries, each moved by its own offset (n, 2) in metres."""
    moving = np.any(offset != 0.0, axis=1)
    if not moving.any():
        return geometry
    result = geometry.copy()
    xy, at = shapely.get_coordinates(geometry[moving], return_index=True)
    result[moving] = shapely.set_coordinates(geometry[moving], xy + offset[moving][at])
    return result


def common_area(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Area in m2 that the geometries of each pair have in common."""
    if not len(first):
        return np.zeros(0)
    starts = range(0, len(first), CHUNK)

    def cut(start: int) -> np.ndarray:
        part = slice(start, start + CHUNK)
        return shapely.area(shapely.intersection(first[part], second[part]))

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return np.concatenate(list(pool.map(cut, starts)))


def near_pairs(
    tree: shapely.STRtree, box: np.ndarray, reach_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Index pairs (query, tree) whose boxes lie within ``reach_m`` of each other, sorted."""
    if not len(box):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    wide = shapely.box(
        box[:, 0] - reach_m, box[:, 1] - reach_m, box[:, 2] + reach_m, box[:, 3] + reach_m
    )
    query, found = tree.query(wide)
    order = np.lexsort((found, query))
    return query[order], found[order]

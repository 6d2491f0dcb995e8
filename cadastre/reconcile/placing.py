"""First look: what probably belongs together, and how far each sheet lies off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from cadastre.reconcile.displacement import clear_pairs, home_sheets, sheet_offsets
from cadastre.reconcile.fitting import parcels_seen
from cadastre.reconcile.matching import all_links, best_links, telling
from cadastre.reconcile.measures import measure
from cadastre.reconcile.pairing import pair_corners
from cadastre.reconcile.regrouping import PairedCorners
from cadastre.reconcile.ring_pairs import pair_rings
from cadastre.reconcile.rings import Rings, moved
from cadastre.reconcile.sharing import in_blocks
from cadastre.reconcile.shift import (
    SheetModel,
    differences,
    displaced,
    fit_sheet,
    shift_id,
)
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.regulation import Regulation

#: Decision by which an officer says that a sheet is not displaced.
NOT_SHIFTED = "not_a_mismatch"


@dataclass(frozen=True)
class Placed:
    """The map laid where the ground says it is.

    ``clear`` and ``best`` are the mapped parcels (-1: none) found for measured ones.
    ``rings`` are the map's as mapped, ``adjusted`` after the sheets' shifts; ``rough`` and
    ``rough_box`` are the map as it is laid for matching, where a sheet without a
    significant shift keeps the offset by which it was recognised.
    """

    clear: np.ndarray
    best: np.ndarray
    rough: Rings
    rough_box: np.ndarray
    rings: Rings
    adjusted: Rings
    box: np.ndarray
    ground_rings: Rings
    models: list[SheetModel]
    shapes: np.ndarray
    sheet: np.ndarray

    def drawn(self, which: np.ndarray) -> np.ndarray:
        """Polygons of some mapped parcels after their sheets' shifts."""
        return _redrawn(self.shapes[which], self.sheet[which], self.models)


def place(
    map_side: MapSide,
    ground: GroundSide,
    regulation: Regulation,
    decisions: dict[str, str],
) -> tuple[Placed, PairedCorners]:
    """Match roughly, fit each sheet's displacement, and move the map by it.

    The corners that were paired for the fit come along; where a sheet has moved since, its
    pairs have no parcel (-1) any more.
    """
    rules, shapes = regulation["reconcile"], map_side.shapes
    points = ground.shapes.centroid
    clear = clear_pairs(map_side, ground, points, rules["match"])
    home = home_sheets(map_side, ground, clear)
    offsets = sheet_offsets(map_side, ground, home, clear, rules)
    if offsets.any():
        clear = clear_pairs(map_side, ground, points - offsets[home], rules["match"])
    near, near_box = _moved(map_side, offsets)
    unclear = clear < 0
    links = all_links(
        map_side, ground, (near, near_box), np.full_like(clear, -1), unclear, rules["match"]
    )
    told = telling(map_side, ground, links)
    best = np.where(unclear, best_links(told, len(ground.shapes)), clear)
    paired = _paired(map_side, ground, near, best, regulation)
    models = _models(map_side, ground, paired, regulation, decisions)
    adjusted, box = _adjusted(map_side, models)
    rough, rough_box = adjusted, box
    if offsets.any():
        fitted = np.array([model.significant for model in models], dtype=bool)
        kept = np.where(fitted[:, None], 0.0, offsets)
        if kept.any():
            rough, rough_box = _moved(map_side, kept, adjusted)
    placed = Placed(
        clear, best, rough, rough_box, shapes.rings, adjusted, box, ground.shapes.rings,
        models, shapes.geometry, map_side.sheet,
    )  # fmt: skip
    return placed, paired if adjusted is near else _where_unmoved(map_side, paired, offsets, models)


def _where_unmoved(
    map_side: MapSide, paired: PairedCorners, offsets: np.ndarray, models: list[SheetModel]
) -> PairedCorners:
    """Pairs without their parcel where the sheet lies elsewhere than when they were paired."""
    still = ~offsets.any(axis=1) & ~np.array([model.significant for model in models], dtype=bool)
    return replace(paired, p=np.where(still[map_side.sheet[paired.p]], paired.p, -1))


def _moved(
    map_side: MapSide, offsets: np.ndarray, base: Rings | None = None
) -> tuple[Rings, np.ndarray]:
    """Rings and boxes of the map with each sheet moved by its offset (sheets, 2)."""
    rings = base or map_side.shapes.rings
    if not offsets.any():
        return rings, map_side.shapes.box
    moving = moved(rings, rings.xy + offsets[map_side.sheet[_vertex_owner(rings)]])
    return moving, measure(moving).box


def _adjusted(map_side: MapSide, models: list[SheetModel]) -> tuple[Rings, np.ndarray]:
    """Rings and boxes of the map after the sheets' shifts."""
    rings, box = map_side.shapes.rings, map_side.shapes.box
    if not any(model.significant for model in models):
        return rings, box
    adjusted = moved(rings, displaced(rings, map_side.sheet, models))
    return adjusted, measure(adjusted).box


def _vertex_owner(rings: Rings) -> np.ndarray:
    return np.repeat(rings.owner, rings.size)


def _paired(
    map_side: MapSide, ground: GroundSide, near: Rings, best: np.ndarray, regulation: Regulation
) -> PairedCorners:
    """Corners of the likely pairs."""
    m = np.flatnonzero(best >= 0)
    p = best[m]
    rings = near, ground.shapes.rings
    close = regulation.accuracy.allowed(map_side.limit_m[p], ground.sigma[m])
    return PairedCorners(m, p, pair_corners(*rings, pair_rings(*rings, p, m), close))


def _models(
    map_side: MapSide,
    ground: GroundSide,
    paired: PairedCorners,
    regulation: Regulation,
    decisions: dict[str, str],
) -> list[SheetModel]:
    """Displacement of every sheet, from the corners of the likely pairs."""
    map_rings, ground_rings = map_side.shapes.rings, ground.shapes.rings
    p, corners = paired.p, paired.corners
    order = np.argsort(map_side.sheet[p], kind="stable")
    bounds = np.searchsorted(map_side.sheet[p][order], np.arange(len(map_side.sheets) + 1))
    rows = corners.bounds(len(p))
    models: list[Any] = [None] * len(map_side.sheets)
    scale, sums = map_side.sheets["scale"].to_numpy(), np.zeros((len(map_side.shapes), 3))

    def fit(begin: int, end: int) -> None:
        for number in range(begin, end):
            here = order[bounds[number] : bounds[number + 1]]
            ends = np.column_stack([rows[here], rows[here + 1]])
            xy, difference, count = differences(
                map_rings.xy, ground_rings.xy, corners.map_vertex, corners.ground_vertex, ends
            )
            seen = parcels_seen(xy, p[here], count, sums)
            models[number] = fit_sheet(xy, difference, seen, int(scale[number]), regulation)

    in_blocks(fit, len(models), 4)
    for number, model in enumerate(models):
        name = shift_id(map_side.sheets.iloc[number]) if model.significant else ""
        if decisions.get(name) == NOT_SHIFTED:
            models[number] = model.switched_off()
    return models


def _redrawn(geometry: np.ndarray, sheet: np.ndarray, models: list[SheetModel]) -> np.ndarray:
    used = np.array([model.significant for model in models], dtype=bool)
    moving = used[sheet] if len(used) else np.zeros(0, dtype=bool)
    if not moving.any():
        return geometry
    xy, at = shapely.get_coordinates(geometry[moving], return_index=True)
    of = sheet[moving][at]
    change = np.zeros_like(xy)
    order = np.argsort(of, kind="stable")
    for here in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
        change[here] = models[of[here[0]]].at(xy[here])
    result = geometry.copy()
    result[moving] = shapely.set_coordinates(geometry[moving], xy + change)
    return result

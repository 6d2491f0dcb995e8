"""First look: what probably belongs together, and how far each sheet lies off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cadastre.mismatch import Code, mismatch_id
from cadastre.reconcile.displacement import clear_pairs, sheet_offsets
from cadastre.reconcile.matching import all_links, best_links
from cadastre.reconcile.overlap import translated
from cadastre.reconcile.pairing import pair_corners, pair_rings
from cadastre.reconcile.rings import Rings, moved, rings_of
from cadastre.reconcile.shift import SheetModel, fit_sheet
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.regulation import Regulation

#: Decision by which an officer says that a sheet is not displaced.
NOT_SHIFTED = "not_a_mismatch"


@dataclass(frozen=True)
class Placed:
    """The map laid where the ground says it is.

    ``clear`` and ``best`` are the mapped parcels (-1: none) found for measured ones,
    ``placed`` the map's shapes for matching, ``rings`` its rings as mapped and ``adjusted``
    after the sheets' shifts, with ``geometry`` the polygons of the latter.
    """

    clear: np.ndarray
    best: np.ndarray
    placed: np.ndarray
    geometry: np.ndarray
    rings: Rings
    adjusted: Rings
    ground_rings: Rings
    models: list[SheetModel]


def place(
    map_side: MapSide,
    ground: GroundSide,
    regulation: Regulation,
    decisions: dict[str, str],
) -> Placed:
    """Match roughly, fit each sheet's displacement, and move the map by it."""
    rules = regulation["reconcile"]
    tree = shapely.STRtree(map_side.shapes.geometry)
    offsets = np.zeros((len(map_side.sheets), 2))
    clear = clear_pairs(map_side, ground, tree, offsets, rules["match"])
    offsets = sheet_offsets(map_side, ground, clear, rules)
    if offsets.any():
        clear = clear_pairs(map_side, ground, tree, offsets, rules["match"])
    rough = translated(map_side.shapes.geometry, offsets[map_side.sheet])
    unclear = clear < 0
    links = all_links(map_side, ground, rough, np.full_like(clear, -1), unclear, rules["match"])
    best = np.where(unclear, best_links(links, len(ground.shapes)), clear)
    rings, ground_rings = rings_of(map_side.shapes.geometry), rings_of(ground.shapes.geometry)
    models = _models(map_side, ground, (rings, ground_rings), best, offsets, regulation, decisions)
    owner = np.repeat(rings.owner, rings.size)
    change = _displacement(rings.xy, map_side.sheet[owner], models)
    adjusted = moved(rings, rings.xy + change) if change.any() else rings
    geometry = _redrawn(map_side.shapes.geometry, map_side.sheet, models)
    fitted = np.array([model.significant for model in models], dtype=bool)
    placed = np.where(fitted[map_side.sheet], geometry, rough) if len(fitted) else geometry
    return Placed(clear, best, placed, geometry, rings, adjusted, ground_rings, models)


def _models(
    map_side: MapSide,
    ground: GroundSide,
    rings: tuple[Rings, Rings],
    best: np.ndarray,
    offsets: np.ndarray,
    regulation: Regulation,
    decisions: dict[str, str],
) -> list[SheetModel]:
    """Displacement of every sheet, from the corners of the likely pairs."""
    m = np.flatnonzero(best >= 0)
    p = best[m]
    map_rings, ground_rings = rings
    owner = np.repeat(map_rings.owner, map_rings.size)
    near = (
        moved(map_rings, map_rings.xy + offsets[map_side.sheet[owner]])
        if offsets.any()
        else map_rings
    )
    close = regulation.accuracy.allowed(map_side.limit_m[p], ground.sigma[m])
    corners = pair_corners(near, ground_rings, pair_rings(near, ground_rings, p, m), close)
    paired = (corners.map_vertex >= 0) & (corners.ground_vertex >= 0)
    a, b = corners.map_vertex[paired], corners.ground_vertex[paired]
    parcel = p[corners.pair[paired]]
    xy, difference = map_rings.xy[a], ground_rings.xy[b] - map_rings.xy[a]
    sheet = map_side.sheet[parcel]
    order = np.argsort(sheet, kind="stable")
    bounds = np.searchsorted(sheet[order], np.arange(len(map_side.sheets) + 1))
    models = []
    for number in range(len(map_side.sheets)):
        here = order[bounds[number] : bounds[number + 1]]
        model = fit_sheet(xy[here], difference[here], parcel[here], regulation)
        if decisions.get(shift_id(map_side, number)) == NOT_SHIFTED:
            model = model.switched_off()
        models.append(model)
    return models


def shift_id(map_side: MapSide, number: int) -> str:
    """Identifier of the SHEET_SHIFT of a sheet."""
    sheet = map_side.sheets.iloc[number]
    name = f"{sheet.former_commune}|{sheet.map_set}|{sheet.scale}|{sheet.former_sheet}"
    return mismatch_id(Code.SHEET_SHIFT, [], name)


def _displacement(xy: np.ndarray, sheet: np.ndarray, models: list[SheetModel]) -> np.ndarray:
    change = np.zeros_like(xy)
    for number, model in enumerate(models):
        if model.significant:
            here = sheet == number
            change[here] = model.at(xy[here])
    return change


def _redrawn(geometry: np.ndarray, sheet: np.ndarray, models: list[SheetModel]) -> np.ndarray:
    used = np.array([model.significant for model in models], dtype=bool)
    moving = used[sheet] if len(used) else np.zeros(0, dtype=bool)
    if not moving.any():
        return geometry
    xy, at = shapely.get_coordinates(geometry[moving], return_index=True)
    change = _displacement(xy, sheet[moving][at], models)
    result = geometry.copy()
    result[moving] = shapely.set_coordinates(geometry[moving], xy + change)
    return result

"""The map copies: each sheet's own picture of the land, with its surveyors' errors.

A copy is one parcel on one sheet. Corners that parcels share on one sheet stay shared;
each sheet draws its own error for every vertex: normal, RMS of
``judgement.map_rms_share`` x the position limit of the scale, and always below the limit.
Across sheets the difference of two copies of a vertex stays below the limit of the coarser
one, so that whatever exceeds it was planted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from cadastre.regulation import Regulation
from cadastre.regulation.land_use import is_farmland
from sample_data.coverage import FRAME_M, Coverage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Ordinary errors stay below this share of a limit, alone and between two sheets.
ORDINARY_SHARE = 0.85


@dataclass(frozen=True, order=True)
class SheetKey:
    """A sheet: former commune, scale and frame (row from the north, column from the west)."""

    former: str
    scale: int
    row: int
    column: int


@dataclass
class Copies:
    """Parcels on sheets; ``position[vertex_of]`` are the coordinates, ring by ring."""

    face: Ints
    sheet: Ints
    sheets: list[SheetKey]
    template: npt.NDArray[np.object_]
    copy_of: Ints  # of each coordinate
    place_of: Ints  # of each coordinate: row of the position table
    sheet_of_place: Ints
    vertex_of_place: Ints
    position: Floats
    truth: Floats
    farmland: Flags  # of each copy
    land_use: list[str]
    number: list[str | None] = field(default_factory=list)

    def polygons(self, which: Ints | None = None) -> npt.NDArray[np.object_]:
        """Polygons as mapped, of all copies or of some."""
        chosen = np.arange(len(self.face)) if which is None else np.asarray(which)
        shapes = self.template[chosen].copy()
        rows = np.concatenate([np.zeros(0, np.int64), *[self.rows(int(c)) for c in chosen]])
        return np.asarray(shapely.set_coordinates(shapes, self.position[rows]))

    def rows(self, copy: int) -> Ints:
        """Rows of the position table along the rings of a copy, closing points included."""
        low, high = np.searchsorted(self.copy_of, [copy, copy + 1])
        return self.place_of[low:high]

    def places(self) -> dict[tuple[int, int], int]:
        """Row of the position table by sheet and vertex."""
        keys = zip(self.sheet_of_place.tolist(), self.vertex_of_place.tolist(), strict=True)
        return {key: row for row, key in enumerate(keys)}

    @property
    def scale(self) -> Ints:
        """Scale of each copy."""
        return np.array([key.scale for key in self.sheets])[self.sheet]


def make_copies(
    rng: np.random.Generator,
    coverage: Coverage,
    mapped: Flags,
    twice: Flags,
    land_use: list[str],
    regulation: Regulation,
) -> Copies:
    """Copies of all ``mapped`` faces, and second ones of ``twice`` faces by Sông Cầu."""
    first, second = np.flatnonzero(mapped), np.flatnonzero(mapped & twice)
    face = np.concatenate([first, second])
    former = np.concatenate([coverage.former[first], np.full(len(second), "22630")])
    scale = np.concatenate([coverage.scale[first], np.full(len(second), 1000)])
    inside = shapely.get_coordinates(shapely.point_on_surface(coverage.faces[face]))
    keys = [_frame(f, int(s), xy) for f, s, xy in zip(former, scale, inside, strict=True)]
    sheets = sorted(set(keys), key=lambda k: (k.former, k.scale, k.row, k.column))
    index = {key: i for i, key in enumerate(sheets)}
    sheet = np.array([index[key] for key in keys])
    use = [land_use[f] for f in face]
    copies = _with_vertices(coverage, face, sheet, sheets, use)
    _add_errors(rng, copies, regulation)
    copies.number = _numbers(copies, inside)
    return copies


def _frame(former: str, scale: int, xy: Floats) -> SheetKey:
    step = FRAME_M[scale]
    return SheetKey(former, scale, -int(np.floor(xy[1] / step)), int(np.floor(xy[0] / step)))


def vertex_ids(faces: npt.NDArray[np.object_]) -> tuple[Floats, Ints, Ints]:
    """Coordinates of faces, the face of each, and the number of its vertex in the land."""
    xy, owner = shapely.get_coordinates(faces, return_index=True)
    _, vertex = np.unique(np.round(xy * 1000).astype(np.int64), axis=0, return_inverse=True)
    return xy, owner, vertex.ravel()


def _with_vertices(
    coverage: Coverage, face: Ints, sheet: Ints, sheets: list[SheetKey], use: list[str]
) -> Copies:
    xy, owner, vertex = vertex_ids(coverage.faces)
    start = np.searchsorted(owner, np.arange(len(coverage.faces) + 1))
    size = start[face + 1] - start[face]
    copy_of = np.repeat(np.arange(len(face)), size)
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    at = start[face][copy_of] + offset
    key = sheet[copy_of] * (vertex.max() + 1) + vertex[at]
    unique, first, place = np.unique(key, return_index=True, return_inverse=True)
    return Copies(
        face, sheet, sheets, coverage.faces[face], copy_of, place.ravel(),
        unique // (vertex.max() + 1), unique % (vertex.max() + 1),
        xy[at][first].copy(), xy[at][first].copy(), is_farmland(np.array(use, object)), use,
    )  # fmt: skip


def place_limits(copies: Copies, regulation: Regulation) -> Floats:
    """Position limit of each vertex on each sheet: the narrower of those that meet there."""
    scale = np.array([copies.sheets[s].scale for s in copies.sheet_of_place])
    wide = np.ones(len(scale), dtype=bool)
    np.logical_and.at(wide, copies.place_of, copies.farmland[copies.copy_of])
    return regulation.accuracy.position_limit(scale, wide)


def _add_errors(rng: np.random.Generator, copies: Copies, regulation: Regulation) -> None:
    limit = place_limits(copies, regulation)
    share = float(regulation["accuracy"]["judgement"]["map_rms_share"])
    error = rng.normal(0, 1, (len(limit), 2)) * (limit * share / np.sqrt(2))[:, None]
    size = np.hypot(*error.T)
    error *= np.minimum(1.0, ORDINARY_SHARE * limit / np.maximum(size, 1e-9))[:, None]
    error = _agreeing(error, copies, regulation)
    copies.position = np.round(copies.truth + _untangled(error, copies), 4)


def _agreeing(error: Floats, copies: Copies, regulation: Regulation) -> Floats:
    """Shrink errors until two sheets never differ by more than the coarser one's limit."""
    scale = np.array([copies.sheets[s].scale for s in copies.sheet_of_place])
    plain = regulation.accuracy.position_limit(scale)
    order = np.argsort(copies.vertex_of_place, kind="stable")
    vertex = copies.vertex_of_place[order]
    for step in (1, 2, 3, 4):
        if step >= len(order):
            break
        same = vertex[step:] == vertex[:-step]
        a, b = order[step:][same], order[:-step][same]
        bound = ORDINARY_SHARE * np.maximum(plain[a], plain[b])
        for _ in range(30):
            bad = np.hypot(*(error[a] - error[b]).T) > bound
            if not bad.any():
                break
            error[np.unique(np.concatenate([a[bad], b[bad]]))] *= 0.85
    return error


def _untangled(error: Floats, copies: Copies) -> Floats:
    """Shrink errors where a thin parcel would cross itself."""
    for _ in range(12):
        copies.position = copies.truth + error
        shapes = copies.polygons()
        wrong = ~shapely.is_valid(shapes)
        for sheet in range(len(copies.sheets)):
            mine = np.flatnonzero(copies.sheet == sheet)
            edges = shapely.coverage_invalid_edges(shapes[mine])
            wrong[mine[~shapely.is_empty(edges)]] = True
        if not wrong.any():
            return error
        error[np.unique(copies.place_of[wrong[copies.copy_of]])] *= 0.5
    return error


def _numbers(copies: Copies, inside: Floats) -> list[str | None]:
    """Parcel numbers 1..n on each sheet, in a zigzag from the north-west."""
    numbers: list[str | None] = [None] * len(copies.face)
    for sheet, key in enumerate(copies.sheets):
        mine = np.flatnonzero(copies.sheet == sheet)
        band = np.floor(-inside[mine, 1] / (FRAME_M[key.scale] / 8)).astype(int)
        east = np.where(band % 2 == 0, 1, -1) * inside[mine, 0]
        for count, at in enumerate(np.lexsort((east, band)), start=1):
            numbers[mine[at]] = str(count)
    return numbers


def sheet_numbers(sheets: list[SheetKey]) -> list[int]:
    """Sheet numbers, from 1 in each former commune and again in each of its map sets."""
    count: dict[tuple[str, int], int] = {}
    numbers = []
    for key in sheets:
        family = (key.former, key.scale)
        count[family] = count.get(family, 0) + 1
        numbers.append(count[family])
    return numbers

"""The field measurement: what a survey of a parcel says, and what is planted in it.

Every corner has one measured position per survey (true position plus the survey's error).
The limit of a planted difference is the *allowed* one,

    allowed = sqrt(limit_of_the_map^2 + (k sigma)^2),  k = ``judgement.sigma_factor``,

with sigma of one coordinate for corners, and for areas the sigma that follows from it:
sigma_area = sigma / 2 * sqrt(sum |P(i+1) - P(i-1)|^2). A planted corner lies band x allowed
from the corner *as mapped*: the ordinary errors of map and survey are inside that figure.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from shapely.geometry import LineString, Polygon

from cadastre.regulation import Regulation
from sample_data.map_copies import ORDINARY_SHARE, Copies
from sample_data.neighbours import Neighbours, corners, turn_at

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: The survey's own error is cut off at this many sigma (a worse shot is taken again).
CUT_SIGMA = 2.6


@dataclass
class Survey:
    """One survey: its sigma, and the measured outlines by label."""

    name: str
    sigma_m: float
    position: Floats  # of each vertex of the land
    outlines: dict[str, Floats] = field(default_factory=dict)
    vertices: dict[str, Ints] = field(default_factory=dict)  # -1 where moved or new
    boundary: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """What measuring needs: the map copies, the neighbourhood and the regulation."""

    copies: Copies
    neighbours: Neighbours
    copy_of_face: dict[int, int]
    regulation: Regulation
    place: dict[tuple[int, int], int]  # row of the position table by sheet and vertex
    sound: frozenset[int]  # faces whose measured outline does not cross itself

    def mapped(self, face: int) -> tuple[Ints, Floats]:
        """Rows of the position table and positions along a face's outer ring, not closed."""
        copy = self.copy_of_face[face]
        sheet = self.copies.sheet[copy]
        rows = self._rows(face, int(sheet))
        return rows, self.copies.position[rows]

    def _rows(self, face: int, sheet: int) -> Ints:
        return np.array([self.place[sheet, int(v)] for v in self.neighbours.ring[face]])

    def allowed_m(self, face: int, sigma: float) -> float:
        """Allowed difference of a corner of a face, metres."""
        copy = self.copy_of_face[face]
        accuracy = self.regulation.accuracy
        limit = accuracy.position_limit(self.copies.scale[copy], self.copies.farmland[copy])
        return float(accuracy.allowed(limit, sigma))

    def allowed_m2(self, face: int, ring: Floats, sigma: float) -> float:
        """Allowed difference of the area of a face, m2."""
        accuracy = self.regulation.accuracy
        scale = self.copies.scale[self.copy_of_face[face]]
        limit = accuracy.area_limit(scale, ring_area(ring))
        return float(accuracy.allowed(limit, area_sigma(ring, sigma)))


def ring_area(ring: Floats) -> float:
    """Area in m2 of a ring that is not closed."""
    return float(Polygon(ring).area)


def area_sigma(ring: Floats, sigma: float) -> float:
    """Standard deviation in m2 of the area, for independent corners of ``sigma`` metres.

    >>> round(area_sigma(np.array([(0.0, 0.0), (5.0, 0.0), (5.0, 20.0), (0.0, 20.0)]), 0.025), 3)
    0.515
    """
    span = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    return float(sigma / 2 * np.sqrt((span**2).sum()))


def measure(rng: np.random.Generator, name: str, sigma: float, neighbours: Neighbours) -> Survey:
    """Measured position of every vertex of the land, as if all had been visited."""
    error = rng.normal(0, sigma, neighbours.xy.shape)
    size = np.maximum(np.hypot(*error.T), 1e-12)
    error *= np.minimum(1.0, CUT_SIGMA * sigma / size)[:, None]
    return Survey(name, sigma, np.round(neighbours.xy + error, 3))


def soundly_measured(surveys: Sequence[Survey], neighbours: Neighbours) -> frozenset[int]:
    """Faces whose outline is valid in every survey; a hair-thin tip may cross itself."""
    return frozenset(
        face
        for face, ring in enumerate(neighbours.ring)
        if all(Polygon(survey.position[ring]).is_valid for survey in surveys)
    )


def settle(bench: Bench, survey: Survey, face: int) -> Floats:
    """Measured ring of a face whose map copy then differs by ordinary errors only."""
    rows, _ = bench.mapped(face)
    ring = bench.neighbours.ring[face]
    measured = survey.position[ring]
    copies = bench.copies
    allowed = bench.allowed_m(face, survey.sigma_m)
    area_allowed = bench.allowed_m2(face, measured, survey.sigma_m)
    for _ in range(40):
        mapped = copies.position[rows]
        far = np.hypot(*(mapped - measured).T) > ORDINARY_SHARE * allowed
        off = abs(ring_area(mapped) - ring_area(measured)) > ORDINARY_SHARE * area_allowed
        if not (far.any() or off):
            break
        pull = rows if off else rows[far]
        copies.position[pull] = np.round(
            copies.truth[pull] + 0.8 * (copies.position[pull] - copies.truth[pull]), 4
        )
    return measured.copy()


def moved_corner(
    rng: np.random.Generator, bench: Bench, survey: Survey, face: int, band: float
) -> tuple[Floats, int, float] | None:
    """Measured ring with one corner band x allowed inside the mapped one, and the limit."""
    _, mapped = bench.mapped(face)
    allowed = bench.allowed_m(face, survey.sigma_m)
    real = corners(mapped)
    for at in rng.permutation(real):
        angle = turn_at(mapped, int(at))
        where = int(np.flatnonzero(real == at)[0])
        beside = real[[where - 1, (where + 1) % len(real)]]
        sides = np.hypot(*(mapped[beside] - mapped[at]).T)
        if 55 < angle < 125 and len(real) >= 4 and sides.min() > 2.2 * band * allowed + 1.0:
            measured = settle(bench, survey, face)
            _, mapped = bench.mapped(face)
            inward = _bisector(mapped, int(at))
            measured[at] = mapped[at] + band * allowed * inward
            if Polygon(measured).is_valid and _alone(mapped, int(at), band * allowed):
                return measured, int(at), allowed
    return None


def _alone(ring: Floats, at: int, move: float) -> bool:
    """Whether no other vertex is so near that the moved corner could be taken for it."""
    others = np.delete(ring, at, axis=0)
    return bool(np.hypot(*(others - ring[at]).T).min() > 2.2 * move + 0.5)


def _bisector(ring: Floats, at: int) -> Floats:
    a = ring[at - 1] - ring[at]
    b = ring[(at + 1) % len(ring)] - ring[at]
    middle = a / np.hypot(*a) + b / np.hypot(*b)
    return np.asarray(middle / np.hypot(*middle))


def built_over(
    rng: np.random.Generator, bench: Bench, survey: Survey, face: int, band: float
) -> tuple[Floats, Ints, int, float] | None:
    """Measured ring with one side band x allowed over the neighbour, the side, the neighbour."""
    _, mapped = bench.mapped(face)
    ring = bench.neighbours.ring[face]
    allowed = bench.allowed_m(face, survey.sigma_m)
    real = corners(mapped)
    for number in rng.permutation(len(real)):
        start, end = int(real[number]), int(real[(number + 1) % len(real)])
        side = (start + np.arange((end - start) % len(ring) + 1)) % len(ring)
        other = _one_neighbour(bench, face, ring[side])
        if other is None or not _fits(bench, face, other, mapped, side, band * allowed):
            continue
        measured = settle(bench, survey, face)
        _, mapped = bench.mapped(face)
        along = mapped[side[-1]] - mapped[side[0]]
        outward = np.array([along[1], -along[0]]) / np.hypot(*along)
        measured[side] = mapped[side] + band * allowed * outward
        if Polygon(measured).is_valid:
            return measured, side, other, allowed
    return None


def _one_neighbour(bench: Bench, face: int, side: Ints) -> int | None:
    across = {bench.neighbours.across(face, int(a), int(b)) for a, b in itertools.pairwise(side)}
    other = across.pop() if len(across) == 1 else None
    return other if other in bench.copy_of_face else None


def _fits(bench: Bench, face: int, other: int, mapped: Floats, side: Ints, depth: float) -> bool:
    copies = bench.copies
    pair = [bench.copy_of_face[face], bench.copy_of_face[other]]
    # Same sheet, and the same limit on both sides of the boundary.
    same = copies.sheet[pair[0]] == copies.sheet[pair[1]]
    same = same and copies.farmland[pair[0]] == copies.farmland[pair[1]]
    length = float(np.hypot(*(mapped[side[-1]] - mapped[side[0]])))
    angles = [turn_at(mapped, int(side[0])), turn_at(mapped, int(side[-1]))]
    land = ring_area(bench.mapped(other)[1])
    square = all(60 < angle < 120 for angle in angles)
    return bool(same and square and length > 4.0 and land > 4.0 * depth * length)


def halves(rng: np.random.Generator, ring: Floats) -> list[Floats] | None:
    """Two measured rings of a parcel that was divided across its longer side."""
    land = Polygon(ring)
    box = np.asarray(land.minimum_rotated_rectangle.exterior.coords)
    sides = np.diff(box[:3], axis=0)
    longer = sides[np.argmax(np.hypot(*sides.T))]
    centre = np.asarray(land.centroid.coords[0]) + rng.normal(0, 0.03) * longer
    across = np.array([-longer[1], longer[0]])
    parts = shapely.ops.split(land, LineString([centre - 3 * across, centre + 3 * across])).geoms
    if len(parts) != 2 or min(p.area for p in parts) < 0.3 * land.area:
        return None
    rings = [np.round(np.asarray(p.exterior.coords)[:-1], 3) for p in parts]
    return [r if Polygon(r).exterior.is_ccw else r[::-1] for r in rings]


def joined(rings: list[Floats]) -> Floats | None:
    """Outer ring of two parcels measured as one."""
    whole = shapely.union_all([Polygon(r) for r in rings], grid_size=0.001)
    if whole.geom_type != "Polygon" or len(whole.interiors):
        return None
    turned = shapely.orient_polygons(whole, exterior_cw=False)
    return np.asarray(turned.exterior.coords)[:-1]

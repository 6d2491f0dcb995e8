"""A generator of land with known differences between ground and map.

It shares no constant with the comparison but the regulation. Streets of back-to-back lots
of unequal width, so that neighbours meet in T-junctions; every vertex has one true
position, one on the map (RMS limit/3) and one measured (sigma per coordinate).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cadastre.regulation import Regulation, load


@dataclass
class Land:
    """Parcels as vertex numbers, and the three positions of every vertex."""

    scale: int
    sigma: float
    truth: np.ndarray
    mapped: np.ndarray
    measured: np.ndarray
    rings: list[np.ndarray]
    regulation: Regulation = field(default_factory=load)

    @property
    def allowed(self) -> float:
        """Return the allowed distance of a corner, metres."""
        accuracy = self.regulation.accuracy
        return float(accuracy.allowed(accuracy.position_limit(self.scale), self.sigma))

    def map_ring(self, i: int) -> np.ndarray:
        """Outline of a parcel as mapped."""
        return self.mapped[self.rings[i]]

    def ground_ring(self, i: int) -> np.ndarray:
        """Outline of a parcel as measured."""
        return self.measured[self.rings[i]].copy()

    def area_allowed(self, ring: np.ndarray) -> float:
        """Allowed difference of an area, m2."""
        span = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
        sigma = self.sigma / 2 * np.sqrt((span**2).sum())
        accuracy = self.regulation.accuracy
        area = shapely.area(shapely.polygons(ring))
        return float(accuracy.allowed(accuracy.area_limit(self.scale, area), sigma))

    def real_corners(self, i: int) -> np.ndarray:
        """Vertices at which a parcel truly turns."""
        xy = self.truth[self.rings[i]]
        before, after = xy - np.roll(xy, 1, axis=0), np.roll(xy, -1, axis=0) - xy
        turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        return np.flatnonzero(turn / np.hypot(*before.T) / np.hypot(*after.T) > 0.5)


def make_land(
    seed: int,
    *,
    scale: int = 500,
    rows: int = 8,
    lots: int = 24,
    sigma: float = 0.03,
    noise: bool = True,
    size: tuple[float, float] = (6.0, 22.0),
    origin: tuple[float, float] = (570_000.0, 1_348_000.0),
) -> Land:
    """Streets of back-to-back lots; ``size`` is their usual width and depth in metres."""
    rng = np.random.default_rng(seed)
    width, depth = size
    cuts = [
        np.concatenate([[0.0], np.cumsum(rng.uniform(0.8, 1.4, lots)) * width]) for _ in range(rows)
    ]
    for row in range(1, rows):  # fences of two streets meet in one post or stand well apart
        gap = np.abs(cuts[row][:, None] - cuts[row - 1])
        near = gap.min(axis=1) < 0.25 * width
        cuts[row] = np.unique(np.where(near, cuts[row - 1][gap.argmin(axis=1)], cuts[row]))
    end = min(c[-1] for c in cuts)
    cuts = [np.append(c[c < end - 0.8 * width], end) for c in cuts]
    levels: list[np.ndarray] = []
    for line in range(rows + 1):
        near = [cuts[r] for r in (line - 1, line) if 0 <= r < rows]
        levels.append(np.unique(np.round(np.concatenate(near), 6)))
    numbers: dict[tuple[int, float], int] = {}
    xy: list[tuple[float, float]] = []
    for line, xs in enumerate(levels):
        for x in xs:
            numbers[line, float(x)] = len(xy)
            bend = 2.0 * np.sin(x / 37.0 + line)
            xy.append((x + origin[0], line * depth + bend + origin[1]))
    rings = []
    for row in range(rows):
        for a, b in zip(np.round(cuts[row][:-1], 6), np.round(cuts[row][1:], 6), strict=True):
            low = [x for x in levels[row] if a <= x <= b]
            high = [x for x in levels[row + 1] if a <= x <= b][::-1]
            rings.append(
                np.array(
                    [numbers[row, float(x)] for x in low]
                    + [numbers[row + 1, float(x)] for x in high]
                )
            )
    truth = np.array(xy)
    regulation = load()
    limit = float(regulation.accuracy.position_limit(scale))
    spread = limit * regulation["accuracy"]["judgement"]["map_rms_share"] / np.sqrt(2.0)
    on = 1.0 if noise else 0.0
    mapped = truth + on * rng.normal(0, spread, truth.shape)
    measured = truth + on * rng.normal(0, sigma, truth.shape)
    return Land(scale, sigma, truth, mapped, measured, rings)


def frames_of(
    land: Land,
    *,
    map_rings: dict[int, np.ndarray] | None = None,
    ground: dict[str, Any] | None = None,
    register: dict[int, float] | None = None,
    skip_map: set[int] = frozenset(),  # type: ignore[assignment]
    sheet: str = "1",
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """ParcelFrame and MeasuredFrame; ``ground`` maps labels to rings (default: all parcels)."""
    own = map_rings or {}
    number = [i for i in range(len(land.rings)) if i not in skip_map]
    mapped = [shapely.polygons(own.get(i, land.map_ring(i))) for i in number]
    areas = [
        round((register or {}).get(i, float(g.area)), 1)
        for i, g in zip(number, mapped, strict=True)
    ]
    parcels = gpd.GeoDataFrame(
        {
            "parcel_uid": [f"p{i:05d}" for i in number],
            "former_commune": "22609",
            "former_sheet": sheet,
            "former_parcel": [str(i + 1) for i in number],
            "scale": land.scale,
            "land_use": "ONT",
            "register_area_m2": areas,
        },
        geometry=mapped,
        crs=9217,
    )
    given = ground
    if given is None:
        given = {f"KV-{sheet}/{i + 1}": land.ground_ring(i) for i in range(len(land.rings))}
    shapes = [g if hasattr(g, "geom_type") else shapely.polygons(g) for g in given.values()]
    measured = gpd.GeoDataFrame(
        {
            "measured_uid": [f"m-{label}" for label in given],
            "survey": "K1",
            "label": list(given),
            "sigma_m": land.sigma,
        },
        geometry=shapes,
        crs=9217,
    )
    return parcels, measured


BANDS = (0.7, 1.3, 2.0, 5.0)
KINDS = ("CORNER", "OVERLAP_MAP", "AREA", "SHAPE", "SPLIT", "MERGED", "UNMAPPED")


def corner(rng: Any, land: Any, i: int, band: float) -> np.ndarray:
    """Move one corner inwards."""
    ring, mapped = land.ground_ring(i), land.map_ring(i)
    at = int(rng.choice(land.real_corners(i)))
    middle = mapped.mean(axis=0) - mapped[at]
    ring[at] = mapped[at] + band * land.allowed * middle / np.hypot(*middle)
    return ring


def over(rng: Any, land: Any, i: int, band: float) -> np.ndarray:
    """Move the side between the second and the third real corner outwards."""
    ring, mapped = land.ground_ring(i), land.map_ring(i)
    real = land.real_corners(i)
    first, last = int(real[1]), int(real[2])
    side = (first + np.arange((last - first) % len(ring) + 1)) % len(ring)
    along = mapped[side[-1]] - mapped[side[0]]
    ring[side] = mapped[side] + band * land.allowed * np.array([along[1], -along[0]]) / np.hypot(
        *along
    )
    return ring


def bump(land: Any, i: int, band: float) -> np.ndarray:
    """One corner more, in the middle of an edge, off by band x allowed from the map's edge."""
    ring, mapped = land.ground_ring(i), land.map_ring(i)
    length = np.hypot(*(np.roll(mapped, -1, axis=0) - mapped).T)
    at = int(np.argmax(length))
    a, b = mapped[at], mapped[(at + 1) % len(mapped)]
    inward = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a))
    return np.insert(ring, at + 1, (a + b) / 2 + band * land.allowed * inward, axis=0)


def beside(land: Any, i: int) -> bool:
    """Whether the next parcel lies along the second side of this one."""
    if i + 1 >= len(land.rings):
        return False
    real = land.real_corners(i)
    side = {int(land.rings[i][real[1]]), int(land.rings[i][real[2]])}
    return side <= {int(v) for v in land.rings[i + 1]}


class _Planter:
    """Faults set apart from each other, so that each has only its own consequence."""

    def __init__(self, land: Any, seed: int) -> None:
        self.land, self.rng = land, np.random.default_rng(1000 + seed)
        self.shapes = shapely.polygons([shapely.linearrings(land.truth[r]) for r in land.rings])
        self.tree = shapely.STRtree(self.shapes)
        self.free = set(range(len(self.shapes)))
        self.ground: dict[str, Any] = {
            f"KV-1/{i + 1}": land.ground_ring(i) for i in range(len(self.shapes))
        }
        self.register: dict[int, float] = {}
        self.unmapped: set[int] = set()

    def around(self, i: int) -> list[int]:
        """Parcels that touch a parcel, itself among them."""
        return [int(j) for j in self.tree.query(self.shapes[i], predicate="intersects")]

    def take(self, kind: str) -> tuple[int, list[int]]:
        """Find a parcel with untouched neighbours."""
        for i in self.rng.permutation(sorted(self.free)):
            around = self.around(int(i))
            if kind in ("OVERLAP_MAP", "MERGED") and not beside(self.land, int(i)):
                continue
            if set(around) <= self.free:
                return int(i), around
        raise RuntimeError("not enough land")

    def plant(self, kind: str, band: float) -> tuple[str, float, set[int], str]:
        """Plant one fault."""
        i, around = self.take(kind)
        label, names = f"KV-1/{i + 1}", {i}
        if kind == "CORNER":
            self.ground[label] = corner(self.rng, self.land, i, band)
        elif kind == "OVERLAP_MAP":
            self.ground[label] = over(self.rng, self.land, i, band)
        elif kind == "SHAPE":
            self.ground[label] = bump(self.land, i, band)
        elif kind == "AREA":
            self._area(i, label, band)
        elif kind == "SPLIT":
            self._split(label)
        elif kind == "MERGED":
            self._merged(i, label)
            names.add(i + 1)
            around += self.around(i + 1)
        else:
            self.unmapped.add(i)
        self.free -= set(around)
        return kind, band, names, label

    def _area(self, i: int, label: str, band: float) -> None:
        area = shapely.area(shapely.polygons(self.ground[label]))
        sign = self.rng.choice([-1, 1])
        self.register[i] = area + sign * band * self.land.area_allowed(self.ground[label])

    def _split(self, label: str) -> None:
        whole = shapely.polygons(self.ground.pop(label))
        middle = whole.centroid.y + self.rng.uniform(-2, 2)
        west, south, east, _ = whole.bounds
        half = shapely.box(west - 1, south - 1, east + 1, middle)
        self.ground[f"{label}-1"] = whole.intersection(half)
        self.ground[f"{label}-2"] = whole.difference(half)

    def _merged(self, i: int, label: str) -> None:
        both = [shapely.polygons(self.ground.pop(x)) for x in (label, f"KV-1/{i + 2}")]
        self.ground[f"{label}+{i + 2}"] = shapely.union_all(both)


def plant(
    land: Any, seed: int, per_kind: int
) -> tuple[dict[str, Any], dict[int, float], set[int], list[tuple[str, float, set[int], str]]]:
    """Labels -> rings, register areas, unmapped parcels, and what was planted."""
    planter = _Planter(land, seed)
    planted = []
    for kind in KINDS:
        bands = BANDS if kind in ("CORNER", "OVERLAP_MAP", "AREA", "SHAPE") else (5.0,)
        planted += [planter.plant(kind, band) for band in bands * per_kind]
    return planter.ground, planter.register, planter.unmapped, planted

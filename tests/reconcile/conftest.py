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
import pytest
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
        accuracy = self.regulation.accuracy
        return float(accuracy.allowed(accuracy.position_limit(self.scale), self.sigma))

    def map_ring(self, i: int) -> np.ndarray:
        return self.mapped[self.rings[i]]

    def ground_ring(self, i: int) -> np.ndarray:
        return self.measured[self.rings[i]].copy()

    def area_allowed(self, ring: np.ndarray) -> float:
        span = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
        sigma = self.sigma / 2 * np.sqrt((span**2).sum())
        accuracy = self.regulation.accuracy
        area = shapely.area(shapely.polygons(ring))
        return float(accuracy.allowed(accuracy.area_limit(self.scale, area), sigma))

    def real_corners(self, i: int) -> np.ndarray:
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
    numbers, xy = {}, []
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


@pytest.fixture
def new_land() -> Any:
    return make_land


@pytest.fixture
def frames() -> Any:
    return frames_of

"""The ways in which the coordinates of a file can be read: zone, order of axes, unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cadastre import crs as vn2000
from cadastre.crs import ZONES

GEOGRAPHIC = {4756: "VN-2000", 4326: "WGS 84"}
_SAMPLE = 4000


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read coordinates: EPSG code, ``axes`` "en" or "ne", ``unit`` m, mm or deg."""

    srid: int
    axes: str
    unit: str

    def describe(self) -> str:
        """Return a short name such as ``EPSG:9217 en m``."""
        return f"EPSG:{self.srid} {self.axes} {self.unit}"

    def read(self, points: np.ndarray) -> np.ndarray:
        """Return points of the file as (east, north) metres or (longitude, latitude)."""
        turned = points if self.axes == "en" else points[:, ::-1]
        return turned / 1000.0 if self.unit == "mm" else turned


def possible_ways(points: np.ndarray) -> list[Way]:
    """Return all ways that the size of the numbers allows.

    >>> {way.unit for way in possible_ways(np.array([[570000.0, 1345000.0]]))}
    {'m'}
    """
    unit = unit_of(points)
    return [
        Way(srid, axes, unit)
        for srid in (GEOGRAPHIC if unit == "deg" else ZONES)
        for axes in ("en", "ne")
    ]


def unit_of(points: np.ndarray) -> str:
    """Return degrees below 180, millimetres beyond what a metre in Viet Nam can be."""
    if len(points) == 0:
        return "m"
    largest = float(np.median(np.abs(points).max(axis=1)))
    if largest <= 180.0:
        return "deg"
    return "mm" if largest > 1e8 else "m"


def likely_axes(points: np.ndarray, unit: str) -> str:
    """Northing in Viet Nam is 900..2600 km, easting within 500 km of 500 km."""
    if len(points) == 0:
        return "en"
    first, second = np.median(points, axis=0)
    if unit == "deg":
        return "ne" if first < 30.0 < second else "en"
    return "ne" if first > 9e5 > second else "en"


def sample_points(geometries: np.ndarray) -> np.ndarray:
    """Centres of some of the geometries, evenly through the file, as (first, second)."""
    present = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    step = max(1, len(present) // _SAMPLE)
    bounds = shapely.bounds(present[::step])
    centres = np.column_stack([bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)])
    finite: np.ndarray = centres[np.isfinite(centres).all(axis=1)]
    return finite


def in_zone(points: np.ndarray, srid: int, target: int) -> np.ndarray:
    """Return (east, north) or degrees of ``srid`` in the VN-2000 zone ``target``."""
    if srid == target or len(points) == 0:
        return points
    if srid == 4326:
        return vn2000.grid_coordinates(points, target)
    if srid in GEOGRAPHIC:
        return vn2000.project_geographic(points, target)
    moved = vn2000.between_zones(shapely.points(points), srid, target)
    return np.asarray(shapely.get_coordinates(moved))

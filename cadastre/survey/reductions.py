"""Slope distances -> grid distances of a VN-2000 zone, directions -> chords, and rises.

Each step is a correction of its own, in metres or radians, and stays visible:

1. prism and atmosphere, where the file has not applied them;
2. slope to horizontal, with the curvature of the earth and refraction;
3. down to the ellipsoid: times R / (R + H);
4. into the grid: times the mean scale of the line by Simpson's rule, with
   k = k0 (1 + q^2 / 2 + q^4 / 24), q = (E - 500 km) / (k0 R);
5. directions from the arc to its chord: (N2 - N1)(2 E1 + E2) / (6 R^2), E from the meridian.

Source: Torge, Geodesy, section 6; Ghilani, Elementary Surveying, chapter 20. R is Gauss's
mean radius at the survey on the ellipsoid of VN-2000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre import crs as zones
from cadastre.survey.pointings import Pointing

Array = NDArray[np.float64]
_FALSE_EAST = 500_000.0
#: Ellipsoid of VN-2000 (that of WGS 84): semi-axis in metres and squared eccentricity.
_AXIS, _E2 = 6_378_137.0, 0.006694379990141


@dataclass(frozen=True)
class Grid:
    """Scale and curvature of a zone about a survey."""

    scale_factor: float
    radius_m: float

    @classmethod
    def about(cls, srid: int, north: float) -> Grid:
        """Return the grid of a zone at a northing in metres.

        >>> round(Grid.about(9217, 1_350_000.0).radius_m / 1000)
        6359
        """
        zone = zones.zone(srid)
        # Latitude from the meridian arc: 111.1 km a degree decides R to some metres.
        latitude = math.radians(north / zone.scale_factor / 111_133.0)
        bend = 1 - _E2 * math.sin(latitude) ** 2
        return cls(zone.scale_factor, _AXIS * math.sqrt(1 - _E2) / bend)

    def scale(self, east: Array) -> Array:
        """Scale of the grid at eastings.

        >>> grid = Grid.about(9217, 1_350_000.0)
        >>> grid.scale(np.array([500_000.0, 570_000.0])).round(7).tolist()
        [0.9999, 0.9999606]
        """
        q2 = ((east - _FALSE_EAST) / (self.scale_factor * self.radius_m)) ** 2
        scale: Array = self.scale_factor * (1 + q2 / 2 + q2**2 / 24)
        return scale

    def line_scale(self, start: Array, end: Array) -> Array:
        """Mean scale of lines between two eastings (Simpson)."""
        return (self.scale(start) + 4 * self.scale((start + end) / 2) + self.scale(end)) / 6

    def arc_to_chord(self, start: Array, end: Array) -> Array:
        """Correction in radians of directions at ``start`` (n, 2: east, north) to ``end``."""
        first, last = start[:, 0] - _FALSE_EAST, end[:, 0] - _FALSE_EAST
        rise = end[:, 1] - start[:, 1]
        bend: Array = -rise * (2 * first + last) / (6 * (self.scale_factor * self.radius_m) ** 2)
        return bend


def horizontal(slope: Array, zenith: Array, radius_m: float, refraction: float) -> Array:
    """Horizontal distance at the height of the instrument.

    A sight of 100 m that rises by 10 gon, on a flat earth and on ours:

    >>> steep = np.array([100.0]), np.array([0.9 * math.pi / 2])
    >>> float(horizontal(*steep, math.inf, 0.0)[0].round(4))
    98.7688
    >>> float((horizontal(*steep, 6.37e6, 0.13) - horizontal(*steep, math.inf, 0.0))[0].round(5))
    -0.00023
    """
    flat = slope * np.sin(zenith)
    bend = (1 - refraction / 2) * slope**2 * np.sin(zenith) * np.cos(zenith) / radius_m
    result: Array = flat - bend
    return result


def rise(slope: Array, zenith: Array, radius_m: float, refraction: float) -> Array:
    """Height of the target above the instrument's axis.

    >>> float(rise(np.array([1000.0]), np.array([math.pi / 2]), 6.37e6, 0.13)[0].round(4))
    0.0683
    """
    flat = slope * np.sin(zenith)
    result: Array = slope * np.cos(zenith) + curvature(flat, radius_m, refraction)
    return result


def curvature(flat: Array, radius_m: float, refraction: float) -> Array:
    """Part of a rise that the curved earth and the bent sight make.

    >>> float(curvature(np.array([1000.0]), 6.37e6, 0.13)[0].round(4))
    0.0683
    """
    result: Array = (1 - refraction) * flat**2 / (2 * radius_m)
    return result


def rises(seen: Sequence[Pointing], grid: Grid, rules: Mapping[str, Any]) -> Array:
    """Height of each target point above its station point; ``nan`` where heights are missing."""
    above: Array = np.sum(list(rise_parts(seen, grid, rules).values()), axis=0)
    return above


def rise_parts(seen: Sequence[Pointing], grid: Grid, rules: Mapping[str, Any]) -> dict[str, Array]:
    """What each rise is made of: the straight sight, the curved earth, both heights (metres)."""
    slope, zenith, flat, told = (
        _column(seen, name) for name in ("slope", "zenith", "flat", "rise")
    )
    slope = np.where(np.isnan(slope) & ~np.isnan(flat), flat / np.sin(zenith), slope)
    straight = slope * np.cos(zenith)
    bent = curvature(slope * np.sin(zenith), grid.radius_m, float(rules["refraction"]))
    computed = ~np.isnan(straight)
    return {
        "sight_m": np.where(computed, straight, told),
        # A rise that the instrument computed itself holds it already.
        "curvature_m": np.where(computed, bent, 0.0),
        "instrument_m": np.array([_known(p.setup.height) for p in seen]),
        "target_m": -_column(seen, "target_height"),
    }


def reduced(
    seen: Sequence[Pointing],
    places: Mapping[str, complex],
    heights: Mapping[str, float],
    grid: Grid,
    rules: Mapping[str, Any],
) -> pd.DataFrame:
    """Every pointing with its corrections one by one, and what they lead to.

    Parameters
    ----------
    places : (east + i north) of points, metres; good to some metres
    heights : heights of points, metres; a station without one takes the mean of all

    Returns
    -------
    DataFrame, one row per pointing: station, target, setup, group, line, faces, horizontal,
    zenith, collimation, index_error (rad), slope_m, prism_m, atmosphere_m, to_horizontal_m,
    to_ellipsoid_m, to_grid_m, distance_m (metres in the grid), arc_to_chord, direction (rad),
    sight_m, curvature_m, instrument_m, target_m (parts of the rise)
    """
    slope = _column(seen, "slope")
    at_height = horizontal(
        slope, _column(seen, "zenith"), grid.radius_m, float(rules["refraction"])
    )
    at_height = np.where(np.isnan(at_height), _column(seen, "flat"), at_height)
    usual = float(np.mean(list(heights.values()))) if heights else 0.0
    level = np.array([heights.get(p.setup.station, usual) + (p.setup.height or 0.0) for p in seen])
    down = -at_height * level / (grid.radius_m + level)
    start = np.array([_pair(places.get(p.setup.station)) for p in seen]).reshape(-1, 2)
    end = np.array([_pair(places.get(p.target)) for p in seen]).reshape(-1, 2)
    into = (at_height + down) * (grid.line_scale(start[:, 0], end[:, 0]) - 1)
    into = np.where(np.isnan(into), 0.0, into)
    chord = np.nan_to_num(grid.arc_to_chord(start, end))
    prism, air = _column(seen, "prism_m"), _column(seen, "atmosphere_m")
    circle = _column(seen, "horizontal")
    return pd.DataFrame(
        {
            "station": [p.setup.station for p in seen],
            "target": [p.target for p in seen],
            "setup": [p.setup.number for p in seen],
            "group": [p.group for p in seen],
            "line": [p.line for p in seen],
            "faces": [p.faces for p in seen],
            "horizontal": circle,
            "zenith": _column(seen, "zenith"),
            "collimation": _column(seen, "collimation"),
            "index_error": _column(seen, "index_error"),
            "slope_m": slope - prism - air,
            "prism_m": prism,
            "atmosphere_m": air,
            "to_horizontal_m": at_height - slope,
            "to_ellipsoid_m": down,
            "to_grid_m": into,
            "distance_m": at_height + down + into,
            "arc_to_chord": chord,
            "direction": circle + chord,
            **rise_parts(seen, grid, rules),
        }
    )


def _column(seen: Sequence[Pointing], name: str) -> Array:
    return np.array([_known(getattr(p, name)) for p in seen], dtype=np.float64)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _pair(place: complex | None) -> tuple[float, float]:
    return (math.nan, math.nan) if place is None else (place.real, place.imag)

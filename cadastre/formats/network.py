"""Survey networks as files carry them: points with their role, observations, covariances.

Inside the house a network is in metres and radians, east and north, bearings clockwise
from north; a file's own axes and sense of angles are kept beside it, so that results can
be given back in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: What an observation can be; the unit is the metre, for ``ANGULAR`` kinds the radian.
KINDS = (
    "distance", "direction", "angle", "azimuth", "s-distance", "z-angle", "dh",
    "east", "north", "height", "d-east", "d-north", "d-height",
)  # fmt: skip
KINDS_VI = {
    "distance": "Cạnh", "direction": "Hướng", "angle": "Góc", "azimuth": "Phương vị",
    "s-distance": "Cạnh nghiêng", "z-angle": "Góc thiên đỉnh", "dh": "Chênh cao",
    "east": "Tọa độ Y", "north": "Tọa độ X", "height": "Độ cao",
    "d-east": "ΔY", "d-north": "ΔX", "d-height": "ΔH",
}  # fmt: skip
ANGULAR = ("direction", "angle", "azimuth", "z-angle")

#: Roles of a point's plane position or height: given, sought, sought and part of the datum.
FIXED, ADJUSTED, CONSTRAINED, UNUSED = "fixed", "adjusted", "constrained", ""


@dataclass(frozen=True, slots=True)
class NetworkPoint:
    """One point: coordinates in metres where known, and its role in plane and height.

    >>> NetworkPoint("A", east=100.0, north=200.0, plane="fixed").plane
    'fixed'
    """

    id: str
    east: float | None = None
    north: float | None = None
    height: float | None = None
    plane: str = ADJUSTED
    level: str = UNUSED


@dataclass(frozen=True, slots=True)
class Observation:
    """One measured value with its standard deviation.

    ``station`` looks at ``target``; an angle is turned from ``backsight`` to ``target``.
    Directions of one ``group`` share an orientation unknown; observations of one
    ``cluster`` are correlated. Heights of instrument and target are ``station_up`` and
    ``target_up``. ``line`` is the line of the file.

    >>> Observation("distance", 100.0, 0.003, station="A", target="B").name
    'distance A-B'
    """

    kind: str
    value: float
    sigma: float
    station: str = ""
    target: str = ""
    backsight: str = ""
    group: int = 0
    cluster: int | None = None
    station_up: float = 0.0
    target_up: float = 0.0
    line: int | None = None

    @property
    def name(self) -> str:
        """What a person calls it: kind and points."""
        ends = [p for p in (self.backsight, self.station, self.target) if p]
        return f"{self.kind} {'-'.join(ends)}"


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How a file wants its network computed and told.

    ``axes`` names where x and y point; ``clockwise`` is the sense of its angles;
    ``sigma_apriori`` is the reference standard deviation; ``use_aposteriori`` says which
    one scales the covariances; ``tolerance_mm`` marks gross absolute terms.
    """

    axes: str = "ne"
    clockwise: bool = True
    sigma_apriori: float = 10.0
    confidence: float = 0.95
    use_aposteriori: bool = True
    tolerance_mm: float = 1000.0
    description: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """Points, observations and covariances (by cluster, in the order of its observations).

    ``notes`` are sentences (vi, en) on what of the file was not used.
    """

    points: tuple[NetworkPoint, ...]
    observations: tuple[Observation, ...]
    covariances: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    settings: NetworkSettings = NetworkSettings()
    notes: tuple[dict[str, str], ...] = ()


def axes_matrix(axes: str) -> NDArray[np.float64]:
    """Matrix that turns the file's (x, y) into (east, north); its transpose turns back.

    >>> axes_matrix("ne") @ [1.0, 2.0]
    array([2., 1.])
    >>> axes_matrix("sw") @ [1.0, 2.0]
    array([-2., -1.])
    """
    columns = {"e": (1.0, 0.0), "w": (-1.0, 0.0), "n": (0.0, 1.0), "s": (0.0, -1.0)}
    return np.array([columns[axes[0]], columns[axes[1]]]).T


def wrapped(angle: float) -> float:
    """Angle in [0, 2 pi)."""
    return angle % (2.0 * math.pi)

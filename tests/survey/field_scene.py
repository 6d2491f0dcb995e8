"""A piece of land measured with a total station, simulated in three dimensions.

Points have VN-2000 grid coordinates and heights; what an instrument would read follows from
their geocentric positions alone (ellipsoid and vertical, no map projection, none of the
formulas under test): the slope distance is the chord, the zenith angle is from the normal
of the ellipsoid, directions are in the horizon of the station.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pyproj import Transformer

from cadastre.formats.field_book import Draft, FieldBook, Reading

SRID = 9217
E0, N0 = 570_000.0, 1_348_000.0
AXIS, E2 = 6_378_137.0, 0.006694379990141
REFRACTION = 0.13

CONTROL = {
    "A": (0.0, 0.0, 20.0), "B": (-180.0, 120.0, 24.0),
    "C": (420.0, 30.0, 21.0), "D": (560.0, 190.0, 26.0),
}  # fmt: skip
STATIONS = {"T1": (130.0, 40.0, 21.5), "T2": (280.0, 10.0, 22.0)}
#: Three lots in a row; 3 and 4 are shared, 9 is the middle of a curved front.
LOTS = {
    "12": ["1", "2", "3", "4"],
    "13": ["4", "3", "5", "6"],
    "14": ["6", "5", "7", "(9)", "8"],
}
CORNERS = {
    "1": (150.0, 60.0, 21.0), "2": (150.0, 85.0, 21.2), "3": (168.0, 85.0, 21.3),
    "4": (168.0, 60.0, 21.1), "5": (186.0, 85.0, 21.4), "6": (186.0, 60.0, 21.2),
    "7": (204.0, 85.0, 21.5), "8": (204.0, 60.0, 21.3), "9": (208.0, 72.5, 21.4),
}  # fmt: skip
ORDER = ["A", "T1", "T2", "C"]


def grid(place: tuple[float, float, float]) -> np.ndarray:
    return np.array([E0 + place[0], N0 + place[1], place[2]])


def everything() -> dict[str, np.ndarray]:
    return {n: grid(p) for n, p in {**CONTROL, **STATIONS, **CORNERS}.items()}


@dataclass
class Scene:
    """Readings between points, with errors drawn from ``rng`` when there is one."""

    points: dict[str, np.ndarray] = field(default_factory=everything)
    rng: np.random.Generator | None = None
    faces: int = 2
    sigma_direction: float = math.radians(5 / 3600)
    sigma_distance: float = 0.002
    blunders: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        to_geographic = Transformer.from_crs(SRID, 4756, always_xy=True)
        self.geographic = {}
        for name, (east, north, height) in self.points.items():
            lon, lat = to_geographic.transform(east, north)
            self.geographic[name] = (math.radians(lon), math.radians(lat), height)

    def geocentric(self, name: str, up: float) -> np.ndarray:
        lon, lat, height = self.geographic[name]
        prime = AXIS / math.sqrt(1 - E2 * math.sin(lat) ** 2)
        h = height + up
        return np.array(
            [
                (prime + h) * math.cos(lat) * math.cos(lon),
                (prime + h) * math.cos(lat) * math.sin(lon),
                (prime * (1 - E2) + h) * math.sin(lat),
            ]
        )

    def sight(self, station: str, hi: float, target: str, ht: float) -> tuple[float, float, float]:
        """Azimuth, zenith angle and slope distance without errors."""
        lon, lat, _ = self.geographic[station]
        step = self.geocentric(target, ht) - self.geocentric(station, hi)
        east = np.array([-math.sin(lon), math.cos(lon), 0.0])
        north = np.array(
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
        )
        up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
        slope = float(np.linalg.norm(step))
        azimuth = math.atan2(float(step @ east), float(step @ north))
        bend = REFRACTION * slope / (2 * 6_360_000.0)
        return azimuth, math.acos(float(step @ up) / slope) - bend, slope

    def readings(
        self, setup: int, station: str, hi: float, targets: list[tuple[str, str]], zero: float,
        ht: float = 1.6, line: int = 0,
    ) -> list[Reading]:  # fmt: skip
        made = []
        for face in range(1, self.faces + 1):
            for place, (target, code) in enumerate(targets):
                azimuth, zenith, slope = self.sight(station, hi, target, ht)
                error = self.rng.normal(size=3) if self.rng is not None else np.zeros(3)
                # The standard deviation of a mean of two faces: each face has root two of it.
                direction = azimuth - zero + self.sigma_direction * error[0] * math.sqrt(2)
                zenith += self.sigma_direction * error[1] * math.sqrt(2)
                slope += self.sigma_distance * error[2] * math.sqrt(2)
                slope += self.blunders.get((station, target), 0.0)
                collimation, index = math.radians(8 / 3600), math.radians(5 / 3600)
                flip = face == 2
                made.append(
                    Reading(
                        setup,
                        target,
                        float(direction + (math.pi - collimation if flip else collimation))
                        % (2 * math.pi),
                        float(2 * math.pi - zenith + index if flip else zenith + index),
                        float(slope),
                        ht,
                        face,
                        code,
                        line=line + (face - 1) * len(targets) + place,
                    )
                )
        return made


CODES = {
    "1": "RT1.B", "2": "RT1", "3": "RT1 RT2.B", "4": "RT1.C RT2.E",
}  # fmt: skip


def book(path: Path, scene: Scene | None = None) -> FieldBook:
    """A traverse from A to C with the corners of three lots seen from T1 and T2."""
    scene = scene or Scene()
    path.write_text("x")
    draft = Draft(path, "scene", 1)
    sees = {
        "A": [("B", ""), ("T1", "")],
        "T1": [("A", ""), ("T2", ""), *((n, f"M{n}") for n in ("1", "2", "3", "4", "5", "6"))],
        "T2": [("T1", ""), ("C", ""), *((n, f"M{n}") for n in ("3", "7", "8", "9"))],
        "C": [("T2", ""), ("D", "")],
    }
    for number, station in enumerate(ORDER, 1):
        hi = 1.5 + number / 100
        draft.set_up(station, number * 100, height=hi)
        draft.readings += scene.readings(
            number, station, hi, sees[station], 0.3 * number, line=number * 100 + 1
        )
    return draft.book()


def write_control(path: Path, names: str = "ABCD") -> Path:
    rows = ["diem;X;Y;h"]
    for name in names:
        east, north, height = grid(CONTROL[name])
        rows.append(f"{name};{north:.4f};{east:.4f};{height:.3f}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def write_sequences(path: Path) -> Path:
    path.write_text(
        "\n".join(f"{label}: {', '.join(points)}" for label, points in LOTS.items()),
        encoding="utf-8",
    )
    return path

"""A smooth bending of the plane: turns ruled lines into land.

The layout is drawn flat, with straight streets and bunds, and then bent by a sum of sine
waves. The bending is one-to-one, so what does not cross before does not cross after, and
every line that two parcels share is bent once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Wave length and amplitude in metres; the steepest sum stays below one (no folding).
BROAD = ((1900.0, 34.0), (820.0, 9.0), (330.0, 2.6))
FINE = ((118.0, 1.5), (47.0, 0.75), (23.0, 0.3))


@dataclass(frozen=True)
class Bending:
    """Broad waves everywhere, fine ones that fade where ``calm`` is (a town is regular)."""

    waves: Floats  # rows: kx, ky, phase, de, dn, fine (0 or 1)
    origin: tuple[float, float]
    turn_rad: float
    calm_centre: tuple[float, float]
    calm_radius_m: float

    def forward(self, flat: Floats) -> Floats:
        """(east, north) of flat positions, metres."""
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        moved = flat + self._displacement(flat)
        turned = moved @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned + np.array(self.origin))

    def backward(self, grid: Floats) -> Floats:
        """Flat positions of (east, north), by fixed-point iteration."""
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        target = (grid - np.array(self.origin)) @ np.array([[cos, -sin], [sin, cos]])
        flat = target.copy()
        for _ in range(25):
            flat = target - self._displacement(flat)
        return flat

    def _displacement(self, flat: Floats) -> Floats:
        angle = flat @ self.waves[:, :2].T + self.waves[:, 2]
        away = np.hypot(*(flat - np.array(self.calm_centre)).T) / self.calm_radius_m
        fade = 0.12 + 0.88 / (1.0 + np.exp(-4.0 * (away - 1.1)))
        strength = np.where(self.waves[:, 5] > 0, fade[:, None], 1.0)
        value = np.sin(angle) * strength
        return np.asarray(value @ self.waves[:, 3:5])


def make_bending(
    rng: np.random.Generator,
    origin: tuple[float, float],
    calm_centre: tuple[float, float],
    calm_radius_m: float,
) -> Bending:
    """Waves in random directions, two for each length."""
    rows = []
    for fine, family in ((0.0, BROAD), (1.0, FINE)):
        for length, amplitude in family:
            for direction in rng.uniform(0, np.pi, 1) + np.array([0.0, 1.9]):
                k = 2 * np.pi / (length * rng.uniform(0.85, 1.2))
                heading = rng.uniform(0, 2 * np.pi)
                rows.append([
                    k * np.cos(direction), k * np.sin(direction), rng.uniform(0, 2 * np.pi),
                    amplitude * np.cos(heading), amplitude * np.sin(heading), fine,
                ])  # fmt: skip
    return Bending(np.array(rows), origin, np.radians(6.0), calm_centre, calm_radius_m)

"""A plane similarity between two sets of points, with its residuals.

Satellite positions become VN-2000 coordinates in two steps: by the one pinned operation
into the zone, then by a similarity fitted to control points measured in both systems. The
residuals say what the fit is worth; the shift says how far the first step alone was off (a
wrong sign of the rotations, a common mistake, shows as half a metre).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadastre.errors import InputRefused

Array = NDArray[np.float64]


class ControlPointsTooFew(InputRefused):
    """Satellite positions need control points measured in both systems."""

    message_vi = "Tọa độ vệ tinh cần các điểm khống chế đo trong cả hai hệ."


class FitTooPoor(InputRefused):
    """The control points do not fit; one of them is not what it is said to be."""

    message_vi = "Các điểm khống chế không khớp; có điểm không đúng tên hoặc tọa độ."


@dataclass(frozen=True)
class Helmert:
    """Similarity ``to = shift + factor * (from - centre)`` of complex east + i north.

    ``residuals`` are measured - known by point name, in metres (east, north); ``sigma_m`` is
    the standard deviation of one coordinate of the fit; ``shift`` is what moves the centre;
    ``spread`` is the root of the summed squared distances from the centre.
    """

    centre: complex
    target: complex
    factor: complex
    points: tuple[str, ...]
    residuals: Mapping[str, tuple[float, float]]
    sigma_m: float
    spread: float

    @property
    def scale_ppm(self) -> float:
        """Scale less one, in parts per million."""
        return (abs(self.factor) - 1) * 1e6

    @property
    def rotation(self) -> float:
        """Rotation in radians, clockwise."""
        return -math.atan2(self.factor.imag, self.factor.real)

    @property
    def shift(self) -> complex:
        """How far the centre of the control moved (east + i north), in metres."""
        return self.target - self.centre

    def moved(self, xy: Array) -> Array:
        """Coordinates (n, 2) in the target system."""
        z = xy[:, 0] + 1j * xy[:, 1]
        moved = self.target + self.factor * (z - self.centre)
        return np.column_stack([moved.real, moved.imag])


def fit_helmert(
    names: Sequence[str], measured: Array, known: Array, rules: Mapping[str, Any]
) -> Helmert:
    """Similarity from measured to known places of the same points, by least squares.

    Raises
    ------
    ControlPointsTooFew
        Fewer than the rules ask.
    FitTooPoor
        A residual, the scale or the rotation is larger than the rules allow.

    Examples
    --------
    Four points moved by (2, 3) m; one of them is 20 mm off:

    >>> known = np.array([[0.0, 0.0], [1000.0, 0.0], [1000.0, 1000.0], [0.0, 1000.0]])
    >>> measured = known - [2.0, 3.0]
    >>> measured[0, 0] += 0.020
    >>> rules = {"least_points": 3, "largest_residual_m": 0.05, "largest_scale_ppm": 50,
    ...          "largest_rotation_seconds": 30}
    >>> fit = fit_helmert(["A", "B", "C", "D"], measured, known, rules)
    >>> round(fit.shift.real, 3), round(fit.shift.imag, 3), round(fit.residuals["A"][0], 3)
    (1.995, 3.0, 0.01)
    """
    least = int(rules["least_points"])
    if len(names) < least:
        told = ", ".join(names) or "-"
        raise ControlPointsTooFew(
            f"{least} are needed, common to both: {told}.",
            f"Cần {least}, chung trong hai tệp: {told}.",
            points=list(names),
        )
    a, b = measured[:, 0] + 1j * measured[:, 1], known[:, 0] + 1j * known[:, 1]
    centre, target = a.mean(), b.mean()
    spread = float(np.linalg.norm(a - centre))
    factor = complex(np.vdot(a - centre, b - target) / spread**2)
    off = target + factor * (a - centre) - b
    freedom = 2 * len(names) - 4
    sigma = math.sqrt(float(np.sum(np.abs(off) ** 2)) / freedom)
    residuals = {n: (float(o.real), float(o.imag)) for n, o in zip(names, off, strict=True)}
    fit = Helmert(complex(centre), complex(target), factor, tuple(names), residuals, sigma, spread)
    _judge(fit, rules)
    return fit


def _judge(fit: Helmert, rules: Mapping[str, Any]) -> None:
    worst = max(fit.residuals, key=lambda name: math.hypot(*fit.residuals[name]))
    size = math.hypot(*fit.residuals[worst])
    limit = float(rules["largest_residual_m"])
    turned = abs(math.degrees(fit.rotation)) * 3600
    # A small figure tells scale and rotation only as well as its points are measured.
    loose = limit / fit.spread
    bent = abs(fit.scale_ppm) > float(rules["largest_scale_ppm"]) + 1e6 * loose or (
        turned > float(rules["largest_rotation_seconds"]) + 3600 * math.degrees(loose)
    )
    if size > limit or bent:
        told = ", ".join(
            f"{n} {1000 * math.hypot(*off):.0f} mm" for n, off in fit.residuals.items()
        )
        numbers = f"{fit.scale_ppm:.1f} ppm, {turned:.1f}″"
        raise FitTooPoor(
            f"Residuals: {told} (allowed {1000 * limit:.0f} mm; worst {worst}); {numbers}.",
            f"Số dư: {told} (cho phép {1000 * limit:.0f} mm; lớn nhất {worst}); {numbers}.",
            residuals=dict(fit.residuals),
            worst=worst,
        )

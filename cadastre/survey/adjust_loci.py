"""Loci of a sought point, rays and circles in the plane, and where two of them meet."""

from __future__ import annotations

import math
from dataclasses import dataclass

Place = complex


@dataclass(frozen=True)
class Locus:
    """A circle, or a ray when ``bearing`` is given, around or from ``centre``."""

    centre: Place
    radius: float = 0.0
    bearing: float | None = None

    def misfit(self, place: Place) -> float:
        """Distance of a place from the locus."""
        away = place - self.centre
        if self.bearing is None:
            return abs(abs(away) - self.radius)
        along = away * unit(self.bearing).conjugate()
        return abs(along.imag) if along.real > 0 else abs(along)


def unit(bearing: float) -> Place:
    """Step of one metre in a bearing (radians clockwise from north)."""
    return complex(math.sin(bearing), math.cos(bearing))


def bearing_of(step: Place) -> float:
    """Bearing of a step, radians clockwise from north."""
    return math.atan2(step.real, step.imag)


def crossings(one: Locus, two: Locus) -> list[Place]:
    """Places where two loci meet, at most two."""
    if one.bearing is not None and two.bearing is not None:
        return _ray_ray(one, two)
    if one.bearing is not None:
        return _ray_circle(one, two)
    if two.bearing is not None:
        return _ray_circle(two, one)
    return _circle_circle(one, two)


def _ray_ray(one: Locus, two: Locus) -> list[Place]:
    first, second = unit(one.bearing or 0.0), unit(two.bearing or 0.0)
    across = (first.conjugate() * second).imag
    if abs(across) < 1e-4:
        return []
    along = ((two.centre - one.centre).conjugate() * second).imag / across
    return [one.centre + along * first]


def _ray_circle(ray: Locus, circle: Locus) -> list[Place]:
    direction = unit(ray.bearing or 0.0)
    offset = (circle.centre - ray.centre) * direction.conjugate()
    half = math.sqrt(max(circle.radius**2 - offset.imag**2, 0.0))
    ends = [offset.real + half, offset.real - half]
    return [ray.centre + along * direction for along in ends if along > 1e-9]


def _circle_circle(one: Locus, two: Locus) -> list[Place]:
    apart = two.centre - one.centre
    distance = abs(apart)
    if distance < 1e-9:
        return []
    along = (one.radius**2 - two.radius**2 + distance**2) / (2 * distance)
    across = math.sqrt(max(one.radius**2 - along**2, 0.0))
    unit = apart / distance
    return [one.centre + unit * complex(along, side) for side in (across, -across)]

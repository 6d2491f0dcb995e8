"""One sought point from its known neighbours: its loci, the candidates, the best of them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from itertools import combinations, pairwise

from cadastre.survey.adjust_loci import Locus, Place, bearing_of, crossings, unit
from cadastre.survey.adjust_sights import Sights

#: Two candidates are told apart when the worse one misfits this much more (relative).
_CLEARLY_WORSE = 1e-3
LARGEST_LOCI = 8


def located(sights: Sights, found: Mapping[str, Place], point: str) -> tuple[Place | None, bool]:
    """Best place of a point and whether it is the only good one."""
    for other in sights.near[point]:
        for ends, sign in (((other, point), 1), ((point, other), -1)):
            step = sights.step.get(ends, {})
            if other in found and len(step) == 2:
                return found[other] + sign * complex(step["d-east"], step["d-north"]), True
    loci = _loci(sights, found, point)
    candidates = [
        place for one, two in combinations(loci[:LARGEST_LOCI], 2) for place in crossings(one, two)
    ]
    if not candidates:
        return None, False
    scored = sorted(((_score(sights, found, point, loci, c), c) for c in candidates), key=_first)
    best, place = scored[0]
    reach = max(abs(place - locus.centre) for locus in loci)
    rivals = [s for s, c in scored[1:] if abs(c - place) > 0.02 * reach]
    sure = all(rival > 3 * best + _CLEARLY_WORSE * reach for rival in rivals)
    return place, sure


def _first(scored: tuple[float, Place]) -> float:
    return scored[0]


def _score(
    sights: Sights, found: Mapping[str, Place], point: str, loci: list[Locus], place: Place
) -> float:
    """Mean misfit in metres; a resection's angles are judged with their sense."""
    total = sum(locus.misfit(place) for locus in loci)
    for name in sights.sets_of[point]:
        if name[0] != point:
            continue
        readings = [(t, r) for t, r in sights.sets[name].items() if t in found]
        for (one, first), (two, second) in pairwise(readings):
            turned = bearing_of(found[two] - place) - bearing_of(found[one] - place)
            off = math.remainder(turned - (second - first), 2 * math.pi)
            total += abs(off) * min(abs(found[two] - place), abs(found[one] - place))
    return total / len(loci)


def _loci(sights: Sights, found: Mapping[str, Place], point: str) -> list[Locus]:
    rays: list[Locus] = []
    circles: list[Locus] = []
    for other in sorted(p for p in sights.near[point] if p in found):
        centre = found[other]
        if (other, point) in sights.distance:
            circles.append(Locus(centre, sights.distance[other, point]))
        for ends, back in (((other, point), 0.0), ((point, other), math.pi)):
            if ends in sights.azimuth:
                rays.append(Locus(centre, bearing=sights.azimuth[ends] + back))
    for name in sorted(sights.sets_of[point]):
        if name[0] == point:
            circles += _subtended(sights.sets[name], found)
            rays += _back_rays(sights, name, found)
        elif (orientation := _orientation(sights, name, found)) is not None:
            bearing = sights.sets[name][point] + orientation
            rays.append(Locus(found[name[0]], bearing=bearing))
    return rays[: LARGEST_LOCI // 2] + circles


def _orientation(sights: Sights, name: tuple[str, int], found: Mapping[str, Place]) -> float | None:
    """Bearing of the zero reading of a set, none at an unknown station."""
    station, readings = name[0], sights.sets[name]
    if station not in found:
        return None
    total = 0j
    for target, reading in readings.items():
        if target in found and found[target] != found[station]:
            step = found[target] - found[station]
            total += abs(step) * unit(bearing_of(step) - reading)
        elif (station, target) in sights.azimuth:
            total += unit(sights.azimuth[station, target] - reading)
    return bearing_of(total) if total else None


def _back_rays(sights: Sights, name: tuple[str, int], found: Mapping[str, Place]) -> list[Locus]:
    """Rays from known targets back to a station oriented by an azimuth of its own."""
    station, readings = name[0], sights.sets[name]
    for target, reading in readings.items():
        azimuth = sights.azimuth.get((station, target))
        if azimuth is not None:
            zero = azimuth - reading
            return [
                Locus(found[t], bearing=r + zero + math.pi)
                for t, r in readings.items()
                if t in found
            ]
    return []


def _subtended(readings: Mapping[str, float], found: Mapping[str, Place]) -> list[Locus]:
    """Circles through pairs of known targets, seen from the station under measured angles."""
    seen = [(found[t], r) for t, r in readings.items() if t in found]
    circles = []
    for (one, first), (two, second) in combinations(seen[:4], 2):
        angle = second - first
        if abs(math.sin(angle)) < 1e-6 or one == two:
            continue
        # From the centre the chord is seen under twice the angle, clockwise as the readings.
        turn = cmath.exp(-2j * angle)
        centre = (turn * one - two) / (turn - 1)
        circles.append(Locus(centre, abs(centre - one)))
    return circles

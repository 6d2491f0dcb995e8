"""Approximate coordinates of a network, found from its own observations.

Every observation between a sought point and known ones is a locus: a ray (bearing from a
known, oriented station), a circle (distance), or the circle through two known points from
which the sought point sees them under a measured angle. Two loci meet in candidates; the
candidate that fits all loci best is taken. Polar points, intersections and resections are
all cases of this. What stays unknown is built in a local frame and moved onto the known
points by a similarity; what no observation reaches is refused by name.
"""

from __future__ import annotations

import cmath
import math
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from cadastre.errors import InputRefused
from cadastre.formats.network import Observation

#: Two candidates are told apart when the worse one misfits this much more (relative).
_CLEARLY_WORSE = 1e-3
_LARGEST_LOCI = 8

Place = complex


class NetworkNotConnected(InputRefused):
    """Some points of the network cannot be computed from the observations."""

    message_vi = "Một số điểm của lưới không tính được từ các trị đo."


@dataclass
class _Sights:
    """Observations sorted by point, for looking around from a point."""

    sets: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    sets_of: dict[str, set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))
    distance: dict[tuple[str, str], float] = field(default_factory=dict)
    azimuth: dict[tuple[str, str], float] = field(default_factory=dict)
    step: dict[tuple[str, str], dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    near: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def approximate_plane(
    observations: Iterable[Observation], known: Mapping[str, Place], sought: Iterable[str]
) -> dict[str, Place]:
    """Places (east + i north) of all known and sought points.

    Raises
    ------
    NetworkNotConnected
        Names the points that no chain of observations determines.

    >>> seen = [Observation("distance", 5.0, 0.01, station="A", target="P"),
    ...         Observation("azimuth", math.atan2(3, 4), 0.01, station="A", target="P")]
    >>> place = approximate_plane(seen, {"A": 0j}, ["P"])["P"]
    >>> round(place.real, 6), round(place.imag, 6)
    (3.0, 4.0)
    """
    sights = _sorted_sights(observations)
    wanted = set(sought)
    found = dict(known)
    _grow(sights, found, wanted, guess=False)
    missing = wanted - set(found)
    while missing:
        frame = _local_frame(sights, missing, found)
        moved = _moved(frame, found)
        if not set(moved) - set(found):
            names = ", ".join(sorted(missing)[:20])
            raise NetworkNotConnected(
                f"No way to {names}.", f"Không đến được {names}.", points=sorted(missing)
            )
        found.update({p: z for p, z in moved.items() if p not in found})
        _grow(sights, found, wanted, guess=False)
        missing = wanted - set(found)
    return found


def approximate_heights(
    observations: Iterable[Observation], known: Mapping[str, float], places: Mapping[str, Place]
) -> dict[str, float]:
    """Heights reached from the known ones by height differences and zenith angles."""
    rises: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for o in observations:
        rise = _rise(o, places)
        if rise is not None:
            rises[o.station].append((o.target, rise))
            rises[o.target].append((o.station, -rise))
    found = dict(known)
    queue = deque(found)
    if not queue and rises:
        queue.append(next(iter(rises)))
        found[queue[0]] = 0.0
    while queue:
        here = queue.popleft()
        for there, rise in rises[here]:
            if there not in found:
                found[there] = found[here] + rise
                queue.append(there)
    return found


def _rise(o: Observation, places: Mapping[str, Place]) -> float | None:
    if o.kind in ("dh", "d-height"):
        return o.value - (o.target_up - o.station_up if o.kind == "d-height" else 0.0)
    if o.kind == "z-angle" and o.station in places and o.target in places:
        plane = abs(places[o.target] - places[o.station])
        return plane / math.tan(o.value) + o.station_up - o.target_up
    return None


def _sorted_sights(observations: Iterable[Observation]) -> _Sights:
    sights = _Sights()
    zenith: dict[tuple[str, str], float] = {}
    slopes: list[Observation] = []
    for number, o in enumerate(observations):
        if o.kind in ("direction", "angle"):
            _add_readings(sights, o, number)
        elif o.kind == "z-angle":
            zenith[o.station, o.target] = o.value
        elif o.kind == "s-distance":
            slopes.append(o)
        else:
            _add_line(sights, o)
        if o.station:
            sights.near[o.station].add(o.target)
            sights.near[o.target].add(o.station)
    for o in slopes:
        ends = (o.station, o.target)
        flat = o.value * math.sin(zenith.get(ends, zenith.get(ends[::-1], math.pi / 2)))
        sights.distance.setdefault(ends, flat)
        sights.distance.setdefault(ends[::-1], flat)
    return sights


def _add_readings(sights: _Sights, o: Observation, number: int) -> None:
    if o.kind == "direction":
        _add_reading(sights, (o.station, o.group), o.target, o.value)
    else:
        _add_reading(sights, (o.station, -1 - number), o.backsight, 0.0)
        _add_reading(sights, (o.station, -1 - number), o.target, o.value)


def _add_line(sights: _Sights, o: Observation) -> None:
    ends = (o.station, o.target)
    if o.kind == "distance":
        sights.distance[ends] = sights.distance[ends[::-1]] = o.value
    elif o.kind == "azimuth":
        sights.azimuth[ends] = o.value
    elif o.kind in ("d-east", "d-north"):
        sights.step[ends][o.kind] = o.value


def _add_reading(sights: _Sights, name: tuple[str, int], target: str, reading: float) -> None:
    sights.sets.setdefault(name, {})[target] = reading
    for point in (name[0], target):
        sights.sets_of[point].add(name)
    sights.near[name[0]].add(target)
    sights.near[target].add(name[0])
    for other in sights.sets[name]:
        if other != target:
            sights.near[other].add(target)
            sights.near[target].add(other)


def _grow(sights: _Sights, found: dict[str, Place], wanted: set[str], *, guess: bool) -> None:
    """Add to ``found`` every wanted point that its known neighbours determine."""
    queue = deque(sorted(wanted - set(found)))
    waiting = set(queue)
    doubtful: dict[str, Place] = {}
    while queue or (guess and doubtful):
        if queue:
            point = queue.popleft()
            waiting.discard(point)
            place, sure = _located(sights, found, point)
            if place is None:
                continue
            if not sure:
                doubtful[point] = place
                continue
        else:
            # A frame of its own may choose a side once; the mirror image is tried later.
            point = next(iter(doubtful))
            place, guess = doubtful[point], False
        found[point] = place
        doubtful.pop(point, None)
        for other in sorted(sights.near[point]):
            if other in wanted and other not in found and other not in waiting:
                queue.append(other)
                waiting.add(other)


@dataclass(frozen=True)
class _Locus:
    """A circle, or a ray when ``bearing`` is given, around or from ``centre``."""

    centre: Place
    radius: float = 0.0
    bearing: float | None = None

    def misfit(self, place: Place) -> float:
        """Distance of a place from the locus."""
        away = place - self.centre
        if self.bearing is None:
            return abs(abs(away) - self.radius)
        along = away * _unit(self.bearing).conjugate()
        return abs(along.imag) if along.real > 0 else abs(along)


def _unit(bearing: float) -> Place:
    return complex(math.sin(bearing), math.cos(bearing))


def _bearing(step: Place) -> float:
    return math.atan2(step.real, step.imag)


def _located(sights: _Sights, found: Mapping[str, Place], point: str) -> tuple[Place | None, bool]:
    """Best place of a point and whether it is the only good one."""
    for other in sights.near[point]:
        for ends, sign in (((other, point), 1), ((point, other), -1)):
            step = sights.step.get(ends, {})
            if other in found and len(step) == 2:
                return found[other] + sign * complex(step["d-east"], step["d-north"]), True
    loci = _loci(sights, found, point)
    candidates = [
        place
        for one, two in combinations(loci[:_LARGEST_LOCI], 2)
        for place in _crossings(one, two)
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
    sights: _Sights, found: Mapping[str, Place], point: str, loci: list[_Locus], place: Place
) -> float:
    """Mean misfit in metres; a resection's angles are judged with their sense."""
    total = sum(min(locus.misfit(place), abs(place - locus.centre)) for locus in loci)
    for name in sights.sets_of[point]:
        if name[0] != point:
            continue
        readings = [(t, r) for t, r in sights.sets[name].items() if t in found]
        for (one, first), (two, second) in pairwise(readings):
            turned = _bearing(found[two] - place) - _bearing(found[one] - place)
            off = math.remainder(turned - (second - first), 2 * math.pi)
            total += abs(off) * min(abs(found[two] - place), abs(found[one] - place))
    return total / len(loci)


def _loci(sights: _Sights, found: Mapping[str, Place], point: str) -> list[_Locus]:
    rays: list[_Locus] = []
    circles: list[_Locus] = []
    for other in sorted(p for p in sights.near[point] if p in found):
        centre = found[other]
        if (other, point) in sights.distance:
            circles.append(_Locus(centre, sights.distance[other, point]))
        for ends, back in (((other, point), 0.0), ((point, other), math.pi)):
            if ends in sights.azimuth:
                rays.append(_Locus(centre, bearing=sights.azimuth[ends] + back))
    for name in sorted(sights.sets_of[point]):
        if name[0] == point:
            circles += _subtended(sights.sets[name], found)
            rays += _back_rays(sights, name, found)
        elif (orientation := _orientation(sights, name, found)) is not None:
            bearing = sights.sets[name][point] + orientation
            rays.append(_Locus(found[name[0]], bearing=bearing))
    return rays[: _LARGEST_LOCI // 2] + circles


def _orientation(
    sights: _Sights, name: tuple[str, int], found: Mapping[str, Place]
) -> float | None:
    """Bearing of the zero reading of a set, none at an unknown station."""
    station, readings = name[0], sights.sets[name]
    if station not in found:
        return None
    total = 0j
    for target, reading in readings.items():
        if target in found and found[target] != found[station]:
            step = found[target] - found[station]
            total += abs(step) * _unit(_bearing(step) - reading)
        elif (station, target) in sights.azimuth:
            total += _unit(sights.azimuth[station, target] - reading)
    return _bearing(total) if total else None


def _back_rays(sights: _Sights, name: tuple[str, int], found: Mapping[str, Place]) -> list[_Locus]:
    """Rays from known targets back to a station oriented by an azimuth of its own."""
    station, readings = name[0], sights.sets[name]
    for target, reading in readings.items():
        azimuth = sights.azimuth.get((station, target))
        if azimuth is not None:
            zero = azimuth - reading
            return [
                _Locus(found[t], bearing=r + zero + math.pi)
                for t, r in readings.items()
                if t in found
            ]
    return []


def _subtended(readings: Mapping[str, float], found: Mapping[str, Place]) -> list[_Locus]:
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
        circles.append(_Locus(centre, abs(centre - one)))
    return circles


def _crossings(one: _Locus, two: _Locus) -> list[Place]:
    if one.bearing is not None and two.bearing is not None:
        return _ray_ray(one, two)
    if one.bearing is not None:
        return _ray_circle(one, two)
    if two.bearing is not None:
        return _ray_circle(two, one)
    return _circle_circle(one, two)


def _ray_ray(one: _Locus, two: _Locus) -> list[Place]:
    first, second = _unit(one.bearing or 0.0), _unit(two.bearing or 0.0)
    across = (first.conjugate() * second).imag
    if abs(across) < 1e-4:
        return []
    along = ((two.centre - one.centre).conjugate() * second).imag / across
    return [one.centre + along * first]


def _ray_circle(ray: _Locus, circle: _Locus) -> list[Place]:
    direction = _unit(ray.bearing or 0.0)
    offset = (circle.centre - ray.centre) * direction.conjugate()
    half = math.sqrt(max(circle.radius**2 - offset.imag**2, 0.0))
    ends = [offset.real + half, offset.real - half]
    return [ray.centre + along * direction for along in ends if along > 1e-9]


def _circle_circle(one: _Locus, two: _Locus) -> list[Place]:
    apart = two.centre - one.centre
    distance = abs(apart)
    if distance < 1e-9:
        return []
    along = (one.radius**2 - two.radius**2 + distance**2) / (2 * distance)
    across = math.sqrt(max(one.radius**2 - along**2, 0.0))
    unit = apart / distance
    return [one.centre + unit * complex(along, side) for side in (across, -across)]


def _local_frame(
    sights: _Sights, missing: set[str], found: Mapping[str, Place]
) -> dict[str, Place]:
    """Largest frame of its own that grows around a missing point."""
    everything = set(sights.near)
    best: dict[str, Place] = {}
    for start in sorted(missing, key=lambda p: (-len(sights.near[p]), p))[:8]:
        for other in sorted(
            sights.near[start], key=lambda p: ((start, p) not in sights.distance, p)
        )[:3]:
            length = sights.distance.get((start, other), 1000.0)
            bearing = sights.azimuth.get((start, other), 0.0)
            frame = {start: 0j, other: length * _unit(bearing)}
            _grow(sights, frame, everything, guess=True)
            if len(frame) > len(best):
                best = frame
        if len(set(best) & set(found)) >= 2 or not found:
            break
    return best


def _moved(frame: Mapping[str, Place], found: Mapping[str, Place]) -> dict[str, Place]:
    """A frame moved onto the known points that it shares; where none is known, as it is."""
    if not found:
        return dict(frame)
    common = [p for p in frame if p in found]
    if len(common) < 2:
        return {}
    straight = _similarity(frame, found, common)
    mirrored = _similarity({p: z.conjugate() for p, z in frame.items()}, found, common)
    return min(straight, mirrored, key=lambda fit: fit[0])[1]


def _similarity(
    frame: Mapping[str, Place], found: Mapping[str, Place], common: list[str]
) -> tuple[float, dict[str, Place]]:
    """Sum of squared residuals and the frame moved by the best similarity."""
    middle_from = sum((frame[p] for p in common), 0j) / len(common)
    middle_to = sum((found[p] for p in common), 0j) / len(common)
    top = sum((frame[p] - middle_from).conjugate() * (found[p] - middle_to) for p in common)
    size = sum(abs(frame[p] - middle_from) ** 2 for p in common)
    if not size:
        return math.inf, {}
    factor = top / size
    moved = {p: middle_to + factor * (z - middle_from) for p, z in frame.items()}
    return sum(abs(moved[p] - found[p]) ** 2 for p in common), moved

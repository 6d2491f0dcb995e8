"""Approximate coordinates of a network, found from its own observations.

Every observation between a sought point and known ones is a locus: a ray (bearing from a
known, oriented station), a circle (distance), or the circle through two known points from
which the sought point sees them under a measured angle. Two loci meet in candidates; the
candidate that fits all loci best is taken. Polar points, intersections and resections are
all cases of this. What stays unknown is built in a local frame and moved onto the known
points by a similarity; what no observation reaches is refused by name.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from cadastre.errors import InputRefused
from cadastre.formats.network import Observation
from cadastre.survey.adjust_located import located
from cadastre.survey.adjust_loci import Place, unit
from cadastre.survey.adjust_sights import Sights, sorted_sights


class NetworkNotConnected(InputRefused):
    """Some points of the network cannot be computed from the observations."""

    message_vi = "Một số điểm của lưới không tính được từ các trị đo."


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
    sights = sorted_sights(observations)
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


def _grow(sights: Sights, found: dict[str, Place], wanted: set[str], *, guess: bool) -> None:
    """Add to ``found`` every wanted point that its known neighbours determine."""
    queue = deque(sorted(wanted - set(found)))
    waiting = set(queue)
    doubtful: dict[str, Place] = {}
    while queue or (guess and doubtful):
        if queue:
            point = queue.popleft()
            waiting.discard(point)
            place, sure = located(sights, found, point)
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


def _local_frame(sights: Sights, missing: set[str], found: Mapping[str, Place]) -> dict[str, Place]:
    """Largest frame of its own that grows around a missing point."""
    everything = set(sights.near)
    best: dict[str, Place] = {}
    for start in sorted(missing, key=lambda p: (-len(sights.near[p]), p))[:8]:
        for other in sorted(
            sights.near[start], key=lambda p: ((start, p) not in sights.distance, p)
        )[:3]:
            length = sights.distance.get((start, other), 1000.0)
            bearing = sights.azimuth.get((start, other), 0.0)
            frame = {start: 0j, other: length * unit(bearing)}
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

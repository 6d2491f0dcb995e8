"""Control that the measurements alone do not place: marks sighted only for orientation.

A point in the plane needs two lines of position: a distance, a direction from a station that
others orient, its own readings beyond the first. A fixed point with fewer says nothing of how
well measurements agree among themselves, and without its coordinates nothing places it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cadastre.formats.network import FIXED, NetworkPoint, Observation


def hanging_control(
    observations: Iterable[Observation], points: Iterable[NetworkPoint], off: Mapping[int, str]
) -> dict[int, str]:
    """Observations of fixed points that fewer than two lines of position reach, by position.

    >>> seen = [Observation("direction", 0.0, 1e-5, "A", "B"),
    ...         Observation("direction", 1.0, 1e-5, "A", "P"),
    ...         Observation("distance", 9.0, 0.01, "A", "P")]
    >>> hanging_control(seen, [NetworkPoint("B", 0.0, 0.0, plane="fixed")], {})
    {0: 'control not placed by the measurements: B'}
    """
    everything = list(observations)
    marks = {point.id for point in points if point.plane == FIXED}
    gone = dict(off)
    while True:
        lines: dict[str, set[tuple[str, ...]]] = {mark: set() for mark in marks}
        for number, o in enumerate(everything):
            if number not in gone:
                for mark in marks & {o.station, o.target, o.backsight}:
                    lines[mark] |= _lines_of(o, mark)
        loose = {mark for mark in marks if 0 < len(lines[mark]) < 2 + _turns(lines[mark])}
        more = {
            number: f"control not placed by the measurements: {', '.join(sorted(ends))}"
            for number, o in enumerate(everything)
            if number not in gone and (ends := loose & {o.station, o.target, o.backsight})
        }
        if not more:
            return {number: why for number, why in gone.items() if number not in off}
        gone |= more


def _lines_of(o: Observation, mark: str) -> set[tuple[str, ...]]:
    """Lines of position that an observation gives a point; heights give none."""
    other = o.station if o.target == mark else o.target
    if o.kind in ("dh", "height", "d-height", "z-angle"):
        return set()
    if o.kind in ("d-east", "d-north", "east", "north"):
        return {(o.kind, other)}
    if o.kind == "direction" and o.station == mark:
        return {("own", str(o.group), o.target)}
    if o.kind == "angle":
        return {("angle", o.station, o.backsight, o.target)}
    return {("length" if "distance" in o.kind else "ray", other)}


def _turns(lines: set[tuple[str, ...]]) -> int:
    """Orientations of the sets that a point read itself."""
    return len({line[1] for line in lines if line[0] == "own"})

"""Curved boundaries -> chords that leave the arc by no more than the map can show.

Source: TT 25/2014/TT-BTNMT Art 13: chord to arc at most 0.2 mm at the scale of the map.
"""

from __future__ import annotations

import cmath
import math

Point = tuple[float, float]


def stroke_through(start: Point, middle: Point, end: Point, sagitta_m: float) -> list[Point]:
    """Points after ``start`` up to ``end`` on the arc through three points.

    Three points on one line are a straight side with a point on it.

    >>> arc = stroke_through((0.0, 0.0), (10.0, 10.0), (20.0, 0.0), 0.1)
    >>> len(arc), arc[-1]
    (12, (20.0, 0.0))
    >>> stroke_through((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), 0.1)
    [(1.0, 0.0), (2.0, 0.0)]
    """
    centre = centre_of(start, middle, end)
    if centre is None:
        return [middle, end]
    a, b = complex(*start), complex(*end)
    m = complex(*middle)
    side = ((b - a).conjugate() * (m - a)).imag
    half = stroke_about(start, middle, centre, clockwise=side > 0, sagitta_m=sagitta_m)
    return half + stroke_about(middle, end, centre, clockwise=side > 0, sagitta_m=sagitta_m)


def stroke_about(
    start: Point, end: Point, centre: Point, *, clockwise: bool, sagitta_m: float
) -> list[Point]:
    """Points after ``start`` up to ``end`` on the arc about ``centre``.

    >>> quarter = stroke_about((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), clockwise=False, sagitta_m=0.1)
    >>> [(round(x, 3), round(y, 3)) for x, y in quarter]
    [(0.707, 0.707), (0.0, 1.0)]
    """
    c = complex(*centre)
    first, last = complex(*start) - c, complex(*end) - c
    turn = cmath.phase(last / first) % (2 * math.pi) or 2 * math.pi
    if clockwise:
        turn -= 2 * math.pi
        turn = turn or -2 * math.pi
    radius, grows = abs(first), abs(last) - abs(first)
    flat = max(1.0 - sagitta_m / radius, -1.0)
    count = max(1, math.ceil(abs(turn) / (2 * math.acos(flat))))
    made = []
    for n in range(1, count):
        share = n / count
        place = c + (radius + grows * share) * first / radius * cmath.exp(1j * turn * share)
        made.append((place.real, place.imag))
    return [*made, end]


def centre_of(one: Point, two: Point, three: Point) -> Point | None:
    """Centre of the circle through three points; none when they lie on a line.

    >>> [round(v, 6) + 0.0 for v in centre_of((0.0, 0.0), (10.0, 10.0), (20.0, 0.0))]
    [10.0, 0.0]
    """
    a, b, c = complex(*one), complex(*two), complex(*three)
    first, last = b - a, c - a
    across = (first.conjugate() * last).imag
    if abs(across) < 1e-9 * max(abs(first), abs(last)) ** 2:
        return None
    away = 1j * (abs(last) ** 2 * first - abs(first) ** 2 * last) / (2 * across)
    centre = a + away
    return centre.real, centre.imag

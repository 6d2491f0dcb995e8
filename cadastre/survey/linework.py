"""Coded points of a field book -> boundary lines -> the parcels between them.

Points with the same line token follow each other in the order in which they were measured.
Lines meet only at common points: two that cross elsewhere are told, never noded by guess.
Closed lines and the faces that lines enclose are parcels; a label point inside names one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cadastre.survey.curves import stroke_through
from cadastre.survey.outlines import Array, Outline

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a code: a line and what the point does to it, or a label."""

    line: str = ""
    command: str = ""
    label: str = ""


@dataclass
class Drawn:
    """Outlines between coded lines, and what could not be drawn (vi and en)."""

    outlines: list[Outline] = field(default_factory=list)
    troubles: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@dataclass
class _Line:
    name: str
    rows: list[int] = field(default_factory=list)
    bends: list[bool] = field(default_factory=list)
    closed: bool = False


def tokens(code: str, rules: Mapping[str, Any]) -> list[Token]:
    """Tokens of a code that draw something.

    >>> rules = {"boundary": ["RT"], "label": ["TH"], "begin": "B", "end": "E", "close": "C",
    ...          "arc": "A"}
    >>> [(t.line, t.command) for t in tokens("RT1.B rt2 cot", rules)]
    [('RT1', 'B'), ('RT2', '')]
    >>> tokens("TH12/34", rules)[0].label
    '12/34'
    """
    lines = "|".join(map(re.escape, rules["boundary"]))
    commands = "".join(map(re.escape, (rules[k] for k in ("begin", "end", "close", "arc"))))
    names = "|".join(map(re.escape, rules["label"]))
    drawn = re.compile(rf"(?:({lines})(\w*?))(?:\.([{commands}]+))?", re.IGNORECASE)
    named = re.compile(rf"(?:{names})[.:]?(\d[\w/.-]*)", re.IGNORECASE)
    found = []
    for word in re.split(r"[\s;,+]+", code.strip()):
        if label := named.fullmatch(word):
            found.append(Token(label=label[1]))
        elif line := drawn.fullmatch(word):
            found.append(Token((line[1] + line[2]).upper(), (line[3] or "").upper()))
    return found


def draw(points: pd.DataFrame, rules: Mapping[str, Any], sagitta_m: float) -> Drawn:
    """Outlines of coded points (columns point, east, north, code) in the order of measurement.

    Examples
    --------
    Two parcels side by side; the line between them is measured once::

        3---2---6
        | 12| 13|
        4---1---5

    >>> import pandas as pd
    >>> rows = [("1", 0, 0, "RT1.B RT2.B"), ("2", 0, 9, "RT1 RT2.E RT3.B"), ("3", -9, 9, "RT1"),
    ...         ("4", -9, 0, "RT1.C"), ("6", 9, 9, "RT3"), ("5", 9, 0, "RT3"),
    ...         ("1", 0, 0, "RT3.E"), ("a", -5, 5, "TH12"), ("b", 5, 5, "TH13")]
    >>> rules = {"boundary": ["RT"], "label": ["TH"], "begin": "B", "end": "E", "close": "C",
    ...          "arc": "A"}
    >>> table = pd.DataFrame(rows, columns=["point", "east", "north", "code"])
    >>> sorted((o.label, len(o.xy)) for o in draw(table, rules, 0.1).outlines)
    [('12', 4), ('13', 4)]
    """
    drawn = Drawn()
    parsed = [tokens(str(code or ""), rules) for code in points["code"]]
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    lines = _lines(parsed, rules)
    if not lines:
        return drawn
    first = _first_of_name(points)
    segments: dict[tuple[Place, Place], None] = {}
    row_of: dict[Place, int] = {}
    for line in lines:
        _put(line, xy, first, segments, row_of, sagitta_m)
    _crossings(list(segments), drawn)
    labels = [(token.label, tuple(xy[i])) for i, ts in enumerate(parsed) for token in ts
              if token.label]  # fmt: skip
    _faces(list(segments), row_of, labels, drawn)
    return drawn


def _lines(parsed: Sequence[Sequence[Token]], rules: Mapping[str, Any]) -> list[_Line]:
    current: dict[str, _Line] = {}
    done: list[_Line] = []
    for row, found in enumerate(parsed):
        for token in (t for t in found if t.line):
            if rules["begin"] in token.command or token.line not in current:
                current[token.line] = _Line(token.line)
                done.append(current[token.line])
            line = current[token.line]
            line.rows.append(row)
            line.bends.append(rules["arc"] in token.command)
            line.closed = rules["close"] in token.command
            if line.closed or rules["end"] in token.command:
                del current[token.line]
    return [line for line in done if len(line.rows) > 1]


def _first_of_name(points: pd.DataFrame) -> list[int]:
    """Row of the first point of the same name: a corner measured again is the same corner."""
    seen: dict[str, int] = {}
    return [seen.setdefault(str(name), row) for row, name in enumerate(points["point"])]


def _put(
    line: _Line,
    xy: Array,
    first: Sequence[int],
    segments: dict[tuple[Place, Place], None],
    row_of: dict[Place, int],
    sagitta_m: float,
) -> None:
    rows = [first[row] for row in line.rows]
    places = [(float(xy[row, 0]), float(xy[row, 1])) for row in rows]
    row_of.update(zip(places, rows, strict=True))
    if line.closed and places[0] != places[-1]:
        places.append(places[0])
    path = [places[0]]
    at = 1
    while at < len(places):
        bend = at < len(line.bends) and line.bends[at] and at + 1 < len(places)
        if bend:
            path += stroke_through(places[at - 1], places[at], places[at + 1], sagitta_m)
        else:
            path.append(places[at])
        at += 2 if bend else 1
    for a, b in pairwise(path):
        if a != b and (b, a) not in segments:
            segments[a, b] = None


def _crossings(segments: list[tuple[Place, Place]], drawn: Drawn) -> None:
    shapes = shapely.linestrings(np.array(segments))
    a, b = shapely.STRtree(shapes).query(shapes, predicate="crosses")
    for one, two in zip(a, b, strict=True):
        if one < two:
            at = shapely.intersection(shapes[one], shapes[two])
            where = f"E {at.x:.2f}, N {at.y:.2f}" if at.geom_type == "Point" else "?"
            reason = {
                "vi": f"Hai đường ranh cắt nhau ngoài điểm đo ({where}).",
                "en": f"Two boundary lines cross where nothing was measured ({where}).",
            }
            drawn.troubles.append(("LINES_CROSS", reason))


def _faces(
    segments: list[tuple[Place, Place]],
    row_of: Mapping[Place, int],
    labels: list[tuple[str, tuple[float, ...]]],
    drawn: Drawn,
) -> None:
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(np.array(segments))))
    if not len(faces):
        reason = {
            "vi": "Các đường ranh theo mã không khép kín thửa nào.",
            "en": "The coded boundary lines enclose no parcel.",
        }
        drawn.troubles.append(("LINES_OPEN", reason))
        return
    inside: list[list[str]] = [[] for _ in faces]
    if labels:
        spots = shapely.points(np.array([place for _, place in labels]))
        which, face = shapely.STRtree(faces).query(spots, predicate="within")
        for label, number in zip(which, face, strict=True):
            inside[number].append(labels[label][0])
    for number, (face, names) in enumerate(zip(faces, inside, strict=True), 1):
        label = names[0] if names else f"#{number}"
        if len(names) != 1:
            drawn.troubles.append(_badly_named(label, names))
        ring = shapely.get_coordinates(face.exterior)[:-1]
        rows = [row_of.get((float(e), float(n)), -1) for e, n in ring]
        drawn.outlines.append(Outline(label, ring, np.array(rows, dtype=np.intp)))


def _badly_named(label: str, names: list[str]) -> tuple[str, dict[str, str]]:
    if not names:
        return "LABEL_MISSING", {
            "vi": f"Thửa {label} không có điểm tên thửa bên trong.",
            "en": f"Parcel {label} has no label point inside.",
        }
    told = ", ".join(names)
    return "LABEL_MANY", {
        "vi": f"Một thửa có nhiều điểm tên thửa: {told}.",
        "en": f"One parcel has several label points: {told}.",
    }

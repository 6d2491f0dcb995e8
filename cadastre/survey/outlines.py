"""What a parcel is drawn from: corners in order, straight or along an arc.

A parcel comes as a sequence of points (rows with its label, or a table of sequences), as
sides with arcs from a file, or as a face between coded lines. All become an outline: a
ring of positions, those of which are corners, and where each corner was measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cadastre.formats.field_book import Figure
from cadastre.survey.corners import Corners
from cadastre.survey.curves import stroke_about, stroke_through

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outline:
    """Ring of a parcel: positions (n, 2), and for each the listed row it is, or -1.

    ``repeated`` are listed rows that only repeat the row before them.
    """

    label: str
    xy: Array
    row: NDArray[np.intp]
    repeated: tuple[int, ...] = field(default=())


def listed_outlines(
    listed: pd.DataFrame, corners: Corners, smallest_m: float, sagitta_m: float
) -> list[Outline]:
    """Outlines of rows in order, by their label; rows with ``bend`` are the middle of an arc."""
    codes, labels = pd.factorize(listed["label"])
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(labels) + 1))
    bend = listed["bend"].to_numpy(dtype=bool) if "bend" in listed else np.zeros(len(listed), bool)
    made = []
    for number, label in enumerate(labels):
        at = order[starts[number] : starts[number + 1]]
        kept = _without_repeats(corners.xy[at], smallest_m)
        closing = len(at) - 1 if not kept[-1] and len(at) > 1 else None
        repeated = tuple(int(at[i]) for i in np.flatnonzero(~kept) if i != closing)
        xy, row = _stroked(corners.xy[at[kept]], at[kept], bend[at[kept]], sagitta_m)
        made.append(Outline(str(label), xy, row, repeated))
    return made


def _without_repeats(xy: Array, smallest: float) -> NDArray[np.bool_]:
    """Which corners to keep: not the closing point, not a point typed twice in a row."""
    step = np.hypot(*(xy - np.roll(xy, 1, axis=0)).T)
    kept = step > smallest
    kept[0] = True
    if len(xy) > 1 and np.hypot(*(xy[0] - xy[-1])) <= smallest:
        kept[-1] = False
    return kept


def _stroked(
    xy: Array, row: NDArray[np.intp], bend: NDArray[np.bool_], sagitta_m: float
) -> tuple[Array, NDArray[np.intp]]:
    """Ring in which arcs through middle points are chords."""
    if not bend.any() or len(xy) < 3:
        return xy, row
    # Begin at a corner, so that an arc over the seam is whole.
    turn = int(np.argmin(bend))
    xy, row, bend = np.roll(xy, -turn, axis=0), np.roll(row, -turn), np.roll(bend, -turn)
    points = [(float(e), float(n)) for e, n in xy]
    ring: list[tuple[float, float]] = []
    rows: list[int] = []
    for at, place in enumerate(points):
        if not bend[at]:
            ring.append(place)
            rows.append(int(row[at]))
            continue
        after = points[(at + 1) % len(points)]
        chords = stroke_through(points[at - 1], place, after, sagitta_m)[:-1]
        ring += chords
        rows += [int(row[at]) if chord == place else -1 for chord in chords]
    return np.array(ring), np.array(rows, dtype=np.intp)


def figure_outline(
    figure: Figure, place_of: Mapping[str, int], xy: Array, sagitta_m: float
) -> Outline:
    """Outline of a parcel given as sides; named corners take their measured place."""
    ring: list[tuple[float, float]] = []
    rows: list[int] = []
    for side in figure.sides:
        at = place_of.get(side.start_point, -1)
        ring.append((float(xy[at, 0]), float(xy[at, 1])) if at >= 0 else side.start)
        rows.append(at)
        if side.centre is not None:
            chords = stroke_about(
                side.start, side.end, side.centre, clockwise=side.clockwise, sagitta_m=sagitta_m
            )[:-1]
            ring += chords
            rows += [-1] * len(chords)
    return Outline(figure.label, np.array(ring).reshape(-1, 2), np.array(rows, dtype=np.intp))


def broken_chain(figure: Figure, smallest_m: float) -> int | None:
    """Position of the first side that does not begin where the side before it ends."""
    ends = [side.end for side in figure.sides]
    for at, side in enumerate(figure.sides):
        before: Sequence[float] = ends[at - 1]
        if np.hypot(side.start[0] - before[0], side.start[1] - before[1]) > smallest_m:
            return at
    return None

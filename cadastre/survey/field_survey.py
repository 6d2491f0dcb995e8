"""An instrument's file -> adjusted points -> parcels with the precision of their corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cadastre.formats.field_book import FieldBook
from cadastre.formats.sequences import Step
from cadastre.survey.coded import as_measured, form_by_codes
from cadastre.survey.control import Control, listed_control, own_control
from cadastre.survey.corners import Corners, shared_corners
from cadastre.survey.field_network import FieldNetwork, adjust_field_book
from cadastre.survey.findings import network_mismatches
from cadastre.survey.found import POINT_COLUMNS, Found, Task
from cadastre.survey.outlines import Outline, broken_chain, figure_outline, listed_outlines
from cadastre.survey.parcels import Formed, form, sagitta
from cadastre.survey.pointings import Pointing
from cadastre.survey.steps import listed_steps


def from_field_book(
    book: FieldBook, path: Path, task: Task, control: Path | None, steps: list[Step] | None
) -> Found:
    """Points and parcels of a field book.

    ``control`` is a list of known points; ``steps`` tell which points make which parcel.
    Without them parcels come from the labels and codes of the readings, and from the
    figures of the file.
    """
    known = listed_control(control, task) if control else own_control(book, task, path.name)
    book.ledger.note("CONTROL", known.told)
    book.ledger.note("AXIS_ORDER", {"vi": known.place.evidence_vi, "en": known.place.evidence_en})
    network = None
    if book.readings:
        network = adjust_field_book(
            book, known.points, srid=known.place.srid, regulation=task.regulation
        )
        for told in network.notes:
            book.ledger.note("NETWORK", told)
        points = _network_points(network, task)
    else:
        points = _coordinate_points(book, known, task)
    seen = network.pointings if network is not None else ()
    formed = _formed(points, seen, book, task, steps)
    mismatches = network_mismatches(network, task) if network is not None else []
    return Found(
        points[POINT_COLUMNS],
        formed,
        known.place,
        known.place.srid,
        book.ledger,
        mismatches=mismatches,
        network=network,
    )


def _network_points(network: FieldNetwork, task: Task) -> pd.DataFrame:
    smallest = float(task.regulation["survey"]["sigma"]["smallest_m"]) ** 2
    points = network.points.sort_values("line", kind="stable").reset_index(drop=True)
    for name in ("var_east", "var_north"):
        points[name] = points[name] + smallest
    spread = np.sqrt((points["var_east"] + points["var_north"]) / 2)
    lines = points["line"]
    rows = lines if lines.is_unique else np.arange(1, len(points) + 1)
    return points.assign(sigma_m=spread, row_number=rows)


def _coordinate_points(book: FieldBook, known: Control, task: Task) -> pd.DataFrame:
    sigma = float(task.regulation["survey"]["sigma"]["default_m"])
    swapped = known.place.swapped
    rows = [
        (
            c.point,
            *((c.north, c.east) if swapped else (c.east, c.north)),
            math.nan if c.height is None else c.height,
            c.code,
            "control" if c.control else "detail",
            c.line,
        )
        for c in book.coordinates
    ]
    points = pd.DataFrame(
        rows, columns=["point", "east", "north", "height", "code", "role", "line"]
    )
    points = points.drop_duplicates("point").reset_index(drop=True)
    lines = points["line"] if points["line"].is_unique else np.arange(1, len(points) + 1)
    return points.assign(
        sigma_m=sigma, label="", row_number=lines, var_east=sigma**2, var_north=sigma**2, cov_en=0.0
    )


# ---- parcels ---------------------------------------------------------------------------


def _formed(
    points: pd.DataFrame,
    seen: Sequence[Pointing],
    book: FieldBook,
    task: Task,
    steps: list[Step] | None,
) -> Formed:
    """Parcels by the strongest description at hand: sequences, figures, labels, then codes."""
    formed = Formed()
    bow = sagitta(task.regulation, task.scale)
    if steps is not None:
        listed = listed_steps(points, steps, book.ledger)
    elif any(reading.label for reading in book.readings):
        listed = listed_steps(points, _labelled(book), book.ledger)
    else:
        listed = pd.DataFrame()
    if len(listed):
        corners = shared_corners(listed, pd.factorize(listed["label"])[0], task.regulation)
        formed.joined = corners.joined
        smallest = float(task.regulation["survey"]["shared_corner"]["duplicate_m"])
        for outline in listed_outlines(listed, corners, smallest, bow):
            form(formed, outline, listed, corners, task.survey, task.regulation)
        return formed
    own = as_measured(points)
    for outline in _figures(points, book, task, own, bow):
        form(formed, outline, points, own, task.survey, task.regulation)
    if formed.labels or formed.refused:
        return formed
    return form_by_codes(_in_order(points, seen), book.lost, task, book.ledger) or formed


def _in_order(points: pd.DataFrame, seen: Sequence[Pointing]) -> pd.DataFrame:
    """Adjusted points in the order of the pointings, with the code of each pointing."""
    if not seen:
        return points
    place = {str(name): row for row, name in enumerate(points["point"])}
    ordered = points.iloc[[place[p.target] for p in seen]].reset_index(drop=True)
    return ordered.assign(code=[p.code for p in seen])


def _labelled(book: FieldBook) -> list[Step]:
    """Corners of parcels as the rows of the book name them, several parcels with a plus.

    A corner of a refused row is one of its parcel too: unless it was measured again, the
    parcel is not formed without it.
    """
    rows = [(r.line, r.label, r.target) for r in book.readings]
    rows += [(c.line, c.label, c.point) for c in book.lost]
    made, seen = [], set()
    for line, labels, point in sorted(rows):
        for label in labels.split("+"):
            key = (label.strip(), point)
            if label.strip() and key not in seen:
                seen.add(key)
                made.append(Step(label.strip(), point, False, line))
    return made


def _figures(
    points: pd.DataFrame, book: FieldBook, task: Task, own: Corners, bow: float
) -> list[Outline]:
    place = {str(name): row for row, name in enumerate(points["point"])}
    smallest = float(task.regulation["survey"]["shared_corner"]["duplicate_m"])
    made = []
    for figure in book.figures:
        broken = broken_chain(figure, smallest)
        if broken is not None:
            reason = {
                "vi": f"Thửa {figure.label} (dòng {figure.line}): cạnh {broken + 1} không nối tiếp "
                "cạnh trước.",
                "en": f"Parcel {figure.label} (line {figure.line}): side {broken + 1} does not "
                "begin where the side before it ends.",
            }
            book.ledger.note("PARCEL_REFUSED", reason, label=figure.label)
            continue
        made.append(figure_outline(figure, place, own.xy, bow))
    return made

"""Parcels between the boundary lines that the codes of measured points draw."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cadastre.formats.accounting import Ledger
from cadastre.formats.field_book import Corner
from cadastre.survey.corners import Corners, covariances
from cadastre.survey.found import Task
from cadastre.survey.linework import draw, tokens
from cadastre.survey.parcels import Formed, form, sagitta


def form_by_codes(
    points: pd.DataFrame, lost: Iterable[Corner], task: Task, ledger: Ledger
) -> Formed | None:
    """Parcels of coded points in the order of measurement, None where no code draws a line.

    A refused row (``lost``) that carries a boundary on would make other parcels of the lines
    without it: then none is formed, and the row is told.
    """
    if not draws_lines(points, task):
        return None
    rules = task.regulation["survey"]["codes"]
    formed = Formed()
    if _broken_by(points, lost, task, ledger):
        return formed
    drawn = draw(points, rules, sagitta(task.regulation, task.scale))
    for code, reason in drawn.troubles:
        ledger.note(code, reason)
    corners = as_measured(points)
    for outline in drawn.outlines:
        form(formed, outline, points, corners, task.survey, task.regulation)
    return formed


def draws_lines(points: pd.DataFrame, task: Task) -> bool:
    """Whether the code of a point draws a boundary line."""
    rules = task.regulation["survey"]["codes"]
    return any(token.line for code in points["code"] for token in tokens(str(code or ""), rules))


def as_measured(points: pd.DataFrame) -> Corners:
    """Points as corners of their own, none of them joined with another."""
    xy = points[["east", "north"]].to_numpy(dtype=np.float64)
    return Corners(xy, covariances(points), np.arange(len(points)), 0)


def _broken_by(points: pd.DataFrame, lost: Iterable[Corner], task: Task, ledger: Ledger) -> bool:
    """Whether a refused row carried a boundary on, at a point that was not measured again."""
    rules = task.regulation["survey"]["codes"]
    known = set(points["point"].astype(str))
    missing = [c for c in lost if c.point not in known and tokens(c.code, rules)]
    for corner in missing:
        reason = {
            "vi": f"Dòng {corner.line} (điểm {corner.point}, mã {corner.code}) bị từ chối: chưa "
            "nối ranh theo mã. Hãy sửa dòng đó.",
            "en": f"Line {corner.line} (point {corner.point}, code {corner.code}) was refused: no "
            "boundary is drawn by codes. Correct that line.",
        }
        ledger.note("LINES_INCOMPLETE", reason)
    return bool(missing)

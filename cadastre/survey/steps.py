"""Sequences of points -> the rows of their parcels, in order."""

from __future__ import annotations

import pandas as pd

from cadastre.formats.accounting import Ledger
from cadastre.formats.sequences import Step


def listed_steps(points: pd.DataFrame, steps: list[Step], ledger: Ledger) -> pd.DataFrame:
    """Rows of points in the order of steps; a parcel with an unknown point is told and left out."""
    place = {str(name): row for row, name in enumerate(points["point"])}
    missing: dict[str, set[str]] = {}
    for step in steps:
        if step.point not in place:
            missing.setdefault(step.label, set()).add(step.point)
    for label, names in missing.items():
        told = ", ".join(sorted(names))
        reason = {
            "vi": f"Thửa {label}: không có điểm {told} trong số đo; chưa lập thửa.",
            "en": f"Parcel {label}: points {told} were not measured; it is not formed.",
        }
        ledger.note("PARCEL_REFUSED", reason, label=label)
    kept = [step for step in steps if step.label not in missing]
    listed = points.iloc[[place[step.point] for step in kept]].reset_index(drop=True)
    return listed.assign(
        label=[step.label for step in kept],
        bend=[step.bend for step in kept],
        row_number=[step.line for step in kept],
    )

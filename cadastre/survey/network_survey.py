"""An open network file (gkf) as a survey: its adjusted points, and parcels by a table of points.

The fixed points of the file are its control; their place tells the zone, so that a file in
any axes becomes coordinates of the commune. As in a field book, outliers are switched off one
at a time and named.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from cadastre.formats.accounting import Ledger, content_hash
from cadastre.formats.gkf import read_gkf
from cadastre.formats.network import FIXED, Network
from cadastre.formats.sequences import Step
from cadastre.regulation import Regulation
from cadastre.survey.adjust_judged import judge_network
from cadastre.survey.adjust_result import Adjustment
from cadastre.survey.field_network import FieldNetwork
from cadastre.survey.findings import network_mismatches
from cadastre.survey.found import POINT_COLUMNS, Found, Task
from cadastre.survey.left_out import left_out
from cadastre.survey.network_report import file_settings
from cadastre.survey.parcels import Formed, form_parcels
from cadastre.survey.place import Place, PlaceUnclear, find_place
from cadastre.survey.steps import listed_steps


def from_network(path: Path, task: Task, control: Path | None, steps: list[Step] | None) -> Found:
    """Points and parcels of a gkf file, adjusted with the file's own settings.

    Raises
    ------
    cadastre.survey.place.PlaceUnclear
        It has no fixed point, or they lie nowhere near the commune.
    """
    network = read_gkf(path)
    place = _placed(network, path, task)
    ledger = Ledger(path.name, content_hash(path), len(network.observations))
    ledger.note("AXIS_ORDER", {"vi": place.evidence_vi, "en": place.evidence_en})
    if control is not None:
        reason = {
            "vi": "Tệp gkf tự mang điểm khống chế; danh sách kèm theo không dùng.",
            "en": "A gkf file brings its own control; the list beside it is not used.",
        }
        ledger.note("CONTROL", reason)
    adjusted = adjusted_network(network, task.regulation)
    points = adjusted.points
    for told in adjusted.notes:
        ledger.note("NETWORK", told)
    formed = Formed()
    if steps is not None:
        rows = listed_steps(points, steps, ledger)
        formed = form_parcels(rows, task.survey, task.regulation, scale=task.scale)
    return Found(
        points[POINT_COLUMNS], formed, place, place.srid, ledger,
        mismatches=network_mismatches(adjusted, task), network=adjusted,
    )  # fmt: skip


def adjusted_network(network: Network, regulation: Regulation) -> FieldNetwork:
    """Adjusted points of a network in its own system, outliers switched off, control judged."""
    found = judge_network(network.observations, network.points, **file_settings(network))
    return FieldNetwork(
        _points(found.adjustment, regulation), pd.DataFrame(), (), found.adjustment, None,
        found.outliers, found.twice, (), (),
        (*network.notes, *found.adjustment.notes, *left_out(found.adjustment)),
    )  # fmt: skip


def _placed(network: Network, path: Path, task: Task) -> Place:
    fixed = [p for p in network.points if p.plane == FIXED and p.east is not None]
    if not fixed:
        raise PlaceUnclear(
            f"{path.name}: no fixed point tells where the network lies.",
            f"{path.name}: không có điểm cố định để biết lưới nằm ở đâu.",
            file=path.name,
        )
    place = find_place(
        np.array([p.north for p in fixed], dtype=np.float64),
        np.array([p.east for p in fixed], dtype=np.float64),
        declared=task.declared,
        commune_srid=task.srid,
        outline=task.outline,
        commune_bounds=task.commune_bounds,
        rules=task.regulation["survey"],
        file=path.name,
    )
    if place.swapped:
        raise PlaceUnclear(
            f"{path.name}, axes-xy: with these axes the fixed points lie outside the commune; "
            "x and y are exchanged.",
            f"{path.name}, axes-xy: với trục này các điểm cố định nằm ngoài xã; x và y bị đổi chỗ.",
            file=path.name,
            field="axes-xy",
        )
    return place


def _points(adjustment: Adjustment, regulation: Regulation) -> pd.DataFrame:
    smallest = float(regulation["survey"]["sigma"]["smallest_m"]) ** 2
    blocks = adjustment.covariance.blocks()
    table = adjustment.points.assign(
        var_east=blocks[:, 0, 0] + smallest,
        var_north=blocks[:, 1, 1] + smallest,
        cov_en=blocks[:, 0, 1],
    )
    table = table[table["plane"] != ""].reset_index(drop=True).rename(columns={"id": "point"})
    observed = {str(name) for name in adjustment.residuals["station"]}
    role = [
        "control" if plane == FIXED else "station" if name in observed else "detail"
        for name, plane in zip(table["point"], table["plane"], strict=True)
    ]
    return table.assign(
        role=role,
        sigma_m=((table["var_east"] + table["var_north"]) / 2).map(math.sqrt),
        code="",
        label="",
        row_number=np.arange(1, len(table) + 1),
    )

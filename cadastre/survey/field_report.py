"""A survey's reading as plain data: figures of its network, points, observations, checks.

Metres and radians throughout; ellipses are of the standard deviation, their azimuth from
north, clockwise.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from cadastre.survey.adjust_quality import AdjustedTwice
from cadastre.survey.adjust_result import Adjustment, ellipses
from cadastre.survey.field_network import FieldNetwork
from cadastre.survey.listed import fit_facts
from cadastre.survey.reading import SurveyReading
from cadastre.survey.traverse import Traverse


def network_figures(network: FieldNetwork | None) -> dict[str, Any] | None:
    """Figures of an adjusted field network; None where there is none."""
    if network is None:
        return None
    return {
        "plane": _adjustment(network.plane),
        "levels": None if network.levels is None else _adjustment(network.levels),
        "traverses": [_traverse(traverse) for traverse in network.traverses],
        "outliers": [asdict(outlier) for outlier in network.outliers],
        "control": None if network.twice is None else _control(network.twice),
    }


def _adjustment(adjustment: Adjustment) -> dict[str, Any]:
    told = asdict(adjustment.statistics)
    return {**told, "notes": list(adjustment.notes)}


def _traverse(traverse: Traverse) -> dict[str, Any]:
    told = asdict(traverse)
    del told["places"]
    finite = np.isfinite(traverse.relative)
    return {**told, "relative": traverse.relative if finite else None, "passed": traverse.passed}


def _control(twice: AdjustedTwice) -> dict[str, Any]:
    return {
        "fits": twice.control_fits,
        "strain": twice.strain,
        "limit": twice.limit if np.isfinite(twice.limit) else None,
        "sigma0_measurements": twice.measurements.statistics.sigma0,
        "sigma0": twice.final.statistics.sigma0,
        "moved_m": dict(twice.control),
    }


def with_ellipses(points: pd.DataFrame) -> pd.DataFrame:
    """Points with semi_major, semi_minor and azimuth of their standard ellipse.

    >>> made = with_ellipses(pd.DataFrame({"var_east": [4.0], "var_north": [1.0], "cov_en": [0.0]}))
    >>> made[["semi_major", "semi_minor"]].iloc[0].tolist()
    [2.0, 1.0]
    """
    blocks = np.empty((len(points), 2, 2))
    blocks[:, 0, 0], blocks[:, 1, 1] = points["var_east"], points["var_north"]
    blocks[:, 0, 1] = blocks[:, 1, 0] = points["cov_en"]
    major, minor, azimuth = ellipses(blocks)
    return points.assign(semi_major=major, semi_minor=minor, azimuth=azimuth)


def reading_told(found: SurveyReading) -> dict[str, Any]:
    """Everything of a reading as JSON-able data."""
    return {
        "srid": found.srid,
        "report": found.report.to_dict(),
        "points": _records(with_ellipses(found.points)),
        "observations": _records(found.observations),
        "corners": _records(found.corners),
        "parcels": [
            {"label": label, "sigma_m": sigma, "area_m2": shape.area, "wkt": shape.wkt}
            for label, sigma, shape in zip(
                found.measured["label"], found.measured["sigma_m"], found.measured.geometry,
                strict=True,
            )
        ],
        "checks": _records(found.checks),
        "mismatches": _records(
            pd.DataFrame(found.mismatches.drop(columns=found.mismatches.geometry.name))
        ),
        "network": network_figures(found.network),
        "helmert": None if found.helmert is None else fit_facts(found.helmert),
    }  # fmt: skip


def reading_summary(found: SurveyReading) -> list[dict[str, Any]]:
    """Points as rows for a terminal."""
    table = with_ellipses(found.points)
    return [
        {
            "point": row["point"],
            "role": row["role"],
            "X (N)": f"{row['north']:.3f}",
            "Y (E)": f"{row['east']:.3f}",
            "H": "" if row["height"] is None or np.isnan(row["height"]) else f"{row['height']:.3f}",
            "a, b (mm)": f"{1000 * row['semi_major']:.1f}, {1000 * row['semi_minor']:.1f}",
        }
        for row in table.to_dict("records")
    ]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=12))
    return rows

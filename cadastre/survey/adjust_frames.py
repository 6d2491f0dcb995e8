"""Result of an adjustment as tables: points with ellipses, residuals with tests, orientations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from cadastre.formats.network import Observation
from cadastre.survey.adjust_equations import Array
from cadastre.survey.adjust_result import Covariance, Statistics, ellipses
from cadastre.survey.adjust_run import Run, State
from cadastre.survey.adjust_sparse import quadratic_diagonal


def point_frame(
    run: Run, state: State, covariance: Covariance, statistics: Statistics
) -> pd.DataFrame:
    """Adjusted points with standard deviations and ellipses (metres, radians)."""
    blocks = covariance.blocks()
    deviations = np.sqrt(np.maximum(np.diagonal(blocks, axis1=1, axis2=2), 0.0))
    major, minor, azimuth = ellipses(blocks[:, :2, :2])
    plane = np.array([bool(p.plane) for p in run.points.values()])
    level = np.array([bool(p.level) for p in run.points.values()])
    given = np.array([p.height is not None for p in run.points.values()])
    return pd.DataFrame(
        {
            "id": list(run.points),
            "east": np.where(plane, state.coordinates[:, 0], np.nan),
            "north": np.where(plane, state.coordinates[:, 1], np.nan),
            "height": np.where(level | given, state.coordinates[:, 2], np.nan),
            "plane": [p.plane for p in run.points.values()],
            "level": [p.level for p in run.points.values()],
            "sigma_east": deviations[:, 0],
            "sigma_north": deviations[:, 1],
            "sigma_height": deviations[:, 2],
            "semi_major": major,
            "semi_minor": minor,
            "azimuth": azimuth,
            "confidence_major": statistics.ellipse_factor * major,
            "confidence_minor": statistics.ellipse_factor * minor,
        }
    )


def residual_frame(
    everything: list[Observation],
    off: Mapping[int, str],
    run: Run,
    design: sparse.csr_matrix,
    misfit: Array,
    covariance: Covariance,
    statistics: Statistics,
) -> pd.DataFrame:
    """Every observation with its residual; those switched off keep their reason."""
    quality = _quality(run, design, covariance)
    columns = {name: np.full(len(everything), np.nan) for name in ("residual", *quality)}
    used = np.array([n not in off for n in range(len(everything))])
    columns["residual"][used] = -misfit
    for name, values in quality.items():
        columns[name][used] = values
    root = np.sqrt(statistics.scale)
    spread = columns["sigma_residual"]
    with np.errstate(divide="ignore", invalid="ignore"):
        controlled = columns["redundancy"] > 1e-9
        standardised = np.where(controlled, columns["residual"] / (root * spread), np.nan)
    observed = np.array([o.value for o in everything])
    fields: dict[str, Any] = {
        name: [getattr(o, name) for o in everything]
        for name in ("kind", "station", "backsight", "target", "group", "sigma", "line")
    }
    return pd.DataFrame(
        {
            **fields,
            "observed": observed,
            "adjusted": observed + columns["residual"],
            "residual": columns["residual"],
            "sigma_adjusted": root * columns["sigma_adjusted"],
            "sigma_residual": root * spread,
            "redundancy": columns["redundancy"],
            "standardised": standardised,
            "used": used,
            "note": [off.get(n, "") for n in range(len(everything))],
        }
    )


def _quality(run: Run, design: sparse.csr_matrix, covariance: Covariance) -> dict[str, Array]:
    """Standard deviations of adjusted values and residuals (unscaled), redundancy numbers."""
    adjusted = quadratic_diagonal(design, covariance.selected)
    variance = run.table.sigma**2
    redundancy = 1.0 - adjusted / variance
    joined = np.flatnonzero(np.diff(run.whiten.indptr) > 1)
    if len(joined):
        # (Q_vv P)_ii of correlated values: 1 - (A Q A' P)_ii, P = W'W.
        weights = sparse.csr_matrix(run.whiten.T @ run.whiten)
        product = design @ covariance.selected
        weighted = weights @ design
        full = 1.0 - np.asarray(product.multiply(weighted).sum(axis=1)).ravel()
        correlated = np.diff(weights.indptr) > 1
        redundancy = np.where(correlated, full, redundancy)
    return {
        "sigma_adjusted": np.sqrt(np.maximum(adjusted, 0.0)),
        "sigma_residual": np.sqrt(np.maximum(variance - adjusted, 0.0)),
        "redundancy": redundancy,
    }


def orientation_frame(run: Run, state: State, covariance: Covariance) -> pd.DataFrame:
    """Orientation of each set of directions, in radians."""
    first = run.layout.size - len(run.layout.groups)
    numbers = np.arange(first, run.layout.size)
    variance = np.zeros(0)
    if len(numbers):
        variance = np.asarray(covariance.selected[numbers, numbers]).ravel()
    return pd.DataFrame(
        {
            "station": [station for station, _ in run.layout.groups],
            "group": [group for _, group in run.layout.groups],
            "orientation": state.orientations % (2 * np.pi),
            "sigma": np.sqrt(covariance.scale * variance),
        }
    )

"""Systematic shift of each sheet, told apart from single moved fences by a robust fit.

For every sheet the differences measured minus mapped at matched corners are fitted by
iterated reweighting (Tukey's biweight, started at the median): a translation, a similarity
where parcels suffice, an affinity where it explains clearly more. With fewer than five
well-spread parcels nothing is estimated, and the table says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cadastre.regulation import Regulation

ESTIMATED, TOO_FEW, NOT_SPREAD = "estimated", "too few parcels", "parcels not spread"


@dataclass(frozen=True)
class SheetModel:
    """Displacement of one sheet: ``d(x) = t + M (x - centre)``, metres; zero when not used."""

    centre: np.ndarray
    translation: np.ndarray
    matrix: np.ndarray
    rms_m: float
    displacement_m: float
    precision_m: float
    model: str
    parcels: int
    status: str
    significant: bool

    def switched_off(self) -> SheetModel:
        """Return the same estimate, not to be applied."""
        return replace(self, significant=False)

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Displacement (n, 2) in metres, measured minus mapped, at map positions."""
        if not self.significant:
            return np.zeros_like(xy)
        return np.asarray(self.translation + (xy - self.centre) @ self.matrix.T)


def fit_sheet(
    xy: np.ndarray, difference: np.ndarray, parcel: np.ndarray, regulation: Regulation
) -> SheetModel:
    """Displacement of a sheet from differences at its corners.

    Parameters
    ----------
    xy : corner positions on the map (n, 2), metres
    difference : measured minus mapped (n, 2), metres
    parcel : number of the parcel of each corner
    """
    rules = regulation["reconcile"]["shift"]
    ids, inverse = np.unique(parcel, return_inverse=True)
    centres = np.column_stack(
        [np.bincount(inverse, weights=xy[:, i] - xy[0, i]) for i in (0, 1)]
    ) / np.bincount(inverse)[:, None] if len(ids) else np.zeros((0, 2))  # fmt: skip
    status = _status(centres, rules)
    if status != ESTIMATED:
        zero = np.zeros(2)
        return SheetModel(zero, zero, np.zeros((2, 2)), np.nan, np.nan, np.nan, "none",
                          len(ids), status, False)  # fmt: skip
    centre = xy.mean(axis=0)
    model = "translation" if len(ids) < int(rules["similarity_parcels"]) else "similarity"
    fit = _robust(xy - centre, difference, model, rules)
    if len(ids) >= int(rules["affine_parcels"]):
        wider = _robust(xy - centre, difference, "affine", rules)
        if wider[2] ** 2 <= float(rules["affine_gain"]) * fit[2] ** 2:
            fit, model = wider, "affine"
    translation, matrix, rms = fit
    modelled = translation + (xy - centre) @ matrix.T
    size = float(np.sqrt((modelled**2).sum(axis=1).mean()))
    precision = rms / np.sqrt(2.0 * len(ids))
    # Chi-square with two degrees of freedom: its upper quantile is -2 ln(1 - level).
    quantile = -2.0 * np.log(1.0 - float(rules["level"]))
    significant = size**2 > quantile * precision**2
    return SheetModel(centre, translation, matrix, rms, size, precision, model,
                      len(ids), ESTIMATED, bool(significant))  # fmt: skip


def _status(centres: np.ndarray, rules: Mapping[str, Any]) -> str:
    if len(centres) < int(rules["fewest_parcels"]):
        return TOO_FEW
    spread = np.linalg.svd(centres - centres.mean(axis=0), compute_uv=False) / np.sqrt(len(centres))
    return ESTIMATED if spread[-1] >= float(rules["spread_m"]) else NOT_SPREAD


def _robust(
    x: np.ndarray, d: np.ndarray, model: str, rules: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Translation, matrix and robust RMS (2-D) of the residuals."""
    columns = _design(x, model)
    solution = np.zeros(columns.shape[1])
    solution[:2] = np.median(d, axis=0)
    target = d.ravel()
    scale = 0.0
    for _ in range(int(rules["rounds"])):
        residual = (target - columns @ solution).reshape(-1, 2)
        length = np.hypot(*residual.T)
        scale = max(1.0e-6, float(np.median(length)) / 1.1774)  # median of a Rayleigh length
        share = length / (float(rules["tukey_constant"]) * scale)
        weight = np.where(share < 1.0, (1.0 - share**2) ** 2, 0.0)
        weighted = columns * np.repeat(weight, 2)[:, None]
        previous = solution
        # Positions are from the sheet's centre and at most six unknowns: well conditioned.
        solution = np.linalg.lstsq(columns.T @ weighted, weighted.T @ target, rcond=None)[0]
        if np.allclose(solution, previous, rtol=0.0, atol=1.0e-9):
            break
    return solution[:2], _matrix(solution, model), float(scale * np.sqrt(2.0))


def _matrix(solution: np.ndarray, model: str) -> np.ndarray:
    if model == "translation":
        return np.zeros((2, 2))
    if model == "similarity":
        a, b = solution[2:]
        return np.array([[a, -b], [b, a]])
    return np.asarray(solution[2:].reshape(2, 2))


def _design(x: np.ndarray, model: str) -> np.ndarray:
    n = len(x)
    zero, one = np.zeros(n), np.ones(n)
    east = [one, zero]
    north = [zero, one]
    if model == "similarity":
        east += [x[:, 0], -x[:, 1]]
        north += [x[:, 1], x[:, 0]]
    elif model == "affine":
        east += [x[:, 0], x[:, 1], zero, zero]
        north += [zero, zero, x[:, 0], x[:, 1]]
    stacked = np.stack([np.column_stack(east), np.column_stack(north)], axis=1)
    return np.asarray(stacked.reshape(2 * n, -1))


def shift_table(models: list[SheetModel], sheets: pd.DataFrame) -> pd.DataFrame:
    """One row per sheet with measured parcels: parameters, precision and status."""
    rows = [
        {
            "former_commune": sheet.former_commune,
            "map_set": sheet.map_set,
            "scale": sheet.scale,
            "former_sheet": sheet.former_sheet,
            "sheet": sheet.sheet,
            "de": model.translation[0] if model.status == ESTIMATED else np.nan,
            "dn": model.translation[1] if model.status == ESTIMATED else np.nan,
            "rotation_rad": (model.matrix[1, 0] - model.matrix[0, 1]) / 2.0,
            "scale_ppm": (model.matrix[0, 0] + model.matrix[1, 1]) / 2.0 * 1.0e6,
            "n": model.parcels,
            "residual_rms_m": model.rms_m,
            "displacement_m": model.displacement_m,
            "precision_m": model.precision_m,
            "model": model.model,
            "status": model.status,
            "applied": model.significant,
        }
        for model, sheet in zip(models, sheets.itertuples(index=False), strict=True)
        if model.parcels
    ]
    columns = [
        "former_commune", "map_set", "scale", "former_sheet", "sheet", "de", "dn",
        "rotation_rad", "scale_ppm", "n", "residual_rms_m", "displacement_m", "precision_m",
        "model", "status", "applied",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)

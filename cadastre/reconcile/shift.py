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

_SETTLED_M = 1.0e-5
_FIRST_CORNERS = 8_000
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
    """Translation, matrix and robust RMS (2-D) of the residuals.

    Rounds end when no place of the sheet moves any more by a hundredth of a millimetre. A
    large sheet is first fitted to some of its corners, then to all of them from there.
    """
    start = np.median(d, axis=0), np.zeros((2, 2))
    step = len(x) // _FIRST_CORNERS
    if step > 1:
        start = _rounds(x[::step], d[::step], model, rules, start)[:2]
    return _rounds(x, d, model, rules, start)


def _rounds(
    x: np.ndarray,
    d: np.ndarray,
    model: str,
    rules: Mapping[str, Any],
    start: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, float]:
    """Reweighted rounds from a first translation and matrix."""
    place = np.column_stack([np.ones(len(x)), x])
    reach = float(np.abs(x).max(initial=1.0))
    translation, matrix = start
    scale = 0.0
    for _ in range(int(rules["rounds"])):
        residual = d - translation - (x @ matrix.T if matrix.any() else 0.0)
        length = np.hypot(residual[:, 0], residual[:, 1])
        scale = max(1.0e-6, float(np.median(length)) / 1.1774)  # median of a Rayleigh length
        share = length / (float(rules["tukey_constant"]) * scale)
        weighted = place * np.where(share < 1.0, (1.0 - share**2) ** 2, 0.0)[:, None]
        previous = translation, matrix
        translation, matrix = _solved(weighted.T @ place, weighted.T @ d, model)
        step = np.abs(translation - previous[0]).max() + reach * np.abs(matrix - previous[1]).max()
        if step <= _SETTLED_M:
            break
    return translation, matrix, float(scale * np.sqrt(2.0))


def _solved(normal: np.ndarray, right: np.ndarray, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Translation and matrix from the weighted sums of (1, east, north) with itself and d."""
    if model == "affine":
        solution = np.linalg.lstsq(normal, right, rcond=None)[0]
        return solution[0], solution[1:].T
    if model == "translation":
        return right[0] / max(normal[0, 0], 1.0e-12), np.zeros((2, 2))
    n, e, h = normal[0]
    size = normal[1, 1] + normal[2, 2]
    # Positions are from the sheet's centre and four unknowns: well conditioned.
    four = np.array([[n, 0, e, -h], [0, n, h, e], [e, h, size, 0], [-h, e, 0, size]])
    turned = [right[1, 0] + right[2, 1], right[1, 1] - right[2, 0]]
    *translation, a, b = np.linalg.lstsq(four, np.array([*right[0], *turned]), rcond=None)[0]
    return np.array(translation), np.array([[a, -b], [b, a]])


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

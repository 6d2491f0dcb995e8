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

from cadastre.mismatch import Code, mismatch_id
from cadastre.reconcile.columns import SHEET_COLUMNS
from cadastre.reconcile.fitting import (
    MODELS,
    centred,
    displace,
    fit_rounds,
    gather,
    mean_square,
    middle_of,
)
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sharing import in_blocks
from cadastre.regulation import Regulation

_SETTLED_M, _REFINED_M = 1.0e-5, 1.0e-4  # of a fit that begins at the median, at a fit
_FIRST_CORNERS = 1_000
ESTIMATED, TOO_FEW, NOT_SPREAD = "estimated", "too few parcels", "parcels not spread"
_PARAMETERS = [
    "de", "dn", "rotation_rad", "scale_ppm", "residual_rms_m", "displacement_m", "precision_m",
    "centre_e", "centre_n", "ee", "en", "ne", "nn",
]  # fmt: skip
_TABLE = [
    *SHEET_COLUMNS, "sheet", "de", "dn", "rotation_rad", "scale_ppm", "n", "residual_rms_m",
    "displacement_m", "precision_m", "model", "status", "applied", "centre_e", "centre_n",
    "ee", "en", "ne", "nn", "mismatch_id",
]  # fmt: skip


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
    xy: np.ndarray,
    difference: np.ndarray,
    seen: tuple[int, float],
    scale: int,
    regulation: Regulation,
) -> SheetModel:
    """Displacement of a sheet from differences at its corners.

    Parameters
    ----------
    xy : corner positions on the map (n, 2), metres; counted from their mean afterwards
    difference : measured minus mapped (n, 2), metres
    seen : number of the parcels, and least variance in m2 of their positions in any direction
    scale : denominator of the sheet's scale
    """
    rules = regulation["reconcile"]["shift"]
    parcels, variance = seen
    status = _status(parcels, variance, scale, rules)
    if status != ESTIMATED:
        zero = np.zeros(2)
        return SheetModel(zero, zero, np.zeros((2, 2)), np.nan, np.nan, np.nan, "none",
                          parcels, status, False)  # fmt: skip
    centre = centred(xy)
    model = "translation" if parcels < int(rules["similarity_parcels"]) else "similarity"
    gain = float(rules["affine_gain"])
    fit, first = _robust(xy, difference, model, rules)
    if parcels >= int(rules["affine_parcels"]):
        hopeless = np.sqrt((1.0 + gain) / 2.0) * first
        wider, _ = _robust(xy, difference, "affine", rules, hopeless)
        if wider is not None and wider[2] ** 2 <= gain * fit[2] ** 2:
            fit, model = wider, "affine"
    translation, matrix, rms = fit
    size = float(np.sqrt(mean_square(xy, translation, matrix)))
    precision = rms / np.sqrt(2.0 * parcels)
    # Chi-square with two degrees of freedom: its upper quantile is -2 ln(1 - level).
    quantile = -2.0 * np.log(1.0 - float(rules["level"]))
    significant = size**2 > quantile * precision**2
    return SheetModel(centre, translation, matrix, rms, size, precision, model,
                      parcels, ESTIMATED, bool(significant))  # fmt: skip


def _status(parcels: int, variance: float, scale: int, rules: Mapping[str, Any]) -> str:
    if parcels < int(rules["fewest_parcels"]):
        return TOO_FEW
    # A large-scale sheet shows little ground: its parcels are spread over the paper.
    need = min(float(rules["spread_m"]), float(rules["spread_mm"]) / 1000.0 * scale)
    return ESTIMATED if variance >= need**2 else NOT_SPREAD


Fit = tuple[np.ndarray, np.ndarray, float]


def _robust(
    x: np.ndarray, d: np.ndarray, model: str, rules: Mapping[str, Any], hopeless: float = np.inf
) -> tuple[Fit | Any, float]:
    """Translation, matrix and robust RMS (2-D) of the residuals; the RMS of the first fit.

    Rounds end when no place of the sheet will move any more by a hundredth of a millimetre. A
    large sheet is first fitted to some of its corners, then to all of them from there; not at
    all when the first fit leaves more than ``hopeless`` metres.
    """
    step = len(x) // _FIRST_CORNERS
    start = np.zeros(6)
    start[:2] = middle_of(d, max(step, 1))
    kind, limits = MODELS.index(model), (float(rules["tukey_constant"]), int(rules["rounds"]))
    first, about = np.inf, 0.0
    if step > 1:
        some = np.ascontiguousarray(x[::step]), np.ascontiguousarray(d[::step])
        start, about = fit_rounds(*some, kind, *limits, _SETTLED_M, start, about)
        first = float(about * np.sqrt(2.0))
        if first > hopeless:
            return None, first
    settled = _REFINED_M if step > 1 else _SETTLED_M
    found, scale = fit_rounds(x, d, kind, *limits, settled, start, about)
    return (found[:2], found[2:].reshape(2, 2), float(scale * np.sqrt(2.0))), first


def differences(
    map_xy: np.ndarray,
    ground_xy: np.ndarray,
    map_vertex: np.ndarray,
    ground_vertex: np.ndarray,
    ends: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Map position and difference of the paired corners of some pairs, and their number.

    ``ends`` (pairs, 2) are the first row of each pair's corners and the one after its last.
    """
    most = int((ends[:, 1] - ends[:, 0]).sum())
    xy, difference = np.empty((most, 2)), np.empty((most, 2))
    count = np.zeros(len(ends), dtype=np.intp)
    total = gather(map_xy, ground_xy, map_vertex, ground_vertex, ends, xy, difference, count)
    return xy[:total], difference[:total], count


def displaced(rings: Rings, sheet: np.ndarray, models: list[SheetModel]) -> np.ndarray:
    """Vertices of the map after the shifts of their sheets; ``sheet`` is that of each parcel."""
    used = np.array([model.significant for model in models])
    table = np.array(
        [[*m.translation, *m.matrix.ravel(), *m.centre] if m.significant else [0.0] * 8
         for m in models]
    )  # fmt: skip
    result = rings.xy.copy()
    in_blocks(
        lambda begin, end: displace(
            rings.xy, rings.start, rings.size, rings.owner, sheet, used, table, result, begin, end
        ),
        len(rings.size),
    )
    return result


def shift_table(models: list[SheetModel], sheets: pd.DataFrame) -> pd.DataFrame:
    """One row per sheet with measured parcels: parameters, precision and status.

    A point of the map at ``x`` lies off by ``(de, dn) + M (x - centre)``; ``M`` has the rows
    ``ee, en`` and ``ne, nn``. ``mismatch_id`` names the sheet's flag, raised or not.
    """
    kept = [number for number, model in enumerate(models) if model.parcels]
    if len(kept) < len(models):
        models, sheets = [models[number] for number in kept], sheets.iloc[kept]
    values = np.array([_parameters(model) for model in models]).reshape(-1, len(_PARAMETERS))
    table = {name: sheets[name].array for name in (*SHEET_COLUMNS, "sheet")}
    table |= dict(zip(_PARAMETERS, values.T, strict=True))
    table |= {
        "n": [model.parcels for model in models],
        "model": [model.model for model in models],
        "status": [model.status for model in models],
        "applied": [model.significant for model in models],
        "mismatch_id": [
            _named_shift(*sheet)
            for sheet in zip(*(sheets[name] for name in SHEET_COLUMNS), strict=True)
        ],
    }
    return pd.DataFrame(table, columns=_TABLE)


def _parameters(model: SheetModel) -> list[float]:
    """Values of a model in the order of :data:`_PARAMETERS`."""
    ee, en, ne, nn = model.matrix.ravel()
    moved = model.translation if model.status == ESTIMATED else [np.nan, np.nan]
    turned = [(ne - en) / 2.0, (ee + nn) / 2.0 * 1.0e6]
    quality = [model.rms_m, model.displacement_m, model.precision_m]
    return [*moved, *turned, *quality, *model.centre, ee, en, ne, nn]


def shift_id(sheet: Any) -> str:
    """Identifier of the SHEET_SHIFT of a sheet, a row of the map side's sheets."""
    return _named_shift(*(sheet[name] for name in SHEET_COLUMNS))


def _named_shift(former_commune: str, map_set: str, scale: int, former_sheet: str) -> str:
    name = f"{former_commune}|{map_set}|{scale}|{former_sheet}"
    return mismatch_id(Code.SHEET_SHIFT, [], name)

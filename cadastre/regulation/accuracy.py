"""Limits of position, edge and area: TT 26/2024/TT-BTNMT Art 8, Annex 03 and Annex 04.

The tables live in ``accuracy.toml``; this module only reads them, over arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cadastre.errors import RegulationError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Accuracy:
    """The accuracy tables, as arrays in and arrays out.

    ``scale`` is a denominator (500 for 1:500), one value or one per element; ``farmland``
    says, likewise, where the wider limit of agricultural land holds.
    """

    tables: Mapping[str, Any]

    def position_limit(self, scale: npt.ArrayLike, farmland: npt.ArrayLike | None = None) -> Floats:
        """Limit in metres of a boundary point's position.

        >>> from cadastre.regulation import load
        >>> load().accuracy.position_limit([500, 1000]).tolist()
        [0.07, 0.15]
        """
        table = self.tables["position"]
        scales = np.asarray(scale, dtype=np.int64)
        limit = self._by_scale(table["limit"], scales)
        return limit * self._farmland_factor(table, scales, farmland)

    def edge_limit(
        self,
        scale: npt.ArrayLike,
        length_m: npt.ArrayLike,
        farmland: npt.ArrayLike | None = None,
    ) -> Floats:
        """Limit in metres of an edge ``length_m`` long; whole metres count (Annex 03).

        >>> from cadastre.regulation import load
        >>> load().accuracy.edge_limit([500, 1000], 20.0).round(4).tolist()
        [0.084, 0.092]
        """
        table = self.tables["edge"]
        scales, lengths = np.broadcast_arrays(
            np.asarray(scale, dtype=np.int64), np.asarray(length_m, dtype=np.float64)
        )
        centimetres = self._banded(table["bands"], scales, lengths, per=1.0, whole=True)
        return centimetres / 100.0 * self._farmland_factor(table, scales, farmland)

    def area_limit(self, scale: npt.ArrayLike, area_m2: npt.ArrayLike) -> Floats:
        """Limit in m2 of the area of a parcel of ``area_m2`` (Annex 04).

        >>> from cadastre.regulation import load
        >>> load().accuracy.area_limit([500, 500, 2000], [100, 500, 5000]).round(2).tolist()
        [0.81, 2.61, 19.24]
        """
        scales, areas = np.broadcast_arrays(
            np.asarray(scale, dtype=np.int64), np.asarray(area_m2, dtype=np.float64)
        )
        return self._banded(self.tables["area"]["bands"], scales, areas, per=10.0, whole=False)

    @property
    def sigma_factor(self) -> float:
        """Factor k of the survey's sigma in ``allowed = sqrt(limit^2 + (k sigma)^2)``."""
        return float(self.tables["judgement"]["sigma_factor"])

    def allowed(self, limit: npt.ArrayLike, sigma: npt.ArrayLike) -> Floats:
        """Limit widened by the survey's own precision, in the unit of ``limit``."""
        widened = np.hypot(np.asarray(limit), self.sigma_factor * np.asarray(sigma))
        return np.asarray(widened, dtype=np.float64)

    def _by_scale(self, values: Mapping[str, float], scales: npt.NDArray[np.int64]) -> Floats:
        limit = np.empty(scales.shape, dtype=np.float64)
        for scale in _distinct(scales):
            limit[scales == scale] = self._at_scale(values, int(scale))
        return limit

    @staticmethod
    def _at_scale(values: Mapping[str, Any], scale: int) -> Any:
        try:
            return values[str(scale)]
        except KeyError as unknown:
            raise RegulationError(
                f"No limit for scale 1:{scale}.",
                f"Không có hạn sai cho tỷ lệ 1:{scale}.",
                scale=scale,
            ) from unknown

    @staticmethod
    def _farmland_factor(
        table: Mapping[str, Any], scales: npt.NDArray[np.int64], farmland: npt.ArrayLike | None
    ) -> Floats:
        wide = np.asarray(False if farmland is None else farmland, dtype=bool)
        if not wide.any():
            return np.ones(np.broadcast_shapes(wide.shape, scales.shape))
        applies = wide & np.isin(scales, table["farmland_scales"])
        return np.where(applies, float(table["farmland_factor"]), 1.0)

    def _banded(
        self,
        bands: Mapping[str, Any],
        scales: npt.NDArray[np.int64],
        values: Floats,
        *,
        per: float,
        whole: bool,
    ) -> Floats:
        limit = np.empty(values.shape, dtype=np.float64)
        for scale in _distinct(scales):
            here = scales == scale
            band = self._at_scale(bands, int(scale))
            limit[here] = _stepped(values[here], band["flat"], band["steps"], per, whole)
        return limit


def _distinct(scales: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Scales that occur; in many communes it is one, and then nothing is sorted."""
    first = scales.flat[:1]
    return first if (scales == first).all() else np.unique(scales)


def _stepped(
    values: Floats, flat: float, steps: Sequence[Sequence[float]], per: float, whole: bool
) -> Floats:
    total = np.full(values.shape, float(flat))
    for lower, upper, rate in steps:
        inside = np.clip(values, lower, upper) - lower
        total += rate * (np.floor(inside + 1e-9) if whole else inside / per)
    return total

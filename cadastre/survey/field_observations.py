"""Reduced pointings -> observations with their standard deviations.

A direction is as good as the instrument, and as the centring of both ends over the length
of the sight; a distance as the distance meter and the centring; a rise as the zenith angle
and the measured heights (Ghilani, Adjustment Computations, chapter 7). Targets that nobody
set up on and that are not control are prisms on a pole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cadastre.formats.network import Observation
from cadastre.survey.adjust_equations import Array
from cadastre.survey.pointings import Pointing

_SECOND = math.pi / 648_000


def plane_observations(
    table: pd.DataFrame, firm: set[str], lengths: Array, rules: Mapping[str, Any]
) -> list[Observation]:
    """Directions and grid distances of reduced pointings, in the order of the table.

    Parameters
    ----------
    table : as :func:`cadastre.survey.reductions.reduced` returns it
    firm : points with a tripod over them (stations and control)
    lengths : length of each sight in metres, measured or computed, for the centring
    """
    centring = float(rules["centring_m"])
    pole = [centring if target in firm else float(rules["pole_m"]) for target in table["target"]]
    ends = np.hypot(centring, np.array(pole, dtype=np.float64))
    single = np.where(table["faces"].to_numpy() >= 2, 1.0, math.sqrt(2.0))
    reach = np.where(np.isfinite(lengths) & (lengths > 0), lengths, 100.0)
    turned = np.hypot(float(rules["direction_seconds"]) * _SECOND * single, ends / reach)
    distance = table["distance_m"].to_numpy(dtype=np.float64)
    meter = float(rules["distance_m"]) + float(rules["distance_ppm"]) * 1e-6 * distance
    measured = np.hypot(meter, ends)
    made: list[Observation] = []
    columns = ["station", "target", "group", "line", "direction"]
    for row, (station, target, group, line, direction) in enumerate(
        table[columns].itertuples(index=False)
    ):
        where = {"station": station, "target": target, "line": int(line)}
        if math.isfinite(direction):
            made.append(
                Observation("direction", direction, float(turned[row]), group=int(group), **where)
            )
        if math.isfinite(distance[row]):
            made.append(Observation("distance", distance[row], float(measured[row]), **where))
    return made


def height_observations(
    seen: Sequence[Pointing], rises: Array, rules: Mapping[str, Any]
) -> list[Observation]:
    """Height differences from station to target where both heights were measured."""
    slope = np.array([p.slope if p.slope is not None else math.nan for p in seen], dtype=float)
    zenith = np.array([p.zenith if p.zenith is not None else math.nan for p in seen], dtype=float)
    single = np.array([1.0 if p.faces >= 2 else math.sqrt(2.0) for p in seen])
    by_angle = slope * np.sin(zenith) * float(rules["zenith_seconds"]) * _SECOND * single
    by_length = np.cos(zenith) * float(rules["distance_m"])
    sigma = np.sqrt(
        np.nan_to_num(by_angle) ** 2
        + np.nan_to_num(by_length) ** 2
        + 2 * float(rules["height_m"]) ** 2
    )
    return [
        Observation(
            "dh", float(up), float(s), station=p.setup.station, target=p.target, line=p.line
        )
        for p, up, s in zip(seen, rises, sigma, strict=True)
        if math.isfinite(up)
    ]

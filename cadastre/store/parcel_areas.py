"""Areas of one parcel side by side, each with the limit that judges it.

Two limits exist and are named apart: that of Annex 04 (TT 26/2024/TT-BTNMT) for register
beside map, and the one widened by the uncertainty of the survey that judges a measured area.
The second follows :func:`cadastre.reconcile.judgement.judge_area` for a single parcel,
without the machinery for whole communes, which a web process does not load; a test compares
it with what the comparison itself states.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import shapely

from cadastre.regulation import Regulation


def area_comparison(
    parcel: dict[str, Any], outline: Any, measured: list[dict[str, Any]], regulation: Regulation
) -> dict[str, float | None]:
    """Return the areas of register, paper, map and ground with the limits between them.

    Takes ``register_area_m2``, ``printed_area_m2`` and ``area_m2`` out of the parcel and the
    well-known binary ``shape`` out of each measurement.
    """
    shapes = [m.pop("shape") for m in measured]
    register, mapped = parcel.pop("register_area_m2"), parcel.pop("area_m2")
    printed = parcel.pop("printed_area_m2")
    judged = register if register is not None else mapped
    areas: dict[str, float | None] = {
        "register_m2": register,
        "printed_m2": printed,
        "map_m2": mapped,
        "measured_m2": None,
        "allowed_m2": float(regulation.accuracy.area_limit(parcel["scale"], judged)),
        "allowed_measured_m2": None,
    }
    for m, shape in zip(measured, shapes, strict=True):
        if m["relation"] == "same":
            areas["measured_m2"] = m["area_m2"]
            areas["allowed_measured_m2"] = area_allowed(
                outline,
                shapely.from_wkb(bytes(shape)),
                m["sigma_m"],
                register if register is not None else printed,
                parcel["scale"],
                regulation,
            )
            break
    return areas


def area_allowed(
    mapped: Any,
    measured: Any,
    sigma_m: float,
    paper_m2: float | None,
    scale: int,
    regulation: Regulation,
) -> float:
    """Allowed difference in m2 of one measured area.

    Parameters
    ----------
    mapped, measured : outlines in metres
    sigma_m : standard deviation of one measured coordinate
    paper_m2 : area on the paper; the map's own is compared with when there is none

    >>> from cadastre.regulation import load
    >>> lot = shapely.box(0, 0, 10, 10)
    >>> round(area_allowed(lot, lot, 0.0, 250.0, 500, load()), 2)
    1.57
    """
    accuracy, rules = regulation.accuracy, regulation["reconcile"]["judgement"]
    own = shapely.area(mapped)
    other = own if paper_m2 is None else paper_m2
    ground = _chords(measured) * sigma_m / 2.0
    limit = accuracy.area_limit(scale, other)
    allowed = float(accuracy.allowed(limit, ground))
    if paper_m2 is not None and abs(other - own) > float(rules["derived_area_m2"]):
        return allowed
    # An area taken from the map has the map's uncertainty besides the survey's.
    share = float(regulation["accuracy"]["judgement"]["map_rms_share"])
    rms = float(accuracy.position_limit(scale)) * share / np.sqrt(2.0)
    drawn = _chords(mapped) * rms / 2.0
    level = NormalDist().inv_cdf(0.5 + float(rules["measure_level"]) / 2.0)
    return max(allowed, level * float(np.hypot(ground, drawn)))


def _chords(outline: Any) -> float:
    """Root of the summed squares of the chords from each vertex's neighbour to the other, m."""
    total = 0.0
    for ring in shapely.get_rings(shapely.get_parts(outline)):
        xy = shapely.get_coordinates(ring)[:-1]
        total += float(((np.roll(xy, -1, axis=0) - np.roll(xy, 1, axis=0)) ** 2).sum())
    return float(np.sqrt(total))

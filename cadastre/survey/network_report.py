"""An adjusted network told in the file's own axes, angles and units, as plain data.

Coordinates and lengths in metres, their standard deviations, ellipses and covariances in
millimetres, angles in gons with 0.0001 gon: the units of the file format itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cadastre.formats.gkf import read_gkf
from cadastre.formats.network import ANGULAR, UNUSED, Network, NetworkPoint, axes_matrix
from cadastre.survey.adjust import adjust_network
from cadastre.survey.adjust_equations import Array
from cadastre.survey.adjust_gross import gross_terms
from cadastre.survey.adjust_judged import judge_network
from cadastre.survey.adjust_quality import AdjustedTwice
from cadastre.survey.adjust_result import Adjustment, ellipses
from cadastre.survey.left_out import left_out

_GON = 200 / math.pi
_CC = _GON * 1e4
_MM = 1000.0
#: The whole covariance matrix is told up to this many unknowns; blocks of points always.
LARGEST_MATRIX = 300


def adjust_file(path: str | Path) -> tuple[Network, Adjustment]:
    """Network of a gkf file and its adjustment with the file's own settings."""
    network = read_gkf(path)
    return network, adjust(network)


def adjust(network: Network, *, datum: str = "fixed") -> Adjustment:
    """Adjustment of a network with its own settings."""
    settings = file_settings(network, datum=datum)
    return adjust_network(network.observations, network.points, datum=datum, **settings)


def file_settings(
    network: Network, *, datum: str = "fixed", made: Adjustment | None = None
) -> dict[str, Any]:
    """Return the settings that a network file states, and the convention of its collection.

    Observations that miss by more than the file's tolerance are switched off; an adjustment
    ``made`` with these settings knows them already.

    Published results of the format are those of the last linear system. Where the file gives
    all coordinates that system is known; where it does not, only the end of the iteration is.
    """
    return {
        "covariances": network.covariances,
        "sigma_apriori": network.settings.sigma_apriori,
        "confidence": network.settings.confidence,
        "use_aposteriori": network.settings.use_aposteriori,
        "settle": not all(_placed(point) for point in network.points),
        "switched_off": _gross(network, datum) if made is None else _left_out(made),
    }


def _gross(network: Network, datum: str) -> dict[int, str]:
    return gross_terms(
        network.observations,
        network.points,
        tolerance_m=network.settings.tolerance_mm / _MM,
        datum=datum,
        covariances=network.covariances,
    )


def _left_out(made: Adjustment) -> dict[int, str]:
    """Positions of the observations that took no part, each with the reason."""
    unused = np.flatnonzero(~made.residuals["used"].to_numpy(dtype=bool))
    notes = made.residuals["note"].to_numpy()
    return {int(number): str(notes[number]) for number in unused}


def _placed(point: NetworkPoint) -> bool:
    """Whether the file gives the coordinates of what it seeks of this point."""
    flat = point.plane == UNUSED or (point.east is not None and point.north is not None)
    return flat and (point.level == UNUSED or point.height is not None)


def judged(network: Network, adjustment: Adjustment) -> dict[str, Any]:
    """Suspected observations, and the control judged apart from the measurements.

    The printed coordinates keep every observation; ``sigma0_without`` tells what the
    adjustment would be without those suspected, which a person decides. ``adjustment`` is
    that of the file (:func:`adjust`).
    """
    settings = file_settings(network, made=adjustment)
    found = judge_network(network.observations, network.points, first=adjustment, **settings)
    return {
        "outliers": [asdict(outlier) for outlier in found.outliers],
        "sigma0_without": found.adjustment.statistics.sigma0,
        "control": _control(found.twice),
    }


def _control(twice: AdjustedTwice | None) -> dict[str, Any]:
    """What the measurements alone say of the control, where they stand without it."""
    if twice is None:
        return {
            "judged": False,
            "vi": "Lưới không đứng được nếu thiếu khống chế.",
            "en": "The measurements do not stand without the control.",
        }
    return {
        "judged": twice.measurements.statistics.degrees_of_freedom > 0,
        "sigma0_measurements": twice.measurements.statistics.sigma0,
        "strain": twice.strain,
        "limit": _finite(twice.limit),
        "fits": twice.control_fits,
        "moved_m": dict(twice.control),
    }


def told(network: Network, adjustment: Adjustment) -> dict[str, Any]:
    """Result as JSON-able data; covariances scaled by the reference deviation in use."""
    settings, statistics = network.settings, adjustment.statistics
    return {
        "axes": settings.axes,
        "angles": "left-handed" if settings.clockwise else "right-handed",
        "description": settings.description,
        "points": _points(network, adjustment),
        "sigma0": statistics.sigma0,
        "sigma_apriori": statistics.sigma_apriori,
        "sigma_used": "aposteriori" if statistics.use_aposteriori else "apriori",
        "degrees_of_freedom": statistics.degrees_of_freedom,
        "defect": statistics.defect,
        "equations": statistics.observations,
        "unknowns": statistics.unknowns,
        "sum_of_squares": statistics.sum_of_squares,
        "test": {
            "ratio": statistics.ratio,
            "lower": statistics.lower,
            "upper": statistics.upper,
            "passed": statistics.passed,
            "confidence": statistics.confidence,
        },
        "iterations": statistics.iterations,
        "ellipses": _ellipses(network, adjustment),
        "orientations": _orientations(network, adjustment),
        "residuals": _residuals(network, adjustment),
        "covariance": _covariance(network, adjustment),
        "notes": [*network.notes, *adjustment.notes, *left_out(adjustment)],
    }


def summary(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Points as rows for a terminal, the figures of the whole network in the last row."""
    rows = [
        {
            "id": point["id"],
            **{axis: _metres(point[axis]) for axis in "xyz"},
            "mx, my, mz (mm)": " ".join(f"{point['stdev'][axis]:.2f}" for axis in "xyz"),
        }
        for point in result["points"]
    ]
    test = result["test"]
    told = f"{test['lower']:.3f} < {test['ratio']:.3f} < {test['upper']:.3f}"
    freedom = int(result["degrees_of_freedom"])
    tested = "" if not freedom else told if test["passed"] else f"! {told}"
    return [*rows, {"id": "sigma0", "x": f"{result['sigma0']:.6f}", "y": f"r = {freedom}",
                    "z": None, "mx, my, mz (mm)": tested}]  # fmt: skip


def _metres(value: float | None) -> str | None:
    return None if value is None else f"{value:.5f}"


def _turn(network: Network) -> Array:
    """Matrix that turns (east, north, height) into the file's (x, y, z)."""
    turn = np.identity(3)
    turn[:2, :2] = axes_matrix(network.settings.axes).T
    return turn


def _own_blocks(network: Network, adjustment: Adjustment) -> Array:
    turn = _turn(network)
    blocks: Array = _MM**2 * (turn @ adjustment.covariance.blocks() @ turn.T)
    return blocks


def _points(network: Network, adjustment: Adjustment) -> list[dict[str, Any]]:
    turn = _turn(network)
    blocks = _own_blocks(network, adjustment)
    told = []
    for row, block in zip(adjustment.points.to_dict("records"), blocks, strict=True):
        place = np.nan_to_num([row["east"], row["north"], row["height"]]) @ turn.T
        flat, high = not math.isnan(row["east"]), not math.isnan(row["height"])
        told.append(
            {
                "id": row["id"],
                "x": float(place[0]) if flat else None,
                "y": float(place[1]) if flat else None,
                "z": float(place[2]) if high else None,
                "role": {"xy": row["plane"], "z": row["level"]},
                "stdev": {
                    name: math.sqrt(max(float(block[n, n]), 0.0)) for n, name in enumerate("xyz")
                },
                "covariance": block.tolist(),
            }
        )
    return told


def _ellipses(network: Network, adjustment: Adjustment) -> list[dict[str, Any]]:
    """Error ellipses in millimetres; the bearing is from the x axis towards y, in gons."""
    blocks = _own_blocks(network, adjustment)[:, :2, :2]
    major, minor, from_y = ellipses(blocks)
    factor = adjustment.statistics.ellipse_factor
    return [
        {
            "id": row.id,
            "a": float(a),
            "b": float(b),
            # `ellipses` counts from its second axis towards the first: here from y towards x.
            "alpha": float((math.pi / 2 - turned) % math.pi * _GON),
            "confidence": {"a": float(factor * a), "b": float(factor * b)},
        }
        for row, a, b, turned in zip(
            adjustment.points.itertuples(), major, minor, from_y, strict=True
        )
        if row.plane in ("adjusted", "constrained")
    ]


def _from_x(network: Network) -> tuple[float, float]:
    """Sign and offset that turn a bearing from north into the angle from x towards y."""
    axes = axes_matrix(network.settings.axes)
    sign = -1.0 if np.linalg.det(axes) > 0 else 1.0
    return sign, -sign * math.atan2(axes[0, 0], axes[1, 0])


def _orientations(network: Network, adjustment: Adjustment) -> list[dict[str, Any]]:
    sign, offset = _from_x(network)
    return [
        {
            "id": row["station"],
            "orientation": (sign * row["orientation"] + offset) % (2 * math.pi) * _GON,
            "stdev": row["sigma"] * _CC,
        }
        for row in adjustment.orientations.to_dict("records")
    ]


def _residuals(network: Network, adjustment: Adjustment) -> list[dict[str, Any]]:
    sense = 1.0 if network.settings.clockwise else -1.0
    signs = axes_matrix(network.settings.axes).sum(axis=1)
    flips = {"east": float(signs[0]), "north": float(signs[1])}
    names = _component_names(network.settings.axes)
    told = []
    for row in adjustment.residuals.to_dict("records"):
        kind = row["kind"]
        sign = sense if kind in ("direction", "angle", "azimuth") else 1.0
        sign *= float(flips.get(kind.removeprefix("d-"), 1.0))
        unit, small = (_GON, _CC) if kind in ANGULAR else (1.0, _MM)
        full = 2 * math.pi if kind in ANGULAR else math.inf
        entry = {
            "kind": names.get(kind, kind),
            "from": row["station"],
            "to": row["target"],
            "obs": _finite((sign * row["observed"]) % full * unit) if full < math.inf else None,
            "adj": _finite((sign * row["adjusted"]) % full * unit) if full < math.inf else None,
            "residual": _finite(sign * row["residual"] * small),
            "stdev": _finite(row["sigma"] * small),
            "stdev_adj": _finite(row["sigma_adjusted"] * small),
            "redundancy": _finite(row["redundancy"]),
            "standardised": _finite(sign * row["standardised"]),
            "used": row["used"],
            "line": row["line"],
        }
        if full == math.inf:
            entry["obs"] = _finite(sign * row["observed"])
            entry["adj"] = _finite(sign * row["adjusted"])
        if row["backsight"]:
            entry["bs"] = row["backsight"]
        if row["note"]:
            entry["note"] = row["note"]
        told.append(entry)
    return told


def _component_names(axes: str) -> dict[str, str]:
    first_is_east = axes[0] in "ew"
    east, north = ("x", "y") if first_is_east else ("y", "x")
    return {
        "east": east,
        "north": north,
        "height": "z",
        "d-east": "d" + east,
        "d-north": "d" + north,
        "d-height": "dz",
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _covariance(network: Network, adjustment: Adjustment) -> dict[str, Any] | None:
    """Whole covariance matrix: x, y, z of every sought point, then the orientations.

    It is in the file's own axes. Where their sense and that of the angles disagree, GNU Gama
    computes and prints covariances for a mirrored y (``gama_mirrors_y``): the same numbers,
    those of y with another quantity of the other sign.
    """
    covariance = adjustment.covariance
    layout = covariance.layout
    if layout.size > LARGEST_MATRIX:
        return None
    columns: list[dict[str, str]] = []
    turn = np.zeros((layout.size, layout.size))
    own = _turn(network)
    for name, unknowns in zip(layout.names, layout.unknowns, strict=True):
        for axis, letter in enumerate("xyz"):
            parts = [(int(unknowns[k]), own[axis, k]) for k in range(3) if own[axis, k]]
            unknown, sign = parts[0]
            if unknown >= 0:
                turn[len(columns), unknown] = sign * _MM
                columns.append({"id": name, "axis": letter})
    sign = _from_x(network)[0]
    first = layout.size - len(layout.groups)
    for (station, _), position in layout.groups.items():
        turn[len(columns), first + position] = sign * _CC
        columns.append({"id": station, "axis": "orientation"})
    matrix = turn @ covariance.between(list(range(layout.size))) @ turn.T
    clockwise_axes = bool(np.linalg.det(axes_matrix(network.settings.axes)) < 0)
    return {
        "columns": columns,
        "matrix": matrix.tolist(),
        "gama_mirrors_y": clockwise_axes != network.settings.clockwise,
    }

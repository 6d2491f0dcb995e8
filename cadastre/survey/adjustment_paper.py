"""The report of a field network's adjustment, as a paper.

What was judged and how it came out, the network drawn, adjusted coordinates with their
precision, every observation with its residual. Lengths in metres and millimetres, angles in
degrees and seconds; X is north and Y is east.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cadastre.drawing.papers import compile_paper
from cadastre.drawing.wording import EMPTY, coordinate_vi, moment_vi, number_vi
from cadastre.formats.network import ANGULAR, KINDS_VI

_TEMPLATE = Path(__file__).parent / "templates" / "adjustment.typ"
#: More observations than this fill a hundred pages; the rest stay in the data.
MOST_OBSERVATIONS = 1500
_SECONDS = math.degrees(1.0) * 3600.0
_ANGULAR = frozenset(ANGULAR)
_ROLES = {"control": "Khống chế", "station": "Trạm đo", "detail": "Chi tiết"}


@dataclass(frozen=True, slots=True)
class AdjustmentPaper:
    """What the report prints.

    ``figures`` has the parts of a survey's network (plane, levels, traverses, outliers,
    control), ``points`` and ``observations`` the rows of the register, ``network_svg`` the
    drawing; radians and metres.
    """

    commune: str
    survey: str
    version: int
    zone: str
    file: str
    sha256: str
    made_at: datetime
    figures: Mapping[str, Any]
    points: Sequence[Mapping[str, Any]]
    observations: Sequence[Mapping[str, Any]]
    network_svg: str


def adjustment_report(paper: AdjustmentPaper, *, sample: bool) -> bytes:
    """Return the report as PDF/A, every page stamped when it is a sample."""
    figures = paper.figures
    printed = paper.observations[:MOST_OBSERVATIONS]
    content = {
        "commune": paper.commune,
        "survey": paper.survey,
        "version": str(paper.version),
        "zone": paper.zone,
        "file": paper.file,
        "sha256": paper.sha256,
        "made_at": moment_vi(paper.made_at),
        "plane": _judged(figures.get("plane")),
        "levels": _judged(figures.get("levels")),
        "control": _control(figures.get("control")),
        "outliers": [_outlier(one) for one in figures.get("outliers") or ()],
        "traverses": [_traverse(one) for one in figures.get("traverses") or ()],
        "points": [_point(row) for row in paper.points],
        "observations": [_observation(row) for row in printed],
        "left_out": len(paper.observations) - len(printed),
    }
    images = {"network": paper.network_svg}
    return compile_paper(_TEMPLATE, content, images, timestamp=paper.made_at, sample=sample)


def _judged(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    counts = ("observations", "unknowns", "defect", "degrees_of_freedom")
    figures = ("sigma_apriori", "sigma0", "ratio", "lower", "upper")
    return {
        **{name: str(told[name]) for name in counts},
        **{name: _number(told[name], 3) for name in figures},
        "confidence": f"{_number(100 * told['confidence'], 0)} %",
        **_verdict(told),
        "notes": [str(note["vi"]) for note in told.get("notes", ())],
    }


def _verdict(told: Mapping[str, Any]) -> dict[str, Any]:
    """Word for the test of sigma nought: residuals smaller than stated are no fault."""
    if not told["degrees_of_freedom"]:
        return {"good": False, "verdict": "Không có trị đo thừa"}
    if told["passed"]:
        return {"good": True, "verdict": "Đạt"}
    better = told["ratio"] < told["lower"]
    return {"good": better, "verdict": "Tốt hơn độ chính xác nêu ra" if better else "Không đạt"}


def _control(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    moved = told.get("moved_m") or {}
    worst = max(moved, key=lambda name: float(moved[name])) if moved else None
    return {
        "fits": bool(told["fits"]),
        "strain": _number(told["strain"], 2),
        "limit": _number(told["limit"], 2),
        "worst": None if worst is None else f"{worst}: {_number(1000 * moved[worst], 0)} mm",
    }


def _outlier(told: Mapping[str, Any]) -> list[str]:
    angular = str(told["name"]).split()[0] in _ANGULAR
    error = told["likely_error"] * (_SECONDS if angular else 1000.0)
    line = told.get("line")
    return [
        str(told["number"]),
        _named(str(told["name"])),
        "" if line is None else str(line),
        _number(told["standardised"], 2),
        _number(told["limit"], 2),
        f"{_number(error, 1)} {'″' if angular else 'mm'}",
    ]


def _named(name: str) -> str:
    kind, _, ends = name.partition(" ")
    return f"{KINDS_VI.get(kind, kind)} {ends}"


def _traverse(told: Mapping[str, Any]) -> dict[str, Any]:
    relative = told["relative"]
    return {
        "stations": " – ".join(told["stations"]),
        "length": _number(told["length"], 2),
        "angular": _number(_seconds(told["angular"]), 1),
        "angular_allowed": _number(_seconds(told["angular_allowed"]), 1),
        "linear": _number(told["linear"], 3),
        "relative": "0" if relative is None else f"1:{_number(relative, 0)}",
        "relative_allowed": f"1:{_number(told['relative_allowed'], 0)}",
        "passed": bool(told["passed"]),
    }


def _seconds(radians: float | None) -> float | None:
    return None if radians is None else radians * _SECONDS


def _point(row: Mapping[str, Any]) -> list[str]:
    spread = (row["var_north"], row["var_east"])
    return [
        str(row["point"]),
        _ROLES.get(row["role"], row["role"]),
        coordinate_vi(row["north"], 3),
        coordinate_vi(row["east"], 3),
        _number(row["height"], 3),
        *(_number(None if v is None else 1000.0 * math.sqrt(v), 1) for v in spread),
        _number(1000.0 * row["semi_major"], 1),
        _number(1000.0 * row["semi_minor"], 1),
        _number(math.degrees(row["azimuth"]) % 180.0 if row["semi_major"] else None, 0),
    ]


def _observation(row: Mapping[str, Any]) -> list[str]:
    angular = row["kind"] in _ANGULAR
    whole, small = (math.degrees(1.0), _SECONDS) if angular else (1.0, 1000.0)
    decimals = 5 if angular else 4

    def told(name: str, factor: float, digits: int) -> str:
        value = row[name]
        return _number(None if value is None else value * factor, digits)

    return [
        KINDS_VI.get(row["kind"], str(row["kind"])),
        str(row["station"]),
        str(row["target"]),
        told("observed", whole, decimals),
        told("adjusted", whole, decimals),
        told("residual", small, 2),
        told("sigma", small, 2),
        told("redundancy", 1.0, 2),
        told("standardised", 1.0, 2),
        "" if row["used"] else "không",
    ]


def _number(value: float | None, digits: int) -> str:
    if value is None or not math.isfinite(value):
        return EMPTY
    return number_vi(value, digits)

"""Coordinate lists, satellite positions and polygons -> points and parcels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cadastre import crs as zones
from cadastre.formats.accounting import Ledger
from cadastre.formats.field_book import Corner
from cadastre.formats.network import NetworkPoint
from cadastre.formats.satellite_list import Position, SatelliteList
from cadastre.formats.sequences import Step
from cadastre.formats.text_table import plain_name
from cadastre.mismatch import decimal_comma
from cadastre.survey.checks import measured_twice
from cadastre.survey.coded import draws_lines, form_by_codes
from cadastre.survey.control import listed_control, registered_control
from cadastre.survey.coordinate_list import CoordinateList, read_coordinate_list
from cadastre.survey.found import POINT_COLUMNS, Found, Task, with_covariance
from cadastre.survey.helmert import ControlPointsTooFew, Helmert, fit_helmert
from cadastre.survey.parcels import Formed, form_parcels
from cadastre.survey.polygons import PolygonSurvey
from cadastre.survey.steps import listed_steps


def from_coordinate_list(path: Path, task: Task, steps: list[Step] | None) -> Found:
    """Points and parcels of a list of plane coordinates."""
    listed = read_coordinate_list(path, **task.placing())
    points = with_covariance(listed.points)
    unlabelled = len(points) >= 3 and not listed.labelled
    if steps is None and unlabelled and not draws_lines(points, task):
        reason = {
            "vi": "Tệp không có cột số thửa: các điểm được coi là một thửa theo thứ tự trong tệp.",
            "en": "The file has no parcel column: its points are one parcel, in file order.",
        }
        listed.ledger.note("ONE_PARCEL", reason)
        points = points.assign(label=task.survey)
    formed = _formed(points, listed.lost, task, listed.ledger, steps)
    _account_for_rows(listed, points, formed)
    return Found(
        points[POINT_COLUMNS], formed, listed.place, listed.place.srid, listed.ledger,
        listed.confirmed, measured_twice(points, task.survey, task.regulation),
    )  # fmt: skip


def _formed(
    points: pd.DataFrame,
    lost: Iterable[Corner],
    task: Task,
    ledger: Ledger,
    steps: list[Step] | None,
) -> Formed:
    """Parcels by the strongest description at hand: sequences, labels, then codes."""
    if steps is None and not points["label"].notna().any():
        by_codes = form_by_codes(points, lost, task, ledger)
        if by_codes is not None:
            return by_codes
        if len(points) >= 3:
            reason = {
                "vi": "Không dòng nào ghi số thửa và không có mã ranh: chỉ nhận điểm, chưa lập "
                "thửa.",
                "en": "No row names a parcel and no code draws a boundary: the points are kept, "
                "no parcel is formed.",
            }
            ledger.note("NO_PARCEL", reason)
    rows = points if steps is None else listed_steps(points, steps, ledger)
    incomplete = frozenset(corner.label for corner in lost if corner.label)
    return form_parcels(rows, task.survey, task.regulation, incomplete, scale=task.scale)


def _account_for_rows(listed: CoordinateList, points: pd.DataFrame, formed: Formed) -> None:
    """Book what happened to rows: dropped repeats are repairs."""
    record_of = dict(zip(points["row_number"], points["record"], strict=True))
    for line in formed.repeated_rows:
        reason = {
            "vi": f"Dòng {line} lặp lại điểm liền trước; chỉ dùng một lần.",
            "en": f"Line {line} repeats the point before it; used once.",
        }
        if line in record_of:
            listed.ledger.repair(int(record_of[line]), reason, field="point")


# ---- satellites ------------------------------------------------------------------------


def from_satellites(
    found: SatelliteList, path: Path, task: Task, control: Path | None, steps: list[Step] | None
) -> Found:
    """Points and parcels of satellite positions, fitted to control measured in both systems.

    Raises
    ------
    cadastre.survey.helmert.ControlPointsTooFew, cadastre.survey.helmert.FitTooPoor
    """
    srid = task.srid if task.registered else None
    if control is None and srid is None:
        raise ControlPointsTooFew(
            f"{path.name} holds latitudes and longitudes; hand a list of control over with it.",
            f"{path.name} chứa kinh vĩ độ; hãy gửi kèm danh sách điểm khống chế.",
            file=path.name,
        )
    rules = task.regulation["survey"]
    known = (
        listed_control(control, task)
        if control is not None
        else registered_control(task.registered, srid or 0)
    )
    sound = [p for p in found.positions if _sound(p, found.ledger, rules["satellite"])]
    lonlat = np.array([(p.longitude, p.latitude) for p in sound]).reshape(-1, 2)
    rough = zones.grid_coordinates(lonlat, known.place.srid)
    names = list(dict.fromkeys(p.point for p in sound if p.point in known.points))
    fit = _fitted(names, sound, rough, known.points, rules)
    found.ledger.note("CONTROL", known.told)
    _note_antenna(sound, found.ledger)
    found.ledger.note("HELMERT", _fit_told(fit), **fit_facts(fit))
    points = _satellite_points(sound, fit.moved(rough), fit, rules)
    points["role"] = ["control" if n in known.points else "detail" for n in points["point"]]
    kept = {p.record for p in sound}
    poor = [
        Corner(p.label, p.point, p.line, p.code) for p in found.positions if p.record not in kept
    ]
    formed = _formed(points, (*found.lost, *poor), task, found.ledger, steps)
    return Found(
        points[POINT_COLUMNS], formed, known.place, known.place.srid, found.ledger,
        mismatches=measured_twice(points, task.survey, task.regulation), helmert=fit,
    )  # fmt: skip


def _note_antenna(sound: list[Position], ledger: Ledger) -> None:
    """Tell the heights of the antenna: a height in the list is taken as that of the mark."""
    tall = sorted({p.antenna for p in sound if p.antenna is not None})
    if tall:
        told = f"{tall[0]:.3f}" if len(tall) == 1 else f"{tall[0]:.3f}-{tall[-1]:.3f}"
        reason = {
            "vi": decimal_comma(f"Cao anten {told} m; độ cao trong tệp được coi là của mốc."),
            "en": f"Antenna height {told} m; heights in the file are taken as those of the mark.",
        }
        ledger.note("ANTENNA", reason)
    if any(p.height is not None for p in sound):
        reason = {
            "vi": "Độ cao trong danh sách vệ tinh là trên ellipsoid WGS 84, không phải độ cao "
            "thủy chuẩn; không dùng để so với độ cao khống chế.",
            "en": "Heights of a satellite list are above the WGS 84 ellipsoid, not levelled ones; "
            "they are not compared with those of the control.",
        }
        ledger.note("ELLIPSOIDAL_HEIGHT", reason)


def _fitted(
    names: list[str],
    sound: list[Position],
    rough: np.ndarray,
    known: Mapping[str, NetworkPoint],
    rules: Mapping[str, Any],
) -> Helmert:
    listed = [p.point for p in sound]
    measured = np.array(
        [rough[[i for i, n in enumerate(listed) if n == name]].mean(axis=0) for name in names]
    ).reshape(-1, 2)
    given = np.array([(known[n].east, known[n].north) for n in names]).reshape(-1, 2)
    return fit_helmert(names, measured, given, rules["helmert"])


def _sound(position: Position, ledger: Ledger, rules: Mapping[str, Any]) -> bool:
    """Whether a fix is good enough; the others are refused with their row."""
    limit = float(rules["largest_hrms_m"])
    told: dict[str, str] | None = None
    if position.fix and plain_name(position.fix) not in rules["fixed"]:
        told = {
            "vi": f"nghiệm “{position.fix}” không phải nghiệm cố định; hãy đo lại",
            "en": f"the solution {position.fix!r} is not fixed; measure again",
        }
        field = "fix"
    elif position.hrms is not None and position.hrms > limit:
        told = {
            "vi": decimal_comma(f"HRMS {position.hrms:.3f} m lớn hơn {limit:.3f} m; hãy đo lại"),
            "en": f"HRMS {position.hrms:.3f} m is above {limit:.3f} m; measure again",
        }
        field = "hrms"
    if told is None:
        return True
    reason = {
        "vi": f"{ledger.file}, dòng {position.line}, điểm {position.point}: {told['vi']}.",
        "en": f"{ledger.file}, line {position.line}, point {position.point}: {told['en']}.",
    }
    ledger.refuse(position.record, reason, field=field)
    return False


def _satellite_points(
    sound: list[Position], xy: np.ndarray, fit: Helmert, rules: Mapping[str, Any]
) -> pd.DataFrame:
    usual = float(rules["sigma"]["default_m"])
    # HRMS is of the position: both coordinates together.
    own = np.array([usual if p.hrms is None else p.hrms / math.sqrt(2) for p in sound])
    sigma = np.maximum(np.hypot(own, fit.sigma_m), float(rules["sigma"]["smallest_m"]))
    points = pd.DataFrame(
        {
            "point": [p.point for p in sound],
            "east": xy[:, 0],
            "north": xy[:, 1],
            "height": [math.nan if p.height is None else p.height for p in sound],
            "sigma_m": sigma,
            "code": [p.code for p in sound],
            "label": [p.label or None for p in sound],
            "row_number": [p.line for p in sound],
        }
    )
    return with_covariance(points)


def _fit_told(fit: Helmert) -> dict[str, str]:
    told = ", ".join(f"{n} {math.hypot(*off):.3f} m" for n, off in fit.residuals.items())
    turned = math.degrees(fit.rotation) * 3600
    numbers = f"{abs(fit.shift):.3f} m, {turned:.2f}″, {fit.scale_ppm:.1f} ppm"
    return {
        "vi": decimal_comma(
            f"Chuyển về VN-2000 bằng Helmert qua {len(fit.points)} điểm: dịch {numbers}; "
            f"số dư {told}."
        ),
        "en": f"Moved to VN-2000 by a Helmert fit on {len(fit.points)} points: shift {numbers}; "
        f"residuals {told}.",
    }


def fit_facts(fit: Helmert) -> dict[str, object]:
    """Numbers of a fit for a report: metres, seconds, parts per million."""
    return {
        "points": list(fit.points),
        "residuals_m": {n: list(off) for n, off in fit.residuals.items()},
        "sigma_m": fit.sigma_m,
        "shift_m": [fit.shift.real, fit.shift.imag],
        "rotation_seconds": math.degrees(fit.rotation) * 3600,
        "scale_ppm": fit.scale_ppm,
    }


# ---- polygons --------------------------------------------------------------------------


def from_polygons(survey: PolygonSurvey) -> Found:
    """Measured parcels handed over as polygons; they bring no points."""
    formed = Formed(survey.labels, survey.sigmas, survey.geometries)
    points = pd.DataFrame({column: [] for column in POINT_COLUMNS})
    return Found(points, formed, survey.place, survey.place.srid, survey.ledger, survey.confirmed)


def moved_to(found: Found, target: int) -> Found:
    """The same survey in another zone of the same datum."""
    if target == found.srid:
        return found
    places = zones.between_zones(
        shapely.points(found.points[["east", "north"]].to_numpy(dtype=float)), found.srid, target
    )
    found.points = found.points.assign(east=shapely.get_x(places), north=shapely.get_y(places))
    if found.formed.geometries:
        found.formed.geometries = list(
            zones.between_zones(found.formed.geometries, found.srid, target)
        )
    for table in found.formed.corners:
        at = zones.between_zones(
            shapely.points(table[["east", "north"]].to_numpy(dtype=float)), found.srid, target
        )
        table["east"], table["north"] = shapely.get_x(at), shapely.get_y(at)
    found.srid = target
    return found

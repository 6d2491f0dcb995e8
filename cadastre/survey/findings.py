"""What the adjustment of a field network found wrong: misclosures, outliers, strained control."""

from __future__ import annotations

import math

import shapely
from shapely.geometry.base import BaseGeometry

from cadastre.formats.network import ANGULAR
from cadastre.mismatch import Code, Mismatch, mismatch_id
from cadastre.survey.adjust_quality import AdjustedTwice, Outlier
from cadastre.survey.field_network import FieldNetwork
from cadastre.survey.found import Task
from cadastre.survey.traverse import Traverse

_SECONDS = 180 * 3600 / math.pi


def network_mismatches(network: FieldNetwork, task: Task) -> list[Mismatch]:
    """MISCLOSURE for traverses beyond a limit and strained control, OUTLIER for observations."""
    places = {
        str(name): (float(east), float(north))
        for name, east, north in network.points[["point", "east", "north"]].itertuples(index=False)
    }
    found = [_misclosure(t, places, task) for t in network.traverses if not t.passed]
    found += [_outlier(o, network, places, task) for o in network.outliers]
    if network.twice is not None and not network.twice.control_fits:
        found.append(_strained(network.twice, places, task))
    return found


def _misclosure(traverse: Traverse, places: dict[str, tuple[float, float]], task: Task) -> Mismatch:
    name = "-".join(traverse.stations)
    path = shapely.linestrings([places[s] for s in traverse.stations if s in places])
    turned = traverse.angular is not None and abs(traverse.angular) > traverse.angular_allowed
    measured, allowed, unit = traverse.linear, traverse.length / traverse.relative_allowed, "m"
    vi = f"khép tương đối 1:{traverse.relative:.0f}, cho phép 1:{traverse.relative_allowed:.0f}"
    en = f"relative misclosure 1:{traverse.relative:.0f}, allowed 1:{traverse.relative_allowed:.0f}"
    if turned and traverse.angular is not None:
        measured, unit = abs(traverse.angular) * _SECONDS, "″"
        allowed = traverse.angular_allowed * _SECONDS
        vi = f"khép góc {measured:.0f}″, cho phép {allowed:.0f}″; {vi}"
        en = f"angular misclosure {measured:.0f}″, allowed {allowed:.0f}″; {en}"
    return _mismatch(
        task, Code.MISCLOSURE, name, (measured, allowed, unit), "survey.traverse", path,
        (f"Đường chuyền {name}: {vi}. Hãy đo lại.", f"Traverse {name}: {en}. Measure again."),
    )  # fmt: skip


def _outlier(
    outlier: Outlier, network: FieldNetwork, places: dict[str, tuple[float, float]], task: Task
) -> Mismatch:
    row = network.plane.residuals.iloc[outlier.number]
    ends = [places[n] for n in (str(row["station"]), str(row["target"])) if n in places]
    likely = abs(outlier.likely_error)
    angular = row["kind"] in ANGULAR
    told = f"{likely * _SECONDS:.0f}″" if angular else f"{likely:.3f} m"
    name = f"{outlier.name} ({outlier.line})"
    return _mismatch(
        task, Code.OUTLIER, name, (abs(outlier.standardised), outlier.limit, ""),
        "survey.outlier", shapely.linestrings(ends) if len(ends) > 1 else shapely.points(ends[0]),
        (
            f"Trị đo {outlier.name_vi} (dòng {outlier.line}) có thể sai {told}; đã tắt khi bình "
            "sai. Hãy kiểm tra hoặc đo lại.",
            f"Observation {outlier.name} (line {outlier.line}) is likely wrong by {told}; it was "
            "switched off. Check it or measure again.",
        ),
    )  # fmt: skip


def _strained(twice: AdjustedTwice, places: dict[str, tuple[float, float]], task: Task) -> Mismatch:
    worst = max(twice.control, key=lambda name: twice.control[name])
    off = twice.control[worst]
    return _mismatch(
        task, Code.MISCLOSURE, "control", (twice.strain, twice.limit, ""), "survey.outlier",
        shapely.points(places[worst]) if worst in places else None,
        (
            f"Các trị đo khớp nhau nhưng không khớp khống chế; lệch nhất là điểm {worst} "
            f"({off:.3f} m). Hãy kiểm tra tọa độ và tên các điểm khống chế, và các trị đo nối đến "
            "điểm đó.",
            f"The measurements agree but not with the control; {worst} is the furthest off "
            f"({off:.3f} m). Check the coordinates and names of the control points, and what was "
            "measured to that one.",
        ),
    )  # fmt: skip


def _mismatch(
    task: Task,
    code: Code,
    name: str,
    judged: tuple[float, float, str],
    rule: str,
    geometry: BaseGeometry | None,
    told: tuple[str, str],
) -> Mismatch:
    return Mismatch(
        mismatch_id=mismatch_id(code, [], f"{task.survey}/{name}"),
        code=code,
        severity=task.regulation.severity(code),
        subject=f"{task.survey}/{name}",
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=None,
        sheet=None,
        measured=judged[0],
        allowed=judged[1],
        unit=judged[2],
        rule=rule,
        geometry=geometry,
        message_vi=told[0],
        message_en=told[1],
    )

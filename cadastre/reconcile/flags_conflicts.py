"""Mismatches of land claimed twice: OVERLAP_MAP, OVERLAP_SURVEY and SURVEYS_DIFFER."""

from __future__ import annotations

import numpy as np
import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.naming import Register

#: What an officer should do, Vietnamese and English.
_NEIGHBOUR_AGREES = (
    "Số liệu đo của thửa liền kề cũng theo ranh mới này: xử lý cùng với các góc ranh.",
    "The neighbour's own measurement follows the same new line: settle it with the corners.",
)
_ENCROACHES = (
    "Kiểm tra việc lấn đường, lấn mặt nước trước khi làm tiếp.",
    "Check for encroachment before going on.",
)
_SETTLE = (
    "Mời hai bên xác định lại ranh, hoặc đo lại.",
    "Have both sides point out the line, or measure again.",
)


def over_neighbours(register: Register, findings: Findings) -> list[Mismatch]:
    """Measured land that reaches into a neighbour on the map."""
    into = findings.into
    result = []
    for i in findings.deep_into:
        m, q = int(into.first[i]), int(into.second[i])
        p = _own_parcel(findings, m)
        allowed = register.regulation.accuracy.allowed(
            max(register.map_side.limit_m[p], register.map_side.limit_m[q]),
            register.ground.sigma[m],
        )
        vi, en = register.parcel(q)
        own_vi, own_en = register.parcel(p)
        name = register.measured(m)
        road, agreed = bool(register.verdicts.public[i]), bool(findings.agreed[i])
        what = (" (đường hoặc mặt nước)", " (road or water)") if road else ("", "")
        act = _NEIGHBOUR_AGREES if agreed else _ENCROACHES if road else _SETTLE
        result.append(
            register.row(
                Code.OVERLAP_MAP,
                parcels=[p, q],
                measured=[m],
                values=(into.depth[i], float(allowed), "m"),
                rule="accuracy.position",
                geometry=into.geometry[i],
                agreed=agreed,
                words=(
                    f"Thửa đo {name} ({own_vi}) lấn sang {vi}{what[0]}: sâu {into.depth[i]:.2f} m, "
                    f"{into.area[i]:.1f} m², cho phép {float(allowed):.2f} m. {act[0]}",
                    f"Measured parcel {name} ({own_en}) runs into {en}{what[1]}: "
                    f"{into.depth[i]:.2f} m deep, {into.area[i]:.1f} m2, allowed "
                    f"{float(allowed):.2f} m. {act[1]}",
                ),
            )
        )
    return result


def overlapping_surveys(register: Register, findings: Findings) -> list[Mismatch]:
    """Measured parcels that overlap each other."""
    between = findings.between
    result = []
    for i in findings.deep_between:
        members = sorted((int(between.first[i]), int(between.second[i])), key=register.survey_label)
        own = [_own_parcel(findings, m) for m in members]
        names = [register.measured(m) for m in members]
        depth, allowed = between.depth[i], findings.between_allowed[i]
        result.append(
            register.row(
                Code.OVERLAP_SURVEY,
                parcels=[p for p in dict.fromkeys(own) if p >= 0],
                measured=members,
                values=(depth, allowed, "m"),
                rule="accuracy.position",
                geometry=between.geometry[i],
                words=(
                    f"Hai thửa đo {names[0]} và {names[1]} chồng nhau sâu {depth:.2f} m, "
                    f"{between.area[i]:.1f} m², cho phép {allowed:.2f} m. Hãy đo lại ranh chung.",
                    f"Measured parcels {names[0]} and {names[1]} overlap {depth:.2f} m deep, "
                    f"{between.area[i]:.1f} m2, allowed {allowed:.2f} m. "
                    "Measure the common line again.",
                ),
            )
        )
    return result


def _own_parcel(findings: Findings, m: int) -> int:
    """Mapped parcel with the most common land, or -1."""
    links = findings.relations.links
    rows = np.arange(np.searchsorted(links.m, m), np.searchsorted(links.m, m, side="right"))
    return int(links.p[rows[np.argmax(links.overlap[rows])]]) if len(rows) else -1


def differing_surveys(register: Register, findings: Findings) -> list[Mismatch]:
    """Two measurements of one parcel that disagree."""
    repeats = findings.repeats
    result = []
    for i, ends in enumerate(repeats.ends):
        members = sorted((int(repeats.first[i]), int(repeats.second[i])), key=register.survey_label)
        names = [register.survey_label(m) for m in members]
        vi, en = register.parcel(int(repeats.p[i]))
        distance, allowed = repeats.distance[i], repeats.allowed[i]
        result.append(
            register.row(
                Code.SURVEYS_DIFFER,
                parcels=[int(repeats.p[i])],
                measured=members,
                values=(distance, allowed, "m"),
                rule="accuracy.position",
                geometry=shapely.linestrings(ends),
                words=(
                    f"Thửa {vi}: hai lần đo {names[0]} và {names[1]} lệch nhau {distance:.2f} m, "
                    f"cho phép {allowed:.2f} m. Chưa xét với bản đồ: hãy chọn một trong "
                    "hai lần đo, đo lại, hoặc gửi lại lần đo sai.",
                    f"{en[:1].upper()}{en[1:]}: measurements {names[0]} and {names[1]} differ by "
                    f"{distance:.2f} m, allowed {allowed:.2f} m. Not judged against the map: "
                    "choose one of the two, measure again, or send the wrong one corrected.",
                ),
            )
        )
    return result

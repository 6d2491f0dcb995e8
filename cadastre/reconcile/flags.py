"""Mismatches of the comparison, one per parcel, code and survey, with their evidence.

Codes as in design: CORNER, SHAPE, AREA, EDGE_LENGTH for one-to-one pairs; SPLIT, MERGED,
UNMAPPED for relations; OVERLAP_MAP, OVERLAP_SURVEY for conflicts; SHEET_SHIFT per sheet.
"""

from __future__ import annotations

import numpy as np
import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.naming import Register
from cadastre.reconcile.placing import shift_id
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.verdicts import Verdicts
from cadastre.regulation import Regulation


def write_mismatches(
    map_side: MapSide,
    ground: GroundSide,
    findings: Findings,
    verdicts: Verdicts,
    regulation: Regulation,
) -> list[Mismatch]:
    """All mismatches, in the order of their identifiers."""
    register = Register(map_side, ground, findings, verdicts, regulation)
    rows = [
        *_corners(register, findings),
        *_shapes(register, findings),
        *_areas(register, findings),
        *_edges(register, findings),
        *_splits(register, findings),
        *_merges(register, findings),
        *_unmapped(register, findings),
        *_into_map(register, findings),
        *_between(register, findings),
        *_sheet_shifts(map_side, findings, regulation),
    ]
    first: dict[str, Mismatch] = {}
    for row in rows:
        first.setdefault(row.mismatch_id, row)
    return [first[key] for key in sorted(first)]


def _worst(pair: np.ndarray, value: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Row of the largest value of each pair among the chosen rows."""
    rows = np.flatnonzero(chosen)
    order = rows[np.lexsort((rows, -value[rows], pair[rows]))]
    return order[np.unique(pair[order], return_index=True)[1]]


def _corners(register: Register, findings: Findings) -> list[Mismatch]:
    pairs, judged = findings.pairs, findings.pairs.judged
    rows = pairs.corners
    result = []
    for worst in _worst(rows.pair, np.nan_to_num(judged.distance), judged.moved):
        k = rows.pair[worst]
        m, p = int(pairs.m[k]), int(pairs.p[k])
        mine = _run(rows.pair, k)
        mine = mine[judged.moved[mine]]
        ends = np.stack(
            [
                findings.placed.adjusted.xy[rows.map_vertex[mine]],
                findings.placed.ground_rings.xy[rows.ground_vertex[mine]],
            ],
            axis=1,
        )
        vi, en = register.parcel(p)
        d, raw, allowed = judged.distance[worst], judged.raw[worst], pairs.limits.allowed[k]
        name = register.measured(m)
        shift_vi = shift_en = ""
        if abs(raw - d) > 0.005:
            shift_vi = f" (trước khi trừ độ lệch chung của tờ: {raw:.2f} m)"
            shift_en = f" ({raw:.2f} m before the sheet's common shift was taken off)"
        result.append(
            register.row(
                Code.CORNER,
                parcels=[p],
                measured=[m],
                values=(d, allowed, "m"),
                rule="accuracy.position",
                geometry=shapely.multilinestrings(list(shapely.linestrings(ends))),
                words=(
                    f"Thửa {vi}: {len(mine)} góc ranh đo được ({name}) lệch so với bản đồ, "
                    f"lớn nhất {d:.2f} m, cho phép {allowed:.2f} m{shift_vi}. "
                    "Xác định ranh ngoài thực địa có thay đổi hay bản đồ vẽ sai.",
                    f"{en[:1].upper()}{en[1:]}: {len(mine)} measured corner(s) ({name}) lie off "
                    f"the map by up to {d:.2f} m, allowed {allowed:.2f} m{shift_en}. "
                    "Find out whether the boundary changed or the map is wrong.",
                ),
            )
        )
    return result


def _run(pair: np.ndarray, k: int) -> np.ndarray:
    """Rows of a pair; rows are sorted by pair."""
    return np.arange(np.searchsorted(pair, k), np.searchsorted(pair, k, side="right"))


def _shapes(register: Register, findings: Findings) -> list[Mismatch]:
    pairs, judged = findings.pairs, findings.pairs.judged
    rows = pairs.corners
    result = []
    for worst in _worst(rows.pair, rows.off_m, judged.off):
        k = rows.pair[worst]
        m, p = int(pairs.m[k]), int(pairs.p[k])
        mine = _run(rows.pair, k)
        mine = mine[judged.off[mine]]
        lost = mine[rows.map_vertex[mine] >= 0]
        added = mine[rows.map_vertex[mine] < 0]
        points = np.concatenate(
            [
                findings.placed.adjusted.xy[rows.map_vertex[lost]],
                findings.placed.ground_rings.xy[rows.ground_vertex[added]],
            ]
        )
        vi, en = register.parcel(p)
        allowed = pairs.limits.allowed[k]
        result.append(
            register.row(
                Code.SHAPE,
                parcels=[p],
                measured=[m],
                values=(rows.off_m[worst], allowed, "m"),
                rule="accuracy.position",
                geometry=shapely.multipoints(points),
                words=(
                    f"Thửa {vi}: ranh đo được có thêm {len(added)} góc và mất {len(lost)} góc "
                    f"so với bản đồ, xa nhất {rows.off_m[worst]:.2f} m, cho phép {allowed:.2f} m.",
                    f"{en[:1].upper()}{en[1:]}: the measured outline has {len(added)} more and "
                    f"lacks {len(lost)} of the map's corners, up to {rows.off_m[worst]:.2f} m "
                    f"off, allowed {allowed:.2f} m.",
                ),
            )
        )
    return result


def _areas(register: Register, findings: Findings) -> list[Mismatch]:
    pairs = findings.pairs
    judged = findings.area
    result = []
    for k in np.flatnonzero(judged.flagged):
        m, p = int(pairs.m[k]), int(pairs.p[k])
        difference, allowed = judged.difference[k], judged.allowed[k]
        area = register.ground.shapes.area[m]
        vi, en = register.parcel(p)
        against = ("sổ", "the register") if judged.on_paper[k] else ("bản đồ", "the map")
        result.append(
            register.row(
                Code.AREA,
                parcels=[p],
                measured=[m],
                values=(abs(difference), allowed, "m2"),
                rule="accuracy.area",
                geometry=register.ground.shapes.geometry[m],
                words=(
                    f"Thửa {vi}: diện tích đo {area:.1f} m², {against[0]} {area - difference:.1f} "
                    f"m², lệch {difference:+.1f} m², cho phép {allowed:.1f} m². "
                    "Nếu ranh không đổi và không tranh chấp thì dùng diện tích đo.",
                    f"{en[:1].upper()}{en[1:]}: measured {area:.1f} m2, {against[1]} "
                    f"{area - difference:.1f} m2, difference {difference:+.1f} m2, allowed "
                    f"{allowed:.1f} m2. If the boundary is unchanged and undisputed, the "
                    "measured area holds.",
                ),
            )
        )
    return result


def _edges(register: Register, findings: Findings) -> list[Mismatch]:
    pairs, edges = findings.pairs, findings.edges
    difference = np.abs(edges.ground_m - edges.map_m)
    excess = difference / edges.allowed if len(difference) else difference
    result = []
    for e in _worst(edges.pair, excess, edges.flagged):
        k = edges.pair[e]
        m, p = int(pairs.m[k]), int(pairs.p[k])
        ends = pairs.corners.ground_vertex[[edges.row[e], edges.next_row[e]]]
        vi, en = register.parcel(p)
        numbers = (edges.ground_m[e], edges.map_m[e], edges.allowed[e])
        result.append(
            register.row(
                Code.EDGE_LENGTH,
                parcels=[p],
                measured=[m],
                values=(difference[e], edges.allowed[e], "m"),
                rule="accuracy.edge",
                geometry=shapely.linestrings(findings.placed.ground_rings.xy[ends]),
                words=(
                    "Thửa {}: một cạnh đo {:.2f} m, trên bản đồ {:.2f} m, cho phép lệch "
                    "{:.2f} m.".format(vi, *numbers),
                    "{}: an edge measures {:.2f} m, on the map {:.2f} m, allowed difference "
                    "{:.2f} m.".format(en[:1].upper() + en[1:], *numbers),
                ),
            )
        )
    return result


def _degrees(owner: np.ndarray, mask: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Groups of at least two links that share an owner."""
    rows = np.flatnonzero(mask)
    rows = rows[np.argsort(owner[rows], kind="stable")]
    ids, start = np.unique(owner[rows], return_index=True)
    parts = np.split(rows, start[1:]) if len(rows) else []
    return [(int(i), part) for i, part in zip(ids, parts, strict=True) if len(part) > 1]


def _splits(register: Register, findings: Findings) -> list[Mismatch]:
    relations = findings.relations
    links = relations.links
    survey = register.ground.survey
    key = links.p * (int(survey.max(initial=0)) + 1) + survey[links.m]
    mask = np.isin(relations.relation, ["part", "many"])
    result = []
    for _, rows in _degrees(key, mask):
        p = int(links.p[rows[0]])
        members = sorted((int(m) for m in links.m[rows]), key=register.survey_label)
        vi, en = register.parcel(p)
        names = ", ".join(register.measured(m) for m in members)
        result.append(
            register.row(
                Code.SPLIT,
                parcels=[p],
                measured=members,
                values=(len(members), 1, ""),
                rule="reconcile.match",
                geometry=shapely.geometrycollections(
                    list(register.ground.shapes.geometry[members])
                ),
                words=(
                    f"Thửa {vi} trên bản đồ được đo thành {len(members)} thửa ({names}). "
                    "Cần hồ sơ tách thửa hoặc giữ nguyên thửa.",
                    f"{en[:1].upper()}{en[1:]} on the map was measured as {len(members)} "
                    f"parcels ({names}). A subdivision needs papers, else keep the parcel.",
                ),
            )
        )
    return result


def _merges(register: Register, findings: Findings) -> list[Mismatch]:
    relations = findings.relations
    links = relations.links
    mask = np.isin(relations.relation, ["whole", "many"])
    result = []
    for m, rows in _degrees(links.m, mask):
        uid = register.map_side.shapes.uid
        members = sorted((int(p) for p in links.p[rows]), key=lambda p: str(uid[p]))
        names = "; ".join(register.parcel(p)[0] for p in members)
        names_en = "; ".join(register.parcel(p)[1] for p in members)
        name = register.measured(m)
        result.append(
            register.row(
                Code.MERGED,
                parcels=members,
                measured=[m],
                values=(len(members), 1, ""),
                rule="reconcile.match",
                geometry=register.ground.shapes.geometry[m],
                words=(
                    f"{len(members)} thửa trên bản đồ ({names}) được đo thành một thửa ({name}). "
                    "Cần hồ sơ hợp thửa hoặc đo lại ranh giữa các thửa.",
                    f"{len(members)} parcels on the map ({names_en}) were measured as one "
                    f"({name}). A merger needs papers, else measure the lines between them.",
                ),
            )
        )
    return result


def _unmapped(register: Register, findings: Findings) -> list[Mismatch]:
    covered = findings.relations.covered
    count = len(covered)
    alone = np.ones(count, dtype=bool)
    alone[findings.relations.links.m] = False
    need = float(register.regulation["reconcile"]["match"]["unmapped_cover"])
    result = []
    for m in np.flatnonzero(alone & (covered < need)):
        area = register.ground.shapes.area[m]
        free = area * (1.0 - covered[m])
        name = register.measured(int(m))
        result.append(
            register.row(
                Code.UNMAPPED,
                parcels=[],
                measured=[int(m)],
                values=(free, 0.0, "m2"),
                rule="reconcile.match",
                geometry=register.ground.shapes.geometry[m],
                words=(
                    f"Thửa đo {name}: {free:.1f} m² trong {area:.1f} m² không thuộc thửa nào trên "
                    "bản đồ. Kiểm tra vị trí đo hoặc lập thửa mới.",
                    f"Measured parcel {name}: {free:.1f} of {area:.1f} m2 lie on no parcel of the "
                    "map. Check the position or open a new parcel.",
                ),
            )
        )
    return result


def _own_parcel(findings: Findings, m: int) -> int:
    """Mapped parcel with the most common land, or -1."""
    links = findings.relations.links
    rows = np.flatnonzero(links.m == m)
    return int(links.p[rows[np.argmax(links.overlap[rows])]]) if len(rows) else -1


def _into_map(register: Register, findings: Findings) -> list[Mismatch]:
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
        road = register.verdicts.public[i]
        what = (" (đường hoặc mặt nước)", " (road or water)") if road else ("", "")
        result.append(
            register.row(
                Code.OVERLAP_MAP,
                parcels=[p, q],
                measured=[m],
                values=(into.depth[i], float(allowed), "m"),
                rule="accuracy.position",
                geometry=into.geometry[i],
                words=(
                    f"Thửa đo {name} ({own_vi}) lấn sang {vi}{what[0]}: sâu {into.depth[i]:.2f} m, "
                    f"{into.area[i]:.1f} m², cho phép {float(allowed):.2f} m.",
                    f"Measured parcel {name} ({own_en}) runs into {en}{what[1]}: "
                    f"{into.depth[i]:.2f} m deep, {into.area[i]:.1f} m2, allowed "
                    f"{float(allowed):.2f} m.",
                ),
            )
        )
    return result


def _between(register: Register, findings: Findings) -> list[Mismatch]:
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


def _sheet_shifts(map_side: MapSide, findings: Findings, regulation: Regulation) -> list[Mismatch]:
    result = []
    for number, model in enumerate(findings.placed.models):
        if not model.significant:
            continue
        here = map_side.sheet == number
        limit = float(map_side.limit_m[here].min())
        if model.displacement_m <= limit:
            continue
        sheet = map_side.sheets.iloc[number]
        extent = shapely.box(*shapely.total_bounds(map_side.shapes.geometry[here]))
        de, dn = model.translation
        title_vi = f"Tờ {sheet.former_sheet} (1:{sheet.scale}, {sheet.former_commune})"
        title_en = f"Sheet {sheet.former_sheet} (1:{sheet.scale}, {sheet.former_commune})"
        result.append(
            Mismatch(
                mismatch_id=shift_id(map_side, number),
                code=Code.SHEET_SHIFT,
                severity=regulation.severity(Code.SHEET_SHIFT),
                subject=title_vi,
                parcel_uid=None,
                other_parcel_uid=None,
                measured_uid=None,
                sheet=str(sheet.former_sheet),
                measured=model.displacement_m,
                allowed=limit,
                unit="m",
                rule="accuracy.position",
                geometry=extent,
                message_vi=f"{title_vi} lệch chung {model.displacement_m:.2f} m (đông {de:+.2f}, "
                f"bắc {dn:+.2f}, ±{model.precision_m:.2f} m) theo {model.parcels} thửa đo, "
                f"cho phép {limit:.2f} m. Các thửa được xét phần lệch còn lại.",
                message_en=f"{title_en} is displaced by {model.displacement_m:.2f} m (east "
                f"{de:+.2f}, north {dn:+.2f}, ±{model.precision_m:.2f} m) by {model.parcels} "
                f"measured parcels, allowed {limit:.2f} m. Parcels are judged on what remains.",
            )
        )
    return result

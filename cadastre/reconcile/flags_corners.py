"""Mismatches of parcels that stand one to one: CORNER, SHAPE, AREA and EDGE_LENGTH."""

from __future__ import annotations

import numpy as np
import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.naming import Register


def moved_corners(register: Register, findings: Findings) -> list[Mismatch]:
    """Corners that lie beyond what is allowed, one mismatch a parcel."""
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


def changed_shapes(register: Register, findings: Findings) -> list[Mismatch]:
    """Corners added or lost, one mismatch a parcel."""
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


def differing_areas(register: Register, findings: Findings) -> list[Mismatch]:
    """Areas that differ from the register, or from the map where it has none."""
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


def differing_edges(register: Register, findings: Findings) -> list[Mismatch]:
    """The edge of each parcel that differs most beyond Annex 03."""
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


def _worst(pair: np.ndarray, value: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Row of the largest value of each pair among the chosen rows."""
    rows = np.flatnonzero(chosen)
    order = rows[np.lexsort((rows, -value[rows], pair[rows]))]
    return order[np.unique(pair[order], return_index=True)[1]]


def _run(pair: np.ndarray, k: int) -> np.ndarray:
    """Rows of a pair; rows are sorted by pair."""
    return np.arange(np.searchsorted(pair, k), np.searchsorted(pair, k, side="right"))

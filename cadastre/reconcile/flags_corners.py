"""Mismatches of outlines compared corner by corner: CORNER, SHAPE, AREA and EDGE_LENGTH.

An outline is a parcel's, or the common one of parcels that were measured in parts or as one.
"""

from __future__ import annotations

import numpy as np
import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings, Outlines
from cadastre.reconcile.naming import Register


def _named(register: Register, parcels: list[int]) -> tuple[str, str, str]:
    """Names of the mapped parcels of an outline, to begin a sentence and within one."""
    names = [register.parcel(p) for p in parcels]
    vi, en = ("; ".join(name[i] for name in names) for i in (0, 1))
    return vi, en, en[:1].upper() + en[1:]


def moved_corners(register: Register, findings: Findings, outlines: Outlines) -> list[Mismatch]:
    """Corners that lie beyond what is allowed, one mismatch an outline."""
    pairs, judged = outlines.pairs, outlines.pairs.judged
    rows = pairs.corners
    result = []
    for worst in _worst(rows.pair, judged.distance, judged.moved):
        k = int(rows.pair[worst])
        if findings.repeats.open[pairs.m[k]]:
            continue
        mine = _run(rows.pair, k)
        mine = mine[judged.moved[mine]]
        ends = np.stack(
            [
                outlines.map_xy[rows.map_vertex[mine]],
                outlines.ground_xy[rows.ground_vertex[mine]],
            ],
            axis=1,
        )
        result.append(_moved(register, outlines, worst, ends))
    return result


def _moved(register: Register, outlines: Outlines, worst: int, ends: np.ndarray) -> Mismatch:
    pairs, judged = outlines.pairs, outlines.pairs.judged
    k = int(pairs.corners.pair[worst])
    parcels, measured = outlines.members(k)
    vi, _, en = _named(register, parcels)
    d, raw, allowed = judged.distance[worst], judged.raw[worst], pairs.limits.allowed[k]
    name = ", ".join(register.measured(m) for m in measured)
    shift_vi = shift_en = ""
    if abs(raw - d) > 0.005:
        shift_vi = f" (trước khi trừ độ lệch chung của tờ: {raw:.2f} m)"
        shift_en = f" ({raw:.2f} m before the sheet's common shift was taken off)"
    return register.row(
        Code.CORNER,
        parcels=parcels,
        measured=measured,
        values=(d, allowed, "m"),
        rule="accuracy.position",
        geometry=shapely.multilinestrings(list(shapely.linestrings(ends))),
        words=(
            f"Thửa {vi}: {len(ends)} góc ranh đo được ({name}) lệch so với bản đồ, "
            f"lớn nhất {d:.2f} m, cho phép {allowed:.2f} m{shift_vi}. "
            "Xác định ranh ngoài thực địa có thay đổi hay bản đồ vẽ sai.",
            f"{en}: {len(ends)} measured corner(s) ({name}) lie off "
            f"the map by up to {d:.2f} m, allowed {allowed:.2f} m{shift_en}. "
            "Find out whether the boundary changed or the map is wrong.",
        ),
    )


def _run(pair: np.ndarray, k: int) -> np.ndarray:
    """Rows of a pair; rows are sorted by pair."""
    key = pair.dtype.type(k)  # of another type, it would have the whole column converted
    return np.arange(np.searchsorted(pair, key), np.searchsorted(pair, key, side="right"))


def changed_shapes(register: Register, findings: Findings, outlines: Outlines) -> list[Mismatch]:
    """Corners added or lost, one mismatch an outline."""
    pairs, judged = outlines.pairs, outlines.pairs.judged
    rows = pairs.corners
    result = []
    for worst in _worst(rows.pair, rows.off_m, judged.off):
        k = int(rows.pair[worst])
        if findings.repeats.open[pairs.m[k]]:
            continue
        mine = _run(rows.pair, k)
        mine = mine[judged.off[mine]]
        lost = mine[rows.map_vertex[mine] >= 0]
        added = mine[rows.map_vertex[mine] < 0]
        points = np.concatenate(
            [
                outlines.map_xy[rows.map_vertex[lost]],
                outlines.ground_xy[rows.ground_vertex[added]],
            ]
        )
        parcels, measured = outlines.members(k)
        vi, _, en = _named(register, parcels)
        off, allowed = rows.off_m[worst], pairs.limits.allowed[k]
        result.append(
            register.row(
                Code.SHAPE,
                parcels=parcels,
                measured=measured,
                values=(off, allowed, "m"),
                rule="accuracy.position",
                geometry=shapely.multipoints(points),
                words=(
                    f"Thửa {vi}: ranh đo được có thêm {len(added)} góc và mất {len(lost)} góc "
                    f"so với bản đồ, xa nhất {off:.2f} m, cho phép {allowed:.2f} m. "
                    "Xác định ranh có thay đổi hay lần trước vẽ gộp góc.",
                    f"{en}: the measured outline has {len(added)} more and "
                    f"lacks {len(lost)} of the map's corners, up to {off:.2f} m "
                    f"off, allowed {allowed:.2f} m. Find out whether the boundary changed or "
                    "corners were left out when it was drawn.",
                ),
            )
        )
    return result


def differing_areas(register: Register, findings: Findings, outlines: Outlines) -> list[Mismatch]:
    """Areas that differ from the register, or from the map where it has none."""
    pairs, judged = outlines.pairs, outlines.area
    result = []
    for k in np.flatnonzero(judged.flagged & ~findings.repeats.open[pairs.m]):
        parcels, measured = outlines.members(int(k))
        difference, allowed = judged.difference[k], judged.allowed[k]
        area, limit = outlines.ground_m2[k], judged.limit[k]
        vi, _, en = _named(register, parcels)
        against = ("sổ", "the register") if judged.on_paper[k] else ("bản đồ", "the map")
        result.append(
            register.row(
                Code.AREA,
                parcels=parcels,
                measured=measured,
                values=(abs(difference), allowed, "m2"),
                rule="accuracy.area",
                geometry=shapely.union_all(register.ground.shapes.geometry[measured]),
                words=(
                    f"Thửa {vi}: diện tích đo {area:.1f} m², {against[0]} {area - difference:.1f} "
                    f"m², lệch {difference:+.1f} m², cho phép {allowed:.1f} m² (hạn sai "
                    f"{limit:.1f} m² theo Phụ lục 04, mở rộng theo độ chính xác đo). "
                    "Nếu ranh không đổi và không tranh chấp thì dùng diện tích đo.",
                    f"{en}: measured {area:.1f} m2, {against[1]} "
                    f"{area - difference:.1f} m2, difference {difference:+.1f} m2, allowed "
                    f"{allowed:.1f} m2 (limit {limit:.1f} m2 of Annex 04, widened by the "
                    "precision of measuring). If the boundary is unchanged and undisputed, the "
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
        if findings.repeats.open[pairs.m[k]]:
            continue
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

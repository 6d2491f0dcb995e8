"""Mismatches of outlines compared corner by corner: CORNER, SHAPE, AREA and EDGE_LENGTH.

An outline is a parcel's, or the common one of parcels that were measured in parts or as one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings, Outlines
from cadastre.reconcile.naming import Register


def _named(register: Register, parcels: list[int]) -> tuple[str, str, str]:
    """Names of the mapped parcels of an outline, to begin a sentence and within one."""
    vi, en = map("; ".join, zip(*map(register.parcel, parcels), strict=True))
    return vi, en, en[:1].upper() + en[1:]


def moved_corners(register: Register, findings: Findings, outlines: Outlines) -> list[Mismatch]:
    """Corners that lie beyond what is allowed, one mismatch an outline."""
    pairs, judged = outlines.pairs, outlines.pairs.judged
    rows = pairs.corners
    moved = np.flatnonzero(judged.moved & ~findings.repeats.open[pairs.m][rows.pair])
    if not len(moved):
        return []
    ends = [outlines.map_xy[rows.map_vertex[moved]], outlines.ground_xy[rows.ground_vertex[moved]]]
    _, of, count = np.unique(rows.pair[moved], return_inverse=True, return_counts=True)
    vectors = shapely.multilinestrings(shapely.linestrings(np.stack(ends, axis=1)), indices=of)
    worst = moved[_worst(rows.pair[moved], judged.distance[moved])]
    k = rows.pair[worst]
    values = judged.distance[worst], judged.raw[worst], pairs.limits.allowed[k]
    return [
        _moved(register, outlines, *row)
        for row in zip(
            _plain(k),
            zip(*map(_plain, values), strict=True),
            zip(vectors, _plain(count), strict=True),
            strict=True,
        )
    ]


def _plain(values: np.ndarray) -> list[Any]:
    """Numbers of the interpreter, which are written several times as fast as NumPy's."""
    return values.tolist()


def _moved(
    register: Register,
    outlines: Outlines,
    k: int,
    metres: tuple[float, float, float],
    vectors: tuple[Any, int],
) -> Mismatch:
    """``metres``: after and before the sheet's shift, allowed; ``vectors`` and their number."""
    parcels, measured = outlines.members(k)
    vi, _, en = _named(register, parcels)
    d, raw, allowed = metres
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
        geometry=vectors[0],
        words=(
            f"Thửa {vi}: {vectors[1]} góc ranh đo được ({name}) lệch so với bản đồ, "
            f"lớn nhất {d:.2f} m, cho phép {allowed:.2f} m{shift_vi}. "
            "Xác định ranh ngoài thực địa có thay đổi hay bản đồ vẽ sai.",
            f"{en}: {vectors[1]} measured corner(s) ({name}) lie off "
            f"the map by up to {d:.2f} m, allowed {allowed:.2f} m{shift_en}. "
            "Find out whether the boundary changed or the map is wrong.",
        ),
    )


def changed_shapes(register: Register, findings: Findings, outlines: Outlines) -> list[Mismatch]:
    """Corners added or lost, one mismatch an outline."""
    pairs, judged = outlines.pairs, outlines.pairs.judged
    rows = pairs.corners
    result = []
    standing = np.flatnonzero(judged.off & ~findings.repeats.open[pairs.m][rows.pair])
    start = np.unique(rows.pair[standing], return_index=True)[1]
    farthest = standing[_worst(rows.pair[standing], rows.off_m[standing])]
    for worst, mine in zip(farthest, np.split(standing, start[1:]), strict=False):
        k = int(rows.pair[worst])
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
    flagged = np.flatnonzero(judged.flagged & ~findings.repeats.open[pairs.m])
    columns = judged.difference, judged.allowed, outlines.ground_m2, judged.limit, judged.on_paper
    values = zip(*(_plain(column[flagged]) for column in columns), strict=True)
    lands = _land(register, outlines, flagged)
    for k, land, row in zip(_plain(flagged), lands, values, strict=True):
        parcels, measured = outlines.members(k)
        difference, allowed, area, limit, on_paper = row
        vi, _, en = _named(register, parcels)
        against = ("sổ", "the register") if on_paper else ("bản đồ", "the map")
        result.append(
            register.row(
                Code.AREA,
                parcels=parcels,
                measured=measured,
                values=(abs(difference), allowed, "m2"),
                rule="accuracy.area",
                geometry=land,
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


def _land(register: Register, outlines: Outlines, which: np.ndarray) -> np.ndarray:
    """Measured land of some outlines, each as one geometry."""
    geometry = register.ground.shapes.geometry
    if outlines.measured is None:
        return np.asarray(shapely.union_all(geometry[outlines.pairs.m[which], None], axis=1))
    parts = [shapely.union_all(geometry[outlines.members(int(k))[1]]) for k in which]
    return np.array(parts, dtype=object)


def differing_edges(register: Register, findings: Findings) -> list[Mismatch]:
    """The edge of each parcel that differs most beyond Annex 03."""
    pairs, edges = findings.pairs, findings.edges
    difference = np.abs(edges.ground_m - edges.map_m)
    excess = difference / edges.allowed if len(difference) else difference
    result = []
    told = np.flatnonzero(edges.flagged & ~findings.repeats.open[pairs.m][edges.pair])
    told = told[_worst(edges.pair[told], excess[told])]
    ends = pairs.corners.ground_vertex[np.column_stack([edges.row, edges.next_row])[told]]
    lines = shapely.linestrings(findings.placed.ground_rings.xy[ends])
    at = pairs.m[edges.pair[told]], pairs.p[edges.pair[told]], difference[told]
    values = *at, edges.ground_m[told], edges.map_m[told], edges.allowed[told]
    for line, m, p, apart, *numbers in zip(lines, *map(_plain, values), strict=True):
        vi, en = register.parcel(p)
        result.append(
            register.row(
                Code.EDGE_LENGTH,
                parcels=[p],
                measured=[m],
                values=(apart, numbers[2], "m"),
                rule="accuracy.edge",
                geometry=line,
                words=(
                    "Thửa {}: một cạnh đo {:.2f} m, trên bản đồ {:.2f} m, cho phép lệch "
                    "{:.2f} m.".format(vi, *numbers),
                    "{}: an edge measures {:.2f} m, on the map {:.2f} m, allowed difference "
                    "{:.2f} m.".format(en[:1].upper() + en[1:], *numbers),
                ),
            )
        )
    return result


def _worst(pair: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Place of the largest value of each pair, in the order of the pairs."""
    order = np.lexsort((np.arange(len(pair)), -value, pair))
    return order[np.unique(pair[order], return_index=True)[1]]

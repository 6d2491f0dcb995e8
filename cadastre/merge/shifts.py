"""Recognise a displaced sheet from its paired edge points, and say by how much.

Each boundary point of a sheet has partners within a few metres on its neighbours. The
right partners agree on one displacement, wrong ones scatter: the displacement with the
most partners is found first, then refined by a robust fit (Huber weights) of a
translation, or of a similarity where rotation and scale are significant. A sheet is
displaced when enough points, well spread and of several neighbours, agree on a
displacement beyond the position limit and clearly fewer agree that it is in place. The
clearest sheet is settled first and set right (in the computation only), then the rest
are looked at again: the neighbours of a displaced sheet are not displaced themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from cadastre.merge.mesh import (
    Flags,
    Floats,
    Ints,
    Mesh,
    distinct,
    nodes_of,
    segment_keys,
    used_once,
)


@dataclass(frozen=True, slots=True)
class Shift:
    """Displacement of one sheet: sheet minus neighbours, about ``centre``; metres, radians."""

    sheet: int
    de: float
    dn: float
    rotation: float
    scale: float
    centre: tuple[float, float]
    n: int
    rms: float
    allowed: float
    points: Floats
    neighbours: Ints

    @property
    def length(self) -> float:
        """Displacement in metres: root mean square over the paired points."""
        return float(np.sqrt((self.at(self.points) ** 2).sum(axis=1).mean()))

    def at(self, xy: Floats) -> Floats:
        """Displacement (east, north) of the sheet at some of its points, metres."""
        local = xy - np.array(self.centre)
        turned = np.column_stack(
            [
                local[:, 0] * self.scale - local[:, 1] * self.rotation,
                local[:, 1] * self.scale + local[:, 0] * self.rotation,
            ]
        )
        return np.array([self.de, self.dn]) + turned

    def set_right(self, xy: Floats) -> Floats:
        """Coordinates of the sheet with the displacement taken away."""
        return xy - self.at(xy)


@dataclass(slots=True)
class _Points:
    xy: Floats
    sheet: Ints
    limit: Floats
    half: Floats


def displaced_sheets(
    mesh: Mesh,
    sheet: Ints,
    present: Flags,
    limit: Floats,
    rules: Mapping[str, Any],
    *,
    fixed: Collection[int] = (),
) -> list[Shift]:
    """Displaced sheets, the clearest first; ``limit`` is the position limit per sheet.

    Sheets that are ``fixed`` stand where they are; others may be displaced against them.
    """
    points = _edge_points(mesh, sheet, present, limit)
    found: list[Shift] = []
    settled = set(fixed)
    while len(points.xy):
        pairs = _pairs(points, float(rules["search_m"]))
        candidates = [
            s
            for number in range(len(limit))
            if number not in settled and (s := _judge(number, points, pairs, rules)) is not None
        ]
        if not candidates:
            return sorted(found, key=lambda s: s.sheet)
        best = max(candidates, key=lambda s: (len(np.unique(s.neighbours)), s.n, -s.sheet))
        found.append(best)
        settled.add(best.sheet)
        mine = points.sheet == best.sheet
        points.xy[mine] = best.set_right(points.xy[mine])
    return found


def _edge_points(mesh: Mesh, sheet: Ints, present: Flags, limit: Floats) -> _Points:
    of_vertex = sheet[mesh.parcel]
    nodes = nodes_of(mesh.xy, of_vertex)
    follower = mesh.follower
    edge = used_once(segment_keys(nodes, follower), present[mesh.parcel])
    border = distinct(np.r_[nodes.of_vertex[edge], nodes.of_vertex[follower[edge]]])
    low, high = np.full((len(limit), 2), np.inf), np.full((len(limit), 2), -np.inf)
    np.minimum.at(low, nodes.group, nodes.xy)
    np.maximum.at(high, nodes.group, nodes.xy)
    half = np.hypot(*np.maximum(high - low, 0.0).T) / 2
    return _Points(nodes.xy[border].copy(), nodes.group[border], limit, half)


def _pairs(points: _Points, reach: float) -> tuple[Ints, Ints]:
    tree = cKDTree(points.xy - points.xy.mean(axis=0))
    found = tree.query_pairs(reach, output_type="ndarray")
    a, b = found[:, 0].astype(np.int64), found[:, 1].astype(np.int64)
    cross = points.sheet[a] != points.sheet[b]
    a, b = a[cross], b[cross]
    both = np.r_[a, b], np.r_[b, a]
    order = np.lexsort((both[1], both[0], points.sheet[both[0]]))
    return both[0][order], both[1][order]


def _judge(
    number: int, points: _Points, pairs: tuple[Ints, Ints], rules: Mapping[str, Any]
) -> Shift | None:
    start, stop = np.searchsorted(points.sheet[pairs[0]], [number, number + 1])
    a, b = pairs[0][start:stop], pairs[1][start:stop]
    if len(np.unique(a)) < rules["points"]:
        return None
    step = points.xy[a] - points.xy[b]
    radius = float(np.median(np.maximum(points.limit[number], points.limit[points.sheet[b]])))
    in_place = len(np.unique(a[np.hypot(*step.T) <= radius]))
    if rules["against_rest"] * in_place > len(np.unique(a)):
        return None
    mode = _mode(step, radius)
    keep = _agreeing(a, step - mode, radius)
    fit = _fit(points, a[keep], b[keep], number, radius, rules)
    for _ in range(int(rules["iterations"])):
        # A turned sheet agrees around one place first, then further and further out.
        before, keep = keep, _agreeing(a, step - fit.at(points.xy[a]), radius)
        if np.array_equal(before, keep) or not len(keep):
            break
        fit = _fit(points, a[keep], b[keep], number, radius, rules)
    return fit if _believable(fit, points, a, step, radius, rules) else None


def _mode(step: Floats, radius: float) -> Floats:
    """Displacement with the most partners around it; the shortest of equals."""
    tree = cKDTree(step)
    votes = tree.query_ball_point(step, radius, return_length=True)
    best = np.lexsort((step[:, 1], step[:, 0], np.hypot(*step.T), -votes))[0]
    centre = step[best]
    for _ in range(3):
        centre = step[np.hypot(*(step - centre).T) <= radius].mean(axis=0)
    return np.asarray(centre)


def _agreeing(a: Ints, residual: Floats, radius: float) -> Ints:
    """One partner for each point: the one that agrees best with the displacement."""
    away = np.hypot(*residual.T)
    index = np.flatnonzero(away <= 1.5 * radius)
    order = index[np.lexsort((away[index], a[index]))]
    first = np.ones(len(order), bool)
    first[1:] = a[order][1:] != a[order][:-1]
    return order[first]


def _fit(
    points: _Points, a: Ints, b: Ints, number: int, allowed: float, rules: Mapping[str, Any]
) -> Shift:
    """Robust similarity about the centre of the points, or a translation when that is all."""
    step = points.xy[a] - points.xy[b]
    centre = points.xy[a].mean(axis=0)
    local = points.xy[a] - centre
    zero, one = np.zeros(len(a)), np.ones(len(a))
    east = np.column_stack([one, zero, local[:, 0], -local[:, 1]])
    north = np.column_stack([zero, one, local[:, 1], local[:, 0]])
    design, observed = np.vstack([east, north]), np.r_[step[:, 0], step[:, 1]]
    values, sigma, rms = _huber(design, observed, rules)
    if (np.abs(values[2:]) < rules["significance"] * sigma[2:]).all() or len(a) < rules[
        "similarity_points"
    ]:
        values, _, rms = _huber(design[:, :2], observed, rules)
        values = np.r_[values, 0.0, 0.0]
    return Shift(
        sheet=number,
        de=float(values[0]),
        dn=float(values[1]),
        rotation=float(values[3]),
        scale=float(values[2]),
        centre=(float(centre[0]), float(centre[1])),
        n=len(a),
        rms=rms,
        allowed=allowed,
        points=points.xy[a].copy(),
        neighbours=points.sheet[b].copy(),
    )


def _huber(
    design: Floats, observed: Floats, rules: Mapping[str, Any]
) -> tuple[Floats, Floats, float]:
    """Iteratively reweighted least squares; parameters, their sigmas, RMS of point residuals."""
    weight = np.ones(len(observed))
    scale = np.maximum(np.abs(design).max(axis=0), 1e-12)
    for _ in range(int(rules["iterations"])):
        root = np.sqrt(weight)[:, None]
        values = (
            np.linalg.lstsq(design / scale * root, observed * root[:, 0], rcond=None)[0] / scale
        )
        residual = observed - design @ values
        spread = max(1.4826 * float(np.median(np.abs(residual))), 1e-6)
        weight = np.minimum(1.0, rules["huber"] * spread / np.maximum(np.abs(residual), 1e-12))
    normal = (design / scale).T @ (design / scale * weight[:, None])
    freedom = max(len(observed) - design.shape[1], 1)
    variance = float((weight * residual**2).sum()) / freedom
    sigma = np.sqrt(np.maximum(np.diag(np.linalg.pinv(normal)) * variance, 0.0)) / scale
    rms = float(np.sqrt((residual**2).sum() / (len(observed) / 2)))
    return values, sigma, rms


def _believable(
    fit: Shift,
    points: _Points,
    a: Ints,
    step: Floats,
    radius: float,
    rules: Mapping[str, Any],
) -> bool:
    in_place = len(np.unique(a[np.hypot(*step.T) <= radius]))
    local = fit.points - fit.points.mean(axis=0) if fit.n else np.zeros((1, 2))
    spread = float(np.sqrt((local**2).sum(axis=1).mean()))
    return bool(
        fit.n >= rules["points"]
        and fit.length > fit.allowed
        and fit.n >= rules["agreeing_share"] * len(np.unique(a))
        and fit.n >= rules["against_rest"] * in_place
        and spread >= rules["spread_share"] * points.half[fit.sheet]
        and _enough_neighbours(fit, points, rules)
    )


def _enough_neighbours(fit: Shift, points: _Points, rules: Mapping[str, Any]) -> bool:
    """Several neighbours agree, or the only one is itself held by others."""
    sheets, counts = np.unique(fit.neighbours, return_counts=True)
    agreeing = sheets[counts >= rules["neighbour_points"]]
    if len(agreeing) >= rules["neighbours"]:
        return True
    return len(agreeing) == 1 and _anchored(int(agreeing[0]), fit.sheet, points, rules)


def _anchored(number: int, without: int, points: _Points, rules: Mapping[str, Any]) -> bool:
    """Whether a sheet fits to sheets other than the one in question."""
    mine = points.xy[points.sheet == number]
    rest = points.xy[(points.sheet != number) & (points.sheet != without)]
    if not len(rest) or not len(mine):
        return False
    near, _ = cKDTree(rest).query(mine, distance_upper_bound=float(points.limit[number]))
    return int(np.isfinite(near).sum()) >= rules["points"]

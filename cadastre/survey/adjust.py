"""Least-squares adjustment of plane networks and levelling.

Gauss-Newton on the observation equations (Ghilani, Adjustment Computations, chapters
11-20) with sparse normal equations, approximate coordinates found from the observations,
and a fixed, constrained or free datum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from cadastre.errors import InputRefused
from cadastre.formats.network import (
    ADJUSTED,
    ANGULAR,
    CONSTRAINED,
    FIXED,
    UNUSED,
    NetworkPoint,
    Observation,
)
from cadastre.survey.adjust_approximate import approximate_heights, approximate_plane
from cadastre.survey.adjust_datum import Solver, find_datum, make_solver
from cadastre.survey.adjust_equations import (
    Array,
    Indices,
    Layout,
    Table,
    equations,
    needs,
    roles_missing,
    table_of,
)
from cadastre.survey.adjust_result import Adjustment, Covariance, Statistics, ellipses, judge
from cadastre.survey.adjust_sparse import quadratic_diagonal

MOST_ITERATIONS = 40
#: The iteration ends when no observation departs further (metres) from its linearisation.
_CONVERGED = 5e-7

Covariances = Mapping[int, Array]


class NetworkUndetermined(InputRefused):
    """The observations do not determine some points."""

    message_vi = "Các trị đo chưa đủ để xác định một số điểm."


class NetworkDiverges(InputRefused):
    """The adjustment does not converge; look for gross errors in values or point names."""

    message_vi = "Bình sai không hội tụ; hãy kiểm tra sai lầm thô hoặc nhầm tên điểm."


def adjust_network(
    observations: Iterable[Observation] | pd.DataFrame,
    points: Iterable[NetworkPoint] | pd.DataFrame,
    *,
    datum: str = "fixed",
    sigma_apriori: float = 1.0,
    covariances: Covariances | None = None,
    confidence: float = 0.95,
    use_aposteriori: bool = True,
    switched_off: Mapping[int, str] | None = None,
) -> Adjustment:
    """Adjusted points, residuals, covariance and statistics of a network.

    Parameters
    ----------
    observations : observations or frame with the same columns
        Metres and radians; bearings clockwise from north.
    points : points or frame with the same columns
        Those not listed are sought. Missing coordinates are found from the observations.
    datum : {"fixed", "constrained", "free"}
        ``fixed``: each point plays its own role. ``constrained``: the fixed points may move,
        with the least sum of squares. ``free``: so may all points (inner constraints).
    sigma_apriori : float
        Standard deviation of unit weight before the adjustment.
    covariances : mapping of cluster to matrix, optional
        For correlated observations, in the order in which they come.
    confidence : float
        Probability of the tests and of the confidence ellipses.
    use_aposteriori : bool
        Scale covariances by the a posteriori sigma nought.
    switched_off : mapping of observation position to reason, optional
        Observations that take no part; they stay in ``residuals``, with the reason.

    Raises
    ------
    NetworkUndetermined, NetworkNotConnected, NetworkDiverges
        With the names of the points.

    Examples
    --------
    A levelled loop that misses closure by 6 mm, each leg equally long::

        A (10.000) --1.002--> B --0.503--> C ---1.499--> A

    >>> loop = [Observation("dh", 1.002, 0.002, "A", "B"),
    ...         Observation("dh", 0.503, 0.002, "B", "C"),
    ...         Observation("dh", -1.499, 0.002, "C", "A")]
    >>> heights = [NetworkPoint("A", height=10.0, plane="", level="fixed"),
    ...            NetworkPoint("B", plane="", level="adjusted"),
    ...            NetworkPoint("C", plane="", level="adjusted")]
    >>> result = adjust_network(loop, heights)
    >>> result.points["height"].round(6).tolist()
    [10.0, 11.0, 11.501]
    >>> result.residuals["residual"].round(6).tolist(), round(result.statistics.sigma0, 6)
    ([-0.002, -0.002, -0.002], 1.732051)
    """
    everything = _observations(observations)
    known = _points(points, everything, datum)
    off = _switched_off(everything, known, switched_off or {})
    used = [n for n in range(len(everything)) if n not in off]
    if not used:
        raise NetworkUndetermined("No observation is left.", "Không còn trị đo nào.")
    run = _Run.prepare(
        [everything[n] for n in used], known, _kept(covariances or {}, everything, set(used))
    )
    state = run.iterate()
    solver, design, white = state.solver, state.design, state.white
    misfit = equations(run.table, run.layout, state.coordinates, state.orientations).misfit
    statistics = judge(
        float(np.sum((run.whiten @ misfit) ** 2)),
        (len(used), run.layout.size, solver.datum.defect),
        sigma_apriori=sigma_apriori,
        confidence=confidence,
        use_aposteriori=use_aposteriori,
        iterations=state.iterations,
    )
    selected = solver.selected(sparse.csc_matrix(white.T @ white))
    covariance = Covariance(run.layout, solver, selected, statistics.scale)
    return Adjustment(
        points=_point_frame(run, state, covariance, statistics),
        residuals=_residual_frame(everything, off, run, design, misfit, covariance, statistics),
        covariance=covariance,
        statistics=statistics,
        orientations=_orientation_frame(run, state, covariance),
        notes=run.notes,
    )


# ---- what is adjusted ------------------------------------------------------------------


def _observations(given: Iterable[Observation] | pd.DataFrame) -> list[Observation]:
    if not isinstance(given, pd.DataFrame):
        return list(given)
    fields = [f for f in Observation.__dataclass_fields__ if f in given]
    rows = given[fields].astype(object).where(given[fields].notna(), None).to_dict("records")
    return [Observation(**{str(k): v for k, v in r.items() if v is not None}) for r in rows]


def _points(
    given: Iterable[NetworkPoint] | pd.DataFrame, observations: list[Observation], datum: str
) -> dict[str, NetworkPoint]:
    if isinstance(given, pd.DataFrame):
        fields = [f for f in NetworkPoint.__dataclass_fields__ if f in given]
        frame = given[fields].astype(object).where(given[fields].notna(), None)
        given = [
            NetworkPoint(**{str(k): v for k, v in r.items()}) for r in frame.to_dict("records")
        ]
    known = {point.id: point for point in given}
    for o in observations:
        for name in (o.station, o.target, o.backsight):
            if name and name not in known:
                plane, level = needs(o.kind)
                known[name] = NetworkPoint(
                    name, plane=ADJUSTED if plane else UNUSED, level=ADJUSTED if level else UNUSED
                )
    return {name: _in_datum(point, datum) for name, point in known.items()}


def _in_datum(point: NetworkPoint, datum: str) -> NetworkPoint:
    roles: dict[str, str] = {
        "fixed": {},
        "constrained": {FIXED: CONSTRAINED, CONSTRAINED: ADJUSTED},
        "free": {FIXED: CONSTRAINED, ADJUSTED: CONSTRAINED},
    }[datum]
    return replace(
        point,
        plane=roles.get(point.plane, point.plane),
        level=roles.get(point.level, point.level),
    )


def _switched_off(
    observations: list[Observation], points: Mapping[str, NetworkPoint], given: Mapping[int, str]
) -> dict[int, str]:
    plane = {name for name, point in points.items() if point.plane}
    level = {name for name, point in points.items() if point.level}
    off = dict(given)
    for number, observation in enumerate(observations):
        missing = roles_missing(observation, plane, level)
        if missing and number not in off:
            off[number] = "point takes no part: " + ", ".join(missing)
    return off


def _kept(
    covariances: Covariances, observations: list[Observation], used: set[int]
) -> dict[int, Array]:
    """Covariances of the observations that take part."""
    members: dict[int, list[int]] = {}
    for number, observation in enumerate(observations):
        if observation.cluster is not None and observation.cluster in covariances:
            members.setdefault(observation.cluster, []).append(number)
    kept = {}
    for cluster, numbers in members.items():
        if len(numbers) != len(covariances[cluster]):
            told = f"Cluster {cluster}: {len(numbers)} values, {len(covariances[cluster])} rows."
            raise NetworkUndetermined(told, cluster=cluster)
        rows = [row for row, number in enumerate(numbers) if number in used]
        kept[cluster] = covariances[cluster][np.ix_(rows, rows)]
    return kept


# ---- the computation -------------------------------------------------------------------


@dataclass(frozen=True)
class _State:
    coordinates: Array
    orientations: Array
    iterations: int
    solver: Solver
    design: sparse.csr_matrix
    white: sparse.csr_matrix


@dataclass(frozen=True)
class _Run:
    """One network ready to be iterated."""

    points: dict[str, NetworkPoint]
    layout: Layout
    table: Table
    whiten: sparse.csr_matrix
    constrained: Indices
    start: Array
    notes: tuple[dict[str, str], ...]

    @classmethod
    def prepare(
        cls,
        observations: list[Observation],
        points: dict[str, NetworkPoint],
        covariances: Covariances,
    ) -> _Run:
        points, notes = _observed(points, observations)
        start = _start(observations, points)
        layout, constrained = _layout(observations, points)
        table = table_of(observations, layout)
        whiten = _whitening(observations, covariances)
        return cls(points, layout, table, whiten, constrained, start, notes)

    def iterate(self) -> _State:
        """Gauss-Newton with step halving until the corrections vanish."""
        coordinates = self.start.copy()
        orientations = self._orientations(coordinates)
        best = self._squares(coordinates, orientations)
        for iteration in range(1, MOST_ITERATIONS + 1):
            solver, design, white, reduced = self._solver(coordinates, orientations)
            step = solver.solve(white.T @ reduced)
            for halving in range(12):  # noqa: B007 - told after the loop
                moved, turned = self._stepped(coordinates, orientations, step)
                squares = self._squares(moved, turned)
                if squares <= best * (1 + 1e-6) + 1e-9:
                    break
                step = step / 2
            bend = self._bend((coordinates, orientations), (moved, turned), design @ step)
            coordinates, orientations, best = moved, turned, squares
            if not halving and bend < _CONVERGED:
                return _State(coordinates, orientations, iteration, solver, design, white)
        raise NetworkDiverges()

    def _bend(self, state: tuple[Array, Array], moved: tuple[Array, Array], steep: Array) -> float:
        """Largest departure of an observation from its linearisation, in metres across."""
        before = equations(self.table, self.layout, *state).misfit
        after = equations(self.table, self.layout, *moved).misfit
        angular = np.isin(self.table.kinds, ANGULAR)
        off = before - after
        off[angular] = (off[angular] + np.pi) % (2 * np.pi) - np.pi
        step = moved[0][self.table.target] - moved[0][self.table.station]
        reach = np.where(angular, np.hypot(step[:, 0], step[:, 1]), 1.0)
        return float(np.abs((off - steep) * reach).max())

    def _solver(
        self, coordinates: Array, orientations: Array
    ) -> tuple[Solver, sparse.csr_matrix, sparse.csr_matrix, Array]:
        linear = equations(self.table, self.layout, coordinates, orientations)
        white = sparse.csr_matrix(self.whiten @ linear.design)
        datum = find_datum(white, self.layout, coordinates, self.constrained)
        solver = make_solver(sparse.csc_matrix(white.T @ white), datum)
        weak = solver.factor.weak()
        if len(weak):
            names = sorted({self._owner(int(solver.kept[w])) for w in weak})
            told = ", ".join(names[:20])
            raise NetworkUndetermined(f"Points {told}.", f"Điểm {told}.", points=names)
        return solver, linear.design, white, self.whiten @ linear.misfit

    def _owner(self, unknown: int) -> str:
        place = np.argwhere(self.layout.unknowns == unknown)
        if len(place):
            return self.layout.names[int(place[0][0])]
        first = self.layout.size - len(self.layout.groups)
        return next(s for (s, _), g in self.layout.groups.items() if g == unknown - first)

    def _stepped(self, coordinates: Array, orientations: Array, step: Array) -> tuple[Array, Array]:
        moved = coordinates.copy()
        free = self.layout.unknowns >= 0
        moved[free] += step[self.layout.unknowns[free]]
        first = self.layout.size - len(self.layout.groups)
        return moved, orientations + step[first:]

    def _squares(self, coordinates: Array, orientations: Array) -> float:
        misfit = equations(self.table, self.layout, coordinates, orientations).misfit
        return float(np.sum((self.whiten @ misfit) ** 2))

    def _orientations(self, coordinates: Array) -> Array:
        """Orientation of each set of directions from the approximate coordinates."""
        rows = np.flatnonzero(self.table.kinds == "direction")
        total = np.zeros(len(self.layout.groups), dtype=complex)
        step = coordinates[self.table.target[rows]] - coordinates[self.table.station[rows]]
        turn = np.arctan2(step[:, 0], step[:, 1]) - self.table.value[rows]
        np.add.at(total, self.table.orientation[rows], np.exp(1j * turn))
        return np.angle(total)


def _observed(
    points: dict[str, NetworkPoint], observations: list[Observation]
) -> tuple[dict[str, NetworkPoint], tuple[dict[str, str], ...]]:
    """Points whose sought plane position or height is observed; the others keep no role."""
    plane: set[str] = set()
    level: set[str] = set()
    for o in observations:
        ends = {p for p in (o.station, o.target, o.backsight) if p}
        wants_plane, wants_height = needs(o.kind)
        plane |= ends if wants_plane else set()
        level |= ends if wants_height else set()
    kept, alone = {}, []
    for name, point in points.items():
        lost_plane = point.plane not in (UNUSED, FIXED) and name not in plane
        lost_level = point.level not in (UNUSED, FIXED) and name not in level
        if (lost_plane and not (point.level and not lost_level)) or (
            lost_level and not (point.plane and not lost_plane)
        ):
            alone.append(name)
        kept[name] = replace(
            point,
            plane=UNUSED if lost_plane else point.plane,
            level=UNUSED if lost_level else point.level,
        )
    notes: tuple[dict[str, str], ...] = ()
    if alone:
        told = ", ".join(alone[:20])
        notes = (
            {"vi": f"Không có trị đo đến điểm: {told}.", "en": f"No observation reaches: {told}."},
        )
    return {n: p for n, p in kept.items() if p.plane or p.level}, notes


def _start(observations: list[Observation], points: Mapping[str, NetworkPoint]) -> Array:
    places = {
        name: complex(point.east, point.north)
        for name, point in points.items()
        if point.east is not None and point.north is not None
    }
    sought = [name for name, point in points.items() if point.plane and name not in places]
    direct: dict[str, dict[str, float]] = {
        o.target: {} for o in observations if o.kind in ("east", "north")
    }
    for o in observations:
        if o.kind in ("east", "north"):
            direct[o.target][o.kind] = o.value
    for name in sought:
        if len(direct.get(name, {})) == 2:
            places[name] = complex(direct[name]["east"], direct[name]["north"])
    if any(name not in places for name in sought):
        places = approximate_plane(observations, places, sought)
    heights = {n: float(p.height) for n, p in points.items() if p.height is not None}
    heights.update({o.target: o.value for o in observations if o.kind == "height"} | heights)
    if any(point.level and name not in heights for name, point in points.items()):
        heights = approximate_heights(observations, heights, places)
        lost = [n for n, point in points.items() if point.level and n not in heights]
        if lost:
            raise NetworkUndetermined(f"No height: {', '.join(lost[:20])}.", points=lost)
    return np.array(
        [(places.get(n, 0j).real, places.get(n, 0j).imag, heights.get(n, 0.0)) for n in points]
    )


def _layout(
    observations: list[Observation], points: Mapping[str, NetworkPoint]
) -> tuple[Layout, Indices]:
    unknowns = np.full((len(points), 3), -1, dtype=np.int64)
    constrained: list[int] = []
    size = 0
    for row, point in enumerate(points.values()):
        for axis, role in ((0, point.plane), (1, point.plane), (2, point.level)):
            if role in (ADJUSTED, CONSTRAINED):
                unknowns[row, axis] = size
                if role == CONSTRAINED:
                    constrained.append(size)
                size += 1
    groups: dict[tuple[str, int], int] = {}
    for o in observations:
        if o.kind == "direction":
            groups.setdefault((o.station, o.group), len(groups))
    layout = Layout(tuple(points), unknowns, groups, size + len(groups))
    chosen = np.array(constrained, dtype=np.int64)
    # Without a datum point every point carries the datum.
    return layout, chosen if len(chosen) else unknowns[unknowns >= 0]


def _whitening(observations: list[Observation], covariances: Covariances) -> sparse.csr_matrix:
    """Matrix that makes the observations independent with unit variance."""
    count = len(observations)
    alone = np.array([o.cluster is None or o.cluster not in covariances for o in observations])
    rows = [np.flatnonzero(alone)]
    columns = [np.flatnonzero(alone)]
    values = [1.0 / np.array([o.sigma for o in observations])[alone]]
    members: dict[int, list[int]] = {}
    for number, o in enumerate(observations):
        if not alone[number] and o.cluster is not None:
            members.setdefault(o.cluster, []).append(number)
    for cluster, numbers in members.items():
        part = covariances[cluster]
        inverse = linalg.solve_triangular(
            np.linalg.cholesky(part), np.identity(len(part)), lower=True
        )
        down, across = np.tril_indices(len(part))
        rows.append(np.array(numbers)[down])
        columns.append(np.array(numbers)[across])
        values.append(inverse[down, across])
    return sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(count, count),
    )


# ---- frames ----------------------------------------------------------------------------


def _point_frame(
    run: _Run, state: _State, covariance: Covariance, statistics: Statistics
) -> pd.DataFrame:
    blocks = covariance.blocks()
    deviations = np.sqrt(np.maximum(np.diagonal(blocks, axis1=1, axis2=2), 0.0))
    major, minor, azimuth = ellipses(blocks[:, :2, :2])
    plane = np.array([bool(p.plane) for p in run.points.values()])
    level = np.array([bool(p.level) for p in run.points.values()])
    given = np.array([p.height is not None for p in run.points.values()])
    return pd.DataFrame(
        {
            "id": list(run.points),
            "east": np.where(plane, state.coordinates[:, 0], np.nan),
            "north": np.where(plane, state.coordinates[:, 1], np.nan),
            "height": np.where(level | given, state.coordinates[:, 2], np.nan),
            "plane": [p.plane for p in run.points.values()],
            "level": [p.level for p in run.points.values()],
            "sigma_east": deviations[:, 0],
            "sigma_north": deviations[:, 1],
            "sigma_height": deviations[:, 2],
            "semi_major": major,
            "semi_minor": minor,
            "azimuth": azimuth,
            "confidence_major": statistics.ellipse_factor * major,
            "confidence_minor": statistics.ellipse_factor * minor,
        }
    )


def _residual_frame(
    everything: list[Observation],
    off: Mapping[int, str],
    run: _Run,
    design: sparse.csr_matrix,
    misfit: Array,
    covariance: Covariance,
    statistics: Statistics,
) -> pd.DataFrame:
    quality = _quality(run, design, covariance)
    columns = {name: np.full(len(everything), np.nan) for name in ("residual", *quality)}
    used = np.array([n not in off for n in range(len(everything))])
    columns["residual"][used] = -misfit
    for name, values in quality.items():
        columns[name][used] = values
    root = np.sqrt(statistics.scale)
    spread = columns["sigma_residual"]
    with np.errstate(divide="ignore", invalid="ignore"):
        controlled = columns["redundancy"] > 1e-9
        standardised = np.where(controlled, columns["residual"] / (root * spread), np.nan)
    observed = np.array([o.value for o in everything])
    fields: dict[str, Any] = {
        name: [getattr(o, name) for o in everything]
        for name in ("kind", "station", "backsight", "target", "group", "sigma", "line")
    }
    return pd.DataFrame(
        {
            **fields,
            "observed": observed,
            "adjusted": observed + columns["residual"],
            "residual": columns["residual"],
            "sigma_adjusted": root * columns["sigma_adjusted"],
            "sigma_residual": root * spread,
            "redundancy": columns["redundancy"],
            "standardised": standardised,
            "used": used,
            "note": [off.get(n, "") for n in range(len(everything))],
        }
    )


def _quality(run: _Run, design: sparse.csr_matrix, covariance: Covariance) -> dict[str, Array]:
    """Standard deviations of adjusted values and residuals (unscaled), redundancy numbers."""
    adjusted = quadratic_diagonal(design, covariance.selected)
    variance = run.table.sigma**2
    redundancy = 1.0 - adjusted / variance
    joined = np.flatnonzero(np.diff(run.whiten.indptr) > 1)
    if len(joined):
        # (Q_vv P)_ii of correlated values: 1 - (A Q A' P)_ii, P = W'W.
        weights = sparse.csr_matrix(run.whiten.T @ run.whiten)
        product = design @ covariance.selected
        weighted = weights @ design
        full = 1.0 - np.asarray(product.multiply(weighted).sum(axis=1)).ravel()
        correlated = np.diff(weights.indptr) > 1
        redundancy = np.where(correlated, full, redundancy)
    return {
        "sigma_adjusted": np.sqrt(np.maximum(adjusted, 0.0)),
        "sigma_residual": np.sqrt(np.maximum(variance - adjusted, 0.0)),
        "redundancy": redundancy,
    }


def _orientation_frame(run: _Run, state: _State, covariance: Covariance) -> pd.DataFrame:
    first = run.layout.size - len(run.layout.groups)
    numbers = np.arange(first, run.layout.size)
    variance = np.zeros(0)
    if len(numbers):
        variance = np.asarray(covariance.selected[numbers, numbers]).ravel()
    return pd.DataFrame(
        {
            "station": [station for station, _ in run.layout.groups],
            "group": [group for _, group in run.layout.groups],
            "orientation": state.orientations % (2 * np.pi),
            "sigma": np.sqrt(covariance.scale * variance),
        }
    )

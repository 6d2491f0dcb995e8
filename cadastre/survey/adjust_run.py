"""Gauss-Newton on one network: linearise, solve under the datum, step, until nothing bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from cadastre.errors import InputRefused
from cadastre.formats.network import ANGULAR, NetworkPoint, Observation
from cadastre.survey.adjust_datum import Solver, find_datum, make_solver
from cadastre.survey.adjust_equations import Array, Indices, Layout, Table, equations, table_of
from cadastre.survey.adjust_input import (
    Covariances,
    NetworkUndetermined,
    first_coordinates,
    layout_of,
    observed_points,
    whitening,
)

MOST_ITERATIONS = 40
#: The iteration ends when no observation departs further (metres) from its linearisation,
_CONVERGED = 5e-7
#: and no point moved further (metres), so that covariances hold where the iteration ends: a
#: bend of half a micrometre still is a step of a centimetre, 1e-4 of a variance.
_STILL = 1e-6


class NetworkDiverges(InputRefused):
    """The adjustment does not converge; look for gross errors in values or point names."""

    message_vi = "Bình sai không hội tụ; hãy kiểm tra sai lầm thô hoặc nhầm tên điểm."


@dataclass(frozen=True)
class State:
    """Where an iteration stands: coordinates, orientations, and the last linear system.

    ``squares`` is the sum of squared residuals of that system after its step.
    """

    coordinates: Array
    orientations: Array
    iterations: int
    solver: Solver
    design: sparse.csr_matrix
    white: sparse.csr_matrix
    squares: float


@dataclass(frozen=True)
class Linearised:
    """A network linearised at some coordinates: solver, design, whitened design and misfit."""

    solver: Solver
    design: sparse.csr_matrix
    white: sparse.csr_matrix
    misfit: Array

    def step(self) -> Array:
        """Return the corrections of all unknowns."""
        found: Array = self.solver.solve(self.white.T @ self.misfit)
        return found

    def squares(self, step: Array) -> float:
        """Return the sum of squared residuals of the linear system after a step."""
        return float(np.sum((self.white @ step - self.misfit) ** 2))


@dataclass(frozen=True)
class Run:
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
    ) -> Run:
        """Return a network with its unknowns, weights and first coordinates."""
        points, notes = observed_points(points, observations)
        start = first_coordinates(observations, points)
        layout, constrained = layout_of(observations, points)
        table = table_of(observations, layout)
        whiten = whitening(observations, covariances)
        return cls(points, layout, table, whiten, constrained, start, notes)

    def iterate(self, *, settle: bool = True) -> State:
        """Gauss-Newton with step halving until the linearisation holds, or points stand still."""
        coordinates = self.start.copy()
        orientations = self.orientations(coordinates)
        best, before = self._squares(coordinates, orientations), np.inf
        for iteration in range(1, MOST_ITERATIONS + 1):
            linear = self.linearised(coordinates, orientations)
            step = linear.step()
            for halving in range(12):  # noqa: B007 - told after the loop
                moved, turned = self._stepped(coordinates, orientations, step)
                squares = self._squares(moved, turned)
                if squares <= best * (1 + 1e-6) + 1e-9:
                    break
                step = step / 2
            bend = self._bend((coordinates, orientations), (moved, turned), linear.design @ step)
            went = float(np.abs(moved - coordinates).max())
            coordinates, orientations, best = moved, turned, squares
            # Steps that no longer shrink are the noise of the arithmetic.
            still = not settle or went < _STILL or went > before / 2
            before = went
            if not halving and bend < _CONVERGED and still:
                return State(
                    coordinates, orientations, iteration, linear.solver, linear.design,
                    linear.white, linear.squares(step),
                )  # fmt: skip
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

    def linearised(self, coordinates: Array, orientations: Array) -> Linearised:
        """Return the linear system at some coordinates.

        Raises
        ------
        NetworkUndetermined
            Names the points that it does not determine.
        """
        linear = equations(self.table, self.layout, coordinates, orientations)
        white = sparse.csr_matrix(self.whiten @ linear.design)
        datum = find_datum(white, self.layout, coordinates, self.constrained)
        solver = make_solver(sparse.csc_matrix(white.T @ white), datum)
        weak = solver.factor.weak()
        if len(weak):
            names = sorted({self._owner(int(solver.kept[w])) for w in weak})
            told = ", ".join(names[:20])
            raise NetworkUndetermined(f"Points {told}.", f"Điểm {told}.", points=names)
        return Linearised(solver, linear.design, white, self.whiten @ linear.misfit)

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

    def orientations(self, coordinates: Array) -> Array:
        """Orientation of each set of directions from the approximate coordinates."""
        rows = np.flatnonzero(self.table.kinds == "direction")
        total = np.zeros(len(self.layout.groups), dtype=complex)
        step = coordinates[self.table.target[rows]] - coordinates[self.table.station[rows]]
        turn = np.arctan2(step[:, 0], step[:, 1]) - self.table.value[rows]
        np.add.at(total, self.table.orientation[rows], np.exp(1j * turn))
        return np.angle(total)

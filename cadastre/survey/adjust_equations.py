"""Observation equations of plane networks and levelling, linearised all at once.

Bearings are clockwise from north, ``atan2(east, north)``; a direction is the bearing less
the orientation of its set. Source: Ghilani, Adjustment Computations, chapters 13-16.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cadastre.formats.network import ANGULAR, Observation

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Where things stand: index of points, unknowns of each point (-1 = none), orientations.

    ``unknowns`` has the columns east, north, height.
    """

    names: tuple[str, ...]
    unknowns: Indices
    groups: dict[tuple[str, int], int]
    size: int


@dataclass(frozen=True)
class Table:
    """Observations as arrays: index of station, target, backsight and orientation."""

    observations: tuple[Observation, ...]
    kinds: NDArray[np.str_]
    station: Indices
    target: Indices
    backsight: Indices
    orientation: Indices
    value: Array
    sigma: Array
    rise: Array


@dataclass(frozen=True)
class Equations:
    """Design matrix by unknowns and reduced observations (observed - computed)."""

    design: sparse.csr_matrix
    misfit: Array


def table_of(observations: Iterable[Observation], layout: Layout) -> Table:
    """Observations as arrays over a layout."""
    kept = tuple(observations)
    place = {name: number for number, name in enumerate(layout.names)}

    def indices(names: Iterable[str]) -> Indices:
        return np.array([place.get(name, -1) for name in names], dtype=np.int64)

    return Table(
        kept,
        np.array([o.kind for o in kept]),
        indices(o.station for o in kept),
        indices(o.target for o in kept),
        indices(o.backsight for o in kept),
        np.array([layout.groups.get((o.station, o.group), -1) for o in kept], dtype=np.int64),
        np.array([o.value for o in kept]),
        np.array([o.sigma for o in kept]),
        np.array([o.target_up - o.station_up for o in kept]),
    )


def equations(table: Table, layout: Layout, coordinates: Array, orientations: Array) -> Equations:
    """Linearised equations at given coordinates (east, north, height per point)."""
    builder = _Builder(table, layout, coordinates, orientations)
    for kind in np.unique(table.kinds):
        builder.add(str(kind), np.flatnonzero(table.kinds == kind))
    misfit = table.value - builder.computed
    angular = np.isin(table.kinds, ANGULAR)
    misfit[angular] = (misfit[angular] + np.pi) % (2 * np.pi) - np.pi
    return Equations(builder.design(), misfit)


class _Builder:
    def __init__(
        self, table: Table, layout: Layout, coordinates: Array, orientations: Array
    ) -> None:
        self.table, self.layout = table, layout
        self.at, self.orientations = coordinates, orientations
        self.computed = np.zeros(len(table.value))
        self.rows: list[Indices] = []
        self.columns: list[Indices] = []
        self.values: list[Array] = []

    def add(self, kind: str, rows: Indices) -> None:
        """Equations of one kind of observation."""
        station, target = self.table.station[rows], self.table.target[rows]
        if kind in ("direction", "azimuth", "angle"):
            self._bearing(rows, station, target, 1.0)
            if kind == "angle":
                self._bearing(rows, station, self.table.backsight[rows], -1.0)
            if kind == "direction":
                which = self.table.orientation[rows]
                self.computed[rows] -= self.orientations[which]
                first = self.layout.size - len(self.layout.groups)
                self._put(rows, first + which, -np.ones(len(rows)))
        elif kind in ("distance", "s-distance", "z-angle"):
            self._sight(kind, rows, station, target)
        else:
            self._component(kind, rows, station, target)

    def _bearing(self, rows: Indices, station: Indices, target: Indices, sign: float) -> None:
        step = self.at[target] - self.at[station]
        square = step[:, 0] ** 2 + step[:, 1] ** 2
        self.computed[rows] += sign * np.arctan2(step[:, 0], step[:, 1])
        self._pair(rows, station, target, 0, sign * step[:, 1] / square)
        self._pair(rows, station, target, 1, -sign * step[:, 0] / square)

    def _sight(self, kind: str, rows: Indices, station: Indices, target: Indices) -> None:
        step = self.at[target] - self.at[station]
        plane = np.hypot(step[:, 0], step[:, 1])
        rise = step[:, 2] + self.table.rise[rows]
        if kind == "distance":
            self.computed[rows] = plane
            by_plane, by_rise = np.ones(len(rows)), None
        elif kind == "s-distance":
            slope = np.hypot(plane, rise)
            self.computed[rows] = slope
            by_plane, by_rise = plane / slope, rise / slope
        else:
            square = plane**2 + rise**2
            self.computed[rows] = np.arctan2(plane, rise)
            by_plane, by_rise = rise / square, -plane / square
        self._pair(rows, station, target, 0, by_plane * step[:, 0] / plane)
        self._pair(rows, station, target, 1, by_plane * step[:, 1] / plane)
        if by_rise is not None:
            self._pair(rows, station, target, 2, by_rise)

    def _component(self, kind: str, rows: Indices, station: Indices, target: Indices) -> None:
        axis = {"east": 0, "north": 1, "height": 2, "dh": 2}.get(kind.removeprefix("d-"), 2)
        ones = np.ones(len(rows))
        self.computed[rows] = self.at[target, axis]
        if kind == "dh" or kind.startswith("d-"):
            self.computed[rows] -= self.at[station, axis]
            if kind == "d-height":
                self.computed[rows] += self.table.rise[rows]
            self._pair(rows, station, target, axis, ones)
        else:
            self._put(rows, self.layout.unknowns[target, axis], ones)

    def _pair(
        self, rows: Indices, station: Indices, target: Indices, axis: int, values: Array
    ) -> None:
        self._put(rows, self.layout.unknowns[target, axis], values)
        self._put(rows, self.layout.unknowns[station, axis], -values)

    def _put(self, rows: Indices, columns: Indices, values: Array) -> None:
        free = columns >= 0
        self.rows.append(rows[free])
        self.columns.append(columns[free])
        self.values.append(values[free])

    def design(self) -> sparse.csr_matrix:
        """Design matrix of everything added."""
        return sparse.csr_matrix(
            (
                np.concatenate(self.values),
                (np.concatenate(self.rows), np.concatenate(self.columns)),
            ),
            shape=(len(self.computed), self.layout.size),
        )


def needs(kind: str) -> tuple[bool, bool]:
    """Whether an observation needs the plane position and the height of its points.

    >>> needs("distance"), needs("dh"), needs("s-distance")
    ((True, False), (False, True), (True, True))
    """
    height = kind in ("s-distance", "z-angle", "dh", "height", "d-height")
    return kind not in ("dh", "height", "d-height"), height


def roles_missing(observation: Observation, plane: set[str], level: set[str]) -> list[str]:
    """Points of an observation that have no role in the network."""
    wants_plane, wants_height = needs(observation.kind)
    ends = [p for p in (observation.station, observation.target, observation.backsight) if p]
    return [
        p for p in ends if (wants_plane and p not in plane) or (wants_height and p not in level)
    ]

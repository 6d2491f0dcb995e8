"""The datum of a network: what the observations leave free, and how it is taken away.

The null space of the design is found among translation, rotation, scale and height shift.
A few coordinates are held so that the normal matrix becomes regular; the solution is then
carried over to inner constraints on the datum points (S-transformation, Baarda 1973): the
sum of squares of their corrections is least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from cadastre.survey.adjust_equations import Array, Indices, Layout
from cadastre.survey.adjust_sparse import Factor, factorise, selected_inverse

#: A motion that changes the observations less than this (relative) is not determined by them.
_NULL = 1e-7


@dataclass(frozen=True)
class Datum:
    """Free motions of a network.

    ``motions`` (unknowns x defect) span the null space; ``held`` are the unknowns kept so
    that the rest is regular; ``inner`` is ``motions`` on the datum points, zero elsewhere.
    """

    motions: Array
    held: Indices
    inner: Array

    @property
    def defect(self) -> int:
        """Number of free motions."""
        return int(self.motions.shape[1])


def find_datum(
    design: sparse.csr_matrix, layout: Layout, coordinates: Array, constrained: Indices
) -> Datum:
    """Free motions of a network at given coordinates; ``constrained`` are the datum unknowns."""
    motions = _independent(design, _motions(layout, coordinates))
    _, singular, turned = np.linalg.svd(design @ motions, full_matrices=False)
    free = motions @ turned[singular < _NULL].T
    inner = np.zeros_like(free)
    inner[constrained] = free[constrained]
    if not free.shape[1]:
        return Datum(free, np.empty(0, dtype=np.int64), inner)
    places = layout.unknowns[layout.unknowns >= 0]
    _, pivots = linalg.qr(free[places].T, mode="r", pivoting=True)
    return Datum(free, places[pivots[: free.shape[1]]], inner)


def _independent(design: sparse.csr_matrix, motions: Array) -> Array:
    """Motions that differ from each other, scaled by the weight of what they touch."""
    weight = np.sqrt(np.asarray(design.multiply(design).sum(axis=0)).ravel())
    _, singular, turned = np.linalg.svd(weight[:, None] * motions, full_matrices=False)
    kept = singular > _NULL * singular.max(initial=0.0)
    return (motions @ turned[kept].T) / singular[kept]


def _motions(layout: Layout, coordinates: Array) -> Array:
    """Translation east and north, rotation, scale and height shift as columns."""
    motions = np.zeros((layout.size, 5))
    east, north, height = layout.unknowns.T
    middle = coordinates.mean(axis=0)
    reduced = coordinates - middle
    for column, (unknowns, values) in enumerate(
        [(east, None), (north, None), (east, reduced[:, 1]), (east, reduced[:, 0]), (height, None)]
    ):
        free = unknowns >= 0
        motions[unknowns[free], column] = 1.0 if values is None else values[free]
    free = north >= 0
    motions[north[free], 2] = -reduced[free, 0]
    motions[north[free], 3] = reduced[free, 1]
    orientations = layout.size - len(layout.groups)
    motions[orientations:, 2] = 1.0
    return motions


@dataclass(frozen=True)
class Solver:
    """Solution of singular or regular normal equations under a datum."""

    factor: Factor
    kept: Indices
    datum: Datum
    size: int

    def solve(self, right: Array) -> Array:
        """Least-squares solution with the inner constraints of the datum."""
        solved = self._held(right)
        if not self.datum.defect:
            return solved
        return self._carried(solved)

    def cofactor(self, columns: Array) -> Array:
        """Cofactor matrix times given columns."""
        if not self.datum.defect:
            return self._held(columns)
        inner, motions = self.datum.inner, self.datum.motions
        back = columns - inner @ np.linalg.solve((inner.T @ motions).T, motions.T @ columns)
        return self._carried(self._held(back))

    def selected(self, normal: sparse.csc_matrix) -> sparse.csr_matrix:
        """Cofactors of every pair of unknowns that an observation joins."""
        part = selected_inverse(self.factor).tocoo()
        rows, columns = self.kept[part.row], self.kept[part.col]
        if not self.datum.defect:
            shape = (self.size, self.size)
            return sparse.csr_matrix((part.data, (rows, columns)), shape=shape)
        pattern = normal.tocoo()
        whole = sparse.coo_matrix(
            (
                np.concatenate([part.data, np.zeros(pattern.nnz)]),
                (np.concatenate([rows, pattern.row]), np.concatenate([columns, pattern.col])),
            ),
            shape=(self.size, self.size),
        ).tocsr()
        whole.sum_duplicates()
        return self._transformed(whole)

    def _held(self, right: Array) -> Array:
        solved = np.zeros_like(right)
        solved[self.kept] = self.factor.solve(right[self.kept])
        return solved

    def _carried(self, solved: Array) -> Array:
        inner, motions = self.datum.inner, self.datum.motions
        return solved - motions @ np.linalg.solve(inner.T @ motions, inner.T @ solved)

    def _transformed(self, cofactors: sparse.csr_matrix) -> sparse.csr_matrix:
        """S Q S' on the pattern of Q, with S = I - E (C'E)^-1 C'."""
        inner, motions = self.datum.inner, self.datum.motions
        by_inner = self._held(inner)
        lever = motions @ np.linalg.inv(inner.T @ motions)
        middle = inner.T @ by_inner
        found = cofactors.tocoo()
        rows, columns = found.row, found.col
        left = lever @ middle - by_inner
        values = found.data.copy()
        values -= np.einsum("ij,ij->i", by_inner[rows], lever[columns])
        values += np.einsum("ij,ij->i", lever[rows], left[columns])
        return sparse.csr_matrix((values, (rows, columns)), shape=cofactors.shape)


def make_solver(normal: sparse.csc_matrix, datum: Datum) -> Solver:
    """Factor the normal matrix without the held unknowns."""
    kept = np.setdiff1d(np.arange(normal.shape[0]), datum.held)
    part = normal if not datum.defect else normal[kept][:, kept]
    return Solver(factorise(sparse.csc_matrix(part)), kept, datum, int(normal.shape[0]))

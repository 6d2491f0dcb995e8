"""Sparse normal equations: solution, and those elements of the inverse that quality needs.

The normal matrix is never dense. Its inverse is computed only where the factor has an
entry (selected inversion, Takahashi, Fagan and Chin 1973), from the root of the
elimination tree downwards; that pattern holds every pair of unknowns that one observation
joins, so redundancy numbers and error ellipses come out of it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

#: A pivot of the scaled normal matrix below this means an unknown that nothing determines.
SMALLEST_PIVOT = 1e-11


@dataclass(frozen=True)
class Factor:
    """Factor of a positive definite sparse matrix, its unknowns scaled to unit diagonal."""

    lu: SuperLU
    scale: Array

    def solve(self, right: Array) -> Array:
        """Solution for one or several right-hand sides (columns)."""
        scale = self.scale if right.ndim == 1 else self.scale[:, None]
        solved: Array = scale * self.lu.solve(scale * right)
        return solved

    def weak(self) -> Indices:
        """Unknowns whose pivot has vanished, weakest first."""
        pivots = np.abs(self.lu.U.diagonal())[self.lu.perm_c]
        weak = np.flatnonzero(pivots < SMALLEST_PIVOT)
        return weak[np.argsort(pivots[weak])]


def factorise(normal: sparse.csc_matrix) -> Factor:
    """Factor of a normal matrix; a singular one gets a factor whose ``weak()`` says where.

    >>> factorise(sparse.csc_matrix([[4.0, 1.0], [1.0, 3.0]])).solve(np.array([1.0, 2.0])).round(6)
    array([0.090909, 0.636364])
    """
    diagonal = normal.diagonal()
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = sparse.csc_matrix(sparse.diags(scale) @ normal @ sparse.diags(scale))
    try:
        return Factor(_lu(scaled), scale)
    except RuntimeError:
        # Exactly singular: a trace on the diagonal lets the factor show its weak pivots.
        trace = sparse.identity(len(scale), format="csc") * (SMALLEST_PIVOT / 100)
        return Factor(_lu(sparse.csc_matrix(scaled + trace)), scale)


def _lu(matrix: sparse.csc_matrix) -> SuperLU:
    return splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )


def selected_inverse(factor: Factor) -> sparse.csr_matrix:
    """Elements of the inverse on the pattern of the factor (symmetric, both triangles).

    >>> matrix = sparse.csc_matrix([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
    >>> inverse = selected_inverse(factorise(matrix)).toarray()
    >>> inverse.round(6).tolist()[0][:2], bool(np.isclose(inverse[1, 1], 8 / 18))
    ([0.277778, -0.111111], True)
    """
    lower, pivots = sparse.csc_matrix(factor.lu.L), factor.lu.U.diagonal()
    lower.sort_indices()
    below = _structures(lower)
    rows, columns, values = _invert(lower, pivots, below)
    back = np.empty_like(factor.lu.perm_c)
    back[factor.lu.perm_c] = np.arange(len(back))
    rows, columns = back[rows], back[columns]
    values = values * factor.scale[rows] * factor.scale[columns]
    off = rows != columns
    return sparse.csr_matrix(
        (
            np.concatenate([values, values[off]]),
            (np.concatenate([rows, columns[off]]), np.concatenate([columns, rows[off]])),
        ),
        shape=lower.shape,
    )


def _structures(lower: sparse.csc_matrix) -> list[Indices]:
    """Rows below the diagonal of each column, closed under elimination.

    The stored factor may leave out an entry that happens to be zero; a column's rows,
    without the first, must all be found in the column of that first row.
    """
    size = lower.shape[0]
    children: list[list[Indices]] = [[] for _ in range(size)]
    below: list[Indices] = []
    for column in range(size):
        own = lower.indices[lower.indptr[column] : lower.indptr[column + 1]]
        own = own[own > column]
        inherited = children[column]
        if inherited:
            own = np.unique(np.concatenate([own, *(c[1:] for c in inherited)]))
        below.append(own)
        if len(own):
            children[own[0]].append(own)
        children[column] = []
    return below


def _invert(
    lower: sparse.csc_matrix, pivots: Array, below: list[Indices]
) -> tuple[Indices, Indices, Array]:
    """Lower triangle of the inverse, column by column from the last to the first."""
    size = lower.shape[0]
    fronts: dict[int, tuple[Indices, Array]] = {}
    waiting = np.bincount([s[0] for s in below if len(s)], minlength=size)
    rows: list[Indices] = []
    columns: list[Indices] = []
    values: list[Array] = []
    for column in range(size - 1, -1, -1):
        structure = below[column]
        count = len(structure)
        front = np.empty((count + 1, count + 1))
        front[0, 0] = 1.0 / pivots[column]
        if count:
            parent = int(structure[0])
            names, inverse = fronts[parent]
            place = np.searchsorted(names, structure)
            block = inverse[np.ix_(place, place)]
            factors = np.zeros(count)
            start, stop = lower.indptr[column], lower.indptr[column + 1]
            own = lower.indices[start:stop]
            keep = own > column
            factors[np.searchsorted(structure, own[keep])] = lower.data[start:stop][keep]
            product = block @ factors
            front[0, 0] += factors @ product
            front[0, 1:] = front[1:, 0] = -product
            front[1:, 1:] = block
            waiting[parent] -= 1
            if not waiting[parent]:
                del fronts[parent]
        names = np.concatenate([[column], structure])
        if waiting[column]:
            fronts[column] = (names, front)
        rows.append(names)
        columns.append(np.full(count + 1, column))
        values.append(front[:, 0].copy())
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def quadratic_diagonal(design: sparse.csr_matrix, inverse: sparse.csr_matrix) -> Array:
    """Diagonal of A Q A': needs only the elements of Q between unknowns of one row."""
    return np.asarray((design @ inverse).multiply(design).sum(axis=1)).ravel()

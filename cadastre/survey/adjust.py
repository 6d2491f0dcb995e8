"""Least-squares adjustment of plane networks and levelling.

Gauss-Newton on the observation equations (Ghilani, Adjustment Computations, chapters
11-20) with sparse normal equations, approximate coordinates found from the observations,
and a fixed, constrained or free datum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey.adjust_equations import equations
from cadastre.survey.adjust_frames import orientation_frame, point_frame, residual_frame
from cadastre.survey.adjust_input import (
    Covariances,
    NetworkUndetermined,
    kept_covariances,
    observations_of,
    points_of,
    without_role,
)
from cadastre.survey.adjust_result import Adjustment, Covariance, judge
from cadastre.survey.adjust_run import NetworkDiverges, Run

__all__ = ["Covariances", "NetworkDiverges", "NetworkUndetermined", "adjust_network"]


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
    settle: bool = True,
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
    settle : bool
        Iterate until no point moves, so that every figure holds at the adjusted coordinates.
        False: end at the first linearisation that holds within half a micrometre and give the
        figures of that linear system, as GNU Gama publishes them.

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
    everything = observations_of(observations)
    known = points_of(points, everything, datum)
    off = without_role(everything, known, switched_off or {})
    used = [n for n in range(len(everything)) if n not in off]
    if not used:
        raise NetworkUndetermined("No observation is left.", "Không còn trị đo nào.")
    run = Run.prepare(
        [everything[n] for n in used],
        known,
        kept_covariances(covariances or {}, everything, set(used)),
    )
    state = run.iterate(settle=settle)
    solver, design, white = state.solver, state.design, state.white
    misfit = equations(run.table, run.layout, state.coordinates, state.orientations).misfit
    statistics = judge(
        float(np.sum((run.whiten @ misfit) ** 2)) if settle else state.squares,
        (len(used), run.layout.size, solver.datum.defect),
        sigma_apriori=sigma_apriori,
        confidence=confidence,
        use_aposteriori=use_aposteriori,
        iterations=state.iterations,
    )
    selected = solver.selected(sparse.csc_matrix(white.T @ white))
    covariance = Covariance(run.layout, solver, selected, statistics.scale)
    return Adjustment(
        points=point_frame(run, state, covariance, statistics),
        residuals=residual_frame(everything, off, run, design, misfit, covariance, statistics),
        covariance=covariance,
        statistics=statistics,
        orientations=orientation_frame(run, state, covariance),
        notes=run.notes,
    )

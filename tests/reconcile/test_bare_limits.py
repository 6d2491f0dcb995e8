"""Why a difference must also be significant: what bare limits would flag of unmoved parcels.

Map RMS a third of the limit, survey 3 cm in each coordinate, 1:1000: of 8-corner parcels about
4 % have a corner beyond the bare limit, of lots of 5 x 20 m more than a tenth an area beyond it.
"""

from __future__ import annotations

import numpy as np
import shapely

from cadastre.reconcile import Reconciliation, reconcile
from cadastre.regulation import load
from tests.reconcile.outlines import E0, N0, measured_of, parcels_of

LIMITS = load().accuracy
COUNT, SIGMA, SCALE = 1500, 0.03, 1000


def unmoved(ring: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, Reconciliation]:
    """Rings (n, corners, 2) as mapped and as measured, far apart, and their comparison."""
    rng = np.random.default_rng(seed)
    at = np.arange(COUNT)
    place = np.column_stack([E0 + 60.0 * (at % 40), N0 + 60.0 * (at // 40)])
    truth = ring[None] + place[:, None]
    spread = float(LIMITS.position_limit(SCALE)) / 3.0 / np.sqrt(2.0)
    mapped = truth + rng.normal(0.0, spread, truth.shape)
    measured = truth + rng.normal(0.0, SIGMA, truth.shape)
    shapes, ground = shapely.polygons(mapped), shapely.polygons(measured)
    labels = [f"12/{i + 1}" for i in range(COUNT)]
    parcels = parcels_of(*shapes, scale=SCALE, register_area_m2=shapely.area(shapes).round(1))
    return mapped, measured, reconcile(parcels, measured_of(*ground, labels=labels))


def flagged(result: Reconciliation) -> float:
    blocking = result.mismatches.query("severity == 'blocking'")
    return blocking["measured_uid"].nunique() / COUNT


def test_eight_corners() -> None:
    turn = np.arange(8) * np.pi / 4.0
    mapped, measured, result = unmoved(20.0 * np.column_stack([np.cos(turn), np.sin(turn)]), 1)
    worst = np.hypot(*np.moveaxis(measured - mapped, -1, 0)).max(axis=1)
    bare = (worst > float(LIMITS.position_limit(SCALE))).mean()
    assert 0.03 < bare < 0.055
    assert flagged(result) < 0.01


def test_narrow_lots_by_area() -> None:
    mapped, measured, result = unmoved(np.array([(0, 0), (5, 0), (5, 20), (0, 20)], float), 2)
    one, two = (shapely.area(shapely.polygons(rings)) for rings in (mapped, measured))
    assert (np.abs(two - one) > LIMITS.area_limit(SCALE, one)).mean() > 0.1
    assert flagged(result) < 0.01

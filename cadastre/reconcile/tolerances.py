"""How deep measured land may reach into a neighbour before it is told."""

from __future__ import annotations

import numpy as np

from cadastre.reconcile.conflicts import Conflict
from cadastre.reconcile.findings import Pairs
from cadastre.reconcile.matching import Relations
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.regulation import Regulation


def _land_limit(map_side: MapSide, ground: GroundSide, relations: Relations) -> np.ndarray:
    """Position limit in metres of the map where each measured parcel lies."""
    limit = np.full(len(ground.shapes), 0.0)
    np.maximum.at(limit, relations.links.m, map_side.limit_m[relations.links.p])
    return limit


def into_allowed(
    map_side: MapSide,
    ground: GroundSide,
    pairs: Pairs,
    relations: Relations,
    into: Conflict,
    regulation: Regulation,
) -> np.ndarray:
    """Depth to which measured land may reach into a neighbour: the corners' threshold."""
    limit = np.maximum(
        _land_limit(map_side, ground, relations)[into.first], map_side.limit_m[into.second]
    )
    allowed = regulation.accuracy.allowed(limit, ground.sigma[into.first])
    certain = float(regulation["reconcile"]["judgement"]["certain_factor"])
    factor = np.full(len(ground.shapes), certain)
    factor[pairs.m] = pairs.limits.threshold / pairs.limits.allowed
    return np.asarray(allowed * factor[into.first])


def between_allowed(
    map_side: MapSide,
    ground: GroundSide,
    relations: Relations,
    between: Conflict,
    regulation: Regulation,
) -> np.ndarray:
    """Depth to which two measured parcels may overlap."""
    limits = _land_limit(map_side, ground, relations)
    limit = np.maximum(limits[between.first], limits[between.second])
    sigma = np.hypot(ground.sigma[between.first], ground.sigma[between.second])
    return regulation.accuracy.allowed(limit, sigma)

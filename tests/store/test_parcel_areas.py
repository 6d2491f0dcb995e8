"""The limit that the parcel panel states is the one by which the comparison judges."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cadastre.reconcile.judgement import area_sigma, judge_area, map_variance
from cadastre.regulation import load
from cadastre.store.parcel_areas import area_allowed


def _chords(outline: shapely.Geometry) -> np.ndarray:
    xy = shapely.get_coordinates(outline)[:-1]
    return np.array([((np.roll(xy, -1, axis=0) - np.roll(xy, 1, axis=0)) ** 2).sum()])


@pytest.mark.parametrize("paper", [None, 600.0, 601.0, 640.0])
@pytest.mark.parametrize("sigma", [0.0, 0.02, 0.15])
@pytest.mark.parametrize("scale", [500, 1000, 2000])
def test_one_parcel_is_judged_as_the_whole_commune_is(paper, sigma, scale):
    regulation = load()
    mapped = shapely.Polygon([(0, 0), (20, 1), (21, 30), (1, 29.5)])
    measured = shapely.Polygon([(0, 0), (20.2, 1), (21, 30), (1, 29.5)])
    limit = np.array([regulation.accuracy.position_limit(scale)], dtype=float)
    judged = judge_area(
        shapely.area([measured]),
        shapely.area([mapped]),
        np.array([np.nan if paper is None else paper]),
        np.array([scale]),
        (
            area_sigma(_chords(measured), np.array([sigma**2])),
            area_sigma(_chords(mapped), map_variance(limit, regulation)),
        ),
        regulation,
    )
    said = area_allowed(mapped, measured, sigma, paper, scale, regulation)
    assert said == pytest.approx(judged.allowed[0])

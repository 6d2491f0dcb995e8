"""Adopting a measured outline moves the shared boundary for both neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cadastre.reconcile.adoption import (
    CertifiedAreaLeft,
    OutlineNotPaired,
    propose_adoption,
)
from cadastre.regulation import load

REGULATION = load()


def land() -> dict:
    """A parcel with one neighbour on its left and two on its right, meeting it in a T."""
    return {
        "left": shapely.box(-10, 0, 0, 20),
        "own": shapely.box(0, 0, 10, 20),
        "low": shapely.box(10, 0, 20, 9),
        "high": shapely.box(10, 9, 20, 20),
        "far": shapely.box(30, 0, 40, 20),
    }


def proposed(parcels: dict, measured, *, certified: dict | None = None):
    return propose_adoption(
        parcels, "own", measured, close_m=0.5, scales=dict.fromkeys(parcels, 500),
        certified_m2=certified or {}, regulation=REGULATION,
    )  # fmt: skip


def after(parcels: dict, proposal) -> np.ndarray:
    new = dict(parcels)
    for change in (proposal.parcel, *proposal.neighbours):
        new[change.parcel_uid] = change.geometry
    return np.array(list(new.values()), dtype=object)


MOVED = shapely.Polygon([(0, 0), (11, 0), (10.5, 20), (0, 20)])


def test_both_neighbours_of_a_t_junction_follow_the_moved_line() -> None:
    parcels = land()
    proposal = proposed(parcels, MOVED)
    gains = {change.parcel_uid: change.gain_m2 for change in proposal.neighbours}
    assert proposal.parcel.gain_m2 == pytest.approx(15.0)
    assert gains["low"] + gains["high"] == pytest.approx(-15.0)
    assert "left" not in gains
    assert shapely.coverage_is_valid(after(parcels, proposal))
    assert len(shapely.get_coordinates(proposal.parcel.geometry)) == 6


def test_a_corner_added_on_the_ground_is_inserted_in_the_neighbour() -> None:
    parcels = land()
    bent = shapely.Polygon([(0, 0), (10, 0), (10, 20), (0, 20), (0.8, 12)])
    proposal = proposed(parcels, bent)
    left = next(c for c in proposal.neighbours if c.parcel_uid == "left")
    assert left.gain_m2 == pytest.approx(8.0)
    assert shapely.coverage_is_valid(after(parcels, proposal))


def test_parcels_farther_off_stay_as_they_are() -> None:
    assert "far" not in {c.parcel_uid for c in proposed(land(), MOVED).neighbours}


def test_a_certified_area_does_not_leave_its_limit() -> None:
    with pytest.raises(CertifiedAreaLeft, match="high"):
        proposed(land(), MOVED, certified={"high": 110.0})


def test_an_outline_with_nothing_in_common_is_refused() -> None:
    with pytest.raises(OutlineNotPaired):
        proposed(land(), shapely.Point(5, 10).buffer(2, quad_segs=4))


@pytest.mark.parametrize("seed", range(4))
def test_the_map_stays_a_coverage(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parcels = land()
    measured = shapely.transform(
        shapely.box(0, 0, 10, 20, ccw=True),
        lambda xy: xy + np.r_[s := rng.normal(0, 0.3, (4, 2)), s[:1]],
    )
    proposal = proposed(parcels, measured)
    assert shapely.coverage_is_valid(after(parcels, proposal))
    assert proposal.parcel.area_after_m2 == pytest.approx(measured.area)

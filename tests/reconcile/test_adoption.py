"""Adopting a measured outline moves the shared boundary for both neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cadastre.reconcile.adoption import (
    CertifiedAreaLeft,
    MapWouldBreak,
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


def _fabric(seed: int, across: int = 4, side: float = 15.0) -> list:
    """Blocks of lots with bent sides, some split in two, so that lines meet in T-junctions."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(across + 1), np.arange(across + 1)), axis=-1) * side
    grid = np.round(grid + rng.uniform(-2.5, 2.5, grid.shape), 3)
    lots = []
    for row in range(across):
        for column in range(across):
            a, b = grid[row, column], grid[row, column + 1]
            c, d = grid[row + 1, column + 1], grid[row + 1, column]
            if rng.random() < 0.4:  # the middle of two sides is a corner of the halves only
                low, high = (a + b) / 2, (c + d) / 2
                lots += [shapely.Polygon([a, low, high, d]), shapely.Polygon([low, b, c, high])]
            else:
                lots.append(shapely.Polygon([a, b, c, d]))
    return [shapely.orient_polygons(lot) for lot in lots]


def _measured(lot, moves: np.ndarray, extra: list[tuple[int, float, float]]):
    """The lot with its corners moved and corners added on some sides."""
    ring = shapely.get_coordinates(lot.exterior)[:-1]
    xy = ring + moves[: len(ring)]
    made = []
    for k, point in enumerate(xy):
        made.append(point)
        follower = xy[(k + 1) % len(xy)]
        along = follower - point
        for at, share, off in extra:
            if at % len(xy) == k:
                normal = np.array([-along[1], along[0]]) / np.hypot(*along)
                made.append(point + share * along + off * normal)
    return shapely.Polygon(made)


_PLACES = st.floats(-0.6, 0.6, allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    which=st.integers(0, 31),
    moves=st.lists(st.tuples(_PLACES, _PLACES), min_size=4, max_size=4),
    extra=st.lists(
        st.tuples(st.integers(0, 3), st.floats(0.2, 0.8), st.floats(-0.7, 0.7)), max_size=2
    ),
)
def test_any_neighbours_stay_a_coverage_and_what_one_gains_the_others_lose(
    seed, which, moves, extra
):
    lots = _fabric(seed)
    parcels = {str(k): lot for k, lot in enumerate(lots)}
    own = str(which % len(lots))
    measured = _measured(parcels[own], np.array(moves), extra)
    assume(measured.is_valid)
    _keeps_the_map(parcels, own, measured, close_m=1.0)


def _gaps(shape) -> float:
    """Land that the map encloses and nobody has, m2."""
    rings = [shapely.Polygon(ring) for part in shapely.get_parts(shape) for ring in part.interiors]
    return float(shapely.area(rings).sum())


def _keeps_the_map(
    parcels: dict, own: str, measured, *, close_m: float, slack_m2: float = 1e-6
) -> bool:
    """Adopt and check the map; False when the outline was refused, which must change nothing."""
    before = np.array(list(parcels.values()), dtype=object)
    try:
        proposal = propose_adoption(
            parcels, own, measured, close_m=close_m, scales=dict.fromkeys(parcels, 500),
            certified_m2={}, regulation=REGULATION,
        )  # fmt: skip
    except (OutlineNotPaired, MapWouldBreak):
        return False
    new = {c.parcel_uid: c.geometry for c in (proposal.parcel, *proposal.neighbours)}
    map_after = np.array([new.get(uid, shape) for uid, shape in parcels.items()], dtype=object)
    assert shapely.is_valid(map_after).all()
    assert shapely.coverage_is_valid(map_after) or not shapely.coverage_is_valid(before)
    whole, whole_after = shapely.union_all(before), shapely.union_all(map_after)
    # What the parcel takes beyond its neighbours is the outer edge of the map, nothing else.
    outside = whole_after.area - whole.area
    gains = proposal.parcel.gain_m2 + sum(c.gain_m2 for c in proposal.neighbours)
    assert gains == pytest.approx(outside, abs=slack_m2)
    assert _gaps(whole_after) == pytest.approx(_gaps(whole), abs=slack_m2)
    reached = {u for u, s in parcels.items() if u != own and s.distance(parcels[own]) <= 0.002}
    assert set(new) - {own} <= reached
    corners = shapely.points(shapely.get_coordinates(measured))
    assert shapely.distance(corners, new[own].exterior).max() < 1e-6
    return True

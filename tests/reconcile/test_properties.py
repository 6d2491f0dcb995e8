"""What must hold for any land: noise says nothing, a shift is that shift, time is linear."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.reconcile import reconcile
from cadastre.reconcile.regrouping import PairedCorners, pair_again
from sample_data.benchmarks.planted_land import frames_of, make_land
from sample_data.benchmarks.reconciling import land

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, scale=st.sampled_from([500, 1000, 2000]))
def test_noise_below_the_tolerance_flags_nothing(seed: int, scale: int) -> None:
    size = {500: (6.0, 22.0), 1000: (10.0, 30.0), 2000: (25.0, 60.0)}[scale]
    plan = make_land(seed, scale=scale, rows=4, lots=12, size=size)
    rng = np.random.default_rng(seed)
    # Each corner of the ground lies anywhere within 0.45 of the limit about the mapped one.
    reach = (
        0.45 * plan.regulation.accuracy.position_limit(scale) * np.sqrt(rng.random(len(plan.truth)))
    )
    turn = rng.uniform(0, 2 * np.pi, len(plan.truth))
    plan.measured = plan.mapped + reach[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    parcels, measured = frames_of(plan)
    result = reconcile(parcels.drop(columns="register_area_m2"), measured)
    assert result.mismatches["code"].tolist() == []
    assert set(result.matches["relation"]) == {"same"}


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, de=st.floats(-6, 6), dn=st.floats(-6, 6))
def test_a_known_shift_is_found_as_that_shift(seed: int, de: float, dn: float) -> None:
    plan = make_land(seed, rows=4, lots=12)
    parcels, measured = frames_of(plan)
    still = reconcile(parcels, measured).shifts.iloc[0]
    moved = parcels.set_geometry(shapely.transform(
        parcels.geometry.to_numpy(), lambda xy: xy - (de, dn)
    ), crs=parcels.crs)  # fmt: skip
    shift = reconcile(moved, measured).shifts.iloc[0]
    found = shift["de"] - still["de"], shift["dn"] - still["dn"]
    assert found == pytest.approx((de, dn), abs=float(shift["precision_m"]))


def test_corners_paired_before_are_those_paired_anew() -> None:
    parcels, measured = land(60)
    corners: dict[str, Any] = {}

    def pair(m: np.ndarray, p: np.ndarray) -> Any:
        from cadastre.reconcile.pairing import pair_corners
        from cadastre.reconcile.ring_pairs import pair_rings
        from cadastre.reconcile.rings import rings_of

        rings = rings_of(parcels.geometry.to_numpy()), rings_of(measured.geometry.to_numpy())
        corners["asked"] = len(m)
        return pair_corners(*rings, pair_rings(*rings, p, m), np.full(len(m), 0.1))

    every = np.arange(60)
    known = PairedCorners(every, every, pair(every, every))
    m = every[every % 3 > 0]
    p = np.where(m % 7 == 0, (m + 1) % 60, m)
    again = pair_again(known, m, p, pair)
    assert corners["asked"] == (m % 7 == 0).sum()
    anew = pair(m, p)
    for name in ("pair", "map_vertex", "ground_vertex", "off_m"):
        assert getattr(again.corners, name).tolist() == getattr(anew, name).tolist()


def test_ten_times_the_parcels_take_about_ten_times_as_long() -> None:
    def seconds(count: int) -> float:
        frames = land(count)
        best = np.inf
        for _ in range(3):
            start = time.process_time()
            reconcile(*frames)
            best = min(best, time.process_time() - start)
        return best

    reconcile(*land(500))
    assert seconds(20_000) <= 12.0 * seconds(2_000)

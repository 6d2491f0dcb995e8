"""What the comparison settles in one loop is what the thorough way finds."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre.mismatch import decimal_comma
from cadastre.reconcile import aligning, pairing, sharing
from cadastre.reconcile.fitting import MODELS, fit_rounds
from cadastre.reconcile.ring_pairs import pair_rings
from cadastre.reconcile.rings import rings_of

SEEDS = st.integers(0, 2**32 - 1)
quickly = settings(max_examples=40, deadline=None)
CLOSE_M = 0.1


def _twice_measured(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outlines with bent sides, and again: with noise, points slid along sides, corners moved."""
    rng = np.random.default_rng(seed)
    mapped, ground = [], []
    for _ in range(25):
        n = int(rng.choice([4, 6, 12, 60, 210]))
        turn = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False) + 0.4 / n
        reach = 1.0 / (np.abs(np.cos(turn)) ** 4 + np.abs(np.sin(turn)) ** 4) ** 0.25
        ring = np.column_stack([10.0 * reach * np.cos(turn), 7.0 * reach * np.sin(turn)])
        other = ring + rng.normal(0.0, rng.choice([0.01, 0.03, 0.06]), ring.shape)
        for i in rng.integers(0, n, rng.integers(0, 4)):
            other[i] += rng.uniform(0.1, 0.9) * (ring[(i + 1) % n] - ring[i])
        if rng.random() < 0.4:
            other[rng.integers(0, n)] += rng.uniform(-0.8, 0.8, 2)
        mapped.append(shapely.Polygon(ring))
        ground.append(shapely.Polygon(np.roll(other, rng.integers(0, n), axis=0)))
    return np.array(mapped), np.array(ground)


@quickly
@given(seed=SEEDS)
def test_outlines_settled_where_they_are_laid_are_those_that_settling_gives(
    seed: int,
) -> None:
    shapes = _twice_measured(seed)
    one, two = (rings_of(side) for side in shapes)
    every = np.arange(len(shapes[0]))
    close = np.full(len(every), CLOSE_M)
    pairs = pair_rings(one, two, every, every)
    quick = pairing.pair_corners(one, two, pairs, close).telling(close)

    def nothing_at_once(*told: Any) -> tuple[np.ndarray, np.ndarray]:
        turn, partners = aligning.turns(*told)
        return turn, np.full_like(partners, -1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "turns", nothing_at_once)
        thorough = pairing.pair_corners(one, two, pairs, close).telling(close)
    for name in ("pair", "map_vertex", "ground_vertex"):
        assert getattr(quick, name).tolist() == getattr(thorough, name).tolist()
    assert quick.off_m == pytest.approx(thorough.off_m)


def _drawn() -> list[shapely.Geometry]:
    lot = shapely.box(0, 0, 200, 200)
    courts = [shapely.box(2 * i, 1, 2 * i + 1, 2) for i in range(80)]
    return [
        shapely.Polygon(),
        shapely.MultiPolygon(),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), lot.difference(shapely.box(3, 3, 4, 4))]),
        shapely.Polygon(lot.exterior, [court.exterior for court in courts]),
        # A hole that begins where the outer ring does, and rings that pass their first vertex.
        shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(0, 0), (3, 1), (1, 3)]]),
        shapely.Polygon(
            [(0, 0), (5, 0), (5, 5), (0, 0), (-5, 5), (-5, 0)], [[(1, 0.2), (2, 0.2), (2, 0.3)]]
        ),
        shapely.Polygon(
            [(0, 0), (9, 0), (9, 9), (0, 9)],
            [[(2, 2), (3, 2), (3, 3), (2, 2), (1, 3), (1, 2.5)]],
        ),
        shapely.Polygon([(0, 0, 1), (9, 0, 1), (9, 9, 1)], [[(5, 1, 1), (6, 1, 1), (6, 2, 1)]]),
    ]


@quickly
@given(which=st.lists(st.integers(0, 7), max_size=40))
def test_rings_are_told_from_the_coordinates_as_geos_has_them(which: list[int]) -> None:
    drawn = _drawn()
    shapes = np.array([drawn[i] for i in which], dtype=object)
    rings = rings_of(shapes)
    expected = []
    for owner, shape in enumerate(shapes):
        parts = [shape] if shape.geom_type == "Polygon" else shape.geoms
        for part in parts:
            for k, ring in enumerate([part.exterior, *part.interiors]):
                expected.append((owner, k > 0, max(len(ring.coords) - 1, 0), ring))
    assert rings.owner.tolist() == [row[0] for row in expected]
    assert rings.hole.tolist() == [row[1] for row in expected]
    assert rings.size.tolist() == [row[2] for row in expected]
    for start, size, hole, (*_, ring) in zip(
        rings.start, rings.size, rings.hole, expected, strict=True
    ):
        if not size:
            continue
        mine = shapely.LinearRing(rings.xy[start : start + size])
        assert mine.is_ccw is not bool(hole)
        assert shapely.equals(mine, shapely.force_2d(ring))


@quickly
@given(seed=SEEDS, kind=st.integers(0, len(MODELS) - 1), count=st.sampled_from([60, 900, 9_000]))
def test_a_fit_that_foretells_its_end_is_the_fit_of_many_rounds(
    seed: int, kind: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-250.0, 250.0, (count, 2))
    x -= x.mean(axis=0)
    d = rng.normal(0.0, 0.03, (count, 2)) + rng.uniform(-1.0, 1.0, 2)
    d[: count // 10] += rng.uniform(-2.0, 2.0, (count // 10, 2))
    start = np.array([*np.median(d, axis=0), 0.0, 0.0, 0.0, 0.0])
    told, scale = fit_rounds(x, d, kind, 4.685, 50, 1.0e-5, start, 0.0)
    exact, exact_scale = fit_rounds(x, d, kind, 4.685, 500, 1.0e-12, start, 0.0)
    assert np.abs(told[:2] - exact[:2]).max() <= 1.0e-5
    assert 250.0 * np.abs(told[2:] - exact[2:]).max() <= 2.0e-5
    assert scale == pytest.approx(exact_scale, rel=5.0e-3)
    for about in (scale, 20.0 * scale):  # where the median is looked for first changes nothing
        again, same = fit_rounds(x, d, kind, 4.685, 50, 1.0e-5, start, about)
        assert (*again, same) == (*told, scale)


_QUANTITY = re.compile(r"(?<![\d.])(-?\d+)\.(\d+)(?= ?(?:m2|m²|mm|cm|m|%|lần)(?!\w|\.\w))")


@given(
    parts=st.lists(
        st.sampled_from(
            ["1", "2", "35", ".", "-", " ", "m", "m2", "m²", "%", "a", "lần", ",", "mm"]
        )
    )
)
def test_quantities_have_a_comma_where_the_rule_in_one_expression_puts_it(
    parts: list[str],
) -> None:
    text = "".join(parts)
    assert decimal_comma(text) == _QUANTITY.sub(r"\1,\2", text)


def test_who_waits_helps_with_what_another_shares_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_THREADS", 2)
    helped: set[str] = set()
    begun = threading.Event()

    def work(low: int, high: int) -> None:
        begun.set()
        threading.Event().wait(0.01)
        helped.add(threading.current_thread().name)

    sharing.together(
        lambda: begun.wait(5.0), lambda: sharing.in_blocks(work, 64 * 256, 256, cached=True)
    )
    assert len(helped) == 2

"""What must hold whatever the sheets look like."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cadastre.merge import merge_sheets
from cadastre.regulation import load

SCALES = [500, 1000, 2000]
FORMER = ["22609", "22630", "22645"]
COMMON = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@st.composite
def communes(draw):
    """Seed, lots per sheet, noise as a share of the limit, scales of 2 x 2 sheets."""
    return {
        "seed": draw(st.integers(0, 10_000)),
        "lots": draw(st.integers(1, 4)),
        "noise": draw(st.sampled_from([0.0, 0.1, 0.3, 0.8, 2.0])),
        "scales": draw(st.lists(st.sampled_from(SCALES), min_size=4, max_size=4)),
        "split": draw(st.booleans()),
    }


def sheets_of(plan, make_sheet, at=(0.0, 0.0)):
    """Four sheets of one warped grid, each drawn with its own noise and own extra vertices."""
    rng = np.random.default_rng(plan["seed"])
    lots = plan["lots"]
    line = np.concatenate([[0], np.cumsum(rng.uniform(12, 30, 2 * lots))])
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1)
    grid = grid + rng.normal(0, 1.5, grid.shape)
    frames = []
    for number, (i, j) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        scale = plan["scales"][number]
        sigma = plan["noise"] * float(load().accuracy.position_limit(scale)) / 3
        drawn = grid + rng.normal(0, sigma, grid.shape) if sigma else grid
        middle = (drawn[:-1] + drawn[1:]) / 2
        shapes = []
        for a in range(i * lots, (i + 1) * lots):
            for b in range(j * lots, (j + 1) * lots):
                ring = [drawn[a, b], drawn[a + 1, b], drawn[a + 1, b + 1], drawn[a, b + 1]]
                if plan["split"] and number % 2:
                    ring.insert(1, middle[a, b])
                    ring.insert(4, middle[a, b + 1])
                shapes.append(shapely.Polygon(np.array(ring) + np.array(at)))
        frames.append(
            make_sheet(shapes, former=FORMER[number % 3], number=str(number + 1), scale=scale)
        )
    return frames


def merged(frames, **kwargs):
    return merge_sheets(frames, commune="22609", **kwargs)


def wkb(result):
    return shapely.to_wkb(result.parcels.geometry.to_numpy()).tolist()


@COMMON
@given(plan=communes(), order=st.permutations(range(4)), seed=st.integers(0, 99))
def test_order_of_sheets_and_rows_does_not_matter(plan, order, seed, make_sheet):
    frames = sheets_of(plan, make_sheet)
    shuffled = [frames[k].sample(frac=1, random_state=seed) for k in order]
    one, other = merged(frames), merged(shuffled)
    assert wkb(one) == wkb(other)
    pd.testing.assert_frame_equal(one.moves, other.moves)
    pd.testing.assert_frame_equal(one.crosswalk, other.crosswalk)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.mismatches.drop(columns="geometry")),
        pd.DataFrame(other.mismatches.drop(columns="geometry")),
    )


#: A corner inserted beside the end of an edge, further from the outline than from its line.
PAST_THE_CORNER = {"seed": 12, "lots": 3, "noise": 2.0, "scales": [2000] * 4, "split": True}


@COMMON
@example(plan=PAST_THE_CORNER)
@given(plan=communes())
def test_hard_limits_hold(plan, make_sheet):
    frames = sheets_of(plan, make_sheet)
    result = merged(frames)
    before = pd.concat(frames).set_index("parcel_uid")
    after = result.parcels.set_index("parcel_uid")
    assert set(before.index) == set(after.index)
    shapes, old = after.geometry.to_numpy(), before.geometry.loc[after.index].to_numpy()
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_num_geometries(shapes) == 1).all()
    limit = load().accuracy.area_limit(after["scale"].to_numpy(), shapely.area(old))
    assert (np.abs(shapely.area(shapes) - shapely.area(old)) <= limit + 1e-9).all()
    coarsest = float(load().accuracy.position_limit(max(plan["scales"])))
    assert (shapely.hausdorff_distance(shapes, old) <= coarsest + 1e-9).all()
    assert (result.moves["max_move_m"] <= coarsest + 1e-9).all()
    told = result.moves.set_index("parcel_uid")["max_move_m"].reindex(after.index).fillna(0.0)
    assert (shapely.hausdorff_distance(shapes, old) <= told.to_numpy() + 1e-6).all()
    untouched = ~after.index.isin(result.moves["parcel_uid"])
    assert (shapely.to_wkb(shapes[untouched]) == shapely.to_wkb(old[untouched])).all()


@COMMON
@given(plan=communes())
def test_the_map_is_a_coverage_where_nothing_is_flagged(plan, make_sheet):
    result = merged(sheets_of(plan, make_sheet))
    flagged = set(result.mismatches["parcel_uid"]) | set(result.mismatches["other_parcel_uid"])
    clear = ~result.parcels["parcel_uid"].isin(flagged).to_numpy()
    if result.shifts.empty:
        shapes = result.parcels.geometry.to_numpy()
        edges = shapely.coverage_invalid_edges(shapes[clear])
        assert shapely.is_empty(edges).all()


@COMMON
@given(plan=communes())
def test_area_is_conserved(plan, make_sheet):
    """Parcels, less what they overlap, plus the gaps, fill what they filled before."""
    result = merged(sheets_of(plan, make_sheet))
    shapes = result.parcels.geometry.to_numpy()
    union = shapely.union_all(shapes)
    found = result.mismatches
    overlap = shapely.union_all(found.geometry[found["code"] == "EDGE_OVERLAP"].to_numpy())
    if result.shifts.empty and (found["severity"] != "info").all():
        double = shapely.area(shapes).sum() - union.area
        assert double == pytest.approx(overlap.area, abs=0.02 + 0.05 * overlap.area)


@COMMON
@given(plan=communes())
def test_a_second_merge_changes_nothing(plan, make_sheet):
    first = merged(sheets_of(plan, make_sheet))
    second = merged([first.parcels])
    assert wkb(first) == wkb(second)
    assert second.moves.empty
    assert second.mismatches["mismatch_id"].tolist() == first.mismatches["mismatch_id"].tolist()


@COMMON
@given(plan=communes(), at=st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)))
def test_a_moved_commune_gives_a_moved_map(plan, at, make_sheet):
    here = merged(sheets_of(plan, make_sheet))
    there = merged(sheets_of(plan, make_sheet, at=at))
    shapes, moved = here.parcels.geometry.to_numpy(), there.parcels.geometry.to_numpy()
    back = shapely.transform(moved, lambda xy: xy - np.array(at))
    assert (shapely.hausdorff_distance(shapes, back) < 1e-6).all()
    assert here.mismatches["mismatch_id"].tolist() == there.mismatches["mismatch_id"].tolist()
    assert there.mismatches["measured"].to_numpy() == pytest.approx(
        here.mismatches["measured"].to_numpy(), abs=2e-3
    )

"""A merged map is at rest: merging it again does nothing, and change wakes what it touches."""

import numpy as np
import pytest
import shapely

from cadastre.merge import merge_sheets
from cadastre.regulation import load
from sample_data.benchmarks.land_fabric import built_fabric

SCALES = (500, 1000, 2000)
FORMER = ("22609", "22630", "22645")
#: Standard deviation of each coordinate as a share of the position limit: two surveys that
#: just meet the law.
NOISE = 0.7


def surveyed(seed, make_sheet, count=800, side=130.0):
    """Irregular blocks cut into sheets; each sheet draws every point with an error of its own."""
    rng = np.random.default_rng(seed)
    fabric = built_fabric(rng, count, 500)
    true = np.array([fabric.polygon(i) for i in range(len(fabric))])
    place = shapely.get_coordinates(shapely.centroid(true)) - fabric.xy.min(axis=0)
    column = np.floor(place / side).astype(int)
    frames = []
    for number, key in enumerate(np.unique(column, axis=0)):
        mine = np.flatnonzero((column == key).all(axis=1))
        scale = SCALES[number % 3]
        sigma = NOISE * float(load().accuracy.position_limit(scale))
        drawn = fabric.xy + rng.normal(0, sigma, fabric.xy.shape) - fabric.xy.min(axis=0)
        shapes = np.array([fabric.polygon(i, drawn) for i in mine])
        sound = shapely.is_valid(shapes)
        frames.append(
            make_sheet(
                list(shapes[sound]),
                former=FORMER[number % 3],
                number=str(number + 1),
                scale=scale,
            )
        )
    return frames


def outlines(result):
    return shapely.to_wkb(result.parcels.geometry.to_numpy()).tolist()


@pytest.fixture(scope="module", params=[1, 2, 3])
def merged_once(request, make_sheet):
    frames = surveyed(request.param, make_sheet)
    return frames, merge_sheets(frames, commune="22609")


def test_a_merge_of_a_merged_map_changes_nothing_at_the_noise_of_real_surveys(merged_once):
    _, first = merged_once
    assert len(first.moves) > 50
    second = merge_sheets([first.parcels], commune="22609")
    assert second.moves.empty
    assert outlines(second) == outlines(first)
    assert second.mismatches["mismatch_id"].tolist() == first.mismatches["mismatch_id"].tolist()
    # What the first merge moved counts against the limits of the second: it may propose less.
    assert set(second.proposals["proposal_id"]) <= set(first.proposals["proposal_id"])


def test_merges_one_after_another_move_no_parcel_beyond_the_limits(merged_once):
    """Even where the map has lost its mark and is worked as if it were new."""
    frames, first = merged_once
    again = merge_sheets([first.parcels.drop(columns="settled_mark")], commune="22609")
    delivered = {
        uid: shape for f in frames for uid, shape in zip(f["parcel_uid"], f.geometry, strict=True)
    }
    old = np.array([delivered[uid] for uid in again.parcels["parcel_uid"]])
    new = again.parcels.geometry.to_numpy()
    limit = load().accuracy
    assert (shapely.hausdorff_distance(old, new) <= limit.position_limit(2000) + 1e-9).all()
    scale, area = again.parcels["scale"].to_numpy(), shapely.area(old)
    assert (np.abs(shapely.area(new) - area) <= limit.area_limit(scale, area) + 1e-9).all()


def test_parcels_that_are_delivered_anew_wake_their_edges_and_no_others(merged_once):
    frames, first = merged_once
    delivered = {
        uid: shape for f in frames for uid, shape in zip(f["parcel_uid"], f.geometry, strict=True)
    }
    shapes = first.parcels.geometry.to_numpy().copy()
    joined = first.moves.loc[first.moves["reason"] == "edge_joined"]
    middle = joined.sort_values("max_move_m")["parcel_uid"].iloc[-1]
    at = int(np.flatnonzero(first.parcels["parcel_uid"] == middle)[0])
    anew = np.flatnonzero(shapely.distance(shapes, shapes[at]) < 30.0)
    here = shapely.union_all(shapes[anew])
    shapes[anew] = [delivered[uid] for uid in first.parcels["parcel_uid"].iloc[anew]]
    came = first.parcels.set_geometry(list(shapes), crs=first.parcels.crs)
    came.loc[anew, ["moved_m", "delivered_area_m2", "settled_mark"]] = [0.0, np.nan, 0]
    again = merge_sheets([came], commune="22609")
    moved = again.parcels["parcel_uid"].isin(again.moves["parcel_uid"]).to_numpy()
    assert moved.any()
    assert (shapely.distance(shapes[moved], here) < 60.0).all()


def test_stricter_rules_wake_the_whole_map(make_sheet, make_lots):
    """What was left alone under one rule is looked at again under another."""
    frames = [
        make_sheet(make_lots(0, 0, [20, 20], 20), number="1"),
        make_sheet(make_lots(0, 20.1, [20, 20], 20), former="22630", number="2", scale=1000),
    ]
    first = merge_sheets(frames, commune="22609")
    finer = first.parcels.assign(scale=first.parcels["scale"].replace(1000, 2000))
    again = merge_sheets([finer], commune="22609")
    assert (again.parcels["settled_mark"] != first.parcels["settled_mark"]).all()

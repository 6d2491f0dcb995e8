"""A displaced sheet is one flag, not a hundred; the map is not moved without a decision."""

import numpy as np
import pytest
import shapely

from cadastre.merge import merge_sheets


@pytest.fixture(scope="module")
def make_commune(make_sheet):
    def commune(*, moved=None, by=(0.0, 0.0), turn=0.0, noise=0.01, scale=1000, blocks=3):
        """blocks x blocks sheets of 6 x 6 uneven lots; sheet ``moved`` stands elsewhere."""
        rng = np.random.default_rng(7)
        lots = 6
        line = np.concatenate([[0], np.cumsum(rng.uniform(14, 26, blocks * lots))])
        grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1)
        grid = grid + rng.normal(0, 2.0, grid.shape)
        frames = []
        for i in range(blocks):
            for j in range(blocks):
                drawn = grid + rng.normal(0, noise, grid.shape)
                if (i, j) == moved:
                    cosine, sine = np.cos(turn), np.sin(turn)
                    middle = grid.mean(axis=(0, 1))
                    rotation = np.array([[cosine, sine], [-sine, cosine]])
                    drawn = (drawn - middle) @ rotation + middle + np.array(by)
                a, b = np.meshgrid(np.arange(lots) + i * lots, np.arange(lots) + j * lots)
                a, b = a.ravel(), b.ravel()
                corners = [drawn[a, b], drawn[a + 1, b], drawn[a + 1, b + 1], drawn[a, b + 1]]
                shapes = list(shapely.polygons(np.stack(corners, axis=1)))
                frames.append(make_sheet(shapes, number=str(i * blocks + j + 1), scale=scale))
        return frames

    return commune


def merged(frames, **kwargs):
    return merge_sheets(frames, commune="22609", **kwargs)


@pytest.mark.parametrize("moved", [(1, 1), (0, 1), (0, 0)])
@pytest.mark.parametrize("by", [(0.8, 0.0), (-0.5, 0.62), (0.0, -2.0)])
def test_a_displaced_sheet_is_one_flag(make_commune, moved, by):
    result = merged(make_commune(moved=moved, by=by))
    assert result.mismatches["code"].tolist() == ["SHEET_SHIFT"]
    shift = result.shifts.iloc[0]
    assert shift["sheet"] == str(moved[0] * 3 + moved[1] + 1)
    assert (shift["de"], shift["dn"]) == pytest.approx(by, abs=0.02)
    assert shift["n"] >= 5
    assert shift["residual_rms_m"] < 0.05
    flag = result.mismatches.iloc[0]
    assert flag["measured"] == pytest.approx(np.hypot(*by), abs=0.02)
    assert flag["allowed"] == 0.15
    assert "lệch" in flag["message_vi"]


def test_a_displaced_sheet_is_not_moved_and_its_neighbours_are_joined(make_commune):
    frames = make_commune(moved=(1, 1), by=(0.8, 0.0))
    result = merged(frames)
    displaced = set(frames[4]["parcel_uid"])
    assert not displaced & set(result.moves["parcel_uid"])
    kept = result.parcels[~result.parcels["parcel_uid"].isin(displaced)]
    assert shapely.coverage_is_valid(kept.geometry.to_numpy())
    assert result.proposals["kind"].tolist() == ["shift"]
    assert set(result.proposals["parcel_uids"][0]) == displaced
    assert result.proposals["max_move_m"][0] == pytest.approx(0.8, abs=0.02)


def test_an_accepted_shift_sets_the_sheet_right_and_joins_it(make_commune):
    frames = make_commune(moved=(1, 1), by=(0.8, 0.3))
    accepted = {merged(frames).proposals["proposal_id"][0]: "accepted"}
    result = merged(frames, decisions=accepted)
    assert result.mismatches.empty
    assert result.proposals.empty
    assert shapely.coverage_is_valid(result.parcels.geometry.to_numpy())
    moves = result.moves.set_index("parcel_uid").loc[frames[4]["parcel_uid"]]
    assert (moves["reason"] == "sheet_set_right").all()
    assert moves["max_move_m"].max() == pytest.approx(np.hypot(0.8, 0.3), abs=0.15)


def test_a_turned_sheet_is_told_with_its_rotation(make_commune):
    turn = 0.002
    result = merged(make_commune(moved=(1, 1), by=(0.9, 0.0), turn=turn, noise=0.005))
    shift = result.shifts.iloc[0]
    assert shift["rotation_rad"] == pytest.approx(turn, rel=0.2)
    assert result.mismatches["code"].tolist() == ["SHEET_SHIFT"]


@pytest.mark.parametrize("by", [(0.0, 0.0), (0.1, 0.0)])
def test_a_sheet_inside_the_limit_is_joined_not_flagged(make_commune, by):
    result = merged(make_commune(moved=(1, 1), by=by))
    assert result.shifts.empty
    assert "SHEET_SHIFT" not in set(result.mismatches["code"])


def test_one_fault_at_the_edge_of_a_sheet_is_no_shift(make_commune):
    frames = make_commune(noise=0.0)
    shape = frames[4].geometry[0]
    corner = np.array(shape.exterior.coords[0])
    away = shapely.transform(
        shape, lambda xy: np.where((xy == corner).all(axis=1)[:, None], xy + 0.6, xy)
    )  # fmt: skip
    frames[4].loc[0, "geometry"] = away
    result = merged(frames)
    assert result.shifts.empty
    assert set(result.mismatches["code"]) <= {"EDGE_OVERLAP", "EDGE_GAP"}
    assert len(result.mismatches) >= 1


def test_a_fault_that_the_shift_does_not_explain_stays_listed(make_commune):
    frames = make_commune(moved=(1, 1), by=(0.8, 0.0))
    shape = frames[4].geometry[2]
    frames[4].loc[2, "geometry"] = shape.union(shapely.box(*shape.bounds).buffer(1.5))
    result = merged(frames)
    assert {"SHEET_SHIFT", "EDGE_OVERLAP"} <= set(result.mismatches["code"])


def test_two_sheets_alone_do_not_tell_which_is_displaced(make_sheet, make_lots):
    frames = [
        make_sheet(make_lots(0, 0, [12, 15, 11, 17, 13, 14], 30), scale=1000),
        make_sheet(make_lots(0.8, 30, [12, 15, 11, 17, 13, 14], 30), former="22630", scale=1000),
    ]
    assert merged(frames).shifts.empty

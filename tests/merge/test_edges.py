"""Edges of sheets: joined inside the tolerance, flagged beyond it, nothing else touched."""

import numpy as np
import pytest
import shapely
from shapely import box

from cadastre.merge import merge_sheets
from cadastre.regulation import load

LIMITS = {500: 0.07, 1000: 0.15, 2000: 0.30}


def merged(*frames, **kwargs):
    return merge_sheets(list(frames), commune="22609", **kwargs)


def two_rows(make_sheet, make_lots, apart, *, scales=(500, 500), depth=20.0):
    """Two sheets that meet along y = 20; ``apart`` < 0 means that they overlap."""
    return (
        make_sheet(make_lots(0, 0, [5, 5, 5, 5], 20), scale=scales[0]),
        make_sheet(
            make_lots(0, 20 + apart, [7, 6, 7], depth), former="22630", scale=scales[1]
        ),
    )  # fmt: skip


def outlines(result):
    return result.parcels.geometry.to_numpy()


def areas(result):
    return dict(zip(result.parcels["parcel_uid"], outlines(result), strict=True))


def codes(result):
    return result.mismatches["code"].tolist()


@pytest.mark.parametrize("apart", [-0.03, 0.03, -0.0699, 0.0699])
def test_a_difference_inside_the_limit_is_joined(make_sheet, make_lots, apart):
    result = merged(*two_rows(make_sheet, make_lots, apart))
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result))
    assert len(result.moves) == 7
    assert result.moves["max_move_m"].max() <= 0.07
    union = shapely.union_all(outlines(result))
    assert len(union.interiors) == 0
    assert shapely.area(outlines(result)).sum() == pytest.approx(union.area, abs=1e-6)


@pytest.mark.parametrize("band", [1.3, 2, 5])
@pytest.mark.parametrize("scale", LIMITS)
@pytest.mark.parametrize(("sign", "code"), [(-1, "EDGE_OVERLAP"), (1, "EDGE_GAP")])
def test_a_difference_beyond_the_limit_is_flagged_and_kept(
    make_sheet, make_lots, band, scale, sign, code
):
    width = band * LIMITS[scale]
    frames = two_rows(make_sheet, make_lots, sign * width, scales=(scale, scale))
    result = merged(*frames)
    assert set(codes(result)) == {code}
    assert len(result.mismatches) == 6
    assert result.mismatches["measured"].to_numpy() == pytest.approx(width, abs=1e-3)
    assert (result.mismatches["allowed"] == LIMITS[scale]).all()
    strip = shapely.union_all(result.mismatches.geometry.to_numpy())
    assert strip.area == pytest.approx(20 * width, rel=1e-3)
    assert not (result.moves["max_move_m"] > 0).any()


@pytest.mark.parametrize("apart", [-0.2, 0.2])
def test_the_limit_is_that_of_the_coarser_side(make_sheet, make_lots, apart):
    frames = two_rows(make_sheet, make_lots, apart, scales=(500, 2000), depth=200)
    result = merged(*frames)
    assert codes(result) == []
    move = result.moves.set_index("parcel_uid")["max_move_m"]
    fine, coarse = (move[move.index.isin(f["parcel_uid"])].max() for f in frames)
    assert fine < 0.07 < coarse
    weight = 0.07**2 / (0.07**2 + 0.30**2)
    assert fine == pytest.approx(0.2 * weight, rel=0.1)


def test_a_join_that_would_break_the_area_limit_is_refused_and_said(make_sheet, make_lots):
    """A strip of 0.28 m along a shallow coarse parcel is more than Annex 04 allows."""
    fine = make_sheet([box(0, 0, 60, 40)], scale=500)
    coarse = make_sheet([box(0, 39.72, 60, 49.72)], former="22645", scale=2000)
    result = merged(fine, coarse)
    assert codes(result) == ["EDGE_OVERLAP"]
    row = result.mismatches.iloc[0]
    assert (row["severity"], row["measured"]) == ("info", pytest.approx(0.28, abs=2e-3))
    assert "hạn sai diện tích" in row["message_vi"]
    limit = load().accuracy.area_limit(2000, 600.0)
    assert limit < 60 * 0.28
    moved = result.moves
    assert (abs(moved["area_after_m2"] - moved["area_before_m2"]) <= limit).all()


def test_what_is_not_at_an_edge_is_untouched_to_the_last_bit(make_sheet, make_lots):
    south = make_lots(0, 0, [5] * 4, 20) + make_lots(0, -20, [5] * 4, 20)
    north = make_lots(0, 20.03, [7, 6, 7], 20) + make_lots(0, 40.03, [7, 6, 7], 20)
    frames = make_sheet(south), make_sheet(north, former="22630")
    result = merged(*frames)
    before = {
        uid: g for f in frames for uid, g in zip(f["parcel_uid"], f.geometry, strict=True)
    }  # fmt: skip
    changed = set(result.moves["parcel_uid"])
    assert len(changed) == 7
    for uid, shape in areas(result).items():
        same = shapely.to_wkb(shape) == shapely.to_wkb(before[uid])
        assert same is (uid not in changed)


def test_no_parcel_is_lost_split_or_emptied(make_sheet, make_lots):
    result = merged(*two_rows(make_sheet, make_lots, 0.05))
    assert len(result.parcels) == 7
    assert (shapely.get_type_id(outlines(result)) == shapely.GeometryType.POLYGON).all()
    assert shapely.is_valid(outlines(result)).all()


def test_sheets_that_meet_exactly_receive_the_missing_vertices_only(make_sheet, make_lots):
    result = merged(*two_rows(make_sheet, make_lots, 0.0))
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result))
    assert set(result.moves["reason"]) == {"vertex_inserted"}
    assert (result.moves["max_move_m"] == 0).all()
    assert result.moves["area_after_m2"].to_numpy() == pytest.approx(
        result.moves["area_before_m2"].to_numpy()
    )


def test_sheets_that_share_all_vertices_are_not_changed(make_sheet, make_lots):
    south = make_sheet(make_lots(0, 0, [5, 5], 20))
    north = make_sheet(make_lots(0, 20, [5, 5], 20), former="22630")
    assert merged(south, north).moves.empty


def test_a_wedge_that_opens_at_the_outer_edge_is_found(make_sheet):
    """Touching at one corner and 2 x the limit apart at the other: no hole of the union."""
    south = make_sheet([box(0, 0, 10, 10)])
    wedge = shapely.Polygon([(0, 10), (10, 10.14), (10, 20), (0, 20)])
    result = merged(south, make_sheet([wedge], former="22630"))
    assert codes(result) == ["EDGE_GAP"]
    parts = shapely.get_parts(shapely.union_all(outlines(result)))
    assert shapely.get_num_interior_rings(parts).sum() == 0
    assert 0.1 < result.mismatches["measured"][0] <= 0.14
    assert result.mismatches.geometry[0].area == pytest.approx(0.7, abs=0.01)


def test_a_wedge_of_two_centimetres_is_closed(make_sheet):
    south = make_sheet([box(0, 0, 10, 10)])
    wedge = shapely.Polygon([(0, 10), (10, 10.02), (10, 20), (0, 20)])
    result = merged(south, make_sheet([wedge], former="22630"))
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result), gap_width=0.05)


def test_a_hole_between_three_sheets_is_found(make_sheet):
    """No two edges face each other squarely: the hole of the union tells."""
    hole = shapely.Polygon([(10, 10), (10.9, 10), (10.45, 10.8)])
    south = make_sheet([box(0, 0, 20, 10)])
    west = make_sheet([box(0, 10, 10.45, 20) - hole], former="22630")
    east = make_sheet([box(10.45, 10, 20, 20) - hole], former="22645")
    result = merged(south, west, east)
    assert set(codes(result)) == {"EDGE_GAP"}
    found = shapely.union_all(result.mismatches.geometry.to_numpy())
    assert found.area == pytest.approx(hole.area, rel=0.05)


def test_a_notch_of_a_metre_is_a_gap_of_its_own_size(make_sheet):
    """The counterexample on which ``gap_width`` is not monotone."""
    west = shapely.Polygon(
        [(0, 0), (10, 0), (10, 4), (9, 4.5), (9, 5.5), (10, 6), (10, 10), (0, 10)]
    )
    result = merged(
        make_sheet([west], scale=1000), make_sheet([box(10, 0, 20, 10)], former="22630", scale=1000)
    )
    assert codes(result) == ["EDGE_GAP"]
    assert result.mismatches["measured"][0] == pytest.approx(0.944, abs=0.06)
    assert result.mismatches.geometry[0].area == pytest.approx(1.5, abs=0.01)


def test_roads_and_rivers_between_sheets_are_not_gaps(make_sheet, make_lots):
    assert codes(merged(*two_rows(make_sheet, make_lots, 3.5))) == []


def test_an_accepted_gap_is_not_flagged_again(make_sheet, make_lots):
    frames = two_rows(make_sheet, make_lots, 0.5)
    first = merged(*frames).mismatches
    kept = first["mismatch_id"].tolist()
    again = merged(*frames, decisions={kept[0]: "accept_gap", kept[1]: "keep_map"}).mismatches
    assert set(again["mismatch_id"]) == set(kept[1:])


def test_an_accepted_join_beyond_the_limit_is_applied(make_sheet):
    south = make_sheet([box(0, 0, 10, 10)])
    frames = south, make_sheet([box(0, 10.14, 10, 20)], former="22630")
    proposals = merged(*frames).proposals
    assert proposals["kind"].tolist() == ["join"]
    assert proposals["max_move_m"][0] == pytest.approx(0.07, abs=1e-3)
    result = merged(*frames, decisions={proposals["proposal_id"][0]: "accepted"})
    assert codes(result) == []
    assert result.proposals.empty
    assert shapely.coverage_is_valid(outlines(result))
    assert result.moves["max_move_m"].max() == pytest.approx(0.07, abs=1e-3)
    refused = merged(*frames, decisions={proposals["proposal_id"][0]: "rejected"})
    assert codes(refused) == ["EDGE_GAP"]


def test_no_join_is_proposed_far_beyond_the_limit(make_sheet, make_lots):
    assert merged(*two_rows(make_sheet, make_lots, 0.5)).proposals.empty


def test_identifiers_of_faults_do_not_depend_on_their_size(make_sheet, make_lots):
    one = merged(*two_rows(make_sheet, make_lots, 0.2)).mismatches
    other = merged(*two_rows(make_sheet, make_lots, 0.3)).mismatches
    assert one["mismatch_id"].tolist() == other["mismatch_id"].tolist()


def test_four_sheets_that_meet_in_one_corner_are_joined(make_sheet):
    blocks = [
        (box(0, 0, 10.01, 9.98), "22609", "1"),
        (box(10.02, 0.01, 20, 10), "22609", "2"),
        (box(0, 10, 10, 20), "22630", "1"),
        (box(9.99, 10.02, 20, 20.01), "22645", "1"),
    ]
    result = merged(*(make_sheet([b], former=f, number=n) for b, f, n in blocks))
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result))


def test_a_curved_edge_with_other_vertices_on_each_side_is_joined(make_sheet):
    angle = np.linspace(0, np.pi / 2, 40)
    arc = np.column_stack([50 * np.cos(angle), 50 * np.sin(angle)])
    inside = shapely.Polygon([(0, 0), *arc[::2], arc[-1]])
    square = box(0, 0, 80, 80)
    outside = shapely.Polygon([(80, 0), (80, 80), (0, 80), *arc[::-3], arc[0]])
    result = merged(
        make_sheet([inside], scale=2000), make_sheet([outside], former="22630", scale=2000)
    )
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result))
    assert shapely.area(outlines(result)).sum() == pytest.approx(square.area, rel=1e-3)


def test_an_enclave_of_another_sheet_is_joined_to_its_hole(make_sheet):
    host = box(0, 0, 40, 40) - box(10, 10, 20, 20)
    inside = box(10.02, 10.01, 19.99, 20.03)
    result = merged(make_sheet([host]), make_sheet([inside], former="22645"))
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result), gap_width=0.05)
    assert len(outlines(result)[0].interiors) == 1


def test_a_broken_outline_is_named_and_does_not_stop_the_run(make_sheet, make_lots):
    bow = shapely.Polygon([(0, 40.1), (7, 60), (7, 40.1), (0, 60)])
    frames = two_rows(make_sheet, make_lots, 0.03)
    result = merged(*frames, make_sheet([bow], former="22645"))
    assert codes(result) == ["GEOMETRY"]
    assert len(result.parcels) == 8
    assert len(result.moves) == 7


def test_multipart_parcels_and_heights_are_carried(make_sheet):
    two = shapely.MultiPolygon([box(0, 0, 10, 10), box(30, 0, 40, 10)])
    high = shapely.force_3d(box(0, 10.03, 10, 20), 7.0)
    result = merged(make_sheet([two]), make_sheet([high], former="22630"))
    assert codes(result) == []
    assert outlines(result)[0].geom_type == "MultiPolygon"
    assert len(outlines(result)[0].geoms) == 2
    assert shapely.coverage_is_valid(outlines(result))


def test_a_t_junction_inside_a_sheet_follows_the_joined_point(make_sheet):
    """The long parcel of the sheet has no vertex where its neighbours meet its side."""
    long = box(20, 0, 30, 40)
    first, second = box(0, 0, 20, 20), box(0, 20, 20, 40)
    # The sheet is cut so that the point (20, 20) lies on the edge to another sheet too.
    other = shapely.Polygon([(0, 20.04), (20, 20.04), (20, 40), (0, 40)])
    result = merged(make_sheet([first, long]), make_sheet([other], former="22630"))
    assert second.area == pytest.approx(400)
    assert codes(result) == []
    assert shapely.coverage_is_valid(outlines(result))

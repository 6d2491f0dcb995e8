"""Numbers given twice, land mapped twice, land outside the commune."""

import numpy as np
import pytest
import shapely
from shapely import box

from cadastre.crs import to_wgs84
from cadastre.frames import FrameRefused
from cadastre.merge import merge_sheets, parse_query, resolve
from cadastre.merge.merging import SheetsMissing, ZonesDiffer


def merged(*frames, **kwargs):
    return merge_sheets(list(frames), commune="22609", **kwargs)


def codes(result):
    return result.mismatches["code"].tolist()


def test_a_number_used_twice_in_one_sheet_is_flagged(make_sheet, make_lots):
    frame = make_sheet(make_lots(0, 0, [5, 5, 5], 20), labels=["1", "2", "2"])
    result = merged(frame)
    assert codes(result) == ["DUPLICATE_NUMBER"]
    row = result.mismatches.iloc[0]
    assert {row["parcel_uid"], row["other_parcel_uid"]} == set(frame["parcel_uid"][1:])
    assert row["severity"] == "blocking"
    assert len(result.parcels) == 3
    assert len(result.crosswalk) == 3


def test_the_same_number_in_two_map_sets_is_no_duplicate(make_sheet, make_lots):
    fine = make_sheet(make_lots(0, 0, [5, 5], 20), scale=500)
    coarse = make_sheet(make_lots(0, 100, [50, 50], 200), scale=2000)
    assert codes(merged(fine, coarse)) == []


def test_parcels_without_a_number_are_kept_without_crosswalk(make_sheet, make_lots):
    frame = make_sheet(make_lots(0, 0, [5, 5], 20))
    frame["former_parcel"] = None
    result = merged(frame)
    assert codes(result) == []
    assert len(result.parcels) == 2
    assert (result.parcels["parcel"] == "").all()
    assert result.crosswalk.empty


@pytest.mark.parametrize(
    ("scales", "days", "winner"),
    [
        ((500, 2000), ("2010-01-01", "2020-01-01"), 0),
        ((2000, 500), ("2020-01-01", "2010-01-01"), 1),
        ((1000, 1000), ("2010-01-01", "2020-01-01"), 1),
        ((1000, 1000), ("2020-01-01", None), 0),
        ((1000, 1000), (None, None), None),
    ],
)
def test_larger_scale_then_newer_then_the_officer(make_sheet, scales, days, winner):
    frames = [
        make_sheet([box(0, 0, 30, 30)], former="22630", scale=scales[0], day=days[0]),
        make_sheet([box(1, 1, 31, 31)], former="22645", scale=scales[1], day=days[1]),
    ]
    result = merged(*frames)
    assert codes(result) == ["DUPLICATE_LAND"]
    row = result.mismatches.iloc[0]
    if winner is None:
        assert "officer decides" in row["message_en"]
    else:
        assert row["other_parcel_uid"] == frames[winner]["parcel_uid"][0]
        assert row["parcel_uid"] == frames[1 - winner]["parcel_uid"][0]
    assert row["measured"] == pytest.approx((29 * 29) / 900)
    assert len(result.parcels) == 2
    assert result.moves.empty


def test_a_strip_mapped_by_both_communes_is_flagged_once_per_pair(make_sheet, make_lots):
    """The strip between y = 20 and y = 40 is on both maps; the rest fits around it."""
    south = make_sheet(
        make_lots(0, 0, [10] * 4, 20) + make_lots(0, 20, [10] * 4, 20), scale=500
    )  # fmt: skip
    north = make_sheet(
        make_lots(0.1, 20.05, [20, 20], 20) + make_lots(0, 40.04, [20, 20], 20),
        former="22645",
        scale=2000,
    )
    result = merged(south, north)
    assert set(codes(result)) == {"DUPLICATE_LAND"}
    pairs = result.mismatches[["parcel_uid", "other_parcel_uid"]].drop_duplicates()
    assert len(pairs) == len(result.mismatches) == 4
    assert set(pairs["parcel_uid"]) == set(north["parcel_uid"][:2])
    assert set(pairs["other_parcel_uid"]) == set(south["parcel_uid"][4:])
    assert len(result.parcels) == 12


def test_the_maps_beside_a_strip_mapped_twice_are_still_joined(make_sheet, make_lots):
    south = make_sheet(
        make_lots(0, 0, [10] * 4, 20) + make_lots(0, 20, [10] * 4, 20), scale=500
    )  # fmt: skip
    north = make_sheet(
        make_lots(0, 20.05, [20, 20], 20) + make_lots(0, 40.05, [20, 20], 20),
        former="22645",
        scale=2000,
    )
    result = merged(south, north)
    losers = set(result.mismatches["parcel_uid"])
    kept = result.parcels[~result.parcels["parcel_uid"].isin(losers)]
    assert shapely.coverage_is_valid(kept.geometry.to_numpy(), gap_width=0.03)


def test_land_drawn_twice_in_one_sheet_is_flagged_and_an_enclave_is_not(make_sheet):
    twice = merged(make_sheet([box(0, 0, 30, 30), box(0.5, 0, 30, 30)]))
    assert codes(twice) == ["DUPLICATE_LAND"]
    enclave = merged(make_sheet([box(0, 0, 30, 30), box(10, 10, 15, 15)]))
    assert codes(enclave) == []


def test_parcels_beyond_the_outline_are_flagged(make_sheet, make_lots, corner):
    frame = make_sheet([*make_lots(0, 0, [50, 50], 50), box(100, 0, 200, 50)], scale=2000)
    outline = to_wgs84(shapely.box(*(corner - 10), *(corner + np.array([120, 60]))), 9217).item()
    result = merged(frame, outline=outline)
    assert codes(result) == ["OUTSIDE_COMMUNE"]
    row = result.mismatches.iloc[0]
    assert row["parcel_uid"] == frame["parcel_uid"][2]
    assert row["measured"] == pytest.approx(80, abs=0.1)
    assert row.geometry.area == pytest.approx(80 * 50, rel=0.01)


def test_a_coarse_outline_flags_nothing_at_the_edge(make_sheet, make_lots, corner):
    frame = make_sheet(make_lots(0, 0, [50, 50], 50), scale=2000)
    outline = to_wgs84(shapely.box(*(corner + 10), *(corner + np.array([90, 45]))), 9217).item()
    assert codes(merged(frame, outline=outline)) == []


def test_every_old_number_leads_to_its_parcel(make_sheet, make_lots):
    frames = [
        make_sheet(make_lots(0, 0, [5, 5], 20), number="7"),
        make_sheet(make_lots(0, 100, [5, 5], 20), number="7", former="22630"),
        make_sheet(make_lots(0, 200, [5, 5], 20), number="7", former="22645", scale=1000),
    ]
    result = merged(*frames, former_order=["22609", "22645", "22630"])
    walk = result.crosswalk.set_index("parcel_uid")
    assert [int(walk.loc[f["parcel_uid"][0], "sheet"]) for f in frames] == [7, 9, 8]
    assert (walk["parcel"] == walk["former_parcel"]).all()
    assert (result.parcels["commune"] == "22609").all()
    assert set(result.sheets["sheet"]) == {7, 8, 9}


def test_progress_rises_to_one(make_sheet, make_lots):
    told = []
    merged(
        make_sheet(make_lots(0, 0, [5], 20)),
        make_sheet(make_lots(0, 20.02, [5], 20), former="22630"),
        progress=lambda share, stage: told.append((share, stage)),
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(isinstance(stage, str) and stage for _, stage in told)


def test_what_cannot_be_merged_is_refused(make_sheet, make_lots):
    frame = make_sheet(make_lots(0, 0, [5], 20))
    with pytest.raises(SheetsMissing):
        merged()
    with pytest.raises(ZonesDiffer) as refused:
        merged(frame, frame.set_crs(9218, allow_override=True))
    assert refused.value.zones == [9217, 9218]
    with pytest.raises(FrameRefused):
        merged(frame.set_crs(4326, allow_override=True))
    with pytest.raises(FrameRefused):
        merged(frame, frame)


def test_the_input_is_not_changed(make_sheet, make_lots):
    frames = [
        make_sheet(make_lots(0, 0, [5, 5], 20)),
        make_sheet(make_lots(0, 20.04, [4, 6], 20), former="22630"),
    ]
    before = [f.copy(deep=True) for f in frames]
    merged(*frames)
    for frame, copy in zip(frames, before, strict=True):
        assert list(frame.columns) == list(copy.columns)
        assert np.array_equal(frame.geometry.to_wkb(), copy.geometry.to_wkb())


def test_the_officer_says_which_of_two_mappings_takes_part(make_sheet):
    """Same scale, same day: the rule cannot tell; the neighbour is joined to the one that holds."""
    west = make_sheet([box(0, 0, 30, 30)], former="22630", scale=1000)
    east = make_sheet([box(0.06, 0, 30.06, 30)], former="22645", scale=1000)
    beside = make_sheet([box(30.1, 0, 60, 30)], former="22609", scale=1000)
    first = merged(west, east, beside)
    (flag,) = first.mismatches.to_dict("records")
    for decision, holds in (("other_holds", "other_parcel_uid"), ("this_holds", "parcel_uid")):
        result = merged(west, east, beside, decisions={flag["mismatch_id"]: decision})
        assert set(result.moves["parcel_uid"]) == {flag[holds], beside["parcel_uid"][0]}
        row = result.mismatches.iloc[0]
        assert (row["mismatch_id"], row["parcel_uid"]) == (flag["mismatch_id"], flag["parcel_uid"])


def test_an_overlap_inside_a_sheet_is_flagged_and_nothing_is_moved(make_sheet):
    frame = make_sheet([box(0, 0, 20, 20), box(19.7, 0, 40, 20), box(5, 5, 8, 8)], scale=1000)
    result = merged(frame)
    assert codes(result) == ["SHEET_OVERLAP"]
    row = result.mismatches.iloc[0]
    assert (row["severity"], row["allowed"]) == ("warning", 0.15)
    assert row["measured"] == pytest.approx(0.3, abs=2e-3)
    assert row.geometry.area == pytest.approx(6.0)
    assert result.moves.empty
    slight = merged(make_sheet([box(0, 0, 20, 20), box(19.95, 0, 40, 20)], scale=1000))
    assert slight.mismatches["severity"].tolist() == ["info"]


def twice_mapped(make_sheet, scales=(500, 2000), days=(None, None)):
    return [
        make_sheet([box(0, 0, 20, 20)], number="7", scale=scales[0], day=days[0]),
        make_sheet(
            [box(0.1, 0, 20, 20)], former="22630", number="9", scale=scales[1], day=days[1],
            labels=["34"],
        ),
    ]  # fmt: skip


def test_the_number_of_the_losing_copy_leads_to_the_one_that_holds(make_sheet):
    frames = twice_mapped(make_sheet)
    result = merged(*frames)
    winner, loser = (f["parcel_uid"].iloc[0] for f in frames)
    found = resolve(parse_query("9/34 22630", {"22630": "Sông Cầu"}), result.crosswalk)
    assert (found.status, found.parcel_uid) == ("resolved", winner)
    new_number = result.parcels.set_index("parcel_uid").loc[loser, "sheet"]
    assert resolve(parse_query(f"{new_number}/34"), result.crosswalk).parcel_uid == loser


def test_the_officer_turns_the_number_round(make_sheet):
    frames = twice_mapped(make_sheet)
    winner, loser = (f["parcel_uid"].iloc[0] for f in frames)
    flag = merged(*frames).mismatches.set_index("code").loc["DUPLICATE_LAND", "mismatch_id"]
    result = merged(*frames, decisions={flag: "this_holds"})
    seat = {"22609": "Khánh Vĩnh", "22630": "Sông Cầu"}
    assert resolve(parse_query("9/34 22630", seat), result.crosswalk).parcel_uid == loser
    assert resolve(parse_query("7/1 22609", seat), result.crosswalk).parcel_uid == loser
    assert winner != loser


def test_where_nobody_can_say_which_holds_both_are_answered(make_sheet):
    frames = twice_mapped(make_sheet, scales=(1000, 1000))
    result = merged(*frames)
    both = {f["parcel_uid"].iloc[0] for f in frames}
    lost = result.mismatches.set_index("code").loc["DUPLICATE_LAND", "parcel_uid"]
    at = 0 if lost == frames[0]["parcel_uid"].iloc[0] else 1
    asked = ("7/1 22609", "9/34 22630")[at]
    found = resolve(
        parse_query(asked, {"22609": "Khánh Vĩnh", "22630": "Sông Cầu"}), result.crosswalk
    )
    assert found.status == "ambiguous"
    assert set(found.candidates["parcel_uid"]) == both

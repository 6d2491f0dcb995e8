"""A sheet that arrives after the merge."""

import numpy as np
import pytest
import shapely

from cadastre.merge import merge_sheets
from cadastre.merge.numbering import SheetId


@pytest.fixture
def valley(make_sheet, make_lots):
    """Six sheets in a row, each 5 cm short of the next; the last one comes late."""
    frames = []
    for k in range(6):
        boxes = [b for row in range(6) for b in make_lots(k * 60.05, row * 20, [20, 20, 20], 20)]
        frames.append(make_sheet(boxes, former="22630", number=str(k + 1), scale=1000))
    return frames


def _shapes(result):
    return dict(zip(result.parcels["parcel_uid"], result.parcels.geometry.to_wkb(), strict=True))


def test_a_late_sheet_takes_the_next_number_and_works_only_its_edges(valley):
    before = merge_sheets(valley[:5], commune="22609")
    late = merge_sheets(
        valley,
        commune="22609",
        published=before.sheets,
        standing=before.parcels,
        new_sheets=[SheetId("22630", "", 1000, "6")],
    )
    numbers = dict(zip(late.sheets["former_sheet"], late.sheets["sheet"], strict=True))
    assert numbers == {str(k): k for k in range(1, 7)}
    assert len(late.parcels) == 6 * 18
    assert late.examined is not None
    away = set(before.parcels["parcel_uid"]) - late.examined
    assert len(away) == 4 * 18 + 6
    old, new = _shapes(before), _shapes(late)
    assert all(old[uid] == new[uid] for uid in away)
    assert set(late.moves["parcel_uid"]) <= late.examined


def test_working_only_the_new_edges_gives_the_map_of_a_full_merge(valley):
    before = merge_sheets(valley[:5], commune="22609")
    whole = merge_sheets(valley, commune="22609", published=before.sheets)
    late = merge_sheets(
        valley,
        commune="22609",
        published=before.sheets,
        standing=before.parcels,
        new_sheets=[SheetId("22630", "", 1000, "6")],
    )
    assert _shapes(late) == _shapes(whole)
    assert shapely.is_empty(shapely.coverage_invalid_edges(late.parcels.geometry.to_numpy())).all()
    assert np.isclose(late.parcels.area.sum(), whole.parcels.area.sum())

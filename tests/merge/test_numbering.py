"""The seat keeps its sheet numbers, the others follow; published numbers never change."""

import pandas as pd
import pytest

from cadastre.merge.numbering import SheetId, SheetNumberTaken, number_sheets
from cadastre.regulation import load

RULES = load()["numbering"]


def many(former, scale, numbers, map_set=""):
    return [SheetId(former, map_set, scale, str(n)) for n in numbers]


def given(sheets, **kwargs):
    return number_sheets(sheets, commune="07954", rules=kwargs.pop("rules", RULES), **kwargs)


def test_worked_case_of_a_real_ward_is_met():
    """Phong Châu: 84 kept, 59 follow to 143, then 21 sheets in two map sets to 164."""
    last = many("07945", 500, range(1, 8)) + many(
        "07945", 1000, [1, 2, 3, 4, 5, 7, 14, 15, 16, 22, 23, 24, 28, 29]
    )
    sheets = many("07954", 1000, range(1, 85)) + many("07963", 1000, range(1, 60)) + last
    numbers = given(sheets, former_order=["07954", "07963", "07945"])
    assert [numbers[s] for s in sheets[:84]] == list(range(1, 85))
    assert [numbers[s] for s in sheets[84:143]] == list(range(85, 144))
    assert numbers[SheetId("07945", "", 500, "7")] == 150
    assert numbers[SheetId("07945", "", 1000, "7")] == 156
    assert max(numbers.values()) == 164
    assert len(set(numbers.values())) == len(sheets)


def test_two_map_sets_of_the_seat_with_the_same_numbers_are_kept_apart():
    sheets = many("07954", 500, [1, 2, 3]) + many("07954", 2000, [1, 2]) + many("07963", 500, [1])
    numbers = given(sheets)
    assert [numbers[s] for s in sheets] == [1, 2, 3, 4, 5, 6]


def test_map_sets_of_the_seat_that_do_not_collide_keep_their_numbers():
    sheets = many("07954", 500, [1, 2]) + many("07954", 2000, [10, 11])
    assert [given(sheets)[s] for s in sheets] == [1, 2, 10, 11]


def test_only_colliding_sheets_move_when_the_office_says_so():
    sheets = many("07954", 500, [1, 2]) + many("07954", 2000, [2, 3])
    numbers = given(sheets, rules=RULES | {"seat_collision": "sheet"})
    assert [numbers[s] for s in sheets] == [1, 2, 4, 3]


def published(numbers):
    return pd.DataFrame(
        [(*s, n) for s, n in numbers.items()],
        columns=["former_commune", "map_set", "scale", "former_sheet", "sheet"],
    )


def test_a_late_sheet_takes_the_next_number_and_published_ones_stay():
    first = many("07954", 500, [1, 2]) + many("07963", 500, [2, 3])
    before = given(first)
    late = many("07963", 500, [1]) + many("07954", 500, [3])
    after = given(first + late, published=published(before))
    assert {s: after[s] for s in first} == before
    assert sorted(after[s] for s in late) == [5, 6]


def test_a_late_sheet_of_the_seat_keeps_its_own_number_where_it_is_free():
    before = given(many("07954", 500, [1, 3]) + many("07963", 500, [1]))
    late = SheetId("07954", "", 500, "2")
    assert given([*before, late], published=published(before))[late] == 2


def test_numbers_of_sheets_that_are_not_delivered_again_stay_reserved():
    before = given(many("07954", 500, [1]) + many("07963", 500, [1]))
    late = SheetId("07963", "", 500, "9")
    assert given([late], published=published(before))[late] == 3


def test_an_exception_comes_before_the_rule():
    rule = {"commune": "07954", "former_commune": "07963", "scale": 500, "former_sheet": "1"}
    numbers = given(
        many("07954", 500, [1]) + many("07963", 500, [1, 2]),
        rules=RULES | {"exception": [rule | {"sheet": 40}]},
    )
    assert sorted(numbers.values()) == [1, 40, 41]


def test_two_sheets_of_one_number_are_refused():
    rule = {"commune": "07954", "former_commune": "07963", "scale": 500, "sheet": 40}
    with pytest.raises(SheetNumberTaken) as refused:
        given(
            many("07963", 500, [1, 2]),
            rules=RULES
            | {"exception": [rule | {"former_sheet": "1"}, rule | {"former_sheet": "2"}]},
        )
    assert refused.value.sheet == 40


def test_order_of_the_input_does_not_matter():
    sheets = many("07954", 500, [1, "DC2", "DC10"]) + many("07963", 1000, [3, 1, 20])
    assert given(sheets) == given(reversed(sheets))


def test_the_order_decided_by_the_office_wins():
    sheets = many("07954", 500, [1]) + many("1", 500, [1]) + many("2", 500, [1])
    rules = RULES | {"former_order": [{"commune": "07954", "order": ["07954", "2", "1"]}]}
    numbers = given(sheets, rules=rules, former_order=["07954", "1", "2"])
    assert [numbers[s] for s in sheets] == [1, 3, 2]

"""The identity card's code, as scanners type it, and what is refused by field."""

from __future__ import annotations

from datetime import date

import pytest

from cadastre.certificate.identity_card import IdentityCardRefused, read_identity_card

CARD = "056190000017|225123456|Cao  Thị Mẫu|01051990|Nữ|Tổ 3, Khánh Vĩnh, Khánh Hòa|10052021"


def test_seven_fields_fill_a_party():
    card = read_identity_card(CARD + "\r\n")
    assert (card.id_number, card.old_id_number) == ("056190000017", "225123456")
    assert (card.name, card.gender) == ("Cao Thị Mẫu", "Nữ")
    assert (card.birth_date, card.issued_on) == (date(1990, 5, 1), date(2021, 5, 10))
    assert card.address == "Tổ 3, Khánh Vĩnh, Khánh Hòa"


def test_a_card_of_2024_with_empty_fields_and_one_born_after_2000():
    card = read_identity_card(
        "056206000001||Mấu Văn Thử|29022004|Nam|Khánh Phú|01012025||||".replace("206", "204", 1)
    )
    assert (card.birth_date, card.old_id_number) == (date(2004, 2, 29), None)


@pytest.mark.parametrize(
    ("card", "field"),
    [
        ("", "card"),
        ("hello", "card"),
        (CARD.replace("056190000017", "05619000001"), "id_number"),
        (CARD.replace("225123456", "22512"), "old_id_number"),
        (CARD.replace("Cao  Thị Mẫu", ""), "name"),
        (CARD.replace("Cao  Thị Mẫu", "Cao 7"), "name"),
        (CARD.replace("01051990", "31021990"), "birth_date"),
        (CARD.replace("01051990", "1990-05-01"), "birth_date"),
        (CARD.replace("Nữ", "F"), "gender"),
        (CARD.replace("10052021", "x"), "issued_on"),
        # The number holds the year of birth and the sex.
        (CARD.replace("01051990", "01051991"), "id_number"),
        (CARD.replace("Nữ", "Nam"), "id_number"),
    ],
)
def test_a_wrong_card_is_refused_by_field(card, field):
    with pytest.raises(IdentityCardRefused) as refused:
        read_identity_card(card)
    assert refused.value.facts["field"] == field

"""The area that is certified, and the numbers that the office gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cadastre.certificate.area import certified_area, divided_area
from cadastre.certificate.numbers import (
    CodeRefused,
    SerialRefused,
    dossier_code,
    new_token,
    parse_dossier_code,
    serial_range,
)


@pytest.mark.parametrize(
    ("measured", "verdict", "boundary", "area", "basis", "extra"),
    [
        (None, None, "unchanged", "250.0", "map", None),
        (261.25, "unchanged_area_differs", "unchanged", "261.3", "measured", None),
        (241.0, "unchanged_area_differs", "unchanged", "241.0", "measured", None),
        (261.25, "changed", "changed", "250.0", "map", "11.3"),
        (241.0, "changed", "changed", "250.0", "map", None),
        (261.25, "not_confirmed", "not recorded", "250.0", "map", None),
        (261.25, "encroachment", "unchanged", "250.0", "map", None),
    ],
)
def test_the_certified_area_follows_boundary_and_verdict(
    measured, verdict, boundary, area, basis, extra
):
    found = certified_area(map_m2=250.0, measured_m2=measured, verdict=verdict, boundary=boundary)
    assert (found.area_m2, found.basis) == (Decimal(area), basis)
    assert found.extra_m2 == (Decimal(extra) if extra else None)


def test_a_dossier_code_can_be_read_back():
    code = dossier_code("H32.22609", date(2026, 9, 3), 7)
    assert code == "H32.22609-260903-0007"
    read = parse_dossier_code(f" {code} ")
    assert (read.unit, read.day, read.ordinal) == ("H32.22609", date(2026, 9, 3), 7)


@pytest.mark.parametrize("text", ["", "H32-260903-7", "H32-269903-0007"])
def test_what_is_not_a_dossier_code_is_refused(text):
    with pytest.raises(CodeRefused):
        parse_dossier_code(text)


def test_the_ten_thousandth_dossier_of_a_day_has_no_code():
    with pytest.raises(CodeRefused):
        dossier_code("H32", date(2026, 9, 3), 10_000)


def test_a_range_of_blanks_is_every_serial_in_it():
    assert serial_range("AA 00000098", "AA 00000101") == [
        "AA 00000098", "AA 00000099", "AA 00000100", "AA 00000101",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last"),
    [("AA 1", "AA 2"), ("AA 00000002", "AA 00000001"), ("AA 00000001", "AB 00000002")],
)
def test_a_range_that_is_not_one_is_refused(first, last):
    with pytest.raises(SerialRefused):
        serial_range(first, last)


def test_tokens_are_long_and_different():
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 22


@pytest.mark.parametrize(
    ("area", "purposes", "divided"),
    [
        ("610.1", [("ONT", 200.0), ("CLN", 411.8)], ["200.0", "410.1"]),
        ("620.0", [("CLN", 100.0), ("ONT", 200.0), ("HNK", 311.8)], ["100.0", "200.0", "320.0"]),
        ("611.8", [("ONT", 200.0), ("CLN", 411.8)], ["200.0", "411.8"]),
        ("250.0", [("ONT", 999.0)], ["250.0"]),
        # Nothing says how: the areas stay open for a person.
        ("150.0", [("ONT", 200.0), ("CLN", 20.0)], [None, None]),
        ("250.0", [("ONT", 100.0), ("ODT", 100.0)], [None, None]),
        ("250.0", [("ONT", 100.0), ("CLN", None)], ["100.0", None]),
    ],
)
def test_the_areas_of_the_purposes_make_up_the_certified_area(area, purposes, divided):
    found = divided_area(Decimal(area), purposes, {"ONT", "ODT"})
    assert found == [None if one is None else Decimal(one) for one in divided]

"""Loaded, repaired and refused records always sum to the records in the file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre.formats.accounting import (
    AccountBroken,
    Ledger,
    ReadReport,
    content_hash,
    set_hash,
)

WHY = {"vi": "lý do", "en": "reason"}


@given(
    st.integers(0, 50).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(
                st.tuples(st.integers(1, max(n, 1)), st.booleans()), max_size=0 if n == 0 else 80
            ),
        )
    )
)
def test_the_account_adds_up_whatever_happens_to_the_records(case):
    records, events = case
    ledger = Ledger("a.shp", "00", records)
    for record, refused in events:
        (ledger.refuse if refused else ledger.repair)(record, WHY)
    report = ledger.close()
    assert report.loaded + report.repaired + report.refused == report.records == records
    assert report.refused == len({record for record, refused in events if refused})
    json.dumps(report.to_dict())


@pytest.mark.parametrize("outcomes", [(1, 0, 0), (2, 1, 0), (3, 0, -1)])
def test_an_account_that_does_not_add_up_is_an_error(outcomes):
    with pytest.raises(AccountBroken, match="accounted"):
        ReadReport("a.shp", "00", 2, *outcomes, (), ())


def test_the_hash_of_a_set_ignores_the_order_and_notices_a_change(tmp_path):
    files = [tmp_path / "a.shp", tmp_path / "a.dbf"]
    for file in files:
        file.write_bytes(file.name.encode())
    before = set_hash(files)
    assert before == set_hash(files[::-1])
    files[1].write_bytes(b"changed")
    assert before != set_hash(files)
    assert set_hash(files[:1]) == content_hash(files[0])

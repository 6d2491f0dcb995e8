"""The sample's catalogue of procedures is one that an office can load and a citizen can search."""

from __future__ import annotations

import pytest

from cadastre.certificate.catalogue import folded
from cadastre.certificate.procedure import load_all
from cadastre.office.desk import Desk
from cadastre.office.load_catalogue import load_catalogue
from cadastre.regulation import load
from cadastre.store.actor import SYSTEM
from cadastre.store.counter import count_catalogue, search_catalogue
from cadastre.store.transaction import reading
from sample_data.catalogue import catalogue_table
from tests.conftest import Database
from tests.serving import COMMUNE

pytestmark = pytest.mark.store


def test_489_procedures_of_which_180_online_are_posted_and_say_that_they_are_a_sample(
    commune_database: Database,
) -> None:
    desk = Desk(commune_database.worker_engine, SYSTEM, commune_database.home)
    profiles = load_all(load())
    done = load_catalogue(
        desk, commune=COMMUNE, content=catalogue_table(profiles), name="danh-muc.csv"
    )
    assert (done.records, done.loaded, done.lines, done.online) == (489, 489, (), 180)
    with reading(commune_database.web_engine, None) as register:
        posted = search_catalogue(register, limit=1000)
        fields = count_catalogue(register)
        (found,) = search_catalogue(register, words=folded("cấp BẢN SAO giấy tờ về khai sinh"))
        assert found["code"] == "MAU.HT.051"
    assert sum(row["procedures"] for row in fields) == len({row["title"] for row in posted}) == 489
    assert {row["profile"] for row in posted} - {None} == set(profiles)
    assert {row["basis"] for row in posted if row["profile"] is None} == {
        "Dữ liệu mẫu, không phải thủ tục đã công bố"
    }

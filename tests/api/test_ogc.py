"""OGC API for GIS programs: signed in, one's own communes, JSON, links that work."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.serving import PASSWORD, Served, serving

pytestmark = pytest.mark.store


@pytest.fixture
def served_sample(sample_database: Any) -> Iterator[Served]:
    with serving(sample_database.home) as running:
        yield running


def _officer(served: Served, home: Any) -> Any:
    import json

    account = json.loads((home / "sample-accounts.json").read_text("utf-8"))["officer"]
    client = served.client()
    answer = client.post("/api/v1/auth/token", data=account)
    client.cookies.clear()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def test_collections_and_features_are_those_of_my_commune(
    served_sample: Served, sample_database: Any
) -> None:
    client = _officer(served_sample, sample_database.home)
    found = client.get("/ogc/collections").json()["collections"]
    assert {c["id"] for c in found} == {"ogc.parcels", "ogc.mismatches", "ogc.measured_parcels"}
    page = client.get("/ogc/collections/ogc.parcels/items", params={"limit": 5}).json()
    assert page["numberReturned"] == 5
    assert page["numberMatched"] > 100
    assert {f["properties"]["commune"] for f in page["features"]} == {"22609"}
    lon, lat = page["features"][0]["geometry"]["coordinates"][0][0][:2]
    assert 108 < lon < 109.5
    assert 11.5 < lat < 13
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert following.startswith(served_sample.address + "/ogc/")
    assert client.get(following).status_code == 200


def test_a_visitor_sees_nothing_and_html_pages_are_not_served(
    served_sample: Served, sample_database: Any
) -> None:
    visitor = served_sample.client()
    for path in ("/ogc/", "/ogc/collections", "/ogc/collections/ogc.parcels/items", "/ogc/api"):
        assert visitor.get(path).status_code == 401
    client = _officer(served_sample, sample_database.home)
    assert client.get("/ogc/collections", params={"f": "html"}).status_code == 422
    landing = client.get("/ogc/", headers={"Accept": "text/html"})
    assert landing.headers["content-type"].startswith("application/json")


def test_requests_of_two_accounts_are_never_mixed_up(
    served_sample: Served, sample_database: Any
) -> None:
    from cadastre.office.create_account import create_account
    from cadastre.office.desk import Desk
    from cadastre.store.actor import SYSTEM

    create_account(
        Desk(sample_database.worker_engine, SYSTEM, sample_database.home),
        commune="22609", username="xa-khac", display_name="Xã khác", password=PASSWORD,
        role="officer", communes=("22000",),
    )  # fmt: skip
    mine = _officer(served_sample, sample_database.home)
    other = served_sample.client()
    token = other.post("/api/v1/auth/token", data={"username": "xa-khac", "password": PASSWORD})
    other.cookies.clear()
    other.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def matched(client: Any) -> int:
        answer = client.get("/ogc/collections/ogc.parcels/items", params={"limit": 1})
        return int(answer.json()["numberMatched"])

    with ThreadPoolExecutor(8) as crowd:
        counts = list(crowd.map(matched, [mine, other] * 30))
    assert set(counts[1::2]) == {0}
    assert len(set(counts[0::2])) == 1
    assert counts[0] > 100

"""The web role reads the map through indexes: no scan of a whole partition behind a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from cadastre.store.named import query_text
from tests.conftest import COMMUNE_OPEN, copy_of
from tests.synthetic import COMMUNE, EAST, NORTH, SRID, fill_land, fill_measured

pytestmark = pytest.mark.store
SIDE = 141  # 19,881 parcels


@pytest.fixture(scope="module")
def plans(
    commune_template: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Explains a statement as the web role over about 20,000 parcels."""
    for database in copy_of(COMMUNE_OPEN, commune_template, tmp_path_factory.mktemp("indexes")):
        fill_measured(database, fill_land(database, side=SIDE))
        with psycopg.connect(database.admin_dsn, autocommit=True) as owner:
            owner.execute("ANALYZE")
        with psycopg.connect(database.dsns["cadastre_web"]) as connection:
            connection.execute("SELECT set_config('app.communes', %s, false)", [COMMUNE])
            yield connection


def _bound(name: str, **parameters: Any) -> str:
    """A named query with its parameters written in, as the planner sees custom values."""
    import re

    def value(found: re.Match[str]) -> str:
        given = parameters[found.group(1)]
        if given is None:
            return "NULL"
        return str(given) if isinstance(given, int | float) else f"'{given}'"

    return re.sub(r"(?<![:\w]):(\w+)(?!:)", value, query_text(name))


def _explain(connection: Any, statement: str) -> str:
    rows = connection.execute("EXPLAIN " + statement).fetchall()
    return "\n".join(row[0] for row in rows)


_BOX = {"west": 108.89, "south": 12.19, "east": 108.8902, "north": 12.1902}
_FIRST = {"after_sheet": None, "after_parcel": None, "after_uid": None}


def test_a_box_is_read_by_the_spatial_index(plans):
    plan = _explain(
        plans,
        _bound(
            "parcels_page", commune=COMMUNE, sheet=None, state=None, srid=4326, limit=101,
            **_BOX, **_FIRST,
        ),
    )  # fmt: skip
    assert "parcel_22609_display_idx" in plan
    assert "Seq Scan on parcel_22609" not in plan


def test_a_tile_is_cut_by_the_spatial_index(plans):
    body = plans.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tile_parcels'").fetchone()[0]
    statement = body[body.index("SELECT ST_AsMVT") : body.index("RETURN tile")]
    statement = (
        statement.replace("INTO tile", "")
        .replace("of_commune", f"'{COMMUNE}'")
        .replace("bounds", "ST_TileEnvelope(17, 105187, 61070)")
        .replace("around", "ST_TileEnvelope(17, 105187, 61070, margin => 0.016)")
    )
    plan = _explain(plans, statement.rstrip().rstrip(";"))
    assert "parcel_22609_display_idx" in plan
    assert "Seq Scan on parcel_22609" not in plan


def test_a_tile_takes_milliseconds(plans):
    import time

    plans.execute("SELECT cadastre.tile_parcels('22609', 17, 105187, 61070)")
    start = time.perf_counter()
    for n in range(20):
        plans.execute("SELECT cadastre.tile_parcels('22609', 17, %s, 61070)", [105187 + n])
    assert (time.perf_counter() - start) / 20 < 0.05


def test_an_old_number_is_found_by_its_index(plans):
    plan = _explain(
        plans,
        _bound(
            "lookup_numbers", communes="{22609}", parcel="34", sheet="7", sheet_number=7,
            scale=None, formers=None, current=None,
        ),
    )  # fmt: skip
    assert "crosswalk_typed" in plan
    assert "Seq Scan on parcel_22609" not in plan
    assert "Seq Scan on crosswalk" not in plan


def test_a_point_finds_its_parcel_by_the_spatial_index(plans):
    plan = _explain(
        plans,
        _bound("lookup_at_point", commune=COMMUNE, east=EAST + 5, north=NORTH + 5, srid=SRID),
    )
    assert "parcel_22609_geometry_idx" in plan


def test_a_parcel_is_read_by_its_identity(plans):
    uid = plans.execute("SELECT parcel_uid::text FROM cadastre.parcel LIMIT 1").fetchone()[0]
    plan = _explain(plans, _bound("parcel_read", uid=uid, communes="{22609}", srid=4326))
    assert "Seq Scan on parcel_22609" not in plan


def test_a_page_of_the_map_is_read_in_index_order(plans):
    plan = _explain(
        plans,
        _bound(
            "parcels_page", commune=COMMUNE, sheet=7, state=None, srid=4326, limit=101,
            west=None, south=None, east=None, north=None, **_FIRST,
        ),
    )  # fmt: skip
    assert "Seq Scan on parcel_22609" not in plan
    assert "Limit" in plan

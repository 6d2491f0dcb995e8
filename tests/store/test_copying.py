"""Bulk rows go in by COPY and come back to the last bit, with their display copies."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest
import shapely

from cadastre.crs import to_web_mercator
from cadastre.store.actor import SYSTEM
from cadastre.store.land_register import current_parcels
from cadastre.store.transaction import reading
from tests.synthetic import COMMUNE, SRID, fill_land

pytestmark = pytest.mark.store


def test_a_parcel_map_comes_back_to_the_last_bit(commune_database):
    written = fill_land(commune_database, side=6).set_index("parcel_uid")
    with reading(commune_database.web_engine, SYSTEM) as connection:
        read = current_parcels(connection, COMMUNE, SRID).set_index("parcel_uid")
    read = read.loc[written.index]
    assert read.crs.to_epsg() == SRID
    assert (
        shapely.to_wkb(np.asarray(read.geometry.array))
        == shapely.to_wkb(np.asarray(written.geometry.array))
    ).all()
    assert read["register_area_m2"].tolist() == written["register_area_m2"].tolist()


def test_the_display_copy_comes_from_the_pinned_operation_and_agrees_with_postgis(
    commune_database,
):
    frame = fill_land(commune_database, side=3)
    with psycopg.connect(commune_database.admin_dsn) as connection:
        rows = connection.execute(
            "SELECT parcel_uid::text, ST_AsBinary(display), "
            "ST_AsBinary(ST_Transform(ST_Transform(geometry, 4326), 3857)) FROM cadastre.parcel"
        ).fetchall()
    expected = dict(
        zip(frame["parcel_uid"], to_web_mercator(frame.geometry.array, SRID), strict=True)
    )
    for uid, display, transformed in rows:
        stored = shapely.get_coordinates(shapely.from_wkb(display))
        ours = shapely.get_coordinates(expected[uid])
        theirs = shapely.get_coordinates(shapely.from_wkb(transformed))
        assert np.abs(stored - ours).max() == 0
        # PostGIS goes the same way (EPSG:6960): under a tenth of a millimetre apart.
        assert np.abs(stored - theirs).max() < 1e-4


def test_sheet_areas_follow_the_parcels(commune_database):
    frame = fill_land(commune_database, side=6)
    with psycopg.connect(commune_database.admin_dsn) as connection:
        rows = connection.execute(
            "SELECT sheet, parcels, ST_Area(ST_Transform(display, 9217)) "
            "FROM cadastre.sheet_area ORDER BY sheet"
        ).fetchall()
    assert [row[:2] for row in rows] == [(7, 12), (91, 12), (92, 12)]
    assert sum(row[2] for row in rows) == pytest.approx(frame.area.sum(), rel=1e-3)

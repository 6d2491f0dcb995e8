"""The VN-2000 zones in PostGIS's own table, with the text that makes them right.

PostGIS 3.3 has no EPSG:9217. A row with a proj4 text alone is silently 195 m off, because
the datum is lost; authority, code and well-known text make ST_Transform take EPSG:6960.
"""

from __future__ import annotations

from typing import Any

from pyproj import CRS
from pyproj.enums import WktVersion

from cadastre.crs import TEST_VECTOR, ZONES, OperationUntrusted

_CHECK = """
SELECT ST_X(p), ST_Y(p) FROM (
    SELECT ST_Transform(ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4756), 9217), 4326) AS p
) AS moved
"""
_TOLERANCE_DEG = 1e-8


def add_zones(cursor: Any) -> None:
    """Add or renew every VN-2000 zone in ``spatial_ref_sys``."""
    for srid in (4756, *ZONES):
        system = CRS.from_epsg(srid)
        cursor.execute(
            "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) "
            "VALUES (%s, 'EPSG', %s, %s, '') ON CONFLICT (srid) DO UPDATE "
            "SET auth_name = 'EPSG', auth_srid = excluded.auth_srid, srtext = excluded.srtext, "
            "proj4text = ''",
            [srid, srid, system.to_wkt(WktVersion.WKT1_GDAL)],
        )


def check_zones(cursor: Any) -> float:
    """Largest difference in degrees of ST_Transform from the published test vector.

    Raises
    ------
    OperationUntrusted
        PostGIS would put display coordinates elsewhere than the service does.
    """
    (lat, lon), (lat_expected, lon_expected) = TEST_VECTOR
    cursor.execute(_CHECK, [lon, lat])
    found_lon, found_lat = cursor.fetchone()
    difference = max(abs(found_lon - lon_expected), abs(found_lat - lat_expected))
    if difference > _TOLERANCE_DEG:
        raise OperationUntrusted(f"PostGIS: {found_lat:.9f}, {found_lon:.9f}.")
    return float(difference)

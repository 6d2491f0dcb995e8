"""Types and the collection that the declared tables share.

A geometry type belongs to one column: GeoAlchemy2 keeps facts of the column in it.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import TIMESTAMP

METADATA = MetaData(schema="cadastre")
Moment = TIMESTAMP(timezone=True)


def shape() -> Geometry:
    """Return the type of an outline in the commune's VN-2000 zone, in metres."""
    return Geometry(geometry_type=None, srid=-1, spatial_index=False)


def display() -> Geometry:
    """Return the type of the Web Mercator copy."""
    return Geometry(geometry_type="GEOMETRY", srid=3857, spatial_index=False)


def outline() -> Geometry:
    """Return the type of a commune's outline in WGS 84."""
    return Geometry(geometry_type="MULTIPOLYGON", srid=4326, spatial_index=False)

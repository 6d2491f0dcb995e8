"""The 12-character parcel identifier: polylabel in VN-2000, WGS 84, GeoHash.

TT 19/2026/TT-BNNMT Art 11(3) and Annex I: (1) the point deepest inside the parcel
("polylabel"), computed in VN-2000; (2) VN-2000 to WGS 84 by the official parameters
(EPSG:6960); (3) GeoHash of 12 characters. The circular does not say which point is meant
where many are equally deep (every rectangle has a line of them), so it is fixed here: **of
all points whose distance to the boundary is within 1 mm of the largest, the one nearest to
the centroid**, on the outline normalised first, so that neither the first vertex nor the
direction of a ring changes the code. It is computed once and kept: a later survey moves
the point, not the identifier.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cadastre.crs import wgs84_coordinates
from cadastre.frames import srid_of

Floats = npt.NDArray[np.float64]

_ALPHABET = np.frombuffer(b"0123456789bcdefghjkmnpqrstuvwxyz", dtype="S1")
_LENGTH = 12
#: Precision of the depth: 1 mm, half of it for the search, half for what counts as equal.
_PRECISION_M = 0.0005
_SEARCH_M = 0.0005
_ARC_SEGMENTS = 16
_HALVINGS = 30


def parcel_identifiers(parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Identifier and characteristic point of every parcel.

    Parameters
    ----------
    parcels : ParcelFrame (``parcel_uid``, geometry in a VN-2000 zone)

    Returns
    -------
    pandas.DataFrame
        ``parcel_uid, identifier, east, north``; the point in the frame's zone, metres.
        Two outlines of the same land have the same identifier: the caller keeps it unique.
    """
    srid = srid_of(parcels)
    points = characteristic_points(parcels.geometry.array)
    identifiers = geohash(wgs84_coordinates(points, srid)) if len(points) else np.array([], "U12")
    return pd.DataFrame(
        {
            "parcel_uid": parcels["parcel_uid"].to_numpy(),
            "identifier": identifiers.astype(object),
            "east": points[:, 0],
            "north": points[:, 1],
        }
    )


def characteristic_points(polygons: Any) -> Floats:
    """(east, north) of the deepest point of each polygon, ties nearest to the centroid.

    >>> square = shapely.box(0, 0, 4, 2)
    >>> characteristic_points([square]).round(3).tolist()
    [[2.0, 1.0]]
    """
    shapes = shapely.normalize(shapely.force_2d(np.asarray(polygons, dtype=object)))
    if not len(shapes):
        return np.empty((0, 2))
    # Near the origin the search is exact to the bit wherever the parcel lies in the zone.
    corner = np.floor(shapely.bounds(shapes)[:, :2])
    local = _translated(shapes, -corner)
    spokes = shapely.maximum_inscribed_circle(local, tolerance=_SEARCH_M)
    deepest = shapely.get_point(spokes, 0)
    least = shapely.length(spokes) - _PRECISION_M
    boundary = shapely.boundary(local)
    centroid = shapely.centroid(local)
    chosen = _nearest_to_centroid(local, deepest, least, boundary, centroid)
    return np.asarray(shapely.get_coordinates(chosen) + corner, dtype=np.float64)


def _translated(shapes: Any, by: Floats) -> Any:
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    return shapely.set_coordinates(shapes.copy(), coordinates + by[index])


def _nearest_to_centroid(
    shapes: Any, deepest: Any, least: Floats, boundary: Any, centroid: Any
) -> Any:
    settled = shapely.contains_properly(shapes, centroid) & (
        shapely.distance(centroid, boundary) >= least
    )
    chosen = np.where(settled, centroid, deepest)
    rest = np.flatnonzero(~settled & (least > 0))
    deep = shapely.buffer(shapes[rest], -least[rest], quad_segs=_ARC_SEGMENTS)
    found = ~shapely.is_empty(deep)
    rest, deep = rest[found], deep[found]
    nearest = shapely.get_point(shapely.shortest_line(deep, centroid[rest]), 0)
    chosen[rest] = _deep_enough(nearest, deepest[rest], least[rest], boundary[rest])
    return chosen


def _deep_enough(nearest: Any, deepest: Any, least: Floats, boundary: Any) -> Any:
    """Draw points that the drawn arcs of a buffer left too shallow towards the deepest."""
    start, end = shapely.get_coordinates(nearest), shapely.get_coordinates(deepest)
    low, high = np.zeros(len(start)), np.ones(len(start))
    good = shapely.distance(nearest, boundary) >= least
    high[good] = 0.0
    for _ in range(_HALVINGS if not good.all() else 0):
        middle = (low + high) / 2
        points = shapely.points(start + middle[:, None] * (end - start))
        deep = shapely.distance(points, boundary) >= least
        high = np.where(deep, middle, high)
        low = np.where(deep, low, middle)
    return shapely.points(start + high[:, None] * (end - start))


def geohash(lonlat: Floats, length: int = _LENGTH) -> npt.NDArray[np.str_]:
    """GeoHash of (longitude, latitude) in degrees, WGS 84.

    Bits of longitude and latitude alternate, longitude first, five to a character.

    >>> geohash(np.array([[-5.6, 42.6]]), 5).tolist()
    ['ezs42']
    >>> geohash(np.array([[108.901787862, 12.198968210]])).tolist()
    ['w6jmqhgb5s6x']
    """
    bits = 5 * length
    lon_bits, lat_bits = (bits + 1) // 2, bits // 2
    lon = _cell(lonlat[:, 0], 360.0, lon_bits)
    lat = _cell(lonlat[:, 1], 180.0, lat_bits)
    characters = np.empty((len(lonlat), length), dtype="S1")
    for place in range(length):
        digit = np.zeros(len(lonlat), dtype=np.int64)
        for bit in range(5 * place, 5 * place + 5):
            source, width = (lat, lat_bits) if bit % 2 else (lon, lon_bits)
            digit = (digit << 1) | ((source >> (width - 1 - bit // 2)) & 1)
        characters[:, place] = _ALPHABET[digit]
    return characters.view(f"S{length}").ravel().astype(f"U{length}")


def _cell(degrees: Floats, span: float, bits: int) -> npt.NDArray[np.int64]:
    share = (degrees + span / 2) / span
    return np.clip(np.floor(share * 2.0**bits), 0, 2**bits - 1).astype(np.int64)

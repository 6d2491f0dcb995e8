"""VN-2000 zones and the one pinned operation to display coordinates.

Parcels stay in their own VN-2000 zone in metres, (east, north). Display coordinates
(WGS 84, Web Mercator) always come from EPSG:6960 "VN-2000 to WGS 84 (2)", the seven
parameters of Decision 05/2007/QD-BTNMT in the coordinate-frame convention. The common
``+towgs84`` string with unflipped rotations is half a metre off, so the parameters are
never passed through such a string; :func:`check_operation` holds the test vector.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from cadastre.errors import CadastreError

# GDAL inside fiona silently reads "no CRS" when these point at another installation.
for _name in ("PROJ_DATA", "PROJ_LIB", "GDAL_DATA"):
    os.environ.pop(_name, None)

GEOGRAPHIC_SRID = 4756
WEB_MERCATOR_RADIUS_M = 6378137.0
#: VN-2000 latitude/longitude of the test vector and its WGS 84 position (EPSG:6960).
TEST_VECTOR = ((12.2, 108.9), (12.198968210, 108.901787862))


class OperationUntrusted(CadastreError):
    """The conversion from VN-2000 to WGS 84 does not give the published test vector."""

    message_vi = "Phép chuyển VN-2000 sang WGS 84 không cho đúng giá trị kiểm tra."


class ZoneUnknown(CadastreError):
    """The zone is not one of VN-2000."""

    message_vi = "Đây không phải múi chiếu VN-2000."


@dataclass(frozen=True)
class Zone:
    """A plane VN-2000 zone: EPSG code, central meridian in degrees, scale factor."""

    srid: int
    meridian_deg: float
    scale_factor: float

    @property
    def name(self) -> str:
        """Return the name that officers use, such as ``VN-2000 108°15'``."""
        degrees = int(self.meridian_deg)
        minutes = round((self.meridian_deg - degrees) * 60)
        return f"VN-2000 {degrees}°{minutes:02d}'"


_TM3 = {
    9205: 103.0, 9206: 104.0, 9207: 104.5, 9208: 104.75, 5897: 105.0, 9209: 105.5,
    9210: 105.75, 9211: 106.0, 9212: 106.25, 9213: 106.5, 9214: 107.0, 9215: 107.25,
    9216: 107.5, 5899: 107.75, 5898: 108.0, 9217: 108.25, 9218: 108.5, 5896: 102.0,
}  # fmt: skip
#: All plane zones by EPSG code: the three-degree zones and the two UTM zones.
ZONES: dict[int, Zone] = {srid: Zone(srid, cm, 0.9999) for srid, cm in _TM3.items()} | {
    3405: Zone(3405, 105.0, 0.9996),
    3406: Zone(3406, 111.0, 0.9996),
}

#: The seven parameters of EPSG:6960: metres, arc seconds, parts per million (coordinate frame).
HELMERT = {
    "x": -191.90441429, "y": -39.30318279, "z": -111.45032835,
    "rx": -0.00928836, "ry": 0.01975479, "rz": -0.00427372, "s": 0.252906278,
}  # fmt: skip
_PIPELINE = (
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=0 +lon_0={lon} +k={k} +x_0=500000 +y_0=0 "
    "+ellps=WGS84 +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 +step +proj=helmert "
    + " ".join(f"+{name}={value}" for name, value in HELMERT.items())
    + " +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def zone(srid: int) -> Zone:
    """Return the zone with this EPSG code.

    >>> zone(9217).name
    "VN-2000 108°15'"
    """
    try:
        return ZONES[int(srid)]
    except KeyError as unknown:
        raise ZoneUnknown(f"EPSG:{srid}.", srid=srid) from unknown


@lru_cache(maxsize=32)
def _to_wgs84(srid: int) -> Any:
    from pyproj import Transformer

    where = zone(srid)
    return Transformer.from_pipeline(_PIPELINE.format(lon=where.meridian_deg, k=where.scale_factor))


def wgs84_coordinates(coordinates: np.ndarray, srid: int) -> np.ndarray:
    """WGS 84 (longitude, latitude) in degrees of (east, north) in a VN-2000 zone.

    Parameters
    ----------
    coordinates : array of shape (n, 2), metres, (east, north)
    srid : EPSG code of the zone

    >>> e, n = project_geographic(np.array([[108.9, 12.2]]), 9217)[0]
    >>> lon, lat = wgs84_coordinates(np.array([[e, n]]), 9217)[0]
    >>> float(round(lat, 9)), float(round(lon, 9))
    (12.19896821, 108.901787862)
    """
    lon, lat = _to_wgs84(srid).transform(coordinates[:, 0], coordinates[:, 1])
    return np.column_stack([lon, lat])


def grid_coordinates(lonlat: np.ndarray, srid: int) -> np.ndarray:
    """(east, north) in a VN-2000 zone of WGS 84 (longitude, latitude) in degrees."""
    e, n = _to_wgs84(srid).transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE")
    return np.column_stack([e, n])


def project_geographic(lonlat: np.ndarray, srid: int) -> np.ndarray:
    """(east, north) in a zone of VN-2000 *geographic* (longitude, latitude): no datum shift."""
    from pyproj import Transformer

    to_zone = Transformer.from_crs(GEOGRAPHIC_SRID, srid, always_xy=True)
    e, n = to_zone.transform(lonlat[:, 0], lonlat[:, 1])
    return np.column_stack([e, n])


def _mercator(lonlat: np.ndarray) -> np.ndarray:
    x = np.radians(lonlat[:, 0]) * WEB_MERCATOR_RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians(lonlat[:, 1]) / 2)) * WEB_MERCATOR_RADIUS_M
    return np.column_stack([x, y])


def to_wgs84(geometries: Any, srid: int) -> np.ndarray:
    """Copies of shapely geometries in WGS 84 (lon, lat), for display only."""
    return _moved(geometries, lambda xy: wgs84_coordinates(xy, srid))


def to_web_mercator(geometries: Any, srid: int) -> np.ndarray:
    """Copies of shapely geometries in EPSG:3857, for tiles only."""
    return _moved(geometries, lambda xy: _mercator(wgs84_coordinates(xy, srid)))


def from_wgs84(geometries: Any, srid: int) -> np.ndarray:
    """Copies of WGS 84 (lon, lat) geometries in a VN-2000 zone (an outline, a bounding box)."""
    return _moved(geometries, lambda lonlat: grid_coordinates(lonlat, srid))


def _moved(geometries: Any, move: Any) -> np.ndarray:
    array = np.array(geometries, dtype=object)
    present = np.atleast_1d(array)
    return shapely.transform(present, move).reshape(array.shape)


def between_zones(geometries: Any, from_srid: int, to_srid: int) -> np.ndarray:
    """Geometries of one VN-2000 zone in another; both are the same datum, so this is exact."""
    from pyproj import Transformer

    zone(from_srid), zone(to_srid)
    change = Transformer.from_crs(from_srid, to_srid, always_xy=True)

    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))

    return _moved(geometries, move)


def check_operation() -> float:
    """Largest difference in degrees from the published test vector; raises beyond 1e-8.

    >>> check_operation() < 1e-8
    True
    """
    (lat, lon), (lat_expected, lon_expected) = TEST_VECTOR
    plane = project_geographic(np.array([[lon, lat]]), 9217)
    found_lon, found_lat = wgs84_coordinates(plane, 9217)[0]
    difference = max(abs(found_lon - lon_expected), abs(found_lat - lat_expected))
    if difference > 1e-8:
        raise OperationUntrusted(
            f"Latitude {found_lat:.9f}, longitude {found_lon:.9f}.", difference=difference
        )
    return float(difference)

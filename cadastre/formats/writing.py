"""Frames into files for other systems: GeoPackage, GeoJSON, Shapefile.

Plane formats keep the VN-2000 zone as measured. GeoJSON is WGS 84 by RFC 7946, always
through the pinned operation, with nine decimals (0.1 mm).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cadastre import crs as vn2000
from cadastre.errors import CadastreError
from cadastre.frames import srid_of

if TYPE_CHECKING:
    import geopandas as gpd

_DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
}


class FormatNotWritten(CadastreError):
    """Files of this format are not written here."""

    message_vi = "Không ghi được tệp ở định dạng này."


def write_vector(frame: gpd.GeoDataFrame, path: str | Path, *, layer: str | None = None) -> Path:
    """Write a frame whose geometry is in a VN-2000 zone; return the path.

    Parameters
    ----------
    layer : name of the layer in a GeoPackage; an existing one of that name is replaced

    Raises
    ------
    FormatNotWritten
        The suffix is not one of GeoPackage, GeoJSON, Shapefile, FlatGeobuf.
    """
    path = Path(path)
    driver = _DRIVERS.get(path.suffix.lower())
    if driver is None:
        known = ", ".join(_DRIVERS)
        raise FormatNotWritten(f"{path.suffix}; {known}.", suffix=path.suffix)
    options: dict[str, Any] = {"driver": driver}
    if driver == "GeoJSON":
        degrees = vn2000.to_wgs84(frame.geometry.to_numpy(), srid_of(frame))
        frame = frame.set_geometry(degrees, crs=4326)
        options |= {"RFC7946": "YES", "COORDINATE_PRECISION": "9"}
    if driver == "ESRI Shapefile":
        options["encoding"] = "UTF-8"
    if driver == "GPKG" and layer is not None:
        options["layer"] = layer
    with warnings.catch_warnings():
        # A Shapefile cuts long column names; the caller chose the format.
        warnings.simplefilter("ignore", UserWarning)
        frame.to_file(path, engine="pyogrio", **options)
    return path

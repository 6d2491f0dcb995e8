"""Small sheets with known truth, written as a former commune would hand them over."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cadastre.crs import to_wgs84

#: A corner inside the bounds of xã Khánh Vĩnh, EPSG:9217.
EAST, NORTH = 570_000.0, 1_345_000.0


def grid(rows=4, columns=5, size=20.0, east=EAST, north=NORTH):
    """Adjoining square parcels, row by row from the south-west."""
    return [
        shapely.box(
            east + c * size, north + r * size, east + (c + 1) * size, north + (r + 1) * size
        )
        for r in range(rows)
        for c in range(columns)
    ]


@pytest.fixture
def sheet():
    """Return 20 parcels of 400 m2 on sheet 12, with the columns of a former commune."""
    parcels = grid()
    count = len(parcels)
    return gpd.GeoDataFrame(
        {
            "so_to": ["12"] * count,
            "so_thua": [str(i + 1) for i in range(count)],
            "loai_dat": ["ONT"] * count,
            "dien_tich": [400.0] * count,
            "ty_le": [500] * count,
            "nam_do": [2012] * count,
            "ten_chu": ["Nguyễn Văn Thành"] * count,
            "xu_dong": ["thôn Sông Cầu"] * count,
        },
        geometry=parcels,
        crs=9217,
    )


@pytest.fixture
def outline():
    """Return the outline of the commune in WGS 84, some kilometres around the sheet."""
    around = shapely.box(EAST - 3000, NORTH - 4000, EAST + 3000, NORTH + 4000)
    return to_wgs84(around, 9217).item()


@pytest.fixture
def tight_outline():
    """Return an outline that the parcels of a large sheet nearly fill."""

    def around(frame, srid, margin=10.0):
        hull = shapely.buffer(shapely.union_all(np.asarray(frame.geometry)).convex_hull, margin)
        return to_wgs84(hull, srid).item()

    return around

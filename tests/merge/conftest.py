"""Small sheets with known truth."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cadastre.frames import parcel_key

EAST, NORTH = 570_000.0, 1_345_000.0


def sheet(
    shapes, *, former="22609", number="1", scale=500, map_set="", day=None, first=1, labels=None
):
    """A ParcelFrame of one sheet; shapes in metres from (EAST, NORTH)."""
    labels = labels or [str(first + k) for k in range(len(shapes))]
    seen, uids = {}, []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        name = label if seen[label] == 1 else f"{label}#{seen[label]}"
        uids.append(parcel_key(former, map_set, scale, number, name))
    moved = [shapely.transform(s, lambda xy: xy + np.array([EAST, NORTH])) for s in shapes]
    return gpd.GeoDataFrame(
        {
            "parcel_uid": uids,
            "former_commune": former,
            "map_set": map_set,
            "former_sheet": number,
            "former_parcel": labels,
            "scale": scale,
            "surveyed_on": pd.to_datetime(pd.Series([day] * len(shapes))).astype("datetime64[ns]"),
            "land_use": "ODT",
        },
        geometry=moved,
        crs=9217,
    )


def rows(x0, y0, widths, height):
    """Lots side by side from (x0, y0)."""
    boxes, x = [], x0
    for width in widths:
        boxes.append(shapely.box(x, y0, x + width, y0 + height))
        x += width
    return boxes


@pytest.fixture(scope="session")
def make_sheet():
    return sheet


@pytest.fixture(scope="session")
def make_lots():
    return rows


@pytest.fixture(scope="session")
def corner():
    """South-west corner of every drawing, (east, north) in EPSG:9217."""
    return np.array([EAST, NORTH])

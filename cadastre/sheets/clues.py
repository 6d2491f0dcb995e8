"""Where the evidence for a file's zone comes from: the file itself and what is already known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from cadastre.errors import InputRefused
from cadastre.frames import srid_of
from cadastre.sheets.evidence import Clues
from cadastre.sheets.raw import RawTable
from cadastre.sheets.sheet_grid import name_in


class BoundsUnusable(InputRefused):
    """The bounding box is not four degrees: west, south, east, north."""

    message_vi = "Khung bao phải gồm bốn số độ: tây, nam, đông, bắc."


def known_points(frame: Any) -> tuple[np.ndarray, int] | None:
    """Vertices of a GeoDataFrame in a VN-2000 zone, and the zone; None without any."""
    if frame is None or len(frame) == 0:
        return None
    return np.unique(shapely.get_coordinates(frame.geometry.to_numpy()), axis=0), srid_of(frame)


def box_of(bounds: Any) -> Any:
    """Return the box (west, south, east, north) in EPSG:4326 as a polygon.

    >>> box_of((108.8, 12.0, 109.0, 12.3)).bounds
    (108.8, 12.0, 109.0, 12.3)
    """
    if bounds is None:
        return None
    west, south, east, north = map(float, bounds)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BoundsUnusable(f"{west}, {south}, {east}, {north}.")
    return shapely.box(west, south, east, north)


def gather_clues(known: Clues, raw: RawTable, stem: str) -> Clues:
    """Return what is known together with what the file names and draws itself."""
    named = name_in(stem)
    cells = raw.cells or ((named,) if named is not None else ())
    return replace(known, cells=cells, frame=raw.frame, marks=raw.marks)

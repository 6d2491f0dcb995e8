"""Write the field surveys: a list of points (CSV) and measured outlines (GeoPackage)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from shapely.geometry import Polygon

from sample_data.measuring import Survey
from sample_data.sheet_files import SRID, write_frame

CSV_HEADER = "diem;X;Y;H;thua;ma;sai_so"


def write_points(path: Path, survey: Survey) -> int:
    """Points in order around each parcel; a corner shared by two keeps its name. X is north."""
    names: dict[object, str] = {}
    lines = [CSV_HEADER]
    for label, ring in survey.outlines.items():
        for (east, north), vertex in zip(ring, survey.vertices[label], strict=True):
            east, north = round(float(east), 3), round(float(north), 3)
            key = int(vertex) if vertex >= 0 else (east, north)
            name = names.setdefault(key, f"P{len(names) + 1}")
            height = 38.0 + 6.0 * np.sin(east / 310.0) + 5.0 * np.cos(north / 270.0)
            lines.append(
                f"{name};{north:.3f};{east:.3f};{height:.2f};{label};RG;{survey.sigma_m:.3f}"
            )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 1


def write_outlines(path: Path, survey: Survey) -> int:
    """Measured polygons with the label, the sigma and what the boundary description says."""
    labels = list(survey.outlines)
    frame = gpd.GeoDataFrame(
        {
            "thua": labels,
            "sai_so": [survey.sigma_m] * len(labels),
            "ranh_gioi": [survey.boundary[label] or None for label in labels],
        },
        geometry=[Polygon(np.round(survey.outlines[label], 3)) for label in labels],
        crs=SRID,
    )
    write_frame(frame, path, "do_dac")
    return len(labels)

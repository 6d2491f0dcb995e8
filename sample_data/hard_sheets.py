"""The same three map sets once more, in the formats that are hard to read, below ``hard/``.

Khánh Vĩnh: VNI Shapefiles. Sông Cầu: DGN V7, a file for each sheet, labels in TCVN3 in the
three ways that draughtsmen use. Khánh Phú: DXF with named layers. The drawings hold each
boundary once, to the millimetre; a drawing cannot hold an outline that crosses itself, so
those faults are only in the first set of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from sample_data import tcvn3, vni
from sample_data.dgn_file import Text, write_dgn
from sample_data.dxf_file import write_dxf
from sample_data.label_faults import Sheetwork
from sample_data.map_copies import Copies
from sample_data.shapefile import write_shapefile
from sample_data.sheet_files import FIELDS, SRID, Attributes, chosen_copies, manifest_row

Floats = npt.NDArray[np.float64]
FOLDER = "hard"
#: Levels of TT 26/2024 Annex 21, and the layer names that stand for them.
PARCEL, ROAD, BANK = 10, 23, 31
_LAYERS = {PARCEL: "RANH_THUA", ROAD: "23", BANK: "31"}
_ROADS, _WATERS = ("DGT",), ("SON", "MNC")
_NEAR_M = 0.005


@dataclass(frozen=True)
class _Parcel:
    """What is written into one parcel of a drawing, and where."""

    place: tuple[float, float]
    number: str | None
    area: str
    land_use: str
    owner: str | None


def write_hard_sheets(
    folder: Path, copies: Copies, work: Sheetwork, about: Attributes
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Write all sheets again; returns rows as in the manifest and the records of each file."""
    keep = np.array([c not in work.left_out for c in range(len(copies.face))])
    rows: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for scale in (500, 1000):
        chosen = chosen_copies(copies, "22609", keep, scale=scale)
        name = f"{FOLDER}/22609/ban_do_{scale}_vni.shp"
        _write_vni(folder / name, copies, work, about, chosen)
        rows.append(manifest_row(name, "22609", scale, None))
        counts[name] = len(chosen)
    for sheet, key in enumerate(copies.sheets):
        if key.former == "22609":
            continue
        chosen = chosen_copies(copies, key.former, keep, sheet=sheet)
        number = about.sheet[chosen[0]]
        plain = key.former == "22630"
        name = f"{FOLDER}/{key.former}/" + (f"DC{number}.dgn" if plain else f"to_{number}.dxf")
        counts[name] = _write_drawing(folder / name, copies, about, chosen, int(number))
        rows.append(manifest_row(name, key.former, key.scale, number))
    return rows, counts


def _write_vni(
    path: Path, copies: Copies, work: Sheetwork, about: Attributes, chosen: npt.NDArray[np.int64]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes = copies.polygons()
    for copy, shape in work.geometry.items():
        shapes[copy] = shape
    rows = [
        [
            vni.encode(cell)
            for cell in (
                about.sheet[c], about.number[c] or "", about.land_use[c],
                f"{about.printed[c]:.1f}", about.owner[c] or "", about.place[c],
                str(about.scale[c]), str(about.year[c]),
            )
        ]
        for c in map(int, chosen)
    ]  # fmt: skip
    prj = CRS.from_epsg(SRID).to_wkt("WKT1_ESRI")
    write_shapefile(path, list(shapes[chosen]), FIELDS, rows, prj=prj)


def _write_drawing(
    path: Path, copies: Copies, about: Attributes, chosen: npt.NDArray[np.int64], number: int
) -> int:
    shapes = copies.polygons(chosen)
    lines = list(_line_work(shapes, [about.land_use[int(c)] for c in chosen]))
    parcels = list(_labelled(shapes, about, chosen))
    if path.suffix == ".dgn":
        texts = [text for parcel in parcels for text in _dgn_labels(parcel, number % 3)]
        return write_dgn(path, lines, texts)
    named = [(_LAYERS[level], points) for level, points in lines]
    return write_dxf(path, named, [label for parcel in parcels for label in _dxf_labels(parcel)])


def _line_work(shapes: Any, land_uses: list[str]) -> Iterator[tuple[int, Floats]]:
    """Yield each boundary once, to the millimetre; along roads and water on their level."""
    rounded = shapely.transform(shapely.boundary(shapes), lambda xy: np.round(xy, 3))
    merged = shapely.line_merge(shapely.union_all(rounded))
    edges = shapely.get_parts(merged)
    middles = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    uses = np.array(land_uses)
    roads = shapely.union_all(rounded[np.isin(uses, _ROADS)])
    waters = shapely.union_all(rounded[np.isin(uses, _WATERS)])
    along_road = shapely.dwithin(roads, middles, _NEAR_M)
    along_water = shapely.dwithin(waters, middles, _NEAR_M)
    for edge, road, water in zip(edges, along_road, along_water, strict=True):
        level = ROAD if road else BANK if water else PARCEL
        yield level, shapely.get_coordinates(edge)


def _labelled(shapes: Any, about: Attributes, chosen: npt.NDArray[np.int64]) -> Iterator[_Parcel]:
    places = shapely.get_coordinates(_own_places(shapes))
    for copy, place in zip(map(int, chosen), places.tolist(), strict=True):
        yield _Parcel(
            (place[0], place[1]), about.number[copy], f"{about.printed[copy]:.1f}",
            about.land_use[copy], about.owner[copy],
        )  # fmt: skip


def _own_places(shapes: Any) -> Any:
    """Return a point in each parcel that lies in no other of the sheet."""
    points = shapely.point_on_surface(shapes)
    inside, other = shapely.STRtree(shapes).query(points, predicate="intersects")
    for at in np.unique(inside[inside != other]).tolist():
        others = shapes[other[(inside == at) & (other != at)]]
        free = shapely.difference(shapes[at], shapely.union_all(others))
        points[at] = shapely.point_on_surface(free if not free.is_empty else shapes[at])
    return points


def _dgn_labels(parcel: _Parcel, way: int) -> Iterator[Text]:
    """Yield labels on their own levels, as one fraction, or as a node of several lines."""
    number, use = (parcel.number or "").encode("ascii"), tcvn3.encode(parcel.land_use)
    area = parcel.area.encode("ascii")
    if not number or way == 0:
        for level, line in ((13, number), (4, area), (2, use)):
            if line:
                yield Text(level, parcel.place, (line,))
    elif way == 1:
        yield Text(13, parcel.place, (number + b"/" + area + b" " + use,))
    else:
        yield Text(11, parcel.place, (number, area, use))
    if parcel.owner:
        yield Text(54, parcel.place, (tcvn3.encode(parcel.owner),))


def _dxf_labels(parcel: _Parcel) -> Iterator[tuple[str, tuple[float, float], str]]:
    if parcel.number:
        yield "SO_THUA", parcel.place, parcel.number
    yield "DIEN_TICH", parcel.place, parcel.area
    yield "LOAI_DAT", parcel.place, parcel.land_use
    if parcel.owner:
        yield "TEN_CHU", parcel.place, parcel.owner

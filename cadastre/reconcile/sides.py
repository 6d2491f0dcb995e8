"""The two sides of the comparison as arrays: mapped parcels and measured parcels.

Rows are put in the order of their identifiers, so that the same input gives the same
output whatever the order in which it came.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.frames import require_polygons, validate_measured, validate_parcels
from cadastre.reconcile.columns import UIDS, Columns, Numbers
from cadastre.reconcile.measures import Measures, measure, sound, stutters
from cadastre.reconcile.rings import Block, Rings, read_blocks, rings_of, turned
from cadastre.reconcile.sharing import together
from cadastre.regulation import Regulation

#: A point written twice, within the last digit of a file, is one corner.
_SAME_POINT_M = 1.0e-3
#: Share of an outline's area up to which what it crosses itself in is a sliver.
_SLIVER_SHARE = 0.01
_FIRST = 100  # identifiers by which a frame is judged before it is read


@dataclass(frozen=True)
class Shapes:
    """Geometry of one side and its rings: area m2, centroid (n, 2), box (n, 4).

    ``uid`` is the column of the frame: a commune's identifiers are not copied as objects.
    ``width`` is 2 area / perimeter in metres; ``chord_m2`` times the variance of a
    coordinate is four times the area's variance.
    """

    uid: pd.api.extensions.ExtensionArray
    geometry: np.ndarray
    rings: Rings
    area: np.ndarray
    centroid: np.ndarray
    width: np.ndarray
    box: np.ndarray
    chord_m2: np.ndarray

    def __len__(self) -> int:
        return len(self.uid)


@dataclass(frozen=True)
class MapSide:
    """Mapped parcels: limits by scale, sheets as codes, numbers as key codes."""

    shapes: Shapes
    columns: Columns
    scale: np.ndarray
    limit_m: np.ndarray
    farmland: np.ndarray
    sheet: np.ndarray
    sheets: pd.DataFrame
    key_old: np.ndarray
    key_new: np.ndarray


@dataclass(frozen=True)
class GroundSide:
    """Measured parcels with their sigma (m, one coordinate) and label key codes.

    ``known`` marks labels that name some parcel of the map; ``survey`` is a number in
    ``surveys``; ``srid`` is the EPSG code of the zone, which is the map's as well.
    """

    shapes: Shapes
    columns: Columns
    sigma: np.ndarray
    survey: np.ndarray
    key: np.ndarray
    known: np.ndarray
    labels: pd.api.extensions.ExtensionArray
    surveys: np.ndarray
    srid: int

    def label(self, m: int) -> str:
        """Label of a measured parcel, its identifier where it has none."""
        return label_or_uid(self.labels[m], self.shapes.uid[m])

    def survey_name(self, m: int) -> str:
        """Name of the survey of a measured parcel."""
        return str(self.surveys[self.survey[m]])

    def survey_label(self, m: int) -> str:
        """Survey and label: what tells measured parcels apart whatever the file's content."""
        return f"{self.survey_name(m)}/{self.label(m)}"


def label_or_uid(label: object, uid: object) -> str:
    """Label of a measured parcel, its identifier where it has none."""
    return label if isinstance(label, str) and label else str(uid)


def both_sides(
    parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame, regulation: Regulation
) -> tuple[MapSide, GroundSide]:
    """Arrays of frames, each in the order of its identifiers.

    While columns are validated and counted, which takes the interpreter, shapes are measured.

    Raises
    ------
    cadastre.frames.FrameRefused
        A frame lacks columns, or the two are not in one zone.
    """
    frames = parcels, measured
    if not all(map(_seems_in_order, frames, UIDS)):
        frames = _ordered(*frames)
    numbers, mapped, outlined = _read(*frames, regulation)
    if not numbers.in_order:
        numbers, mapped, outlined = _read(*_ordered(*frames), regulation)
    scale = numbers.parcels["scale"].to_numpy(dtype=np.int64)
    map_side = MapSide(
        shapes=mapped,
        columns=numbers.parcels,
        scale=scale,
        limit_m=regulation.accuracy.position_limit(scale, numbers.farmland),
        farmland=numbers.farmland,
        sheet=numbers.sheet,
        sheets=numbers.sheets,
        key_old=numbers.key_old,
        key_new=numbers.key_new,
    )
    ground = GroundSide(
        shapes=outlined,
        columns=numbers.measured,
        sigma=numbers.measured["sigma_m"].to_numpy(dtype=np.float64),
        survey=numbers.survey,
        key=numbers.key,
        known=numbers.known,
        labels=numbers.measured["label"].array,
        surveys=numbers.surveys,
        srid=numbers.srid,
    )
    return map_side, ground


def _seems_in_order(frame: gpd.GeoDataFrame, uid: str) -> bool:
    """Whether the first identifiers are in order; one that is missing is told later."""
    return uid not in frame or bool(frame[uid].iloc[:_FIRST].is_monotonic_increasing)


def _ordered(
    parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Validated frames in the order of their identifiers."""
    return (
        validate_parcels(parcels).sort_values(UIDS[0], ignore_index=True),
        validate_measured(measured).sort_values(UIDS[1], ignore_index=True),
    )


def _read(
    parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame, regulation: Regulation
) -> tuple[Numbers, Shapes, Shapes]:
    drawn = [np.asarray(frame.geometry.array, dtype=object) for frame in (parcels, measured)]
    read = [read_blocks(geometry) for geometry in drawn]
    numbers, mapped, outlined = together(
        lambda: Numbers(parcels, measured, regulation),
        lambda: _outlines(drawn[0], read[0]),
        lambda: _outlines(drawn[1], read[1]),
    )
    return numbers, _shapes(numbers.uids[0], *mapped), _shapes(numbers.uids[1], *outlined)


def _outlines(geometry: np.ndarray, read: list[Block]) -> tuple[np.ndarray, Rings, Measures]:
    """Shapes that can be cut, their rings and measures."""
    require_polygons(np.concatenate([block.kinds for block in read]))
    rings = turned(read)
    twice = stutters(rings, _SAME_POINT_M)
    if twice.any():
        geometry = geometry.copy()
        geometry[twice] = shapely.remove_repeated_points(geometry[twice], _SAME_POINT_M)
        rings = rings_of(geometry)
    valid = sound(geometry, rings)
    if not valid.all():
        drawn, geometry = geometry, _mended(geometry, valid)
        rings = rings_of(np.where(_hardly_crossing(drawn, geometry), drawn, geometry))
    return geometry, rings, measure(rings)


def _shapes(
    uid: pd.api.extensions.ExtensionArray, geometry: np.ndarray, rings: Rings, size: Measures
) -> Shapes:
    return Shapes(
        uid=uid,
        geometry=geometry,
        rings=rings,
        area=size.area,
        centroid=size.centroid,
        width=np.divide(
            2.0 * size.area, size.length, out=np.zeros_like(size.area), where=size.length > 0
        ),
        box=size.box,
        chord_m2=size.chord_m2,
    )


def _mended(geometry: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Shapes that can be cut; one crossing outline must not stop the whole comparison.

    Only the comparison uses them: reading and merging have flagged such outlines already.
    """
    broken = ~valid
    mended = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
    result = geometry.copy()
    result[broken] = np.where(shapely.area(mended) > 0.0, mended, geometry[broken])
    return result


def _hardly_crossing(drawn: np.ndarray, mended: np.ndarray) -> np.ndarray:
    """Which outlines only cross themselves in a sliver, as noise does where corners are close.

    Their corners are those that were drawn: mending such an outline takes a corner away and
    puts one where it crosses, and neither is true of the land.
    """
    area = shapely.area(mended)
    return np.asarray(np.abs(area - shapely.area(drawn)) <= _SLIVER_SHARE * area)

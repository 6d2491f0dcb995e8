"""A surveyor's file -> points and measured parcels with a stated precision, or why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre import crs as zones
from cadastre.errors import InputRefused
from cadastre.formats.accounting import Ledger, ReadReport
from cadastre.frames import NAMESPACE, validate_measured
from cadastre.mismatch import Code, Mismatch, mismatch_frame, mismatch_id
from cadastre.regulation import Regulation, load
from cadastre.survey.checks import measured_twice, outside_commune, own_overlaps
from cadastre.survey.coordinate_list import POINT_COLUMNS, CoordinateList, read_coordinate_list
from cadastre.survey.parcels import Formed, form_parcels
from cadastre.survey.place import Place
from cadastre.survey.polygons import PolygonSurvey, read_polygons
from cadastre.survey.text_table import plain_name

TEXT_FILES = {".csv", ".txt", ".xyz", ".asc", ".tsv", ".pts"}
POLYGON_FILES = {".gpkg", ".geojson", ".json", ".shp"}
CONFIRMED = {
    "unchanged": "unchanged", "khongdoi": "unchanged", "khongthaydoi": "unchanged",
    "changed": "changed", "thaydoi": "changed", "codoi": "changed",
    "disputed": "disputed", "tranhchap": "disputed",
}  # fmt: skip


class SurveyFormatUnknown(InputRefused):
    """Files of this kind are not read as a survey."""

    message_vi = "Chưa đọc được loại tệp đo đạc này."


@dataclass(frozen=True, slots=True)
class SurveyReading:
    """What a survey file held.

    ``measured`` is a MeasuredFrame in the zone ``srid``; ``points`` has columns point, east,
    north, height, sigma_m, code, label, row_number (metres, as measured); ``observations``
    is empty for coordinate lists; ``boundary`` has columns label, confirmed.
    """

    measured: gpd.GeoDataFrame
    points: pd.DataFrame
    observations: pd.DataFrame
    report: ReadReport
    mismatches: gpd.GeoDataFrame
    srid: int
    boundary: pd.DataFrame


def read_survey(
    path: str | Path,
    *,
    survey: str | None = None,
    crs: int | str = "auto",
    columns: Mapping[str, str] | str = "auto",
    outline: Any = None,
    commune_bounds: Sequence[float] | None = None,
    srid: int | None = None,
    regulation: Regulation | None = None,
) -> SurveyReading:
    """Points and measured parcels of a field survey.

    Parameters
    ----------
    path : coordinate list (CSV, TXT) or polygons (GeoPackage, GeoJSON, Shapefile)
    survey : label of the survey; default the file's stem
    crs : EPSG code of the file's VN-2000 zone, or ``"auto"``
    columns : standard name (point, north, east, height, label, code, sigma, confirmed) ->
        heading in the file, or ``"auto"``
    outline : the commune in EPSG:4326
    commune_bounds : (east, north, east, north) of the commune in its zone, metres
    srid : the commune's zone; results are in it (default: the zone that was found)

    Raises
    ------
    SurveyFormatUnknown, cadastre.survey.place.PlaceUnclear,
    cadastre.survey.columns.ColumnsUnclear, cadastre.survey.text_table.NotATable
    """
    path = Path(path)
    regulation = regulation or load()
    name = survey or path.stem
    given = {
        "declared": _declared(crs),
        "columns": columns,
        "outline": outline,
        "commune_bounds": commune_bounds,
        "srid": srid,
        "regulation": regulation,
    }
    suffix = path.suffix.lower()
    if suffix in TEXT_FILES:
        listed = read_coordinate_list(path, **given)
        found = _from_points(listed, name, srid, regulation)
    elif suffix in POLYGON_FILES:
        found = _from_polygons(read_polygons(path, **given), name, srid, regulation)
    else:
        raise SurveyFormatUnknown(f"{path.name} ({suffix}).", file=path.name, suffix=suffix)
    return _finished(found, name, outline, regulation)


@dataclass
class _Found:
    points: pd.DataFrame
    formed: Formed
    place: Place
    srid: int
    ledger: Ledger
    confirmed: Mapping[str, str]
    mismatches: list[Mismatch]


def _declared(crs: int | str) -> int | None:
    if crs == "auto":
        return None
    return zones.zone(int(str(crs).upper().removeprefix("EPSG:"))).srid


def _from_points(
    listed: CoordinateList, survey: str, srid: int | None, regulation: Regulation
) -> _Found:
    points = listed.points
    target = srid or listed.place.srid
    if target != listed.place.srid:
        moved = zones.between_zones(
            shapely.points(points[["east", "north"]].to_numpy()), listed.place.srid, target
        )
        points = points.assign(east=shapely.get_x(moved), north=shapely.get_y(moved))
    if not listed.labelled and len(points) >= 3:
        reason = {
            "vi": "Tệp không có cột số thửa: các điểm được coi là một thửa theo thứ tự trong tệp.",
            "en": "The file has no parcel column: its points are one parcel, in file order.",
        }
        listed.ledger.note("ONE_PARCEL", reason)
        points = points.assign(label=survey)
    formed = form_parcels(points, survey, regulation, listed.incomplete)
    _account_for_rows(listed.ledger, points, formed)
    twice = measured_twice(points, survey, regulation)
    points = points[POINT_COLUMNS]
    return _Found(points, formed, listed.place, target, listed.ledger, listed.confirmed, twice)


def _account_for_rows(ledger: Ledger, points: pd.DataFrame, formed: Formed) -> None:
    """Book what happened to rows: dropped repeats are repairs, bad parcels are notes."""
    record_of = dict(zip(points["row_number"], points["record"], strict=True))
    for line in formed.repeated_rows:
        reason = {
            "vi": f"Dòng {line} lặp lại điểm liền trước; chỉ dùng một lần.",
            "en": f"Line {line} repeats the point before it; used once.",
        }
        ledger.repair(int(record_of[line]), reason, field="point")
    for label, reason in formed.refused:
        ledger.note("PARCEL_REFUSED", reason, label=label)
    if formed.joined:
        reason = {
            "vi": f"{formed.joined} góc chung được đo nhiều lần, lấy trung bình có trọng số.",
            "en": f"{formed.joined} shared corners were measured more than once and averaged.",
        }
        ledger.note("SHARED_CORNERS", reason, corners=formed.joined)


def _from_polygons(
    survey: PolygonSurvey, name: str, srid: int | None, regulation: Regulation
) -> _Found:
    target = srid or survey.place.srid
    shapes = survey.geometries
    if target != survey.place.srid and shapes:
        shapes = list(zones.between_zones(shapes, survey.place.srid, target))
    formed = Formed(survey.labels, survey.sigmas, shapes)
    points = pd.DataFrame({column: [] for column in POINT_COLUMNS})
    return _Found(points, formed, survey.place, target, survey.ledger, survey.confirmed, [])


def _finished(found: _Found, survey: str, outline: Any, regulation: Regulation) -> SurveyReading:
    measured = _measured(found, survey)
    mismatches = [*found.mismatches, *found.formed.mismatches]
    mismatches += outside_commune(measured, outline, found.srid, survey, regulation)
    if found.place.zone_differs:
        mismatches.append(_zone_mismatch(found, survey, regulation))
    depth = float(regulation["survey"]["overlap"]["smallest_depth_m"])
    for first, second, area in own_overlaps(measured, depth):
        reason = {
            "vi": f"Thửa đo {first} và {second} chồng nhau {area:.2f} m².",
            "en": f"Measured parcels {first} and {second} overlap by {area:.2f} m2.",
        }
        found.ledger.note("OVERLAP_SURVEY", reason, labels=[first, second], area_m2=area)
    boundary = pd.DataFrame(
        [(label, _confirmed(told)) for label, told in found.confirmed.items()],
        columns=["label", "confirmed"],
    )
    return SurveyReading(
        measured=measured,
        points=found.points,
        observations=pd.DataFrame(),
        report=found.ledger.close(),
        mismatches=mismatch_frame(mismatches, found.srid),
        srid=found.srid,
        boundary=boundary,
    )


def _confirmed(told: str) -> str:
    return CONFIRMED.get(plain_name(told), "not recorded")


def _measured(found: _Found, survey: str) -> gpd.GeoDataFrame:
    formed = found.formed
    keys, seen = [], dict[str, int]()
    for label in formed.labels:
        seen[label] = seen.get(label, 0) + 1
        again = f"#{seen[label]}" if seen[label] > 1 else ""
        keys.append(f"measured|{survey}|{label}{again}|{found.ledger.sha256}")
    told = [_confirmed(found.confirmed.get(label, "")) for label in formed.labels]
    frame = gpd.GeoDataFrame(
        {
            "measured_uid": pd.array([str(uuid.uuid5(NAMESPACE, key)) for key in keys], "str"),
            "survey": pd.array([survey] * len(keys), "str"),
            "label": pd.array(formed.labels, "str"),
            "sigma_m": np.array(formed.sigmas, dtype=np.float64),
            "boundary_confirmed": pd.array(told, "str"),
        },
        geometry=gpd.GeoSeries(formed.geometries, crs=found.srid),
        crs=found.srid,
    )
    return validate_measured(frame)


def _zone_mismatch(found: _Found, survey: str, regulation: Regulation) -> Mismatch:
    name = zones.zone(found.place.srid).name
    return Mismatch(
        mismatch_id=mismatch_id(Code.CRS_ZONE, [], survey),
        code=Code.CRS_ZONE,
        severity=regulation.severity(Code.CRS_ZONE),
        subject=survey,
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=None,
        sheet=None,
        measured=found.place.share,
        allowed=None,
        unit="",
        rule="survey.place",
        geometry=None,
        message_vi=f"Bản đo nằm trong múi {name}, đã chuyển về múi của xã. "
        + found.place.evidence_vi,
        message_en=f"The survey is in {name}; it was converted to the commune's zone. "
        + found.place.evidence_en,
    )

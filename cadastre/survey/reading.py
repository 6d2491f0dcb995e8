"""A surveyor's file -> points and measured parcels with a stated precision, or why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre import crs as zones
from cadastre.errors import InputRefused
from cadastre.formats.accounting import ReadReport
from cadastre.formats.field_books import FIELD_BOOK_FILES, open_field_book
from cadastre.formats.network import NetworkPoint
from cadastre.formats.satellite_list import read_satellite_list
from cadastre.formats.sequences import Step, read_sequences
from cadastre.formats.text_table import plain_name
from cadastre.formats.workbook_lines import WORKBOOKS
from cadastre.frames import NAMESPACE, validate_measured
from cadastre.mismatch import Code, Mismatch, mismatch_frame, mismatch_id
from cadastre.regulation import Regulation, load
from cadastre.survey.checks import outside_commune
from cadastre.survey.field_network import FieldNetwork
from cadastre.survey.field_survey import from_field_book
from cadastre.survey.found import Found, Task
from cadastre.survey.helmert import Helmert
from cadastre.survey.listed import from_coordinate_list, from_polygons, from_satellites, moved_to
from cadastre.survey.map_checks import Mapped
from cadastre.survey.network_survey import from_network
from cadastre.survey.observations import observation_table
from cadastre.survey.polygons import read_polygons
from cadastre.survey.survey_checks import FLAGGED, check_table

TEXT_FILES = {".csv", ".txt", ".xyz", ".asc", ".tsv", ".pts"} | WORKBOOKS
POLYGON_FILES = {".gpkg", ".geojson", ".json", ".shp", ".dxf", ".zip"}
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
    north, height, sigma_m, code, label, row_number, var_east, var_north, cov_en (m2), role;
    ``corners`` the same of every corner of every parcel, by label and measured_uid;
    ``observations`` (empty for lists) every observation with its residual and corrections;
    ``checks`` what was judged before anything is stored: check, subject, measured, allowed,
    unit, passed, east, north, vi, en; ``boundary`` has columns label, confirmed.
    """

    measured: gpd.GeoDataFrame
    points: pd.DataFrame
    observations: pd.DataFrame
    report: ReadReport
    mismatches: gpd.GeoDataFrame
    srid: int
    boundary: pd.DataFrame
    corners: pd.DataFrame
    checks: pd.DataFrame
    network: FieldNetwork | None = None
    helmert: Helmert | None = field(default=None)


def read_survey(
    path: str | Path,
    *,
    survey: str | None = None,
    crs: int | str = "auto",
    axes: str = "auto",
    columns: Mapping[str, str] | str = "auto",
    outline: Any = None,
    commune_bounds: Sequence[float] | None = None,
    srid: int | None = None,
    regulation: Regulation | None = None,
    control: str | Path | Mapping[str, NetworkPoint] | None = None,
    sequences: str | Path | None = None,
    scale: int | None = None,
    mapped: Mapped | None = None,
) -> SurveyReading:
    """Points and measured parcels of a field survey.

    Parameters
    ----------
    path : coordinate list (CSV, TXT), satellite list, field book (CSV, GSI, SDR33, JobXML,
        LandXML), network (gkf) or polygons (GeoPackage, GeoJSON, Shapefile, DXF)
    survey : label of the survey; default the file's stem
    crs : EPSG code of the file's VN-2000 zone, or ``"auto"``
    axes : ``"ne"`` when the left of two coordinates is north, ``"en"`` when it is east, or
        ``"auto"``; with ``control`` both speak of the control list
    columns : standard name (point, north, east, height, label, code, sigma, confirmed) ->
        heading in the file, or ``"auto"``
    outline : the commune in EPSG:4326
    commune_bounds : (east, north, east, north) of the commune in its zone, metres
    srid : the commune's zone; results are in it (default: the zone that was found)
    control : coordinate list of known points, or points by name in the zone ``srid``, for
        field books and satellite lists
    sequences : table of the points that make each parcel
    scale : denominator of the map that curves are stroked for
    mapped : gives the parcels of the map about a box of the zone, to check the survey against

    Raises
    ------
    SurveyFormatUnknown, cadastre.survey.place.PlaceUnclear,
    cadastre.survey.columns.ColumnsUnclear, cadastre.formats.text_table.NotATable,
    cadastre.formats.field_book.FieldBookRefused,
    cadastre.survey.field_network.ControlTooLittle, cadastre.survey.helmert.FitTooPoor
    """
    path = Path(path)
    regulation = regulation or load()
    registered = control if isinstance(control, Mapping) else {}
    listed = Path(control) if control and not isinstance(control, Mapping) else None
    task = Task(
        survey or path.stem, _declared(crs), columns, outline, commune_bounds, srid,
        scale or int(regulation["survey"]["curve"]["scale"]), regulation, registered,
        axes,
    )  # fmt: skip
    steps = read_sequences(sequences) if sequences else None
    found = _read(path, task, listed, steps)
    return _finished(moved_to(found, srid or found.srid), task, mapped)


def _declared(crs: int | str) -> int | None:
    told = str(crs).strip().upper().removeprefix("EPSG:")
    if told in ("", "AUTO"):
        return None
    if not told.isdecimal():
        raise zones.ZoneUnknown(f"({crs})", srid=crs)
    return zones.zone(int(told)).srid


def _read(path: Path, task: Task, control: Path | None, steps: list[Step] | None) -> Found:
    suffix = path.suffix.lower()
    if suffix in TEXT_FILES | FIELD_BOOK_FILES:
        book = open_field_book(path)
        if book is not None:
            return from_field_book(book, path, task, control, steps)
        satellites = read_satellite_list(path)
        if satellites is not None:
            return from_satellites(satellites, path, task, control, steps)
        return from_coordinate_list(path, task, steps)
    if suffix == ".gkf":
        return from_network(path, task, control, steps)
    if suffix in POLYGON_FILES:
        return from_polygons(read_polygons(path, **task.placing()))
    known = ", ".join(sorted({".gkf", *TEXT_FILES, *FIELD_BOOK_FILES, *POLYGON_FILES}))
    raise SurveyFormatUnknown(
        f"{path.name} ({suffix}); known: {known}.", f"{path.name} ({suffix}); đọc được: {known}.",
        file=path.name, suffix=suffix,
    )  # fmt: skip


def _finished(found: Found, task: Task, mapped: Mapped | None) -> SurveyReading:
    ledger = found.ledger
    for label, reason in found.formed.refused:
        ledger.note("PARCEL_REFUSED", reason, label=label)
    if found.formed.joined:
        reason = {
            "vi": f"{found.formed.joined} góc chung được đo nhiều lần, lấy trung bình có trọng số.",
            "en": f"{found.formed.joined} shared corners were measured more than once, averaged.",
        }
        ledger.note("SHARED_CORNERS", reason, corners=found.formed.joined)
    measured = _measured(found, task.survey)
    mismatches = [*found.mismatches, *found.formed.mismatches]
    mismatches += outside_commune(measured, task.outline, found.srid, task.survey, task.regulation)
    if found.place.zone_differs:
        mismatches.append(_zone_mismatch(found, task))
    checks = check_table(found, measured, mapped, task, mismatches)
    told = checks["passed"] | checks["check"].isin(FLAGGED.values())
    for check in checks[~told].to_dict("records"):
        reason = {"vi": str(check["vi"]), "en": str(check["en"])}
        ledger.note(str(check["check"]), reason, subject=check["subject"])
    corners = found.formed.corner_table()
    uids = dict(zip(measured["label"], measured["measured_uid"], strict=True))
    boundary = pd.DataFrame(
        [(label, _confirmed(told)) for label, told in found.confirmed.items()],
        columns=["label", "confirmed"],
    )
    return SurveyReading(
        measured=measured,
        points=found.points,
        observations=observation_table(found.network),
        report=ledger.close(),
        mismatches=mismatch_frame(mismatches, found.srid),
        srid=found.srid,
        boundary=boundary,
        corners=corners.assign(measured_uid=corners["label"].map(uids)),
        checks=checks,
        network=found.network,
        helmert=found.helmert,
    )


def _confirmed(told: str) -> str:
    return CONFIRMED.get(plain_name(told), "not recorded")


def _measured(found: Found, survey: str) -> gpd.GeoDataFrame:
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


def _zone_mismatch(found: Found, task: Task) -> Mismatch:
    name = zones.zone(found.place.srid).name
    return Mismatch(
        mismatch_id=mismatch_id(Code.CRS_ZONE, [], task.survey),
        code=Code.CRS_ZONE,
        severity=task.regulation.severity(Code.CRS_ZONE),
        subject=task.survey,
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

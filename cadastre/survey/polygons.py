"""Measured parcels handed over as polygons: GeoPackage, GeoJSON, Shapefile, zipped or not; DXF.

In a drawing a parcel is what closed lines enclose; a label inside it is its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cadastre import crs as zones
from cadastre.errors import InputRefused
from cadastre.formats.accounting import Ledger, content_hash
from cadastre.formats.containers import map_files
from cadastre.formats.dxf import read_dxf
from cadastre.formats.text import decode_columns
from cadastre.formats.text_table import plain_name
from cadastre.formats.vector import open_table
from cadastre.regulation import Regulation
from cadastre.survey.columns import by_heading
from cadastre.survey.crossing import crossing_told
from cadastre.survey.place import Place, find_place, stated_order


class NothingMeasured(InputRefused):
    """The file has no measured parcel: nothing in it is a closed outline; check the export."""

    message_vi = "Tệp không có thửa đo nào: không có đường khép kín; hãy kiểm tra lại khi xuất tệp."


@dataclass
class PolygonSurvey:
    """Measured polygons as read, in the zone that was found, and the account so far."""

    place: Place
    ledger: Ledger
    labels: list[str] = field(default_factory=list)
    sigmas: list[float] = field(default_factory=list)
    geometries: list[Any] = field(default_factory=list)
    confirmed: dict[str, str] = field(default_factory=dict)


def read_polygons(
    path: Path,
    *,
    declared: int | None,
    axes: str,
    columns: Mapping[str, str] | str,
    outline: Any,
    commune_bounds: Sequence[float] | None,
    srid: int | None,
    regulation: Regulation,
) -> PolygonSurvey:
    """Measured polygons of a file; each record is loaded, repaired or refused."""
    placing = {
        "commune_srid": srid,
        "outline": outline,
        "commune_bounds": commune_bounds,
        "rules": regulation["survey"],
        "file": path.name,
        "declared": declared,
        "swapped": stated_order(axes, left_is_first=False),
    }
    with map_files(path) as files:
        if files[0].suffix.lower() == ".dxf":
            return _drawn(files[0], path, placing)
        return _tabled(files[0], path, columns, placing)


def _drawn(file: Path, path: Path, placing: Mapping[str, Any]) -> PolygonSurvey:
    """Parcels of a drawing: faces between its lines, named by the label inside."""
    work = read_dxf(file)
    ledger = Ledger(path.name, content_hash(path), work.records)
    for record, reason in work.refused.items():
        ledger.refuse(record, reason, field="geometry")
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.node(
        shapely.geometrycollections(work.lines)))))  # fmt: skip
    xy = _outlines(faces, path)
    place = find_place(xy[:, 1], xy[:, 0], **placing)
    ledger.note("AXIS_ORDER", {"vi": place.evidence_vi, "en": place.evidence_en})
    survey = PolygonSurvey(place, ledger)
    label, face = shapely.STRtree(faces).query(work.points, predicate="within")
    names: dict[int, list[str]] = {}
    read, _ = decode_columns({"label": work.texts}, byte_text=work.byte_text)
    texts = [str(text).strip() for text in read["label"]]
    for at, number in zip(label, face, strict=True):
        names.setdefault(int(number), []).append(texts[at])
    sigma = float(placing["rules"]["sigma"]["default_m"])
    for number, shape in enumerate(faces):
        turned = shapely.transform(shape, lambda c: c[:, ::-1]) if place.swapped else shape
        survey.labels.append(" ".join(names.get(number, [])) or f"#{number + 1}")
        survey.sigmas.append(sigma)
        survey.geometries.append(shapely.orient_polygons(turned))
    return survey


def _tabled(
    file: Path,
    path: Path,
    columns: Mapping[str, str] | str,
    placing: Mapping[str, Any],
) -> PolygonSurvey:
    rules = placing["rules"]
    table = open_table(file)
    ledger = Ledger(path.name, content_hash(path), table.records)
    found = _fields(table.fields, columns)
    chunks = list(table.chunks())
    shapes = np.concatenate([c.geometries for c in chunks]) if chunks else np.array([])
    xy = _outlines(shapes[~shapely.is_missing(shapes)], path)
    place = find_place(
        xy[:, 1],
        xy[:, 0],
        in_file=declared_zone(table.declared_crs),
        **placing,
    )
    ledger.note("AXIS_ORDER", {"vi": place.evidence_vi, "en": place.evidence_en})
    survey = PolygonSurvey(place, ledger)
    for record, shape, row in _records(chunks, ledger):
        _take(survey, record, shape, row, found, rules["sigma"])
    return survey


def _outlines(shapes: np.ndarray, path: Path) -> np.ndarray:
    """Coordinates of all outlines, by which the file's zone is found."""
    xy = shapely.get_coordinates(shapes)
    if not len(xy):
        raise NothingMeasured(f"({path.name})", file=path.name)
    return np.asarray(xy)


def declared_zone(text: str | None) -> int | None:
    """EPSG code of a declared CRS when it is a plane VN-2000 zone, else none.

    >>> declared_zone("EPSG:9217"), declared_zone("EPSG:4326"), declared_zone(None)
    (9217, None, None)
    """
    found = re.fullmatch(r"EPSG:(\d+)", text or "")
    code = int(found.group(1)) if found else None
    return code if code in zones.ZONES else None


def _fields(fields: Sequence[str], wanted: Mapping[str, str] | str) -> dict[str, str]:
    at = by_heading(tuple(plain_name(name) for name in fields))
    named = {name: fields[i] for name, i in at.items()}
    return {**named, **wanted} if isinstance(wanted, Mapping) else named


def _records(chunks: list[Any], ledger: Ledger) -> Iterator[tuple[int, Any, dict[str, Any]]]:
    for chunk in chunks:
        for record, reason in chunk.failures.items():
            ledger.refuse(record, reason, field="geometry")
        for i, record in enumerate(chunk.records):
            if int(record) not in chunk.failures:
                row = {name: values[i] for name, values in chunk.attributes.items()}
                yield int(record), chunk.geometries[i], row


def _take(
    survey: PolygonSurvey,
    record: int,
    shape: Any,
    row: Mapping[str, Any],
    found: Mapping[str, str],
    rules: Mapping[str, Any],
) -> None:
    reason = _unusable(shape, survey.place)
    if reason is not None:
        survey.ledger.refuse(record, reason, field="geometry", **_where(shape, survey.place))
        return
    if survey.place.swapped:
        shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
    label = _text(row.get(found.get("label", ""))) or _text(row.get(found.get("point", "")))
    sigma = _sigma(row.get(found.get("sigma", "")), rules)
    if sigma is None:
        survey.ledger.refuse(
            record,
            {
                "vi": "Sai số không dùng được (đơn vị mét?).",
                "en": "The sigma is not usable (in metres?).",
            },
            field=found.get("sigma"),
        )
        return
    survey.labels.append(label or f"#{record}")
    survey.sigmas.append(sigma)
    survey.geometries.append(shapely.orient_polygons(shape))
    told = _text(row.get(found.get("confirmed", "")))
    if told:
        survey.confirmed[survey.labels[-1]] = told


def _unusable(shape: Any, place: Place) -> dict[str, str] | None:
    if shape is None or shapely.is_empty(shape):
        return {"vi": "Không có hình.", "en": "There is no geometry."}
    if shapely.get_type_id(shape) not in (3, 6):
        return {"vi": "Không phải hình vùng.", "en": "The geometry is not a polygon."}
    if not shapely.is_valid(shape):
        why = crossing_told(shape, swapped=place.swapped)
        return {
            "vi": f"Đường ranh tự cắt hoặc chạm chính nó ({why['vi']}).",
            "en": f"The outline crosses or touches itself ({why['en']}).",
        }
    return None


def _where(shape: Any, place: Place) -> dict[str, float]:
    if shape is None or shapely.is_empty(shape):
        return {}
    first = shapely.get_coordinates(shape)[0]
    east, north = first[::-1] if place.swapped else first
    return {"east": float(east), "north": float(north)}


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _sigma(value: Any, rules: Mapping[str, Any]) -> float | None:
    if value is None or _text(value) == "":
        return float(rules["default_m"])
    try:
        sigma = float(str(value).replace(",", "."))
    except ValueError:
        return None
    usable = 0 < sigma <= float(rules["largest_m"])
    return max(sigma, float(rules["smallest_m"])) if usable else None

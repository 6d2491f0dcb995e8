"""Lists of a satellite receiver in latitude and longitude, with the quality of each fix.

Controllers export a table with headings: point, latitude, longitude, height, kind of
solution, horizontal and vertical root mean square, height of the antenna. Angles are
decimal degrees or degrees, minutes and seconds.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

from cadastre.formats.accounting import Ledger, content_hash
from cadastre.formats.field_book import (
    LARGEST_RECORDS,
    BadField,
    Corner,
    name_of,
    text_head,
    text_lines,
)
from cadastre.formats.text_table import number, plain_name

_NAMES: dict[str, tuple[str, ...]] = {
    "point": ("diem", "tendiem", "sohieu", "point", "pointid", "pointname", "name", "id", "pt"),
    "latitude": ("lat", "latitude", "vido", "b", "wgs84latitude", "latitudewgs84"),
    "longitude": ("lon", "long", "lng", "longitude", "kinhdo", "l", "wgs84longitude"),
    "height": ("h", "height", "ellh", "ellipsoidheight", "ellipsoidalheight", "docao", "alt"),
    "fix": ("fix", "fixtype", "solution", "solutiontype", "status", "loainghiem", "trangthai"),
    "hrms": ("hrms", "hrmsm", "hsigma", "hprecision", "saisongang", "mp"),
    "antenna": ("antenna", "antennaheight", "caoanten", "anten", "rodheight", "hr", "poleheight"),
    "code": ("ma", "madiem", "code", "description", "desc", "ghichu"),
    "label": ("thua", "sothua", "thuadat", "parcel", "label"),
}
_DMS = re.compile(
    r"([+-]?)(\d{1,3})[-°d: ]+(\d{1,2})[-'′m: ]+(\d{1,2}(?:[.,]\d+)?)[\"″s ]*([NSEWBĐT]?)"
)


@dataclass(frozen=True, slots=True)
class Position:
    """One fix: degrees, metres; ``hrms`` is the receiver's own estimate."""

    point: str
    latitude: float
    longitude: float
    height: float | None
    fix: str
    hrms: float | None
    antenna: float | None
    code: str
    label: str
    line: int
    record: int


@dataclass(frozen=True)
class SatelliteList:
    """Positions of a file, the account of its rows, the corners that refused rows name."""

    positions: tuple[Position, ...]
    ledger: Ledger
    lost: tuple[Corner, ...] = ()


def read_satellite_list(path: str | Path) -> SatelliteList | None:
    """Positions of a receiver's list; None when the headings name no latitude and longitude.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rtk.csv"
    >>> _ = path.write_text("Point,Latitude,Longitude,Height,Fix,HRMS" + chr(10)
    ...     + "P1,12.2001,108.9002,15.2,FIXED,0.012")
    >>> read_satellite_list(path).positions[0].fix
    'FIXED'
    """
    path = Path(path)
    if not _looks_like_one(path):
        return None
    lines = [(n, t) for n, t in enumerate(text_lines(path), 1) if t.strip() and t[0] != "#"]
    found = _headings(lines[0][1]) if lines else None
    if found is None or len(lines) > LARGEST_RECORDS:
        return None
    separator, columns = found
    ledger = Ledger(path.name, content_hash(path), len(lines) - 1)
    made = []
    lost: list[Corner] = []
    for record, (line, text) in enumerate(lines[1:], 1):
        cells = _cells(text, separator)
        told = {n: cells[at] if at < len(cells) else "" for n, at in columns.items()}
        try:
            made.append(_position(told, line, record))
        except BadField as bad:
            reason = {
                "vi": f"{path.name}, dòng {line}, {bad.field}: {bad.vi}.",
                "en": f"{path.name}, line {line}, {bad.field}: {bad.en}.",
            }
            ledger.refuse(record, reason, field=bad.field)
            label, point, code = (name_of(told.get(n, "")) for n in ("label", "point", "code"))
            lost.append(Corner(label, point, line, code))
    return SatelliteList(tuple(made), ledger, tuple(lost))


def _looks_like_one(path: Path) -> bool:
    """Whether the first line names latitude and longitude; the rest is not read for that."""
    lines = [text for text in text_head(path).splitlines() if text.strip() and text[0] != "#"]
    return bool(lines) and _headings(lines[0]) is not None


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=separator))]


def _headings(line: str) -> tuple[str, dict[str, int]] | None:
    for separator in (";", "\t", ","):
        columns: dict[str, int] = {}
        for place, cell in enumerate(_cells(line, separator)):
            bare = plain_name(cell.partition("(")[0])
            name = next((n for n, known in _NAMES.items() if bare in known), None)
            if name is not None:
                columns.setdefault(name, place)
        if {"latitude", "longitude", "point"} <= set(columns):
            return separator, columns
    return None


def _position(told: dict[str, str], line: int, record: int) -> Position:
    point = name_of(told["point"])
    if not point:
        raise BadField("point", "thiếu tên điểm", "the point has no name")
    return Position(
        point,
        _degrees(told["latitude"], "latitude", 90.0),
        _degrees(told["longitude"], "longitude", 180.0),
        _metres(told, "height"),
        told.get("fix", ""),
        _metres(told, "hrms"),
        _metres(told, "antenna"),
        name_of(told.get("code", "")),
        name_of(told.get("label", "")),
        line,
        record,
    )


def _degrees(text: str, name: str, most: float) -> float:
    packed = _DMS.fullmatch(text.strip())
    if packed is not None:
        seconds = float(packed[4].replace(",", "."))
        value = int(packed[2]) + int(packed[3]) / 60 + seconds / 3600
        value = -value if packed[1] == "-" or packed[5] in ("S", "W") else value
    else:
        value = number(text)
    if not math.isfinite(value) or abs(value) > most:
        raise BadField(name, f"“{text}” không phải góc", f"{text!r} is no angle")
    return value


def _metres(told: dict[str, str], name: str) -> float | None:
    text = told.get(name, "")
    if not text:
        return None
    value = number(text)
    if not math.isfinite(value):
        raise BadField(name, f"“{text}” không phải số", f"{text!r} is no number")
    return value

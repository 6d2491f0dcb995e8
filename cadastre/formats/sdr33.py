"""Sokkia SDR33 files (and the older SDR2x records), read and written.

One record a line: two digits of type, two letters of derivation, then fields of fixed
width: 16 characters in SDR33, 4-digit names and 10-character numbers in SDR2x. The header
(00) tells at place 41 the unit of angle (1 degrees, 2 gons), at 42 of length (1 metres, 2
feet), at 45 the order of coordinates (1 north-east, 2 east-north). 01 instrument (vertical
circle at place 51: 1 zenith, 2 horizon), 02 station, 03 target height, 07 back bearing, 08
coordinates, 09 observation (F1, F2 the faces, MD a distance on one face, MC computed).
Sources: "Interfacing with the SOKKIA SDR Electronic Field Book", Sokkia 1999, chapter 3;
src/tsdata of zsiki/GeoEasy for what instruments of other makers write: names set to the right,
longer descriptions of the instrument, a back bearing after its station, an end mark 0000.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from cadastre.formats.field_book import (
    UNITS,
    BadField,
    Coordinate,
    Draft,
    FieldBook,
    FieldBookRefused,
    Reading,
    Setup,
    face_of,
    finite,
    full_turn,
    name_of,
    text_lines,
)

_ANGLES = {"1": "degree", "2": "gon", "4": "mil"}
_LENGTHS = {"1": 1.0, "2": 0.3048, "3": 1200 / 3937}
#: Names of the fields of a record after the four letters; None is skipped.
_RECORDS = {
    "02": ("point", "first", "second", "height", "instrument", "code"),
    "03": ("target_height",),
    "07": ("station", "point", "azimuth", "circle"),
    "08": ("point", "first", "second", "height", "code"),
    "09": ("station", "point", "slope", "vertical", "horizontal", "code"),
}
_NAMES = ("point", "station", "code")
_RAW = ("F1", "F2", "MD")
#: Mounting and vertical circle before the three numbers that end an instrument record.
_CIRCLES = re.compile(r"\d(\d)(?:\s+-?\d+\.?\d*){1,3}\s*$")


def read_sdr33(path: str | Path) -> FieldBook:
    r"""Field book of an SDR33 file.

    Raises
    ------
    cadastre.formats.field_book.FieldBookRefused
        Not SDR, too large, or without any measurement.

    Examples
    --------
    >>> import tempfile
    >>> sdr = Path(tempfile.mkdtemp()) / "tram.sdr"
    >>> wide = lambda *fields: "".join(f"{field:<16}" for field in fields)
    >>> _ = sdr.write_text("00NM" + f"{'SDR33 V04-04.02':<36}" + "211111\n"
    ...     + "02KI" + wide("DC-1", "1348000.0", "570000.0", "12.0", "1.52") + "\n"
    ...     + "03NM1.6\n"
    ...     + "09F1" + wide("DC-1", "12", "25.0", "100.0", "50.0", "RT1") + "\n")
    >>> book = read_sdr33(sdr)
    >>> book.readings[0].target, book.readings[0].target_height, book.coordinates[0].north
    ('12', 1.6, 1348000.0)
    """
    path = Path(path)
    rows = [(n, line) for n, line in enumerate(text_lines(path), 1) if line.strip("\x02\x03 ")]
    if not rows or not looks_like_sdr(rows[0][1]):
        raise FieldBookRefused(
            f"{path.name}, line 1, 00: there is no SDR header.",
            f"{path.name}, dòng 1, 00: không có bản ghi đầu SDR.",
            file=path.name,
        )
    draft = Draft(path, "sdr33", len(rows))
    reader = _Reader(draft)
    for record, (number, line) in enumerate(rows, 1):
        try:
            reader.record(line, number)
        except BadField as bad:
            draft.refuse(record, number, bad.field, bad.vi, bad.en)
    return draft.book()


def looks_like_sdr(head: str) -> bool:
    """Whether a text begins like an SDR file.

    >>> looks_like_sdr("00NMSDR33 V04-04.02"), looks_like_sdr("1,2,3")
    (True, False)
    """
    return head.lstrip("\x02\r\n ").startswith("00NMSDR")


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.setup: Setup | None = None
        self.target_height: float | None = None
        self.wide, self.angle, self.length = True, "degree", 1.0
        self.north_first, self.from_horizon = True, False
        self.readable = False
        self.backsight: dict[str, tuple[str, float | None]] = {}

    def record(self, line: str, number: int) -> None:
        """Take one record; kinds that hold no measurement are passed over."""
        kind, derived = line[:2], line[2:4]
        if kind == "00":
            if line[2:].strip("0 "):  # not the end mark
                self._header(line)
        elif kind == "01":
            told = _CIRCLES.search(line)
            self.from_horizon = (told[1] if told else line[50:51]) == "2"
        elif kind in _RECORDS:
            if not self.readable:
                raise BadField("00", "đơn vị không rõ", "the units of the job are unknown")
            self._measured(kind, derived, self._fields(kind, line), number)
        elif not kind.isdigit():
            raise BadField("1-2", f"loại bản ghi “{kind}” lạ", f"record type {kind!r} is unknown")

    def _measured(self, kind: str, derived: str, fields: dict[str, str], number: int) -> None:
        if kind == "02":
            self._station(fields, derived, number)
        elif kind == "03":
            self.target_height = self._real(fields, "target_height", self.length)
        elif kind == "07":
            azimuth = self._real(fields, "azimuth", UNITS[self.angle])
            self.backsight[fields["station"]] = (fields["point"], azimuth)
            self._oriented(fields["station"], fields["point"], azimuth)
        elif kind == "08":
            self._coordinate(fields, derived, number)
        elif derived in _RAW:
            self._reading(fields, derived, number)

    def _oriented(self, station: str, backsight: str, azimuth: float | None) -> None:
        """Keep the back bearing of the setup at hand, which may stand before it."""
        if self.setup is not None and self.setup.station == name_of(station):
            told = replace(self.setup, backsight=backsight, backsight_azimuth=azimuth)
            self.draft.setups[-1] = self.setup = told

    def _header(self, line: str) -> None:
        self.wide = "SDR33" in line[4:20]
        angle, length, order = line[40:41], line[41:42], line[44:45]
        self.readable = angle in _ANGLES and length in _LENGTHS
        if not self.readable:
            told = f"{angle}{length}"
            raise BadField("41-42", f"đơn vị “{told}” lạ", f"units {told!r} are unknown")
        self.angle, self.length = _ANGLES[angle], _LENGTHS[length]
        self.draft.angle_unit = self.angle
        self.north_first = order != "2"
        self.setup, self.target_height = None, None

    def _fields(self, kind: str, line: str) -> dict[str, str]:
        place, found = 4, {}
        for name in _RECORDS[kind]:
            width = 16 if self.wide or name == "code" else 4 if name in _NAMES else 10
            found[name] = line[place : place + width].strip()
            place += width
        return found

    def _real(self, fields: dict[str, str], name: str, unit: float) -> float | None:
        text = fields[name]
        if not text:
            return None
        try:
            return finite(text) * unit
        except ValueError:
            raise BadField(name, f"“{text}” không phải số", f"{text!r} is no number") from None

    def _place(self, fields: dict[str, str]) -> tuple[float | None, float | None]:
        first, second = (self._real(fields, name, self.length) for name in ("first", "second"))
        return (second, first) if self.north_first else (first, second)

    def _station(self, fields: dict[str, str], derived: str, line: int) -> None:
        height = self._real(fields, "instrument", self.length)
        station = name_of(fields["point"])
        backsight, azimuth = self.backsight.get(fields["point"], ("", None))
        self.setup = self.draft.set_up(
            station, line, height=height, backsight=backsight, backsight_azimuth=azimuth
        )
        east, north = self._place(fields)
        if east and north:
            up = self._real(fields, "height", self.length)
            self.draft.coordinates.append(
                Coordinate(station, east, north, up, "", derived == "KI", line)
            )

    def _coordinate(self, fields: dict[str, str], derived: str, line: int) -> None:
        east, north = self._place(fields)
        if east is None or north is None:
            raise BadField("north, east", "thiếu tọa độ", "a coordinate is missing")
        up = self._real(fields, "height", self.length)
        self.draft.coordinates.append(
            Coordinate(
                name_of(fields["point"]), east, north, up, fields["code"], derived == "KI", line
            )
        )

    def _reading(self, fields: dict[str, str], derived: str, line: int) -> None:
        target = name_of(fields["point"])
        if not target:
            raise BadField("point", "thiếu tên điểm", "the target has no name")
        if self.setup is None or self.setup.station != name_of(fields["station"]):
            self.setup = self.draft.set_up(name_of(fields["station"]), line)
        vertical = self._real(fields, "vertical", UNITS[self.angle])
        slope = self._real(fields, "slope", self.length)
        if slope is not None and slope < 0:
            raise BadField("slope", "khoảng cách âm", "the distance is negative")
        if vertical is not None:
            vertical = full_turn(math.pi / 2 - vertical if self.from_horizon else vertical)
        horizontal = self._real(fields, "horizontal", UNITS[self.angle])
        self.draft.readings.append(
            Reading(
                self.setup.number,
                target,
                None if horizontal is None else full_turn(horizontal),
                vertical,
                slope,
                self.target_height,
                {"F1": 1, "F2": 2}.get(derived, face_of(vertical)),
                name_of(fields["code"]),
                line=line,
            )
        )


# ---- writing ---------------------------------------------------------------------------


def write_sdr33(book: FieldBook, path: str | Path) -> Path:
    """Write a field book as SDR33 (metres, north-east; gons unless the book is in degrees)."""
    path = Path(path)
    unit = "degree" if book.angle_unit in ("degree", "dms") else "gon"
    digit = "1" if unit == "degree" else "2"
    rows = [f"00NM{'SDR33 V04-04.02':<36}{digit}11111"]
    rows.append("01NM:" + " " * 44 + "31")
    for point in book.coordinates:
        values = (point.north, point.east, point.height)
        kind = "KI" if point.control else "TP"
        rows.append(_row("08", kind, point.point, *map(_number, values), point.code))
    for setup in book.setups:
        height = _number(setup.height)
        rows.append(_row("02", "TP", setup.station, "", "", "", height))
        target_height: float | None = None
        for reading in (r for r in book.readings if r.setup == setup.number):
            if reading.target_height != target_height or reading.target_height is None:
                target_height = reading.target_height
                rows.append(_row("03", "NM", _number(target_height)))
            rows.append(_reading_row(setup.station, reading, unit))
    path.write_text("".join(f"{row}\r\n" for row in rows), encoding="utf-8")
    return path


def _reading_row(station: str, reading: Reading, unit: str) -> str:
    kind = {1: "F1", 2: "F2"}.get(reading.face, "MD")
    angles = [
        None if angle is None else angle / UNITS[unit]
        for angle in (reading.zenith, reading.horizontal)
    ]
    return _row(
        "09", kind, station, reading.target, _number(reading.slope), *map(_number, angles),
        reading.code,
    )  # fmt: skip


def _row(kind: str, derived: str, *fields: str) -> str:
    return kind + derived + "".join(f"{field[:16]:<16}" for field in fields).rstrip()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.11f}"[:16]

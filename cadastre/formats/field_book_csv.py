"""A plain field book as a delimited text file, one pointing a row, read and written.

Headings in Vietnamese or English name the columns: station, backsight, target, horizontal
angle, zenith angle, slope distance, heights of instrument and target, code, parcel. The
unit of angles is told by a heading in brackets ("góc bằng (gon)"), by the way they are
written (123-45-30, 123°45'30"), or by the zenith angles, which lie about a quarter of the
circle; packed degrees (123.4530) must be told, for they look like decimal degrees.
"""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path

import numpy as np

from cadastre.formats.field_book import (
    UNITS,
    BadField,
    Corner,
    Draft,
    FieldBook,
    FieldBookRefused,
    Reading,
    Setup,
    checked_size,
    face_of,
    full_turn,
    name_of,
    text_lines,
)
from cadastre.formats.text_table import number, plain_name

COLUMNS: dict[str, tuple[str, ...]] = {
    "station": ("tram", "trammay", "diemtram", "station", "from", "at", "standpoint"),
    "backsight": ("dinhhuong", "diemdinhhuong", "backsight", "bs"),
    "target": ("diem", "diemngam", "diemdo", "target", "to", "point", "foresight", "fs"),
    "horizontal": ("gocbang", "horizontal", "horizontalangle", "hz", "ha", "direction", "huong"),
    "zenith": ("gocthiendinh", "thiendinh", "gocdung", "zenith", "zenithangle", "v", "va", "za"),
    "slope": ("canhnghieng", "khoangcachnghieng", "khoangcach", "slope", "slopedistance", "sd"),
    "flat": ("canhngang", "khoangcachngang", "canhbang", "horizontaldistance", "hd"),
    "instrument_height": ("caomay", "chieucaomay", "im", "instrumentheight", "hi", "ih"),
    "target_height": ("caoguong", "chieucaoguong", "lg", "targetheight", "th", "prismheight"),
    "face": ("banđo", "bando", "mat", "face"),
    "code": ("ma", "madiem", "code", "ghichu"),
    "label": ("thua", "sothua", "thuadat", "parcel", "label"),
}
_UNIT_NAMES = {
    "gon": "gon", "grad": "gon", "g": "gon", "do": "degree", "deg": "degree", "degree": "degree",
    "degrees": "degree", "dms": "dms", "dophutgiay": "dms", "ddmmss": "packed", "dmmss": "packed",
    "rad": "radian",
}  # fmt: skip
_DMS = re.compile(
    r"\s*([+-]?)(\d{1,3})\s*[-°: ]\s*(\d{1,2})\s*[-'′: ]\s*(\d{1,2}(?:[.,]\d*)?)\s*[\"″]?\s*"
)
#: Share of the angles that must be written alike to tell how angles are written here.
_MOSTLY = 0.8
_FACES = {"1": 1, "i": 1, "t": 1, "trai": 1, "l": 1, "left": 1, "2": 2, "ii": 2, "p": 2,
          "phai": 2, "r": 2, "right": 2}  # fmt: skip


def read_field_book_csv(path: str | Path) -> FieldBook:
    """Field book of a delimited text file.

    Raises
    ------
    cadastre.formats.field_book.FieldBookRefused
        Too large, no headings for station, target and readings, or an unclear unit of angle.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "so_do.csv"
    >>> rows = ["Trạm;Điểm;Góc bằng;Góc thiên đỉnh;Cạnh nghiêng;Cao máy;Cao gương",
    ...         "DC-1;DC-2;0-00-00;90-00-00;120,005;1,50;1,60"]
    >>> book = read_field_book_csv(path if path.write_text(chr(10).join(rows)) else path)
    >>> book.readings[0].slope, book.setups[0].height, round(math.degrees(book.readings[0].zenith))
    (120.005, 1.5, 90)
    """
    path = Path(path)
    lines = [(n, t) for n, t in enumerate(text_lines(path), 1) if t.strip() and t[0] != "#"]
    found = _headings(lines[0][1]) if lines else None
    if found is None:
        raise FieldBookRefused(
            f"{path.name}, line 1: no headings for station, target and horizontal angle.",
            f"{path.name}, dòng 1: thiếu tiêu đề cột trạm máy, điểm ngắm, góc bằng.",
            file=path.name,
        )
    separator, columns, told = found
    rows = [(n, _cells(text, separator)) for n, text in lines[1:]]
    draft = Draft(path, "field book", len(rows))
    draft.angle_unit = _angle_unit(path.name, rows, columns, told)
    reader = _Reader(draft, columns, draft.angle_unit)
    for record, (line, cells) in enumerate(rows, 1):
        try:
            reader.row(cells, line)
        except BadField as bad:
            draft.refuse(record, line, bad.field, bad.vi, bad.en)
            draft.lost += reader.corners(cells, line)
    return draft.book()


def looks_like_field_book(head: str) -> bool:
    """Whether the first line names the columns of a field book.

    >>> looks_like_field_book("Trạm,Điểm ngắm,Góc bằng (gon)"), looks_like_field_book("Điểm,X,Y")
    (True, False)
    """
    lines = [t for t in head.split("\n") if t.strip() and t[0] != "#"]
    return bool(lines) and _headings(lines[0]) is not None


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=separator))]


def _headings(line: str) -> tuple[str, dict[str, int], str] | None:
    for separator in (";", "\t", ","):
        columns: dict[str, int] = {}
        unit = ""
        for place, cell in enumerate(_cells(line, separator)):
            bare, bracket = _split(cell)
            name = next((n for n, told in COLUMNS.items() if bare in told), "")
            columns.setdefault(name, place)
            if name in ("horizontal", "zenith") and bracket:
                unit = bracket
        if {"station", "target", "horizontal"} <= set(columns):
            columns.pop("", None)
            return separator, columns, unit
    return None


def _split(cell: str) -> tuple[str, str]:
    """Heading without its unit, and the unit of angle that it tells."""
    name, _, rest = cell.partition("(")
    unit = _UNIT_NAMES.get(plain_name(rest), "")
    bare = plain_name(name)
    if bare.endswith(("gon", "dms", "deg")) and bare not in sum(COLUMNS.values(), ()):
        return bare[:-3], _UNIT_NAMES[bare[-3:]]
    return bare, unit


def _angle_unit(
    file: str, rows: list[tuple[int, list[str]]], columns: dict[str, int], told: str
) -> str:
    cells = [
        row[columns[name]]
        for name in ("horizontal", "zenith")
        if name in columns
        for _, row in rows[:5000]
        if columns[name] < len(row) and row[columns[name]]
    ]
    # A row that is not written like the others is refused by itself, not the whole file.
    if cells and sum(bool(_DMS.fullmatch(cell)) for cell in cells) >= _MOSTLY * len(cells):
        return "dms"
    if told:
        return told
    at = columns.get("zenith")
    zenith = np.array([number(r[at]) for _, r in rows[:5000] if at is not None and at < len(r)])
    zenith = zenith[np.isfinite(zenith)]
    for unit, full in (("gon", 400.0), ("degree", 360.0)):
        # Zenith angles lie within a few degrees of a quarter or three quarters of the circle.
        fold = np.abs((zenith + full / 2) % full - full / 2)
        other = 100.0 if unit == "degree" else 90.0
        if len(zenith) and abs(np.median(fold) - full / 4) < abs(np.median(fold) - other) / 3:
            if unit == "degree" and _looks_packed(cells):
                break
            return unit
    raise FieldBookRefused(
        f"{file}, line 1, horizontal angle: the unit of angle is unclear; add (gon), (deg), "
        "(dms) or (dd.mmss) to the heading.",
        f"{file}, dòng 1, góc bằng: không rõ đơn vị góc; hãy ghi thêm (gon), (độ), (dms) hoặc "
        "(dd.mmss) vào tiêu đề cột.",
        file=file,
        field="horizontal",
    )


def _looks_packed(cells: list[str]) -> bool:
    """Whether every angle could be degrees with minutes and seconds packed behind the point."""
    tails = [re.split(r"[.,]", cell.strip())[-1] for cell in cells if re.search(r"[.,]", cell)]
    tails = [f"{tail:0<4}" for tail in tails]
    enough = len(tails) >= 3
    return enough and all(int(t[:2]) < 60 and int(t[2:4]) < 60 for t in tails if t[:4].isdigit())


class _Reader:
    def __init__(self, draft: Draft, columns: dict[str, int], unit: str) -> None:
        self.draft, self.columns, self.unit = draft, columns, unit
        self.setup: Setup | None = None
        self.key: tuple[str, str] = ("", "")

    def row(self, cells: list[str], line: int) -> None:
        """Take one row; an empty station or instrument height means that of the row before."""
        told = {n: cells[at] if at < len(cells) else "" for n, at in self.columns.items()}
        self._set_up(told, line)
        if self.setup is None:
            raise BadField("station", "thiếu tên trạm máy", "the station has no name")
        target = name_of(told["target"])
        if not target:
            raise BadField("target", "thiếu tên điểm ngắm", "the target has no name")
        zenith = self._angle(told, "zenith")
        slope = self._length(told, "slope")
        if slope is not None and slope < 0:
            raise BadField("slope", "khoảng cách âm", "the distance is negative")
        self.draft.readings.append(
            Reading(
                self.setup.number,
                target,
                self._angle(told, "horizontal"),
                zenith,
                slope,
                self._length(told, "target_height"),
                _FACES.get(plain_name(told.get("face", "")), face_of(zenith)),
                name_of(told.get("code", "")),
                name_of(told.get("label", "")),
                horizontal_distance=self._length(told, "flat"),
                line=line,
            )
        )

    def corners(self, cells: list[str], line: int) -> list[Corner]:
        """Corners of parcels that a refused row would have measured."""
        told = {n: cells[at] if at < len(cells) else "" for n, at in self.columns.items()}
        label, code = name_of(told.get("label", "")), name_of(told.get("code", ""))
        target = name_of(told["target"])
        return [Corner(label, target, line, code)] if target and (label or code) else []

    def _set_up(self, told: dict[str, str], line: int) -> None:
        station = name_of(told["station"]) or self.key[0]
        height = told.get("instrument_height", "") or self.key[1]
        if station and (station, height) != self.key:
            value = self._length({"instrument_height": height}, "instrument_height")
            back = name_of(told.get("backsight", ""))
            self.setup = self.draft.set_up(station, line, height=value, backsight=back)
            self.key = (station, height)

    def _length(self, told: dict[str, str], name: str) -> float | None:
        text = told.get(name, "")
        if not text:
            return None
        value = number(text)
        if not math.isfinite(value):
            raise BadField(name, f"“{text}” không phải số", f"{text!r} is no number")
        return value

    def _angle(self, told: dict[str, str], name: str) -> float | None:
        text = told.get(name, "")
        if not text:
            return None
        if self.unit in ("dms", "packed"):
            return full_turn(self._degrees(text, name))
        value = self._length(told, name)
        return None if value is None else full_turn(value * UNITS[self.unit])

    def _degrees(self, text: str, name: str) -> float:
        if self.unit == "packed":
            whole, _, rest = text.strip().replace(",", ".").partition(".")
            text = f"{whole}-{f'{rest:0<4}'[:2]}-{f'{rest:0<4}'[2:4]}.{rest[4:]}"
        found = _DMS.fullmatch(text)
        # Programs that round write 60 seconds; more is another way of writing.
        if found is None or int(found[3]) > 59 or float(found[4].replace(",", ".")) > 60:
            raise BadField(name, f"“{text}” không phải góc", f"{text!r} is no angle")
        seconds = float(found[4].replace(",", "."))
        degrees = int(found[2]) + int(found[3]) / 60 + seconds / 3600
        return math.radians(-degrees if found[1] == "-" else degrees)


def write_field_book_csv(book: FieldBook, path: str | Path) -> Path:
    """Write a field book as a delimited text file (metres, gons)."""
    path = Path(path)
    names = ["tram", "dinhhuong", "diem", "gocbang (gon)", "gocthiendinh (gon)", "canhnghieng",
             "caomay", "caoguong", "mat", "ma", "thua"]  # fmt: skip
    setups = {setup.number: setup for setup in book.setups}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(names)
        for reading in book.readings:
            setup = setups[reading.setup]
            angles = [None if a is None else repr(a / UNITS["gon"])
                      for a in (reading.horizontal, reading.zenith)]  # fmt: skip
            lengths = [None if v is None else repr(v)
                       for v in (reading.slope, setup.height, reading.target_height)]  # fmt: skip
            writer.writerow([setup.station, setup.backsight, reading.target, *angles, *lengths,
                             reading.face or "", reading.code, reading.label])  # fmt: skip
    return checked_size(path)

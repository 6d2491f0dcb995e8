"""Leica GSI-8 and GSI-16 files, read and written.

A line is a block of words of fixed width: two digits of word index, four places about the
value (the last one its unit), a sign, and 8 or 16 characters; a GSI-16 line begins with an
asterisk. Word indices: 11 point, 21 and 22 circle readings, 31 slope distance, 32 and 33
reduced distance and rise, 41-49 codes, 71-79 remarks, 81-83 target, 84-86 station
coordinates (east, north, height), 87 and 88 heights of target and instrument. Units: 0, 6,
8 metres to 1, 0.1, 0.01 mm, 1 and 7 feet, 2 gon, 3 and 4 decimal and sexagesimal degrees,
5 mil. A value of points or dashes was not measured. Distances stand in the file already
corrected for prism and atmosphere (words 51, 58, 59). A code block (41) holds for the point
after it; with a name in 42 and a height in millimetres in 43 the codes 2 and 21 begin a
setup, as in the free coding of instruments that record no station words. Sources: Leica "GSI
online" reference, appendix of the TPS user manuals; src/tsdata/leica of zsiki/GeoEasy.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from cadastre.formats.field_book import (
    UNITS,
    BadField,
    Coordinate,
    Draft,
    FieldBook,
    Reading,
    Setup,
    checked_size,
    face_of,
    full_turn,
    name_of,
    text_lines,
)

_METRES = {"0": 1e-3, "1": 0.3048e-3, "6": 1e-4, "7": 0.3048e-4, "8": 1e-5}
_ANGLES = {"2": "gon", "3": "degree", "4": "dms", "5": "mil"}
#: Decimals of a circle reading in the last place of its word.
_PLACES = {"gon": 1e-5, "degree": 1e-5, "mil": 1e-4}
_WORD = re.compile(r"(\d\d)(.{4})([+-])(.+)")
_CODES = ("41", "42", "43", "44", "45", "46", "47", "48", "49")
#: Code numbers of code blocks that begin a setup (42 station, 43 instrument height in mm).
_SETUP_CODES = ("2", "21")
_TALLEST_MM = 5000
_REMARKS = ("71", "72", "73", "74", "75", "76", "77", "78", "79")


@dataclass(frozen=True, slots=True)
class _Word:
    info: str
    sign: str
    data: str


def read_gsi(path: str | Path) -> FieldBook:
    r"""Field book of a GSI file.

    Raises
    ------
    cadastre.formats.field_book.FieldBookRefused
        Too large, binary, or without any measurement.

    Examples
    --------
    A station with its height of instrument, then one reading in gons:

    >>> import tempfile
    >>> gsi = Path(tempfile.mkdtemp()) / "tram.gsi"
    >>> _ = gsi.write_text("110001+0000DC-1 88..10+00001520\n"
    ...     "110002+00000012 21.102+10000000 22.102+10000000 31..00+00025000 87..10+00001600\n")
    >>> book = read_gsi(gsi)
    >>> book.setups[0].station, book.setups[0].height, book.readings[0].slope
    ('DC-1', 1.52, 25.0)
    """
    path = Path(path)
    lines = [(n, line.rstrip()) for n, line in enumerate(text_lines(path), 1) if line.strip()]
    draft = Draft(path, "gsi", len(lines))
    reader = _Reader(draft)
    for record, (number, line) in enumerate(lines, 1):
        try:
            reader.block(_words(line), number)
        except BadField as bad:
            draft.refuse(record, number, bad.field, bad.vi, bad.en)
    reader.end()
    return draft.book()


def looks_like_gsi(head: str) -> bool:
    """Whether a text begins like a GSI file.

    >>> looks_like_gsi("*110001+0000000000000A10 81..10+0000000000000001"), looks_like_gsi("1,2")
    (True, False)
    """
    first = head.lstrip().split("\n", 1)[0]
    return re.match(r"\*?(11|41)[0-9.]{4}\+", first) is not None


def _words(line: str) -> dict[str, _Word]:
    wide = line.startswith("*")
    body, width = (line[1:], 24) if wide else (line, 16)
    found: dict[str, _Word] = {}
    for place in range(0, len(body), width):
        text = body[place : place + width - 1].rstrip()
        word = _WORD.fullmatch(text)
        if word is None or len(body[place + width - 1 : place + width].strip()):
            raise BadField(f"cột/column {place + 1}", f"từ “{text}” sai dạng", f"bad word {text!r}")
        found.setdefault(word[1], _Word(word[2], word[3], word[4]))
    return found


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.setup: Setup | None = None
        self.target_height: float | None = None
        self.code = ""
        self.unused: list[str] = []

    def block(self, words: dict[str, _Word], line: int) -> None:
        """Take one line."""
        if "11" not in words:
            self._code_block(words, line)
            return
        point = _name(words["11"])
        if not point:
            raise BadField("11", "thiếu tên điểm", "the point has no name")
        if "87" in words:
            self.target_height = _length(words, "87")
        if "16" in words and "21" in words:
            self._station(_name(words["16"]), words, line)
        if "21" in words:
            self._reading(point, words, line)
        elif {"84", "85"} & set(words) or "88" in words:
            self._station(point, words, line)
        elif {"81", "82"} <= set(words):
            self._coordinate(point, words, ("81", "82", "83"), line, control=True)
        self.code = ""

    def end(self) -> None:
        """Tell the code blocks that no point followed."""
        if self.code:
            self.unused.append(self.code)
        if self.unused:
            told = ", ".join(self.unused[:20])
            self.draft.note(
                "CODES_UNUSED",
                f"{len(self.unused)} mã không có điểm đi sau: {told}.",
                f"{len(self.unused)} codes are followed by no point: {told}.",
            )

    def _code_block(self, words: dict[str, _Word], line: int) -> None:
        if self.code:
            self.unused.append(self.code)
        self.code = ""
        station, height = _text(words, ("42",)), _text(words, ("43",))
        setup = _text(words, ("41",)) in _SETUP_CODES and station and height.isdecimal()
        if setup and int(height) <= _TALLEST_MM:
            self.setup = self.draft.set_up(station, line, height=int(height) / 1000)
        else:
            self.code = _text(words, _CODES)

    def _station(self, station: str, words: dict[str, _Word], line: int) -> None:
        height = _length(words, "88")
        if self.setup is None or station != self.setup.station or "88" in words:
            self.setup = self.draft.set_up(station, line, height=height)
        if {"84", "85"} <= set(words):
            self._coordinate(station, words, ("84", "85", "86"), line, control=False)

    def _reading(self, point: str, words: dict[str, _Word], line: int) -> None:
        if self.setup is None:
            raise BadField(
                "88",
                "trị đo đứng trước mọi trạm máy (từ 84-88, hoặc khối mã 41 với 42 tên trạm, 43 cao "
                "máy mm)",
                "no station before (words 84-88, or a code block 41 with 42 station, 43 height mm)",
            )
        zenith = self._angle(words, "22")
        slope, flat = _length(words, "31"), _length(words, "32")
        if slope is not None and slope < 0:
            raise BadField("31", "khoảng cách âm", "the distance is negative")
        self.draft.readings.append(
            Reading(
                self.setup.number,
                point,
                self._angle(words, "21"),
                zenith,
                slope,
                self.target_height,
                face_of(zenith),
                self.code or _text(words, _CODES + _REMARKS),
                horizontal_distance=flat,
                rise=_length(words, "33"),
                line=line,
            )
        )

    def _coordinate(
        self, point: str, words: dict[str, _Word], which: tuple[str, ...], line: int, control: bool
    ) -> None:
        east, north, height = (_length(words, index) for index in which)
        if east is None or north is None:
            raise BadField(which[0], "thiếu tọa độ", "a coordinate is missing")
        if east or north:
            self.draft.coordinates.append(
                Coordinate(point, east, north, height, _text(words, _REMARKS), control, line)
            )

    def _angle(self, words: dict[str, _Word], index: str) -> float | None:
        word = words.get(index)
        if word is None or _absent(word):
            return None
        unit = _ANGLES.get(word.info[3])
        if unit is None:
            raise _unit(index, word)
        self.draft.angle_unit = unit
        value = _integer(word, index)
        if unit != "dms":
            return full_turn(value * _PLACES[unit] * UNITS[unit])
        seconds, minutes, degrees = abs(value) % 1000 / 10, abs(value) // 1000 % 100, abs(value)
        turned = math.radians(degrees // 100_000 + minutes / 60 + seconds / 3600)
        return full_turn(math.copysign(turned, value))


def _absent(word: _Word) -> bool:
    """Whether a word says that nothing was measured: points, or dashes after zeros."""
    return not word.data.strip(".") or re.fullmatch(r"0*-{2,}", word.data.strip()) is not None


def _integer(word: _Word, index: str) -> int:
    if not re.fullmatch(r"\d+", word.data.strip()):
        raise BadField(index, f"“{word.data}” không phải số", f"{word.data!r} is no number")
    value = int(word.data)
    return -value if word.sign == "-" else value


def _length(words: dict[str, _Word], index: str) -> float | None:
    word = words.get(index)
    if word is None or _absent(word):
        return None
    unit = _METRES.get(word.info[3])
    if unit is None:
        raise _unit(index, word)
    return round(_integer(word, index) * unit, 7)


def _unit(index: str, word: _Word) -> BadField:
    return BadField(index, f"đơn vị “{word.info[3]}” lạ", f"unit {word.info[3]!r} is unknown")


def _name(word: _Word) -> str:
    return name_of(word.data.lstrip("0") or ("0" if "0" in word.data else ""))


def _text(words: dict[str, _Word], indices: tuple[str, ...]) -> str:
    told = [words[i].data.lstrip("0").strip() for i in indices if i in words]
    return name_of(" ".join(text for text in told if text.strip("-. ")))


# ---- writing ---------------------------------------------------------------------------


def write_gsi(book: FieldBook, path: str | Path) -> Path:
    """Write a field book as GSI-16 (lengths to 0.01 mm, angles in the book's own unit)."""
    path = Path(path)
    rows: list[str] = []
    after = {setup.number: [r for r in book.readings if r.setup == setup.number]
             for setup in book.setups}  # fmt: skip
    for setup in book.setups:
        rows.append(_line(len(rows), setup.station, [_metres("88", setup.height or 0.0)]))
        for reading in after[setup.number]:
            rows.append(_line(len(rows), reading.target, _reading_words(reading, book.angle_unit)))
    for point in book.coordinates:
        if point.control:
            words = [_metres("81", point.east), _metres("82", point.north)]
            if point.height is not None:
                words.append(_metres("83", point.height))
            rows.append(_line(len(rows), point.point, words))
    path.write_text("".join(f"{row}\r\n" for row in rows), encoding="utf-8")
    return checked_size(path)


def _line(number: int, point: str, words: list[str]) -> str:
    return f"*11{number % 10_000:04d}+{point[-16:]:0>16} " + " ".join(words)


def _metres(index: str, value: float) -> str:
    sign = "-" if value < 0 else "+"
    return f"{index}..18{sign}{round(abs(value) * 1e5):016d}"


def _circle(index: str, value: float, unit: str) -> str:
    if unit == "dms":
        tenths = round(math.degrees(value) * 36_000)
        degrees, rest = divmod(tenths, 36_000)
        return f"{index}.104+{degrees * 100_000 + rest // 600 * 1000 + rest % 600:016d}"
    kept = unit if unit in _PLACES else "gon"
    digit = {told: number for number, told in _ANGLES.items()}[kept]
    return f"{index}.10{digit}+{round(value / UNITS[kept] / _PLACES[kept]):016d}"


def _reading_words(reading: Reading, unit: str) -> list[str]:
    words = []
    for index, value in (("21", reading.horizontal), ("22", reading.zenith)):
        if value is not None:
            words.append(_circle(index, value, unit))
    if reading.horizontal is None:
        words.insert(0, "21.102+" + "." * 16)
    for index, value in (
        ("31", reading.slope),
        ("32", reading.horizontal_distance),
        ("33", reading.rise),
        ("87", reading.target_height),
    ):
        if value is not None:
            words.append(_metres(index, value))
    if reading.code:
        words.append(f"71....+{reading.code[:16]:0>16}")
    return words

"""A field book: what an instrument recorded, as every instrument format is read into.

Setups over stations, readings to targets, coordinates that were keyed in or computed, and
an account of every record of the file. Lengths are metres, angles radians clockwise; the
file's own unit of angle is kept so that a book can be written back without a lost digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cadastre.errors import InputRefused
from cadastre.formats.accounting import Ledger, content_hash
from cadastre.formats.workbook_lines import WORKBOOKS, workbook_lines

LARGEST_BYTES = 50_000_000
LARGEST_RECORDS = 500_000
#: How text begins that an office program or a controller saved as "Unicode".
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: A name or a code is never longer than this.
LONGEST_NAME = 64

#: Radians in a unit of angle.
UNITS = {
    "gon": math.pi / 200,
    "degree": math.pi / 180,
    "dms": math.pi / 180,
    "mil": math.pi / 3200,
    "radian": 1.0,
}


class FieldBookRefused(InputRefused):
    """The field book cannot be read."""

    message_vi = "Không đọc được sổ đo."


class BadField(ValueError):
    """A field of a record that cannot be used; the reader adds file and line."""

    def __init__(self, field: str, vi: str, en: str) -> None:
        super().__init__(en)
        self.field, self.vi, self.en = field, vi, en


@dataclass(frozen=True, slots=True)
class Setup:
    """The instrument over a station; ``backsight_azimuth`` is what the instrument was told.

    >>> Setup(1, "DC-1", height=1.52).station
    'DC-1'
    """

    number: int
    station: str
    height: float | None = None
    backsight: str = ""
    backsight_azimuth: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One pointing from a setup; ``face`` is 1, 2 or 0 where the file does not say.

    ``horizontal_distance`` and ``rise`` are what an instrument had already reduced itself;
    they are used only where there is no slope distance. ``prism_constant`` (metres) and
    ``ppm`` are corrections that the file tells but that its distances do not hold yet.
    """

    setup: int
    target: str
    horizontal: float | None = None
    zenith: float | None = None
    slope: float | None = None
    target_height: float | None = None
    face: int = 0
    code: str = ""
    label: str = ""
    horizontal_distance: float | None = None
    rise: float | None = None
    prism_constant: float = 0.0
    ppm: float = 0.0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A point with coordinates in the file: keyed in as ``control``, or computed on the way."""

    point: str
    east: float
    north: float
    height: float | None = None
    code: str = ""
    control: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A parcel given in the file as sides: each side is (from, to, centre or middle, sense).

    ``sides`` hold (east, north) pairs; a straight side has no ``centre``.
    """

    label: str
    sides: tuple[Side, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a figure from ``start`` to ``end``; an arc has a centre and a sense."""

    start: tuple[float, float]
    end: tuple[float, float]
    centre: tuple[float, float] | None = None
    clockwise: bool = True
    start_point: str = ""
    end_point: str = ""


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner that a refused record names: parcel (several with a plus), point, line, code."""

    label: str
    point: str
    line: int
    code: str = ""


@dataclass(frozen=True)
class FieldBook:
    """Everything of one file, and the account of its records; ``lost`` are refused corners."""

    format: str
    setups: tuple[Setup, ...]
    readings: tuple[Reading, ...]
    coordinates: tuple[Coordinate, ...]
    ledger: Ledger
    angle_unit: str = "degree"
    figures: tuple[Figure, ...] = ()
    lost: tuple[Corner, ...] = ()

    def same_measurements(self, other: FieldBook) -> bool:
        """Whether two books hold the same setups and readings, whatever their lines."""
        return _bare(self) == _bare(other)


def _bare(book: FieldBook) -> Any:
    numbers = {setup.number: place for place, setup in enumerate(book.setups)}
    setups = [(s.station, _rounded(s.height)) for s in book.setups]
    readings = [
        (
            numbers[r.setup], r.target, r.code, *map(_rounded, (r.horizontal, r.zenith, r.slope)),
            _rounded(r.target_height), r.face,
        )
        for r in book.readings
    ]  # fmt: skip
    return setups, readings


def _rounded(value: float | None) -> float | None:
    # Below what any instrument writes: 0.01 mm, and 0.002 seconds of arc.
    return None if value is None else round(value, 8)


@dataclass
class Draft:
    """A field book while it is being read; every refusal names file, line and field."""

    path: Path
    format: str
    records: int
    setups: list[Setup] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    coordinates: list[Coordinate] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    lost: list[Corner] = field(default_factory=list)
    angle_unit: str = "degree"

    def __post_init__(self) -> None:
        if self.records > LARGEST_RECORDS:
            raise FieldBookRefused(
                f"{self.path.name}: more than {LARGEST_RECORDS} records.",
                f"{self.path.name}: nhiều hơn {LARGEST_RECORDS} bản ghi.",
                file=self.path.name,
            )
        self.ledger = Ledger(self.path.name, content_hash(self.path), self.records)

    def refuse(self, record: int, line: int, name: str, vi: str, en: str) -> None:
        """Book a record as not usable."""
        reason = {
            "vi": f"{self.path.name}, dòng {line}, {name}: {vi}.",
            "en": f"{self.path.name}, line {line}, {name}: {en}.",
        }
        self.ledger.refuse(record, reason, field=name)

    def note(self, code: str, vi: str, en: str, **facts: Any) -> None:
        """Remember something about the whole file."""
        self.ledger.note(code, {"vi": vi, "en": en}, **facts)

    def set_up(self, station: str, line: int, **told: Any) -> Setup:
        """Begin a setup and return it."""
        made = Setup(len(self.setups) + 1, station, line=line, **told)
        self.setups.append(made)
        return made

    def book(self) -> FieldBook:
        """Return the finished book.

        Raises
        ------
        FieldBookRefused
            Nothing in it is of use.
        """
        if not (self.readings or self.coordinates or self.figures):
            first = next(iter(self.ledger.close().lines), None)
            raise FieldBookRefused(
                first.reason_en if first else f"{self.path.name} holds no measurement.",
                first.reason_vi if first else f"{self.path.name} không có trị đo nào.",
                file=self.path.name,
            )
        return FieldBook(
            self.format,
            tuple(self.setups),
            tuple(self.readings),
            tuple(self.coordinates),
            self.ledger,
            self.angle_unit,
            tuple(self.figures),
            tuple(self.lost),
        )


def checked_size(path: Path) -> Path:
    """Return the path of a file that is not too large to be a field book."""
    if path.stat().st_size > LARGEST_BYTES:
        raise FieldBookRefused(f"{path.name} is too large.", f"{path.name} quá lớn.")
    return path


def text_head(path: Path, size: int = 20_000) -> str:
    """Return the beginning of a text file or of the table in a workbook."""
    if path.suffix.lower() in WORKBOOKS:
        return "\n".join(workbook_lines(checked_size(path)))[:size]
    with path.open("rb") as stream:
        raw = stream.read(size)
    if raw.startswith(_UTF_16):
        return raw[: len(raw) // 2 * 2].decode("utf-16", errors="replace")
    return raw.decode("utf-8-sig", errors="replace")


def text_lines(path: Path) -> list[str]:
    """Lines of an instrument's text file, whatever ends them, or rows of a workbook."""
    if path.suffix.lower() in WORKBOOKS:
        return workbook_lines(checked_size(path))
    raw = checked_size(path).read_bytes()
    if raw.startswith(_UTF_16):
        return _lines(raw.decode("utf-16", errors="replace"))
    if b"\x00" in raw[:4096]:
        raise FieldBookRefused(
            f"{path.name} is binary.", f"{path.name} là tệp nhị phân.", file=path.name
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1258", errors="replace")
    return _lines(text)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def finite(text: str) -> float:
    """Value of a number as instruments write it.

    >>> finite(" 12.50 ")
    12.5

    Raises
    ------
    ValueError
        It is no finite number.
    """
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def name_of(text: str) -> str:
    """Name of a point: without blanks around it, never longer than a name may be."""
    return text.strip()[:LONGEST_NAME]


def face_of(zenith: float | None) -> int:
    """Face that a zenith reading shows: 1 up to half a turn, 2 beyond, 0 without one.

    >>> face_of(1.5), face_of(4.7), face_of(None)
    (1, 2, 0)
    """
    if zenith is None:
        return 0
    return 1 if zenith % (2 * math.pi) <= math.pi else 2


def full_turn(angle: float) -> float:
    """Angle in [0, 2 pi)."""
    return angle % (2 * math.pi)

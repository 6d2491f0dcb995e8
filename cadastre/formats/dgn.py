"""MicroStation DGN V7 drawings, element by element to the end-of-design mark.

Every element begins with level, type and the number of 16-bit words that follow, so the
elements can be counted without understanding them; a file that ends before the mark
(0xFFFF) is an error that names the byte. Integers and floating numbers are in VAX order.
Layout after the Intergraph Standard File Formats. V8 files are OLE documents and are
refused: save them as V7 or DXF.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from cadastre.errors import InputRefused
from cadastre.formats.counting import FileTruncated
from cadastre.formats.linework import LineWork

LINE, LINE_STRING, SHAPE, TEXT_NODE, TCB, CURVE = 3, 4, 6, 7, 9, 11
CHAIN, COMPLEX_SHAPE, ELLIPSE, ARC, TEXT = 12, 14, 15, 16, 17
#: Types without land or label of their own: tables, group data, views, cells, chain heads.
SILENT = {1, 2, 5, 8, TCB, 10, CHAIN, COMPLEX_SHAPE, 66}
_END = b"\xff\xff"
_OLE = b"\xd0\xcf\x11\xe0"
#: No coordinate of Viet Nam, in millimetres even, is as large as this.
_LARGEST = 1e10
_ARC_STEP_RAD = math.radians(5.0)


class DgnVersionRefused(InputRefused):
    """This is a DGN V8 file; save it as DGN V7 or DXF."""

    message_vi = "Đây là tệp DGN V8; hãy lưu thành DGN V7 hoặc DXF."


class NotDgn(InputRefused):
    """This is not a DGN V7 file."""

    message_vi = "Đây không phải tệp DGN V7."


@dataclass(frozen=True, slots=True)
class Element:
    """Header of one element: its number from 1, its byte offset, and its whole content."""

    number: int
    offset: int
    type: int
    level: int
    member: bool
    deleted: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Units:
    """How the integers of a file become master units: ``value * scale - origin``."""

    scale: float
    origin_x: float
    origin_y: float
    dimension: int


def walk(content: bytes, name: str = "") -> Iterator[Element]:
    """Yield every element up to the end-of-design mark.

    Raises
    ------
    cadastre.formats.counting.FileTruncated
        The bytes end before the mark, or inside an element; ``byte`` says where.
    """
    if content[:4] == _OLE:
        raise DgnVersionRefused(f"{name}.", f"{name}.", file=name)
    at, number = 0, 0
    while content[at : at + 2] != _END:
        if at + 4 > len(content):
            raise _cut(name, at, len(content))
        size = 4 + 2 * struct.unpack_from("<H", content, at + 2)[0]
        if at + size > len(content):
            raise _cut(name, at, len(content))
        number += 1
        first, second = content[at], content[at + 1]
        yield Element(
            number=number,
            offset=at,
            type=second & 0x7F,
            level=first & 0x3F,
            member=bool(first & 0x80),
            deleted=bool(second & 0x80),
            content=content[at : at + size],
        )
        at += size


def count_elements(path: str | Path) -> int:
    """Return the number of elements, deleted ones included."""
    path = Path(path)
    return sum(1 for _ in walk(path.read_bytes(), path.name))


def read_dgn(path: str | Path) -> LineWork:
    """Lines and labels of a DGN V7 file in master units.

    A text node gives one label of several lines; curves are drawn in chords of five
    degrees. Deleted elements and types that carry no line or label are accounted for.
    """
    path = Path(path)
    elements = list(walk(path.read_bytes(), path.name))
    units = _units(elements, path.name)
    drawing = _Drawing(units)
    for element in elements:
        drawing.take(element)
    return drawing.finish(len(elements))


class _Drawing:
    def __init__(self, units: Units) -> None:
        self.units = units
        self.lines: list[tuple[np.ndarray, int, int]] = []
        self.labels: list[tuple[tuple[float, float], int, int, str]] = []
        self.refused: dict[int, dict[str, str]] = {}
        self.node: list[str] | None = None
        self.chain_level = 0

    def take(self, element: Element) -> None:
        if not (element.member and element.type == TEXT):
            self.node = None
        if not element.member or element.type in SILENT:
            chained = element.type in (CHAIN, COMPLEX_SHAPE)
            self.chain_level = element.level if chained else 0
        if element.deleted:
            self.refused[element.number] = _reason(element, "đã bị xóa", "is marked deleted")
            return
        try:
            if element.type in (TEXT, TEXT_NODE):
                self._label(element)
            elif element.type not in SILENT:
                self._line(element)
        except (struct.error, IndexError):
            # The header counts fewer words than the type has: a damaged element, not the file.
            self.refused[element.number] = _reason(
                element, "ngắn hơn kiểu của nó cần", "is shorter than its type needs"
            )

    def _line(self, element: Element) -> None:
        points = _vertices(element, self.units)
        if points is None or len(points) < 2 or not (np.abs(points) < _LARGEST).all():
            self.refused[element.number] = _reason(
                element, "không phải nét hay nhãn", "is neither a line nor a label"
            )
            return
        # Some programs write the level of a chain into its head alone; no level is numbered 0.
        inherited = self.chain_level if element.member else 0
        self.lines.append((points, element.level or inherited, element.number))

    def _label(self, element: Element) -> None:
        if element.type == TEXT_NODE:
            self.node = []
            at = 62 if self.units.dimension == 2 else 74
            place = _point(element.content, at, self.units)
            self.labels.append((place, element.level, element.number, ""))
            return
        place, text = _text(element, self.units)
        if element.member and self.node is not None:
            self.node.append(text)
            place, level, number, _ = self.labels[-1]
            self.labels[-1] = (place, level, number, "\n".join(self.node))
        else:
            self.labels.append((place, element.level, element.number, text))

    def finish(self, records: int) -> LineWork:
        lines = np.array([shapely.LineString(xy) for xy, _, _ in self.lines], dtype=object)
        places = [place for place, *_ in self.labels]
        return LineWork(
            records=records,
            lines=lines,
            line_levels=np.array([level for _, level, _ in self.lines], dtype=object),
            line_records=np.array([number for *_, number in self.lines], dtype=int),
            points=np.asarray(shapely.points(np.array(places, float).reshape(-1, 2)), object),
            point_levels=np.array([level for _, level, _, _ in self.labels], dtype=object),
            point_records=np.array([number for _, _, number, _ in self.labels], dtype=int),
            texts=np.array([text for *_, text in self.labels], dtype=object),
            byte_text=True,
            refused=self.refused,
        )


def _units(elements: list[Element], name: str) -> Units:
    head = next((e.content for e in elements if e.type == TCB), b"")
    if len(head) < 1264:
        raise NotDgn(f"{name}: no design header.", f"{name}: thiếu phần tử TCB.", file=name)
    per_master = _integer(head, 1112) * _integer(head, 1116)
    if per_master <= 0:
        raise NotDgn(f"{name}: no working units.", f"{name}: thiếu đơn vị vẽ.", file=name)
    return Units(
        scale=1.0 / per_master,
        origin_x=_vax_double(head, 1240) / per_master,
        origin_y=_vax_double(head, 1248) / per_master,
        dimension=3 if head[1214] & 0x40 else 2,
    )


def _vertices(element: Element, units: Units) -> np.ndarray | None:
    content, wide = element.content, 4 * units.dimension
    if element.type == LINE:
        return _points(content, 36, 2, wide, units)
    if element.type in (LINE_STRING, SHAPE, CURVE):
        count = struct.unpack_from("<H", content, 36)[0]
        points = _points(content, 38, count, wide, units)
        # The first and last two points of a curve only give its end tangents.
        return points[2:-2] if element.type == CURVE and points is not None else points
    if element.type in (ARC, ELLIPSE) and units.dimension == 2:
        return _arc(element, units)
    return None


def _points(content: bytes, at: int, count: int, wide: int, units: Units) -> np.ndarray | None:
    if at + count * wide > len(content):
        return None
    words = np.frombuffer(content, "<u2", count * wide // 2, at).astype(np.int64)
    integers = ((words[0::2] << 16) | words[1::2]).astype(np.uint32).view(np.int32)
    xy = integers.reshape(count, -1)[:, :2].astype(np.float64) * units.scale
    return np.asarray(xy - np.array([units.origin_x, units.origin_y]))


def _arc(element: Element, units: Units) -> np.ndarray:
    content = element.content
    if element.type == ARC:
        start = math.radians(_integer(content, 36) / 360_000.0)
        sweep = _sweep(content, 40)
        axes, turn, middle = (44, 52), 60, 64
    else:
        start, sweep, axes, turn, middle = 0.0, 2 * math.pi, (36, 44), 52, 56
    angle = start + np.linspace(0.0, sweep, max(2, int(abs(sweep) / _ARC_STEP_RAD) + 2))
    along, across = (_vax_double(content, at) * units.scale for at in axes)
    turned = math.radians(_integer(content, turn) / 360_000.0)
    x, y = along * np.cos(angle), across * np.sin(angle)
    east = _vax_double(content, middle) * units.scale - units.origin_x
    north = _vax_double(content, middle + 8) * units.scale - units.origin_y
    return np.column_stack(
        [
            east + x * math.cos(turned) - y * math.sin(turned),
            north + x * math.sin(turned) + y * math.cos(turned),
        ]
    )


def _sweep(content: bytes, at: int) -> float:
    raw = _integer(content, at)
    magnitude = (raw & 0x7FFFFFFF) / 360_000.0
    degrees = -magnitude if raw & 0x80000000 else magnitude
    return math.radians(degrees) or 2 * math.pi


def _text(element: Element, units: Units) -> tuple[tuple[float, float], str]:
    place, count = (50, 58) if units.dimension == 2 else (62, 74)
    content = element.content
    length = content[count]
    raw = content[count + 2 : count + 2 + length]
    if len(raw) < length:
        raise IndexError(element.offset)
    return _point(content, place, units), raw.rstrip(b"\x00").decode("latin-1")


def _point(content: bytes, at: int, units: Units) -> tuple[float, float]:
    x, y = _signed(content, at), _signed(content, at + 4)
    return x * units.scale - units.origin_x, y * units.scale - units.origin_y


def _integer(content: bytes, at: int) -> int:
    """Return a 32-bit integer whose high word stands first."""
    high, low = struct.unpack_from("<HH", content, at)
    return (int(high) << 16) | int(low)


def _signed(content: bytes, at: int) -> int:
    value = _integer(content, at)
    return value - (1 << 32) if value & 0x80000000 else value


def _vax_double(content: bytes, at: int) -> float:
    """Return a VAX D-floating number: excess-128 exponent, hidden bit, words high first."""
    words = struct.unpack_from("<4H", content, at)
    bits = 0
    for word in words:
        bits = (bits << 16) | word
    exponent = (bits >> 55) & 0xFF
    if exponent == 0:
        return 0.0
    fraction = 0.5 + (bits & ((1 << 55) - 1)) / float(1 << 56)
    value = math.ldexp(fraction, exponent - 128)
    return -value if bits >> 63 else value


def _reason(element: Element, vi: str, en: str) -> dict[str, str]:
    return {
        "vi": f"Phần tử ở byte {element.offset} (kiểu {element.type}) {vi}.",
        "en": f"The element at byte {element.offset} (type {element.type}) {en}.",
    }


def _cut(name: str, at: int, size: int) -> FileTruncated:
    return FileTruncated(
        f"{name}: the element at byte {at} runs past the end at byte {size}; "
        "there is no end-of-design mark. Copy or save it again.",
        f"{name}: phần tử ở byte {at} vượt quá cuối tệp (byte {size}); "
        "không có dấu kết thúc bản vẽ. Hãy sao chép hoặc lưu lại.",
        file=name,
        byte=at,
    )

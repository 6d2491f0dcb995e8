"""A plain writer of MicroStation DGN V7: line strings, texts and text nodes.

Labels are bytes in a font's own table, as a former commune's drawings have them. Layout after
the Intergraph Standard File Formats; working units as in the official seed files (metres,
1000 positions a metre), with an origin that keeps the province within 32 bits.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

_PER_M = 1000
_ORIGIN = (-500_000.0, -1_300_000.0)
_TCB_BYTES = 1536
#: A line string holds so many points; longer lines are complex chains.
_MOST_POINTS = 101
_LINE_STRING, _TEXT_NODE, _TCB, _CHAIN, _TEXT = 4, 7, 9, 12, 17


@dataclass(frozen=True)
class Text:
    """A label: level, place (east, north) and its lines as bytes; several make a text node."""

    level: int
    place: tuple[float, float]
    lines: tuple[bytes, ...]


def write_dgn(
    path: Path, lines: Iterable[tuple[int, npt.NDArray[np.float64]]], texts: Iterable[Text]
) -> int:
    """Write lines (level, points) and labels; return the elements in the file."""
    elements = [_design_header()]
    for level, points in lines:
        elements += _line(level, points)
    for text in texts:
        elements += _label(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(elements) + b"\xff\xff")
    return len(elements)


def _design_header() -> bytes:
    head = bytearray(_TCB_BYTES)
    struct.pack_into("<BBH", head, 0, 8, _TCB, (_TCB_BYTES - 4) // 2)
    head[1112:1124] = _integer(1000) + _integer(1) + b"m mm"
    head[1240:1256] = b"".join(_vax_double(value * _PER_M) for value in _ORIGIN)
    return bytes(head)


def _line(level: int, points: npt.NDArray[np.float64]) -> list[bytes]:
    if len(points) <= _MOST_POINTS:
        return [_string(level, points, member=False)]
    cuts = range(0, len(points) - 1, _MOST_POINTS - 1)
    members = [_string(level, points[at : at + _MOST_POINTS], member=True) for at in cuts]
    words = sum(map(len, members)) // 2
    head = struct.pack("<HH8x", words, len(members))
    return [_element(_CHAIN, level, head, points), *members]


def _string(level: int, points: npt.NDArray[np.float64], *, member: bool) -> bytes:
    body = struct.pack("<H", len(points)) + b"".join(_point(*p) for p in points.tolist())
    return _element(_LINE_STRING, level, body, points, member=member)


def _label(text: Text) -> list[bytes]:
    if len(text.lines) == 1:
        return [_text(text, text.lines[0], member=False)]
    members = [_text(text, line, member=True) for line in text.lines]
    words = sum(map(len, members)) // 2
    body = struct.pack("<HHHBBBB", words, len(members), 1, 0, 0, 1, 0) + _integer(0) * 4
    where = np.array([text.place])
    return [_element(_TEXT_NODE, text.level, body + _point(*text.place), where), *members]


def _text(text: Text, line: bytes, *, member: bool) -> bytes:
    size = _integer(1000) + _integer(1000) + _integer(0)
    body = struct.pack("<BB", 1, 0) + size + _point(*text.place)
    body += struct.pack("<BB", len(line), 0) + line
    return _element(_TEXT, text.level, body, np.array([text.place]), member=member)


def _element(
    kind: int,
    level: int,
    body: bytes,
    points: npt.NDArray[np.float64],
    *,
    member: bool = False,
) -> bytes:
    """Header, range (offset binary), display header and body, padded to whole words."""
    body += b"\0" * (len(body) % 2)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = b"".join(
        _integer(_units(value, axis) ^ 0x80000000) if axis < 2 else _integer(0x80000000)
        for corner in (low, high)
        for axis, value in enumerate([*corner.tolist(), 0.0])
    )
    rest = extent + struct.pack("<HHHH", 0, (4 + len(body)) // 2, 0, 0) + body
    return struct.pack("<BBH", level | (0x80 if member else 0), kind, len(rest) // 2) + rest


def _units(value: float, axis: int) -> int:
    return round((value + _ORIGIN[axis]) * _PER_M) & 0xFFFFFFFF


def _point(east: float, north: float) -> bytes:
    return _integer(_units(east, 0)) + _integer(_units(north, 1))


def _integer(value: int) -> bytes:
    return struct.pack("<HH", (value >> 16) & 0xFFFF, value & 0xFFFF)


def _vax_double(value: float) -> bytes:
    """D-floating: sign, excess-128 exponent, hidden bit; words, the highest first."""
    if value == 0.0:
        return b"\0" * 8
    fraction, exponent = math.frexp(abs(value))
    bits = (int(value < 0) << 63) | ((exponent + 128) << 55) | int((fraction - 0.5) * (1 << 56))
    return struct.pack("<4H", *((bits >> shift) & 0xFFFF for shift in (48, 32, 16, 0)))

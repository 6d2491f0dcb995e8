"""DGN V7 element streams built byte by byte, by the published layout and no writer's code."""

from __future__ import annotations

import struct

UOR_PER_M = 1000
ORIGIN = (500_000.0, 1_000_000.0)


def _int32(value):
    value &= 0xFFFFFFFF
    return struct.pack("<HH", value >> 16, value & 0xFFFF)


def vax_double(value):
    """D-floating: sign, excess-128 exponent, hidden bit; 16-bit words, the first the highest."""
    if value == 0:
        return b"\0" * 8
    sign, value, exponent = value < 0, abs(value), 0
    while value >= 1:
        value, exponent = value / 2, exponent + 1
    while value < 0.5:
        value, exponent = value * 2, exponent - 1
    bits = (int(sign) << 63) | ((exponent + 128) << 55) | int((value - 0.5) * (1 << 56))
    return struct.pack("<4H", *[(bits >> shift) & 0xFFFF for shift in (48, 32, 16, 0)])


def element(kind, level, body, *, member=False, deleted=False):
    """Header, range, display header and body, padded to whole words."""
    if len(body) % 2:
        body += b"\0"
    rest = b"\0" * 24 + struct.pack("<HHHH", 0, (4 + len(body)) // 2, 0, 0) + body
    first = level | (0x80 if member else 0)
    second = kind | (0x80 if deleted else 0)
    return struct.pack("<BBH", first, second, len(rest) // 2) + rest


def tcb(per_sub=1000, subs=1, origin=ORIGIN):
    head = bytearray(1536)
    struct.pack_into("<BBH", head, 0, 8, 9, (1536 - 4) // 2)
    head[1112:1116] = _int32(subs)
    head[1116:1120] = _int32(per_sub)
    head[1120:1124] = b"m mm"
    head[1240:1248] = vax_double(origin[0] * per_sub * subs)
    head[1248:1256] = vax_double(origin[1] * per_sub * subs)
    return bytes(head)


def _point(x, y, per_m=UOR_PER_M, origin=ORIGIN):
    return _int32(round((x + origin[0]) * per_m)) + _int32(round((y + origin[1]) * per_m))


def line(level, start, end, **flags):
    return element(3, level, _point(*start) + _point(*end), **flags)


def line_string(level, points, kind=4, **flags):
    body = struct.pack("<H", len(points)) + b"".join(_point(*p) for p in points)
    return element(kind, level, body, **flags)


def text(level, place, raw, **flags):
    body = struct.pack("<BB", 1, 0) + _int32(1000) + _int32(1000) + _int32(0) + _point(*place)
    return element(17, level, body + struct.pack("<BB", len(raw), 0) + raw, **flags)


def text_node(level, place, raws):
    members = [text(level, place, raw, member=True) for raw in raws]
    body = struct.pack("<HHHBBBB", 0, len(raws), 1, 0, 0, 1, 0) + _int32(0) * 4 + _point(*place)
    return element(7, level, body) + b"".join(members)


def drawing(*elements, end=b"\xff\xff", **units):
    return tcb(**units) + b"".join(elements) + end

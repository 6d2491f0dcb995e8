r"""Whole columns as the bytes that COPY reads in binary form, without a step per value.

PostgreSQL, "COPY, binary format": a header, then for each row the number of its columns and
for each value its length and its bytes, the length -1 standing for a missing value; numbers
have their high byte first. A geometry goes as extended well-known binary: plain WKB with the
flag and the zone's EPSG code put in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
#: Flag in the type of a geometry whose zone follows, and the head of such a geometry.
_ZONED = 0x20000000
_OUTLINE = [("length", ">i4"), ("order", "u1"), ("kind", "<u4"), ("zone", "<i4")]
#: Day from which PostgreSQL counts dates.
_FIRST_DAY = np.datetime64("2000-01-01", "D")

Cells = list[bytes]


def binary_rows(
    columns: Sequence[pd.Series], types: Sequence[str], zones: Sequence[int | None] = ()
) -> bytes | None:
    r"""Return rows in binary form, None when a value does not fit the type of its column.

    Parameters
    ----------
    columns : values of equal number; NaN, NaT, NA and None are missing
    types : names of the PostgreSQL types of the columns, see :data:`ENCODERS`
    zones : EPSG codes of the columns that hold geometry as plain little-endian WKB

    >>> binary_rows([pd.Series([7, 8]), pd.Series(["a", None], dtype=object)], ["int4", "text"])
    ... # doctest: +NORMALIZE_WHITESPACE
    b'\x00\x02\x00\x00\x00\x04\x00\x00\x00\x07\x00\x00\x00\x01a\x00\x02\x00\x00\x00\x04\x00\x00\x00\x08\xff\xff\xff\xff'
    """
    count = len(columns[0])
    cells: list[Cells] = [[len(columns).to_bytes(2, "big")] * count]
    for column, kind, zone in zip_longest(columns, types, zones):
        encoded = _outlines(column, zone) if zone else ENCODERS.get(kind, _nothing)(column)
        if encoded is None:
            return None
        cells += encoded if isinstance(encoded, tuple) else (encoded,)
    interleaved: list[Any] = [None] * (count * len(cells))
    for at, column_cells in enumerate(cells):
        interleaved[at :: len(cells)] = column_cells
    return b"".join(interleaved)


def zoned(wkb: bytes, srid: int) -> bytes:
    """Return extended WKB of plain, little-endian WKB: the flag 0x20 and the zone put in.

    >>> zoned(bytes.fromhex("0101000000") + bytes(16), 9217)[:9].hex()
    '010100002001240000'
    """
    return wkb[:4] + bytes([wkb[4] | 0x20]) + int(srid).to_bytes(4, "little") + wkb[5:]


def _fixed(values: np.ndarray, present: np.ndarray, kind: str) -> Cells:
    """Values of one width, each behind its length."""
    row = np.empty(len(values), dtype=[("length", ">i4"), ("value", kind)])
    row["length"], row["value"] = np.dtype(kind).itemsize, values
    cells: Cells = row.view(f"V{row.itemsize}").tolist()
    for at in np.flatnonzero(~present):
        cells[at] = _NULL
    return cells


def _numbers(column: pd.Series) -> tuple[np.ndarray, np.ndarray] | None:
    """Return numbers, 0 where missing, and which are present; None when there is text."""
    present = column.notna().to_numpy()
    if column.dtype == object:
        kinds = set(map(type, column[present]))
        if not all(issubclass(kind, int | float | np.number) for kind in kinds):
            return None
        column = column.where(present, 0).astype("int64" if kinds <= {int} else "float64")
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return None
    plain = column.to_numpy() if present.all() else column.fillna(0).to_numpy()
    return np.asarray(plain), present


def _whole(kind: str) -> Callable[[pd.Series], Cells | None]:
    bounds = np.iinfo(np.dtype(kind))

    def encode(column: pd.Series) -> Cells | None:
        numbers = _numbers(column)
        if numbers is None or not len(numbers[0]):
            return None
        values, present = numbers
        if values.dtype.kind == "f" and not (values == np.floor(values)).all():
            return None
        if values.min() < bounds.min or values.max() > bounds.max:
            return None
        return _fixed(values, present, kind)

    return encode


def _real(column: pd.Series) -> Cells | None:
    numbers = _numbers(column)
    return None if numbers is None else _fixed(*numbers, ">f8")


def _truth(column: pd.Series) -> Cells | None:
    if column.dtype != bool:
        return None
    return [b"\0\0\0\x01\x01" if value else b"\0\0\0\x01\0" for value in column.to_numpy()]


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _text(before: bytes = b"") -> Callable[[pd.Series], Cells | None]:
    """Text in UTF-8; columns repeat themselves, so each distinct value is written once."""

    def encode(column: pd.Series) -> Cells | None:
        values = column.to_numpy(dtype=object).tolist()
        written: dict[Any, Any] = dict.fromkeys(values)
        for value in written:
            if isinstance(value, str):
                written[value] = _sized(before + value.encode())
            elif pd.isna(value):
                written[value] = _NULL
            else:
                return None
        return list(map(written.__getitem__, values))

    return encode


def _uuid(column: pd.Series) -> Cells | None:
    present = column.notna().to_numpy()
    texts = column[present].map(str).tolist()
    try:
        content = bytes.fromhex("".join(texts).replace("-", ""))
    except ValueError:
        return None
    if len(content) != 16 * len(texts):
        return None
    cells = [_NULL] * len(present)
    for place, at in enumerate(np.flatnonzero(present)):
        cells[at] = b"\0\0\0\x10" + content[16 * place : 16 * place + 16]
    return cells


def _date(column: pd.Series) -> Cells | None:
    if column.dtype.kind != "M" or getattr(column.dtype, "tz", None) is not None:
        return None
    present = column.notna().to_numpy()
    days = column.to_numpy().astype("datetime64[D]")
    since = np.where(present, days, _FIRST_DAY) - _FIRST_DAY
    return _fixed(since.astype(np.int64), present, ">i4")


def _outlines(column: pd.Series, zone: int) -> tuple[Cells, Cells] | None:
    """Length and head of each geometry with the zone put in, and the rest of its plain WKB."""
    values = column.tolist()
    if not set(map(type, values)) <= {bytes, type(None)}:
        return None
    present = column.notna().to_numpy()
    plain = [value or b"\x01\0\0\0\0" for value in values]
    row = np.zeros(len(plain), dtype=_OUTLINE)
    row["length"] = np.fromiter(map(len, plain), np.int64, len(plain)) + 4
    row["order"] = 1
    row["kind"] = np.frombuffer(b"".join([value[1:5] for value in plain]), "<u4") | _ZONED
    row["zone"] = zone
    heads: Cells = row.view(f"V{row.itemsize}").tolist()
    for at in np.flatnonzero(~present):
        heads[at] = _NULL
    return heads, [value[5:] for value in plain]


def _nothing(_column: pd.Series) -> None:
    """No binary form is known."""


#: How values of each type are written; columns of other types go row by row.
ENCODERS: dict[str, Callable[[pd.Series], Cells | None]] = {
    "int2": _whole(">i2"),
    "int4": _whole(">i4"),
    "int8": _whole(">i8"),
    "float8": _real,
    "bool": _truth,
    "text": _text(),
    "varchar": _text(),
    "bpchar": _text(),
    "json": _text(),
    "jsonb": _text(b"\x01"),
    "uuid": _uuid,
    "date": _date,
}

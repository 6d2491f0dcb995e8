"""Numbers that a surveyor wrote on a measured parcel, as evidence for the match.

A label may hold old or new numbers, with or without the former commune before or behind
them: ``KP-12/34``, ``98/34``, ``tờ 12 thửa 34``, ``22645.12.34``. The part that names the
commune is not needed: place and shape decide between equal numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cadastre.reconcile.compiled import compiled
from cadastre.reconcile.sharing import in_blocks

_SLASH = re.compile(r"(\d+)\s*[/_.:]\s*(\d+)")
_DASH = re.compile(r"(?<![\w/])(\d{1,3})\s*-\s*(\d+)")
_WORDS = re.compile(r"(?:to|t)\D{0,14}?(\d+)\D{0,16}?(?:thua|th)\D{0,8}?(\d+)")
_WORDS_BACK = re.compile(r"(?:thua|th)\D{0,8}?(\d+)\D{0,16}?(?:to|t)\D{0,14}?(\d+)")
_STRIDE = 10_000_000  # above every parcel number, so that sheet and parcel make one number
_NOT_PLAIN, _WIDTH = -2, 24  # letters of a label that is read at once
Counted = tuple[np.ndarray, pd.Index]
_COMMUNE = re.compile(r"(?<!\d)\d{5}(?!\d)[\s._:/-]*")


def label_numbers(label: str | None) -> str:
    """``sheet/parcel`` in a label, without leading zeros; empty when there are no two numbers.

    >>> [label_numbers(t) for t in ("KP-12/34", "tờ 12, thửa 034", "thửa 34 tờ 12 Sông Cầu")]
    ['12/34', '12/34', '12/34']
    >>> label_numbers("22645-12/34"), label_numbers("12-34"), label_numbers("nhà ông Ba")
    ('12/34', '12/34', '')
    """
    bare = unicodedata.normalize("NFD", (label or "").lower().replace("đ", "d"))
    text = "".join(c for c in bare if not unicodedata.combining(c))
    text = _COMMUNE.sub("", text, count=1)
    for pattern, flip in ((_WORDS_BACK, True), (_WORDS, False), (_SLASH, False), (_DASH, False)):
        found = pattern.search(text)
        if found:
            sheet, parcel = found.groups()[::-1] if flip else found.groups()
            return f"{int(sheet)}/{int(parcel)}"
    return ""


def label_keys(labels: Sequence[str | None] | np.ndarray) -> np.ndarray:
    """Sheet and parcel of each label as one whole number; -1 where it names none.

    >>> label_keys(["KP-12/34", None, "thửa 34 tờ 12"]).tolist()
    [120000034, -1, 120000034]
    """
    listed = np.asarray(labels, dtype=object)
    keys = _plain_keys(listed)
    for i in np.flatnonzero(keys == _NOT_PLAIN):
        keys[i] = _label_key(listed[i])
    return keys


def _label_key(label: str | None) -> int:
    if not isinstance(label, str):
        return -1
    sheet, _, parcel = label_numbers(label).partition("/")
    if not parcel or len(sheet) > 9 or int(parcel) >= _STRIDE:
        return -1
    return int(sheet) * _STRIDE + int(parcel)


def parcel_keys(sheet: pd.Series, parcel: pd.Series, counted: Counted | None = None) -> np.ndarray:
    """Sheet and parcel of mapped parcels as one number; -1 where either is none.

    ``counted`` are the places and values of the sheets, where they are known already.
    """
    one = _numbers(sheet, counted)[0]
    keys = np.full(len(one), -1, dtype=np.int64)
    if not np.isfinite(one).any():
        return keys
    two, told = _numbers(parcel)
    odd = told & (np.isnan(two) | (two % 1.0 != 0.0))
    if odd.any():
        digits = parcel[odd].astype(str).str.extract(r"^\s*(\d+)", expand=False)
        two[odd] = pd.to_numeric(digits, errors="coerce").to_numpy(dtype=float)
    known = np.isfinite(one) & np.isfinite(two) & (one >= 0) & (one < 1.0e9)
    known &= (two >= 0) & (two < _STRIDE)
    keys[known] = one[known].astype(np.int64) * _STRIDE + two[known].astype(np.int64)
    return keys


def _numbers(column: pd.Series, counted: Counted | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a column of numbers or of text (NaN: none), and where anything is written."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        return values, ~np.isnan(values)
    # The numbers of a sheet return on every other one.
    number, names = counted or pd.factorize(column)
    text = np.asarray(names, dtype=object)
    keys = _plain_keys(text, parcel_only=True)
    found = np.append(np.where(keys >= 0, keys, np.nan), np.nan)  # the last: none
    odd = np.flatnonzero(keys == _NOT_PLAIN)
    if len(odd):
        found[odd] = pd.to_numeric(pd.Series(text[odd]), errors="coerce").to_numpy(dtype=float)
    return found[number], number >= 0


def _plain_keys(text: np.ndarray, *, parcel_only: bool = False) -> np.ndarray:
    """Keys of labels like ``KP-12/34`` (or of plain whole numbers), _NOT_PLAIN for others."""
    keys = np.full(len(text), _NOT_PLAIN, dtype=np.int64)

    def read(begin: int, end: int) -> None:
        wide = text[begin:end].astype(f"U{_WIDTH}")
        letters = wide.view(np.uint32).reshape(len(wide), _WIDTH)
        _read_plain(letters, parcel_only, _STRIDE, keys[begin:end])

    in_blocks(read, len(text))
    return keys


@compiled
def _read_plain(letters, parcel_only, stride, keys):  # type: ignore[no-untyped-def]  # noqa: C901
    """Read letters, a dash, up to four digits, a slash and up to four digits; zero ends a text."""
    for row in range(len(letters)):
        text = letters[row]
        at, width = 0, len(text)
        if text[width - 1] != 0:  # perhaps cut off
            continue
        first, digits = 0, 0
        if not parcel_only:
            while at < width and ((65 <= text[at] <= 90) or (97 <= text[at] <= 122)):
                at += 1
            if at > 0:
                if text[at] != 45:
                    continue
                at += 1
            while 48 <= text[at] <= 57 and digits < 5:
                first, digits, at = first * 10 + text[at] - 48, digits + 1, at + 1
            if digits < 1 or digits > 4 or text[at] != 47:
                continue
            at += 1
        second, digits = 0, 0
        while 48 <= text[at] <= 57 and digits < 5:
            second, digits, at = second * 10 + text[at] - 48, digits + 1, at + 1
        if 1 <= digits <= 4 and text[at] == 0:
            keys[row] = first * stride + second

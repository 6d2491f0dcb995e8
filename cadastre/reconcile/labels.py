"""Numbers that a surveyor wrote on a measured parcel, as evidence for the match.

A label may hold old or new numbers, with or without the former commune before or behind
them: ``KP-12/34``, ``98/34``, ``tờ 12 thửa 34``, ``22645.12.34``. The part that names the
commune is not needed: place and shape decide between equal numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

_SLASH = re.compile(r"(\d+)\s*[/_.:]\s*(\d+)")
_DASH = re.compile(r"(?<![\w/])(\d{1,3})\s*-\s*(\d+)")
_WORDS = re.compile(r"(?:to|t)\D{0,14}?(\d+)\D{0,16}?(?:thua|th)\D{0,8}?(\d+)")
_WORDS_BACK = re.compile(r"(?:thua|th)\D{0,8}?(\d+)\D{0,16}?(?:to|t)\D{0,14}?(\d+)")
_PLAIN = re.compile(r"(?:[A-Za-z]+-)?(\d{1,4})/(\d{1,4})")
_STRIDE = 10_000_000  # above every parcel number, so that sheet and parcel make one number
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


def label_keys(labels: Iterable[str | None]) -> np.ndarray:
    """Sheet and parcel of each label as one whole number; -1 where it names none.

    >>> label_keys(["KP-12/34", None, "thửa 34 tờ 12"]).tolist()
    [120000034, -1, 120000034]
    """
    return np.array([_label_key(x) for x in labels], dtype=np.int64)


def _label_key(label: str | None) -> int:
    if not isinstance(label, str):
        return -1
    plain = _PLAIN.fullmatch(label)
    if plain is not None:  # nearly all labels; read as label_numbers would
        return int(plain[1]) * _STRIDE + int(plain[2])
    sheet, _, parcel = label_numbers(label).partition("/")
    if not parcel or len(sheet) > 9 or int(parcel) >= _STRIDE:
        return -1
    return int(sheet) * _STRIDE + int(parcel)


def parcel_keys(sheet: pd.Series, parcel: pd.Series) -> np.ndarray:
    """Sheet and parcel of mapped parcels as one number; -1 where either is none."""
    one = pd.to_numeric(sheet.astype("object"), errors="coerce").to_numpy(dtype=float)
    text = parcel.astype("object")
    two = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, copy=True)
    odd = ~(np.isfinite(two) & (two % 1.0 == 0.0))
    if odd.any():
        digits = text[odd].astype(str).str.extract(r"^\s*(\d+)", expand=False)
        two[odd] = pd.to_numeric(digits, errors="coerce").to_numpy(dtype=float)
    known = np.isfinite(one) & np.isfinite(two) & (one >= 0) & (one < 1.0e9)
    known &= (two >= 0) & (two < _STRIDE)
    keys = np.full(len(one), -1, dtype=np.int64)
    keys[known] = one[known].astype(np.int64) * _STRIDE + two[known].astype(np.int64)
    return keys

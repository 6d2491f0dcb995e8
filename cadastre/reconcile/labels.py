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
    """``sheet/parcel`` of each label, as an object array."""
    return np.array([label_numbers(x if isinstance(x, str) else None) for x in labels], object)


def parcel_keys(sheet: pd.Series, parcel: pd.Series) -> np.ndarray:
    """``sheet/parcel`` of mapped parcels; empty where either is missing or not a number."""
    one = pd.to_numeric(sheet.astype("object"), errors="coerce").to_numpy(dtype=float)
    digits = parcel.astype("object").astype(str).str.extract(r"^\s*(\d+)", expand=False)
    two = pd.to_numeric(digits, errors="coerce").to_numpy(dtype=float)
    known = np.isfinite(one) & np.isfinite(two)
    keys = np.full(len(one), "", dtype=object)
    keys[known] = [f"{int(a)}/{int(b)}" for a, b in zip(one[known], two[known], strict=True)]
    return keys


def key_codes(*keys: np.ndarray) -> list[np.ndarray]:
    """Equal small integers for equal keys over several arrays; -1 for an empty key."""
    joined = np.concatenate(keys) if keys else np.empty(0, object)
    codes, uniques = pd.factorize(joined)
    empty = np.flatnonzero(np.asarray(uniques, dtype=object) == "")
    codes = np.where(np.isin(codes, empty), -1, codes)
    ends = np.cumsum([len(k) for k in keys])
    return np.split(codes, ends[:-1])

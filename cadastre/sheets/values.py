"""Cell values as people typed them -> numbers, labels, scales and dates, over whole columns.

Columns repeat themselves: each distinct value is read once and spread back.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

#: What the cadastral file writes for "nothing" (TT 10/2024 Art 10), and what software writes.
EMPTY = {"", "-/-", "-", "nan", "none", "null", "<null>"}


_LARGEST_SCALE = 1e9
#: A number of a sheet or parcel is a short word; what is longer is something else.
_LONGEST_LABEL = 50


def labels(values: Any) -> pd.Series:
    """Numbers of sheets and parcels as text: ``12.0`` and ``" 012"`` are ``12``.

    Nothing, zero and the sign ``-/-`` become missing.

    >>> labels(np.array([12.0, " 012", "34a", "-/-", 0], dtype=object)).tolist()
    ['12', '12', '34a', None, None]
    """
    distinct, places = _distinct(values)
    series = _text(distinct).str.replace(r"^0+(?=\d)", "", regex=True)
    series = series.str.replace(r"^(\d+)[.,]0+$", r"\1", regex=True)
    series = series.mask(series.str.len() > _LONGEST_LABEL)
    return _present(series, EMPTY | {"0"}, places)


def texts(values: Any) -> pd.Series:
    """Trimmed text, missing where there is nothing."""
    distinct, places = _distinct(values)
    return _present(_text(distinct), EMPTY, places)


def numbers(values: Any) -> np.ndarray:
    """Numbers with a decimal point or comma as floats, NaN where there is none.

    >>> numbers(np.array(["1.245,5", "245.8", "1 245,5 m2", None], dtype=object)).tolist()
    [1245.5, 245.8, 1245.5, nan]
    """
    array = np.asarray(values)
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    distinct, places = _distinct(array)
    text = _text(distinct).str.replace(r"\s|m2|m²$", "", regex=True, case=False)
    both = text.str.contains(",", regex=False) & text.str.contains(".", regex=False)
    comma_last = text.str.rfind(",") > text.str.rfind(".")
    swap = (both & comma_last).fillna(False).to_numpy(bool)
    text = text.mask(swap, text.str.replace(".", "", regex=False))
    text = text.mask(
        (both & ~comma_last).fillna(False).to_numpy(bool), text.str.replace(",", "", regex=False)
    )
    text = text.str.replace(",", ".", regex=False)
    found = np.asarray(pd.to_numeric(text, errors="coerce"), dtype=np.float64)
    return _spread(found, places, np.nan)


def scales(values: Any) -> np.ndarray:
    """Scale denominators of ``500``, ``1:500``, ``1/500`` or ``1/2.000``; 0 where unknown.

    >>> scales(np.array(["1:500", "1/2.000", 1000.0, "?"], dtype=object)).tolist()
    [500, 2000, 1000, 0]
    """
    distinct, places = _distinct(values)
    text = _text(distinct).str.replace(r"\.0$", "", regex=True)
    text = text.str.replace(r"^\s*1\s*[:/]\s*", "", regex=True)
    text = text.str.replace(r"[.,\s]", "", regex=True)
    read = np.asarray(pd.to_numeric(text, errors="coerce").fillna(0), dtype=np.float64)
    found = np.where(np.abs(read) < _LARGEST_SCALE, read, 0).astype(np.int64)
    return _spread(found, places, 0)


def dates(values: Any) -> pd.Series:
    """Dates of ``2012``, ``2012-05-01`` or ``01/05/2012``; a bare year is its first day."""
    distinct, places = _distinct(values)
    text = _text(distinct).str.replace(r"\.0$", "", regex=True)
    year = text.str.fullmatch(r"(19|20)\d\d").fillna(False).to_numpy(bool)
    filled = text.mask(year, text + "-01-01")
    day_first = filled.str.replace(
        r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$", r"\3-\2-\1", regex=True
    )
    parsed = pd.to_datetime(day_first.str.slice(0, 10), errors="coerce", format="%Y-%m-%d")
    found = parsed.astype("datetime64[ns]").to_numpy()
    return pd.Series(_spread(found, places, np.datetime64("NaT")))


def digits_of(name: str) -> str | None:
    """Return the sheet number in a file name such as ``DC5``, ``to_12`` or ``tờ 7``; else None.

    >>> digits_of("DC05"), digits_of("to_12_2012"), digits_of("parcels")
    ('5', '12', None)
    """
    found = re.search(r"(?:^|[^a-z])(?:dc|to|sheet|tbd|bd)[\s_-]*0*(\d{1,3})(?!\d)", name.lower())
    return found.group(1) if found else None


def _distinct(values: Any) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values and, for each value, its place among them (-1 = missing)."""
    places, distinct = pd.factorize(np.asarray(values))
    return np.asarray(distinct), places


def _spread(found: np.ndarray, places: np.ndarray, missing: Any) -> np.ndarray:
    """Give each place its value again; ``missing`` where there is none."""
    return np.append(found, np.array([missing], dtype=found.dtype))[places]


def _present(series: pd.Series, empty: set[str], places: np.ndarray) -> pd.Series:
    dropped = (series.isna() | series.str.lower().isin(empty)).to_numpy(bool)
    found = series.astype(object).to_numpy().copy()
    found[dropped] = None
    return pd.Series(_spread(found, places, None), dtype=object)


def _text(values: Any) -> pd.Series:
    array = np.asarray(values)
    if array.dtype.kind == "f":
        whole = pd.Series(array).astype(object)
        return whole.map(_number_text).astype("str").where(pd.notna(whole), None)
    series = pd.Series(array, dtype=object)
    present = series.notna()
    return series.map(_number_text, na_action="ignore").astype("str").str.strip().where(present)


def _number_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # The register takes neither the padding of a DBF field nor half a surrogate pair.
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")

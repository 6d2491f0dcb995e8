"""Land-use codes: known, outdated or unknown, and which count as agricultural land.

TT 08/2024/TT-BTNMT Annex II with the older tables that people still type from; the codes
live in ``land_use.toml``. A label may join several codes (``ONT+CLN``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

KNOWN, OUTDATED, UNKNOWN, EMPTY = "known", "outdated", "unknown", "empty"
_JOINT = re.compile(r"[+,;/&\s]+")


@dataclass(frozen=True, slots=True)
class LandUse:
    """One code as it was read: its state, the codes in force instead, its group."""

    code: str
    state: str
    current: tuple[str, ...]
    group: str | None


def split_codes(label: str | None) -> list[str]:
    """Codes in a label, in order, in capitals.

    >>> split_codes("ont+CLN"), split_codes(None)
    (['ONT', 'CLN'], [])
    """
    if not isinstance(label, str):
        return []
    return [part for part in _JOINT.split(label.strip().upper()) if part]


def names_of(label: str | None, tables: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Name of each code in a label by language; empty where no code is known.

    >>> names_of("ONT+CLN")["vi"], names_of("ont")["en"], names_of("XYZ")["vi"]
    ('Đất ở tại nông thôn + Đất trồng cây lâu năm', 'Rural residential', '')
    """
    codes, known = split_codes(label), _tables(tables)["codes"]
    if known.keys().isdisjoint(codes):
        return {"vi": "", "en": ""}
    return {
        language: " + ".join(known.get(code, {}).get(language, code) for code in codes)
        for language in ("vi", "en")
    }


def origin_words(origin: str | None, tables: Mapping[str, Any] | None = None) -> str | None:
    """Origin of use in words: each code that is known, everything else as it stands.

    >>> origin_words("CNQ-KTT; thừa kế")
    'Công nhận QSDĐ như giao đất không thu tiền sử dụng đất; thừa kế'
    """
    if not origin:
        return None
    known = _tables(tables)["origins"]["codes"]
    parts = [part.strip() for part in origin.split(";")]
    return "; ".join(known.get(part.upper(), part) for part in parts)


def look_up(label: str | None, tables: Mapping[str, Any] | None = None) -> LandUse:
    """What ``land_use.toml`` says about a label; the worst of its codes decides the state.

    >>> look_up("BHK").current, look_up("ONT+CLN").state, look_up("XYZ").state
    (('HNK',), 'known', 'unknown')
    """
    land_use = _tables(tables)
    codes = split_codes(label)
    if not codes:
        return LandUse("", EMPTY, (), None)
    states = [_state(code, land_use) for code in codes]
    state = max(states, key=[KNOWN, OUTDATED, UNKNOWN].index)
    current = tuple(c for code in codes for c in _current(code, land_use))
    first = land_use["codes"].get(current[0], {}) if current else {}
    return LandUse("+".join(codes), state, current, first.get("group"))


def is_farmland(
    codes: npt.ArrayLike, tables: Mapping[str, Any] | None = None
) -> npt.NDArray[np.bool_]:
    """Whether each label is agricultural land only; the wider position limit holds there.

    A label with any residential or other part is judged by the narrow limit; so is an
    unknown or empty one.

    >>> is_farmland(["LUC", "BHK", "ONT+CLN", None, "DGT"]).tolist()
    [True, True, False, False, False]
    """
    land_use = _tables(tables)
    labels = np.atleast_1d(np.asarray(codes, dtype=object))
    listed = labels.ravel().tolist()
    known = {label: _all_farmland(label, land_use) for label in set(listed)}
    return np.array([known[label] for label in listed], dtype=bool).reshape(labels.shape)


def _all_farmland(label: str | None, land_use: Mapping[str, Any]) -> bool:
    codes = split_codes(label)
    current = [_current(code, land_use) for code in codes]
    if not current or not all(current):
        return False
    groups = {land_use["codes"].get(c, {}).get("group") for some in current for c in some}
    return groups <= set(land_use["farmland_groups"])


def _state(code: str, land_use: Mapping[str, Any]) -> str:
    if code in land_use["codes"]:
        return KNOWN
    return OUTDATED if code in land_use["outdated"]["codes"] else UNKNOWN


def _current(code: str, land_use: Mapping[str, Any]) -> list[str]:
    if code in land_use["codes"]:
        return [code]
    return list(land_use["outdated"]["codes"].get(code, []))


def _tables(tables: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if tables is not None:
        return tables
    from cadastre.regulation import load

    return load()["land_use"]

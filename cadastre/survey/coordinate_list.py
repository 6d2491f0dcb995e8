"""Coordinate list (CSV, TXT) -> points with names, labels and precision, row by row.

Every row of the file is accounted for: loaded, or refused with the row, the field and the
reason in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cadastre.formats.accounting import Ledger, content_hash
from cadastre.formats.field_book import Corner
from cadastre.formats.text_table import NotATable, TextTable, number, read_text_table
from cadastre.regulation import Regulation
from cadastre.survey.columns import find_columns, sigma_unit
from cadastre.survey.place import Place, find_place, stated_order

_COLUMNS = ["point", "east", "north", "height", "sigma_m", "code", "label", "row_number"]


@dataclass(frozen=True, slots=True)
class CoordinateList:
    """Points of a file, the place that was found for them, and the account so far.

    ``points`` also has the column ``record`` (from 1); ``lost`` are the corners that refused
    rows name; ``labelled`` whether there is a column for parcels.
    """

    points: pd.DataFrame
    place: Place
    ledger: Ledger
    confirmed: dict[str, str]
    labelled: bool
    lost: tuple[Corner, ...] = ()


def read_coordinate_list(
    path: Path,
    *,
    declared: int | None,
    axes: str,
    columns: Mapping[str, str] | str,
    outline: Any,
    commune_bounds: Sequence[float] | None,
    srid: int | None,
    regulation: Regulation,
) -> CoordinateList:
    """Points of a coordinate list; ``row_number`` is the line of the file, from 1."""
    rules = regulation["survey"]
    table = read_text_table(path, largest_bytes=int(rules["size"]["largest_bytes"]))
    found, named = find_columns(table, columns, path.name)
    ledger = Ledger(path.name, content_hash(path), len(table.rows))
    raw = _raw(table, found)
    kept = _sound(raw, ledger, rules, sigma_unit(table.header, found))
    if kept.empty:
        first = ledger.close().lines
        vi, en = (first[0].reason_vi, first[0].reason_en) if first else ("", "")
        raise NotATable(f"{path.name}. {en}", f"{path.name}. {vi}", file=path.name)
    place = find_place(
        kept["north"].to_numpy(),
        kept["east"].to_numpy(),
        declared=declared,
        commune_srid=srid,
        outline=outline,
        commune_bounds=commune_bounds,
        rules=rules,
        file=path.name,
        swapped=stated_order(axes, left_is_first=found["north"] < found["east"]),
    )
    if place.swapped:
        kept = kept.rename(columns={"north": "east", "east": "north"})
    reason = {"vi": place.evidence_vi, "en": place.evidence_en}
    ledger.note("AXIS_ORDER", reason, swapped=place.swapped, named=named, encoding=table.encoding)
    confirmed = _confirmed(kept)
    points = kept[[*_COLUMNS, "record"]].reset_index(drop=True)
    refused = raw[raw["record"].isin(ledger.refused_records)]
    label, point, code = (refused[name].str.strip() for name in ("label", "point", "code"))
    rows = zip(label, point, refused["row_number"], code, strict=True)
    lost = tuple(Corner(*row) for row in rows)
    return CoordinateList(points, place, ledger, confirmed, "label" in found, lost)


def _raw(table: TextTable, found: Mapping[str, int]) -> pd.DataFrame:
    def cell(row: tuple[str, ...], name: str) -> str:
        at = found.get(name)
        return row[at] if at is not None and at < len(row) else ""

    names = ["point", "north", "east", "height", "sigma", "code", "label", "confirmed"]
    data = {name: [cell(row, name) for row in table.rows] for name in names}
    records = list(range(1, len(table.rows) + 1))
    return pd.DataFrame(data).assign(row_number=list(table.lines), record=records)


def _sound(
    raw: pd.DataFrame, ledger: Ledger, rules: Mapping[str, Any], sigma_unit_m: float
) -> pd.DataFrame:
    """Rows whose numbers can be read; the others are refused with their line and field."""
    values = {n: np.array([number(t) for t in raw[n]]) for n in ("north", "east", "height")}
    sigma, sigma_ok = _sigma(raw["sigma"], rules["sigma"], sigma_unit_m)
    titles = {"north": "X/N", "east": "Y/E"}
    good = np.isfinite(values["north"]) & np.isfinite(values["east"]) & sigma_ok
    for at in np.flatnonzero(~good):
        line = int(raw["row_number"].iloc[at])
        bad = next((f for f in ("north", "east") if not np.isfinite(values[f][at])), "sigma")
        text = str(raw[bad].iloc[at])
        title = titles.get(bad, "sigma")
        told = (f"“{text}” không phải giá trị dùng được", f"{text!r} is not a usable value")
        if not text.strip():
            told = ("bị bỏ trống", "is empty")
        reason = {
            "vi": f"Dòng {line}, cột {title}: {told[0]}.",
            "en": f"Line {line}, column {title}: {told[1]}.",
        }
        ledger.refuse(int(at) + 1, reason, field=bad)
    label = raw["label"].str.strip()
    table = raw.assign(**values, sigma_m=sigma, label=label.where(label != "", None))
    return table[good].reset_index(drop=True)


def _sigma(
    texts: pd.Series, rules: Mapping[str, Any], unit_m: float
) -> tuple[np.ndarray, np.ndarray]:
    given = texts.str.strip().to_numpy(dtype=object)
    value = np.array([number(t) for t in given]) * unit_m
    absent = given == ""
    usable = (value > 0) & (value <= float(rules["largest_m"]))
    sigma = np.where(absent, float(rules["default_m"]), value)
    return np.maximum(sigma, float(rules["smallest_m"])), absent | usable


def _confirmed(kept: pd.DataFrame) -> dict[str, str]:
    told = kept[(kept["confirmed"] != "") & kept["label"].notna()]
    return dict(zip(told["label"].astype(str), told["confirmed"].astype(str), strict=True))

"""The land book (sổ mục kê) -> records, parties with shares, purposes with areas.

Books come as one row per parcel with repeated column groups (``loai_dat_1, dien_tich_1``),
as one row per parcel and person or purpose, or with several values in a cell
(``ONT: 200; CLN: 345,2``). Rows of one number are one record; a row without a number
continues the one above it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cadastre.formats.accounting import Ledger, ReadReport, content_hash
from cadastre.formats.spreadsheet import TableRows, read_rows
from cadastre.sheets import values
from cadastre.sheets.book_columns import BookColumns, book_columns, is_heading
from cadastre.sheets.book_parties import Party, parties_of, with_shares
from cadastre.sheets.columns import TITLES, Columns, fold
from cadastre.sheets.wording import vi

RECORD_COLUMNS = [
    "row_number", "former_commune", "map_set", "scale", "former_sheet", "former_parcel",
    "register_area_m2", "address", "certificate_serial", "book_number",
]  # fmt: skip
PARTY_COLUMNS = [
    "row_number", "ordinal", "name", "kind", "id_number", "birth_date", "gender", "address",
    "share_numerator", "share_denominator", "role",
]  # fmt: skip
PURPOSE_COLUMNS = [
    "row_number", "ordinal", "land_use", "area_m2", "origin", "term",
    "former_commune", "former_sheet", "former_parcel",
]  # fmt: skip
_PURPOSE = re.compile(r"([A-Za-zĐđ]{1,4}\*?)(?:\s*[:=\-(]?\s*(\d[\d.,]*)\s*(?:m2|m²)?\)?)?")
_UNIT_WORDS = re.compile(r"^(xa|thitran|phuong|tt|x|p)")


@dataclass(frozen=True)
class LandbookReading:
    """What a land book says; ``row_number`` joins the three tables."""

    records: pd.DataFrame
    parties: pd.DataFrame
    purposes: pd.DataFrame
    report: ReadReport
    columns: dict[str, str]
    headers: tuple[str, ...] = ()


@dataclass
class _Record:
    row: int
    key: tuple[str, str, int | None, str, str]
    area: float | None = None
    facts: dict[str, str | None] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    purposes: list[tuple[str, float | None, str | None, str | None]] = field(default_factory=list)


def read_landbook(
    path: str | Path,
    *,
    former_commune: str | None = None,
    columns: Columns = "auto",
    encoding: str = "auto",
    former_communes: Mapping[str, str] | None = None,
) -> LandbookReading:
    """Read a land book (XLSX, CSV, DBF).

    Parameters
    ----------
    former_commune : code, for books that do not name it in a column
    columns : ``auto`` or standard name -> the book's column
    former_communes : name -> code, for books that give names instead of codes

    Raises
    ------
    cadastre.sheets.columns.ColumnsUnclear
        No column of sheet or parcel numbers; the message lists what the file has.
    """
    path = Path(path)
    table = read_rows(path, encoding=encoding, known=is_heading)
    found = book_columns(table.columns, columns, file=path.name)
    ledger = Ledger(path.name, content_hash(path), len(table) + len(table.deleted))
    _note(ledger, table, found)
    records = _records(table, found, former_commune, former_communes or {}, ledger)
    return LandbookReading(
        records=_record_frame(records),
        parties=_party_frame(records),
        purposes=_purpose_frame(records),
        report=ledger.close(),
        columns=dict(found.single),
        headers=table.columns,
    )


def _note(ledger: Ledger, table: TableRows, found: BookColumns) -> None:
    for row in table.deleted:
        ledger.refuse(row, _both("Dòng bị đánh dấu xóa trong DBF.", "Marked deleted in the DBF."))
    for text in table.texts:
        ledger.note(
            "TEXT",
            _both(
                f"Cột {text.column}: bảng mã {text.encoding} ({vi(text.confidence, '.2f')}).",
                f"Column {text.column}: encoding {text.encoding} ({text.confidence:.2f}).",
            ),
            column=text.column,
            encoding=text.encoding,
            confidence=text.confidence,
        )
    for name, column in found.single.items():
        ledger.note(
            "COLUMN",
            _both(f"Cột {column} dùng làm {name}.", f"Column {column} is read as {name}."),
            name=name,
            column=column,
        )


def _records(
    table: TableRows,
    found: BookColumns,
    former_commune: str | None,
    codes: Mapping[str, str],
    ledger: Ledger,
) -> list[_Record]:
    plain = {name: values.texts(table.values[column]) for name, column in found.single.items()}
    plain |= {n: values.labels(table.values[found.single[n]]) for n in ("sheet", "parcel")}
    area = _number_column(table, found, "register_area_m2")
    scale = values.scales(plain["scale"].to_numpy()) if "scale" in plain else None
    groups = _group_cells(table, found)
    by_fold = {_UNIT_WORDS.sub("", fold(name)): code for name, code in codes.items()}
    records: dict[tuple, _Record] = {}
    last: _Record | None = None
    for at, row in enumerate(table.row_numbers.tolist()):
        cells = {name: column.iloc[at] for name, column in plain.items()}
        goes_on = _continues(cells)
        cells["scale"] = None if scale is None else int(scale[at]) or None
        record = last if goes_on else _keyed(cells, row, former_commune, by_fold, records)
        if record is None:
            ledger.refuse(row, _why_refused(cells))
            last = None
            continue
        _add(record, cells, area[at], groups, at)
        last = record
    return list(records.values())


def _continues(cells: Mapping[str, Any]) -> bool:
    return cells["sheet"] is None and cells["parcel"] is None


def _keyed(
    cells: Mapping[str, Any],
    row: int,
    former_commune: str | None,
    codes: Mapping[str, str],
    records: dict[tuple, _Record],
) -> _Record | None:
    commune = _commune(cells.get("former_commune"), former_commune, codes)
    if commune is None or cells["sheet"] is None or cells["parcel"] is None:
        return None
    key = (commune, cells.get("map_set") or "", cells["scale"], cells["sheet"], cells["parcel"])
    return records.setdefault(key, _Record(row, key))


def _commune(stated: str | None, given: str | None, codes: Mapping[str, str]) -> str | None:
    if stated is None:
        return given
    digits = re.sub(r"\D", "", stated)
    if len(digits) == 5:
        return digits
    return codes.get(_UNIT_WORDS.sub("", fold(stated)), given)


def _why_refused(cells: Mapping[str, Any]) -> dict[str, str]:
    missing = [n for n in ("sheet", "parcel") if cells.get(n) is None] or ["former_commune"]
    told = [", ".join(TITLES[name][at] for name in missing) for at in (0, 1)]
    return _both(f"Dòng thiếu {told[0]}; hãy bổ sung.", f"The row lacks {told[1]}; add it.")


@dataclass(frozen=True)
class _GroupCells:
    """Columns of the repeated groups, each read once: text, and the area of a purpose."""

    parties: list[dict[str, np.ndarray]]
    purposes: list[dict[str, np.ndarray]]


def _group_cells(table: TableRows, found: BookColumns) -> _GroupCells:
    def read(name: str, column: str) -> np.ndarray:
        if name == "purpose_area":
            return values.numbers(table.values[column])
        return values.texts(table.values[column]).to_numpy()

    return _GroupCells(
        parties=[{n: read(n, c) for n, c in group.items()} for group in found.party_groups],
        purposes=[{n: read(n, c) for n, c in group.items()} for group in found.purpose_groups],
    )


def _add(
    record: _Record, cells: Mapping[str, Any], area: float, groups: _GroupCells, at: int
) -> None:
    if record.area is None and np.isfinite(area):
        record.area = float(area)
    for name in ("address", "certificate_serial", "book_number"):
        if record.facts.get(name) is None:
            record.facts[name] = cells.get(name)
    for group in groups.parties:
        said = {name: column[at] for name, column in group.items()}
        record.parties += [p for p in parties_of(said) if p not in record.parties]
    for group in groups.purposes:
        use = {name: column[at] for name, column in group.items()}
        record.purposes += [p for p in _purposes(use) if p not in record.purposes]


def _purposes(
    cell: Mapping[str, Any],
) -> list[tuple[str, float | None, str | None, str | None]]:
    """Purposes in one cell, with the areas written beside them or in a column of their own.

    >>> _purposes({"land_use": "ONT: 200; CLN: 345,2"})
    [('ONT', 200.0, None, None), ('CLN', 345.2, None, None)]
    """
    label = cell.get("land_use")
    if label is None:
        return []
    origin, term = cell.get("origin"), cell.get("term")
    stated = cell.get("purpose_area")
    stated = float(stated) if stated is not None and np.isfinite(stated) else None
    split = [
        (code.upper(), _number(area) if area else None) for code, area in _PURPOSE.findall(label)
    ]
    if len(split) == 1 and split[0][1] is None:
        split = [(split[0][0], stated)]
    return [(code, area, origin, term) for code, area in split]


@lru_cache(maxsize=4096)
def _number(value: Any) -> float | None:
    found = values.numbers(np.array([value], dtype=object))[0]
    return float(found) if np.isfinite(found) else None


def _number_column(table: TableRows, found: BookColumns, name: str) -> np.ndarray:
    column = found.single.get(name)
    if column is None:
        return np.full(len(table), np.nan)
    return values.numbers(table.values[column])


def _record_frame(records: list[_Record]) -> pd.DataFrame:
    rows = [
        (
            r.row, r.key[0], r.key[1], r.key[2], r.key[3], r.key[4], r.area,
            r.facts.get("address"), r.facts.get("certificate_serial"), r.facts.get("book_number"),
        )
        for r in records
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=RECORD_COLUMNS)
    return table.astype({"scale": "Int64", "register_area_m2": "float64", "row_number": "int64"})


def _party_frame(records: list[_Record]) -> pd.DataFrame:
    rows = [
        (
            r.row, ordinal, p.name, p.kind, p.id_number, p.birth_date, p.gender, p.address,
            p.share[0], p.share[1], p.role,
        )
        for r in records
        for ordinal, p in enumerate(with_shares(r.parties), start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=PARTY_COLUMNS)


def _purpose_frame(records: list[_Record]) -> pd.DataFrame:
    rows = []
    for r in records:
        for ordinal, (code, area, origin, term) in enumerate(r.purposes, start=1):
            # One purpose without a figure covers the whole parcel.
            size = r.area if area is None and len(r.purposes) == 1 else area
            rows.append((r.row, ordinal, code, size, origin, term, r.key[0], r.key[3], r.key[4]))
    return pd.DataFrame(rows, columns=PURPOSE_COLUMNS).astype({"area_m2": "float64"})


def _both(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en}

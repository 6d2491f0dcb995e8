"""The land book (sổ mục kê): one row for each parcel and holder, as offices keep it in XLSX."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from openpyxl import Workbook

from cadastre.regulation import Regulation
from sample_data.coverage import Coverage
from sample_data.faults import Fault, Ledger
from sample_data.map_copies import Copies
from sample_data.people import Holding, address, invent_holding, place_name

HEADER = (
    "STT", "Mã xã cũ", "Tờ bản đồ số", "Thửa đất số", "Tỷ lệ bản đồ", "Diện tích (m²)",
    "Đối tượng", "Tên người sử dụng đất", "Giới tính", "Ngày sinh", "Số giấy tờ",
    "Địa chỉ thường trú", "Vai trò", "Phần quyền",
    "Loại đất 1", "Diện tích loại đất 1", "Nguồn gốc 1", "Thời hạn 1",
    "Loại đất 2", "Diện tích loại đất 2", "Nguồn gốc 2", "Thời hạn 2",
    "Địa chỉ thửa đất", "Số phát hành", "Số vào sổ",
)  # fmt: skip
PRIVATE = ("lot", "village", "paddy", "crop", "forest", "enclave")
_ORIGINS = ("CNQ-KTT", "CNQ-CTT", "DG-KTT", "CNQ-CTT")
SHARE_CERTIFIED = 0.58
WITHOUT_RECORD = 0.035


@dataclass(frozen=True)
class BookRow:
    """A record of the book: the parcel as numbered by its former commune."""

    former: str
    sheet: str
    number: str
    scale: int
    area: float
    holding: Holding
    place: str
    purposes: tuple[tuple[str, float], ...]
    copy: int


def plan_book(
    rng: np.random.Generator,
    copies: Copies,
    coverage: Coverage,
    sheet_number: list[str],
    register_area: dict[int, float],
    left_out: set[int],
    ledger: Ledger,
    regulation: Regulation,
    each: int,
) -> list[BookRow]:
    """Records for the private parcels; some lack one, some records have no parcel."""
    rows: list[BookRow] = []
    count_of: dict[tuple[int, str], int] = {}
    for sheet, number in zip(copies.sheet, copies.number, strict=True):
        if number is not None:
            count_of[int(sheet), number] = count_of.get((int(sheet), number), 0) + 1
    printed = shapely.area(copies.polygons())
    for copy, face in enumerate(copies.face):
        number = copies.number[copy]
        single = number is not None and count_of[int(copies.sheet[copy]), number] == 1
        if number is None or copy in left_out or coverage.kind[face] not in PRIVATE or not single:
            continue
        key = copies.sheets[copies.sheet[copy]]
        if int(face) not in ledger.taken and rng.random() < WITHOUT_RECORD:
            ledger.add(Fault("PARCEL_WITHOUT_RECORD", None, key.former, key.scale,
                             sheet_number[copies.sheet[copy]], number))  # fmt: skip
            continue
        limit = float(regulation.accuracy.area_limit(key.scale, float(printed[copy])))
        ordinary = float(np.clip(rng.normal(0, limit / 4), -0.6 * limit, 0.6 * limit))
        area = register_area.get(int(face), round(float(printed[copy]) + ordinary, 1))
        rows.append(BookRow(
            key.former, sheet_number[copies.sheet[copy]], number, key.scale, area,
            invent_holding(rng), place_name(rng, key.former),
            _purposes(rng, copies.land_use[copy], str(coverage.kind[face]), area), copy,
        ))  # fmt: skip
    _wrong_sums(rng, rows, ledger, copies, each)
    rows += _ghosts(rng, rows, ledger, each)
    return rows


def _purposes(
    rng: np.random.Generator, label: str, kind: str, area: float
) -> tuple[tuple[str, float], ...]:
    codes = label.split("+")
    if kind == "village" and len(codes) == 1 and codes[0] in ("ONT", "ODT") and area > 300:
        codes = [codes[0], "CLN"]
    if len(codes) == 1 or area < 120:
        return ((codes[0], area),)
    home = float(min(rng.choice([100.0, 150.0, 200.0, 300.0]), round(area * 0.6, 1)))
    return ((codes[0], home), (codes[1], round(area - home, 1)))


def _wrong_sums(
    rng: np.random.Generator, rows: list[BookRow], ledger: Ledger, copies: Copies, each: int
) -> None:
    several = [i for i, row in enumerate(rows) if len(row.purposes) == 2
               and int(copies.face[row.copy]) not in ledger.taken]  # fmt: skip
    for i in rng.permutation(np.array(several, dtype=int))[:each]:
        row = rows[int(i)]
        off = float(round(rng.uniform(4, 30), 1))
        (first, home), (second, rest) = row.purposes
        rows[int(i)] = replace(row, purposes=(
            (first, home), (second, round(rest + off, 1))))  # fmt: skip
        ledger.taken.add(int(copies.face[row.copy]))
        ledger.add(Fault("PURPOSE_SUM", None, row.former, row.scale, row.sheet, row.number,
                         measured=off, unit="m2"))  # fmt: skip


def _ghosts(
    rng: np.random.Generator, rows: list[BookRow], ledger: Ledger, each: int
) -> list[BookRow]:
    ghosts: list[BookRow] = []
    for i in rng.choice(len(rows), each, replace=False):
        row = rows[int(i)]
        number = str(900 + len(ghosts))
        ghosts.append(replace(row, number=number,
                                 holding=invent_holding(rng)))  # fmt: skip
        ledger.add(Fault("RECORD_WITHOUT_PARCEL", None, row.former, row.scale, row.sheet, number))
    return ghosts


def write_book(path: Path, rng: np.random.Generator, rows: list[BookRow]) -> int:
    """Write the book; returns the number of data rows (one per holder)."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sổ mục kê")
    sheet.append(["SỔ MỤC KÊ ĐẤT ĐAI (dữ liệu mẫu, không có người thật)"])
    sheet.append([])
    sheet.append(list(HEADER))
    count = 0
    for number, row in enumerate(rows, start=1):
        for line in _lines(rng, number, row):
            sheet.append(line)
            count += 1
    book.save(path)
    return count


def _lines(rng: np.random.Generator, number: int, row: BookRow) -> list[list[Any]]:
    serial, entry = _certificate(rng, row)
    origin = str(rng.choice(_ORIGINS))
    purposes: list[Any] = []
    for code, area in row.purposes:
        home = code in ("ONT", "ODT")
        purposes += [code, area, "CNQ-CTT" if home else origin,
                     "Lâu dài" if home else "Đến ngày 15/10/2063"]  # fmt: skip
    purposes += [None] * (8 - len(purposes))
    lives = address(row.place, row.former)
    lines = []
    for at, person in enumerate(row.holding.persons):
        lines.append([
            number, row.former, int(row.sheet), row.number, f"1/{row.scale}", row.area,
            row.holding.kind, person.name, person.gender, person.birth_date, person.id_number,
            lives, row.holding.roles[at], row.holding.shares[at] or None,
            *(purposes if at == 0 else [None] * 8), lives, serial, entry,
        ])  # fmt: skip
    return lines


def _certificate(rng: np.random.Generator, row: BookRow) -> tuple[str, str]:
    """Old serial (two letters and six digits) and book entry, or the sign for nothing."""
    if rng.random() > SHARE_CERTIFIED:
        return "-/-", "-/-"
    letters = f"{rng.choice(list('ABC'))}{rng.choice(list('BCDEGHKLMNPQRSTVX'))}"
    return f"{letters} {rng.integers(100000, 999999)}", f"CH{rng.integers(1, 9999):05d}"

"""The catalogue of procedures out of a table: code, title, papers, days, fee, online or not.

Columns are known by their Vietnamese or English headings, accents or not. Every row is an
entry or is refused with its number in the file, the field and what to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cadastre.errors import InputRefused
from cadastre.formats.spreadsheet import TableRows, read_rows

_COLUMNS = {
    "code": ("ma thu tuc", "ma tthc", "ma", "code"),
    "title": ("ten thu tuc", "ten thu tuc hanh chinh", "thu tuc", "ten", "title"),
    "field": ("linh vuc", "field"),
    "online": ("truc tuyen", "dich vu cong truc tuyen", "nop truc tuyen", "online"),
    "days": ("thoi han ngay", "so ngay", "ngay lam viec", "days"),
    "time_limit": ("thoi han giai quyet", "thoi han", "time limit"),
    "fee": ("le phi", "phi le phi", "phi", "fee"),
    "documents": ("thanh phan ho so", "ho so", "giay to", "documents"),
    "instructions": ("huong dan", "trinh tu thuc hien", "instructions"),
    "basis": ("can cu phap ly", "can cu", "basis"),
    "profile": ("quy trinh", "profile"),
}
_YES = frozenset({"co", "x", "yes", "true", "1", "toan trinh", "mot phan", "truc tuyen"})
_NO = frozenset({"khong", "no", "false", "0", "", "truc tiep"})
_CODE = re.compile(r"[0-9A-Z][0-9A-Z.\-]{2,39}")
_MOST_DAYS = 9999


class CatalogueRefused(InputRefused):
    """The table has no column of codes and titles, or no row that could be loaded."""

    message_vi = "Bảng không có cột mã và tên thủ tục, hoặc không có dòng nào nạp được."


@dataclass(frozen=True)
class CatalogueReading:
    """Entries of a table, and a line for each row that was refused."""

    records: int
    entries: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]


class _Wrong(Exception):
    def __init__(self, field: str, vi: str, en: str) -> None:
        super().__init__(en)
        self.field, self.vi, self.en = field, vi, en


def read_catalogue(path: Path, *, profiles: Collection[str], name: str = "") -> CatalogueReading:
    """Return the entries of a table of procedures.

    Parameters
    ----------
    profiles : procedures that the service runs; an entry may name one of them
    name : the file's own name, for messages

    Raises
    ------
    TableUnreadable, CatalogueRefused
    """
    table = read_rows(path, known=_is_heading, least=1)
    columns = _columns(table)
    if "code" not in columns or "title" not in columns:
        raise CatalogueRefused(f"({name or path.name})", file=name or path.name)
    entries: dict[str, dict[str, Any]] = {}
    lines = []
    for position, row in enumerate(table.row_numbers):
        given = {key: _cell(table.values[column][position]) for key, column in columns.items()}
        try:
            entry = _entry(given, profiles)
            if entry["code"] in entries:
                raise _Wrong("code", f"mã {entry['code']} lặp lại", f"{entry['code']} is repeated")
            entries[entry["code"]] = entry
        except _Wrong as wrong:
            lines.append(
                {"file": name or path.name, "row": int(row), "field": wrong.field,
                 "reason_vi": f"Dòng {row}: {wrong.vi}; sửa ô này rồi nạp lại.",
                 "reason_en": f"Row {row}: {wrong.en}; correct this cell and load again."}
            )  # fmt: skip
    if not entries:
        raise CatalogueRefused(f"({name or path.name})", file=name or path.name)
    return CatalogueReading(len(table), tuple(entries.values()), tuple(lines))


def folded(text: str) -> str:
    """Return text as it is searched: without accents and punctuation, in lower case.

    >>> folded("Đăng ký đất đai, 1.013978")
    'dang ky dat dai 1 013978'
    """
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", letters.casefold()).split())


def _is_heading(cell: str) -> bool:
    return any(folded(cell) in names for names in _COLUMNS.values())


def _columns(table: TableRows) -> dict[str, str]:
    headings = {folded(column): column for column in reversed(table.columns)}
    found = {}
    for key, names in _COLUMNS.items():
        column = next((headings[name] for name in names if name in headings), None)
        if column is not None:
            found[key] = column
    return found


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _entry(given: dict[str, str], profiles: Collection[str]) -> dict[str, Any]:
    code = given["code"].upper()
    if _CODE.fullmatch(code) is None:
        raise _Wrong("code", f"mã thủ tục sai: {code!r}", f"no code of a procedure: {code!r}")
    if not given["title"]:
        raise _Wrong("title", "thiếu tên thủ tục", "the title is missing")
    profile = given.get("profile") or None
    if profile is not None and profile not in profiles:
        raise _Wrong("profile", f"không có quy trình {profile}", f"no procedure {profile} is run")
    words = " ".join(folded(given.get(key, "")) for key in ("title", "field", "documents"))
    return {
        "code": code,
        "title": given["title"],
        "field": given.get("field", ""),
        "online": _online(given.get("online", "")),
        "days": _days(given.get("days", "")),
        **{
            key: given.get(key, "")
            for key in ("time_limit", "fee", "documents", "instructions", "basis")
        },
        "profile": profile,
        "words": f"{folded(code)} {words}",
    }


def _online(text: str) -> bool:
    said = folded(text)
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise _Wrong(
        "online", f"cột trực tuyến ghi Có hoặc Không, không phải {text!r}",
        f"online is Yes or No, not {text!r}",
    )  # fmt: skip


def _days(text: str) -> float | None:
    if not text:
        return None
    try:
        days = float(text.replace(",", "."))
    except ValueError:
        days = -1.0
    if not 0 <= days <= _MOST_DAYS:
        raise _Wrong("days", f"số ngày sai: {text!r}", f"no number of days: {text!r}")
    return days

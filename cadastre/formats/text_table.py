"""A delimited text file as rows of cells, whatever its encoding, separator and decimal mark.

Surveyors hand over coordinate lists from many programs: comma, semicolon, tab or blanks
between the cells, a decimal comma or point, a header in Vietnamese, in English, or none.
Nothing here knows what the cells mean; each row keeps its line number in the file.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cadastre.errors import InputRefused
from cadastre.formats.workbook_lines import WORKBOOKS, workbook_lines

SEPARATORS = (";", "\t", ",", " ")
#: Rows above the coordinates in which the headings are looked for.
TITLE_ROWS = 20
_COMMENT = ("#", "//", "'")


class NotATable(InputRefused):
    """The text file does not hold rows of coordinates."""

    message_vi = "Tệp văn bản không chứa các dòng tọa độ."


@dataclass(frozen=True, slots=True)
class TextTable:
    """Cells of a text file: ``header`` (normalised names, or none) and rows with line numbers."""

    header: tuple[str, ...] | None
    header_text: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    separator: str
    encoding: str


def read_text_table(path: Path, *, largest_bytes: int) -> TextTable:
    """Rows of a delimited text file.

    Raises
    ------
    NotATable
        The file is too large, binary, or has no two numeric columns.
    """
    if path.stat().st_size > largest_bytes:
        raise NotATable(f"{path.name} is too large.", f"{path.name} quá lớn.", file=path.name)
    text, encoding = _decode(path)
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith(_COMMENT)
    ]
    separator = _separator([line for _, line in numbered[:200]], path.name)
    cells = [_cells(line, separator) for _, line in numbered]
    at = _header_row(cells)
    header = None if at is None else cells[at]
    if at is not None:
        cells, numbered = cells[at + 1 :], numbered[at + 1 :]
    return TextTable(
        tuple(plain_name(c) for c in header) if header else None,
        tuple(header) if header else None,
        tuple(tuple(row) for row in cells),
        tuple(number for number, _ in numbered),
        separator,
        encoding,
    )


def _header_row(cells: list[list[str]]) -> int | None:
    """Row that names the columns: of those above the first coordinates, the one with most names.

    Titles may stand above it; what stands below it is data, and judged as such.
    """
    first = next((n for n, row in enumerate(cells[:TITLE_ROWS]) if _has_coordinates(row)), 1)
    names = [sum(_letters(c) for c in row) for row in cells[:first]]
    best = max(names, default=0)
    return names.index(best) if best else None


def plain_name(text: str) -> str:
    """Lower-case letters and digits of a heading, without Vietnamese marks.

    >>> plain_name("Số hiệu điểm"), plain_name("X (m)")
    ('sohieudiem', 'xm')
    """
    bare = unicodedata.normalize("NFD", text.strip().lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", bare)


def number(text: str) -> float:
    """Value of a cell with a decimal comma or point; ``nan`` when it is not a number.

    >>> number("1.350.000,25"), number("570 123,5"), number("1350000.25"), number("x")
    (1350000.25, 570123.5, 1350000.25, nan)
    """
    bare = text.strip().strip("\"'").replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    if "," in bare and "." in bare:
        thousands = "," if bare.rfind(",") < bare.rfind(".") else "."
        bare = bare.replace(thousands, "")
    if bare.count(",") > 1 or bare.count(".") > 1:
        bare = bare.replace(",", "").replace(".", "")
    try:
        value = float(bare.replace(",", "."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in bare else math.nan


def _decode(path: Path) -> tuple[str, str]:
    if path.suffix.lower() in WORKBOOKS:
        return "\n".join(workbook_lines(path)), "xlsx"
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), "utf-16"
    if b"\x00" in raw[:4096]:
        raise NotATable(f"{path.name} is binary.", f"{path.name} là tệp nhị phân.", file=path.name)
    for encoding in ("utf-8-sig", "cp1258", "latin-1"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding)), encoding
        except UnicodeDecodeError:
            continue
    raise NotATable(f"{path.name}: unknown encoding.", file=path.name)


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=separator))]


def _letters(cell: str) -> bool:
    return bool(plain_name(cell)) and math.isnan(number(cell))


def _has_coordinates(cells: list[str]) -> bool:
    return sum(abs(number(c)) >= 1000 for c in cells) >= 2


def _separator(lines: list[str], name: str) -> str:
    """Separator that gives most lines two large numbers and the same number of cells."""
    best, best_score = "", (0, 0, 0)
    for separator in SEPARATORS:
        table = [_cells(line, separator) for line in lines]
        good = [len(row) for row in table if _has_coordinates(row)]
        if not good:
            continue
        same = Counter(good).most_common(1)[0][1]
        whole = sum(not _broken_decimal(line, separator) for line in lines)
        if (len(good), whole, same) > best_score:
            best, best_score = separator, (len(good), whole, same)
    if not best:
        raise NotATable(
            f"{name}: no line has two coordinates.",
            f"{name}: không có dòng nào có hai tọa độ.",
            file=name,
        )
    return best


def _broken_decimal(line: str, separator: str) -> bool:
    """Whether the separator would cut numbers in two (blank after a comma, decimal comma)."""
    if separator == " ":
        return ";" in line or "\t" in line
    return separator == "," and (";" in line or "\t" in line)

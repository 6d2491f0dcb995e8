"""Which column of a file is which: names that former communes used -> standard names.

Exact spellings are known from land databases (national XML ``soHieuToBanDo``, ViLIS,
gCadas, VietBanDo exports) and from DBF names cut at ten letters; others are suggested by
similarity. A suggestion has a confidence and can be overridden by hand.
"""

from __future__ import annotations

import difflib
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cadastre.errors import InputRefused

#: Spellings, folded (no accents, no signs, small letters), the likelier first.
SHEET_NAMES: dict[str, tuple[str, ...]] = {
    "sheet": ("soto", "shbando", "tobando", "sohieutobando", "shto", "soto_bd", "tobd", "sobando",
              "mapsheet", "sheet", "to", "sohieuto", "tobandoso", "tobds"),
    "parcel": ("sothua", "shthua", "thua", "sothutuhua", "sothututhua", "thuadatso", "thuaso",
               "parcel", "stthua", "sohieuthua", "thuadat", "sothuadat"),
    "scale": ("tyle", "tilebando", "tile", "tylebando", "scale", "mausotyle"),
    "map_set": ("bobando", "mapset", "loaibando", "hebando"),
    "land_use": ("loaidat", "mdsd", "mdsd2003", "kyhieu", "kyhieumucdichsudung", "mucdichsudung",
                 "mucdich", "mamucdichsudung", "madat", "loaidathientrang", "landuse", "mdsdd"),
    "printed_area_m2": ("dientich", "dtphaply", "dientichphaply", "dtich", "dientichm2", "dt",
                        "area", "dtthua", "dientichthua", "dtpl"),
    "surveyed_on": ("namdo", "namdodac", "ngaydo", "ngaydodac", "namthanhlap", "surveyedon"),
    "owner": ("tenchu", "chusudung", "chusd", "hoten", "tenchusudung", "chuho", "owner", "tenchu1",
              "tenchusdd", "nguoisudung", "nguoisudungdat"),
    "place": ("xudong", "diachi", "diachithua", "diachithuadat", "thon", "khuvuc", "place"),
}  # fmt: skip
REQUIRED = ("parcel",)
#: What a standard name means, Vietnamese and English.
TITLES = {
    "sheet": ("số tờ", "sheet number"),
    "parcel": ("số thửa", "parcel number"),
    "scale": ("tỷ lệ", "scale"),
    "former_commune": ("xã cũ", "former commune"),
    "name": ("tên điểm", "point name"),
}
#: Folded beginnings of columns that say something about a person.
PERSONAL = (
    "tenchu", "chusd", "chusudung", "hoten", "chuho", "owner", "nguoi", "cccd", "cmnd", "cmt",
    "sogiayto", "sodinhdanh", "ngaysinh", "namsinh", "gioitinh", "vochong", "dienthoai", "sdt",
    "diachichu", "dcchu", "thuongtru", "diachithuongtru", "email", "ten",
)  # fmt: skip
#: Columns beginning so that are not about persons all the same.
NOT_PERSONAL = ("tenduong", "tenxa", "tenthon", "tento", "tenlop", "tenban", "tenfile", "tenkhu")
LEAST_SIMILARITY = 0.84
_DBF_WIDTH = 10


class ColumnsUnclear(InputRefused):
    """A column that is needed was not found in the file; say which one it is."""

    message_vi = "Không tìm thấy cột cần thiết; hãy chỉ ra cột nào."


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A file's column for a standard name; ``confidence`` 0..1."""

    name: str
    column: str
    confidence: float


@dataclass(frozen=True)
class KeptColumns:
    """Columns chosen before, by the form of the files that they were chosen for.

    >>> kept = KeptColumns({KeptColumns.form_of(("a", "b")): {"parcel": "b"}})
    >>> kept.of(["b", "a"]), kept.of(["a", "c"])
    ({'parcel': 'b'}, 'auto')
    """

    by_form: Mapping[str, Mapping[str, str]]

    @staticmethod
    def form_of(headers: Iterable[str]) -> str:
        """Return what files with the same headers have in common, whatever their order."""
        return hashlib.sha256("\n".join(sorted(headers)).encode()).hexdigest()

    def of(self, headers: Iterable[str]) -> Mapping[str, str] | str:
        """Return the columns kept for a file with these headers, or ``auto``."""
        return self.by_form.get(self.form_of(headers), "auto")


#: ``auto``, or standard name -> column, or what was chosen before.
Columns = str | Mapping[str, str] | KeptColumns


def fold(text: str) -> str:
    """Return letters and digits only, small, without accents.

    >>> fold("Số thứ tự_thửa"), fold("DIỆN TÍCH (m2)")
    ('sothututhua', 'dientichm2')
    """
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if c.isascii() and c.isalnum())


def suggest(
    columns: Iterable[str], names: Mapping[str, tuple[str, ...]] | None = None
) -> list[Suggestion]:
    """Best column for each standard name; a column serves one name only.

    >>> [(s.name, s.column) for s in suggest(["SHBANDO", "SHTHUA", "DIENTICH"])]
    [('sheet', 'SHBANDO'), ('parcel', 'SHTHUA'), ('printed_area_m2', 'DIENTICH')]
    """
    wanted = names or SHEET_NAMES
    rated = [
        (rate, -order, name, column)
        for name, spellings in wanted.items()
        for order, column in enumerate(columns)
        if (rate := _rate(fold(column), spellings)) > 0
    ]
    chosen: dict[str, Suggestion] = {}
    taken: set[str] = set()
    for rate, _, name, column in sorted(rated, key=lambda row: (-row[0], -row[1])):
        if name not in chosen and column not in taken:
            chosen[name] = Suggestion(name, column, round(min(rate, 1.0), 3))
            taken.add(column)
    return [chosen[name] for name in wanted if name in chosen]


def _rate(folded: str, spellings: tuple[str, ...]) -> float:
    """Return 1.0 for a known spelling (a little less down the list), else its similarity."""
    if not folded:
        return 0.0
    for rank, spelling in enumerate(fold(s) for s in spellings):
        cut = len(folded) == _DBF_WIDTH and spelling.startswith(folded)
        if folded == spelling or cut:
            return 1.0 - 0.005 * rank - (0.05 if cut and folded != spelling else 0.0)
    best = max(difflib.SequenceMatcher(None, folded, fold(s)).ratio() for s in spellings)
    return 0.8 * best if best >= LEAST_SIMILARITY and len(folded) > 3 else 0.0


def resolve(
    columns: Iterable[str],
    given: Columns = "auto",
    *,
    names: Mapping[str, tuple[str, ...]] | None = None,
    required: tuple[str, ...] = REQUIRED,
    file: str = "",
    shown: Iterable[str] | None = None,
) -> list[Suggestion]:
    """Column of each standard name: by hand where ``given``, else as suggested.

    A refusal lists the columns ``shown``: all of the file's, where only some are offered here.

    Raises
    ------
    ColumnsUnclear
        A required name has no column, or a column given by hand is not in the file.

    >>> [(s.name, s.confidence) for s in resolve(["a", "thua"], {"sheet": "a"})]
    [('sheet', 1.0), ('parcel', 0.99)]
    """
    present = list(columns)
    by_hand = _by_hand(given, present, names)
    absent = [column for column in by_hand.values() if column not in present]
    if absent:
        raise _unclear(file, absent, list(shown or present))
    left = [column for column in present if column not in by_hand.values()]
    found = [Suggestion(name, column, 1.0) for name, column in by_hand.items()]
    found += [s for s in suggest(left, names) if s.name not in by_hand]
    missing = [name for name in required if name not in {s.name for s in found}]
    if missing:
        raise _unclear(file, missing, list(shown or present))
    # In one order, however the choice came: the account of a file stays the same.
    order = [*(names or SHEET_NAMES), *by_hand]
    return sorted(found, key=lambda s: order.index(s.name))


def _by_hand(
    given: Columns, present: list[str], names: Mapping[str, tuple[str, ...]] | None
) -> dict[str, str]:
    """Return the columns that a person chose; what is kept of a suggestion is one still."""
    if not isinstance(given, KeptColumns):
        return {} if isinstance(given, str) else dict(given)
    kept = given.of(present)
    if isinstance(kept, str) or dict(kept) == {s.name: s.column for s in suggest(present, names)}:
        return {}
    return dict(kept)


def is_personal(column: str) -> bool:
    """Whether a column's name says that it is about a person.

    >>> is_personal("TENCHU2"), is_personal("ten_duong"), is_personal("so_to")
    (True, False, False)
    """
    folded = fold(column)
    return folded.startswith(PERSONAL) and not folded.startswith(NOT_PERSONAL)


def _unclear(file: str, wanted: list[str], present: list[str]) -> ColumnsUnclear:
    vi, en = zip(*(TITLES.get(name, (name, name)) for name in wanted), strict=True)
    told_vi = ", ".join(f"{title} ({name})" for title, name in zip(vi, wanted, strict=True))
    told_en = ", ".join(f"{title} ({name})" for title, name in zip(en, wanted, strict=True))
    return ColumnsUnclear(
        f"{file}: wanted {told_en}; the file has {', '.join(present)}. "
        "Give columns={standard name: column}.",
        f"{file}: cần {told_vi}; tệp có {', '.join(present)}. "
        "Hãy khai báo columns={tên chuẩn: cột}.",
        file=file,
        wanted=wanted,
        present=present,
        field=wanted[0],
    )

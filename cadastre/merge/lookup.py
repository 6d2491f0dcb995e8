"""Look a parcel up by any number it ever had, in the forms that people type.

"tờ 12 thửa 34 Khánh Phú", "thua 34 to 12 song cau", "12/34", "t12 th34 1/500": sheet,
parcel, scale and former commune in any order, with or without accents. The answer is
resolved, ambiguous (with every candidate) or not found, never a guess: after a merger the
same pair of numbers exists two or three times in one commune.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

_NUMBER = r"([a-z]{0,3}\d{1,5}(?:[-.]\d{1,3})?[a-z]?)"
#: Without words only plain numbers count: dossier and certificate codes are made of the rest.
_PLAIN = r"([a-z]{0,2}\d{1,4}[a-z]?)"
_SHEET = re.compile(
    r"\b(?:to ban do dia chinh|to ban do|manh ban do|manh|so to|to bd|tbd|map sheet|sheet|to|t|bd"
    r"|dc)"
    r"(?: so| number| no\.?)?[ .:#]*" + _NUMBER + r"\b"
)
_PARCEL = re.compile(
    r"\b(?:thua dat|so thua|thua|parcel|lot|plot|th|td)"
    r"(?: so| number| no\.?)?[ .:#]*" + _NUMBER + r"\b"
)
_SCALE = re.compile(
    r"\b(?:(?:ty le|ti le|tl|scale)[ .:]*(?:1 ?[/:] ?)?|1 ?[/:] ?)"
    r"((?:200|500)(?![\d.,]?\d)|(?:1|2|5|10)[., ]?000)\b"
)
_PAIR = re.compile(r"(?<![\w/.-])" + _PLAIN + r" ?[/;,|_:.\\] ?" + _PLAIN + r"(?![\w/.-])")
#: "500/7/12": the scale in front; "12(7)": the sheet in brackets behind the parcel, as on labels.
_TRIPLE = re.compile(
    r"(?<![\w/.-])(200|500|(?:1|2|5|10)000) ?[/;,|_.-] ?" + _PLAIN + r" ?[/;,|_.-] ?" + _PLAIN
    + r"(?![\w/.-])"
)  # fmt: skip
_BRACKETED = re.compile(r"(?<![\w/.-])" + _PLAIN + r" ?\( ?" + _PLAIN + r" ?\)")
#: "thửa/tờ: 12/7", the head of a column: the parcel comes first.
_PARCEL_FIRST = re.compile(
    r"\b(?:so )?thua(?: dat)?(?: so)? ?[/-] ?(?:so )?to(?: ban do)?(?: so)?\b[ .:]*"
    + _PLAIN + r" ?[/;,|_.-] ?" + _PLAIN + r"(?![\w/.-])"
)  # fmt: skip
_WORDS = re.compile(r"\b(?:thua|to|sheet|parcel|lot)\b")
_SHEET_FIRST = re.compile(
    r"\b(?:so )?to(?: ban do)?(?: so)? ?[/-] ?(?:so )?thua(?: dat)?(?: so)?\b[ .:]*(?=\w)"
)
_TWO = re.compile(r"(?<![\w/.-])(\d{1,4})[ -](\d{1,5})(?![\w/.-])")
#: Letters that people put before the parcel: "t7 t12".
_LETTER = re.compile(r"^t(?=\d)")
#: "to7thua12" and "7t12": a word that begins right behind a number.
_GLUED = re.compile(r"(?<=\d)(?=(?:thua|to|th|t)[ .:]*\d)")
#: Districts and provinces bear the names of communes; what stands behind these words is neither
#: sheet nor parcel nor former commune.
_ABOVE = re.compile(
    r"\b(?:huyen|tinh|thi xa|thanh pho|tp|quan|district|province)\b[ .]*[a-z][a-z ]*?"
    r"(?=$|[,;./()-]|\b(?:huyen|tinh|thi xa|thanh pho|tp|quan|to|thua|sheet|parcel)\b|\d)"
)
#: "to ban do 299 so 7": the maps of instruction 299, which have sheets of their own.
_SERIES_299 = re.compile(r"\b(ban do|bd) 299(?= (?:so|to)\b)")
_FORMERLY = re.compile(r"\b(?:cu|old|former)\b")
_FILLER = re.compile(
    r"\b(?:xa|phuong|thi tran|tt|commune|of|cu|old|former|thuoc|cua|o|tai|in|va|so)\b|[-,;:./()]"
)


@dataclass(frozen=True, slots=True)
class ParcelQuery:
    """What a person asked for; ``None`` where nothing was said.

    ``candidates`` are the former communes that the words may mean. ``current`` are
    the communes of today that they name, which often bear the name of a former one: then the
    new numbers there are meant as well. ``rest`` holds the words that were not understood: a search
    over persons or codes may use them, but a query with ``rest`` is not ``understood`` as a
    parcel number.
    """

    text: str
    sheet: str | None = None
    parcel: str | None = None
    former_commune: str | None = None
    scale: int | None = None
    candidates: tuple[str, ...] = ()
    rest: str = ""
    current: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether this names a parcel by number and nothing else was said."""
        return self.parcel is not None and self.sheet is not None and not self.rest


@dataclass(frozen=True, slots=True)
class Resolution:
    """Answer of a look-up; ``candidates`` are crosswalk rows, one per old number."""

    status: Literal["resolved", "ambiguous", "not_found"]
    candidates: pd.DataFrame = field(repr=False)

    @property
    def parcel_uid(self) -> str | None:
        """The parcel, when there is exactly one."""
        return str(self.candidates["parcel_uid"].iloc[0]) if self.status == "resolved" else None


def plain(text: str) -> str:
    """Return text without accents, in lower case, with single spaces.

    >>> plain("  Tờ 12  Thửa 34  ĐỨC ")
    'to 12 thua 34 duc'
    """
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", letters.casefold()).strip()


def parse_query(
    text: str,
    former_communes: Mapping[str, str] | Iterable[Any] = (),
    *,
    communes: Mapping[str, str] | Iterable[Any] = (),
) -> ParcelQuery:
    """Sheet, parcel, scale and former commune of what somebody typed.

    Parameters
    ----------
    text : the words, in any order; "12/34" is sheet 12, parcel 34
    former_communes : name by code, or rows with ``code`` and ``name``
    communes : the same of the communes of today

    Examples
    --------
    >>> names = {"22630": "Sông Cầu", "22645": "Khánh Phú"}
    >>> found = parse_query("thua 34 to 12 song cau", names)
    >>> found.sheet, found.parcel, found.former_commune
    ('12', '34', '22630')
    >>> parse_query("tờ 12 thửa 34 tỷ lệ 1/500 KP", names).scale
    500
    """
    left = _GLUED.sub(" ", _ABOVE.sub(" ", _SERIES_299.sub(r"\1", plain(text))))
    formerly = bool(_FORMERLY.search(left))
    bare, former = _take_communes(left, _names(former_communes))
    plainer, today = _take_communes(left, {} if formerly else _names(communes))
    left = bare if former else plainer
    left, scale, sheet, parcel = _take_numbers(left)
    rest = re.sub(r"\s+", " ", _FILLER.sub(" ", left)).strip()
    return ParcelQuery(
        text=text,
        sheet=_bare(sheet),
        parcel=_bare(parcel),
        former_commune=former[0] if len(former) == 1 and not today else None,
        scale=int(re.sub(r"\D", "", scale)) if scale else None,
        candidates=former,
        rest=rest,
        current=today,
    )


def _take_numbers(text: str) -> tuple[str, str | None, str | None, str | None]:
    """What is left, the scale, the sheet and the parcel."""
    for pattern, order in (
        (_TRIPLE, (1, 2, 3)),
        (_PARCEL_FIRST, (0, 2, 1)),
        (_BRACKETED, (0, 2, 1)),
    ):
        found = pattern.search(text)
        # Where words say what the numbers are, they are believed before the form.
        if found and not (pattern is _BRACKETED and _WORDS.search(text)):
            left = f"{text[: found.start()]} {text[found.end() :]}".strip()
            said = [found.group(at) if at else None for at in order]
            if said[0] is None:
                left, said[0] = _take(left, _SCALE)
            return left, said[0], said[1], said[2]
    left, scale = _take(_SHEET_FIRST.sub("", text), _SCALE)
    left, parcel = _take(left.strip(" /-,.;:"), _PARCEL)
    left, sheet = _take(left, _SHEET)
    sheet, parcel = _parted(sheet, parcel)
    if sheet is None or parcel is None:
        left, sheet, parcel = _take_pair(left, sheet, parcel)
    return left, scale, sheet, parcel


def _parted(sheet: str | None, parcel: str | None) -> tuple[str | None, str | None]:
    """Part "7-12" and "7.12" into sheet and parcel where no parcel was said."""
    if sheet is None or parcel is not None:
        return sheet, parcel
    number, dash, behind = sheet.replace(".", "-").partition("-")
    return (number, behind) if dash else (sheet, None)


def _names(former_communes: Mapping[str, str] | Iterable[Any]) -> dict[str, str]:
    if isinstance(former_communes, Mapping):
        return {str(code): str(name) for code, name in former_communes.items()}
    return dict(_named(row) for row in former_communes)


def _named(row: Any) -> tuple[str, str]:
    if isinstance(row, Mapping):
        return str(row["code"]), str(row["name"])
    code, name = row if isinstance(row, tuple) else (row.code, row.name)
    return str(code), str(name)


def _take_communes(text: str, names: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Every commune that is named: by code or full name, else by initials ("KP").

    The longest wording goes first, and one wording may fit several communes.
    """
    wordings: dict[str, list[str]] = {}
    initials: dict[str, list[str]] = {}
    for code, name in names.items():
        bare = re.sub(r"^(xa|phuong|thi tran|tt)\.? ", "", plain(name))
        for form in {code, bare, bare.replace(" ", "")}:
            wordings.setdefault(form, []).append(code)
        letters = "".join(word[0] for word in bare.split())
        if len(letters) > 1:
            initials.setdefault(letters, []).append(code)
    left, found = _take_wordings(text, wordings)
    return (left, found) if found else _take_wordings(text, initials)


def _take_wordings(text: str, wordings: Mapping[str, list[str]]) -> tuple[str, tuple[str, ...]]:
    taken: set[str] = set()
    for form in sorted(wordings, key=lambda w: (-len(w), w)):
        found = re.search(rf"(?<![a-z0-9]){re.escape(form)}(?![a-z0-9])", text)
        if form and found:
            text = f"{text[: found.start()]} {text[found.end() :]}"
            taken.update(wordings[form])
    return re.sub(r"\s+", " ", text).strip(" -/,;:|_"), tuple(sorted(taken))


def _take(text: str, pattern: re.Pattern[str]) -> tuple[str, str | None]:
    found = pattern.search(text)
    if not found:
        return text, None
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), found.group(1)


def _take_pair(
    text: str, sheet: str | None, parcel: str | None
) -> tuple[str, str | None, str | None]:
    if sheet is None and parcel is None:
        found = _PAIR.search(text) or _TWO.search(text)
        if found:
            left = f"{text[: found.start()]} {text[found.end() :]}"
            return left.strip(), found.group(1), found.group(2)
        return text, None, None
    alone = re.search(rf"(?<![\w/])[-/]? ?{_NUMBER}(?![\w/])", text)
    if not alone:
        return text, sheet, parcel
    left = f"{text[: alone.start()]} {text[alone.end() :]}".strip()
    number = _LETTER.sub("", alone.group(1))
    return left, sheet or number, parcel or number


def _bare(number: str | None) -> str | None:
    """Return a number without leading zeros."""
    return None if number is None else (number.lstrip("0") or "0")


def resolve(query: ParcelQuery, crosswalk: pd.DataFrame) -> Resolution:
    """Parcels that a query may mean, by old and by new number.

    The old number of a parcel that gives way to another mapping of the same land leads to that
    one. A former commune or a scale in the query means old numbers; without them, or where the
    commune of today bears the name that was typed, both the new sheet and every old sheet of
    that number are candidates.

    >>> walk = pd.DataFrame({"former_commune": ["a", "b"], "map_set": "", "scale": 500,
    ...     "former_sheet": ["7", "7"], "former_parcel": ["1", "1"], "parcel_uid": ["p", "q"],
    ...     "sheet": [7, 91], "parcel": ["1", "1"]})
    >>> resolve(parse_query("7/1"), walk).status
    'ambiguous'
    >>> resolve(parse_query("91/1"), walk).parcel_uid
    'q'
    """
    if query.sheet is None or query.parcel is None:
        return Resolution("not_found", crosswalk.iloc[:0])
    old = (_key(crosswalk["former_sheet"]) == query.sheet) & (
        _key(crosswalk["former_parcel"]) == query.parcel
    )
    if "gives_way" in crosswalk:
        old &= ~crosswalk["gives_way"]
    if query.scale is not None:
        old &= crosswalk["scale"] == query.scale
    named = [query.former_commune] if query.former_commune else list(query.candidates)
    if named:
        old &= crosswalk["former_commune"].astype(str).isin(named)
    wanted = old
    if (query.current or not named) and query.scale is None:
        wanted = old | (
            (_key(crosswalk["sheet"]) == query.sheet) & (_key(crosswalk["parcel"]) == query.parcel)
        )
    found = crosswalk.loc[wanted]
    distinct = found["parcel_uid"].nunique()
    status: Literal["resolved", "ambiguous", "not_found"] = (
        "not_found" if distinct == 0 else "resolved" if distinct == 1 else "ambiguous"
    )
    return Resolution(status, found)


def _key(column: pd.Series) -> pd.Series:
    text = column.astype("string").str.strip().str.lower()
    return text.str.replace(r"^0+(?=.)", "", regex=True).fillna("")

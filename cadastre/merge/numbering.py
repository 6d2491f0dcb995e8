"""Numbers of sheets after a merger of communes, and the crosswalk from the old numbers.

TT 25/2014 Art 17(1)(1.5)(c) as amended by TT 09/2021 Art 3(1): the sheets of the receiving
commune keep their numbers, the others follow its largest number. Parcel numbers do not
change. Order and exceptions are data (``regulation/numbering.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from cadastre.errors import CadastreError
from cadastre.merge.result import CROSSWALK_COLUMNS, SHEET_KEY
from cadastre.mismatch import mismatch_id


class SheetNumberTaken(CadastreError):
    """Two sheets of the commune have been given the same number."""

    message_vi = "Hai tờ bản đồ của xã được cấp cùng một số."


class SheetId(NamedTuple):
    """A sheet as its former commune knew it."""

    former_commune: str
    map_set: str
    scale: int
    former_sheet: str


def shift_proposal_id(sheet: SheetId) -> str:
    """Identifier of the merge's proposal to set a sheet right by its neighbours."""
    return mismatch_id("PROPOSAL_SHIFT", [], "|".join(str(part) for part in sheet))


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sorting key that reads digits as numbers.

    >>> sorted(["10", "9", "DC2", "DC10"], key=natural)
    ['9', '10', 'DC2', 'DC10']
    """
    parts = re.findall(r"\d+|\D+", text)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts)


def sheets_of(parcels: gpd.GeoDataFrame) -> list[SheetId]:
    """Return the sheets that occur in a ParcelFrame, without repetition."""
    rows = parcels[SHEET_KEY].drop_duplicates()
    return [SheetId(str(f), str(m), int(s), str(n)) for f, m, s, n in rows.itertuples(index=False)]


def number_sheets(
    sheets: Iterable[SheetId],
    *,
    commune: str,
    rules: Mapping[str, Any],
    former_order: Sequence[str] | None = None,
    published: pd.DataFrame | None = None,
) -> dict[SheetId, int]:
    """Give every sheet its number in the merged commune.

    Parameters
    ----------
    sheets : the sheets present
    commune : code of the merged commune; the former commune of that code is the seat
    rules : ``regulation["numbering"]``
    former_order : former communes in the order in which they follow; those not named come
        after, by code
    published : numbers already given; they never change

    Raises
    ------
    SheetNumberTaken
        An exception or a published number gives one number to two sheets.

    Examples
    --------
    >>> rules = {"order": ["scale", "map_set", "former_sheet"], "seat_collision": "whole_set"}
    >>> given = number_sheets(
    ...     [SheetId("07954", "", 1000, "84"), SheetId("07963", "", 1000, "1")],
    ...     commune="07954", rules=rules)
    >>> sorted(given.values())
    [84, 85]
    """
    present = set(sheets)
    given = _fixed(present, commune, rules, published)
    _keep_seat(present, commune, rules, given)
    order = _former_order(present, commune, rules, former_order)
    waiting = [s for s in present if s not in given]
    waiting.sort(key=lambda s: (order.index(s.former_commune), _place(s, rules)))
    largest = max(given.values(), default=0)
    for number, sheet in enumerate(waiting, start=largest + 1):
        given[sheet] = number
    return {sheet: given[sheet] for sheet in sorted(given, key=lambda s: given[s])}


def _fixed(
    present: set[SheetId], commune: str, rules: Mapping[str, Any], published: pd.DataFrame | None
) -> dict[SheetId, int]:
    given: dict[SheetId, int] = {}
    holder: dict[int, SheetId] = {}
    rows = [] if published is None else published.to_dict("records")
    exceptions = [r for r in rules.get("exception", []) if str(r["commune"]) == commune]
    for row in [*rows, *exceptions]:
        sheet = SheetId(
            str(row["former_commune"]),
            _text(row.get("map_set")),
            int(row["scale"]),
            str(row["former_sheet"]),
        )
        number = int(row["sheet"])
        wanted_by_exception_only = row in exceptions
        if sheet in given or (wanted_by_exception_only and sheet not in present):
            continue
        if holder.setdefault(number, sheet) != sheet:
            raise SheetNumberTaken(f"({number})", sheet=number, former=[sheet, holder[number]])
        given[sheet] = number
    return given


def _keep_seat(
    present: set[SheetId], commune: str, rules: Mapping[str, Any], given: dict[SheetId, int]
) -> None:
    seat = [s for s in present if s.former_commune == commune and s not in given]
    taken = set(given.values())
    sets: dict[tuple[int, str], list[SheetId]] = {}
    for sheet in seat:
        sets.setdefault((sheet.scale, sheet.map_set), []).append(sheet)
    for key in sorted(sets):
        numbered = {s: n for s in sets[key] if (n := _own_number(s)) is not None}
        free = {s: n for s, n in numbered.items() if n not in taken}
        unique = len(set(free.values())) == len(free)
        whole = len(free) == len(numbered) and unique
        keeps_part = rules.get("seat_collision") == "sheet" or _late(key, given, commune)
        if not whole and not keeps_part:
            continue
        for sheet in sorted(free, key=_name):
            if free[sheet] not in taken:
                given[sheet] = free[sheet]
                taken.add(free[sheet])


def _late(key: tuple[int, str], given: Mapping[SheetId, int], commune: str) -> bool:
    """Whether this map set of the seat has published sheets: then each late one stands alone."""
    return any(s.former_commune == commune and (s.scale, s.map_set) == key for s in given)


def _former_order(
    present: set[SheetId],
    commune: str,
    rules: Mapping[str, Any],
    former_order: Sequence[str] | None,
) -> list[str]:
    decided = [r["order"] for r in rules.get("former_order", []) if str(r["commune"]) == commune]
    wanted = [str(c) for c in (decided[0] if decided else (former_order or []))]
    named = [commune, *(c for c in wanted if c != commune)]
    return named + sorted({s.former_commune for s in present} - set(named))


def _place(sheet: SheetId, rules: Mapping[str, Any]) -> tuple[Any, ...]:
    parts: dict[str, Any] = {
        "scale": sheet.scale,
        "map_set": natural(sheet.map_set),
        "former_sheet": natural(sheet.former_sheet),
    }
    order = list(rules.get("order", [])) + [n for n in parts if n not in rules.get("order", [])]
    return tuple(parts[name] for name in order)


def _own_number(sheet: SheetId) -> int | None:
    text = sheet.former_sheet.strip()
    return int(text) if text.isdecimal() and int(text) > 0 else None


def _name(sheet: SheetId) -> tuple[Any, ...]:
    return (natural(sheet.former_sheet), sheet.former_sheet)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def sheet_table(given: Mapping[SheetId, int]) -> pd.DataFrame:
    """Return the numbers as a table, one row per sheet, by new number."""
    rows = [(*sheet, number) for sheet, number in given.items()]
    return pd.DataFrame(rows, columns=[*SHEET_KEY, "sheet"])


def crosswalk_of(parcels: gpd.GeoDataFrame, redirects: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row per old number; parcels without a number have none to convert.

    ``valid_from`` is empty here: the day is set by the event that writes the register.

    Parameters
    ----------
    redirects : ``parcel_uid, holder, settled``: parcels that give way to another mapping of the
        same land. Their number leads to the holder; once settled, to nobody else.
    """
    numbered = parcels.loc[parcels["former_parcel"].notna()]
    table = pd.DataFrame(numbered.drop(columns=numbered.geometry.name))
    table = table.assign(
        valid_from=pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns]"), gives_way=False
    )[CROSSWALK_COLUMNS].reset_index(drop=True)
    if redirects is None or redirects.empty:
        return table
    settled = redirects.groupby("parcel_uid")["settled"].all()
    table["gives_way"] = table["parcel_uid"].map(settled).eq(True).to_numpy(bool)
    now = ["parcel_uid", "commune", "sheet", "parcel"]
    led = table.drop(columns=now[1:]).merge(redirects, on="parcel_uid")
    holders = pd.DataFrame(parcels[now]).rename(columns={"parcel_uid": "holder"})
    led = led.drop(columns="parcel_uid").merge(holders, on="holder")
    led = led.rename(columns={"holder": "parcel_uid"}).assign(gives_way=False)
    return pd.concat([table, led[CROSSWALK_COLUMNS]], ignore_index=True)

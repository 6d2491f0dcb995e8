"""Conversion of sheet numbers before and after a merge, in both directions.

Sheets get new numbers, parcels keep theirs (TT 25/2014 Art 17 as amended by TT 09/2021):
the table is what an officer with an old certificate in hand looks up. It is printed in two
orders: by the old sheet, to find the new one, and by the new sheet, to find the old one. A
former commune that was split appears in the table of each commune that received a part.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from cadastre.drawing.papers import compile_paper
from cadastre.drawing.wording import EMPTY

_OLD = ["former_commune", "map_set", "scale", "former_sheet"]
_TEMPLATE = Path(__file__).parent / "templates" / "conversion.typ"

#: column of the table -> heading on paper, Vietnamese
HEADINGS = {
    "former_commune": "Mã xã cũ",
    "former_name": "Đơn vị cũ",
    "map_set": "Bộ bản đồ",
    "scale": "Tỷ lệ 1:",
    "former_sheet": "Tờ cũ",
    "sheet": "Tờ mới",
    "parcels": "Số thửa",
}
OLD_TO_NEW, NEW_TO_OLD = "Cũ sang mới", "Mới sang cũ"


def conversion_table(
    crosswalk: pd.DataFrame, names: Mapping[str, str], *, paper: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Old sheet to new sheet, one row per sheet, with its number of parcels.

    Parameters
    ----------
    crosswalk : rows in force (columns as in design: former_* numbers, sheet, parcel)
    names : former commune code -> name
    paper : sheets kept on paper only (former_* numbers, parcels); they have no new number

    >>> rows = pd.DataFrame({"former_commune": ["22645"] * 2, "map_set": ["", ""],
    ...     "scale": [2000, 2000], "former_sheet": ["12", "12"], "sheet": [98, 98],
    ...     "parcel": ["1", "2"]})
    >>> conversion_table(rows, {"22645": "Khánh Phú"}).to_dict("records")[0]["parcels"]
    2
    """
    counted = crosswalk.groupby([*_OLD, "sheet"], sort=True).size().rename("parcels").reset_index()
    counted["sheet"] = counted["sheet"].astype("Int64")
    if paper is not None and len(paper):
        on_paper = paper[[*_OLD, "parcels"]].assign(sheet=pd.array([pd.NA] * len(paper), "Int64"))
        counted = pd.concat([counted, on_paper[list(counted.columns)]], ignore_index=True)
    counted.insert(1, "former_name", [names.get(code, code) for code in counted["former_commune"]])
    return counted.sort_values("sheet", kind="stable", ignore_index=True)


def both_ways(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the table in its two orders, with the headings of the printed form.

    A commune with one map set names none; the form shows the empty value of the cadastral
    file there (TT 10/2024 Art 10).

    >>> table = pd.DataFrame({"former_commune": ["22645", "22609"], "former_name": ["B", "A"],
    ...     "map_set": ["", ""], "scale": [2000, 500], "former_sheet": ["12", "3"],
    ...     "sheet": [98, 99], "parcels": [2, 5]})
    >>> [list(t["Tờ mới"]) for t in both_ways(table).values()]
    [[99, 98], [98, 99]]
    >>> both_ways(table)["Cũ sang mới"]["Bộ bản đồ"].tolist()
    ['-/-', '-/-']
    """
    number = pd.to_numeric(table["former_sheet"], errors="coerce")
    by_old = table.assign(_number=number).sort_values(
        ["former_commune", "map_set", "scale", "_number", "former_sheet"], ignore_index=True
    )
    by_new = table.sort_values("sheet", kind="stable", na_position="last", ignore_index=True)
    by_old, by_new = (t.assign(map_set=t["map_set"].replace("", EMPTY)) for t in (by_old, by_new))
    new_first = ["sheet", *(name for name in HEADINGS if name != "sheet")]
    return {
        OLD_TO_NEW: by_old[list(HEADINGS)].rename(columns=HEADINGS),
        NEW_TO_OLD: by_new[new_first].rename(columns=HEADINGS),
    }


def conversion_paper(
    table: pd.DataFrame, *, commune: str, name: str, province: str, at: datetime, sample: bool
) -> bytes:
    """Return the conversion table of a commune as a PDF to print and pin up.

    Parameters
    ----------
    table : as from :func:`conversion_table`
    at : aware moment of the print
    sample : whether every page is stamped as a sample
    """
    pages = [
        {
            "title": title,
            "headings": list(rows.columns),
            "rows": [[_cell(value) for value in row] for row in rows.itertuples(index=False)],
        }
        for title, rows in both_ways(table).items()
    ]
    content = {
        "commune": commune,
        "name": name,
        "province": province,
        "printed": at.strftime("%d/%m/%Y"),
        "sheets": len(table),
        "pages": pages,
    }
    return compile_paper(_TEMPLATE, content, timestamp=at, sample=sample)


def _cell(value: object) -> str:
    return "giấy" if value is pd.NA or value is None else str(value)

"""Which column of a coordinate list holds what, from its header or from its values.

On Vietnamese documents X is northing and Y is easting; other programs write X for east.
The header therefore only names the pair of coordinates; their order is settled where the
commune is (see :mod:`cadastre.survey.place`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from cadastre.errors import InputRefused
from cadastre.formats.text_table import TextTable, number, plain_name

NAMES: dict[str, tuple[str, ...]] = {
    "north": ("north", "northing", "n", "bac", "x", "xm", "toadox", "xbac", "xn", "nm", "northm"),
    "east": ("east", "easting", "e", "dong", "y", "ym", "toadoy", "ydong", "ye", "em", "eastm"),
    "point": ("diem", "tendiem", "sohieudiem", "sohieu", "dinh", "point", "pointid", "pt", "ten",
              "name", "id", "no", "stt", "sodiem", "tt"),
    "height": ("h", "z", "docao", "caodo", "height", "elevation", "hm", "zm", "elev"),
    "label": ("thua", "sothua", "thuadat", "sohieuthua", "nhan", "nhanthua", "label", "parcel",
              "parcelid", "lo", "lodat", "tothua"),
    "code": ("ma", "madiem", "code", "pointcode", "ghichu", "desc", "description", "note",
             "loaidiem"),
    "sigma": ("saiso", "saisom", "sigma", "sigmam", "mp", "rms", "precision", "hrms", "saisocm",
              "saisomm", "sigmacm", "sigmamm", "dochinhxac"),
    "confirmed": ("ranhgioi", "boundary", "boundaryconfirmed"),
}  # fmt: skip


class ColumnsUnclear(InputRefused):
    """It is not clear which columns hold the coordinates."""

    message_vi = "Không rõ cột nào chứa tọa độ."


def find_columns(
    table: TextTable, wanted: Mapping[str, str] | str, file: str
) -> tuple[dict[str, int], bool]:
    """Column numbers by standard name, and whether the header names north and east.

    ``wanted`` maps standard names to headings of the file, and wins over what is found.
    """
    found: dict[str, int] = {}
    if table.header is not None:
        found = by_heading(table.header)
    named = {"north", "east"} <= set(found)
    if not named:
        found = {**_by_values(table, set(found.values()), file), **found}
    if isinstance(wanted, Mapping):
        for name, heading in wanted.items():
            found[name] = _position(table, heading, file)
        named = named or {"north", "east"} <= set(wanted)
    return found, named


def by_heading(header: tuple[str, ...]) -> dict[str, int]:
    """Column numbers by standard name from normalised headings.

    >>> by_heading(("diem", "x", "y", "h", "thua"))["north"]
    1
    """
    found: dict[str, int] = {}
    for name, headings in NAMES.items():
        ranked = [
            (headings.index(heading), i) for i, heading in enumerate(header) if heading in headings
        ]
        if ranked:
            found[name] = min(ranked)[1]
    return found


def sigma_unit(header: tuple[str, ...] | None, columns: Mapping[str, int]) -> float:
    """Metres in the unit of the sigma column, as its heading says (default metres)."""
    if header is None or "sigma" not in columns:
        return 1.0
    heading = header[columns["sigma"]]
    return 0.001 if heading.endswith("mm") else 0.01 if heading.endswith("cm") else 1.0


def _position(table: TextTable, heading: str, file: str) -> int:
    if table.header is not None and plain_name(heading) in table.header:
        return table.header.index(plain_name(heading))
    if heading.isdigit():
        return int(heading) - 1
    raise ColumnsUnclear(
        f"{file} has no column {heading}.", f"{file} không có cột {heading}.", file=file
    )


def _by_values(table: TextTable, taken: set[int], file: str) -> dict[str, int]:
    """Columns of a list without headings: the first two large numbers are the coordinates."""
    width = min((len(r) for r in table.rows), default=0)
    sample = table.rows[:2000]
    values = np.array([[number(row[i]) for i in range(width)] for row in sample]).reshape(-1, width)
    numeric = [bool(np.mean(np.isfinite(values[:, i])) > 0.8) for i in range(width)]
    size = [float(np.nanmedian(np.abs(values[:, i]))) if numeric[i] else 0.0 for i in range(width)]
    large = [i for i in range(width) if size[i] >= 1000 and i not in taken]
    if len(large) < 2:
        raise ColumnsUnclear(
            f"{file}: no two columns of coordinates.",
            f"{file}: không có hai cột tọa độ.",
            file=file,
        )
    found = {"north": large[0], "east": large[1]}
    if large[0] > 0:
        found["point"] = large[0] - 1
    after = [i for i in range(large[1] + 1, width) if i not in taken]
    height = next((i for i in after if numeric[i]), None)
    if height is not None and height == large[1] + 1:
        found["height"] = height
    texts = [i for i in after if i != found.get("height")]
    label = next((i for i in texts if _runs([row[i] for row in sample])), None)
    if label is not None:
        found["label"] = label
    code = next((i for i in texts if i != label and not numeric[i]), None)
    return found if code is None else {**found, "code": code}


def _runs(cells: list[str]) -> bool:
    """Whether values stay the same over several rows, as parcel labels do."""
    if len(cells) < 3 or not all(cells):
        return False
    changes = sum(a != b for a, b in pairwise(cells))
    return (changes + 1) * 3 <= len(cells)

"""Conversion of sheet numbers before and after a merge, in both directions.

Sheets get new numbers, parcels keep theirs (TT 25/2014 Art 17 as amended by TT 09/2021):
the table is what an officer with an old certificate in hand looks up.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

_OLD = ["former_commune", "map_set", "scale", "former_sheet"]


def conversion_table(crosswalk: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Old sheet to new sheet, one row per sheet, with its number of parcels.

    Parameters
    ----------
    crosswalk : rows in force (columns as in design: former_* numbers, sheet, parcel)
    names : former commune code -> name

    >>> rows = pd.DataFrame({"former_commune": ["22645"] * 2, "map_set": ["", ""],
    ...     "scale": [2000, 2000], "former_sheet": ["12", "12"], "sheet": [98, 98],
    ...     "parcel": ["1", "2"]})
    >>> conversion_table(rows, {"22645": "Khánh Phú"}).to_dict("records")[0]["parcels"]
    2
    """
    counted = (
        crosswalk.groupby([*_OLD, "sheet"], sort=True).size().rename("parcels").reset_index()
    )
    counted.insert(1, "former_name", [names.get(code, code) for code in counted["former_commune"]])
    return counted.sort_values("sheet", kind="stable", ignore_index=True)

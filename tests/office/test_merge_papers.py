"""Numbers across communes, and the conversion table as it is printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
from sqlalchemy import text

from cadastre.exchange import both_ways, conversion_paper, conversion_table
from cadastre.formats.workbook import write_tables
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune
from cadastre.office.open_commune import open_commune
from cadastre.store.land_register import FormerCommune
from cadastre.store.lookup import find
from cadastre.store.transaction import reading
from tests.office.conftest import EAST, lots, write_sheet

CROSSWALK = pd.DataFrame(
    {
        "former_commune": ["22645", "22645", "22609"],
        "map_set": "",
        "scale": [2000, 2000, 500],
        "former_sheet": ["10", "9", "3"],
        "sheet": [99, 98, 3],
        "parcel": "1",
    }
)
PAPER = pd.DataFrame(
    {
        "former_commune": ["22645"], "map_set": [""], "scale": [1000], "former_sheet": ["7"],
        "parcels": [3],
    }
)  # fmt: skip
NAMES = {"22609": "Khánh Vĩnh", "22645": "Khánh Phú"}


def test_the_conversion_table_goes_both_ways_in_a_workbook(tmp_path: Path):
    table = conversion_table(CROSSWALK, NAMES, paper=PAPER)
    path = write_tables(both_ways(table), tmp_path / "bang.xlsx", mark="")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Cũ sang mới", "Mới sang cũ"]
    old = [row[4:6] for row in book["Cũ sang mới"].iter_rows(min_row=2, values_only=True)]
    assert old == [("3", 3), ("7", None), ("9", 98), ("10", 99)]
    new = [row[0] for row in book["Mới sang cũ"].iter_rows(min_row=2, values_only=True)]
    assert new == [3, 98, 99, None]


def test_the_conversion_table_is_printed(tmp_path: Path):
    table = conversion_table(CROSSWALK, NAMES, paper=PAPER)
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    told = {"commune": "22609", "name": "Xã Khánh Vĩnh", "province": "Khánh Hòa", "at": at}
    told["sample"] = False
    paper = conversion_paper(table, **told)
    assert paper.startswith(b"%PDF-")
    assert paper == conversion_paper(table, **told)


def test_a_former_commune_split_over_two_new_ones_is_found_in_both(desk, tmp_path):
    """Sheet 1 of Sông Cầu went to Khánh Vĩnh, sheet 2 to another commune."""
    open_commune(
        desk,
        commune="22612",
        name="Trung Khánh Vĩnh",
        kind="xã",
        province="Khánh Hòa",
        srid=9217,
        former_communes=[
            FormerCommune("22612", "Khánh Trung", "xã", True, 1),
            FormerCommune("22630", "Sông Cầu", "xã", False, 2),
        ],
    )
    for commune, number, east in (("22609", "1", 50), ("22612", "2", 500)):
        path = write_sheet(
            tmp_path / f"{commune}.gpkg", lots(2, east=EAST + east), scale=1000, land_use="ONT",
            sheet=number,
        )  # fmt: skip
        import_sheets(desk, commune=commune, path=path, former_commune="22630", crs=9217)
        merge_commune(desk, commune=commune)
    both = ["22609", "22612"]
    with reading(desk.engine, desk.actor) as connection:
        one = find(connection, "tờ 1 thửa 3 Sông Cầu", communes=both)
        two = find(connection, "tờ 2 thửa 3 Sông Cầu", communes=both)
        count = connection.execute(text("SELECT count(*) FROM cadastre.crosswalk")).scalar()
    assert (one.status, one.results[0]["commune"]) == ("resolved", "22609")
    assert (two.status, two.results[0]["commune"]) == ("resolved", "22612")
    assert count == 8

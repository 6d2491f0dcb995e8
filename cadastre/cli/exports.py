"""Commands that hand records to other systems."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cadastre.cli.console import AsOption, CommuneOption, JsonOption, open_desk, show

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cadastre.store.land_register import CommuneFacts


def register(app: typer.Typer) -> None:
    """Add the export command."""
    app.command("export", help="Xuất dữ liệu / Export parcels or the conversion table.")(export)


def export(
    path: Annotated[
        Path,
        typer.Argument(help="Tệp ra: .gpkg .geojson .shp (thửa đất), .xlsx .pdf (bảng chuyển đổi)"),
    ],
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Parcels under the national names, or (XLSX, PDF) the table of old and new sheet numbers."""
    from cadastre.exchange import parcel_records
    from cadastre.formats.writing import write_vector
    from cadastre.store.land_register import current_parcels, read_commune, read_table
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        if path.suffix.lower() in (".xlsx", ".pdf"):
            rows = write_conversion(connection, facts, path, desk.home)
            show({"file": str(path), "rows": rows}, as_json)
            return
        parcels = current_parcels(connection, commune, facts.srid)
        identifiers = read_table(connection, "identifiers_of_commune", commune=commune)
    records = parcel_records(parcels, identifiers)
    write_vector(records, path)
    show({"file": str(path), "parcels": len(records)}, as_json)


def write_conversion(connection: Connection, facts: CommuneFacts, path: Path, home: Path) -> int:
    """Write the two-way conversion table of a commune; return its number of sheets.

    ``home`` is the data folder, which tells whether it is a sample.
    """
    from cadastre.exchange import both_ways, conversion_paper
    from cadastre.formats.workbook import write_tables
    from cadastre.office.stationery import Stationery
    from cadastre.store.conversion import read_conversion

    stationery = Stationery(home)
    table = read_conversion(connection, facts)
    if path.suffix.lower() == ".xlsx":
        write_tables(both_ways(table), path, mark=stationery.mark)
    else:
        paper = conversion_paper(
            table,
            commune=facts.code,
            name=facts.full_name,
            province=facts.province,
            at=datetime.now(UTC),
            sample=stationery.sample,
        )
        path.write_bytes(paper)
    return len(table)

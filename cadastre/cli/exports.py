"""Commands that hand records to other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cadastre.cli.console import AsOption, CommuneOption, JsonOption, open_desk, show


def register(app: typer.Typer) -> None:
    """Add the export command."""
    app.command("export", help="Xuất dữ liệu / Export parcels or the conversion table.")(export)


def export(
    path: Annotated[
        Path, typer.Argument(help="Tệp ra: .gpkg .geojson .shp (thửa đất), .xlsx (bảng chuyển đổi)")
    ],
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Parcels under the national names, or (XLSX) the table of old and new sheet numbers."""
    from cadastre.exchange import conversion_table, parcel_records
    from cadastre.formats.workbook import write_table
    from cadastre.formats.writing import write_vector
    from cadastre.store.land_register import current_parcels, read_commune, read_table
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        if path.suffix.lower() == ".xlsx":
            names = {former.code: former.name for former in facts.former}
            rows = read_table(connection, "crosswalk_current", commune=commune)
            table = conversion_table(rows, names)
            write_table(table, path)
            show({"file": str(path), "rows": len(table)}, as_json)
            return
        parcels = current_parcels(connection, commune, facts.srid)
        identifiers = read_table(connection, "identifiers_of_commune", commune=commune)
    records = parcel_records(parcels, identifiers)
    write_vector(records, path)
    show({"file": str(path), "parcels": len(records)}, as_json)

"""Register a sheet that exists on paper only: an old map of Directive 299, a scan.

Its parcels have no geometry here. They are kept as a list of numbers, so that a look-up
answers that the parcel is on paper, on which sheet and from which year, instead of "not
found". The sheet takes no number in the new commune until it comes as geometry.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cadastre.errors import Conflict, InputRefused
from cadastre.frames import NAMESPACE
from cadastre.office.desk import Desk
from cadastre.office.import_sheets import FormerCommuneUnknown
from cadastre.store.deliveries import open_sheet
from cadastre.store.evidence import register_source
from cadastre.store.land_register import lock_subject, read_commune
from cadastre.store.named import query


class SheetHeldAsGeometry(Conflict):
    """This sheet is held with its geometry already; it is not a paper sheet."""

    message_vi = "Tờ bản đồ này đã có dữ liệu không gian, không phải tờ bản đồ giấy."


class PaperSheetIncomplete(InputRefused):
    """A paper sheet needs its number, its scale and the numbers of its parcels."""

    message_vi = "Tờ bản đồ giấy cần có số tờ, tỷ lệ và danh sách số thửa."


@dataclass(frozen=True)
class PaperSheet:
    """A paper sheet as registered."""

    sheet_uid: str
    former_commune: str
    scale: int
    former_sheet: str
    year: int | None
    parcels: tuple[str, ...]


def register_paper_sheet(
    desk: Desk,
    *,
    commune: str,
    former_commune: str,
    sheet: str,
    scale: int,
    parcels: Sequence[str],
    year: int | None = None,
    map_set: str = "",
    scan: Path | bytes | None = None,
    scan_name: str = "",
    note: str = "",
) -> PaperSheet:
    """Keep a paper sheet with the numbers of its parcels; again with a new list replaces it.

    Parameters
    ----------
    parcels : numbers as they stand on the sheet
    year : of the survey or of the drawing
    scan, scan_name : picture or PDF of the sheet, kept as evidence

    Raises
    ------
    FormerCommuneUnknown, PaperSheetIncomplete, SheetHeldAsGeometry
        Nothing was registered.
    """
    numbers = tuple(dict.fromkeys(str(number).strip() for number in parcels))
    if not sheet.strip() or scale <= 0 or not numbers or "" in numbers:
        raise PaperSheetIncomplete(field="parcels" if sheet.strip() and scale > 0 else "sheet")
    label = f"{former_commune}/{map_set}/{scale}/{sheet.strip()}"
    with desk.transaction("register_paper_sheet", commune=commune, subject=label) as transaction:
        connection = transaction.connection
        lock_subject(connection, "import", commune)
        facts = read_commune(connection, commune)
        if former_commune not in {former.code for former in facts.former}:
            raise FormerCommuneUnknown(f"({former_commune})", former_commune=former_commune)
        key = {
            "commune": commune,
            "former_commune": former_commune,
            "map_set": map_set,
            "scale": scale,
            "former_sheet": sheet.strip(),
        }
        if connection.execute(query("paper_sheet_medium"), key).scalar() == "digital":
            raise SheetHeldAsGeometry(f"({label})", former_sheet=sheet, scale=scale)
        source = (
            None
            if scan is None
            else register_source(
                transaction,
                desk.evidence,
                scan,
                kind="scan",
                name=scan_name or (scan.name if isinstance(scan, Path) else label),
            )
        )
        report = {"parcels": list(numbers), "year": year, "note": note}
        uid = open_sheet(
            transaction,
            {
                **key,
                "sheet_uid": str(uuid.uuid5(NAMESPACE, f"sheet|{commune}|{label}")),
                "surveyed_on": None if year is None else date(year, 1, 1),
                "source_id": source,
                "medium": "paper",
                "declared_crs": None,
                "srid": None,
                "report": json.dumps(report, ensure_ascii=False),
            },
        )
        transaction.note(parcels=len(numbers), year=year)
        return PaperSheet(uid, former_commune, scale, sheet.strip(), year, numbers)

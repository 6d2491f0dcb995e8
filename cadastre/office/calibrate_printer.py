"""Keep by how much a printer shifts what it prints onto the blank certificate form."""

from __future__ import annotations

from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.store.named import query

#: Beyond this a sheet lies wrong in the tray: the table's own limit, in millimetres.
MOST_MM = 20.0


class OffsetRefused(InputRefused):
    """A printer's shift is at most 20 mm; beyond that the sheet lies wrong in the tray."""

    message_vi = "Độ lệch của máy in tối đa 20 mm; lệch hơn là giấy đặt sai trong khay."


def calibrate_printer(
    desk: Desk, *, commune: str, name: str, right_mm: float, down_mm: float
) -> dict[str, float | str]:
    """Enter a printer, or its shift measured anew on the calibration page.

    Parameters
    ----------
    right_mm, down_mm : by how much the overprint must move to meet the form, to 0.1 mm

    Raises
    ------
    OffsetRefused
    """
    if not max(abs(right_mm), abs(down_mm)) <= MOST_MM:
        raise OffsetRefused(f"({right_mm}, {down_mm})", field="right_mm, down_mm")
    kept: dict[str, float | str] = {
        "name": name,
        "right_mm": round(right_mm, 1),
        "down_mm": round(down_mm, 1),
    }
    with desk.transaction("calibrate_printer", commune=commune, subject=name) as transaction:
        transaction.connection.execute(
            query("printer_set"), {**kept, "commune": commune, "event": transaction.event_id}
        )
        transaction.note(**kept)
    return kept

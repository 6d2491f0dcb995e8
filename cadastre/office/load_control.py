"""Load the control points of a commune: evidence for the zone of every sheet to come.

A new list replaces the one before; points that stand in both as they were stay untouched.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cadastre.office.desk import Desk
from cadastre.office.permissions import require
from cadastre.sheets.control import read_control
from cadastre.store.deliveries import store_control_points
from cadastre.store.evidence import register_source
from cadastre.store.land_register import lock_subject, read_commune
from cadastre.store.transaction import reading


@dataclass(frozen=True)
class ControlResult:
    """What a list of control points changed."""

    file: str
    points: int
    opened: int
    closed: int
    unchanged: int


def load_control(
    desk: Desk, *, commune: str, path: Path, name: str | None = None, crs: int | None = None
) -> ControlResult:
    """Read a list of control points and keep it.

    Parameters
    ----------
    crs : VN-2000 zone of the list, where it is not that of the commune

    Raises
    ------
    cadastre.sheets.control.ControlUnusable
        Nothing was loaded; the row is named.
    """
    require("load_control", role=desk.actor.role, communes=desk.actor.communes, commune=commune)
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
    points = read_control(path, srid=facts.srid, crs=crs, outline=facts.outline)
    shown = name or Path(path).name
    with desk.transaction("load_control", commune=commune, subject=shown) as transaction:
        lock_subject(transaction.connection, "import", commune)
        source = register_source(transaction, desk.evidence, path, kind="document", name=shown)
        change = store_control_points(transaction, points, srid=facts.srid, source_id=source)
        transaction.note(opened=change.opened, closed=change.closed)
    return ControlResult(shown, len(points), change.opened, change.closed, change.unchanged)

"""Where a parcel comes from: every version, and the events that opened and closed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from cadastre.store.named import query


@dataclass(frozen=True)
class Happening:
    """An event of the office: which verb, by whom, when."""

    event_id: int
    verb: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class ParcelVersion:
    """One version of a parcel; ``closed`` is None for the one in force."""

    version: int
    sheet: int
    parcel: str
    area_m2: float
    origin: str
    valid_from: datetime
    valid_to: datetime | None
    opened: Happening
    closed: Happening | None


def parcel_lineage(
    connection: Connection, *, commune: str, parcel_uid: str
) -> tuple[ParcelVersion, ...]:
    """Return the versions of a parcel, the first one first; empty for an unknown parcel."""
    rows = connection.execute(
        query("parcel_lineage"), {"commune": commune, "parcel_uid": parcel_uid}
    ).mappings()
    return tuple(
        ParcelVersion(
            version=row["version"],
            sheet=row["sheet"],
            parcel=row["parcel"],
            area_m2=row["area_m2"],
            origin=row["origin"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            opened=_happening(row, "opened"),
            closed=None if row["closed_event"] is None else _happening(row, "closed"),
        )
        for row in rows
    )


def _happening(row: RowMapping, which: str) -> Happening:
    return Happening(
        int(row[f"{which}_event"]),
        row[f"{which}_verb"],
        row[f"{which}_actor"],
        row[f"{which}_at"],
    )

"""What the register of land holds and takes: communes, sheets, parcels, measured parcels.

Reads give frames in the commune's zone; writes open and close versions inside the
transaction of a verb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from cadastre.errors import NotFound
from cadastre.store.copying import copy_frame, copy_rows, read_frame, rows_of
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class CommuneUnknown(NotFound):
    """This commune has not been opened here."""

    message_vi = "Xã này chưa được mở trong hệ thống."


@dataclass(frozen=True)
class FormerCommune:
    """A commune of before the merge; the seat keeps its sheet numbers."""

    code: str
    name: str
    kind: str
    seat: bool
    ordinal: int


@dataclass(frozen=True)
class Commune:
    """A commune as papers and dossiers name it, without its land."""

    code: str
    name: str
    kind: str
    province: str
    srid: int
    mountain: bool

    @property
    def full_name(self) -> str:
        """Return the name with its kind, as at the head of a paper."""
        return f"{self.kind.capitalize()} {self.name}"


@dataclass(frozen=True)
class CommuneFacts(Commune):
    """What the verbs need to know of a commune; ``outline`` is in WGS 84."""

    outline: Any
    former: tuple[FormerCommune, ...]


def name_commune(connection: Connection, commune: str) -> Commune:
    """Return a commune without its land, or say that it is unknown."""
    row = connection.execute(query("commune_named"), {"commune": commune}).mappings().first()
    if row is None:
        raise CommuneUnknown(f"({commune})", commune=commune)
    return Commune(**row)


def read_commune(connection: Connection, commune: str) -> CommuneFacts:
    """Return the facts of a commune, or say that it is unknown."""
    row = connection.execute(query("commune_facts"), {"commune": commune}).mappings().first()
    if row is None:
        raise CommuneUnknown(f"({commune})", commune=commune)
    former = connection.execute(query("former_communes"), {"commune": commune}).mappings()
    outline = None if row["outline"] is None else shapely.from_wkb(bytes(row["outline"]))
    return CommuneFacts(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        province=row["province"],
        srid=row["srid"],
        mountain=row["mountain"],
        outline=outline,
        former=tuple(FormerCommune(**one) for one in former),
    )


def lock_subject(connection: Connection, *subject: str) -> None:
    """Let one piece of work on a subject run at a time, until the transaction ends."""
    connection.execute(query("subject_lock"), {"subject": "|".join(subject)})


def delivered_parcels(
    connection: Connection, commune: str, srid: int, sheets: Sequence[str] | None = None
) -> gpd.GeoDataFrame:
    """Parcels as the former communes delivered them (ParcelFrame columns and more)."""
    return _typed(
        read_frame(
            connection,
            query("sheet_parcels_current"),
            {"commune": commune, "sheets": None if sheets is None else list(sheets)},
            srid=srid,
        )
    )


def current_parcels(
    connection: Connection, commune: str, srid: int, uids: Sequence[str] | None = None
) -> gpd.GeoDataFrame:
    """Return the merged parcel map as it stands (ParcelFrame, with ``version`` and ``origin``)."""
    return _typed(
        read_frame(
            connection,
            query("parcels_current"),
            {"commune": commune, "uids": None if uids is None else list(uids)},
            srid=srid,
        )
    )


def parcels_about(
    connection: Connection, commune: str, srid: int, bounds: Sequence[float]
) -> gpd.GeoDataFrame:
    """Parcels of the map that touch a box (west, south, east, north) of the commune's zone."""
    west, south, east, north = (float(side) for side in bounds)
    box = {"west": west, "south": south, "east": east, "north": north, "srid": srid}
    return read_frame(connection, query("parcels_about"), {"commune": commune, **box}, srid=srid)


def measured_parcels(
    connection: Connection, commune: str, srid: int, surveys: Sequence[str] | None = None
) -> gpd.GeoDataFrame:
    """Measured parcels in force (MeasuredFrame, with ``survey_uid``)."""
    return read_frame(
        connection,
        query("measured_current"),
        {"commune": commune, "surveys": None if surveys is None else list(surveys)},
        srid=srid,
    )


def read_table(connection: Connection, name: str, **parameters: Any) -> pd.DataFrame:
    """Rows of a named query without geometry."""
    return rows_of(connection.execute(query(name), parameters))


_PARCEL_COLUMNS = [
    "parcel_uid", "sheet", "parcel", "former_commune", "map_set", "former_sheet",
    "former_parcel", "scale", "surveyed_on", "source_id", "land_use", "printed_area_m2",
    "register_area_m2",
]  # fmt: skip


def open_parcel_versions(
    transaction: Transaction, parcels: gpd.GeoDataFrame, *, srid: int, origin: str
) -> None:
    """Close the current versions of these parcels and open the given ones after them."""
    if parcels.empty:
        return
    versions = read_table(
        transaction.connection,
        "parcel_versions",
        commune=transaction.commune,
        uids=list(parcels["parcel_uid"]),
    )
    last = dict(zip(versions["parcel_uid"], versions["version"], strict=True))
    close_parcels(transaction, list(parcels["parcel_uid"]))
    frame = parcels[[*_PARCEL_COLUMNS, parcels.geometry.name]].copy()
    frame["map_set"] = frame["map_set"].fillna("")
    frame["version"] = [int(last.get(uid, 0)) + 1 for uid in frame["parcel_uid"]]
    frame["area_m2"] = shapely.area(np.asarray(frame.geometry.array))
    copy_frame(
        transaction.connection,
        "cadastre.parcel",
        frame,
        srid=srid,
        extra={
            "commune": transaction.commune,
            "origin": origin,
            "opened_by": transaction.event_id,
        },
    )


def close_parcels(transaction: Transaction, uids: Sequence[str]) -> None:
    """Close the current versions of some parcels."""
    if uids:
        transaction.connection.execute(
            query("parcels_close"),
            {"commune": transaction.commune, "uids": list(uids), "event": transaction.event_id},
        )


def store_identifiers(transaction: Transaction, identifiers: pd.DataFrame) -> int:
    """Store new parcel identifiers; those of an occupied cell wait. Return how many stored."""
    connection = transaction.connection
    connection.execute(query("identifier_stage_create"))
    columns = ["identifier", "parcel_uid", "east", "north"]
    copy_rows(connection, "identifier_stage", columns, identifiers[columns])
    stored = connection.execute(
        query("identifier_store"),
        {"commune": transaction.commune, "event": transaction.event_id},
    )
    return int(stored.rowcount)


def _typed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the columns of a stored frame the types of a ParcelFrame."""
    dates = pd.to_datetime(frame["surveyed_on"])
    frame = frame.assign(surveyed_on=dates.astype("datetime64[ns]"))
    for name in ("printed_area_m2", "register_area_m2"):
        if name in frame:
            frame[name] = frame[name].astype("float64")
    return frame

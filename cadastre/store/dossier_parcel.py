"""The parcel of a dossier as it stands: map, identifier, boundary, current measurement."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.certificate.context import Boundary, ParcelFacts
from cadastre.drawing.wording import parcel_vi
from cadastre.errors import NotFound
from cadastre.store.named import query


class ParcelNotOnMap(NotFound):
    """There is no such parcel on the map of this commune."""

    message_vi = "Không có thửa đất này trên bản đồ của xã."


@dataclass(frozen=True)
class DossierParcel:
    """The parcel of a dossier as it stands; geometries in the commune's zone."""

    facts: ParcelFacts
    version: int
    sheet: int
    parcel: str
    former: str
    land_use: str | None
    area_m2: float
    register_area_m2: float | None
    geometry: Any
    verdict: str | None
    boundary_geometry: str | None
    measured_m2: float | None
    measured: Any


def read_parcel(
    connection: Connection, commune: str, parcel_uid: str | None
) -> DossierParcel | None:
    """Return a parcel as it stands on the map, or None."""
    if parcel_uid is None:
        return None
    one = {"commune": commune, "parcel_uid": parcel_uid}
    rows = connection.execute(query("dossier_parcel"), one).mappings()
    return parcel_of([dict(row) for row in rows])


def parcel_of(found: Sequence[Mapping[str, Any]]) -> DossierParcel | None:
    """Return the parcel of the row that the query found, if it found one."""
    if not found:
        return None
    row = found[0]
    label = parcel_vi(row["sheet"], row["parcel"])
    return DossierParcel(
        facts=ParcelFacts(
            row["parcel_uid"], label, row["identifier"], _boundary(row), _outline_mark(row)
        ),
        version=row["version"],
        sheet=row["sheet"],
        parcel=row["parcel"],
        former=_former(row),
        land_use=row["land_use"],
        area_m2=row["area_m2"],
        register_area_m2=row["register_area_m2"],
        geometry=shapely.from_wkb(bytes(row["geometry"])),
        verdict=row["verdict"],
        boundary_geometry=row["boundary_geometry"],
        measured_m2=row["measured_m2"],
        measured=shapely.from_wkb(bytes(row["measured"])) if row["measured"] else None,
    )


def _outline_mark(row: Mapping[str, Any]) -> str:
    """Mark of the outlines of a parcel: map and current measurement."""
    drawn = bytes(row["geometry"]) + bytes(row["measured"] or b"")
    return hashlib.sha256(drawn).hexdigest()[:16]


def _former(row: Mapping[str, Any]) -> str:
    name = " ".join(part for part in (row["former_kind"], row["former_name"]) if part)
    return f"thửa {row['former_parcel']} tờ {row['former_sheet']} (1:{row['scale']}) {name}".strip()


def _boundary(row: Mapping[str, Any]) -> Boundary | None:
    if row["confirmed"] is None:
        return None
    answers = tuple(
        (str(n.get("name") or n.get("label") or n.get("parcel_uid") or ""), str(n["answer"]))
        for n in row["neighbours"]
    )
    return Boundary(row["confirmed"], row["signed_on"], answers)

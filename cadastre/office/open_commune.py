"""Open a commune: its zone, its former communes, its partitions.

A merged commune keeps the code of the former commune where its People's Committee sits
(Decision 19/2025/QD-TTg Art 3); that former commune keeps its sheet numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import shapely

from cadastre.crs import zone
from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.store.land_register import CommuneFacts, FormerCommune, read_commune
from cadastre.store.named import query


class OutlineRefused(InputRefused):
    """The outline must be a polygon in WGS 84 longitude and latitude."""

    message_vi = "Ranh giới xã phải là vùng (polygon) theo kinh độ, vĩ độ WGS 84."


def open_commune(
    desk: Desk,
    *,
    commune: str,
    name: str,
    kind: str,
    province: str,
    srid: int,
    former_communes: Sequence[FormerCommune],
    mountain: bool = False,
    valid_from: date = date(2025, 7, 1),
    outline: Any = None,
) -> CommuneFacts:
    """Open a commune; opening it again changes nothing.

    Parameters
    ----------
    srid : EPSG code of the VN-2000 zone of its parcels
    outline : polygon in EPSG:4326, optional
    """
    zone(srid)
    with desk.transaction("open_commune", commune=commune, subject=name) as transaction:
        connection = transaction.connection
        connection.execute(
            query("commune_insert"),
            {
                "code": commune,
                "name": name,
                "kind": kind,
                "province": province,
                "srid": srid,
                "mountain": mountain,
                "valid_from": valid_from,
                "outline": None if outline is None else shapely.to_wkb(_checked(outline)),
            },
        )
        connection.execute(query("commune_partitions"), {"code": commune})
        for former in former_communes:
            connection.execute(
                query("former_commune_insert"), {"commune": commune, **_columns(former)}
            )
        return read_commune(connection, commune)


class CommuneRefused(InputRefused):
    """A commune is described by code, name, kind, province, srid and its former communes."""

    message_vi = "Mô tả xã phải có code, name, kind, province, srid và former_communes."


def commune_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of :func:`open_commune` from a JSON description; its field is named if wrong.

    >>> commune_of({"code": "22609", "name": "Khánh Vĩnh", "kind": "xã", "province": "Khánh Hòa",
    ...             "srid": 9217, "former_communes": [{"code": "22609", "name": "Khánh Vĩnh",
    ...             "kind": "thị trấn", "seat": True}]})["former_communes"][0].ordinal
    1
    >>> try:
    ...     commune_of({"code": "22609", "former_communes": [{"code": "22609", "name": "A"}]})
    ... except CommuneRefused as refused:
    ...     print(refused.field)
    former_communes[1].kind
    """
    try:
        former = [
            _former(one, ordinal) for ordinal, one in enumerate(told["former_communes"], start=1)
        ]
        plain = {name: told[name] for name in ("name", "kind", "province")}
        return {
            **plain,
            "commune": str(told["code"]),
            "srid": int(told["srid"]),
            "mountain": bool(told.get("mountain", False)),
            "valid_from": date.fromisoformat(told.get("valid_from", "2025-07-01")),
            "former_communes": former,
        }
    except (KeyError, TypeError, ValueError) as wrong:
        field = str(wrong).strip("'")
        raise CommuneRefused(f"Look at: {field}.", f"Xem lại: {field}.", field=field) from wrong


def _former(told: Mapping[str, Any], ordinal: int) -> FormerCommune:
    missing = [name for name in ("code", "name", "kind") if name not in told]
    if missing:
        field = f"former_communes[{ordinal}]." + ", ".join(missing)
        raise CommuneRefused(f"Missing: {field}.", f"Thiếu: {field}.", field=field)
    return FormerCommune(told["code"], told["name"], told["kind"], bool(told.get("seat")), ordinal)


def load_outline(desk: Desk, *, commune: str, outline: Any) -> None:
    """Replace the outline of a commune; ``outline`` is a polygon in EPSG:4326."""
    with desk.transaction("load_outline", commune=commune) as transaction:
        read_commune(transaction.connection, commune)
        transaction.connection.execute(
            query("commune_set_outline"),
            {"commune": commune, "outline": shapely.to_wkb(_checked(outline))},
        )


def _columns(former: FormerCommune) -> dict[str, Any]:
    return {
        "code": former.code,
        "name": former.name,
        "kind": former.kind,
        "seat": former.seat,
        "ordinal": former.ordinal,
    }


def _checked(outline: Any) -> Any:
    west, south, east, north = shapely.bounds(outline)
    degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90
    if not degrees or outline.geom_type not in ("Polygon", "MultiPolygon"):
        raise OutlineRefused(bounds=(west, south, east, north))
    return outline

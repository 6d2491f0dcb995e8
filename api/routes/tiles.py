"""Vector tiles of a commune (Mapbox Vector Tile 2.1), cut by PostGIS.

A tile is private to the signed-in person and asked for again with its ETag, so that a map
shows a decision as soon as it is taken.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Response

from api.dependencies import ActorHere
from api.routes.parameters import Register, allowed
from cadastre.errors import InputRefused
from cadastre.store.named import query

router = APIRouter(prefix="/tiles", tags=["tiles"])

#: Single parcels below this zoom are megabytes that nobody can tell apart: use ``sheets``.
_FIRST_ZOOM = {"parcels": 11, "sheets": 0, "measured": 11, "mismatches": 11, "delivered": 13}
_LAST_ZOOM = 22
Layer = Literal["parcels", "sheets", "measured", "mismatches", "delivered"]


class TileOutside(InputRefused):
    """There is no such tile at this zoom."""

    message_vi = "Không có ô bản đồ này ở mức thu phóng đã chọn."


@router.get("/{commune}/{layer}/{z}/{x}/{y}.mvt", summary="Ô bản đồ / A vector tile")
def tile(
    commune: Annotated[str, Path(pattern=r"^\d{5}$")],
    layer: Layer,
    z: Annotated[int, Path(ge=0, le=_LAST_ZOOM)],
    x: Annotated[int, Path(ge=0)],
    y: Annotated[int, Path(ge=0)],
    register: Register,
    actor: ActorHere,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return one tile; 204 where the layer has nothing."""
    allowed(actor, commune)
    if x >= 1 << z or y >= 1 << z:
        raise TileOutside(f"({z}/{x}/{y})", field="x" if x >= 1 << z else "y")
    content = b""
    if z >= _FIRST_ZOOM[layer]:
        wanted = {"commune": commune, "z": z, "x": x, "y": y}
        content = bytes(register.execute(query(f"tile_{layer}"), wanted).scalar_one() or b"")
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    if not content:
        return Response(status_code=204, headers=headers)
    headers["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/vnd.mapbox-vector-tile", headers=headers)

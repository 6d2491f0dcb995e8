"""What the routes read from a request: commune, box, coordinates, page, version, key.

Bad values are refused here once, as named errors, so that no route holds a ``try``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from api.dependencies import ActorHere, EngineHere
from cadastre.crs import ZONES
from cadastre.errors import InputRefused
from cadastre.office.permissions import CommuneForbidden
from cadastre.store.actor import Actor
from cadastre.store.idempotency import Answer, carry_out
from cadastre.store.transaction import reading

WGS84 = 4326
LIMIT, LIMIT_MOST = 100, 1000
#: Roles that see who holds a right.
SEES_PERSONS = frozenset({"officer", "registrar", "chair", "admin"})


class BoxRefused(InputRefused):
    """bbox is four numbers: west, south, east, north in degrees (EPSG:4326)."""

    message_vi = "bbox gồm bốn số: tây, nam, đông, bắc theo độ (EPSG:4326)."


class CoordinatesRefused(InputRefused):
    """crs is 4326 or the EPSG code of a VN-2000 zone."""

    message_vi = "crs là 4326 hoặc mã EPSG của một múi chiếu VN-2000."


class CursorRefused(InputRefused):
    """This cursor does not belong to this list; begin without one."""

    message_vi = "Con trỏ trang không thuộc danh sách này; hãy bắt đầu lại từ đầu."


class VersionRefused(InputRefused):
    """If-Match holds the version that you saw, such as "3"."""

    message_vi = 'If-Match phải là phiên bản bạn đã xem, ví dụ "3".'


def connection(engine: EngineHere, actor: ActorHere) -> Iterator[Connection]:
    """Open the read-only transaction of a request, as the asking person."""
    with reading(engine, actor) as opened:
        yield opened


def commune(code: Annotated[str, Path(pattern=r"^\d{5}$")], actor: ActorHere) -> str:
    """Return the commune of the address, when the asking person works for it."""
    return allowed(actor, code)


def allowed(actor: Actor, code: str) -> str:
    """Return the commune, or refuse it to somebody who does not work for it."""
    if code not in actor.communes:
        raise CommuneForbidden(f"({code})", commune=code)
    return code


def box(
    bbox: Annotated[str | None, Query(description="west,south,east,north (EPSG:4326)")] = None,
) -> dict[str, float | None]:
    """Return the sides of the box asked for, all None when none was."""
    sides = ("west", "south", "east", "north")
    if bbox is None:
        return dict.fromkeys(sides)
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError as wrong:
        raise BoxRefused(field="bbox") from wrong
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise BoxRefused(field="bbox")
    return dict(zip(sides, (west, south, east, north), strict=True))


def coordinates(
    crs: Annotated[str, Query(description="4326, or the EPSG code of a VN-2000 zone")] = "4326",
) -> int:
    """Return the EPSG code in which coordinates are wanted."""
    code = crs.strip().upper().removeprefix("EPSG:")
    srid = int(code) if code.isdecimal() and len(code) <= len("99999") else 0
    if srid != WGS84 and srid not in ZONES:
        raise CoordinatesRefused(f"({crs})", field="crs")
    return srid


@dataclass(frozen=True)
class Page:
    """How many rows, and after which: ``after`` is the key of the last row seen."""

    limit: int
    after: dict[str, Any]

    def next(self, rows: list[Any], key: Callable[[Any], dict[str, Any]]) -> str | None:
        """Return the cursor of the following page; None when this is the last."""
        if len(rows) <= self.limit:
            return None
        text = json.dumps(key(rows[self.limit - 1]), separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MOST)] = LIMIT,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Page:
    """Return the page asked for."""
    if not cursor:
        return Page(limit, {})
    try:
        after = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as wrong:
        raise CursorRefused(field="cursor") from wrong
    if not isinstance(after, dict):
        raise CursorRefused(field="cursor")
    return Page(limit, after)


def key_of(asked: Page, **kinds: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the values of a cursor's key, None for the first page.

    Raises
    ------
    CursorRefused
        A value is missing or has the wrong form.
    """
    if not asked.after:
        return dict.fromkeys(kinds)
    try:
        return {name: kind(asked.after[name]) for name, kind in kinds.items()}
    except (KeyError, TypeError, ValueError) as wrong:
        raise CursorRefused(field="cursor") from wrong


def seen_version(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """Return the version that the person saw, from If-Match."""
    if if_match is None or if_match.strip() == "*":
        return None
    number = if_match.strip().removeprefix("W/").strip('"')
    if not number.isdecimal():
        raise VersionRefused(field="If-Match")
    return int(number)


def request_key(
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> str | None:
    """Return the key under which a repeated request is carried out once."""
    return idempotency_key


def written(
    engine: EngineHere,
    actor: Actor,
    *,
    key: str | None,
    verb: str,
    request: Any,
    status: int,
    work: Callable[[], Any],
) -> Response:
    """Answer a write: carry the verb out once per key, and give the same answer again."""
    answer = carry_out(
        engine,
        actor=actor.username,
        key=key,
        verb=verb,
        request=request,
        work=lambda: Answer(status, jsonable_encoder(work())),
    )
    headers = {"Idempotency-Replayed": "true"} if answer.repeated else {}
    body = answer.body
    if isinstance(body, dict) and isinstance(body.get("row_version"), int):
        headers["ETag"] = f'"{body["row_version"]}"'
    return JSONResponse(body, answer.status, headers)


Register = Annotated[Connection, Depends(connection)]
CommuneHere = Annotated[str, Depends(commune)]
Box = Annotated[dict[str, float | None], Depends(box)]
Coordinates = Annotated[int, Depends(coordinates)]
PageHere = Annotated[Page, Depends(page)]
SeenVersion = Annotated[int | None, Depends(seen_version)]
RequestKey = Annotated[str | None, Depends(request_key)]
Uid = UUID

"""What routes ask for: the database engine, who is asking, and a desk to carry out verbs at.

A program sends ``Authorization: Bearer``; a page has the HttpOnly cookie. Both carry the
same token, of which the database knows only the hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.errors import SignInNeeded
from api.security import COOKIE
from api.settings import Settings, WebSettings
from cadastre.office.desk import Desk
from cadastre.office.stationery import Stationery
from cadastre.regulation import Regulation
from cadastre.store.accounts import actor_of_token
from cadastre.store.actor import Actor

LANGUAGES = ("vi", "en")
LANGUAGE_COOKIE = "cadastre_language"


@dataclass(frozen=True)
class House:
    """What the application opened at start and every request shares."""

    engine: Engine
    settings: Settings
    web: WebSettings
    regulation: Regulation
    clock: Callable[[], datetime] | None = None

    def moment(self) -> datetime:
        """Return the moment at which a request is answered."""
        return self.clock() if self.clock else datetime.now(UTC)

    @property
    def stationery(self) -> Stationery:
        """What the office prints with; it tells whether this is a sample."""
        return Stationery(self.settings.home)


@dataclass(frozen=True)
class Opening:
    """What the application opens when it starts; it may be opened again after it was closed."""

    settings: Settings
    clock: Callable[[], datetime] | None = None


def house(request: Request) -> House:
    """Return what the application opened at start."""
    found: House = request.app.state.house
    return found


def engine(request: Request) -> Engine:
    """Return the engine of the web role."""
    return house(request).engine


def token(request: Request) -> str | None:
    """Return the token of a request, from its header or its cookie."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return request.cookies.get(COOKIE)


def maybe_actor(request: Request) -> Actor | None:
    """Return who is asking, or None for a visitor."""
    given = token(request)
    if not given:
        return None
    found: Actor | None = actor_of_token(engine(request), given)
    return found


def actor(request: Request) -> Actor:
    """Return who is asking.

    Raises
    ------
    SignInNeeded
        Without a valid token.
    """
    found = maybe_actor(request)
    if found is None:
        raise SignInNeeded()
    return found


def desk(request: Request) -> Desk:
    """Return the desk at which the asking person carries out verbs."""
    opened = house(request)
    now = opened.clock() if opened.clock else None
    return Desk(opened.engine, actor(request), opened.settings.home, opened.regulation, now)


def language(request: Request) -> str:
    """Return the language of the pages: the switch, else Vietnamese."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def page_of(request: Request) -> dict[str, Any]:
    """Return what every template needs to know of the request."""
    return {"nonce": request.state.nonce, "language": language(request)}


ActorHere = Annotated[Actor, Depends(actor)]
MaybeActor = Annotated[Actor | None, Depends(maybe_actor)]
EngineHere = Annotated[Engine, Depends(engine)]
DeskHere = Annotated[Desk, Depends(desk)]
HouseHere = Annotated[House, Depends(house)]
Language = Annotated[str, Depends(language)]

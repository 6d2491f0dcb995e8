"""The real server on loopback for tests, in a thread of the test process."""

from __future__ import annotations

import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

COMMUNE = "22609"
ROLES = ("officer", "surveyor", "registrar", "chair", "manager", "admin")
PASSWORD = "một mật khẩu dài 22609"


@dataclass(frozen=True)
class Served:
    """Where the server answers, and clients for it."""

    address: str
    client: Callable[..., httpx.Client]

    def signed_in(self, role: str) -> httpx.Client:
        """A client with the bearer token of the account of this role."""
        client = self.client()
        answer = client.post("/api/v1/auth/token", data={"username": role, "password": PASSWORD})
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client


def make_accounts(engine: Engine, home: Path, commune: str = COMMUNE) -> None:
    """An account of each role, named like it, with :data:`PASSWORD`."""
    from cadastre.office.create_account import create_account
    from cadastre.office.desk import Desk
    from cadastre.store.actor import SYSTEM

    desk = Desk(engine, SYSTEM, home)
    for role in ROLES:
        create_account(
            desk,
            commune=commune,
            username=role,
            display_name=f"Người dùng {role}",
            password=PASSWORD,
            role=role,
            communes=(commune,),
        )


#: Read once: a client loads the certificates of the world, also to speak plain HTTP.
_TLS = ssl.create_default_context()
#: Applications that are closed, by how the counter answers: the routes of the next are the same,
#: and building them takes longer than most tests.
_closed: dict[tuple[tuple[str, Any], ...], list[FastAPI]] = defaultdict(list)


@contextmanager
def _application(home: Any, clock: Any, web: dict[str, Any]) -> Iterator[FastAPI]:
    """The application for a data folder; nothing of its last opening is left in it."""
    from api.app import create_app
    from api.dependencies import Opening
    from api.settings import Settings, WebSettings

    settings = Settings(home=home)
    shelf = _closed[tuple(sorted(web.items()))]
    app = shelf.pop() if shelf else create_app(settings, WebSettings(**web))
    app.state.opening = Opening(settings, clock)
    yield app
    shelf.append(app)


@contextmanager
def serving(home: Any, *, clock: Any = None, **web: Any) -> Iterator[Served]:
    """Serve the database whose addresses are in ``home`` on a free port of 127.0.0.1."""
    with _application(home, clock, web) as app:
        yield from _answering(app)


def _answering(app: FastAPI) -> Iterator[Served]:
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    clients: list[httpx.Client] = []

    def client(**settings: Any) -> httpx.Client:
        plain: dict[str, Any] = {
            "base_url": address,
            "timeout": 30,
            "trust_env": False,
            "verify": _TLS,
        }
        clients.append(httpx.Client(**plain, **settings))
        return clients[-1]

    try:
        yield Served(address, client)
    finally:
        for opened in clients:
            opened.close()
        server.should_exit = True
        thread.join(10)

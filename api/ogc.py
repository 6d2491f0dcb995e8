"""OGC API Features and Tiles for GIS programs: ``/ogc``, by tipg, signed in, JSON only.

tipg is an application of its own with its own pool of connections (asyncpg); every
connection is told at each use which communes the asking account works for, and the views of
the schema ``ogc`` show no others. Positions are CRS84 (OGC 17-069r4). Its HTML pages would
load from other hosts and are not served.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse
from tipg.collections import register_collection_catalog
from tipg.database import close_db_connection, connect_to_db
from tipg.errors import DEFAULT_STATUS_CODES, add_exception_handlers
from tipg.factory import Endpoints
from tipg.settings import DatabaseSettings, PostgresSettings

from api import errors
from api.dependencies import House, actor
from cadastre.errors import InputRefused

PREFIX = "/ogc"
Scope = MutableMapping[str, Any]

_communes: ContextVar[str] = ContextVar("ogc_communes", default="")


class PagesNotServed(InputRefused):
    """OGC API answers in JSON here; ask without f=html."""

    message_vi = "OGC API ở đây chỉ trả lời JSON; hãy bỏ f=html."


async def signed_in(request: Request, f: Annotated[str | None, Query()] = None) -> None:
    """Let an account in and remember its communes for the connection of this request."""
    if f == "html":
        raise PagesNotServed()
    who = await run_in_threadpool(actor, request)
    _communes.set(",".join(who.communes))


async def _introduce(connection: Any) -> None:
    await connection.execute("SELECT set_config('app.communes', $1, false)", _communes.get())


class OgcApi:
    """The application to mount, and what opens and closes with the server."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self.app = FastAPI(title="OGC API", openapi_url=None, docs_url=None, redoc_url=None)
        self.app.include_router(
            Endpoints(title="Địa chính xã / Commune cadastre").router,
            dependencies=[Depends(signed_in)],
        )
        add_exception_handlers(self.app, DEFAULT_STATUS_CODES)
        errors.install(self.app)
        self._describe()

    def _describe(self) -> None:
        @self.app.get("/api", name="openapi", dependencies=[Depends(signed_in)])
        def description() -> JSONResponse:
            return JSONResponse(
                self.app.openapi(), media_type="application/vnd.oai.openapi+json;version=3.0"
            )

        @self.app.get("/api.html", name="swagger_ui_html", include_in_schema=False)
        def documentation() -> RedirectResponse:
            return RedirectResponse("/docs")

    @asynccontextmanager
    async def opened(self, house: House) -> AsyncIterator[None]:
        """Open the pool of the web role and learn the collections."""
        self.app.state.house = house
        dsn = house.settings.dsn("cadastre_web").replace("postgresql+psycopg://", "postgresql://")
        pool: dict[str, Any] = {"database_url": dsn, "db_min_conn_size": 1, "db_max_conn_size": 4}
        await connect_to_db(
            self.app,
            schemas=[self._schema, "public"],
            settings=PostgresSettings(**pool),
            setup=_introduce,
        )
        views = DatabaseSettings(
            schemas=[self._schema], datetime_extent=False, spatial_extent=False, functions=[]
        )
        await register_collection_catalog(self.app, db_settings=views)
        try:
            yield
        finally:
            await close_db_connection(self.app)

    async def __call__(
        self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Awaitable[None]]
    ) -> None:
        """Answer a request below the prefix, with links that keep it."""
        apart = {k: v for k, v in scope.items() if k not in ("app_root_path", "router")}
        # A browser asks for HTML first; it gets the same JSON as everybody.
        apart["headers"] = [
            (name, b"*/*" if name == b"accept" and b"text/html" in value else value)
            for name, value in scope.get("headers", [])
        ]
        await self.app(apart, receive, send)

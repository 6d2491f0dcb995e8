"""The counter: one application with the programming interface, the pages and OGC API.

``create_app`` opens nothing by itself; database and catalogues are opened when the server
starts and closed when it stops.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

import maps
from api import errors, health, metrics, pages, security
from api.dependencies import House, Opening
from api.ogc import PREFIX, OgcApi
from api.routes import ROUTERS
from api.settings import Settings, WebSettings
from api.static_files import StaticFolder
from api.throttle import Throttle
from cadastre.regulation import load
from cadastre.store.engine import engine_from_settings

API = "/api/v1"
_WEB = Path(maps.__file__).parent / "web"
_GZIP_FROM_BYTES = 1024
#: Tiles and answers are compressed at every request: the default of 9 takes much longer for 2 %.
_GZIP_LEVEL = 4


def create_app(
    settings: Settings | None = None,
    web: WebSettings | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : where the data lies and which database is used; from the environment if None
    web : how the counter answers; from the environment if None
    clock : the moment at which verbs are carried out, for tests that live through a posting;
        no setting reaches it, so a running service always has the real time
    """
    web = web or WebSettings()
    ogc = OgcApi(web.ogc_schema)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opening: Opening = app.state.opening
        async with AsyncExitStack() as stack:
            engine = engine_from_settings(opening.settings, role="cadastre_web")
            stack.callback(engine.dispose)
            app.state.house = House(engine, opening.settings, web, load(), opening.clock)
            app.state.sign_in_throttle = Throttle(web.sign_in_attempts, web.sign_in_window_s)
            app.state.kiosk_throttle = Throttle(web.kiosk_lookups_per_minute, 60.0)
            await stack.enter_async_context(ogc.opened(app.state.house))
            yield

    app = FastAPI(
        title="Dịch vụ địa chính xã / Commune cadastre",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        responses={"default": {"description": "problem+json (RFC 9457)"}},
    )
    app.state.opening = Opening(settings or Settings(), clock)
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=API)
    app.include_router(health.router)
    app.include_router(pages.router)
    metrics.install(app)
    app.mount(PREFIX, ogc)
    app.mount("/static/vendor", StaticFolder(directory=web.assets, cache="public, max-age=86400"))
    app.mount("/static", StaticFolder(directory=_WEB, cache="no-cache"))
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM_BYTES, compresslevel=_GZIP_LEVEL)
    security.install(app, basemap=web.basemap_url)
    return app

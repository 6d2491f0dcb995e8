"""Request counts and durations in the text format of Prometheus (version 0.0.4).

Series are named by route template, method and status, never by path, so that no identifier
and no person appears in them.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse

_BOUNDS_S = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)

Scope = MutableMapping[str, Any]
Call = Callable[..., Awaitable[Any]]
Key = tuple[str, str, int]


class Metrics:
    """ASGI layer that counts answers and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count: dict[Key, int] = defaultdict(int)
        self._seconds: dict[Key, float] = defaultdict(float)
        self._within: dict[tuple[Key, float], int] = defaultdict(int)

    def note(self, key: Key, seconds: float) -> None:
        """Count one answer."""
        with self._lock:
            self._count[key] += 1
            self._seconds[key] += seconds
            for bound in _BOUNDS_S:
                if seconds <= bound:
                    self._within[key, bound] += 1

    def text(self) -> str:
        """Return the series as Prometheus reads them.

        >>> metrics = Metrics()
        >>> metrics.note(("/health/live", "GET", 200), 0.001)
        >>> metrics.text().splitlines()[2]
        'cadastre_request_seconds_bucket{route="/health/live",method="GET",status="200",le="0.005"} 1'
        """  # noqa: E501 - one series is one line
        name = "cadastre_request_seconds"
        lines = [f"# HELP {name} Time to answer, by route.", f"# TYPE {name} histogram"]
        with self._lock:
            for key in sorted(self._count):
                route, method, status = key
                labels = f'route="{route}",method="{method}",status="{status}"'
                for bound in _BOUNDS_S:
                    within = self._within[key, bound]
                    lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {within}')
                lines.append(f'{name}_bucket{{{labels},le="+Inf"}} {self._count[key]}')
                lines.append(f"{name}_sum{{{labels}}} {self._seconds[key]:.6f}")
                lines.append(f"{name}_count{{{labels}}} {self._count[key]}")
        return "\n".join(lines) + "\n"


class Counting:
    """The layer itself; the series live in the :class:`Metrics` it is given."""

    def __init__(self, app: Call, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Call, send: Call) -> None:
        """Answer one request and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", None) or "unknown"
            key = (route, scope["method"], status)
            self._metrics.note(key, time.perf_counter() - started)


def install(app: FastAPI) -> None:
    """Count every request of the application and publish ``/metrics``."""
    metrics = Metrics()
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    def show() -> PlainTextResponse:
        return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")

    app.include_router(router)
    app.add_middleware(Counting, metrics=metrics)

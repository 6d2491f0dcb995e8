"""What every answer carries and every request must pass: headers, nonce, number, origin.

- Content-Security-Policy without ``unsafe-inline`` and ``unsafe-eval``; scripts and styles
  that a page renders itself carry the request's nonce.
- A write that is authenticated by the cookie must come from a page of this service: the
  cookie is SameSite=Strict, and ``Origin`` (or ``Sec-Fetch-Site``) is checked besides
  (OWASP, Cross-Site Request Forgery Prevention).
- Each request has a number, also in the log and in problem documents.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders

from api.errors import ForeignOrigin, ServiceFault, answer

_log = logging.getLogger(__name__)

COOKIE = "cadastre_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:{images}; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def from_here(headers: Headers) -> bool:
    """Return whether a write with the cookie comes from a page of this service.

    >>> from_here(Headers({"host": "a:1", "origin": "http://a:1"}))
    True
    >>> from_here(Headers({"host": "a:1", "origin": "http://b"}))
    False
    """
    origin = headers.get("origin")
    if origin:
        return urlsplit(origin).netloc == headers.get("host", "")
    return headers.get("sec-fetch-site") in ("same-origin", "none")


class Guard:
    """ASGI layer that numbers requests, checks their origin and adds the headers."""

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, images: str = ""
    ) -> None:
        self._app = app
        self._images = f" {images}" if images else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(18)
        number = secrets.token_hex(8)
        scope.setdefault("state", {}).update(nonce=nonce, request_id=number)
        headers = Headers(scope=scope)
        started = False

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                out = MutableHeaders(scope=message)
                out.setdefault("Content-Security-Policy", self._policy(nonce))
                for name, value in _HEADERS.items():
                    out.setdefault(name, value)
                out["X-Request-ID"] = number
            await send(message)

        if self._forged(scope, headers):
            request = Request(scope, receive)
            await answer(request, ForeignOrigin())(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("%s %s %s", number, scope["method"], scope["path"])
            if started:
                raise
            fault = answer(Request(scope, receive), ServiceFault())
            await fault(scope, receive, send_with_headers)

    def _policy(self, nonce: str) -> str:
        return _POLICY.format(nonce=nonce, images=self._images)

    @staticmethod
    def _forged(scope: Scope, headers: Headers) -> bool:
        if scope["method"] in _SAFE or headers.get("authorization"):
            return False
        by_cookie = f"{COOKIE}=" in headers.get("cookie", "")
        return (by_cookie or "origin" in headers) and not from_here(headers)


def origin_of(address: str) -> str:
    """Return scheme and host of an absolute address; nothing for one of this service.

    >>> origin_of("https://tiles.tinh.example/{z}/{x}/{y}.png"), origin_of("/tiles/{z}/{x}/{y}.png")
    ('https://tiles.tinh.example', '')
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def install(app: FastAPI, *, basemap: str = "") -> None:
    """Put the guard in front of the application; only a configured base map may be foreign."""
    app.add_middleware(Guard, images=origin_of(basemap))

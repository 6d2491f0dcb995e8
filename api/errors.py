"""The one table from named errors to HTTP statuses, and problem+json (RFC 9457).

Domain errors know no HTTP; the most specific class of the table that fits decides. Every
answer carries the stable ``code`` of the error and its sentence in both languages; where a
file was wrong, also ``file``, ``row`` and ``field``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from cadastre.errors import (
    CadastreError,
    Conflict,
    InputRefused,
    NotFound,
    PermissionRefused,
    RegulationError,
)

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class SignInNeeded(CadastreError):
    """Sign in first."""

    message_vi = "Hãy đăng nhập trước."


class SignInRefused(CadastreError):
    """The user name or the password is not right."""

    message_vi = "Tên đăng nhập hoặc mật khẩu không đúng."


class TooManyAttempts(CadastreError):
    """Too many attempts; wait a little and try again."""

    message_vi = "Thử quá nhiều lần; hãy đợi một lát rồi thử lại."


class ForeignOrigin(PermissionRefused):
    """The request comes from another site."""

    message_vi = "Yêu cầu đến từ trang khác nên bị từ chối."


class RequestInvalid(InputRefused):
    """Something in the request is missing or has the wrong form."""

    message_vi = "Yêu cầu thiếu hoặc sai dạng."


class PageMissing(NotFound):
    """There is no such page."""

    message_vi = "Không có trang này."


class MethodRefused(CadastreError):
    """This address does not take this kind of request."""

    message_vi = "Địa chỉ này không nhận loại yêu cầu này."


class ServiceFault(CadastreError):
    """The service could not answer; the fault is logged under the request number."""

    message_vi = "Dịch vụ gặp lỗi; lỗi đã được ghi lại theo số yêu cầu."


class NotReady(CadastreError):
    """The service is starting or its database cannot be reached."""

    message_vi = "Dịch vụ đang khởi động hoặc chưa kết nối được cơ sở dữ liệu."


#: Class -> status; the most specific class wins.
STATUS: Mapping[type[CadastreError], int] = {
    CadastreError: 400,
    InputRefused: 422,
    NotFound: 404,
    PermissionRefused: 403,
    Conflict: 409,
    RegulationError: 500,
    SignInNeeded: 401,
    SignInRefused: 401,
    MethodRefused: 405,
    TooManyAttempts: 429,
    ServiceFault: 500,
    NotReady: 503,
}
_OWN_MEMBERS = ("file", "row", "field", "items")


def status_of(error: CadastreError) -> int:
    """Return the HTTP status of an error.

    >>> status_of(NotFound()), status_of(PageMissing()), status_of(CadastreError())
    (404, 404, 400)
    """
    for kind in type(error).__mro__:
        if kind in STATUS and kind is not CadastreError:
            return STATUS[kind]
    return STATUS[CadastreError]


def problem_body(error: CadastreError) -> dict[str, Any]:
    """Members of the problem document of an error, in both languages."""
    status = status_of(error)
    body: dict[str, Any] = {
        "type": f"urn:cadastre:problem:{error.code}",
        "title": (error.__doc__ or "").strip().splitlines()[0],
        "status": status,
        "detail": error.message("en"),
        "code": error.code,
        "title_vi": error.message_vi,
        "detail_vi": error.message("vi"),
    }
    for name in _OWN_MEMBERS:
        if name in error.facts:
            body[name] = _plain(error.facts[name])
    facts = {k: _plain(v) for k, v in error.facts.items() if k not in _OWN_MEMBERS}
    if facts:
        body["facts"] = facts
    return body


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return str(value)


def answer(request: Request, error: CadastreError) -> Response:
    """Return the problem as a page for a person or as problem+json for a program."""
    body = problem_body(error)
    body["request_id"] = getattr(request.state, "request_id", "")
    headers = _headers(error)
    if _wants_page(request):
        from api.pages import problem_page

        return problem_page(request, body, headers)
    return JSONResponse(body, body["status"], headers, media_type=MEDIA_TYPE)


def _headers(error: CadastreError) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, SignInNeeded | SignInRefused):
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_s" in error.facts:
        headers["Retry-After"] = str(int(error.facts["retry_after_s"]) + 1)
    return headers


def _wants_page(request: Request) -> bool:
    if request.url.path.startswith(("/api/", "/ogc", "/health", "/metrics", "/static")):
        return False
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Register the translation on the application."""

    @app.exception_handler(CadastreError)
    def named(request: Request, error: CadastreError) -> Response:
        if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s %s", getattr(request.state, "request_id", "-"), error, exc_info=error)
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        items = [
            {"field": ".".join(str(part) for part in found["loc"]), "message": found["msg"]}
            for found in error.errors()
        ]
        first = items[0]["field"] if items else None
        return answer(request, RequestInvalid(items=items, field=first))

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> Response:
        return answer(request, _named(error))

    @app.exception_handler(OperationalError)
    def unreachable(request: Request, error: OperationalError) -> Response:
        _log.error("%s", getattr(request.state, "request_id", "-"), exc_info=error)
        return answer(request, NotReady())


def _named(error: HTTPException) -> CadastreError:
    detail = str(error.detail or "")
    kinds: dict[int, type[CadastreError]] = {
        401: SignInNeeded,
        403: PermissionRefused,
        404: PageMissing,
        405: MethodRefused,
        409: Conflict,
        412: Conflict,
        422: RequestInvalid,
        429: TooManyAttempts,
        503: NotReady,
    }
    if error.status_code in kinds:
        standard = HTTPStatus(error.status_code).phrase
        return kinds[error.status_code]("" if detail == standard else detail)
    return _OtherStatus(detail, status=error.status_code)


class _OtherStatus(InputRefused):
    """The request cannot be answered like this."""

    message_vi = "Không thể trả lời yêu cầu này."

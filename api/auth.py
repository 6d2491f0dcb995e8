"""Sign-in and sign-out: one token, in the answer for programs and in a cookie for pages.

The cookie is HttpOnly and SameSite=Strict; failed sign-ins are counted per user name and
address, so that passwords cannot be tried out (OWASP ASVS 5.0, 6.3).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from api.dependencies import ActorHere, EngineHere, house, token
from api.errors import SignInRefused, TooManyAttempts
from api.security import COOKIE
from api.throttle import Throttle
from cadastre.store.accounts import account_of, authenticate, end_session, open_session

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/token", summary="Sign in / Đăng nhập")
def sign_in(
    request: Request,
    response: Response,
    engine: EngineHere,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
) -> dict[str, Any]:
    """Return a token and set the session cookie."""
    throttle: Throttle = request.app.state.sign_in_throttle
    client = request.client.host if request.client else ""
    key = f"{client}|{username.strip().lower()}"
    if wait := throttle.wait_s(key):
        raise TooManyAttempts(retry_after_s=wait)
    actor = authenticate(engine, username.strip(), password)
    if actor is None:
        throttle.count(key)
        raise SignInRefused()
    throttle.forget(key)
    session = open_session(engine, actor)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        COOKIE,
        session.token,
        expires=session.expires_at,
        httponly=True,
        samesite="strict",
        secure=house(request).web.secure_cookie,
        path="/",
    )
    return {
        "access_token": session.token,
        "token_type": "bearer",
        "expires_at": session.expires_at,
        "account": account_of(engine, actor),
    }


@router.post("/logout", status_code=204, summary="Sign out / Đăng xuất")
def sign_out(request: Request, engine: EngineHere) -> Response:
    """End the session of the token and take the cookie back."""
    given = token(request)
    if given:
        end_session(engine, given)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


@router.get("/me", summary="Who am I / Tôi là ai")
def me(actor: ActorHere, engine: EngineHere) -> dict[str, Any]:
    """Return the account that is signed in."""
    return {"account": account_of(engine, actor)}

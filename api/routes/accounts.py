"""Accounts: who may sign in, with which role, for which communes. For admins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.dependencies import ActorHere, DeskHere
from api.routes.parameters import Register, RequestKey, allowed, written
from cadastre.office.change_account import change_account
from cadastre.office.create_account import create_account
from cadastre.office.permissions import VerbForbidden
from cadastre.store.accounts import accounts_of

router = APIRouter(prefix="/accounts", tags=["accounts"])

Role = Annotated[str, Field(pattern="^(officer|surveyor|registrar|chair|manager|admin)$")]
Communes = Annotated[list[str], Field(min_length=1, max_length=200)]


class NewAccount(BaseModel):
    """A person who is to sign in."""

    username: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,60}$")
    display_name: str = Field(min_length=1, max_length=200)
    role: Role
    communes: Communes
    password: str = Field(max_length=1000)


class Change(BaseModel):
    """What is to change of an account; what is not given stays."""

    display_name: str | None = Field(default=None, min_length=1, max_length=200)
    role: Role | None = None
    communes: Communes | None = None
    active: bool | None = None
    password: str | None = Field(default=None, max_length=1000)


@router.get("", summary="Các tài khoản / Accounts")
def accounts(register: Register, actor: ActorHere) -> dict[str, Any]:
    """Return the accounts of the admin's communes."""
    if actor.role != "admin":
        raise VerbForbidden(f"(accounts, {actor.role})", verb="accounts", role=actor.role)
    return {"accounts": accounts_of(register, actor.communes)}


@router.post("", status_code=201, summary="Thêm tài khoản / Add an account")
def add(body: NewAccount, desk: DeskHere, key: RequestKey) -> Response:
    """Create an account in communes of the admin."""
    for code in body.communes:
        allowed(desk.actor, code)

    def work() -> dict[str, Any]:
        create_account(
            desk,
            commune=body.communes[0],
            username=body.username,
            display_name=body.display_name,
            password=body.password,
            role=body.role,
            communes=tuple(body.communes),
        )
        return body.model_dump(exclude={"password"}) | {"active": True}

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="create_account",
        request=body.model_dump(exclude={"password"}),
        status=201,
        work=work,
    )


@router.post("/{username}/changes", summary="Sửa tài khoản / Change an account")
def change(username: str, body: Change, desk: DeskHere, key: RequestKey) -> Response:
    """Change what is given of an account."""
    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="change_account",
        request=[username, body.model_dump(exclude={"password"})],
        status=200,
        work=lambda: change_account(
            desk,
            commune=desk.actor.communes[0],
            username=username,
            display_name=body.display_name,
            role=body.role,
            communes=body.communes,
            active=body.active,
            password=body.password,
        ),
    )

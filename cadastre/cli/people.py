"""Commands on accounts."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from cadastre.cli.console import AsOption, CommuneOption, JsonOption, open_desk, show

users = typer.Typer(help="Tài khoản / Accounts.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands on accounts."""
    app.add_typer(users, name="users")


@users.command("list")
def list_users(as_json: JsonOption = False) -> None:
    """Các tài khoản / Accounts."""
    from cadastre.store.land_register import read_table
    from cadastre.store.transaction import reading

    desk = open_desk()
    with reading(desk.engine, desk.actor) as connection:
        show(read_table(connection, "accounts_listing").to_dict("records"), as_json)


@users.command("add")
def add(
    username: str,
    commune: CommuneOption,
    role: Annotated[str, typer.Option(help="officer surveyor registrar chair manager admin")],
    name: Annotated[str, typer.Option(help="Họ tên / Name.")] = "",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Thêm tài khoản, in mật khẩu một lần / Add an account; the password is shown once."""
    from cadastre.office.create_account import create_account

    password = secrets.token_urlsafe(12)
    create_account(
        open_desk(account),
        commune=commune,
        username=username,
        display_name=name or username,
        password=password,
        role=role,
        communes=(commune,),
    )
    show({"username": username, "role": role, "password": password}, as_json)

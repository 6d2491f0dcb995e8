"""Commands on dossiers: lodge, show, act; and the check of a certificate."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cadastre.errors import InputRefused

dossier = typer.Typer(help="Hồ sơ / Dossiers.", no_args_is_help=True)

DataOption = Annotated[str, typer.Option("--data", help="JSON")]


class JsonUnreadable(InputRefused):
    """The text given is not a JSON object."""

    message_vi = "Nội dung đưa vào không phải đối tượng JSON."


def register(app: typer.Typer) -> None:
    """Add the commands on dossiers."""
    app.add_typer(dossier, name="dossier")


def _data(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as broken:
        raise JsonUnreadable(str(broken)) from broken
    if not isinstance(given, dict):
        raise JsonUnreadable()
    return given

"""Commands of other packages, found through entry points and loaded only when called.

The group ``cadastre.commands`` maps a command to ``module:function``; the function takes
the remaining arguments as a list and returns an exit code.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

HELP = {
    "up": "Khởi động cả dịch vụ với dữ liệu mẫu / Bring everything up with the sample commune.",
    "serve": "Chạy máy chủ web / Serve the web pages and the API.",
    "worker": "Xử lý công việc dài / Carry out queued work.",
    "sample": "Tạo và nạp dữ liệu mẫu / Generate and load the sample commune.",
    "bench": "Đo tốc độ và độ chính xác / Measure speed and detection.",
}


def register(app: typer.Typer, _arguments: list[str]) -> None:
    """Add a command for every entry point of the group."""
    for found in sorted(entry_points(group="cadastre.commands"), key=lambda point: point.name):
        _add(app, found)


def _add(app: typer.Typer, point: EntryPoint) -> None:
    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}

    @app.command(point.name, help=HELP.get(point.name, ""), context_settings=settings)
    def call(arguments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
        raise typer.Exit(point.load()(arguments or []) or 0)

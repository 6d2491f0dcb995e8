"""Commands on the database: start, stop, migrate, status, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cadastre.cli.console import JsonOption, show

database = typer.Typer(help="Cơ sở dữ liệu / The database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands on the database."""
    app.add_typer(database, name="db")


@database.command()
def start(as_json: JsonOption = False) -> None:
    """Khởi động PostGIS nhúng / Start the embedded PostGIS and leave it running."""
    from cadastre.store.embedded import EmbeddedServer
    from cadastre.store.settings import Settings

    server = EmbeddedServer(Settings().home)
    server.start(stays=True)
    show({"running": True, "data": str(server.data), "log": str(server.log)}, as_json)


@database.command()
def stop(as_json: JsonOption = False) -> None:
    """Dừng PostGIS nhúng / Stop the embedded PostGIS."""
    from cadastre.store.embedded import EmbeddedServer
    from cadastre.store.settings import Settings

    show({"stopped": EmbeddedServer(Settings().home).stop_any()}, as_json)


@database.command()
def migrate(as_json: JsonOption = False) -> None:
    """Cập nhật lược đồ / Bring the tables to the newest version."""
    from cadastre.store import migrate as migrating
    from cadastre.store.settings import Settings

    settings = Settings()
    show(migrating.migrate(_owner(), settings.home), as_json)


@database.command()
def status(as_json: JsonOption = False) -> None:
    """Tình trạng / Is it running, and at which version."""
    from cadastre.store import migrate as migrating
    from cadastre.store.embedded import EmbeddedServer
    from cadastre.store.settings import Settings

    settings = Settings()
    server = EmbeddedServer(settings.home)
    running = bool(settings.database_url) or server.running()
    found = migrating.status(settings.dsn("owner")) if running else None
    show(
        {
            "running": running,
            "embedded": not settings.database_url,
            "version": found.version if found else None,
            "newest": found.newest if found else None,
        },
        as_json,
    )


@database.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Thư mục / Folder.")], as_json: JsonOption = False
) -> None:
    """Sao lưu cơ sở dữ liệu và tệp đã lưu / Back up the database and the kept files."""
    from cadastre.store.backup import back_up
    from cadastre.store.settings import Settings

    settings = Settings()
    show(back_up(settings.dsn("owner"), settings.home, folder), as_json)


@database.command()
def restore(
    folder: Annotated[Path, typer.Argument(exists=True, help="Thư mục / Folder.")],
    as_json: JsonOption = False,
) -> None:
    """Phục hồi vào cơ sở dữ liệu trống / Restore a backup into an empty database."""
    from cadastre.store.backup import restore_from
    from cadastre.store.settings import Settings

    show(restore_from(_owner(), Settings().home, folder), as_json)


def _owner() -> str:
    """Return the owner's address: of the given database, or of the embedded one, started."""
    from cadastre.store.embedded import EmbeddedServer
    from cadastre.store.settings import Settings

    settings = Settings()
    return settings.database_url or EmbeddedServer(settings.home).start(stays=True)

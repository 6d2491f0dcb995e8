"""Settings from the environment: data folder, database, port, regulation overlay."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cadastre.errors import CadastreError


class DatabaseNotReady(CadastreError):
    """The database has not been set up; run `cadastre up` or `cadastre db migrate` first."""

    message_vi = (
        "Cơ sở dữ liệu chưa được thiết lập; hãy chạy `cadastre up` hoặc `cadastre db migrate`."
    )


class Settings(BaseSettings):
    """The service's own settings, each from ``CADASTRE_<NAME>``.

    ``home`` is the data folder; ``database_url`` the owner's address of an existing PostGIS
    (none: the embedded server); ``port`` the port of the pages on 127.0.0.1.
    """

    model_config = SettingsConfigDict(
        env_prefix="CADASTRE_", frozen=True, ignored_types=(cached_property,)
    )

    home: Path = Field(default_factory=lambda: Path("var").resolve())
    database_url: str | None = None
    port: int = Field(default=8000, ge=1, le=65535)

    @property
    def database_file(self) -> Path:
        """File (mode 600) that holds the addresses of the database roles."""
        return self.home.resolve() / "database.json"

    def dsn(self, role: str) -> str:
        """Address under which a role signs in: owner, cadastre_web or cadastre_worker."""
        return str(read_private(self.database_file)[role])


def read_private(path: Path) -> dict[str, Any]:
    """Content of a private JSON file, or the error that says what to run first."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as missing:
        raise DatabaseNotReady(f"({path})", file=str(path)) from missing


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file that only its owner may read, all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

"""Backup and restore: the database by pg_dump, the kept files beside it.

A backup is complete when its ``manifest.json`` is there: it is written last.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from cadastre.errors import CadastreError
from cadastre.store.embedded import postgres_program
from cadastre.store.migrate import ensure_roles, migrate

_DUMP = "database.dump"


class BackupFailed(CadastreError):
    """The backup could not be written or read."""

    message_vi = "Không ghi hoặc không đọc được bản sao lưu."


class DatabaseNotEmpty(CadastreError):
    """A backup is restored into an empty database only; this one holds communes."""

    message_vi = "Chỉ phục hồi vào cơ sở dữ liệu trống; cơ sở dữ liệu này đã có dữ liệu."


@dataclass(frozen=True)
class BackupManifest:
    """What a backup holds."""

    made_at: str
    dump_sha256: str
    evidence_files: int


def back_up(owner_dsn: str, home: Path, folder: Path) -> BackupManifest:
    """Write the database and the kept files to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    dump = folder / _DUMP
    _run("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={owner_dsn}")
    source = home.resolve() / "evidence"
    if source.exists():
        shutil.copytree(source, folder / "evidence", dirs_exist_ok=True)
    manifest = BackupManifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        dump_sha256=hashlib.sha256(dump.read_bytes()).hexdigest(),
        evidence_files=sum(1 for path in (folder / "evidence").rglob("*") if path.is_file()),
    )
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1))
    return manifest


def restore_from(owner_dsn: str, home: Path, folder: Path) -> BackupManifest:
    """Restore a backup into an empty database and put its kept files back."""
    manifest = BackupManifest(**json.loads((folder / "manifest.json").read_text()))
    dump = folder / _DUMP
    if hashlib.sha256(dump.read_bytes()).hexdigest() != manifest.dump_sha256:
        raise BackupFailed(f"({dump})", file=str(dump))
    with psycopg.connect(owner_dsn) as connection:
        held = connection.execute("SELECT to_regclass('cadastre.commune')").fetchone()
        if held is not None and held[0] is not None:
            raise DatabaseNotEmpty()
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        # The dump grants to roles that belong to the server, not to the database.
        ensure_roles(connection, owner_dsn, home)
    _run("pg_restore", "--exit-on-error", f"--dbname={owner_dsn}", str(dump))
    if (folder / "evidence").exists():
        shutil.copytree(folder / "evidence", home.resolve() / "evidence", dirs_exist_ok=True)
    migrate(owner_dsn, home)
    return manifest


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [str(postgres_program(program)), *arguments], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BackupFailed(done.stderr.strip()[-600:])

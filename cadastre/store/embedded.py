"""A private PostgreSQL with PostGIS below the data folder: initdb, start, stop, status.

PostgreSQL refuses to run as root; as root it runs as the ``postgres`` user, in a data
directory which that user can reach. It listens on 127.0.0.1 only, on a port of its own,
with a random password. A server left over from a crash is adopted, not fought: the data
folder remembers which process is to stop it, and when that process is dead, the next takes over.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from cadastre.errors import CadastreError
from cadastre.store.settings import read_private, write_private

_USER = "postgres"
_INSTALLED = Path("/usr/lib/postgresql")
_SETTLED_WITHIN_S = 5.0
_SUPERUSER = "cadastre_owner"
_DATABASE = "cadastre"
#: The last one says that the disk is a solid-state one: a few hundred parcels of a commune are
#: then read by the index and not by a pass over all of it.
_DURABLE = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
}
#: Tests may lose their data when the power goes; they are faster for it.
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresMissing(CadastreError):
    """PostgreSQL with PostGIS is not installed (Debian: postgresql-15-postgis-3)."""

    message_vi = "Máy chưa cài PostgreSQL và PostGIS (Debian: postgresql-15-postgis-3)."


class ServerFailed(CadastreError):
    """The embedded database did not start or stop; its log says why."""

    message_vi = "Cơ sở dữ liệu nhúng không khởi động hoặc không dừng được; xem nhật ký của nó."


@dataclass
class EmbeddedServer:
    """The private server of one data folder.

    ``settings`` are extra server settings; ``started`` says whether it is ours to stop, so
    that :meth:`stop` leaves a server alone that belongs to another living process.
    """

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    started: bool = False

    def start(self, *, stays: bool = False) -> str:
        """Start the server if it is not running; return the owner's address.

        Parameters
        ----------
        stays : whether a server started here is to outlive this process
        """
        self.home = self.home.resolve()
        self.home.mkdir(parents=True, exist_ok=True)
        facts = self._facts()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(facts["password"])
        if not self.running():
            if _port_busy(facts["port"]):
                facts["port"] = str(_free_port())
                write_private(self._facts_file, facts)
            self._launch(facts["port"])
            self._own("" if stays else _process_mark(os.getpid()))
            self.started = not stays
        elif not stays and self._orphaned():
            self._own(_process_mark(os.getpid()))
            self.started = True
        dsn = self._dsn(facts)
        _ensure_database(dsn)
        return f"{dsn}/{_DATABASE}"

    def stop(self) -> None:
        """Stop the server if this object started it."""
        if self.started and self.running():
            self._control("stop", "-w", "-m", "fast")
        self.started = False

    def stop_any(self) -> bool:
        """Stop the server whoever started it; False when it was not running."""
        if not self.running():
            return False
        self._control("stop", "-w", "-m", "fast")
        self.started = False
        return True

    def running(self) -> bool:
        """Say whether a server runs on our data directory; a stale pid file does not count."""
        if not (self.data / "PG_VERSION").exists():
            return False
        return (
            self._run([str(postgres_program("pg_ctl")), "status", "-D", str(self.data)]).returncode
            == 0
        )

    @property
    def data(self) -> Path:
        """Data directory: below the data folder when the server's user can reach it."""
        near = self.home.resolve() / "postgres"
        if os.geteuid() != 0 or _reachable(self.home.resolve()):
            return near
        mark = hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:12]
        return Path(pwd.getpwnam(_USER).pw_dir) / f"cadastre-{mark}"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.data / "server.log"

    @property
    def _facts_file(self) -> Path:
        return self.home.resolve() / "server.json"

    def _launch(self, port: str) -> None:
        """Start; after a crash the memory of the old server may be held for a moment."""
        until = time.monotonic() + _SETTLED_WITHIN_S
        while True:
            try:
                self._control("start", "-w", "-o", self._options(port))
                return
            except ServerFailed:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def _own(self, mark: str) -> None:
        write_private(self._facts_file, self._facts() | {"stopped_by": mark})

    def _orphaned(self) -> bool:
        """Say whether the process that was to stop the running server is dead."""
        mark = self._facts().get("stopped_by", "")
        return bool(mark) and mark != _process_mark(int(mark.split()[0]))

    def _facts(self) -> dict[str, str]:
        if self._facts_file.exists():
            return read_private(self._facts_file)
        facts = {"password": secrets.token_urlsafe(24), "port": str(_free_port())}
        write_private(self._facts_file, facts)
        return facts

    def _dsn(self, facts: dict[str, str]) -> str:
        return f"postgresql://{_SUPERUSER}:{facts['password']}@127.0.0.1:{facts['port']}"

    def _options(self, port: str) -> str:
        chosen = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            **_DURABLE,
            **self.settings,
        }
        return " ".join(f"-c {name}='{value}'" for name, value in chosen.items())

    def _initialise(self, password: str) -> None:
        """Make the data directory beside its place and move it there when it is whole."""
        draft = self.data.with_name(self.data.name + ".new")
        secret = self.data.with_name(self.data.name + ".password")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="utf-8")
        if os.geteuid() == 0:
            shutil.chown(draft, _USER, _USER)
            shutil.chown(secret, _USER, _USER)
        try:
            self._checked(
                [
                    str(postgres_program("initdb")),
                    "-D",
                    str(draft),
                    "-U",
                    _SUPERUSER,
                    "--pwfile",
                    str(secret),
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                ]
            )
        finally:
            secret.unlink()
        draft.rename(self.data)

    def _control(self, *arguments: str) -> None:
        self._checked(
            [str(postgres_program("pg_ctl")), "-D", str(self.data), "-l", str(self.log), *arguments]
        )

    def _checked(self, command: list[str]) -> None:
        done = self._run(command)
        if done.returncode != 0:
            tail = self.log.read_text(errors="replace")[-800:] if self.log.exists() else ""
            raise ServerFailed(f"{done.stdout.strip()[-400:]} {tail}", log=str(self.log))

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        if os.geteuid() == 0:
            command = ["runuser", "-u", _USER, "--", *command]
        return subprocess.run(  # noqa: S603 - our own command
            command,
            check=False,
            text=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A session of its own: Ctrl-C at the terminal must not stop the database first.
            start_new_session=True,
        )


def postgres_program(name: str) -> Path:
    """Return a program of the newest PostgreSQL installed."""
    found = sorted(_INSTALLED.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1]
    on_path = shutil.which(name)
    if on_path is None:
        raise PostgresMissing(f"({name})", program=name)
    return Path(on_path)


def _process_mark(pid: int) -> str:
    """Number and start time of a process, "" when there is none; numbers are used again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    zombie = fields[0] == "Z"
    return "" if zombie else f"{pid} {fields[19]}"


def _reachable(folder: Path) -> bool:
    """Say whether the server's user may enter a folder."""
    probe = subprocess.run(  # noqa: S603 - our own command
        ["runuser", "-u", _USER, "--", "test", "-x", str(folder)],  # noqa: S607
        check=False,
        cwd="/",
    )
    return probe.returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_busy(port: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def _ensure_database(server_dsn: str) -> None:
    import psycopg

    with psycopg.connect(f"{server_dsn}/postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE])
        if known.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{_DATABASE}"')

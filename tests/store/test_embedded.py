"""The embedded server survives what happens to it: crashes of the app, of itself, stale files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cadastre.store import embedded
from cadastre.store.embedded import VOLATILE, EmbeddedServer, PostgresMissing
from cadastre.store.settings import read_private

pytestmark = pytest.mark.store

_APP = """
import sys, time
from pathlib import Path
from cadastre.store.embedded import VOLATILE, EmbeddedServer
EmbeddedServer(Path(sys.argv[1]), settings=VOLATILE).start()
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("embedded")
    yield folder
    EmbeddedServer(folder).stop_any()


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(folder, settings=VOLATILE)
    yield server
    server.stop_any()


def _postmaster(server: EmbeddedServer) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def _answers(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_left_by_a_killed_app_is_taken_over_and_stopped_by_the_next(server):
    app = subprocess.Popen(
        [sys.executable, "-c", _APP, str(server.home)], stdout=subprocess.PIPE, text=True
    )
    assert app.stdout is not None
    assert app.stdout.readline() == "started\n"
    bystander = EmbeddedServer(server.home)
    assert _answers(bystander.start())
    bystander.stop()
    assert server.running(), "a server of a living process is not ours to stop"
    app.kill()
    app.wait()
    app.stdout.close()
    assert server.running()
    assert _answers(server.start())
    server.stop()
    assert not server.running()


def test_after_a_killed_postmaster_the_server_starts_again_with_its_data(server):
    dsn = server.start()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.execute("CHECKPOINT")
    os.kill(_postmaster(server), signal.SIGKILL)
    until = time.monotonic() + 10
    while server.running() and time.monotonic() < until:
        time.sleep(0.05)
    again = EmbeddedServer(server.home, settings=VOLATILE)
    with psycopg.connect(again.start()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_a_stale_file_of_a_server_that_is_gone_does_not_block_the_start(server):
    server.start()
    left = (server.data / "postmaster.pid").read_text()
    server.stop_any()
    gone = subprocess.Popen(["true"])
    gone.wait()
    (server.data / "postmaster.pid").write_text(left.replace(left.splitlines()[0], str(gone.pid)))
    assert not server.running()
    assert _answers(server.start())


def test_it_listens_on_loopback_only_and_asks_for_the_password(server):
    dsn = server.start()
    with psycopg.connect(dsn) as connection:
        shown = connection.execute("SHOW listen_addresses").fetchone()
        assert shown == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    password = read_private(server.home / "server.json")["password"]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dsn.replace(password, "x"))
    assert (server.home / "server.json").stat().st_mode & 0o777 == 0o600


def test_a_busy_port_is_left_for_another(server):
    import socket

    server.start()
    port = int(read_private(server.home / "server.json")["port"])
    server.stop()
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        busy.bind(("127.0.0.1", port))
        busy.listen()
        assert _answers(server.start())
        assert int(read_private(server.home / "server.json")["port"]) != port


def test_missing_programs_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "_INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresMissing) as missing:
        embedded.postgres_program("initdb")
    assert "PostGIS" in missing.value.message("vi")

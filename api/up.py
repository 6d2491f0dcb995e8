"""``cadastre up``: the whole service in one command, and its end with Ctrl-C.

Starts the embedded PostGIS (or uses ``CADASTRE_DATABASE_URL``), migrates, loads the sample
commune when it is missing, then runs the worker and the web server as processes of their
own. Whatever this command started, it stops.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType

from cadastre.errors import CadastreError
from cadastre.store.settings import Settings

_STOP_WITHIN_S = 10.0
SAMPLE_COMMUNE = "22609"
#: When these have been carried out, the sample is loaded.
SAMPLE_VERBS = {"reconcile_commune", "load_catalogue", "lodge_dossier"}


class PortTaken(CadastreError):
    """The port is in use; choose another with CADASTRE_PORT."""

    message_vi = "Cổng đang bị chiếm; hãy chọn cổng khác bằng CADASTRE_PORT."


class PartStopped(CadastreError):
    """A part of the service stopped by itself; its last lines are above."""

    message_vi = "Một thành phần của dịch vụ tự dừng; xem các dòng cuối ở trên."


def say(line: str) -> None:
    """Tell the person at the terminal what happens."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Bring everything up and wait; return when stopped."""
    parser = argparse.ArgumentParser(prog="cadastre up", description=__doc__)
    parser.add_argument("--parcels", type=int, default=6000, help="size of the sample commune")
    parser.add_argument("--no-sample", action="store_true", help="do not load the sample commune")
    parser.add_argument("--once", action="store_true", help="prepare everything, then stop")
    chosen = parser.parse_args(list(arguments))
    started = time.monotonic()
    settings = Settings()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _interrupt)
    with ExitStack() as stack:
        _require_port(settings.port)
        prepare(settings, stack, parcels=None if chosen.no_sample else chosen.parcels)
        if chosen.once:
            return 0
        parts = [
            stack.enter_context(_part(settings, "worker")),
            stack.enter_context(_part(settings, "serve")),
        ]
        _wait_for(settings.port, parts)
        _greet(settings, time.monotonic() - started)
        try:
            while all(part.poll() is None for part in parts):
                time.sleep(0.2)
        except KeyboardInterrupt:
            say("\nĐang dừng… / Stopping…")
            return 0
        raise PartStopped()


def prepare(settings: Settings, stack: ExitStack, *, parcels: int | None) -> None:
    """Start the database, migrate it and load the sample commune if wanted."""
    from cadastre.store.migrate import migrate

    admin_dsn = settings.database_url
    if not admin_dsn:
        from cadastre.store.embedded import EmbeddedServer

        server = EmbeddedServer(settings.home)
        say(f"Cơ sở dữ liệu / Database: {settings.home / 'postgres'}")
        admin_dsn = server.start()
        stack.callback(server.stop)
    migrate(admin_dsn, settings.home)
    if parcels is not None:
        _load_sample(settings, parcels)


def _load_sample(settings: Settings, parcels: int) -> None:
    from cadastre.store.engine import engine_from_settings
    from cadastre.store.setup import verbs_done

    engine = engine_from_settings(settings, role="cadastre_worker")
    try:
        accounts = settings.home / "sample-accounts.json"
        # Asked first and cheaply: a second start repeats nothing, not even heavy imports.
        if accounts.exists() and verbs_done(engine, SAMPLE_COMMUNE) >= SAMPLE_VERBS:
            return
        from cadastre.office.desk import Desk
        from cadastre.store.actor import SYSTEM
        from sample_data.loading import load_sample

        load_sample(Desk(engine, SYSTEM, settings.home), parcels=parcels, say=say)
    finally:
        engine.dispose()


class _part:  # noqa: N801 - a context manager used as a word
    """One process of the service, stopped when the context ends."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._command = [sys.executable, "-m", "cadastre", name]
        self._environment = {**os.environ, "CADASTRE_HOME": str(settings.home)}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches this process, which stops the parts in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command, env=self._environment, start_new_session=True
        )
        return self._process

    def __exit__(self, *_exc: object) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise PortTaken(f"({port})", port=port) from taken


def _wait_for(port: int, parts: Sequence[subprocess.Popen[bytes]]) -> None:
    while all(part.poll() is None for part in parts):
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise PartStopped()


def _greet(settings: Settings, seconds: float) -> None:
    accounts = settings.home / "sample-accounts.json"
    say("")
    say(f"  Sẵn sàng sau {seconds:.0f} giây / Ready: http://127.0.0.1:{settings.port}")
    if accounts.exists():
        say(f"  Tài khoản mẫu / Sample accounts: {accounts}")
    say("  Dừng bằng Ctrl-C / Stop with Ctrl-C")
    say("")

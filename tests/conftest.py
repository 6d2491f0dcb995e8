"""A real PostGIS for the tests: one private server, a migrated template, a copy per test.

``CADASTRE_TEST_DATABASE_URL`` (an owner's address) uses an existing server instead. The
process that starts the run starts the server; workers of a parallel run share it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from tests.commanding import Run, commands_of

# Examples are not timed: on a busy machine a wall clock judges the machine, not the code.
# They are the same in every run, so that a run says the same of the same code; new ones are looked
# for with CADASTRE_EXPLORE=1, and what they find becomes an example of its test.
settings.register_profile(
    "cadastre",
    deadline=None,
    derandomize="CADASTRE_EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("cadastre")

SERVER = "CADASTRE_TEST_SERVER"
HOME = "CADASTRE_TEST_HOME"
TEMPLATE = "cadastre_template"


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or os.environ.get(SERVER):
        return
    home = Path(tempfile.mkdtemp(prefix="cadastre-test-", dir=_in_memory()))
    home.chmod(0o755)
    os.environ[HOME] = str(home)
    given = os.environ.get("CADASTRE_TEST_DATABASE_URL")
    if given:
        os.environ[SERVER] = given
        return
    from cadastre.store.embedded import VOLATILE, EmbeddedServer

    server = EmbeddedServer(home, settings={**VOLATILE, "max_connections": "200"})
    os.environ[SERVER] = server.start()
    config.stash[_server_key] = server


_server_key = pytest.StashKey()
_ROOM_BYTES = 6 * 1024**3
_DAY_S = 86_400


def _in_memory() -> str | None:
    """Folder in memory where there is room: a database is a few hundred small files to copy.

    What a run that was killed left there is taken away after a day; memory is dear.
    """
    folder = Path("/dev/shm")
    for left in folder.glob("cadastre-test-*"):
        if time.time() - left.stat().st_mtime > _DAY_S:
            shutil.rmtree(left, ignore_errors=True)
    if folder.is_dir() and shutil.disk_usage(folder).free > _ROOM_BYTES:
        return str(folder)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_server_key, None)
    if server is not None:
        server.stop()
        shutil.rmtree(os.environ[HOME], ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A test of the database or of the browser that is skipped is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped: that is a failure", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass(frozen=True)
class Database:
    """A database of one test: addresses and engines of its roles, and a data folder."""

    admin_dsn: str
    dsns: dict[str, str]
    engine: Engine
    web_engine: Engine
    worker_engine: Engine
    home: Path


def _named(dsn: str, name: str) -> str:
    return dsn.rpartition("/")[0] + "/" + name


def _admin() -> psycopg.Connection:
    return psycopg.connect(_named(os.environ[SERVER], "postgres"), autocommit=True)


def make_template(name: str, fill: object = None, base: str = TEMPLATE) -> dict[str, str]:
    """Make a template database once for all workers; ``fill(dsns, home)`` puts things in it."""
    from cadastre.store.migrate import migrate
    from cadastre.store.settings import read_private

    home = Path(os.environ[HOME])
    with FileLock(home / "template.lock"):
        done = home / f"{name}.done"
        draft_dsn = _named(os.environ[SERVER], name)
        # The roles' passwords are made once, with the first template, and shared.
        roles = home / "database.json"
        if not done.exists():
            with _admin() as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
                source = "" if fill is None else f' TEMPLATE "{base}"'
                connection.execute(f'CREATE DATABASE "{name}"{source}')
            if fill is None:
                migrate(draft_dsn, home)
            else:
                kept = read_private(roles)
                fill({role: _named(dsn, name) for role, dsn in kept.items()}, home)
            done.touch()
        return read_private(roles)


def copy_of(template: str, dsns: dict[str, str], folder: Path) -> Iterator[Database]:
    from cadastre.store.engine import make_engine
    from cadastre.store.settings import write_private

    name = f"test_{uuid.uuid4().hex[:16]}"
    with _admin() as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    mine = {role: _named(dsn, name) for role, dsn in dsns.items()}
    write_private(folder / "database.json", mine)
    engines = [make_engine(mine[r]) for r in ("owner", "cadastre_web", "cadastre_worker")]
    yield Database(mine["owner"], mine, *engines, home=folder)
    for engine in engines:
        engine.dispose()
    with _admin() as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def template() -> dict[str, str]:
    return make_template(TEMPLATE)


@pytest.fixture
def database(template: dict[str, str], tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated, empty database."""
    yield from copy_of(TEMPLATE, template, tmp_path)


COMMUNE_OPEN = "cadastre_commune"


def _open_commune(dsns: dict[str, str], home: Path) -> None:
    from cadastre.store.engine import make_engine

    engine = make_engine(dsns["cadastre_worker"])
    open_khanh_vinh(engine, home)
    engine.dispose()


@pytest.fixture(scope="session")
def commune_template(template: dict[str, str]) -> dict[str, str]:
    return make_template(COMMUNE_OPEN, _open_commune)


@pytest.fixture
def commune_database(commune_template: dict[str, str], tmp_path: Path) -> Iterator[Database]:
    """A database in which xã Khánh Vĩnh is open with its three former communes."""
    yield from copy_of(COMMUNE_OPEN, commune_template, tmp_path)


STAFFED = "cadastre_staffed"


def _hire(dsns: dict[str, str], home: Path) -> None:
    from cadastre.store.engine import make_engine
    from tests.serving import make_accounts

    engine = make_engine(dsns["cadastre_worker"])
    make_accounts(engine, home)
    engine.dispose()


@pytest.fixture(scope="session")
def staffed_template(commune_template: dict[str, str]) -> dict[str, str]:
    """The commune open, an account of each role: passwords are slow to hash on purpose."""
    return make_template(STAFFED, _hire, COMMUNE_OPEN)


@pytest.fixture
def staffed_database(staffed_template: dict[str, str], tmp_path: Path) -> Iterator[Database]:
    """A database with the commune open and an account of each role."""
    yield from copy_of(STAFFED, staffed_template, tmp_path)


SAMPLE = "cadastre_sample"
SAMPLE_PARCELS = 600


def _load_sample(dsns: dict[str, str], home: Path) -> None:
    from cadastre.office.desk import Desk
    from cadastre.store.actor import SYSTEM
    from cadastre.store.engine import make_engine
    from sample_data.loading import load_sample

    engine = make_engine(dsns["cadastre_worker"])
    load_sample(Desk(engine, SYSTEM, home / SAMPLE), parcels=SAMPLE_PARCELS)
    engine.dispose()


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    """Data folder of the loaded sample: files, expected.json, accounts."""
    return Path(os.environ[HOME]) / SAMPLE


@pytest.fixture(scope="session")
def sample_template(template: dict[str, str]) -> dict[str, str]:
    return make_template(SAMPLE, _load_sample)


@pytest.fixture
def sample_database(
    sample_template: dict[str, str], sample_folder: Path, tmp_path: Path
) -> Iterator[Database]:
    """A copy of a small sample commune, loaded through the verbs; accounts beside it."""
    shutil.copytree(sample_folder, tmp_path, dirs_exist_ok=True, symlinks=True)
    yield from copy_of(SAMPLE, sample_template, tmp_path)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Callable[[Database], Run]:
    """``commands(database)`` gives ``run(*arguments)``: the command line in this process."""
    return lambda chosen: commands_of(chosen, monkeypatch)


def open_khanh_vinh(engine: Engine, home: Path) -> None:
    from cadastre.office.desk import Desk
    from cadastre.office.open_commune import open_commune
    from cadastre.store.actor import SYSTEM
    from cadastre.store.land_register import FormerCommune

    open_commune(
        Desk(engine, SYSTEM, home),
        commune="22609",
        name="Khánh Vĩnh",
        kind="xã",
        province="Khánh Hòa",
        srid=9217,
        mountain=True,
        valid_from=date(2025, 7, 1),
        former_communes=[
            FormerCommune("22609", "Khánh Vĩnh", "thị trấn", True, 1),
            FormerCommune("22630", "Sông Cầu", "xã", False, 2),
            FormerCommune("22645", "Khánh Phú", "xã", False, 3),
        ],
    )

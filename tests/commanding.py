"""The ``cadastre`` command inside the test process: its words and verbs, without a start each.

That the command also works as a process of its own is shown by :func:`in_a_process`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cadastre.errors import CadastreError


@dataclass(frozen=True)
class Answer:
    """What a command ended with; ``refusal`` when it refused."""

    code: int
    out: str
    err: str
    refusal: CadastreError | None = None

    def told(self, code: int = 0) -> Any:
        """Return what it printed as JSON, after it ended with this code."""
        assert self.code == code, self.err + self.out
        return json.loads(self.out)


Run = Callable[..., Answer]


def commands_of(database: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return ``run(*arguments, stdin="")`` for the data folder of a database."""
    import cadastre.store.engine
    from cadastre.cli import app

    monkeypatch.setenv("CADASTRE_HOME", str(database.home))
    engine = database.worker_engine
    monkeypatch.setattr(cadastre.store.engine, "engine_from_settings", lambda *_, **__: engine)

    def run(*arguments: Any, stdin: str = "") -> Answer:
        done = CliRunner().invoke(app, [*map(str, arguments)], input=stdin)
        if isinstance(done.exception, CadastreError):
            refusal = done.exception
            told = f"{refusal.message('vi')}\n{refusal.message('en')}\n"
            return Answer(1, done.stdout, done.stderr + told, refusal)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run


def in_a_process(home: Path, *arguments: Any, stdin: str = "") -> Answer:
    """Run the command as a person does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "cadastre", *map(str, arguments)],
        env={**os.environ, "CADASTRE_HOME": str(home)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)

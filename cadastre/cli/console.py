"""What the commands print: results as tables or JSON, progress, refusals; and the desk."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cadastre.errors import CadastreError

if TYPE_CHECKING:
    from cadastre.office.desk import Desk, Progress

JsonOption = Annotated[bool, typer.Option("--json", help="Kết quả JSON / Print JSON.")]
CommuneOption = Annotated[str, typer.Option("--commune", "-c", help="Mã xã / Commune code.")]
AsOption = Annotated[
    str | None,
    typer.Option("--as", help="Tài khoản thực hiện / Account that carries it out."),
]


def refuse(refusal: CadastreError) -> None:
    """Print a refusal in both languages on stderr."""
    sys.stderr.write(f"{refusal.message('vi')}\n{refusal.message('en')}\n")


def show(result: Any, as_json: bool) -> None:
    """Print a result: JSON for machines, a small table for people."""
    plain = asdict(result) if is_dataclass(result) and not isinstance(result, type) else result
    if as_json:
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
        return
    from cadastre.cli.tables import print_result

    print_result(plain)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Progress on stderr when a terminal is attached, silence otherwise."""
    if not sys.stderr.isatty():
        yield lambda share, stage: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share, stage: bar.update(
            task, completed=share, description=f"{title} · {stage}"
        )


def open_desk(account: str | None = None) -> Desk:
    """Return the desk of the command line: a named account's, or the system's own."""
    from cadastre.office.desk import Desk
    from cadastre.store.accounts import actor_by_username
    from cadastre.store.actor import SYSTEM
    from cadastre.store.engine import engine_from_settings
    from cadastre.store.settings import Settings

    settings = Settings()
    engine = engine_from_settings(settings, role="cadastre_worker")
    actor = SYSTEM if account is None else actor_by_username(engine, account)
    return Desk(engine=engine, actor=actor, home=settings.home)

"""The worker command: long work in a process of its own."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the worker command."""
    app.command("worker", help="Xử lý công việc dài / Carry out queued work.")(worker)


def worker() -> None:
    """Run queued jobs until stopped."""
    import logging

    from cadastre.jobs import worker_app
    from cadastre.store.engine import dsn_of, engine_from_settings
    from cadastre.store.settings import Settings

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    settings = Settings()
    engine = engine_from_settings(settings, role="cadastre_worker")
    app = worker_app(dsn_of(settings, role="cadastre_worker"), engine, settings.home)
    with app.open():
        app.run_worker(concurrency=1, delete_jobs="never")

"""``cadastre sample``: write the sample commune's files, or load them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Generate the files, or load them through the verbs."""
    parser = argparse.ArgumentParser(prog="cadastre sample", description=__doc__)
    parser.add_argument("action", choices=["generate", "load"])
    parser.add_argument("--folder", type=Path, help="where to write the files (generate)")
    parser.add_argument("--parcels", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=22609)
    chosen = parser.parse_args(list(arguments))
    if chosen.action == "generate":
        from sample_data import generate

        folder = chosen.folder or Path("sample-files")
        manifest = generate(folder, seed=chosen.seed, parcels=chosen.parcels)
        sys.stdout.write(f"{manifest}\n")
        return 0
    return _load(chosen.parcels, chosen.seed)


def _load(parcels: int, seed: int) -> int:
    from cadastre.office.desk import Desk
    from cadastre.store.actor import SYSTEM
    from cadastre.store.engine import engine_from_settings
    from cadastre.store.settings import Settings
    from sample_data.loading import load_sample

    settings = Settings()
    engine = engine_from_settings(settings, role="cadastre_worker")
    desk = Desk(engine, SYSTEM, settings.home)
    accounts = load_sample(desk, parcels=parcels, seed=seed, say=_say)
    sys.stdout.write(f"{accounts}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")

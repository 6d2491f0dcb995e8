"""The desk at which a verb is carried out: who, with which database, under which law.

One verb = one transaction = one audit event = one permission. API, command line and jobs
write through verbs only, and every verb opens exactly one :meth:`Desk.transaction`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cadastre.office.permissions import require
from cadastre.regulation import Regulation, load
from cadastre.store.actor import Actor
from cadastre.store.evidence import Evidence
from cadastre.store.transaction import Transaction, office_transaction

Progress = Callable[[float, str], None]


def _silent(_share: float, _stage: str) -> None:
    """Report progress to nobody."""


def part_of(whole: Progress, sizes: Sequence[int], position: int) -> Progress:
    """Return the progress of one file among several, as progress of them all by their sizes.

    >>> part_of(lambda share, stage: print(round(share, 2), stage), [100, 300], 1)(0.8, "read")
    0.85 read
    """
    total = sum(sizes) or 1
    before, mine = sum(sizes[:position]), sizes[position]
    return lambda share, stage: whole((before + share * mine) / total, stage)


@dataclass(frozen=True)
class Desk:
    """Everything a verb needs besides its own arguments.

    ``now`` is the moment at which the verb is carried out; None means the real time. The
    sample and the tests use it to live through a posting period; no gate is passed by it.
    """

    engine: Engine
    actor: Actor
    home: Path
    regulation: Regulation = field(default_factory=load)
    now: datetime | None = None
    progress: Progress = _silent

    @property
    def evidence(self) -> Evidence:
        """Folder of kept files, by SHA-256."""
        return Evidence(self.home)

    def moment(self) -> datetime:
        """Return the moment at which the verb is carried out (aware, UTC)."""
        return self.now or datetime.now(UTC)

    def with_progress(self, progress: Progress) -> Desk:
        """Return the same desk reporting its progress elsewhere."""
        return replace(self, progress=progress)

    @contextmanager
    def transaction(
        self, verb: str, *, commune: str, subject: str | None = None, **details: Any
    ) -> Iterator[Transaction]:
        """Open the one transaction of a verb, after checking its permission."""
        require(
            verb,
            role=self.actor.role,
            communes=self.actor.communes,
            commune=commune,
            delegated=self.actor.delegated,
        )
        with office_transaction(
            self.engine,
            actor=self.actor,
            verb=verb,
            commune=commune,
            subject=subject,
            details=details or None,
        ) as transaction:
            yield transaction

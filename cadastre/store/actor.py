"""Who carries out a verb."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """An account at work: its name, its role, the communes it works for."""

    username: str
    role: str
    communes: tuple[str, ...] = ()
    account_uid: str | None = None
    display_name: str = ""


#: The service itself: sets communes up and loads the sample.
SYSTEM = Actor("system", "system")

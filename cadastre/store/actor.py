"""Who carries out a verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """An account at work: its name, its role, the communes it works for.

    ``delegated`` are roles of other persons that are handed to it now: role -> that person.
    """

    username: str
    role: str
    communes: tuple[str, ...] = ()
    account_uid: str | None = None
    display_name: str = ""
    delegated: Mapping[str, str] = field(default_factory=dict)


#: The service itself: sets communes up and loads the sample.
SYSTEM = Actor("system", "system")

"""Memory that a stage has freed goes back to the system before the next stage needs its own.

The C library keeps what it frees, in pieces between what is still held: after a large comparison
a third of what the process occupies is such pieces, and the table of corners comes on top.
``malloc_trim`` (glibc) gives whole free pages back, in some milliseconds for 100,000 parcels.
Other systems have no such call, and then nothing is done.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache

_MANY = 20_000  # parcels below which there is nothing worth giving back


def give_back(parcels: int) -> None:
    """Return freed pages to the system after a stage over so many parcels.

    >>> give_back(100_000)
    """
    if parcels >= _MANY:
        _trim()(0)


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], object]:
    """Find the C library's call, or one that does nothing."""
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda pad: None
    return found

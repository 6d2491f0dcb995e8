"""Loops over vertices as machine code, run over blocks of parcels in threads.

What NumPy would do in many passes over arrays of all vertices is done here in one pass per
parcel (numba; docs/decisions/0008). Compiled code lies in a cache beside the module, or in
the user's cache folder, and releases the interpreter's lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba

_BLOCK = 16_384


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as machine code, kept from one process to the next where possible."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        made: Callable[..., Any] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder can be written: compiled anew in each process
        made = numba.njit(**options)(function)
    return made


def in_blocks(run: Callable[[int, int], Any], count: int, block: int = _BLOCK) -> None:
    """Call ``run(begin, end)`` for blocks of ``count`` items, several at a time."""
    bounds = [(begin, min(begin + block, count)) for begin in range(0, count, block)]
    if len(bounds) < 2:
        for begin, end in bounds:
            run(begin, end)
        return
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        list(pool.map(lambda ends: run(*ends), bounds))

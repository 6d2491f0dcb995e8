"""Loops over vertices as machine code, run over blocks of parcels in threads.

What NumPy would do in many passes over arrays of all vertices is done here in one pass per
parcel (numba; docs/decisions/0008). Compiled code releases the interpreter's lock. It lies in a
folder that is named by the sources of all loops, since numba looks only at the file of the loop
that is called, and loops call those of other files.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numba

_BLOCK = 16_384
_LEAST_BLOCK, _EACH = 256, 4  # items of a block at least, blocks for each thread
_THREADS = min(4, os.cpu_count() or 1)
_within = threading.local()  # whether this thread is in one of several calls made together


def _use_cache() -> None:
    """Keep compiled loops beside the modules, else in the service's data folder.

    Where neither can be written numba takes the user's cache folder; ``NUMBA_CACHE_DIR`` is obeyed.
    """
    settings: Any = numba.config
    if settings.CACHE_DIR:
        return
    here = Path(__file__).parent
    texts = [
        text for file in sorted(here.glob("*.py")) if b"@compiled" in (text := file.read_bytes())
    ]
    name = "loops-" + hashlib.sha256(b"".join(texts)).hexdigest()[:16]
    for home in (here / "__pycache__", Path(os.environ.get("CADASTRE_HOME") or "var") / "cache"):
        try:
            (home / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(home / name, os.W_OK):
            settings.CACHE_DIR = str(home / name)
            return


_use_cache()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as machine code, kept from one process to the next where possible."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        made: Callable[..., Any] = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder can be written: compiled anew in each process
        made = numba.njit(**options)(function)
    return made


def in_blocks(
    run: Callable[[int, int], Any], count: int, block: int = _BLOCK, *, cached: bool = False
) -> None:
    """Call ``run(begin, end)`` for blocks of ``count`` items, several at a time.

    Few items are shared out as well: blocks of at most ``block``, and some for each thread. In a
    call that is shared out itself the threads are taken, and at each block it would wait for
    the interpreter's lock: blocks are large there, but those that have to stay ``cached``.
    """
    block = min(block, max(_LEAST_BLOCK, -(-count // (_EACH * _THREADS))))
    if getattr(_within, "call", False) and not cached:
        block = _BLOCK
    starts = range(0, count, block)
    _shared([partial(run, begin, min(begin + block, count)) for begin in starts])


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Results of calls that do not depend on each other, made at the same time.

    >>> together(lambda: 1, lambda: 2)
    [1, 2]
    """
    results: list[Any] = [None] * len(calls)

    def keep(i: int) -> None:
        outer, _within.call = getattr(_within, "call", False), True
        try:
            results[i] = calls[i]()
        finally:
            _within.call = outer

    _shared([partial(keep, i) for i in range(len(calls))])
    return results


def _shared(calls: Sequence[Callable[[], Any]]) -> None:
    """Make calls in this thread and, as far as they come to it, in those of the pool.

    The caller never waits for a thread that was not given a processor yet: what nobody has
    begun it does itself. So a call may share out calls of its own.
    """
    left = deque(calls)

    def work() -> None:
        while left:
            try:
                call = left.popleft()
            except IndexError:  # another thread took the last
                return
            call()

    helpers = [_pool().submit(work) for _ in range(min(_THREADS, len(calls)) - 1)]
    try:
        work()
    finally:
        left.clear()  # after an error nothing more is begun
        begun = [helper for helper in helpers if not helper.cancel()]
        errors = [error for helper in begun if (error := helper.exception())]
    if errors:
        raise errors[0]


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=max(1, _THREADS - 1), thread_name_prefix="reconcile")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads

"""Calls that do not depend on each other, shared out among a few threads.

Compiled loops and most of NumPy release the interpreter's lock, so that a few threads are
enough. A call may share out calls of its own: who waits for the rest of his own calls meanwhile
helps with those that they have shared out.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

_BLOCK = 16_384
_LEAST_BLOCK, _EACH = 256, 4  # items of a block at least, blocks for each thread
_THREADS = min(4, os.cpu_count() or 1)


def in_blocks(
    run: Callable[[int, int], Any], count: int, block: int = _BLOCK, *, cached: bool = False
) -> None:
    """Call ``run(begin, end)`` for blocks of ``count`` items, several at a time.

    Few items are shared out as well: blocks of at most ``block``, and some for each thread. In a
    call that is shared out itself the threads are taken, and at each block it would wait for
    the interpreter's lock: blocks are large there, but those that have to stay ``cached``.
    """
    block = min(block, max(_LEAST_BLOCK, -(-count // (_EACH * _THREADS))))
    if getattr(_within, "calls", None) is not None and not cached:
        block = _BLOCK
    starts = range(0, count, block)
    _share([partial(run, begin, min(begin + block, count)) for begin in starts])


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Results of calls that do not depend on each other, made at the same time.

    Of several errors that of the first call is raised.

    >>> together(lambda: 1, lambda: 2)
    [1, 2]
    """
    results: list[Any] = [None] * len(calls)

    def keep(i: int) -> None:
        results[i] = calls[i]()

    _share([partial(keep, i) for i in range(len(calls))])
    return results


class _Calls:
    """Calls of one share: those left, the number of those running, errors by place.

    ``outer`` are the calls of which the one that shares these out is one.
    """

    def __init__(self, calls: Sequence[Callable[[], Any]]) -> None:
        self.outer: _Calls | None = getattr(_within, "calls", None)
        self.left = deque(enumerate(calls))
        self.running = 0
        self.errors: dict[int, BaseException] = {}

    def take(self) -> bool:
        """Make one of the calls that are left, or tell that there is none."""
        with _changed:
            if not self.left:
                return False
            place, call = self.left.popleft()
            self.running += 1
        _within.calls, outer = self, getattr(_within, "calls", None)
        try:
            call()
        except BaseException as error:
            with _changed:
                self.errors[place] = error
                self.left.clear()  # nothing more is begun
        finally:
            _within.calls = outer
            with _changed:
                self.running -= 1
                _changed.notify_all()
        return True

    def within(self, calls: _Calls) -> bool:
        """Whether these were shared out, at whatever depth, by one of some calls."""
        outer = self.outer
        while outer is not None and outer is not calls:
            outer = outer.outer
        return outer is calls

    def take_all(self) -> None:
        """Make all calls that are left."""
        while self.take():
            pass


_within = threading.local()  # the calls of which this thread makes one
_changed = threading.Condition()
_open: list[_Calls] = []  # those whose owners wait for their end, the youngest last


def _share(calls: Sequence[Callable[[], Any]]) -> None:
    """Make calls in this thread and, as far as they come to it, in others.

    The caller never waits for a thread that was not given a processor yet: what nobody has
    begun it does itself.
    """
    if len(calls) == 1 or _THREADS == 1:
        for call in calls:
            call()
        return
    mine = _Calls(calls)
    with _changed:
        _open.append(mine)
        _changed.notify_all()
    try:
        for _ in range(min(_THREADS, len(calls)) - 1):
            _pool().submit(mine.take_all)
        mine.take_all()
        _see_through(mine)
    finally:
        with _changed:
            mine.left.clear()
            _open.remove(mine)
    if mine.errors:
        raise mine.errors[min(mine.errors)]


def _see_through(mine: _Calls) -> None:
    """Wait for calls that other threads have begun, and help with what those share out."""
    while True:
        with _changed:
            if not mine.running:
                return
            inner = [calls for calls in _open if calls.left and calls.within(mine)]
            if not inner:
                _changed.wait()
                continue
        inner[-1].take()


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=max(1, _THREADS - 1), thread_name_prefix="reconcile")


def _begin_anew() -> None:
    """Forget the parent's threads: a child has none of them."""
    global _changed
    _changed = threading.Condition()
    _open.clear()
    _pool.cache_clear()


os.register_at_fork(after_in_child=_begin_anew)

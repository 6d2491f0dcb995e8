"""Counting of attempts per key in a sliding window, kept in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_KEYS_KEPT = 10_000


class Throttle:
    """Allows ``attempts`` per ``window_s`` seconds for each key.

    >>> throttle = Throttle(2, 60.0, clock=lambda: 0.0)
    >>> [throttle.wait_s("a") for _ in range(2) if throttle.count("a") is None]
    [0.0, 60.0]
    """

    def __init__(
        self, attempts: int, window_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._attempts = attempts
        self._window = window_s
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Seconds until the key may try again, 0 when it may now."""
        with self._lock:
            seen = self._recent(key)
            if len(seen) < self._attempts:
                return 0.0
            return self._window - (self._clock() - seen[0])

    def count(self, key: str) -> None:
        """Note one attempt."""
        with self._lock:
            if len(self._seen) > _KEYS_KEPT:
                self._seen = {k: s for k in list(self._seen) if (s := self._recent(k))}
            self._seen.setdefault(key, deque()).append(self._clock())

    def forget(self, key: str) -> None:
        """Start again for a key, after a success."""
        with self._lock:
            self._seen.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        seen = self._seen.get(key, deque())
        while seen and self._clock() - seen[0] >= self._window:
            seen.popleft()
        return seen

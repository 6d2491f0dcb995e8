"""Blocks of work shared among threads, and loops compiled at installation."""

from __future__ import annotations

import importlib
import pkgutil
import threading

import numpy as np
import pytest

import cadastre.reconcile
from cadastre.reconcile.compiling import compile_loops
from cadastre.reconcile.sharing import in_blocks, together


def test_blocks_cover_everything_once() -> None:
    times = np.zeros(1003, dtype=int)

    def run(begin: int, end: int) -> None:
        times[begin:end] += 1

    in_blocks(run, len(times), 10)
    assert (times == 1).all()


def test_calls_may_share_out_calls_of_their_own() -> None:
    def inner(base: int) -> int:
        return sum(together(*[lambda i=i: base + i for i in range(5)]))

    assert together(*[lambda i=i: inner(10 * i) for i in range(20)]) == [
        50 * i + 10 for i in range(20)
    ]


def test_an_error_in_any_thread_reaches_the_caller_and_nothing_more_is_begun() -> None:
    begun: list[int] = []
    gate = threading.Event()

    def run(begin: int, end: int) -> None:
        begun.append(begin)
        if begin == 0:
            gate.set()
            raise ValueError(begin)
        gate.wait(5.0)

    with pytest.raises(ValueError, match="0"):
        in_blocks(run, 100_000, 1)
    assert len(begun) < 100_000


def test_the_installation_compiles_every_loop() -> None:
    compile_loops()
    loops = {
        name: found
        for module in pkgutil.iter_modules(cadastre.reconcile.__path__, "cadastre.reconcile.")
        for name, found in vars(importlib.import_module(module.name)).items()
        if hasattr(found, "nopython_signatures")
    }
    inner = {name for loop in loops.values() for name in loop.py_func.__code__.co_names}
    assert len(loops) > 20
    assert [name for name, loop in loops.items() if name not in inner and not loop.signatures] == []

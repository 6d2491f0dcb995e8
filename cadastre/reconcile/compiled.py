"""Loops over vertices as machine code.

What NumPy would do in many passes over arrays of all vertices is done here in one pass per
parcel (numba; docs/decisions/0008), over blocks of parcels in threads (``sharing``), since
compiled code releases the interpreter's lock. It lies in a folder that is named by the sources
of all loops: numba looks only at the file of the loop that is called, and loops call those of
other files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


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

"""``cadastre bench NAME``: speed and detection, beside a peer, in one run on the same data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

#: name on the command line -> module with ``main(arguments) -> int``
BENCHMARKS = {
    "adjust": "sample_data.benchmarks.adjusting",
    "import": "sample_data.benchmarks.importing",
    "merge": "sample_data.benchmarks.merging",
    "reconcile": "sample_data.benchmarks.reconciling",
    "detection": "sample_data.benchmarks.detecting",
    "map": "sample_data.benchmarks.mapping",
}


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark; without a name, list them."""
    name, *rest = list(arguments) or [""]
    if name not in BENCHMARKS:
        sys.stderr.write("cadastre bench " + " | ".join(BENCHMARKS) + " [--help]\n")
        return 2
    result: int = import_module(BENCHMARKS[name]).main(rest)
    return result

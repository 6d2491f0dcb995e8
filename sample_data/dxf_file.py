"""A plain writer of DXF: the ENTITIES section with LWPOLYLINE and TEXT, named layers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pair = tuple[int, object]


def write_dxf(
    path: Path,
    lines: Iterable[tuple[str, npt.NDArray[np.float64]]],
    texts: Iterable[tuple[str, tuple[float, float], str]],
) -> int:
    """Write lines (layer, points) and texts (layer, place, text); return the entities."""
    pairs: list[Pair] = [(0, "SECTION"), (2, "ENTITIES")]
    count = 0
    for layer, points in lines:
        pairs += _polyline(layer, points)
        count += 1
    for layer, place, text in texts:
        pairs += [(0, "TEXT"), (8, layer), (10, f"{place[0]:.3f}"), (20, f"{place[1]:.3f}"),
                  (40, "2.0"), (1, _escaped(text))]  # fmt: skip
        count += 1
    pairs += [(0, "ENDSEC"), (0, "EOF")]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(f"{code:3d}\n{value}\n" for code, value in pairs)
    path.write_text(content, encoding="ascii", newline="\r\n")
    return count


def _polyline(layer: str, points: npt.NDArray[np.float64]) -> list[Pair]:
    head: list[Pair] = [(0, "LWPOLYLINE"), (8, layer), (90, len(points)), (70, 0)]
    corners = [pair for x, y in points.tolist() for pair in ((10, f"{x:.3f}"), (20, f"{y:.3f}"))]
    return head + list(corners)


def _escaped(text: str) -> str:
    r"""Return ``text`` with ``\U+XXXX`` for what is not ASCII.

    >>> _escaped("Suối")
    'Su\\U+1ED1i'
    """
    return "".join(c if c.isascii() else f"\\U+{ord(c):04X}" for c in text)

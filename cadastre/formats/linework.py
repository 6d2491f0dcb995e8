"""What a drawing holds: lines and labels, each with its level and its place in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class LineWork:
    """Lines and labels of a drawing in its own coordinates.

    ``lines`` are shapely LineStrings, ``line_levels`` their levels (a number in DGN, a layer
    name in DXF) and ``line_records`` their place in the file from 1; labels likewise with
    ``texts`` as written (characters are the bytes of the file where ``byte_text``).
    ``refused`` are elements that could not be used, with the reason.
    """

    records: int
    lines: np.ndarray
    line_levels: np.ndarray
    line_records: np.ndarray
    points: np.ndarray
    point_levels: np.ndarray
    point_records: np.ndarray
    texts: np.ndarray
    byte_text: bool
    refused: dict[int, dict[str, str]] = field(default_factory=dict)
    notes: tuple[dict[str, Any], ...] = ()

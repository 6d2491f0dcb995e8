"""Legends and CSS variables made from the one table of colours.

Plans, papers, maps and pages take their colours from :mod:`cadastre.drawing.symbology`, so
that a parcel with an open blocking mismatch looks the same on paper and on a screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cadastre.drawing import symbology
from cadastre.drawing.symbology import Token


def entries(tokens: Iterable[Token]) -> list[dict[str, Any]]:
    """Legend entries: key, titles and colours of each token, in order.

    >>> entries(symbology.STATE.values())[3]["title_vi"]
    'Sai khác phải xử lý'
    """
    return [token.as_dict() for token in tokens]


def colours_css() -> str:
    """Return every token as CSS custom properties, ``--state-blocking-line`` and the like.

    >>> "--state-blocking-line: #9e3d00;" in colours_css()
    True
    """
    groups = {
        "state": symbology.STATE,
        "severity": symbology.SEVERITY,
        "line": symbology.LINE,
        "use": symbology.LAND_USE,
    }
    lines = [":root {", f"  --ink: {symbology.INK};", f"  --title-red: {symbology.TITLE_RED};"]
    for group, tokens in groups.items():
        for key, token in tokens.items():
            name = f"--{group}-{key.replace('_', '-')}"
            lines.append(f"  {name}-line: {token.line};")
            lines.append(f"  {name}-fill: {token.fill};")
            lines.append(f"  {name}-wash: {symbology.on_paper(token)};")
    lines.append("}")
    for key, token in symbology.STATE.items():
        wash = symbology.on_paper(token)
        # Dark words on the wash of the fill: contrast at least 4.5:1, as the tokens promise.
        lines.append(
            f".state-{key} {{ background: {wash}; border-color: {token.line}; "
            f"color: {symbology.INK}; }}"
        )
        lines.append(
            f".swatch-state-{key} {{ background: {token.fill}; border-color: {token.line}; }}"
        )
    for key, token in symbology.SHARE.items():
        lines.append(f".{key} {{ fill: {token.fill}; stroke: {token.line}; }}")
        lines.append(f".swatch.{key} {{ background: {token.fill}; border-color: {token.line}; }}")
    return "\n".join([*lines, ""])

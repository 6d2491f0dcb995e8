"""The view of the map on paper, to true scale: what the screen shows, as PDF/A.

The theme, its legend and every colour are those of the screen. A view is for orientation;
the extract of the register is a paper of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

import cadastre.drawing
from cadastre.drawing import symbology
from cadastre.drawing.map_view import Frame, ViewLine, map_view
from cadastre.drawing.papers import compile_paper
from cadastre.drawing.symbology import Token
from cadastre.drawing.wording import LEGAL_TIME
from cadastre.errors import InputRefused
from cadastre.store.named import query
from maps.styles import age_token
from maps.viewer import CommuneView

_TEMPLATE = Path(cadastre.drawing.__file__).parent / "templates" / "map_view.typ"
PAPERS: Mapping[str, tuple[int, int]] = {
    "a4": (210, 297),
    "a4-landscape": (297, 210),
    "a3": (297, 420),
    "a3-landscape": (420, 297),
}
SCALES = (200, 500, 1000, 2000, 5000, 10000, 25000)
#: What the map leaves for title and legend, and the white edge of the paper, mm.
_HEAD_AND_FOOT_MM, _EDGES_MM = 30, 20
MOST_PARCELS = 6000
_OVER = ("measured", "blocking")


class ViewTooWide(InputRefused):
    """Too many parcels for one paper; choose a larger scale."""

    message_vi = "Quá nhiều thửa trên một tờ giấy; hãy chọn tỷ lệ lớn hơn."


@dataclass(frozen=True)
class View:
    """What is to be printed: (east, north) of the middle in the commune's zone, metres."""

    east: float
    north: float
    scale: int
    paper: str
    theme: str
    language: str
    printed_by: str


def print_view(
    connection: Connection,
    view: CommuneView,
    asked: View,
    *,
    t: Callable[..., str],
    at: datetime,
    sample: bool,
) -> bytes:
    """Return the PDF of a view.

    Parameters
    ----------
    t : text of a key in the wanted language, with its values filled in
    at : aware moment of printing
    sample : whether the paper is stamped as a sample

    Raises
    ------
    ViewTooWide
        With ``parcels``.
    """
    width, height = PAPERS[asked.paper]
    size = (width - _EDGES_MM, height - _EDGES_MM - _HEAD_AND_FOOT_MM)
    frame = Frame(asked.east, asked.north, asked.scale, *size)
    rows = _parcels(connection, view, frame)
    tokens = [_token(row, asked.theme, view) for row in rows]
    lines = [_over(connection, view, frame, kind) for kind in _OVER]
    drawing = map_view(
        frame,
        shapely.from_wkb([bytes(row["outline"]) for row in rows]),
        tokens,
        [row["parcel"] for row in rows],
        lines=[line for line in lines if len(line.shapes)],
    )
    content = {
        "title": t("print.title", name=f"{view.kind} {view.name}"),
        "subtitle": t("print.subtitle", theme=t(f"map.theme.{asked.theme}")),
        "scale": asked.scale,
        "zone": view.zone.name,
        "north": t("print.north"),
        "language": asked.language,
        "paper": {"width": width, "height": height},
        "map": {"width": size[0], "height": size[1]},
        "legend": _legend(tokens, view, asked),
        "lines": [_entry(line.token, asked.language) for line in lines if len(line.shapes)],
        "bar": _bar(asked.scale),
        "foot": t(
            "print.foot",
            by=asked.printed_by,
            at=at.astimezone(LEGAL_TIME).strftime("%H:%M %d/%m/%Y"),
        ),
    }
    return compile_paper(_TEMPLATE, content, {"map": drawing}, timestamp=at, sample=sample)


def _parcels(connection: Connection, view: CommuneView, frame: Frame) -> list[Any]:
    rows = connection.execute(
        query("print_parcels"), {**_box(view, frame), "limit": MOST_PARCELS + 1}
    )
    found = list(rows.mappings())
    if len(found) > MOST_PARCELS:
        raise ViewTooWide(field="scale", parcels=MOST_PARCELS)
    return found


def _box(view: CommuneView, frame: Frame) -> dict[str, Any]:
    west, south, east, north = frame.ground
    return {
        "commune": view.code,
        "srid": view.srid,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


def _over(connection: Connection, view: CommuneView, frame: Frame, kind: str) -> ViewLine:
    """Measured outlines, and the places of what blocks, in this frame."""
    token = symbology.LINE["survey_outline" if kind == "measured" else "sliver"]
    found = connection.execute(query(f"print_{kind}"), _box(view, frame)).scalars()
    return ViewLine(token, shapely.from_wkb([bytes(outline) for outline in found]))


def _token(row: Any, theme: str, view: CommuneView) -> Token:
    if theme == "land_use":
        return symbology.LAND_USE[symbology.land_use_group(row["land_use"])]
    if theme == "former":
        codes = [former.code for former in view.former_communes]
        return symbology.former_commune(codes.index(row["former"]) + 1)
    if theme == "scale":
        return symbology.former_commune(view.scales.index(row["scale"]) + 1)
    if theme == "age":
        return age_token(row["year"], view.years)
    return symbology.STATE[row["state"]]


def _legend(tokens: list[Token], view: CommuneView, asked: View) -> list[dict[str, Any]]:
    """Entries of what the drawing shows, in the order of the legend on the screen."""
    names = {
        f"former_{n}": f"{f.kind} {f.name}" for n, f in enumerate(view.former_communes, start=1)
    }
    if asked.theme == "scale":
        names = {f"former_{n}": f"1:{scale}" for n, scale in enumerate(view.scales, start=1)}
    used = {token.key: token for token in tokens}
    table = {"state": symbology.STATE, "land_use": symbology.LAND_USE}.get(asked.theme, {})
    order = [key for key in table if key in used] or sorted(used)
    return [_entry(used[key], asked.language, names.get(key)) for key in order]


def _entry(token: Token, language: str, title: str | None = None) -> dict[str, Any]:
    return {
        "title": title or (token.title_vi if language == "vi" else token.title_en),
        "fill": symbology.on_paper(token),
        "line": token.line,
        "dashed": bool(token.dash),
    }


def _bar(scale: int) -> dict[str, Any]:
    """A scale bar of four equal pieces, a round number of metres long, 40 to 80 mm."""
    for metres in (10, 20, 40, 50, 100, 200, 400, 500, 1000, 2000):
        length_mm = metres * 1000 / scale
        if length_mm >= 40:
            break
    return {
        "step_mm": float(np.round(length_mm / 4, 3)),
        "half": f"{metres // 2} m",
        "whole": f"{metres} m",
    }

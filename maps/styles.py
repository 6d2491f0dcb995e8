"""MapLibre styles of a commune, made from the symbology that plans and papers use.

Single parcels are drawn from a zoom that depends on how many there are; below it only the
sheets. Labels are drawn with the page's own font: the style names no glyph server. Zoom
levels here are MapLibre's (512 pixel tiles), one less than Leaflet's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cadastre.drawing import symbology
from cadastre.drawing.symbology import Token

FONT = "Be Vietnam Pro"
#: Below this zoom a tile holds more parcels than a browser draws smoothly.
_FEW_PARCELS = 20_000
_FROM_ZOOM_FEW, _FROM_ZOOM_MANY = 11, 14
_LINES_FROM, _LABELS_FROM = 14, 16.2
_MAX_TILE_ZOOM = 16


def parcels_from_zoom(parcels: int) -> int:
    """Return the zoom from which single parcels are drawn.

    >>> parcels_from_zoom(6_000), parcels_from_zoom(300_000)
    (11, 14)
    """
    return _FROM_ZOOM_FEW if parcels <= _FEW_PARCELS else _FROM_ZOOM_MANY


def _match(attribute: str, values: Mapping[Any, Any], otherwise: Any) -> Any:
    """Return a match expression; the plain value where there is nothing to choose from."""
    expression: list[Any] = ["match", ["get", attribute]]
    for value, result in values.items():
        expression += [value, result]
    return [*expression, otherwise] if values else otherwise


def _fill(tokens: Mapping[str, Token]) -> dict[str, str]:
    return {key: token.fill for key, token in tokens.items()}


def themes(former_communes: Sequence[str], scales: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Fill colours of parcels for each way to look at them, with their legends.

    Parameters
    ----------
    former_communes : their codes in the order of their ordinals
    scales : scale denominators in use, finest first

    >>> sorted(themes(["22609"], [500]))
    ['former', 'land_use', 'scale', 'state']
    """
    state = symbology.STATE
    uses = {
        code: symbology.LAND_USE[group].fill for code, group in symbology.land_use_codes().items()
    }
    former = {code: symbology.former_commune(n) for n, code in enumerate(former_communes, start=1)}
    by_scale = {scale: symbology.former_commune(n) for n, scale in enumerate(scales, start=1)}
    unknown = symbology.LAND_USE["other"].fill
    return {
        "state": {
            "fill": _match("state", _fill(state), state["clear"].fill),
            "legend": [_entry(token) for token in state.values()],
        },
        "land_use": {
            # The first purpose decides: "ONT+CLN" is drawn as ONT.
            "fill": ["let", "use", ["upcase", ["slice", ["get", "land_use"], 0, 3]],
                     ["match", ["var", "use"], *[x for pair in uses.items() for x in pair],
                      unknown]],
            "legend": [_entry(token) for token in symbology.LAND_USE.values()],
        },
        "former": {
            "fill": _match("former", {c: token.fill for c, token in former.items()}, unknown),
            "legend": [_entry(token, key=code) for code, token in former.items()],
        },
        "scale": {
            "fill": _match("scale", {s: token.fill for s, token in by_scale.items()}, unknown),
            "legend": [
                _entry(token, key=str(s), title=f"1:{s}") for s, token in by_scale.items()
            ],
        },
    }  # fmt: skip


def _entry(token: Token, *, key: str | None = None, title: str | None = None) -> dict[str, Any]:
    entry = token.as_dict()
    if key:
        entry["key"] = key
    if title:
        entry["title_vi"] = entry["title_en"] = title
    return entry


def style(
    commune: str, *, parcels: int, former_communes: Sequence[str], tiles: str = "/api/v1/tiles"
) -> dict[str, Any]:
    """Return the MapLibre style of a commune.

    Parameters
    ----------
    commune : its code
    parcels : how many it has; decides from which zoom they are drawn
    former_communes : codes in the order of their ordinals
    tiles : address below which the vector tiles are

    >>> style("22609", parcels=6000, former_communes=["22609"])["version"]
    8
    """
    start = parcels_from_zoom(parcels)

    def source(layer: str, minzoom: int) -> dict[str, Any]:
        return {
            "type": "vector",
            "tiles": [f"{tiles}/{commune}/{layer}/{{z}}/{{x}}/{{y}}.mvt"],
            "minzoom": minzoom,
            "maxzoom": _MAX_TILE_ZOOM,
        }

    return {
        "version": 8,
        "name": f"cadastre {commune}",
        "sources": {
            "sheets": source("sheets", 8),
            "parcels": source("parcels", start),
            "measured": source("measured", 13),
            "mismatches": source("mismatches", 12),
        },
        "layers": [
            *_sheet_layers(former_communes),
            *_parcel_layers(start),
            *_mismatch_layers(),
            _measured_layer(),
            _label_layer(),
        ],
    }


def _sheet_layers(former_communes: Sequence[str]) -> list[dict[str, Any]]:
    fills = {code: symbology.former_commune(n).fill for n, code in enumerate(former_communes, 1)}
    line = symbology.LINE["sheet"]
    common = {"source": "sheets", "source-layer": "sheets"}
    return [
        {
            "id": "sheets", "type": "fill", **common,
            "paint": {
                "fill-color": _match("former", fills, "#e8e3d8"),
                "fill-opacity": 0.22, "fill-antialias": False,
            },
        },
        {
            "id": "sheet-lines", "type": "line", **common, "layout": {"visibility": "none"},
            "paint": {
                "line-color": line.line, "line-width": line.width_px,
                "line-dasharray": list(line.dash),
            },
        },
    ]  # fmt: skip


def _parcel_layers(start: int) -> list[dict[str, Any]]:
    common = {"source": "parcels", "source-layer": "parcels"}
    state = symbology.STATE
    opacity = _match("state", {k: t.opacity + 0.2 for k, t in state.items()}, 0.7)
    return [
        {
            "id": "parcels", "type": "fill", "minzoom": start, **common,
            "paint": {
                "fill-color": _match("state", _fill(state), state["clear"].fill),
                "fill-opacity": opacity,
                "fill-antialias": False,
            },
        },
        {
            "id": "parcel-lines", "type": "line", "minzoom": _LINES_FROM, **common,
            "paint": {
                "line-color": symbology.LINE["neighbour"].line,
                "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.4, 17, 1.2],
            },
        },
    ]  # fmt: skip


def _mismatch_layers() -> list[dict[str, Any]]:
    common = {"source": "mismatches", "source-layer": "mismatches"}
    severity = symbology.SEVERITY
    colour = _match("severity", {k: t.line for k, t in severity.items()}, severity["info"].line)
    fill = _match("severity", _fill(severity), severity["info"].fill)
    # Information would cover roads and rivers; it is in the queue and in the panel.
    serious = ["!=", ["get", "severity"], "info"]
    point = ["in", ["geometry-type"], ["literal", ["Point", "MultiPoint"]]]
    polygon = ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon"]]]
    return [
        {
            "id": "mismatches", "type": "fill", "minzoom": 15, **common,
            "filter": ["all", polygon, serious],
            "paint": {"fill-color": fill, "fill-opacity": 0.35, "fill-antialias": False},
        },
        {
            "id": "mismatch-lines", "type": "line", "minzoom": 15, **common,
            "filter": ["all", ["!", point], serious],
            "paint": {"line-color": colour, "line-width": 1.5},
        },
        {
            "id": "mismatch-points", "type": "circle", "minzoom": 14, **common, "filter": point,
            "paint": {
                "circle-color": fill, "circle-radius": 4, "circle-stroke-color": colour,
                "circle-stroke-width": 1.5,
            },
        },
    ]  # fmt: skip


def _measured_layer() -> dict[str, Any]:
    line = symbology.LINE["survey_outline"]
    return {
        "id": "measured",
        "type": "line",
        "minzoom": 14.5,
        "source": "measured",
        "source-layer": "measured",
        "paint": {"line-color": line.line, "line-width": 1.6, "line-dasharray": [4, 2]},
    }


def _label_layer() -> dict[str, Any]:
    return {
        "id": "parcel-labels",
        "type": "symbol",
        "minzoom": _LABELS_FROM,
        "source": "parcels",
        "source-layer": "parcels",
        "layout": {
            "text-field": ["get", "parcel"],
            "text-font": [FONT],
            "text-size": ["interpolate", ["linear"], ["zoom"], 16, 10, 19, 14],
            "text-padding": 4,
        },
        "paint": {
            "text-color": symbology.INK,
            "text-halo-color": symbology.PAPER,
            "text-halo-width": 1.4,
        },
    }

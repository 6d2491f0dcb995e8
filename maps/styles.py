"""MapLibre styles of a commune, made from the symbology that plans and papers use.

Single parcels are drawn from a zoom that depends on how crowded the land is, at the latest
from 15; below it the sheets, dissolved when the map was merged. Labels are drawn with the
page's own font: the style names no glyph server. Zoom levels here are MapLibre's (512 pixel
tiles), one less than Leaflet's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cadastre.drawing import symbology
from cadastre.drawing.symbology import Token

FONT = "Be Vietnam Pro"
#: Most parcels in one tile: with 85 bytes each it stays below 300 kB.
_MOST_IN_TILE = 3_000
_FIRST_ZOOM, _LAST_FIRST_ZOOM = 11, 15
_LABELS_FROM = 16.2
#: Outlines of many parcels are slow to draw without a GPU while nobody can see them apart.
_LINES_WITHIN = 1.0
_MAX_TILE_ZOOM = 16
_DELIVERED_FROM = 15


def parcels_from_zoom(crowding: Mapping[int, int]) -> int:
    """Return the zoom from which single parcels are drawn.

    Parameters
    ----------
    crowding : zoom -> most parcels in one tile of it

    >>> parcels_from_zoom({11: 2_000, 12: 700}), parcels_from_zoom({11: 90_000, 12: 30_000})
    (11, 15)
    """
    for zoom in range(_FIRST_ZOOM, _LAST_FIRST_ZOOM):
        if crowding.get(zoom, 0) <= _MOST_IN_TILE:
            return zoom
    return _LAST_FIRST_ZOOM


def _match(attribute: str, values: Mapping[Any, Any], otherwise: Any) -> Any:
    """Return a match expression; the plain value where there is nothing to choose from."""
    expression: list[Any] = ["match", ["get", attribute]]
    for value, result in values.items():
        expression += [value, result]
    return [*expression, otherwise] if values else otherwise


def _fill(tokens: Mapping[Any, Token]) -> dict[Any, str]:
    return {key: token.fill for key, token in tokens.items()}


def age_token(year: int | None, years: Sequence[int]) -> Token:
    """Return how a source of this year looks among the years in use, oldest first.

    >>> age_token(2001, [2001, 2012]).key, age_token(None, [2001, 2012]).key
    ('2001', 'unknown')
    """
    if year is None or year not in years:
        return symbology.AGE_UNKNOWN
    return symbology.age(year, list(years).index(year), len(years))


def themes(
    former_communes: Sequence[str], scales: Sequence[int], years: Sequence[int] = ()
) -> dict[str, dict[str, Any]]:
    """Fill colours for each way to look at the map, with their legends.

    ``fill`` colours parcels; ``sheets`` colours whole sheets on the far map where the sheet
    itself says what is shown, else the page colours them from the overview.

    Parameters
    ----------
    former_communes : their codes in the order of their ordinals
    scales : scale denominators in use, finest first
    years : of the surveys behind the sheets, oldest first

    >>> sorted(themes(["22609"], [500]))
    ['age', 'former', 'land_use', 'scale', 'state']
    """
    state = symbology.STATE
    uses = {
        code: symbology.LAND_USE[group].fill for code, group in symbology.land_use_codes().items()
    }
    former = {code: symbology.former_commune(n) for n, code in enumerate(former_communes, start=1)}
    by_scale = {scale: symbology.former_commune(n) for n, scale in enumerate(scales, start=1)}
    ages = {year: age_token(year, years) for year in years}
    unknown = symbology.LAND_USE["other"].fill
    by_former = _match("former", {c: token.fill for c, token in former.items()}, unknown)
    scale_fill = _match("scale", {s: token.fill for s, token in by_scale.items()}, unknown)
    age_fill = _match("year", _fill(ages), symbology.AGE_UNKNOWN.fill)
    return {
        "state": {
            "fill": _match("state", _fill(state), state["clear"].fill),
            "legend": [_entry(token) for token in state.values()],
            "far_legend": [_entry(token) for token in symbology.SHARE.values()],
        },
        "land_use": {
            # The first purpose decides: "ONT+CLN" is drawn as ONT.
            "fill": ["let", "use", ["upcase", ["slice", ["get", "land_use"], 0, 3]],
                     ["match", ["var", "use"], *[x for pair in uses.items() for x in pair],
                      unknown]],
            "legend": [_entry(token) for token in symbology.LAND_USE.values()],
            "groups": dict(symbology.land_use_codes()),
        },
        "former": {
            "fill": by_former,
            "sheets": by_former,
            "legend": [_entry(token, key=code) for code, token in former.items()],
        },
        "scale": {
            "fill": scale_fill,
            "sheets": scale_fill,
            "legend": [
                _entry(token, key=str(s), title=f"1:{s}") for s, token in by_scale.items()
            ],
        },
        "age": {
            "fill": age_fill,
            "sheets": age_fill,
            "legend": [_entry(token) for token in (*ages.values(), symbology.AGE_UNKNOWN)],
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
    commune: str, *, start: int, former_communes: Sequence[str], tiles: str = "/api/v1/tiles"
) -> dict[str, Any]:
    """Return the MapLibre style of a commune.

    Parameters
    ----------
    commune : its code
    start : the zoom from which single parcels are drawn
    former_communes : codes in the order of their ordinals
    tiles : address below which the vector tiles are

    >>> style("22609", start=15, former_communes=["22609"])["version"]
    8
    """

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
            "mismatches": source("mismatches", 13),
        },
        "layers": [
            *_sheet_layers(former_communes, start),
            *_parcel_layers(start),
            *_mismatch_layers(),
            _measured_layer(),
            _sheet_labels(start),
            _label_layer(),
        ],
    }


def delivered_style(
    commune: str, *, former_communes: Sequence[str], tiles: str = "/api/v1/tiles"
) -> dict[str, Any]:
    """Return the style of the former sheets as they were delivered.

    >>> sorted(delivered_style("22609", former_communes=["22609"])["sources"])
    ['delivered']
    """
    fills = {code: symbology.former_commune(n) for n, code in enumerate(former_communes, 1)}
    common = {"source": "delivered", "source-layer": "delivered"}
    return {
        "version": 8,
        "name": f"cadastre {commune} as delivered",
        "sources": {
            "delivered": {
                "type": "vector",
                "tiles": [f"{tiles}/{commune}/delivered/{{z}}/{{x}}/{{y}}.mvt"],
                "minzoom": _DELIVERED_FROM,
                "maxzoom": _MAX_TILE_ZOOM,
            }
        },
        "layers": [
            {
                "id": "paper", "type": "background",
                "paint": {"background-color": "#f4efe6"},
            },
            {
                "id": "delivered", "type": "fill", **common,
                "paint": {
                    "fill-color": _match("former", _fill(fills), "#e8e3d8"),
                    "fill-opacity": 0.45, "fill-antialias": False,
                },
            },
            {
                "id": "delivered-lines", "type": "line", **common,
                "paint": {
                    "line-color": symbology.LINE["sheet"].line,
                    "line-width": ["interpolate", ["linear"], ["zoom"], 15, 0.6, 18, 1.6],
                },
            },
            _label_layer("delivered", "delivered-labels"),
        ],
    }  # fmt: skip


def _sheet_layers(former_communes: Sequence[str], start: int) -> list[dict[str, Any]]:
    fills = {code: symbology.former_commune(n).fill for n, code in enumerate(former_communes, 1)}
    line = symbology.LINE["sheet"]
    common = {"source": "sheets", "source-layer": "sheets"}
    return [
        {
            "id": "sheets", "type": "fill", "maxzoom": start, **common,
            "paint": {
                "fill-color": _match("former", fills, "#e8e3d8"),
                "fill-opacity": 0.6, "fill-antialias": False,
            },
        },
        {
            "id": "sheet-rims", "type": "line", "maxzoom": start, **common,
            "paint": {"line-color": "#ffffff", "line-width": 1.0},
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
            "id": "parcel-lines", "type": "line", "minzoom": max(14, start + _LINES_WITHIN),
            **common,
            "paint": {
                "line-color": symbology.LINE["neighbour"].line,
                "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.4, 17, 1.2],
            },
        },
        {
            "id": "dossiers", "type": "line", "minzoom": max(13, start), **common,
            "filter": ["==", ["get", "dossier"], 1],
            "paint": {"line-color": state["dossier"].line, "line-width": 3},
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
            "id": "edges", "type": "line", "minzoom": 13, **common,
            "filter": ["all", ["!", point],
                       ["in", ["get", "code"], ["literal", ["EDGE_GAP", "EDGE_OVERLAP"]]]],
            "layout": {"visibility": "none"},
            "paint": {"line-color": symbology.LINE["edge"].line, "line-width": 4},
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


def _sheet_labels(start: int) -> dict[str, Any]:
    """Numbers of the sheets on the far map."""
    return {
        "id": "sheet-labels",
        "type": "symbol",
        "minzoom": 12,
        "maxzoom": max(start, 13),
        "source": "sheets",
        "source-layer": "sheets",
        "layout": {
            "text-field": ["to-string", ["get", "sheet"]],
            "text-font": [FONT],
            "text-size": 12,
            "text-padding": 6,
        },
        "paint": {
            "text-color": symbology.INK,
            "text-halo-color": symbology.PAPER,
            "text-halo-width": 1.6,
        },
    }


def _label_layer(source: str = "parcels", name: str = "parcel-labels") -> dict[str, Any]:
    return {
        "id": name,
        "type": "symbol",
        "minzoom": _LABELS_FROM,
        "source": source,
        "source-layer": source,
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

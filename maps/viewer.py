"""The officer's map: a folium map whose every asset is local and whose behaviour is in modules.

folium emits the container, the links to the scripts and one JSON block; what the map does
lives in ``maps/web/map``. Nothing comes from another host, every script and style carries
the request's nonce, so that a strict Content-Security-Policy holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import folium
from branca.element import Figure
from folium.map import Layer
from folium.template import Template
from markupsafe import Markup
from sqlalchemy import Engine

from cadastre import crs
from cadastre.drawing import symbology
from cadastre.errors import NotFound
from cadastre.mismatch import Code
from cadastre.store.named import query
from cadastre.store.transaction import reading
from maps import styles
from maps.legend import entries

_VENDOR = "/static/vendor"
_OPENING = re.compile(r"<(script|style)(?=[\s>])")
_WHOLE_COUNTRY = (102.1, 8.3, 109.5, 23.4)
_WORLD_M = 20037508.342789244


class CommuneUnknown(NotFound):
    """There is no such commune in this service."""

    message_vi = "Dịch vụ này không có xã đó."


@dataclass(frozen=True)
class FormerCommune:
    """A commune before the merge."""

    code: str
    name: str
    kind: str
    seat: bool
    ordinal: int


@dataclass(frozen=True)
class CommuneView:
    """What a map of a commune begins with; ``bounds`` is west, south, east, north in degrees."""

    code: str
    name: str
    kind: str
    province: str
    srid: int
    parcels: int
    bounds: tuple[float, float, float, float]
    former_communes: tuple[FormerCommune, ...] = ()
    scales: tuple[int, ...] = ()
    years: tuple[int, ...] = ()
    crowding: Mapping[int, int] = field(default_factory=dict)

    @property
    def zone(self) -> crs.Zone:
        """Return the VN-2000 zone of its parcels."""
        return crs.zone(self.srid)

    @property
    def another_former(self) -> str:
        """Name of a former commune for an example, not that of the commune itself if it can be.

        >>> old = FormerCommune("22630", "Khánh Phú", "xã", False, 2)
        >>> same = FormerCommune("22609", "Khánh Vĩnh", "thị trấn", True, 1)
        >>> new = ("22609", "Khánh Vĩnh", "xã", "Khánh Hòa", 9217, 1, (0, 0, 1, 1))
        >>> CommuneView(*new, (same, old)).another_former, CommuneView(*new).another_former
        ('Khánh Phú', '')
        """
        names = [former.name for former in self.former_communes]
        return next((name for name in names if name != self.name), next(iter(names), ""))


def commune_view(engine: Engine, commune: str) -> CommuneView:
    """Return what a map of a commune begins with.

    Raises
    ------
    CommuneUnknown
        With ``commune``.
    """
    with reading(engine, None) as connection:
        chosen = {"commune": commune}
        row = connection.execute(query("map_view_commune"), chosen).mappings().first()
        if row is None:
            raise CommuneUnknown(f"({commune})", commune=commune)
        former = connection.execute(query("map_view_former_communes"), chosen).mappings().all()
        scales = connection.execute(query("map_view_scales"), chosen).scalars().all()
        years = connection.execute(query("map_view_years"), chosen).scalars().all()
        crowding = connection.execute(query("map_view_crowding"), chosen).all()
    corners = [row[side] for side in ("west", "south", "east", "north")]
    return CommuneView(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        province=row["province"],
        srid=row["srid"],
        parcels=row["parcels"],
        bounds=_degrees(corners) if None not in corners else _WHOLE_COUNTRY,
        former_communes=tuple(FormerCommune(**line) for line in former),
        scales=tuple(scales),
        years=tuple(years),
        crowding={row.z: int(row.parcels) for row in crowding},
    )


def _degrees(corners: Sequence[float]) -> tuple[float, float, float, float]:
    import math

    west, south, east, north = corners

    def latitude(y: float) -> float:
        return math.degrees(2 * math.atan(math.exp(y / _WORLD_M * math.pi)) - math.pi / 2)

    def longitude(x: float) -> float:
        return x / _WORLD_M * 180

    return longitude(west), latitude(south), longitude(east), latitude(north)


@dataclass(frozen=True)
class MapParts:
    """Pieces of a rendered map for a page's template, each with the nonce in place."""

    header: Markup
    container: Markup
    script: Markup


class VectorLayer(Layer):
    """The vector tiles of a commune, drawn by MapLibre as a layer of the Leaflet map."""

    _template = Template("{% macro html(this, kwargs) %}{% endmacro %}")

    def __init__(self, style: dict[str, Any], themes: dict[str, Any]) -> None:
        super().__init__(name="parcels", overlay=True, control=False, show=True)
        self._name = "VectorLayer"
        self.config = {"style": style, "themes": themes}

    def render(self, **kwargs: Any) -> str:
        """Draw nothing by itself: the module reads the configuration of the map."""
        return ""


class CommuneMap(folium.Map):
    """A map of one commune as a folium map.

    Parameters
    ----------
    view : what the map begins with
    basemap : address template of raster tiles below the parcels; none when empty
    language : ``vi`` or ``en``

    >>> view = CommuneView("22609", "Khánh Vĩnh", "xã", "Khánh Hòa", 9217, 6000, (108, 12, 109, 13))
    >>> "https://" in CommuneMap(view).parts(nonce="n").header
    False
    """

    default_js = [  # noqa: RUF012 - folium reads it from the class
        ("leaflet", f"{_VENDOR}/leaflet.js"),
        ("maplibre", f"{_VENDOR}/maplibre-gl.js"),
        ("maplibre_leaflet", f"{_VENDOR}/maplibre-gl-leaflet.js"),
    ]
    default_css = [  # noqa: RUF012 - folium reads it from the class
        ("leaflet_css", f"{_VENDOR}/leaflet.css"),
        ("maplibre_css", f"{_VENDOR}/maplibre-gl.css"),
    ]
    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id="map" tabindex="0"
                 role="application" aria-label="{{ this.label }}"></div>
            <script type="application/json" id="map-configuration">
                {{ this.configuration | tojson }}
            </script>
        {% endmacro %}
        """
    )

    def __init__(self, view: CommuneView, *, basemap: str = "", language: str = "vi") -> None:
        self.label = f"{view.kind} {view.name}"
        west, south, east, north = view.bounds
        super().__init__(location=((south + north) / 2, (west + east) / 2), tiles=None)
        codes = [former.code for former in view.former_communes]
        themes = styles.themes(codes, view.scales, view.years)
        _name_former_communes(themes, view)
        start = styles.parcels_from_zoom(view.crowding)
        layer = VectorLayer(styles.style(view.code, start=start, former_communes=codes), themes)
        layer.add_to(self)
        self.configuration = {
            "commune": {"code": view.code, "name": view.name, "kind": view.kind},
            "former_communes": [
                {"code": f.code, "name": f.name, "kind": f.kind, "ordinal": f.ordinal}
                for f in view.former_communes
            ],
            "bounds": [[south, west], [north, east]],
            "parcels_from_zoom": start + 1,
            "delivered": styles.delivered_style(view.code, former_communes=codes),
            "zone": _zone(view.zone),
            "worker": f"{_VENDOR}/maplibre-gl-worker.js",
            "basemap": basemap,
            "codes": [code.value for code in Code],
            "language": language,
            "severity": entries(symbology.SEVERITY.values()),
            "lines": {token.key: token.as_dict() for token in symbology.LINE.values()},
            **layer.config,
        }

    def parts(self, *, nonce: str) -> MapParts:
        """Return the rendered pieces with the nonce on every script and style."""
        figure = self.get_root()
        if not isinstance(figure, Figure):
            raise TypeError("a map stands in a figure")
        self.render()  # type: ignore[no-untyped-call]
        # folium lays its map out by itself; here the page's style sheet does.
        for name in ("css_style", "map_style"):
            figure.header._children.pop(name, None)

        def piece(element: Any) -> Markup:
            return Markup(_OPENING.sub(rf'<\1 nonce="{nonce}"', element.render()))  # noqa: S704

        return MapParts(piece(figure.header), piece(figure.html), piece(figure.script))


def _zone(zone: crs.Zone) -> dict[str, Any]:
    return {
        "srid": zone.srid,
        "name": zone.name,
        "meridian_deg": zone.meridian_deg,
        "scale_factor": zone.scale_factor,
        "false_easting_m": 500000,
        "helmert": crs.HELMERT,
    }


def _name_former_communes(themes: dict[str, Any], view: CommuneView) -> None:
    names = {f.code: f"{f.kind} {f.name}" for f in view.former_communes}
    for entry in themes["former"]["legend"]:
        entry["title_vi"] = entry["title_en"] = names[entry["key"]]

"""A parcel as one file to send or to carry where there is no network.

A folium map with everything inside: Leaflet, style, outlines, numbers. The file asks no
server for anything and says so itself by a Content-Security-Policy that allows only its own
scripts and styles, by their hashes. It holds no person; every value is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import folium
from branca.element import Figure
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from sqlalchemy import Connection

from cadastre.drawing import symbology
from cadastre.drawing.symbology import Token
from cadastre.drawing.wording import LEGAL_TIME, number_vi
from cadastre.store.named import query
from maps.assets import ASSETS
from maps.legend import colours_css

_HERE = Path(__file__).parent
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
Text = Callable[..., str]


@dataclass(frozen=True)
class InspectionPage:
    """The file, the name to keep it under, and the policy that it declares."""

    html: str
    name: str
    policy: str


class _PortableMap(folium.Map):
    """A folium map that links to nothing; the page around it carries what it needs."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads it from the class
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


def neighbours_of(connection: Connection, parcel: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the outlines of the parcels beside one."""
    uids = [one["parcel_uid"] for one in parcel["neighbours"]]
    rows = connection.execute(
        query("parcel_outlines"), {"commune": parcel["commune"], "uids": uids}
    )
    return [dict(row) for row in rows.mappings()]


def inspection_page(
    parcel: Mapping[str, Any],
    neighbours: Sequence[Mapping[str, Any]],
    *,
    t: Text,
    language: str,
    at: datetime,
    mark: str,
) -> InspectionPage:
    """Return the page of a parcel.

    Parameters
    ----------
    parcel : as :func:`cadastre.store.parcel_reading.read_parcel` gives it, in WGS 84, with its
        ``mismatches`` and without holders
    neighbours : from :func:`neighbours_of`
    t : text of a key, with its values filled in
    mark : words that stand on every page when it is printed, or none
    """
    drawn = _map(parcel, neighbours, t)
    figure = drawn.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("a map stands in a figure")
    drawn.render()  # type: ignore[no-untyped-call]
    for name in ("css_style", "map_style"):
        figure.header._children.pop(name, None)
    page = _templates.get_template("inspection.html").render(
        t=t,
        language=language,
        parcel=parcel,
        name=_named(parcel, t),
        number=_number,
        mark=mark,
        measured=[m for m in parcel["measured"] if m["corners"]],
        printed=at.astimezone(LEGAL_TIME).strftime("%H:%M %d/%m/%Y"),
        styles=[_asset("leaflet.css"), colours_css(), _own_style()],
        leaflet=Markup(_asset("leaflet.js")),  # noqa: S704 - our own file
        header=Markup(figure.header.render()),  # noqa: S704 - folium's own, values escaped
        container=Markup(figure.html.render()),  # noqa: S704
        script=Markup(figure.script.render()),  # noqa: S704
    )
    policy = _policy(page)
    place = '<meta charset="utf-8">'
    said = f'{place}<meta http-equiv="Content-Security-Policy" content="{policy}">'
    name = f"thua-{parcel['commune']}-{parcel['sheet']}-{parcel['parcel']}.html"
    return InspectionPage(page.replace(place, said, 1), re.sub(r"[^\w.-]", "_", name), policy)


def _asset(name: str) -> Markup:
    """Text of an installed asset; source maps would be asked for, so their mention goes."""
    text = (ASSETS / name).read_text("utf-8")
    return Markup(re.sub(r"(?m)^//# sourceMappingURL=.*$", "", text))  # noqa: S704


def _own_style() -> Markup:
    return Markup((_HERE / "web" / "css" / "inspection.css").read_text("utf-8"))  # noqa: S704


def _policy(page: str) -> str:
    """Allow the scripts and styles that stand in the page, and nothing else."""

    def sources(tag: str) -> str:
        digests = (
            hashlib.sha256(content.encode()).digest()
            for name, content in _INLINE.findall(page)
            if name == tag
        )
        return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)

    return (
        f"default-src 'none'; script-src {sources('script')}; style-src {sources('style')}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _named(parcel: Mapping[str, Any], t: Text) -> str:
    return t("common.parcel_name", sheet=parcel["sheet"], parcel=parcel["parcel"] or "?")


def _map(parcel: Mapping[str, Any], neighbours: Sequence[Mapping[str, Any]], t: Text) -> folium.Map:
    drawn = _PortableMap(tiles=None, max_zoom=23, zoom_snap=0.25, attribution_control=False)
    _add(drawn, t("inspection.neighbours"), symbology.LINE["neighbour"], [
        (one["geometry"], _named(one, t)) for one in neighbours
    ])  # fmt: skip
    state = symbology.STATE[parcel["state"]]
    _add(drawn, t("inspection.parcel"), state, [(parcel["geometry"], _named(parcel, t))])
    _add(drawn, t("inspection.measured"), symbology.LINE["survey_outline"], [
        (m["geometry"], f"{m['survey_label']} {m['label'] or ''}") for m in parcel["measured"]
    ])  # fmt: skip
    _add(drawn, t("inspection.mismatches"), symbology.LINE["sliver"], [
        (m["geometry"], t(f"code.{m['code']}")) for m in parcel["mismatches"] if m["geometry"]
    ])  # fmt: skip
    folium.LayerControl(collapsed=False).add_to(drawn)
    west, south, east, north = _bounds(parcel["geometry"])
    pad_lon, pad_lat = (east - west) * 0.4, (north - south) * 0.4
    drawn.fit_bounds([[south - pad_lat, west - pad_lon], [north + pad_lat, east + pad_lon]])
    return drawn


def _add(drawn: folium.Map, name: str, token: Token, shapes: Sequence[tuple[Any, str]]) -> None:
    if not shapes:
        return
    style: dict[str, Any] = {
        "color": token.line,
        "weight": token.width_px,
        "fillColor": token.fill,
        "fillOpacity": token.opacity * 0.6,
        "dashArray": " ".join(f"{d * 4:g}" for d in token.dash) or None,
    }
    features = [
        # folium writes tooltip values as markup: they are escaped here.
        {"type": "Feature", "geometry": shape, "properties": {"label": html.escape(label)}}
        for shape, label in shapes
    ]
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=html.escape(name),
        style_function=lambda _feature: style,
        marker=folium.CircleMarker(radius=7, **{k: v for k, v in style.items() if v}),
        tooltip=folium.GeoJsonTooltip(["label"], aliases=[""], labels=False),
    ).add_to(drawn)


def _bounds(geometry: Mapping[str, Any]) -> tuple[float, float, float, float]:
    import shapely

    west, south, east, north = shapely.geometry.shape(geometry).bounds
    return west, south, east, north


def _number(value: float | None, digits: int, language: str) -> str:
    """A number as readers of the language write it; a dash where there is none."""
    if value is None:
        return "–"
    return number_vi(value, digits, grouped=False) if language == "vi" else f"{value:.{digits}f}"

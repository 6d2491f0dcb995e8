"""What the officer's map asks for besides tiles: the far map, measured points, paper."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from api import texts
from api.dependencies import ActorHere, EngineHere, House, HouseHere, language
from api.routes.parameters import Box, BoxRefused, CommuneHere, Register
from cadastre.crs import from_wgs84, to_wgs84
from cadastre.drawing import symbology
from cadastre.drawing.symbology import land_use_group
from cadastre.store.land_register import read_commune
from cadastre.store.named import query
from maps.legend import entries
from maps.printing import SCALES, View, print_view
from maps.viewer import commune_view

router = APIRouter(prefix="/communes", tags=["map"])

Theme = Literal["state", "land_use", "former", "scale", "age"]
Paper = Literal["a4", "a4-landscape", "a3", "a3-landscape"]


@router.get("/{code}/overview", summary="Bản đồ toàn xã / The far map")
def overview(commune: CommuneHere, register: Register) -> dict[str, Any]:
    """Return for each sheet how many parcels have which state, and its main land use."""
    rows = register.execute(query("map_overview"), {"commune": commune}).mappings()
    sheets: dict[int, dict[str, Any]] = {}
    areas: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        number = row["sheet"]
        found = sheets.setdefault(number, {"sheet": number, "parcels": 0, "states": {}})
        found["parcels"] += row["parcels"]
        states = found["states"]
        states[row["state"]] = states.get(row["state"], 0) + row["parcels"]
        areas[number][land_use_group(row["land_use"])] += row["area_m2"]
    for number, uses in areas.items():
        sheets[number]["land_use"] = max(sorted(uses), key=uses.__getitem__)
    return {"sheets": [sheets[number] for number in sorted(sheets)]}


@router.get("/{code}/office-map", summary="Việc đang ở đâu / Where the work is")
def office_map(commune: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the sheets as GeoJSON: blocking mismatches, blocked parcels, dossiers under way."""
    rows = register.execute(query("office_map"), {"commune": commune}).mappings()
    return {
        "type": "FeatureCollection",
        "features": [_sheet(dict(row)) for row in rows],
        "legend": entries(symbology.SHARE.values()),
    }


def _sheet(row: dict[str, Any]) -> dict[str, Any]:
    outline, middle = json.loads(row.pop("outline")), json.loads(row.pop("middle"))
    properties = {**row, "middle": middle["coordinates"]}
    return {"type": "Feature", "geometry": outline, "properties": properties}


@router.get("/{code}/points", summary="Điểm đo / Measured points")
def points(commune: CommuneHere, register: Register, box: Box) -> dict[str, Any]:
    """Return control points and measured points in a box, with the deviation of each."""
    if box["west"] is None:
        raise BoxRefused(field="bbox")
    srid = read_commune(register, commune).srid
    asked = shapely.box(*(box[side] for side in ("west", "south", "east", "north")))
    west, south, east, north = from_wgs84([asked], srid)[0].bounds
    rows = list(
        register.execute(
            query("map_points"),
            {
                "commune": commune,
                "srid": srid,
                "west": west,
                "south": south,
                "east": east,
                "north": north,
            },
        ).mappings()
    )
    shown = to_wgs84([shapely.Point(row["east"], row["north"]) for row in rows], srid)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [point.x, point.y]},
                "properties": dict(row),
            }
            for row, point in zip(rows, shown, strict=True)
        ],
    }


@router.get("/{code}/view.pdf", summary="In bản đồ / Print the view")
def view_pdf(
    request: Request,
    commune: CommuneHere,
    register: Register,
    engine: EngineHere,
    house: HouseHere,
    actor: ActorHere,
    east: Annotated[float, Query(ge=0, le=1_000_000, description="Y, m")],
    north: Annotated[float, Query(ge=0, le=3_000_000, description="X, m")],
    scale: Annotated[int, Query(description=", ".join(map(str, SCALES)), ge=100, le=50_000)],
    paper: Paper = "a4-landscape",
    theme: Theme = "state",
) -> Response:
    """Return the view of the map to true scale on paper."""
    chosen = language(request)
    view = commune_view(engine, commune)
    asked = View(east, north, scale, paper, theme, chosen, actor.display_name or actor.username)
    content = _printed(register, view, asked, house)
    name = f"ban-do-{commune}-1-{scale}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _printed(register: Connection, view: Any, asked: View, house: House) -> bytes:
    def t(key: str, **values: object) -> str:
        return texts.text(asked.language, key, **values)

    at = house.moment()
    return print_view(register, view, asked, t=t, at=at, sample=house.stationery.sample)

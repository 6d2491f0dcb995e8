"""What the communes post to the public: who applies for which land, and where it lies.

Anyone may read it without signing in: a posting is made so that people object in time. Names
of holders and the parcels belong to it (form 17), identity numbers and addresses do not.
"""

from __future__ import annotations

import json
from typing import Any

import shapely
from fastapi import APIRouter

from api.dependencies import EngineHere, HouseHere
from api.routes.land_use import land_use_names
from cadastre.store.certificates import posted_land, posted_now, posting_communes
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import reading

router = APIRouter(tags=["certificates"])


@router.get("/postings", summary="Các xã đang niêm yết / Communes and their postings")
def communes(engine: EngineHere) -> dict[str, Any]:
    """Return the communes with how many parcels each posts now."""
    with reading(engine, None) as register:
        return {"communes": posting_communes(register)}


@router.get("/communes/{code}/postings", summary="Niêm yết công khai / Public postings")
def postings(code: str, house: HouseHere) -> dict[str, Any]:
    """Return what the commune posts to the public now; holders' names and the parcels only."""
    with reading(house.engine, None) as register:
        rows = posted_now(register, code)
    named = [{**row, **land_use_names(row["land_use"], house.regulation)} for row in rows]
    return {"commune": code, "postings": named}


@router.get("/communes/{code}/postings/land", summary="Đất đang niêm yết / Land of the postings")
def land(code: str, engine: EngineHere) -> dict[str, Any]:
    """Return the posted parcels and those around them as GeoJSON; nobody's name."""
    with reading(engine, None) as register:
        rows = posted_land(register, code)
    return {"type": "FeatureCollection", "features": [_feature(row) for row in rows]}


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(row["outline"])),
        "properties": {
            "code": row["code"],
            "number": row["parcel"],
            "parcel_label": parcel_label(row["sheet"], row["parcel"]),
            "land_use": row["land_use"],
        },
    }

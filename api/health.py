"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import EngineHere
from api.errors import NotReady
from cadastre.crs import check_operation

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """Return ok while the process answers."""
    return {"status": "ok"}


@router.get("/ready")
def ready(engine: EngineHere) -> dict[str, Any]:
    """Return ok when the database answers and coordinates convert as published."""
    difference = check_operation()
    try:
        with engine.connect() as connection:
            communes = connection.execute(text("SELECT count(*) FROM cadastre.commune")).scalar()
    except SQLAlchemyError as unreachable:
        raise NotReady() from unreachable
    return {"status": "ok", "communes": communes, "operation_difference_deg": difference}

"""What the former communes left -> parcels: zone and axes, repair, numbers, land book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cadastre.sheets.landbook import LandbookReading, read_landbook
    from cadastre.sheets.landbook_judgement import judge_landbook
    from cadastre.sheets.levels import LevelMapping, suggest_levels
    from cadastre.sheets.reading import SheetReading, read_sheet

__all__ = [
    "LandbookReading",
    "LevelMapping",
    "SheetReading",
    "judge_landbook",
    "read_landbook",
    "read_sheet",
    "suggest_levels",
]

_HOMES = {
    "read_sheet": "cadastre.sheets.reading",
    "SheetReading": "cadastre.sheets.reading",
    "read_landbook": "cadastre.sheets.landbook",
    "LandbookReading": "cadastre.sheets.landbook",
    "LevelMapping": "cadastre.sheets.levels",
    "suggest_levels": "cadastre.sheets.levels",
    "judge_landbook": "cadastre.sheets.landbook_judgement",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is asked for: geopandas takes a second to import."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)

"""Parcel maps of merged communes: merge, reconcile with the ground, flag, certify.

The pure functions of the service, without a database; loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "read_sheet": "cadastre.sheets",
    "merge_sheets": "cadastre.merge",
    "read_survey": "cadastre.survey",
    "adjust_network": "cadastre.survey",
    "reconcile": "cadastre.reconcile",
}
__all__ = ["adjust_network", "merge_sheets", "read_sheet", "read_survey", "reconcile"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'cadastre' has no attribute {name!r}")

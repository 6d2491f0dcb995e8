"""The closed registry of gates: how a gate is entered, and how it says what is unmet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cadastre.certificate.context import DossierContext


@dataclass(frozen=True, slots=True)
class Unmet:
    """One thing that holds the dossier; ``items`` are the ids or names that it is about."""

    gate: str
    message_vi: str
    message_en: str
    items: tuple[str, ...] = ()


Gate = Callable[[DossierContext], list[Unmet]]
GATES: dict[str, Gate] = {}


def gate(function: Gate) -> Gate:
    """Enter a function into the registry under its own name."""
    GATES[function.__name__] = function
    return function


def unmet_item(name: str, message_vi: str, message_en: str, *items: str) -> Unmet:
    """Return one thing that the gate ``name`` finds unmet."""
    return Unmet(gate=name, message_vi=message_vi, message_en=message_en, items=items)

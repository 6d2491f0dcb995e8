"""What citizens read instead of a land-use code: its name, from the table of the regulation."""

from __future__ import annotations

from cadastre.regulation import Regulation
from cadastre.regulation.land_use import names_of


def land_use_names(label: str | None, regulation: Regulation) -> dict[str, str]:
    """Return the names of a label's codes as fields of an answer."""
    names = names_of(label, regulation["land_use"])
    return {f"land_use_name_{language}": name for language, name in names.items()}

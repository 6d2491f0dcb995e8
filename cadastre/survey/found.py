"""What reading a survey has come to, on the way to its parcels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cadastre.formats.accounting import Ledger
from cadastre.formats.network import NetworkPoint
from cadastre.mismatch import Mismatch
from cadastre.regulation import Regulation
from cadastre.survey.field_network import FieldNetwork
from cadastre.survey.helmert import Helmert
from cadastre.survey.parcels import Formed
from cadastre.survey.place import Place

POINT_COLUMNS = [
    "point", "east", "north", "height", "sigma_m", "code", "label", "row_number",
    "var_east", "var_north", "cov_en", "role",
]  # fmt: skip


@dataclass
class Found:
    """Points, parcels and findings of one file, before they are told."""

    points: pd.DataFrame
    formed: Formed
    place: Place
    srid: int
    ledger: Ledger
    confirmed: Mapping[str, str] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)
    network: FieldNetwork | None = None
    helmert: Helmert | None = None


@dataclass(frozen=True)
class Task:
    """What a reader is asked: where the commune is, and by which rules to judge.

    ``registered`` are control points that the commune's register knows, in the zone ``srid``.
    """

    survey: str
    declared: int | None
    columns: Mapping[str, str] | str
    outline: Any
    commune_bounds: Any
    srid: int | None
    scale: int
    regulation: Regulation
    registered: Mapping[str, NetworkPoint] = field(default_factory=dict)
    axes: str = "auto"

    def placing(self) -> dict[str, Any]:
        """Return what the reader of a coordinate list wants."""
        return {
            "declared": self.declared,
            "axes": self.axes,
            "columns": self.columns,
            "outline": self.outline,
            "commune_bounds": self.commune_bounds,
            "srid": self.srid,
            "regulation": self.regulation,
        }


def with_covariance(points: pd.DataFrame, role: str = "detail") -> pd.DataFrame:
    """Points with the covariance that their sigma means, where they have none of their own."""
    variance = points["sigma_m"] ** 2
    made = points.assign(role=points.get("role", role))
    for name, value in (("var_east", variance), ("var_north", variance), ("cov_en", 0.0)):
        made[name] = made.get(name, value)
    return made

"""Every observation of a field network: what was read, each correction, and its residual."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from cadastre.survey.field_network import FieldNetwork

_ADJUSTED = [
    "kind", "station", "target", "line", "observed", "adjusted", "residual", "sigma",
    "sigma_adjusted", "redundancy", "standardised", "used", "note",
]  # fmt: skip
#: Corrections that lead from the reading to the observation of each kind; a name in ``_m`` is
#: metres, ``faces`` how many were meant, the others radians. The metres of a height difference
#: are its parts.
CORRECTIONS = {
    "distance": ["prism_m", "atmosphere_m", "to_horizontal_m", "to_ellipsoid_m", "to_grid_m"],
    "direction": ["faces", "collimation", "arc_to_chord"],
    "dh": ["faces", "index_error", "sight_m", "curvature_m", "instrument_m", "target_m"],
}
_READ = {"distance": "slope_m", "direction": "horizontal", "dh": "zenith"}


def observation_table(network: FieldNetwork | None) -> pd.DataFrame:
    """Observations of a network with their residuals, in metres and radians.

    ``read`` is what the instrument gave, ``corrections`` a mapping of name to amount.
    """
    columns = [*_ADJUSTED, "read", "corrections"]
    if network is None:
        return pd.DataFrame({name: [] for name in columns})
    parts = [network.plane.residuals[_ADJUSTED]]
    if network.levels is not None:
        parts.append(network.levels.residuals[_ADJUSTED])
    table = pd.concat(parts, ignore_index=True)
    by_line = {
        (row["station"], row["target"], row["line"]): row
        for row in network.corrections.to_dict("records")
    }
    keys = zip(table["station"], table["target"], table["line"], strict=True)
    # A network file hands over observations: nothing was read or corrected here.
    rows = [by_line.get(key) for key in keys]
    kinds = table["kind"].tolist()
    read = [
        None if row is None else row[_READ[kind]] for row, kind in zip(rows, kinds, strict=True)
    ]
    made = [_made(row, kind) for row, kind in zip(rows, kinds, strict=True)]
    return table.assign(
        read=pd.Series(read, index=table.index, dtype="float64"),
        corrections=pd.Series(made, index=table.index, dtype=object),
    )


def _made(row: Mapping[Hashable, Any] | None, kind: str) -> dict[str, float]:
    if row is None:
        return {}
    return {name: float(row[name]) for name in CORRECTIONS[kind] if row[name] == row[name]}

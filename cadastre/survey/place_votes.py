"""What each zone and each order of the axes would make of measured coordinates.

The vote of a possibility is the share of the points that it places in the commune, or, where
no outline is known, within its bounds or anywhere in the country.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre import crs as zones


@dataclass(frozen=True)
class Question:
    """Two coordinate columns, and all that is known of where they should lie.

    ``first`` and ``second`` are the columns, ``swapped`` whether the first is east where a
    person stated it, ``declared`` and ``in_file`` zones that a person or the file states.
    """

    first: np.ndarray
    second: np.ndarray
    declared: int | None
    in_file: int | None
    swapped: bool | None
    commune_srid: int | None
    outline: Any
    bounds: Sequence[float] | None
    rules: Mapping[str, Any]
    file: str

    @property
    def knows_commune(self) -> bool:
        """Whether it is known where the commune lies."""
        return self.outline is not None or self.bounds is not None

    def pair(self, swapped: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return (east, north) in this order."""
        return (self.first, self.second) if swapped else (self.second, self.first)

    def votes(self, candidates: Sequence[int]) -> list[tuple[float, int, bool]]:
        """Return share, zone, order of every possibility, the best first."""
        orders = (False, True) if self.swapped is None else (self.swapped,)
        scored = [(self.share(srid, order), srid, order) for srid in candidates
                  for order in orders]  # fmt: skip
        expected = self.declared or self.in_file or self.commune_srid
        scored.sort(key=lambda s: (-s[0], s[1] != expected, s[1], s[2]))
        own = [s for s in scored if s[1] == expected]
        if own and own[0][0] >= self.rules["place"]["inside_share"]:
            # Zones of one meridian lie close: another is asked only when this one fails.
            return own
        return scored

    def candidates(self) -> list[int]:
        """Return the zones that come into question."""
        known = self.declared or self.in_file
        commune = self.commune_srid
        if known is not None:
            return [zones.zone(known).srid]
        if self.outline is not None:
            return sorted(zones.ZONES, key=lambda s: (s != commune, s))
        return [commune] if commune is not None else []

    def share(self, srid: int, swapped: bool) -> float:
        """Return the share of the points that this zone and order place in the commune."""
        east, north = self.pair(swapped)
        if not len(east):
            return 0.0
        margin = float(self.rules["place"]["outside_margin_m"])
        if self.outline is not None:
            area = shapely.buffer(zones.from_wgs84([self.outline], srid)[0], margin)
            shapely.prepare(area)
            return float(np.mean(shapely.contains_xy(area, east, north)))
        if self.bounds is not None and srid == self.commune_srid:
            west, south, right, top = self.bounds
            inside = (east >= west - margin) & (east <= right + margin)
            inside &= (north >= south - margin) & (north <= top + margin)
            return float(np.mean(inside))
        return self.plausible(swapped)

    def plausible(self, swapped: bool) -> float:
        """Return the share of the points that are VN-2000 coordinates anywhere in the country."""
        east, north = self.pair(swapped)
        low_n, high_n = self.rules["plausible"]["north_m"]
        low_e, high_e = self.rules["plausible"]["east_m"]
        inside = (north >= low_n) & (north <= high_n) & (east >= low_e) & (east <= high_e)
        return float(np.mean(inside))

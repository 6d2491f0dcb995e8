"""A field book and its control -> adjusted points with their covariance.

Faces are meant, distances reduced into the grid, traverses judged, then everything is
adjusted at once: stations and boundary points alike, so that a boundary point carries the
uncertainty of the station that it was seen from. The network is adjusted twice, first by
its own measurements, then on the control; outliers are switched off one at a time and
named. Heights are adjusted by themselves where a height is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from cadastre.errors import InputRefused
from cadastre.formats.field_book import FieldBook
from cadastre.formats.network import ADJUSTED, FIXED, UNUSED, NetworkPoint
from cadastre.regulation import Regulation, load
from cadastre.survey.adjust import adjust_network
from cadastre.survey.adjust_approximate import approximate_heights, approximate_plane
from cadastre.survey.adjust_judged import judge_network
from cadastre.survey.adjust_quality import AdjustedTwice, Outlier, search_outliers
from cadastre.survey.adjust_result import Adjustment
from cadastre.survey.field_observations import height_observations, plane_observations
from cadastre.survey.pointings import Pointing, ReadAgain, pointings
from cadastre.survey.reductions import Grid, reduced, rises
from cadastre.survey.traverse import Traverse, find_traverses

_NO_HEIGHTS = {
    "vi": "Không điểm khống chế nào có độ cao: chưa quy chiều dài về ellipsoid (16 mm trên 1 km "
    "ở độ cao 100 m) và chưa tính độ cao.",
    "en": "No control point has a height: distances are not reduced to the ellipsoid (16 mm per "
    "km at 100 m) and no heights are computed.",
}


class ControlTooLittle(InputRefused):
    """The field book needs two known points that it sees, to be placed."""

    message_vi = "Sổ đo cần ít nhất hai điểm khống chế có trong trị đo."


@dataclass(frozen=True)
class FieldNetwork:
    """What a field book came to.

    ``points``: point, east, north, height, role (control, station, detail), var_east,
    var_north, cov_en (m2), sigma_height, semi_major, semi_minor, azimuth, confidence_major,
    confidence_minor, code, label, line. ``corrections`` has each reduction step of each
    pointing; ``plane`` and ``levels`` are the adjustments with their residuals.
    """

    points: pd.DataFrame
    corrections: pd.DataFrame
    traverses: tuple[Traverse, ...]
    plane: Adjustment
    levels: Adjustment | None
    outliers: tuple[Outlier, ...]
    twice: AdjustedTwice | None
    read_again: tuple[ReadAgain, ...]
    pointings: tuple[Pointing, ...]
    notes: tuple[dict[str, str], ...] = field(default=())


def adjust_field_book(
    book: FieldBook,
    control: Mapping[str, NetworkPoint],
    *,
    srid: int,
    regulation: Regulation | None = None,
) -> FieldNetwork:
    """Adjusted points of a field book in the zone ``srid``.

    Parameters
    ----------
    control : known points by name, (east, north, height) in metres

    Raises
    ------
    ControlTooLittle
        Fewer than two control points are seen.
    cadastre.survey.adjust_approximate.NetworkNotConnected
        Names the points that the readings do not reach.

    Examples
    --------
    Station A looks back to B, 100 m north of it, and at P, a right angle further and 50 m away::

        B
        |
        A ---- P

    >>> from types import SimpleNamespace
    >>> from cadastre.formats.field_book import Reading, Setup
    >>> quarter = math.pi / 2
    >>> book = SimpleNamespace(setups=(Setup(1, "A"),), readings=(
    ...     Reading(1, "B", 0.0, quarter, 100.0), Reading(1, "P", quarter, quarter, 50.0)))
    >>> known = {"A": NetworkPoint("A", 570000.0, 1348000.0, plane="fixed"),
    ...          "B": NetworkPoint("B", 570000.0, 1348100.0, plane="fixed")}
    >>> found = adjust_field_book(book, known, srid=9217)
    >>> point = found.points.set_index("point").loc["P"]
    >>> print(round(point.east - 570000.0, 3), abs(round(point.north - 1348000.0, 3)))
    49.998 0.0
    >>> found.corrections["to_grid_m"].round(4).tolist()
    [-0.0039, -0.002]
    """
    rules = (regulation or load())["survey"]
    seen, again = pointings(book, rules["instrument"])
    names = {p.setup.station for p in seen} | {p.target for p in seen}
    known = {name: point for name, point in control.items() if name in names}
    if len(known) < 2:
        told = ", ".join(sorted(known)) or "-"
        raise ControlTooLittle(f"Seen: {told}.", f"Có: {told}.", points=sorted(known))
    work = _Work(seen, known, names, rules, srid)
    places, traverses = work.first_places()
    heights = work.first_heights(places)
    table = reduced(seen, places, heights, work.grid, rules["instrument"])
    plane, outliers, twice = work.plane(table, places)
    levels = work.levels(heights)
    points = work.points(plane, levels)
    return FieldNetwork(
        points, table, tuple(traverses), plane, levels, outliers, twice, tuple(again),
        tuple(seen), plane.notes if heights else (*plane.notes, _NO_HEIGHTS),
    )  # fmt: skip


@dataclass
class _Work:
    seen: list[Pointing]
    known: Mapping[str, NetworkPoint]
    names: set[str]
    rules: Mapping[str, Any]
    srid: int

    def __post_init__(self) -> None:
        self.instrument = self.rules["instrument"]
        self.stations = {p.setup.station for p in self.seen}
        self.control = {
            name: complex(point.east or 0.0, point.north or 0.0)
            for name, point in self.known.items()
        }
        north = float(np.mean([place.imag for place in self.control.values()]))
        self.grid = Grid.about(self.srid, north)
        self.rises = rises(self.seen, self.grid, self.instrument)

    def first_places(self) -> tuple[dict[str, complex], list[Traverse]]:
        """Approximate places: traverses first, then whatever the readings reach."""
        heights = {n: p.height for n, p in self.known.items() if p.height is not None}
        rough = reduced(self.seen, self.control, heights, self.grid, self.instrument)
        # The grid scale of lines not yet placed: that of the middle of the control.
        middle = np.mean([place.real for place in self.control.values()])
        scale = float(self.grid.scale(np.array([middle]))[0])
        unplaced = rough["to_grid_m"] == 0.0
        rough["distance_m"] *= np.where(unplaced, scale, 1.0)
        traverses = find_traverses(rough, self.control, self.rules["traverse"])
        start = dict(self.control)
        for traverse in traverses:
            if traverse.passed:
                start.update({n: z for n, z in traverse.places.items() if n not in start})
        seen = plane_observations(rough, set(), np.zeros(len(rough)), self.instrument)
        return approximate_plane(seen, start, self.names), traverses

    def first_heights(self, places: Mapping[str, complex]) -> dict[str, float]:
        """Heights that the measured rises reach from the known ones; none without a known one."""
        known = {n: p.height for n, p in self.known.items() if p.height is not None}
        if not known:
            return {}
        seen = height_observations(self.seen, self.rises, self.instrument)
        return approximate_heights(seen, known, places)

    def _settings(self, freedom: int) -> dict[str, Any]:
        # Few redundant observations say little about their own precision.
        return {"use_aposteriori": freedom >= int(self.instrument["freedom"])}

    def plane(
        self, table: pd.DataFrame, places: Mapping[str, complex]
    ) -> tuple[Adjustment, tuple[Outlier, ...], AdjustedTwice | None]:
        """Adjustment in the plane, observations switched off, and control judged."""
        steps = [places[t] - places[s] for s, t in zip(table["station"], table["target"],
                                                         strict=True)]  # fmt: skip
        firm = self.stations | set(self.known)
        seen = plane_observations(table, firm, np.abs(np.array(steps)), self.instrument)
        points = [self._point(name, places[name]) for name in sorted(self.names)]
        first = adjust_network(seen, points)
        settings = self._settings(first.statistics.degrees_of_freedom)
        same = first if settings["use_aposteriori"] else None
        found = judge_network(seen, points, first=same, **settings)
        return found.adjustment, found.outliers, found.twice

    def _point(self, name: str, place: complex) -> NetworkPoint:
        if name in self.known:
            return replace(self.known[name], plane=FIXED, level=UNUSED)
        return NetworkPoint(name, place.real, place.imag)

    def levels(self, heights: Mapping[str, float]) -> Adjustment | None:
        """Adjustment of the heights, where there are any."""
        seen = height_observations(self.seen, self.rises, self.instrument)
        reached = [o for o in seen if o.station in heights and o.target in heights]
        sought = {p for o in reached for p in (o.station, o.target)}
        if not reached:
            return None
        points = [self._level(name, heights[name]) for name in sorted(sought)]
        if all(point.level == FIXED for point in points):
            return None
        first = adjust_network(reached, points)
        settings = self._settings(first.statistics.degrees_of_freedom)
        return search_outliers(reached, points, **settings).adjustment

    def _level(self, name: str, height: float) -> NetworkPoint:
        fixed = name in self.known and self.known[name].height is not None
        return NetworkPoint(name, height=height, plane=UNUSED, level=FIXED if fixed else ADJUSTED)

    def points(self, plane: Adjustment, levels: Adjustment | None) -> pd.DataFrame:
        """All points with covariance, height, role, and what the field book says of them."""
        blocks = plane.covariance.blocks()
        found = plane.points.drop(columns=["height", "sigma_height", "plane", "level"])
        found = found.rename(columns={"id": "point"}).assign(
            var_east=blocks[:, 0, 0], var_north=blocks[:, 1, 1], cov_en=blocks[:, 0, 1]
        )
        if levels is not None:
            high = levels.points.set_index("id")[["height", "sigma_height"]]
            found = found.join(high, on="point")
        else:
            found = found.assign(height=math.nan, sigma_height=math.nan)
        given = {n: p.height for n, p in self.known.items() if p.height is not None}
        found["height"] = found["height"].fillna(found["point"].map(given))
        found["role"] = [self._role(name) for name in found["point"]]
        first: dict[str, Pointing] = {}
        for pointing in self.seen:
            first.setdefault(pointing.target, pointing)
        lines = {p.setup.station: p.setup.line for p in reversed(self.seen)}
        found["code"] = [first[n].code if n in first else "" for n in found["point"]]
        found["label"] = [first[n].label if n in first else "" for n in found["point"]]
        found["line"] = [first[n].line if n in first else lines[n] for n in found["point"]]
        return found

    def _role(self, name: str) -> str:
        if name in self.known:
            return "control"
        return "station" if name in self.stations else "detail"

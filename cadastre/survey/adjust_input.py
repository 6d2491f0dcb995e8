"""What goes into an adjustment: observations and points as given, their roles, a start.

Points that no observation reaches play no role and are told; missing coordinates are found
from the observations; the unknowns get their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from cadastre.errors import InputRefused
from cadastre.formats.network import (
    ADJUSTED,
    CONSTRAINED,
    FIXED,
    UNUSED,
    NetworkPoint,
    Observation,
)
from cadastre.survey.adjust_approximate import approximate_heights, approximate_plane
from cadastre.survey.adjust_equations import Array, Indices, Layout, needs, roles_missing

Covariances = Mapping[int, Array]


class NetworkUndetermined(InputRefused):
    """The observations do not determine some points."""

    message_vi = "Các trị đo chưa đủ để xác định một số điểm."


def observations_of(given: Iterable[Observation] | pd.DataFrame) -> list[Observation]:
    """Observations as given, or as the rows of a frame."""
    if not isinstance(given, pd.DataFrame):
        return list(given)
    fields = [f for f in Observation.__dataclass_fields__ if f in given]
    rows = given[fields].astype(object).where(given[fields].notna(), None).to_dict("records")
    return [Observation(**{str(k): v for k, v in r.items() if v is not None}) for r in rows]


def points_of(
    given: Iterable[NetworkPoint] | pd.DataFrame, observations: list[Observation], datum: str
) -> dict[str, NetworkPoint]:
    """Points by name in their role under the datum; those only observed are sought."""
    if isinstance(given, pd.DataFrame):
        fields = [f for f in NetworkPoint.__dataclass_fields__ if f in given]
        frame = given[fields].astype(object).where(given[fields].notna(), None)
        given = [
            NetworkPoint(**{str(k): v for k, v in r.items()}) for r in frame.to_dict("records")
        ]
    known = {point.id: point for point in given}
    for o in observations:
        for name in (o.station, o.target, o.backsight):
            if name and name not in known:
                plane, level = needs(o.kind)
                known[name] = NetworkPoint(
                    name, plane=ADJUSTED if plane else UNUSED, level=ADJUSTED if level else UNUSED
                )
    return {name: _in_datum(point, datum) for name, point in known.items()}


def _in_datum(point: NetworkPoint, datum: str) -> NetworkPoint:
    roles: dict[str, str] = {
        "fixed": {},
        "constrained": {FIXED: CONSTRAINED, CONSTRAINED: ADJUSTED},
        "free": {FIXED: CONSTRAINED, ADJUSTED: CONSTRAINED},
    }[datum]
    return replace(
        point,
        plane=roles.get(point.plane, point.plane),
        level=roles.get(point.level, point.level),
    )


def without_role(
    observations: list[Observation], points: Mapping[str, NetworkPoint], given: Mapping[int, str]
) -> dict[int, str]:
    """Observations that take no part, by position, with the reason."""
    plane = {name for name, point in points.items() if point.plane}
    level = {name for name, point in points.items() if point.level}
    off = dict(given)
    for number, observation in enumerate(observations):
        missing = roles_missing(observation, plane, level)
        if missing and number not in off:
            off[number] = "point takes no part: " + ", ".join(missing)
    return _without_lone_directions(observations, off)


def _without_lone_directions(
    observations: list[Observation], off: dict[int, str]
) -> dict[int, str]:
    """A set that reads one target only orients itself: it says nothing of the network."""
    sets: dict[tuple[str, int], list[int]] = {}
    for number, o in enumerate(observations):
        if o.kind == "direction" and number not in off:
            sets.setdefault((o.station, o.group), []).append(number)
    for numbers in sets.values():
        if len({observations[n].target for n in numbers}) < 2:
            off |= dict.fromkeys(
                numbers, "only target of its set: " + observations[numbers[0]].target
            )
    return off


def kept_covariances(
    covariances: Covariances, observations: list[Observation], used: set[int]
) -> dict[int, Array]:
    """Covariances of the observations that take part."""
    members: dict[int, list[int]] = {}
    for number, observation in enumerate(observations):
        if observation.cluster is not None and observation.cluster in covariances:
            members.setdefault(observation.cluster, []).append(number)
    kept = {}
    for cluster, numbers in members.items():
        if len(numbers) != len(covariances[cluster]):
            told = f"Cluster {cluster}: {len(numbers)} values, {len(covariances[cluster])} rows."
            raise NetworkUndetermined(told, cluster=cluster)
        rows = [row for row, number in enumerate(numbers) if number in used]
        kept[cluster] = covariances[cluster][np.ix_(rows, rows)]
    return kept


def observed_points(
    points: dict[str, NetworkPoint], observations: list[Observation]
) -> tuple[dict[str, NetworkPoint], tuple[dict[str, str], ...]]:
    """Points whose sought plane position or height is observed; the others keep no role."""
    plane: set[str] = set()
    level: set[str] = set()
    for o in observations:
        ends = {p for p in (o.station, o.target, o.backsight) if p}
        wants_plane, wants_height = needs(o.kind)
        plane |= ends if wants_plane else set()
        level |= ends if wants_height else set()
    kept, alone = {}, []
    for name, point in points.items():
        lost_plane = point.plane not in (UNUSED, FIXED) and name not in plane
        lost_level = point.level not in (UNUSED, FIXED) and name not in level
        if (lost_plane and not (point.level and not lost_level)) or (
            lost_level and not (point.plane and not lost_plane)
        ):
            alone.append(name)
        kept[name] = replace(
            point,
            plane=UNUSED if lost_plane else point.plane,
            level=UNUSED if lost_level else point.level,
        )
    notes: tuple[dict[str, str], ...] = ()
    if alone:
        told = ", ".join(alone[:20])
        notes = (
            {"vi": f"Không có trị đo đến điểm: {told}.", "en": f"No observation reaches: {told}."},
        )
    return {n: p for n, p in kept.items() if p.plane or p.level}, notes


def first_coordinates(observations: list[Observation], points: Mapping[str, NetworkPoint]) -> Array:
    """Coordinates (east, north, height) to start from, found where they are missing."""
    places = {
        name: complex(point.east, point.north)
        for name, point in points.items()
        if point.east is not None and point.north is not None
    }
    sought = [name for name, point in points.items() if point.plane and name not in places]
    direct: dict[str, dict[str, float]] = {
        o.target: {} for o in observations if o.kind in ("east", "north")
    }
    for o in observations:
        if o.kind in ("east", "north"):
            direct[o.target][o.kind] = o.value
    for name in sought:
        if len(direct.get(name, {})) == 2:
            places[name] = complex(direct[name]["east"], direct[name]["north"])
    if any(name not in places for name in sought):
        places = approximate_plane(observations, places, sought)
    heights = {n: float(p.height) for n, p in points.items() if p.height is not None}
    heights.update({o.target: o.value for o in observations if o.kind == "height"} | heights)
    if any(point.level and name not in heights for name, point in points.items()):
        heights = approximate_heights(observations, heights, places)
        lost = [n for n, point in points.items() if point.level and n not in heights]
        if lost:
            raise NetworkUndetermined(f"No height: {', '.join(lost[:20])}.", points=lost)
    return np.array(
        [(places.get(n, 0j).real, places.get(n, 0j).imag, heights.get(n, 0.0)) for n in points]
    )


def layout_of(
    observations: list[Observation], points: Mapping[str, NetworkPoint]
) -> tuple[Layout, Indices]:
    """Numbers of the unknowns, and those that carry the datum."""
    unknowns = np.full((len(points), 3), -1, dtype=np.int64)
    constrained: list[int] = []
    size = 0
    for row, point in enumerate(points.values()):
        for axis, role in ((0, point.plane), (1, point.plane), (2, point.level)):
            if role in (ADJUSTED, CONSTRAINED):
                unknowns[row, axis] = size
                if role == CONSTRAINED:
                    constrained.append(size)
                size += 1
    groups: dict[tuple[str, int], int] = {}
    for o in observations:
        if o.kind == "direction":
            groups.setdefault((o.station, o.group), len(groups))
    layout = Layout(tuple(points), unknowns, groups, size + len(groups))
    chosen = np.array(constrained, dtype=np.int64)
    # Without a datum point every point carries the datum.
    return layout, chosen if len(chosen) else unknowns[unknowns >= 0]


def whitening(observations: list[Observation], covariances: Covariances) -> sparse.csr_matrix:
    """Matrix that makes the observations independent with unit variance."""
    count = len(observations)
    alone = np.array([o.cluster is None or o.cluster not in covariances for o in observations])
    rows = [np.flatnonzero(alone)]
    columns = [np.flatnonzero(alone)]
    values = [1.0 / np.array([o.sigma for o in observations])[alone]]
    members: dict[int, list[int]] = {}
    for number, o in enumerate(observations):
        if not alone[number] and o.cluster is not None:
            members.setdefault(o.cluster, []).append(number)
    for cluster, numbers in members.items():
        part = covariances[cluster]
        inverse = linalg.solve_triangular(
            np.linalg.cholesky(part), np.identity(len(part)), lower=True
        )
        down, across = np.tril_indices(len(part))
        rows.append(np.array(numbers)[down])
        columns.append(np.array(numbers)[across])
        values.append(inverse[down, across])
    return sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(count, count),
    )

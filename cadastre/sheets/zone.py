"""In which zone, axis order and unit a file's coordinates really are.

The declared CRS is a claim and is never applied. Every VN-2000 zone, both UTM zones,
swapped axes, millimetres and degrees are tried against the outline of the commune (WGS 84):
a candidate fits when the parcels lie inside it. The answer is clear only when one
candidate fits and the runner-up fits visibly worse; a box or an outline that two answers
satisfy is not clear. Published Vietnamese sheets declare EPSG:3405 and are EPSG:5897.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from cadastre import crs as vn2000
from cadastre.crs import ZONES
from cadastre.errors import InputRefused

#: Share of the parcels that must lie inside the outline.
LEAST_INSIDE = 0.9
#: Lead over the runner-up that makes the answer clear.
LEAST_LEAD = 0.02
#: Outlines are generalised, parcels lie along them: this far out (m) still counts as inside.
OUTLINE_SLACK_M = 60.0
#: Distance (m) beyond which a parcel outside counts fully as outside.
_FAR_M = 500.0
_SAMPLE = 4000
GEOGRAPHIC = {4756: "VN-2000", 4326: "WGS 84"}


class ZoneUnclear(InputRefused):
    """The zone of the coordinates is not clear; give the commune's outline or the zone."""

    message_vi = "Chưa rõ múi chiếu của tọa độ; hãy cho ranh giới xã hoặc chỉ định múi chiếu."


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read the coordinates.

    ``axes`` is "en" or "ne"; ``unit`` "m", "mm" or "deg"; ``inside`` the share of parcels
    inside the outline; ``score`` the same with those outside weighted by distance;
    ``outside_m`` the 95th percentile of the distance to the outline, in metres.
    """

    srid: int
    axes: str
    unit: str
    inside: float
    score: float
    outside_m: float

    def describe(self) -> str:
        """Return a short name such as ``EPSG:9217 en m``."""
        return f"EPSG:{self.srid} {self.axes} {self.unit}"


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """What was declared, what fits, how well, and how far behind the runner-up is.

    ``declared`` is the file's claim in words (``EPSG:3405``); ``displaced_m`` how far away
    the land would lie if it were believed.
    """

    declared: str | None
    declared_srid: int | None
    found_srid: int
    axis_order: str
    unit: str
    confidence: float
    clear: bool
    runner_up: str | None
    displaced_m: float | None
    evidence_vi: str
    evidence_en: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def wrong_zone(self) -> bool:
        """Whether the file declares a zone other than its true one."""
        return self.declared_srid is not None and self.declared_srid != self.found_srid

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        plain = asdict(self)
        plain["candidates"] = [asdict(c) for c in self.candidates if np.isfinite(c.outside_m)]
        return plain

    @property
    def swapped(self) -> bool:
        """Whether the coordinates stand as (north, east)."""
        return self.axis_order == "ne"


def declared_srid(declared: str | None) -> int | None:
    """EPSG code that a file's CRS text names, matching by parameters where it has none.

    >>> declared_srid("EPSG:9217"), declared_srid(None)
    (9217, None)
    """
    if not declared:
        return None
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        claim = CRS.from_user_input(declared)
    except CRSError:
        return None
    code = claim.to_epsg(min_confidence=70)
    return int(code) if code else _by_parameters(claim)


def _claim_text(declared: str | None) -> str | None:
    """Return the claim as ``EPSG:n`` where it is one, else its first hundred characters."""
    srid = declared_srid(declared)
    return f"EPSG:{srid}" if srid else (declared or "")[:100] or None


def _by_parameters(claim: Any) -> int | None:
    operation = claim.coordinate_operation
    values = {p.name: p.value for p in operation.params} if operation is not None else {}
    meridian = values.get("Longitude of natural origin")
    factor = values.get("Scale factor at natural origin")
    for srid, zone in ZONES.items():
        if (meridian, factor) == (zone.meridian_deg, zone.scale_factor):
            return srid
    return None


def find_zone(
    geometries: np.ndarray, *, declared: str | None, outline: Any = None, file: str = ""
) -> ZoneFinding:
    """Return the zone in which the geometries lie inside the outline.

    Parameters
    ----------
    geometries : shapely geometries as read, None allowed
    declared : the CRS text of the file, a claim
    outline : shapely polygon of the commune in EPSG:4326

    Raises
    ------
    ZoneUnclear
        No outline, no candidate that fits, or more than one; ``candidates`` lists them.
    """
    points = sample_points(geometries)
    claim = declared_srid(declared)
    if outline is None:
        raise _unclear(file, claim, [], "no outline was given", "không có ranh giới xã")
    ranked = rank(points, outline)
    best = ranked[0]
    second = ranked[1] if len(ranked) > 1 else None
    lead = best.score - (second.score if second else 0.0)
    if best.inside < LEAST_INSIDE:
        raise _unclear(file, claim, ranked, "nothing fits the outline", "không khớp ranh giới xã")
    if lead < LEAST_LEAD:
        raise _unclear(file, claim, ranked, "several zones fit", "nhiều múi chiếu cùng khớp")
    return _finding(points, declared, ranked, lead)


def given_zone(
    geometries: np.ndarray, crs: int | str, *, declared: str | None, file: str = ""
) -> ZoneFinding:
    """Return the zone that a person gave, checked only for being one that can be read."""
    srid = declared_srid(f"EPSG:{crs}" if isinstance(crs, int) else str(crs))
    if srid not in ZONES and srid not in GEOGRAPHIC:
        raise _unclear(file, srid, [], f"{crs} is not a zone", f"{crs} không phải múi chiếu")
    points = sample_points(geometries)
    unit = "deg" if srid in GEOGRAPHIC else _unit_of(points)
    metres = points / (1000.0 if unit == "mm" else 1.0)
    axes = _likely_axes(metres, unit)
    return ZoneFinding(
        declared=_claim_text(declared),
        declared_srid=declared_srid(declared),
        found_srid=int(srid),
        axis_order=axes,
        unit=unit,
        confidence=1.0,
        clear=True,
        runner_up=None,
        displaced_m=_displaced(metres, declared_srid(declared), int(srid), axes),
        evidence_vi=f"Múi chiếu do người dùng chỉ định: EPSG:{srid}.",
        evidence_en=f"The zone was given by the user: EPSG:{srid}.",
    )


def sample_points(geometries: np.ndarray) -> np.ndarray:
    """Centres of some of the geometries, evenly through the file, as (first, second)."""
    present = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    step = max(1, len(present) // _SAMPLE)
    bounds = shapely.bounds(present[::step])
    centres = np.column_stack([bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)])
    finite: np.ndarray = centres[np.isfinite(centres).all(axis=1)]
    return finite


def rank(points: np.ndarray, outline: Any) -> list[Candidate]:
    """Candidates that touch the outline at all, the best first."""
    if len(points) == 0:
        return [Candidate(0, "en", "m", 0.0, 0.0, float("inf"))]
    unit = _unit_of(points)
    metres = points / (1000.0 if unit == "mm" else 1.0)
    tried = [
        _rated(_ordered(metres, axes), srid, axes, unit, outline)
        for srid in (GEOGRAPHIC if unit == "deg" else ZONES)
        for axes in ("en", "ne")
    ]
    # On a tie the axis order that GIS files use stands first, so that it is the one named.
    return sorted(tried, key=lambda c: (-c.score, c.axes))


def _ordered(points: np.ndarray, axes: str) -> np.ndarray:
    return points if axes == "en" else points[:, ::-1]


def _unit_of(points: np.ndarray) -> str:
    """Degrees below 180, millimetres beyond what a metre in Viet Nam can be."""
    if len(points) == 0:
        return "m"
    largest = float(np.median(np.abs(points).max(axis=1)))
    if largest <= 180.0:
        return "deg"
    return "mm" if largest > 1e8 else "m"


def _likely_axes(points: np.ndarray, unit: str) -> str:
    """Northing in Viet Nam is 900..2600 km, easting within 500 km of 500 km."""
    if len(points) == 0:
        return "en"
    first, second = np.median(points, axis=0)
    if unit == "deg":
        return "ne" if first < 30.0 < second else "en"
    return "ne" if first > 9e5 > second else "en"


def _rated(points: np.ndarray, srid: int, axes: str, unit: str, outline: Any) -> Candidate:
    area = _outline_in(srid, outline)
    if area is None:
        return Candidate(srid, axes, unit, 0.0, 0.0, float("inf"))
    per_metre = 1.0 if srid in ZONES else 1.0 / 111_000.0
    shapely.prepare(area)
    dots = shapely.points(points)
    within = shapely.intersects(area, dots)
    distance = np.zeros(len(points))
    distance[~within] = shapely.distance(area, dots[~within]) / per_metre
    inside = float((distance <= OUTLINE_SLACK_M).mean())
    lost = np.clip((distance - OUTLINE_SLACK_M) / _FAR_M, 0.0, 1.0)
    score = float(1.0 - (0.5 * (lost > 0) + 0.5 * lost).mean())
    return Candidate(srid, axes, unit, inside, score, float(np.percentile(distance, 95)))


def _outline_in(srid: int, outline: Any) -> Any:
    if srid == 4326:
        return outline
    if srid == 4756:
        # The datum shift only, through any plane zone and back to VN-2000 degrees.
        plane = vn2000.from_wgs84(outline, 9217)
        from pyproj import Transformer

        back = Transformer.from_crs(9217, 4756, always_xy=True)
        return shapely.transform(
            plane.item(), lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1]))
        )
    moved = vn2000.from_wgs84(outline, srid).item()
    return moved if np.isfinite(shapely.bounds(moved)).all() else None


def _finding(
    points: np.ndarray, declared: str | None, ranked: list[Candidate], lead: float
) -> ZoneFinding:
    claim = declared_srid(declared)
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    metres = points / (1000.0 if best.unit == "mm" else 1.0)
    share = f"{best.inside:.1%}"
    other = f"{second.describe()} {second.inside:.1%}" if second else ""
    return ZoneFinding(
        declared=_claim_text(declared),
        declared_srid=claim,
        found_srid=best.srid,
        axis_order=best.axes,
        unit=best.unit,
        confidence=round(min(1.0, best.score * min(1.0, 0.5 + lead)), 3),
        clear=True,
        runner_up=second.describe() if second else None,
        displaced_m=_displaced(metres, claim, best.srid, best.axes),
        evidence_vi=f"{share} số thửa nằm trong ranh giới xã ở {best.describe()}; "
        f"kế tiếp: {other}.",
        evidence_en=f"{share} of the parcels lie inside the outline in {best.describe()}; "
        f"next best: {other}.",
        candidates=tuple(ranked[:5]),
    )


def _displaced(metres: np.ndarray, claim: int | None, found: int, axes: str) -> float | None:
    """Metres by which the land would be misplaced if the declared zone were believed."""
    if claim not in ZONES or found not in ZONES or claim == found or len(metres) == 0:
        return None
    middle = np.median(_ordered(metres, axes), axis=0)
    there = vn2000.between_zones(shapely.points(middle), claim, found).item()
    return float(np.hypot(there.x - middle[0], there.y - middle[1]))


def to_plane(
    geometries: np.ndarray, finding: ZoneFinding, target_srid: int | None
) -> tuple[np.ndarray, int]:
    """Geometries in (east, north) metres of a VN-2000 zone, and that zone.

    Nothing is touched when the file is already in the target zone in the usual order.
    Degrees need ``target_srid``; the way from one VN-2000 zone to another is exact.
    """
    if finding.swapped:
        geometries = _reshaped(geometries, lambda xy: xy[:, ::-1])
    if finding.unit == "mm":
        geometries = _reshaped(geometries, lambda xy: xy / 1000.0)
    found = finding.found_srid
    if found in GEOGRAPHIC:
        if target_srid is None:
            raise _unclear("", found, [], "degrees need a target zone", "tọa độ độ cần múi đích")
        if found == 4326:
            return vn2000.from_wgs84(geometries, target_srid), target_srid
        moved = _reshaped(geometries, lambda xy: vn2000.project_geographic(xy, target_srid))
        return moved, target_srid
    if target_srid is not None and target_srid != found:
        return vn2000.between_zones(geometries, found, target_srid), target_srid
    return geometries, found


def _reshaped(geometries: np.ndarray, move: Any) -> np.ndarray:
    return np.asarray(shapely.transform(geometries, move), dtype=object)


def _unclear(
    file: str, claim: int | None, ranked: list[Candidate], why_en: str, why_vi: str
) -> ZoneUnclear:
    listed = "; ".join(f"{c.describe()} {c.inside:.1%}" for c in ranked[:3])
    said = f"EPSG:{claim}" if claim else "-"
    return ZoneUnclear(
        f"{file}: {why_en} (declared {said}). {listed}".strip(),
        f"{file}: {why_vi} (tệp khai {said}). {listed}".strip(),
        file=file,
        declared=claim,
        candidates=tuple(ranked[:5]),
    )

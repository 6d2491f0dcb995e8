"""In which zone, axis order and unit a file's coordinates really are.

The declared CRS is a claim and is never applied. Every VN-2000 zone, both UTM zones,
swapped axes, millimetres and degrees are tried against the evidence, strongest first: sheet
frame and nomenclature, control points, edges of sheets already in, the outline of the
commune, a bounding box. The answer is clear only when one way of reading is left; a box or
an outline that two ways satisfy is not clear, nor is evidence that contradicts itself.
Published Vietnamese sheets declare EPSG:3405 and are EPSG:5897, 697 m away.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cadastre.crs import ZONES
from cadastre.sheets.candidates import (
    GEOGRAPHIC,
    Way,
    likely_axes,
    possible_ways,
    sample_points,
    unit_of,
)
from cadastre.sheets.claims import claim_text, claimed_away_m, declared_srid
from cadastre.sheets.evidence import Clues, Rating, inside_area, rate, vertices_of
from cadastre.sheets.plane import ZoneUnclear
from cadastre.sheets.wording import vi
from cadastre.sheets.zone_finding import Candidate, EvidenceStep, ZoneFinding

__all__ = ["ZoneFinding", "ZoneUnclear", "find_zone", "given_zone"]

#: Share of the parcels that must lie inside the outline, the box or the sheet's square.
LEAST_INSIDE = 0.9
#: Lead over the runner-up that makes the answer clear.
LEAST_LEAD = 0.02
#: So many points must meet control points or edges, and so many times the runner-up's.
_LEAST_MET = {"control": 3, "neighbours": 5}
_LEAST_TIMES = 2


#: What is said when the evidence at hand leaves more than one way of reading.
_SEVERAL = (
    "several zones fit the evidence; import the neighbouring sheets or control points first, or"
    " choose the zone",
    "nhiều múi chiếu cùng khớp bằng chứng; hãy nhập trước các tờ tiếp biên hoặc điểm khống chế,"
    " hoặc chọn múi chiếu",
)


def find_zone(
    geometries: np.ndarray,
    *,
    declared: str | None,
    outline: Any = None,
    clues: Clues | None = None,
    file: str = "",
) -> ZoneFinding:
    """Return the zone that all the evidence leaves.

    Parameters
    ----------
    geometries : shapely geometries as read, None allowed
    declared : the CRS text of the file, a claim
    outline : shapely polygon of the commune in EPSG:4326, when it is the only clue
    clues : all the evidence there is

    Raises
    ------
    ZoneUnclear
        No evidence, nothing that fits, more than one way left, or evidence against evidence;
        ``candidates`` lists what was tried.
    """
    clues = clues or Clues(outline=outline)
    claim = declared_srid(declared)
    if not clues.kinds():
        why = "no outline was given; load the commune's outline", "chưa có ranh giới xã; hãy nạp"
        raise _unclear(file, claim, [], *why)
    centres = sample_points(geometries)
    pointwise = {"control", "neighbours"} & set(clues.kinds())
    vertices = vertices_of(geometries) if pointwise else np.empty((0, 2))
    search = _Search(possible_ways(centres), file, claim)
    for kind in clues.kinds():
        ratings = {way: rate(kind, way, centres, vertices, clues) for way in search.tried}
        search.hear(kind, _ranked(ratings))
    if len(search.left) != 1:
        left = [c for c in search.ranked if c.way in search.left]
        raise _unclear(file, claim, left, *_SEVERAL)
    return _finding(centres, declared, search.ranked, search.steps)


class _Search:
    """The ways of reading that are left while one kind of evidence after another is heard."""

    def __init__(self, tried: list[Way], file: str, claim: int | None) -> None:
        self.tried, self.left = tried, list(tried)
        self.file, self.claim = file, claim
        self.steps: list[EvidenceStep] = []
        self.ranked: list[Candidate] = []

    def hear(self, kind: str, rated: list[Candidate]) -> None:
        """Keep the ways that this evidence leaves; it is silent when nothing fits it."""
        fitting = _fitting(kind, rated)
        still = [way for way in self.left if way in fitting]
        if fitting and not still:
            why = "the evidence contradicts itself", "các bằng chứng mâu thuẫn nhau"
            raise _unclear(self.file, self.claim, rated, *why)
        if not fitting and kind == "outline":
            why = "nothing fits the outline", "không khớp ranh giới xã"
            raise _unclear(self.file, self.claim, rated, *why)
        if not fitting and kind == "bounds" and len(self.left) > 1:
            why = "nothing fits the bounding box", "không khớp khung bao của xã"
            raise _unclear(self.file, self.claim, rated, *why)
        telling = bool(fitting) and len(still) < len(self.left)
        self.left = still if fitting else self.left
        best = next((c for c in rated if c.way in self.left), rated[0])
        others = [c for c in rated if c is not best]
        second = others[0] if others else None
        self.steps.append(EvidenceStep(kind, best, second, len(self.left), not fitting))
        if telling or not self.ranked:
            self.ranked = [best, *others]


def _ranked(ratings: dict[Way, Rating]) -> list[Candidate]:
    """Return candidates, the best first; on a tie the axis order that GIS files use."""
    found = [
        Candidate(way.srid, way.axes, way.unit, r.share, r.score, r.off_m, r.count)
        for way, r in ratings.items()
    ]
    return sorted(found, key=lambda c: (-c.score, c.axes))


def _fitting(kind: str, ranked: list[Candidate]) -> set[Way]:
    """Return the ways that this evidence cannot tell from the best; none where it is silent."""
    best = ranked[0]
    if kind in _LEAST_MET:
        good = [c for c in ranked if c.met * _LEAST_TIMES > best.met]
        return _ways(good) if best.met >= _LEAST_MET[kind] else set()
    if best.inside < LEAST_INSIDE:
        return set()
    return _ways([c for c in ranked if best.score - c.score < LEAST_LEAD])


def _ways(candidates: list[Candidate]) -> set[Way]:
    return {c.way for c in candidates}


def _finding(
    points: np.ndarray, declared: str | None, ranked: list[Candidate], steps: list[EvidenceStep]
) -> ZoneFinding:
    claim = declared_srid(declared)
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    decided = next(step for step in steps if step.left == 1)
    lead = best.score - (second.score if second else 0.0)
    metres = points / (1000.0 if best.unit == "mm" else 1.0)
    told = [step.text() for step in steps]
    other_vi, other_en = ("-", "-") if second is None else second.told()
    return ZoneFinding(
        declared=claim_text(declared),
        declared_srid=claim,
        found_srid=best.srid,
        axis_order=best.axes,
        unit=best.unit,
        confidence=round(min(1.0, best.score * min(1.0, 0.5 + max(lead, 0.0))), 3),
        clear=True,
        runner_up=second.describe() if second else None,
        displaced_m=claimed_away_m(metres, claim, best.srid, best.axes),
        evidence_vi=f"{best.describe()}: {'; '.join(x for x, _ in told)}; kế tiếp: {other_vi}.",
        evidence_en=f"{best.describe()}: {'; '.join(x for _, x in told)}; next best: {other_en}.",
        candidates=tuple(ranked[:5]),
        decided_by=decided.kind,
        steps=tuple(steps),
    )


def given_zone(
    geometries: np.ndarray,
    crs: int | str,
    *,
    declared: str | None,
    outline: Any = None,
    file: str = "",
) -> ZoneFinding:
    """Return the zone that a person gave; it is obeyed, and held against the outline."""
    srid = declared_srid(f"EPSG:{crs}" if isinstance(crs, int) else str(crs))
    if srid is None or (srid not in ZONES and srid not in GEOGRAPHIC):
        raise _unclear(file, srid, [], f"{crs} is not a zone", f"{crs} không phải múi chiếu")
    points = sample_points(geometries)
    unit = "deg" if srid in GEOGRAPHIC else unit_of(points)
    metres = points / (1000.0 if unit == "mm" else 1.0)
    way = Way(srid, likely_axes(metres, unit), unit)
    held = None if outline is None else inside_area(way, way.read(points), outline)
    against = held is not None and held.share < LEAST_INSIDE and len(points) > 0
    return ZoneFinding(
        declared=claim_text(declared),
        declared_srid=declared_srid(declared),
        found_srid=way.srid,
        axis_order=way.axes,
        unit=unit,
        confidence=1.0,
        clear=True,
        runner_up=None,
        displaced_m=claimed_away_m(metres, declared_srid(declared), way.srid, way.axes),
        evidence_vi=f"Múi chiếu do người dùng chỉ định: EPSG:{srid}."
        + ("" if held is None else f" Nằm trong ranh giới xã: {vi(held.share, '.1%')} số thửa."),
        evidence_en=f"The zone was given by the user: EPSG:{srid}."
        + ("" if held is None else f" Inside the outline: {held.share:.1%} of the parcels."),
        decided_by="user",
        contradicted_m=held.off_m if held is not None and against else None,
    )


def _unclear(
    file: str, claim: int | None, ranked: list[Candidate], why_en: str, why_vi: str
) -> ZoneUnclear:
    listed = [c.told() for c in ranked[:3]]
    listed_vi, listed_en = ("; ".join(words[k] for words in listed) for k in (0, 1))
    said = f"EPSG:{claim}" if claim else "-"
    return ZoneUnclear(
        f"{file}: {why_en} (declared {said}). {listed_en}".strip(),
        f"{file}: {why_vi} (tệp khai {said}). {listed_vi}".strip(),
        file=file,
        declared=claim,
        candidates=tuple(ranked[:5]),
    )

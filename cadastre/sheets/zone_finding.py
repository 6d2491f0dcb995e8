"""The answer to the question in which zone a file lies, with all that spoke for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cadastre.sheets.candidates import Way
from cadastre.sheets.wording import vi

_NAMES = {
    "grid": ("khung và phiên hiệu mảnh", "sheet frame and nomenclature"),
    "control": ("điểm khống chế", "control points"),
    "neighbours": ("biên các tờ đã có", "edges of sheets already in"),
    "outline": ("ranh giới xã", "outline of the commune"),
    "bounds": ("khung bao", "bounding box"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read the coordinates, and how well it fits the evidence that decided.

    ``axes`` is "en" or "ne"; ``unit`` "m", "mm" or "deg"; ``inside`` the share of parcels
    (of points that meet, for control points and edges); ``score`` the same with misses
    weighted by distance; ``outside_m`` the 95th percentile of the distance, in metres.
    """

    srid: int
    axes: str
    unit: str
    inside: float
    score: float
    outside_m: float
    met: int = 0

    @property
    def way(self) -> Way:
        """Return zone, order of axes and unit."""
        return Way(self.srid, self.axes, self.unit)

    def describe(self) -> str:
        """Return a short name such as ``EPSG:9217 en m``."""
        return self.way.describe()

    def told(self) -> tuple[str, str]:
        """Return the name with how much is inside, Vietnamese and English."""
        name = self.describe()
        return f"{name} {vi(self.inside, '.1%')}", f"{name} {self.inside:.1%}"


@dataclass(frozen=True, slots=True)
class EvidenceStep:
    """What one kind of evidence said: the best way, the runner-up, how many it leaves."""

    kind: str
    best: Candidate
    runner_up: Candidate | None
    left: int
    silent: bool

    def text(self) -> tuple[str, str]:
        """Return the step in words, Vietnamese and English."""
        name_vi, name_en = _NAMES[self.kind]
        if self.silent:
            return f"{name_vi}: không cho biết gì", f"{name_en}: tells nothing"
        met = f" ({self.best.met})" if self.best.met else ""
        return (
            f"{name_vi}: {vi(self.best.inside, '.1%')}{met}, còn {self.left} cách đọc",
            f"{name_en}: {self.best.inside:.1%}{met}, {self.left} left",
        )


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """What was declared, what fits, how well, and how far behind the runner-up is.

    ``declared`` is the file's claim in words (``EPSG:3405``); ``displaced_m`` how far away
    the land would lie if it were believed; ``decided_by`` the evidence that left one way;
    ``contradicted_m`` how far out of the outline a zone given by hand puts the land.
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
    decided_by: str = "outline"
    steps: tuple[EvidenceStep, ...] = ()
    contradicted_m: float | None = None

    @property
    def wrong_zone(self) -> bool:
        """Whether the file declares a zone other than its true one."""
        return self.declared_srid is not None and self.declared_srid != self.found_srid

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        plain = asdict(self)
        plain["candidates"] = [asdict(c) for c in self.candidates if np.isfinite(c.outside_m)]
        plain["steps"] = [
            {"kind": step.kind, "left": step.left, "silent": step.silent,
             "share": step.best.inside, "met": step.best.met}
            for step in self.steps
        ]  # fmt: skip
        return plain

    @property
    def swapped(self) -> bool:
        """Whether the coordinates stand as (north, east)."""
        return self.axis_order == "ne"

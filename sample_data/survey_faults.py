"""Which parcels the surveyors measure, and which of them differ from the map, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely

from sample_data.coverage import Coverage
from sample_data.faults import BANDS, Fault, Ledger
from sample_data.measuring import (
    Bench,
    Floats,
    Ints,
    Survey,
    built_over,
    halves,
    joined,
    moved_corner,
    ring_area,
    settle,
)

MEASURABLE = ("lot", "village", "paddy", "crop")
SIZE_M2 = (60.0, 4500.0)
MOST_VERTICES = 48


@dataclass
class Plan:
    """What was measured: register areas to write, unchanged parcels, those on shifted land."""

    register_area: dict[int, float] = field(default_factory=dict)  # face -> m2
    unchanged: list[str] = field(default_factory=list)
    on_shifted_sheet: list[str] = field(default_factory=list)
    label_of: dict[int, str] = field(default_factory=dict)
    measured_faces: set[int] = field(default_factory=set)


@dataclass
class Chooser:
    """Faces that may still be measured, taken so that no two faults touch each other."""

    bench: Bench
    coverage: Coverage
    ledger: Ledger
    queues: dict[int, list[int]]
    reserved: set[int]
    turn: int = 0

    def free(self) -> Iterator[int]:
        """Return faces of each scale in turn, as long as there are any."""
        scales = sorted(self.queues)
        while any(self.queues.values()):
            self.turn += 1
            queue = self.queues[scales[self.turn % len(scales)]]
            if queue:
                yield queue.pop()

    def give_back(self, faces: list[int]) -> None:
        """Put faces that did not suit one fault at the end of the line for the next."""
        for face in faces:
            self.queues[int(self.coverage.scale[face])].insert(0, face)

    def clear(self, face: int) -> bool:
        """Whether neither the face nor one that touches it is spoken for."""
        return not (self.bench.neighbours.around(face) & self.reserved)

    def reserve(self, *faces: int) -> None:
        """Take faces; nothing that touches them is measured any more."""
        for face in faces:
            self.ledger.taken.add(face)
            self.reserved.add(face)


def make_chooser(
    rng: np.random.Generator,
    bench: Bench,
    coverage: Coverage,
    ledger: Ledger,
    avoid_sheets: set[int],
) -> Chooser:
    """Measurable faces, whole inside one ordinary sheet, in random order by scale."""
    queues: dict[int, list[int]] = {500: [], 1000: [], 2000: []}
    for face in rng.permutation(np.array(sorted(bench.copy_of_face))):
        face = int(face)
        if measurable(bench, coverage, face, avoid_sheets, inside=True):
            queues[int(coverage.scale[face])].append(face)
    return Chooser(bench, coverage, ledger, queues, set(ledger.taken))


def measurable(
    bench: Bench, coverage: Coverage, face: int, avoid: set[int], *, inside: bool
) -> bool:
    """Whether a face is ordinary private land that a surveyor would measure."""
    shape = coverage.faces[face]
    sheet = int(bench.copies.sheet[bench.copy_of_face[face]])
    fine = (
        coverage.kind[face] in MEASURABLE
        and face in bench.sound
        and sheet not in avoid
        and SIZE_M2[0] < shape.area < SIZE_M2[1]
        and not len(shape.interiors)
        and len(bench.neighbours.ring[face]) <= MOST_VERTICES
        and 4 * np.pi * shape.area / shape.length**2 > 0.3
    )
    if not fine or not inside:
        return bool(fine)
    around = [f for f in bench.neighbours.around(face) if f in bench.copy_of_face]
    sheets = {int(bench.copies.sheet[bench.copy_of_face[f]]) for f in around}
    once = all(f in bench.copy_of_face for f in bench.neighbours.around(face)
               if coverage.kind[f] in MEASURABLE)  # fmt: skip
    return sheets == {sheet} and once


def label_prefix(coverage: Coverage, face: int) -> str:
    """Return what surveyors write before sheet and parcel, as ``KP-``."""
    former = str(coverage.former[face])
    short = {"22609": "KV", "22630": "SC", "22645": "KP"}[former]
    return f"{short}1000-" if former == "22609" and coverage.scale[face] == 1000 else f"{short}-"


@dataclass
class Planter:
    """Plants the differences between ground and map, alternating between the surveys."""

    rng: np.random.Generator
    bench: Bench
    coverage: Coverage
    chooser: Chooser
    ledger: Ledger
    plan: Plan
    surveys: tuple[Survey, Survey]
    label: Callable[[int], str]
    sheet_number: list[str]
    count: int = 0

    def plant(self, each: int) -> None:
        """Plant ``each`` of every code and band."""
        for _ in range(each):
            for band in BANDS:
                for graded in (self._corner, self._over, self._area):
                    self._one(partial(_at_band, graded, band))
            for action in (self._split, self._merged):
                self._one(action)

    def _one(self, action: Callable[[int], bool]) -> None:
        unfit: list[int] = []
        for face in self.chooser.free():
            if not self.chooser.clear(face):
                continue
            if action(face):
                self.count += 1
                self.chooser.give_back(unfit)
                return
            unfit.append(face)
        raise RuntimeError("not enough land for the planted faults; generate more parcels")

    @property
    def _survey(self) -> Survey:
        return self.surveys[0 if self.count % 8 < 5 else 1]

    def _fault(self, code: str, face: int, **facts: object) -> Fault:
        copy = self.bench.copy_of_face[face]
        key = self.bench.copies.sheets[self.bench.copies.sheet[copy]]
        fault = Fault(
            code, None, key.former, key.scale, self.sheet_number[self.bench.copies.sheet[copy]],
            self.bench.copies.number[copy],
        )  # fmt: skip
        for name, value in facts.items():
            setattr(fault, name, value)
        described = self.surveys[1].boundary  # a list of points has no boundary description
        fault.boundary = described.get(str(fault.survey_label)) or None
        self.ledger.add(fault)
        return fault

    def _enter(
        self,
        survey: Survey,
        face: int,
        ring: Floats,
        new: Ints | int | None,
        boundary: str,
        label: str = "",
    ) -> str:
        label = label or self.label(face)
        vertices = self.bench.neighbours.ring[face].copy()
        if new is not None:
            vertices[new] = -1
        survey.outlines[label] = ring
        survey.vertices[label] = vertices
        survey.boundary[label] = boundary
        self.plan.label_of[face] = label
        self.plan.measured_faces.add(face)
        self._register(survey, face, ring)
        return label

    def _register(self, survey: Survey, face: int, ring: Floats) -> None:
        """Register area within the ordinary: never more than 0.6 of the allowed away."""
        allowed = self.bench.allowed_m2(face, ring, survey.sigma_m)
        off = np.clip(self.rng.normal(0, allowed / 4), -0.55 * allowed, 0.55 * allowed)
        self.plan.register_area.setdefault(face, round(ring_area(ring) + float(off), 1))

    def _corner(self, face: int, band: float) -> bool:
        survey = self._survey
        found = moved_corner(self.rng, self.bench, survey, face, band)
        if found is None:
            return False
        ring, at, allowed = found
        self.chooser.reserve(face)
        label = self._enter(survey, face, ring, at, "changed" if band > 1 else "unchanged")
        self._fault(
            "CORNER", face, band=band, survey_label=label, measured=band * allowed,
            limit=allowed, unit="m", where=[round(float(v), 3) for v in ring[at]],
            note="one corner, measured position against the corner as mapped",
        )  # fmt: skip
        return True

    def _over(self, face: int, band: float) -> bool:
        survey = self._survey
        found = built_over(self.rng, self.bench, survey, face, band)
        if found is None:
            return False
        ring, side, other, allowed = found
        if other in self.chooser.reserved:
            return False
        self.chooser.reserve(face, other)
        label = self._enter(survey, face, ring, side, "disputed" if band > 1 else "unchanged")
        self._fault(
            "OVERLAP_MAP", face, band=band, survey_label=label, measured=band * allowed,
            limit=allowed, unit="m", other={"face": other},
            note="depth of the measured land in the neighbour as mapped",
        )  # fmt: skip
        return True

    def _area(self, face: int, band: float) -> bool:
        survey = self._survey
        ring = settle(self.bench, survey, face)
        allowed = self.bench.allowed_m2(face, ring, survey.sigma_m)
        sign = -1 if self.rng.random() < 0.5 and ring_area(ring) > 4 * band * allowed else 1
        area = round(ring_area(ring) + sign * band * allowed, 1)
        self.chooser.reserve(face)
        self.plan.register_area[face] = area
        label = self._enter(survey, face, ring, None, "unchanged" if band < 2 else "")
        self._fault(
            "AREA", face, band=band, survey_label=label, measured=abs(area - ring_area(ring)),
            limit=allowed, unit="m2", note="registered area (0.1 m2) against the measured one",
        )  # fmt: skip
        return True

    def _split(self, face: int) -> bool:
        survey = self._survey
        parts = halves(self.rng, settle(self.bench, survey, face))
        if parts is None or self.coverage.faces[face].area < 120:
            return False
        self.chooser.reserve(face)
        base = self.label(face)
        names = [f"{base}-{k}" for k in (1, 2)]
        for name, ring in zip(names, parts, strict=True):
            survey.outlines[name] = ring
            survey.vertices[name] = np.full(len(ring), -1)
            survey.boundary[name] = "changed"
        self.plan.measured_faces.add(face)
        self._fault("SPLIT", face, survey_label=names[0], other={"survey_label": names[1]},
                    note="one mapped parcel, two measured ones")  # fmt: skip
        return True

    def _merged(self, face: int) -> bool:
        survey = self._survey
        for other in sorted(self._sides(face)):
            if not self.chooser.clear(other):
                continue
            ring = joined([settle(self.bench, survey, f) for f in (face, other)])
            if ring is None:
                continue
            self.chooser.reserve(face, other)
            copy = self.bench.copy_of_face[other]
            label = f"{self.label(face)}+{self.bench.copies.number[copy]}"
            survey.outlines[label] = ring
            survey.vertices[label] = np.full(len(ring), -1)
            survey.boundary[label] = "changed"
            self.plan.measured_faces |= {face, other}
            self._fault("MERGED", face, survey_label=label, other={"face": other},
                        note="two mapped parcels measured as one")  # fmt: skip
            return True
        return False

    def _sides(self, face: int) -> set[int]:
        ring = self.bench.neighbours.ring[face]
        xy = self.bench.neighbours.xy
        common: dict[int, float] = {}
        for a, b in zip(ring, np.roll(ring, -1), strict=True):
            other = self.bench.neighbours.across(face, int(a), int(b))
            if other is not None:
                common[other] = common.get(other, 0.0) + float(np.hypot(*(xy[a] - xy[b])))
        own = self.coverage.faces[face]
        return {
            f for f, length in common.items()
            if f in self.bench.copy_of_face and length > 0.2 * own.length
            and measurable(self.bench, self.coverage, f, set(), inside=True)
            and 0.5 < self.coverage.faces[f].area / own.area < 2.0
        }  # fmt: skip

    def unmapped(self, faces: list[int]) -> None:
        """Measure land that no sheet shows."""
        for number, face in enumerate(faces, start=1):
            survey = self._survey
            self.count += 1
            ring = survey.position[self.bench.neighbours.ring[face]].copy()
            label = f"MOI-{number:02d}"
            survey.outlines[label] = ring
            survey.vertices[label] = self.bench.neighbours.ring[face].copy()
            survey.boundary[label] = ""
            self.ledger.add(Fault(
                "UNMAPPED", None, str(self.coverage.former[face]), int(self.coverage.scale[face]),
                survey_label=label, measured=round(ring_area(ring), 1), unit="m2",
                where=[round(float(v), 3) for v in shapely.Polygon(ring).centroid.coords[0]],
                note="measured land that is on no sheet",
            ))  # fmt: skip

    def unchanged(self, count: int) -> None:
        """Measure ordinary parcels in clusters, as surveyors walk."""
        starts = list(self.chooser.free())
        while starts and count > 0:
            survey = self.surveys[0 if self.rng.random() < 0.62 else 1]
            cluster = self._cluster(starts.pop(), int(self.rng.integers(4, 12)))
            for face in cluster[:count]:
                ring = settle(self.bench, survey, face)
                self.ledger.taken.add(face)
                says = "unchanged" if self.rng.random() < 0.8 else ""
                self.plan.unchanged.append(self._enter(survey, face, ring, None, says))
                count -= 1

    def _cluster(self, start: int, size: int) -> list[int]:
        cluster: list[int] = []
        line = [start]
        while line and len(cluster) < size:
            face = line.pop(0)
            fit = (
                face not in cluster and face not in self.ledger.taken
                and face in self.bench.copy_of_face
                and self.chooser.clear(face)
                and measurable(self.bench, self.coverage, face, set(), inside=True)
            )  # fmt: skip
            if fit:
                cluster.append(face)
                line += sorted(self._sides(face))
        return cluster

    def shifted(self, faces: list[int]) -> None:
        """Measure parcels on the displaced sheet: the ground did not move, the sheet did."""
        survey = self.surveys[0]
        for face in faces:
            ring = settle(self.bench, survey, face)
            self.ledger.taken.add(face)
            self.plan.on_shifted_sheet.append(self._enter(survey, face, ring, None, "unchanged"))


def _at_band(graded: Callable[[int, float], bool], band: float, face: int) -> bool:
    return graded(face, band)

"""Faults of numbers, outlines and attributes on single sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from cadastre.regulation import Regulation
from sample_data.coverage import Coverage
from sample_data.faults import BANDS, Fault, Ledger
from sample_data.map_copies import Copies, Floats

PRIVATE = ("lot", "village", "paddy", "crop")


@dataclass
class Sheetwork:
    """What is written instead of the ordinary copy: geometry, printed area, or nothing."""

    geometry: dict[int, BaseGeometry] = field(default_factory=dict)
    unclosed: set[int] = field(default_factory=set)
    printed: dict[int, float] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)


@dataclass
class Labels:
    """Plants faults on copies that are not taken yet."""

    rng: np.random.Generator
    copies: Copies
    coverage: Coverage
    copy_of_face: dict[int, int]
    sheet_number: list[str]
    ledger: Ledger
    regulation: Regulation
    avoid: set[int]
    work: Sheetwork = field(default_factory=Sheetwork)

    def fault(self, code: str, copy: int, **facts: object) -> Fault:
        """Enter a fault of one copy."""
        key = self.copies.sheets[self.copies.sheet[copy]]
        sheet = self.sheet_number[self.copies.sheet[copy]]
        fault = Fault(code, None, key.former, key.scale, sheet, self.copies.number[copy])
        inside = shapely.get_coordinates(
            shapely.point_on_surface(self.coverage.faces[self.copies.face[copy]])
        )[0]
        fault.where = [round(float(v), 3) for v in inside]
        for name, value in facts.items():
            setattr(fault, name, value)
        self.ledger.add(fault)
        return fault

    def free(self, kinds: tuple[str, ...] = PRIVATE, former: str | None = None) -> Iterator[int]:
        """Copies of untaken faces, in random order; each is taken when it is given out."""
        for face in self.rng.permutation(np.array(sorted(self.copy_of_face))):
            face = int(face)
            copy = self.copy_of_face[face]
            key = self.copies.sheets[self.copies.sheet[copy]]
            if (
                face in self.ledger.taken
                or self.coverage.kind[face] not in kinds
                or (former and key.former != former)
                or int(self.copies.sheet[copy]) in self.avoid
            ):
                continue  # fmt: skip
            self.ledger.taken.add(face)
            yield copy

    def missing_numbers(self, count: int) -> None:
        """Parcels without a number."""
        for copy, _ in zip(self.free(), range(count), strict=False):
            self.fault("LABEL_MISSING", copy, former_parcel=None, unit="",
                       other={"number_in_truth": self.copies.number[copy]})  # fmt: skip
            self.copies.number[copy] = None

    def double_numbers(self, count: int) -> None:
        """Two parcels of one sheet with one number."""
        waiting: dict[int, int] = {}
        for copy in self.free():
            sheet = int(self.copies.sheet[copy])
            if sheet not in waiting:
                waiting[sheet] = copy
                continue
            first = waiting.pop(sheet)
            self.copies.number[copy] = self.copies.number[first]
            self.fault("DUPLICATE_NUMBER", first, measured=2.0, limit=1.0)
            count -= 1
            if count == 0:
                break
        for left in waiting.values():
            self.ledger.taken.discard(int(self.copies.face[left]))

    def printed_areas(self, each: int) -> None:
        """Printed areas that differ from the drawn outline by band x limit of Annex 04."""
        for band in [*BANDS] * each:
            copy = next(self.free())
            area = float(shapely.area(self.copies.polygons(np.array([copy])))[0])
            limit = float(self.regulation.accuracy.area_limit(self.copies.scale[copy], area))
            wanted = area + band * limit
            # Rounding to 0.1 m2 must not carry a fault over its limit.
            printed = (np.floor if band < 1 else np.ceil)(wanted * 10) / 10
            self.work.printed[copy] = float(printed)
            self.fault("PRINTED_AREA", copy, band=band, measured=abs(float(printed) - area),
                       limit=limit, unit="m2")  # fmt: skip

    def enclaves(self, count: int) -> None:
        """Hosts written without the hole of the parcel inside them."""
        hosts = [f for f in sorted(self.copy_of_face) if len(self.coverage.faces[f].interiors)]
        tree = shapely.STRtree(self.coverage.faces)
        for host in self.rng.permutation(np.array(hosts)):
            shape = self.coverage.faces[host]
            inner = tree.query(Polygon(shape.exterior), predicate="contains")
            inner = [int(i) for i in inner if i != host]
            copy = self.copy_of_face[int(host)]
            same = all(
                i in self.copy_of_face
                and self.copies.sheet[self.copy_of_face[i]] == self.copies.sheet[copy]
                for i in inner
            )
            if int(host) in self.ledger.taken or not inner or not same or count == 0:
                continue
            if self.coverage.kind[host] not in (*PRIVATE, "forest"):
                continue
            whole = self.copies.polygons(np.array([copy]))[0]
            self.work.geometry[copy] = Polygon(whole.exterior)
            self.work.printed[copy] = round(whole.area, 1)
            self.ledger.taken |= {int(host), *inner}
            inside = self.copy_of_face[inner[0]]
            self.fault("ENCLAVE", copy, measured=round(float(sum(
                self.coverage.faces[i].area for i in inner)), 1), unit="m2",
                other={"former_parcel": self.copies.number[inside]})  # fmt: skip
            count -= 1

    def geometries(self, each: int) -> None:
        """Bow-ties in every format, multipart parcels; rings left open in the GeoJSON.

        A reader may close an open ring by itself: no land is lost, so it is no fault row.
        """
        for former in ("22609", "22630", "22645"):
            for copy, _ in zip(self._crossable(former), range(each), strict=False):
                shape = self.copies.polygons(np.array([copy]))[0]
                self.work.geometry[copy] = _bow_tie(np.asarray(shape.exterior.coords)[:-1])
                self.fault("GEOMETRY", copy, note="bow-tie: two corners in the wrong order")
        for copy, _ in zip(self.free(former="22645"), range(each), strict=False):
            self.work.unclosed.add(copy)
        self._multipart(each + 1)

    def _crossable(self, former: str) -> Iterator[int]:
        for copy in self.free(former=former):
            shape = self.copies.polygons(np.array([copy]))[0]
            xy = np.asarray(shape.exterior.coords)[:-1]
            if not len(shape.interiors) and len(xy) <= 12 and not _bow_tie(xy).is_valid:
                yield copy

    def _multipart(self, count: int) -> None:
        waiting: dict[int, int] = {}
        for copy in self.free():
            sheet = int(self.copies.sheet[copy])
            first = waiting.setdefault(sheet, copy)
            pair = self.copies.polygons(np.array([first, copy]))
            if first == copy or shapely.distance(pair[0], pair[1]) < 5:
                continue
            self.work.geometry[first] = MultiPolygon(list(pair))
            self.work.left_out.add(copy)
            self.fault("GEOMETRY", first, note="two separate pieces under one number")
            waiting.pop(sheet)
            count -= 1
            if count == 0:
                break
        for left in waiting.values():
            self.ledger.taken.discard(int(self.copies.face[left]))


def _bow_tie(ring: Floats) -> Polygon:
    """Ring with the second half of its corners in the opposite order: it crosses itself."""
    half = len(ring) // 2
    return Polygon(np.vstack([ring[:half], ring[half:][::-1]]))

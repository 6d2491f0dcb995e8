"""Put the sample commune together: land, map copies, planted faults, files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cadastre import crs
from cadastre.regulation import Regulation, load
from sample_data import edge_faults, hard_sheets, landbook, sheet_files, survey_faults, survey_files
from sample_data.bending import make_bending
from sample_data.coverage import Coverage, make_coverage
from sample_data.faults import Fault, Ledger
from sample_data.label_faults import Labels, Sheetwork
from sample_data.land_uses import assign_land_uses
from sample_data.layout import from_town, make_layout
from sample_data.map_copies import Copies, make_copies, sheet_numbers
from sample_data.measuring import Bench, Survey, measure, soundly_measured
from sample_data.neighbours import Neighbours, find_neighbours
from sample_data.people import place_name

FULL_SIZE = 6000
MIDDLE = (569_000.0, 1_348_000.0)
SHIFT_M = (0.62, -0.506)  # 0.8 m
SIGMAS_M = (0.025, 0.020)
CSV_NAME, GPKG_NAME = "do_dac_2026_1.csv", "do_dac_2026_2.gpkg"
COMMUNE = {
    "code": "22609", "name": "Khánh Vĩnh", "kind": "xã", "province": "Khánh Hòa", "srid": 9217,
    "mountain": True, "valid_from": "2025-07-01", "outline": "outline.geojson",
}  # fmt: skip
FORMER = (
    {"code": "22609", "name": "Khánh Vĩnh", "kind": "thị trấn", "seat": True, "ordinal": 1},
    {"code": "22630", "name": "Sông Cầu", "kind": "xã", "ordinal": 2},
    {"code": "22645", "name": "Khánh Phú", "kind": "xã", "ordinal": 3},
)


@dataclass(frozen=True)
class Amounts:
    """How many of each fault, and how many parcels are measured."""

    each: int
    unmapped: int
    twice: int
    unchanged: int
    shifted: int

    @classmethod
    def of(cls, parcels: int) -> Amounts:
        """Amounts for a size: at least ten of every kind in a full sample, two in a small one."""
        if parcels >= 4000:
            return cls(10, 10, 14, 230, 16)
        return cls(2, 2, 4, max(parcels // 26, 12), 10)


def write_commune(folder: Path, *, seed: int, parcels: int) -> Path:
    """Generate and write everything; returns the manifest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    land = _Land.make(np.random.default_rng(seed), parcels)
    land.plant()
    return land.write(folder)


@dataclass
class _Land:
    rng: np.random.Generator
    regulation: Regulation
    amounts: Amounts
    coverage: Coverage
    neighbours: Neighbours
    copies: Copies
    sheet_number: list[str]
    copy_of_face: dict[int, int]
    unmapped: list[int]
    shifted: int
    wrong_zone: int
    ledger: Ledger
    surveys: tuple[Survey, Survey]
    plan: survey_faults.Plan
    work: Sheetwork

    @classmethod
    def make(cls, rng: np.random.Generator, parcels: int) -> _Land:
        regulation, amounts = load(), Amounts.of(parcels)
        layout = make_layout(rng, float(np.sqrt(parcels / FULL_SIZE)))
        calm = from_town(np.array([[0.0, 0.0]]), 0.0, layout.width, layout.height)[0]
        bending = make_bending(rng, MIDDLE, (calm[0], calm[1]), layout.width * 0.3)
        coverage = make_coverage(rng, layout, bending)
        neighbours = find_neighbours(coverage.faces)
        uses = assign_land_uses(rng, coverage)
        twice = _strip(coverage, neighbours, amounts.twice)
        unmapped = _unmapped(rng, coverage, neighbours, amounts.unmapped, set(twice))
        corridor = np.isin(coverage.kind, ["road", "street", "river", "brook"])
        mapped = ~(corridor & (coverage.former == "22645"))
        mapped[unmapped] = False
        flags = np.zeros(len(mapped), dtype=bool)
        flags[twice] = True
        copies = make_copies(rng, coverage, mapped, flags, uses, regulation)
        numbers = [str(n) for n in sheet_numbers(copies.sheets)]
        shifted, wrong_zone = _special_sheets(copies)
        once = {int(f): c for c, f in enumerate(copies.face[: int(mapped.sum())])}
        ledger = Ledger(taken=set(twice))
        surveys = tuple(
            measure(rng, name, sigma, neighbours)
            for name, sigma in zip((CSV_NAME, GPKG_NAME), SIGMAS_M, strict=True)
        )
        return cls(
            rng, regulation, amounts, coverage, neighbours, copies, numbers, once, unmapped,
            shifted, wrong_zone, ledger, (surveys[0], surveys[1]), survey_faults.Plan(),
            Sheetwork(),
        )  # fmt: skip

    def plant(self) -> None:
        """Plant all faults; the displaced sheet moves last, as a whole."""
        special = {self.shifted, self.wrong_zone}
        edge_faults.plant_edge_faults(
            self.rng, self.copies, self.neighbours, self.copy_of_face, special, self.ledger,
            self.regulation, max(self.amounts.each - 2, 2),
        )  # fmt: skip
        self._duplicate_land()
        bench = Bench(
            self.copies,
            self.neighbours,
            self.copy_of_face,
            self.regulation,
            self.copies.places(),
            soundly_measured(self.surveys, self.neighbours),
        )
        chooser = survey_faults.make_chooser(
            self.rng, bench, self.coverage, self.ledger, {self.shifted}
        )
        planter = survey_faults.Planter(
            self.rng, bench, self.coverage, chooser, self.ledger, self.plan, self.surveys,
            self._label, self.sheet_number,
        )  # fmt: skip
        planter.plant(self.amounts.each)
        planter.unmapped(self.unmapped)
        planter.unchanged(self.amounts.unchanged)
        self._shift(planter, bench)
        self._labels()
        self._name_others()

    def _label(self, face: int) -> str:
        copy = self.copy_of_face[face]
        prefix = survey_faults.label_prefix(self.coverage, face)
        return f"{prefix}{self.sheet_number[self.copies.sheet[copy]]}/{self.copies.number[copy]}"

    def _identity(self, copy: int) -> dict[str, Any]:
        key = self.copies.sheets[self.copies.sheet[copy]]
        return {
            "former_commune": key.former, "map_set": "", "scale": key.scale,
            "former_sheet": self.sheet_number[self.copies.sheet[copy]],
            "former_parcel": self.copies.number[copy],
        }  # fmt: skip

    def _duplicate_land(self) -> None:
        for copy in range(len(self.copy_of_face), len(self.copies.face)):
            first = self.copy_of_face[int(self.copies.face[copy])]
            mine = self._identity(first)
            mine.pop("map_set")
            self.ledger.add(Fault(
                "DUPLICATE_LAND", None, **mine, other=self._identity(copy),
                measured=1.0, unit="", note="mapped by both former communes",
            ))  # fmt: skip

    def _shift(self, planter: survey_faults.Planter, bench: Bench) -> None:
        mine = [
            f for f, c in self.copy_of_face.items()
            if self.copies.sheet[c] == self.shifted and f not in self.ledger.taken
            and survey_faults.measurable(bench, self.coverage, f, set(), inside=True)
        ]  # fmt: skip
        chosen = self.rng.permutation(np.array(sorted(mine)))[: self.amounts.shifted]
        planter.shifted([int(f) for f in chosen])
        rows = self.copies.sheet_of_place == self.shifted
        self.copies.position[rows] += np.array(SHIFT_M)
        key = self.copies.sheets[self.shifted]
        limit = float(self.regulation.accuracy.position_limit(key.scale))
        self.ledger.add(Fault(
            "SHEET_SHIFT", None, key.former, key.scale, self.sheet_number[self.shifted],
            measured=float(np.hypot(*SHIFT_M)), limit=limit, unit="m",
            other={"de": SHIFT_M[0], "dn": SHIFT_M[1]},
            note="the sheet lies (de, dn) from the ground",
        ))  # fmt: skip
        key = self.copies.sheets[self.wrong_zone]
        self.ledger.add(Fault(
            "CRS_ZONE", None, key.former, key.scale, self.sheet_number[self.wrong_zone],
            note="the .prj says 108°30', the coordinates are in 108°15'",
        ))  # fmt: skip

    def _labels(self) -> None:
        labels = Labels(
            self.rng, self.copies, self.coverage, self.copy_of_face, self.sheet_number,
            self.ledger, self.regulation, {self.shifted}, self.work,
        )  # fmt: skip
        each = self.amounts.each
        labels.printed_areas(max(each - 2, 2))
        labels.enclaves(each)
        labels.geometries(2 if each < 5 else 3)
        labels.double_numbers(max(each - 2, 2))
        labels.missing_numbers(each)

    def _name_others(self) -> None:
        """Write numbers where faults still point at faces and copies."""
        for fault in self.ledger.faults:
            other = fault.other or {}
            if "face" in other:
                fault.other = self._identity(self.copy_of_face[other["face"]])
            if "copy" in other:
                copy = int(str(fault.former_parcel))
                mine = self._identity(copy)
                mine.pop("map_set")
                fault.other = self._identity(other["copy"])
                for name, value in mine.items():
                    setattr(fault, name, value)

    def write(self, folder: Path) -> Path:
        """Write all files."""
        rows = landbook.plan_book(
            self.rng, self.copies, self.coverage, self.sheet_number, self.plan.register_area,
            self.work.left_out, self.ledger, self.regulation, self.amounts.each,
        )  # fmt: skip
        book_rows = landbook.write_book(folder / "so_muc_ke.xlsx", self.rng, rows)
        about = self._attributes(rows)
        sheets, counts = sheet_files.write_sheets(
            folder, self.copies, self.work, about, self.wrong_zone
        )
        hard, _ = hard_sheets.write_hard_sheets(folder, self.copies, self.work, about)
        first, second = self.surveys
        counts[CSV_NAME] = survey_files.write_points(folder / CSV_NAME, first)
        counts[GPKG_NAME] = survey_files.write_outlines(folder / GPKG_NAME, second)
        counts["so_muc_ke.xlsx"] = book_rows
        self._write_outline(folder)
        self._write_expected(folder, counts, len(rows))
        manifest = {
            "commune": COMMUNE, "former_communes": list(FORMER), "sheets": sheets,
            "hard_sheets": hard,
            "landbook": [{"file": "so_muc_ke.xlsx", "former_commune": None}],
            "surveys": [
                {"file": CSV_NAME, "label": "Đo đạc 2026, đợt 1"},
                {"file": GPKG_NAME, "label": "Đo đạc 2026, đợt 2"},
            ],
            "expected": "expected.json",
        }  # fmt: skip
        return _dump(folder / "manifest.json", manifest)

    def _attributes(self, rows: list[landbook.BookRow]) -> sheet_files.Attributes:
        copies, work = self.copies, self.work
        holder = {row.copy: row for row in rows if int(row.number) < 900}
        area = shapely.area(copies.polygons())
        keys = [copies.sheets[s] for s in copies.sheet]
        return sheet_files.Attributes(
            sheet=[self.sheet_number[s] for s in copies.sheet],
            number=copies.number,
            land_use=copies.land_use,
            printed=[work.printed.get(c, round(float(a), 1)) for c, a in enumerate(area)],
            owner=[_owner(holder.get(c)) for c in range(len(area))],
            place=[
                holder[c].place if c in holder else place_name(self.rng, k.former)
                for c, k in enumerate(keys)
            ],
            scale=[k.scale for k in keys],
            year=[sheet_files.SURVEYED[k.former, k.scale] for k in keys],
        )

    def _write_outline(self, folder: Path) -> None:
        land = shapely.coverage_union_all(self.coverage.faces)
        coarse = land.buffer(45.0, quad_segs=2).simplify(22.0)
        shown = crs.to_wgs84([coarse], 9217)[0]
        feature = {
            "type": "Feature", "properties": {"code": "22609", "name": "Khánh Vĩnh"},
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shown, 1e-6))),
        }  # fmt: skip
        _dump(folder / "outline.geojson", {"type": "FeatureCollection", "features": [feature]})

    def _write_expected(self, folder: Path, counts: dict[str, int], records: int) -> None:
        faults = self.ledger.rows()
        vertices = shapely.get_num_coordinates(self.coverage.faces) - 1
        expected = {
            "faults": faults,
            "unchanged": self.plan.unchanged,
            "on_shifted_sheet": self.plan.on_shifted_sheet,
            "unclosed_rings": [self._identity(copy) for copy in sorted(self.work.unclosed)],
            "counts": {
                "files": counts,
                "faces_of_the_land": len(self.coverage.faces),
                "mapped_parcels": len(self.copies.face) - len(self.work.left_out),
                "landbook_records": records,
                "measured_outlines": {s.name: len(s.outlines) for s in self.surveys},
                "planted": dict(sorted(Counter(
                    f"{f['code']}" + (f" {f['band']}" if f["band"] else "") for f in faults
                ).items())),
                "vertices_per_parcel": round(float(vertices.mean()), 2),
            },
        }  # fmt: skip
        _dump(folder / "expected.json", expected)


def _owner(row: landbook.BookRow | None) -> str | None:
    if row is None:
        return None
    names = [p.name for p in row.holding.persons]
    return f"Hộ {names[0]}" if row.holding.kind == "Hộ gia đình" else " & ".join(names[:2])


def _strip(coverage: Coverage, neighbours: Neighbours, count: int) -> list[int]:
    """Faces of the townlet along a stretch of the border with Sông Cầu."""
    touching = []
    for face in np.flatnonzero((coverage.former == "22609") & (coverage.scale == 1000)):
        beside = neighbours.around(int(face))
        if coverage.kind[face] in ("paddy", "crop") and any(
            coverage.former[b] == "22630" and coverage.kind[b] in ("paddy", "crop") for b in beside
        ):
            touching.append(int(face))
    middle = coverage.flat_points[touching][:, 1]
    order = np.argsort(np.abs(middle - np.median(middle)))
    return [touching[i] for i in order[:count]]


def _unmapped(
    rng: np.random.Generator,
    coverage: Coverage,
    neighbours: Neighbours,
    count: int,
    avoid: set[int],
) -> list[int]:
    """Fields that no sheet shows, apart from each other."""
    chosen: list[int] = []
    reserved = {f for a in avoid for f in neighbours.around(a)}
    likely = np.flatnonzero(np.isin(coverage.kind, ["paddy", "crop"]))
    for face in rng.permutation(likely):
        face = int(face)
        shape = coverage.faces[face]
        round_enough = 4 * np.pi * shape.area / shape.length**2 > 0.45
        if round_enough and 300 < shape.area < 3000 and not neighbours.around(face) & reserved:
            if len(shape.interiors):
                continue
            chosen.append(face)
            reserved |= neighbours.around(face)
        if len(chosen) == count:
            break
    return chosen


def _special_sheets(copies: Copies) -> tuple[int, int]:
    """Sheets of Sông Cầu: the fullest is displaced, the next declares the wrong zone."""
    count = np.bincount(copies.sheet, minlength=len(copies.sheets))
    cau = [i for i, key in enumerate(copies.sheets) if key.former == "22630"]
    ordered = sorted(cau, key=lambda i: -int(count[i]))
    return ordered[0], ordered[1]


def _dump(path: Path, content: object) -> Path:
    text = json.dumps(content, ensure_ascii=False, indent=1, default=float)
    path.write_text(text + "\n", encoding="utf-8")
    return path

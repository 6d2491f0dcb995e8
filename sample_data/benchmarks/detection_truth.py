"""What is true of each flag, measured from the points themselves.

Nothing of the comparison is used: the generator knows which measured point is which mapped one
and where the sheet would lie without its displacement. A flag is right when the land differs in
that respect by more than is allowed, whether planted, following from what was planted, or by
chance of drawing and measuring; all else is a false alarm.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sample_data.benchmarks.ground_faults import Planted
from sample_data.benchmarks.scene import Outline, Scene

Key = tuple[str, float]


@dataclass
class Score:
    """Counts of one or more scenes, added up.

    ``planted`` and ``found`` per code and band; ``right`` and ``wrong`` flags per code and
    whether they lie in the band of the goal, by their own measured and allowed values;
    ``due`` and ``seen`` are corners that differ by 1.3 and beyond, planted or not;
    ``quiet`` outlines without a fault, ``blocked`` of them; ``related`` rightly of ``single``.
    """

    planted: Counter[Key] = field(default_factory=Counter)
    found: Counter[Key] = field(default_factory=Counter)
    right: Counter[tuple[str, bool]] = field(default_factory=Counter)
    wrong: Counter[tuple[str, bool]] = field(default_factory=Counter)
    due: int = 0
    seen: int = 0
    quiet: int = 0
    blocked: int = 0
    single: int = 0
    related: int = 0
    notes: list[str] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        """Sum of two scores."""
        return Score(**{name: getattr(self, name) + getattr(other, name) for name in self.__dict__})


class Truth:
    """The points of a scene, asked whether a flag is right."""

    def __init__(self, scene: Scene, planted: list[Planted], touched: set[int]) -> None:
        self.scene, self.planted, self.touched = scene, planted, touched
        self.number = {f"p{i:06d}": i for i in range(len(scene.fabric))}
        self.keys = list(scene.outlines)
        self.shapes = np.array([o.land() for o in scene.outlines.values()], dtype=object)
        self.tree = shapely.STRtree(self.shapes)
        self.ask = {
            "CORNER": self._corner, "SHAPE": self._shape, "AREA": self._area,
            "EDGE_LENGTH": self._edge, "OVERLAP_MAP": self._into_map,
            "OVERLAP_SURVEY": self._between, "SURVEYS_DIFFER": self._differ,
        }  # fmt: skip

    def right(self, flag: Any) -> bool:
        """Whether what a flag says holds."""
        code = str(flag.code)
        if code == "SHEET_SHIFT":
            off = np.hypot(*self.scene.laid_off[int(flag.sheet) - 1])
            return bool(
                off > float(self.scene.regulation.accuracy.position_limit(self.scene.scale))
            )
        key = str(flag.measured_uid).removeprefix("m-")
        if code not in self.ask:
            return self._known(code, key)
        mine = self.scene.outlines[key]
        group = self._parts(mine) if _is_part(key) else [mine]
        if code == "AREA" and len(group) > 1:
            group = [_joined(group)]
        return any(self.ask[code](outline, flag) >= 1.0 for outline in group)

    def _known(self, code: str, key: str) -> bool:
        parcels = set(self.scene.outlines[key].parcels)
        return any(p.code == code and p.parcel in parcels for p in self.planted)

    def _parts(self, outline: Outline) -> list[Outline]:
        return [o for o in self.scene.outlines.values() if o.parcels == outline.parcels]

    def _allowed(self, outline: Outline) -> float:
        return min(self.scene.allowed(i, outline.sigma) for i in outline.parcels)

    def _steps(self, outline: Outline) -> tuple[np.ndarray, np.ndarray]:
        """Measured and mapped positions of the points that are on the map."""
        xy, ids = np.concatenate(outline.rings), np.concatenate(outline.ids)
        drawn = self.scene.drawn[self.scene.sheet[outline.parcels[0]]]
        return xy[ids >= 0], drawn[ids[ids >= 0]]

    def _corner(self, outline: Outline, flag: Any = None) -> float:
        ground, drawn = self._steps(outline)
        step = np.hypot(*(ground - drawn).T)
        return float(step.max(initial=0.0)) / self._allowed(outline)

    def corner_due(self, outline: Outline) -> float:
        """Largest step of a point by which the outline itself changes, as share of the allowed."""
        ground, drawn = self._steps(outline)
        mine, mapped = outline.land().boundary, self._mapped(outline).boundary
        off = np.maximum(
            shapely.distance(shapely.points(ground), mapped),
            shapely.distance(shapely.points(drawn), mine),
        )
        return float(off.max(initial=0.0)) / self._allowed(outline)

    def _mapped(self, outline: Outline) -> Any:
        return shapely.union_all([self.scene.drawn_polygon(i) for i in outline.parcels])

    def _shape(self, outline: Outline, flag: Any = None) -> float:
        xy, ids = np.concatenate(outline.rings), np.concatenate(outline.ids)
        mapped = self._mapped(outline)
        added = shapely.distance(shapely.points(xy[ids < 0]), mapped.boundary)
        missing = np.setdiff1d(self.scene.fabric.points(outline.parcels[0]), ids)
        drawn = self.scene.drawn[self.scene.sheet[outline.parcels[0]]][missing]
        lost = shapely.distance(shapely.points(drawn), outline.land().boundary)
        return float(np.concatenate([added, lost]).max(initial=0.0)) / self._allowed(outline)

    def _area(self, outline: Outline, flag: Any = None) -> float:
        paper = sum(self._paper(i) for i in outline.parcels)
        return abs(outline.land().area - paper) / self.scene.area_allowed(outline, paper)

    def _paper(self, i: int) -> float:
        shown = self.scene.fabric.polygon(i, self.scene.shown[self.scene.sheet[i]]).area
        return float(np.round(self.scene.register.get(i, shown), 1))

    def _edge(self, outline: Outline, flag: Any = None) -> float:
        drawn = self.scene.drawn[self.scene.sheet[outline.parcels[0]]]
        accuracy, worst = self.scene.regulation.accuracy, 0.0
        farm = self.scene.land_use[outline.parcels[0]] == "LUC"
        for ring, ids in zip(outline.rings, outline.ids, strict=True):
            kept = ids >= 0
            xy, mapped = ring[kept], drawn[ids[kept]]
            ground_m = np.hypot(*(np.roll(xy, -1, axis=0) - xy).T)
            map_m = np.hypot(*(np.roll(mapped, -1, axis=0) - mapped).T)
            limit = accuracy.edge_limit(self.scene.scale, map_m, farm)
            allowed = accuracy.allowed(limit, np.sqrt(2.0) * outline.sigma)
            worst = max(worst, float((np.abs(ground_m - map_m) / allowed).max(initial=0.0)))
        return worst

    def _into_map(self, outline: Outline, flag: Any) -> float:
        q = self.number[str(flag.other_parcel_uid)]
        common = shapely.intersection(outline.land(), self.scene.drawn_polygon(q))
        if common.is_empty:
            return 0.0
        points = shapely.points(shapely.get_coordinates(common))
        depth = float(shapely.distance(points, self._mapped(outline)).max())
        return depth / max(self.scene.allowed(i, outline.sigma) for i in (*outline.parcels, q))

    def _between(self, outline: Outline, flag: Any) -> float:
        mine, worst = outline.land(), 0.0
        for k in self.tree.query(mine, predicate="intersects"):
            other = self.scene.outlines[self.keys[k]]
            common = shapely.buffer(shapely.intersection(mine, self.shapes[k]), 0.0)
            if other is outline or common.is_empty:
                continue
            width = 2.0 * shapely.length(shapely.maximum_inscribed_circle(common))
            sigma = float(np.hypot(outline.sigma, other.sigma))
            allowed = max(self.scene.allowed(i, sigma) for i in (*outline.parcels, *other.parcels))
            worst = max(worst, float(width) / allowed)
        return worst

    def _differ(self, outline: Outline, flag: Any = None) -> float:
        worst = 0.0
        for other in self._parts(outline):
            ids = np.concatenate(outline.ids)
            place = {
                int(n): xy
                for n, xy in zip(
                    np.concatenate(other.ids), np.concatenate(other.rings), strict=True
                )
            }
            sigma = float(np.hypot(outline.sigma, other.sigma))
            allowed = self.scene.allowed(outline.parcels[0], sigma)
            for n, xy in zip(ids, np.concatenate(outline.rings), strict=True):
                if int(n) >= 0 and int(n) in place and other is not outline:
                    worst = max(worst, float(np.hypot(*(xy - place[int(n)]))) / allowed)
        return worst


def _is_part(key: str) -> bool:
    """Whether an outline is one of several that a parcel was measured as."""
    return "-" in key.split("/")[1]


def _joined(parts: list[Outline]) -> Outline:
    """The outer line of parts as one outline."""
    ring = np.asarray(shapely.union_all([part.land() for part in parts]).exterior.coords)[:-1]
    return replace(parts[0], rings=[ring], ids=[np.full(len(ring), -1)])


def score(
    truth: Truth, matches: pd.DataFrame, flags: gpd.GeoDataFrame, *, must: float = 1.3
) -> Score:
    """Count what was found, what was right, and what was blocked without a cause."""
    result = Score()
    raised = _raised(truth, flags)
    for fault in truth.planted:
        result.planted[fault.code, fault.band] += 1
        hit = (fault.code, fault.parcel) in raised
        result.found[fault.code, fault.band] += hit
        if hit != (fault.band > 1.0):
            result.notes.append(f"{fault.kind} {fault.band} {fault.key}: found {hit}")
    _judge_flags(truth, flags, result, must)
    _judge_corners(truth, raised, result, must)
    _judge_matches(truth, matches, result)
    return result


def _raised(truth: Truth, flags: gpd.GeoDataFrame) -> set[tuple[str, int]]:
    """Code and true parcel of every flag that names a measured outline."""
    raised = set()
    for code, uid in zip(flags["code"].astype(str), flags["measured_uid"], strict=True):
        outline = truth.scene.outlines.get(str(uid).removeprefix("m-"))
        if outline is not None:
            raised |= {(code, i) for i in outline.parcels}
    return raised


def _judge_flags(truth: Truth, flags: gpd.GeoDataFrame, result: Score, must: float) -> None:
    blocked = set()
    for flag in flags.itertuples(index=False):
        right = truth.right(flag)
        code = str(flag.code)
        (result.right if right else result.wrong)[code, _beyond(flag, must)] += 1
        if not right:
            result.notes.append(
                f"false {code} {flag.measured_uid} {flag.measured:.3f} of {flag.allowed:.3f}"
            )
        named = [truth.number.get(str(uid)) for uid in (flag.parcel_uid, flag.other_parcel_uid)]
        outline = truth.scene.outlines.get(str(flag.measured_uid).removeprefix("m-"))
        named += outline.parcels if outline is not None else ()
        quiet = not any(i in truth.touched for i in named if i is not None)
        if quiet and flag.severity == "blocking" and flag.measured_uid:
            blocked.add(flag.measured_uid)
            result.notes.append(
                f"unchanged, blocked: {code} {flag.measured_uid} {flag.measured:.3f} "
                f"of {flag.allowed:.3f}"
            )
    result.blocked = len(blocked)
    result.quiet = sum(not truth.touched & set(o.parcels) for o in truth.scene.outlines.values())


def _beyond(flag: Any, must: float) -> bool:
    """Whether a flag says that the land differs by ``must`` times the allowed and beyond."""
    return not flag.allowed > 0.0 or bool(flag.measured >= must * flag.allowed)


def _judge_corners(truth: Truth, raised: set[tuple[str, int]], result: Score, must: float) -> None:
    """Corners beyond ``must`` that nobody wrote down: consequences and chance."""
    known = {p.parcel for p in truth.planted if p.code != "CORNER"}
    for outline in truth.scene.outlines.values():
        i = outline.parcels[0]
        if len(outline.parcels) > 1 or i in truth.scene.unmapped or i in known:
            continue
        if truth.corner_due(outline) >= must:
            result.due += 1
            hit = ("CORNER", i) in raised
            result.seen += hit
            if not hit:
                result.notes.append(f"corner of {outline.label} not found")


def _judge_matches(truth: Truth, matches: pd.DataFrame, result: Score) -> None:
    alone = matches.drop_duplicates("measured_uid", keep=False)
    found = dict(zip(alone["measured_uid"], alone["parcel_uid"], strict=True))
    for key, outline in truth.scene.outlines.items():
        i = outline.parcels[0]
        if len(outline.parcels) == 1 and not _is_part(key) and i not in truth.scene.unmapped:
            result.single += 1
            hit = found.get(f"m-{key}") == f"p{i:06d}"
            result.related += hit
            if not hit:
                result.notes.append(f"{outline.label} of parcel {i} related to another")

"""Plants differences between map and ground at stated multiples of what is allowed.

Each fault is set where nothing else was planted around it; what follows from it (the
neighbour's corner, an area) is not written down here but measured afterwards from the points
(``detection_truth``). Ordinary differences of drawing (other start, other direction, points on
straight sides, swapped labels) are planted too: they must not be flagged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.ops import split

from sample_data.benchmarks.scene import Outline, Scene

BANDS = (0.7, 1.3, 2.0, 5.0)
_WHOLE = 5.0
#: Share of a post's step by which the outline must change for it to be a fault of a corner.
_BENDS = 0.9


@dataclass(frozen=True)
class Planted:
    """A fault: code, multiple of the allowed, key of the outline, mapped parcel, what it was."""

    code: str
    band: float
    key: str
    parcel: int
    kind: str


class Planter:
    """Changes a scene and writes down what was changed."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self.scene, self.rng, self.fabric = scene, rng, scene.fabric
        self.users = self.fabric.users()
        self.across = {
            (int(a), int(b)): i
            for i in range(len(self.fabric))
            for ring in self.fabric.rings[i]
            for a, b in zip(ring, np.roll(ring, -1), strict=True)
        }
        shapes = np.array([self.fabric.polygon(i) for i in range(len(self.fabric))], dtype=object)
        self.middles = shapely.STRtree(shapely.point_on_surface(shapes))
        self.free = set(range(len(self.fabric)))
        self.touched: set[int] = set()
        self.planted: list[Planted] = []

    def plant(self, rounds: int) -> list[Planted]:
        """All kinds of faults at all bands, then what must not be flagged."""
        graded = (
            self._post, self._fence, self._over, self._area, self._bump, self._lost, self._twice,
        )  # fmt: skip
        for _ in range(rounds):
            for band in BANDS:
                for fault in graded:
                    self._one(fault, band)
            for fault in (self._split, self._split_moved, self._merged, self._unmapped):
                self._one(fault, _WHOLE)
        self._ordinary()
        return self.planted

    def around(self, i: int) -> set[int]:
        """Parcels that share a point with a parcel, itself among them."""
        return set().union(*(self.users[point] for point in self.fabric.points(i)))

    def _one(self, fault: Callable[[int, float], set[int] | None], band: float) -> None:
        for i in self.rng.permutation(sorted(self.free)).tolist():
            if not self.around(i) <= self.free:
                continue
            changed = fault(i, band)
            if changed:
                for j in changed:
                    self.free -= self.around(j)
                self.touched |= changed
                return

    def _note(self, code: str, band: float, i: int, kind: str, key: str | None = None) -> None:
        self.planted.append(Planted(code, band, key or self.scene.number[i], i, kind))

    def _all_free(self, parcels: set[int]) -> bool:
        return all(self.around(j) <= self.free for j in parcels)

    def _moved(self, points: np.ndarray, place: np.ndarray) -> set[int] | None:
        """Move points on the ground for everybody; None when an outline would break."""
        changed = set().union(*(self.users[point] for point in points))
        ground = self.scene.ground["K1"].copy()
        ground[points] = place
        if not self._all_free(changed) or not all(
            self._sound(self.fabric.polygon(j, ground), j) for j in changed
        ):
            return None
        self.scene.ground["K1"] = ground
        for j in changed:
            self.scene.outlines[self.scene.number[j]] = self.scene.measure(j, "K1")
        return changed

    def _sound(self, shape: shapely.Polygon, i: int) -> bool:
        own = self.fabric.polygon(i)
        return bool(shape.is_valid and 0.6 < shape.area / own.area < 1.6)

    def _corners(self, i: int, turn: float = 0.5) -> np.ndarray:
        """Positions in the outer ring at which a parcel turns by more than ``turn`` radians."""
        xy = self.fabric.xy[self.fabric.rings[i][0]]
        before, after = xy - np.roll(xy, 1, axis=0), np.roll(xy, -1, axis=0) - xy
        angle = np.arctan2(*after.T[::-1]) - np.arctan2(*before.T[::-1])
        angle = np.abs((angle + np.pi) % (2.0 * np.pi) - np.pi)
        return np.flatnonzero(angle > turn)

    def _drawn(self, i: int) -> np.ndarray:
        return np.asarray(self.scene.drawn[self.scene.sheet[i]])

    def _post(self, i: int, band: float) -> set[int] | None:
        """One boundary post stands elsewhere, for all parcels at it."""
        corners = self._corners(i)
        if not len(corners):
            return None
        point = self.fabric.rings[i][0][[int(self.rng.choice(corners))]]
        way = self.rng.uniform(0.0, 2.0 * np.pi)
        step = band * self.scene.allowed(i) * np.array([np.cos(way), np.sin(way)])
        place = self._drawn(i)[point] + step
        if self._bend(i, int(point[0]), place[0]) < _BENDS * band * self.scene.allowed(i):
            return None
        changed = self._moved(point, place)
        if changed:
            self._note("CORNER", band, i, "post")
        return changed

    def _bend(self, i: int, point: int, place: np.ndarray) -> float:
        """How far the outline itself comes to lie elsewhere when a post moves, metres.

        A post beside another may slide along the fence: it moved, the boundary did not.
        """
        after = self._drawn(i).copy()
        after[point] = place
        lines = [self.fabric.polygon(i, xy).exterior for xy in (self._drawn(i), after)]
        here, there = shapely.points(self._drawn(i)[point]), shapely.points(place)
        return float(max(shapely.distance(here, lines[1]), shapely.distance(there, lines[0])))

    def _side(self, i: int) -> tuple[np.ndarray, int] | None:
        """Points of a side that a parcel shares with one neighbour, and the neighbour."""
        ring = self.fabric.rings[i][0].tolist()
        beside = [
            self.across.get((b, a)) for a, b in zip(ring, np.roll(ring, -1).tolist(), strict=True)
        ]
        starts = [
            k for k, j in enumerate(beside) if j is not None and beside[k - 1] != j and j != i
        ]
        if not starts:
            return None
        k = int(self.rng.choice(starts))
        other, points = beside[k], [ring[k]]
        while beside[k % len(ring)] == other and len(points) <= len(ring):
            k += 1
            points.append(ring[k % len(ring)])
        alike = self.scene.land_use[i] == self.scene.land_use[other or 0]  # one limit for both
        whole = len(set(points)) == len(points)
        return (np.array(points), int(other or 0)) if whole and alike else None

    def _step(self, i: int, points: np.ndarray, band: float) -> np.ndarray:
        """Displacement of a side, outwards from the parcel."""
        along = self.fabric.xy[points[-1]] - self.fabric.xy[points[0]]
        length = float(np.hypot(*along))
        return band * self.scene.allowed(i) * np.array([along[1], -along[0]]) / length

    def _fence(self, i: int, band: float) -> set[int] | None:
        """A fence was moved, and both neighbours were measured with it where it stands."""
        side = self._side(i)
        if side is None or self.scene.sheet[i] != self.scene.sheet[side[1]]:
            return None  # another sheet shows the side elsewhere: the step would be another one
        changed = self._moved(side[0], self._drawn(i)[side[0]] + self._step(i, side[0], band))
        if changed:
            self._note("CORNER", band, i, "fence")
            self._note("CORNER", band, side[1], "fence")
        return changed

    def _over(self, i: int, band: float) -> set[int] | None:
        """A parcel was measured into its neighbour, who was measured at the old line or not."""
        side = self._side(i)
        if side is None:
            return None
        points, j = side
        outline = self.scene.measure(i, "K1")
        mine = np.isin(outline.ids[0], points)
        step = self._step(i, points, band)
        ring = np.where(mine[:, None], self._drawn(i)[outline.ids[0]] + step, outline.rings[0])
        outline = outline.with_ring(ring, outline.ids[0])
        reach = self._depth(outline.land(), i, j) / self.scene.allowed(i)
        if not (self._sound(outline.polygon(), i) and self._all_free({i, j})):
            return None
        if self._swallows(outline.land(), i):
            return None
        if abs(reach - band) > 0.02 * band or self.scene.sheet[i] != self.scene.sheet[j]:
            return None
        self.scene.outlines[outline.label] = outline
        self._note("OVERLAP_MAP", band, i, "over")
        if self.rng.random() < 0.5:
            del self.scene.outlines[self.scene.number[j]]
        return {i, j}

    def _depth(self, shape: shapely.Polygon, i: int, j: int) -> float:
        """How far a shape reaches into a mapped neighbour, beyond its own mapped land."""
        common = shapely.intersection(shape, self.scene.drawn_polygon(j))
        if common.is_empty:
            return 0.0
        points = shapely.points(shapely.get_coordinates(common))
        return float(shapely.distance(points, self.scene.drawn_polygon(i)).max())

    def _area(self, i: int, band: float) -> set[int]:
        """The register has another area than the ground."""
        outline = self.scene.outlines[self.scene.number[i]]
        area = outline.polygon().area
        sign = self.rng.choice([-1.0, 1.0])
        paper = area + sign * band * self.scene.area_allowed(outline, area)
        for _ in range(5):  # what is allowed follows the paper's area
            paper = area + sign * band * self.scene.area_allowed(outline, paper)
        self.scene.register[i] = float(np.round(paper, 1))
        self._note("AREA", band, i, "register")
        return {i}

    def _bump(self, i: int, band: float) -> set[int] | None:
        """A corner more, in the middle of a side, for the parcel alone."""
        outline = self.scene.measure(i, "K1")
        drawn = self._drawn(i)[outline.ids[0]]
        along = np.roll(drawn, -1, axis=0) - drawn
        at = int(np.argmax(np.hypot(*along.T)))
        off, length = band * self.scene.allowed(i), float(np.hypot(*along[at]))
        if length < 4.0 * off:
            return None
        inward = np.array([-along[at][1], along[at][0]]) / length
        place = drawn[at] + along[at] * self.rng.uniform(0.35, 0.65) + off * inward
        outline = outline.with_ring(
            np.insert(outline.rings[0], at + 1, place, axis=0),
            np.insert(outline.ids[0], at + 1, -1),
        )
        if not self._sound(outline.polygon(), i):
            return None
        self.scene.outlines[outline.label] = outline
        self._note("SHAPE", band, i, "bump")
        return {i}

    def _lost(self, i: int, band: float) -> set[int] | None:
        """A corner of the map is not there on the ground; it stood out by about the band."""
        outline = self.scene.measure(i, "K1")
        if len(outline.ids[0]) < 5:
            return None
        for at in self.rng.permutation(len(outline.ids[0])).tolist():
            rest = outline.with_ring(
                np.delete(outline.rings[0], at, axis=0), np.delete(outline.ids[0], at)
            )
            point = shapely.Point(self._drawn(i)[outline.ids[0][at]])
            ratio = shapely.LinearRing(rest.rings[0]).distance(point) / self.scene.allowed(i)
            if not self._sound(rest.polygon(), i) or self._swallows(rest.land(), i):
                continue
            if band <= ratio < (1.5 * band if band > 1.0 else 0.9):
                self.scene.outlines[outline.label] = rest
                self._note("SHAPE", band, i, "lost")
                return {i}
        return None

    def _swallows(self, shape: shapely.Polygon, i: int) -> bool:
        """Whether an outline holds the middle of another parcel: then it measures two."""
        held = self.middles.query(shape, predicate="contains")
        return bool((held != i).any())

    def _twice(self, i: int, band: float) -> set[int] | None:
        """Two surveys measured a parcel and do not agree at one corner."""
        corners = self._corners(i)
        if not len(corners):
            return None
        outline = self.scene.measure(i, "K2")
        at = int(self.rng.choice(corners))
        way = self.rng.uniform(0.0, 2.0 * np.pi)
        allowed = self.scene.allowed(i, self.scene.sigma * np.sqrt(2.0))
        ring = outline.rings[0].copy()
        first = self.scene.outlines[self.scene.number[i]].rings[0]
        ring[at] = first[at] + band * allowed * np.array([np.cos(way), np.sin(way)])
        outline = outline.with_ring(ring, outline.ids[0])
        if not self._sound(outline.polygon(), i):
            return None
        self.scene.outlines[f"{outline.label}@K2"] = outline
        self._note("SURVEYS_DIFFER", band, i, "twice")
        return {i}

    def _split(self, i: int, band: float) -> set[int] | None:
        """Measured as two or three parcels."""
        parts = self._parts(self.scene.outlines[self.scene.number[i]])
        if parts is None:
            return None
        del self.scene.outlines[self.scene.number[i]]
        self.scene.outlines |= {part.label: part for part in parts}
        self._note("SPLIT", band, i, "split", parts[0].label)
        return {i}

    def _split_moved(self, i: int, band: float) -> set[int] | None:
        """Measured as parts, and a corner of the whole stands elsewhere."""
        before = len(self.planted)
        changed = self._post(i, band)
        if not changed:
            return None
        whole = self.scene.outlines[self.scene.number[i]]
        parts = self._parts(whole)
        if parts is None:
            return changed
        del self.scene.outlines[whole.label]
        self.scene.outlines |= {part.label: part for part in parts}
        self.planted[before] = replace(self.planted[before], key=parts[0].label, kind="part's post")
        self._note("SPLIT", band, i, "split", parts[0].label)
        return changed

    def _parts(self, outline: Outline) -> list[Outline] | None:
        shape = outline.polygon()
        if (
            not shape.is_valid
            or len(outline.rings) > 1
            or shape.area < 80.0 * (self.scene.scale / 500.0) ** 2
        ):
            return None
        box = np.asarray(shape.minimum_rotated_rectangle.exterior.coords)[:4]
        if np.hypot(*(box[1] - box[0])) < np.hypot(*(box[2] - box[1])):
            box = np.roll(box, -1, axis=0)
        pieces = [shape]
        for place in (0.5,) if self.rng.random() < 0.6 else (0.35, 0.7):
            a, b = (box[k] + (box[m] - box[k]) * place for k, m in ((0, 1), (3, 2)))
            line = shapely.LineString([2.0 * a - b, 2.0 * b - a])
            pieces = [part for piece in pieces for part in split(piece, line).geoms]
        if not 2 <= len(pieces) <= 3 or min(p.area for p in pieces) < 0.15 * shape.area:
            return None
        return [
            replace(self._named(outline, piece), label=f"{outline.label}-{k}")
            for k, piece in enumerate(pieces, start=1)
        ]

    def _named(self, outline: Outline, shape: shapely.Polygon) -> Outline:
        """Outline of a shape made of another's points, with their numbers where kept."""
        known = {
            tuple(xy): int(n)
            for ring, ids in zip(outline.rings, outline.ids, strict=True)
            for xy, n in zip(ring.tolist(), ids, strict=True)
        }
        lines = [shape.exterior, *shape.interiors]
        rings = [np.asarray(line.coords)[:-1] for line in lines]
        ids = [np.array([known.get(tuple(xy), -1) for xy in ring.tolist()]) for ring in rings]
        return replace(outline, rings=rings, ids=ids)

    def _merged(self, i: int, band: float) -> set[int] | None:
        """Two parcels measured as one."""
        side = self._side(i)
        if side is None or not self._all_free({i, side[1]}):
            return None
        pair = [self.scene.outlines[self.scene.number[k]] for k in (i, side[1])]
        union = shapely.union_all([o.land() for o in pair])
        if union.geom_type != "Polygon" or not 0.3 < pair[0].polygon().area / union.area < 0.7:
            return None
        for outline in pair:
            del self.scene.outlines[outline.label]
        both = replace(
            pair[0], rings=[r for o in pair for r in o.rings], ids=[n for o in pair for n in o.ids]
        )
        label = f"{pair[0].label}+{pair[1].label.split('/')[1]}"
        whole = replace(self._named(both, union), label=label, parcels=(i, side[1]))
        self.scene.outlines[label] = whole
        self._note("MERGED", band, i, "merged", label)
        return {i, side[1]}

    def _unmapped(self, i: int, band: float) -> set[int]:
        """The map lacks the parcel."""
        self.scene.unmapped.add(i)
        self._note("UNMAPPED", band, i, "unmapped")
        return {i}

    def _ordinary(self) -> None:
        """What must not be flagged: land not measured, drawing habits, swapped labels."""
        for i in sorted(self.free):
            chance, key = self.rng.random(), self.scene.number[i]
            if chance < 0.1:
                del self.scene.outlines[key]
            elif chance < 0.15:
                again = self._otherwise(self.scene.measure(i, "K2"))
                self.scene.outlines[f"{key}@K2"] = again
            elif chance < 0.5:
                self.scene.outlines[key] = self._otherwise(self.scene.outlines[key])
        kept = [i for i in sorted(self.free) if self.scene.number[i] in self.scene.outlines]
        for a, b in zip(kept[::9], kept[1::9], strict=False):
            one, two = (self.scene.outlines[self.scene.number[k]] for k in (a, b))
            one.label, two.label = two.label, one.label

    def _otherwise(self, outline: Outline) -> Outline:
        """The same outline from another start, with points on its straight sides, or reversed."""
        ring, ids = outline.rings[0], outline.ids[0]
        turn = int(self.rng.integers(len(ids)))
        ring, ids = np.roll(ring, turn, axis=0), np.roll(ids, turn)
        length = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
        for at in np.flatnonzero(length > 10.0 * outline.sigma + 2.0)[::-2]:
            middle = ring[at] + (ring[(at + 1) % len(ring)] - ring[at]) * self.rng.uniform(0.2, 0.8)
            ring = np.insert(ring, at + 1, middle + self.rng.normal(0.0, outline.sigma, 2), axis=0)
            ids = np.insert(ids, at + 1, -1)
        if self.rng.random() < 0.5:
            ring, ids = ring[::-1], ids[::-1]
        changed = outline.with_ring(ring, ids)
        return changed if changed.polygon().is_valid else outline

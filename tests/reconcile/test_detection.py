"""Planted differences are found under their code, and only those: recall and precision.

Faults are planted at 0.7, 1.3, 2 and 5 times the allowed difference, in land with ordinary
noise. Run with ``-s`` to see the table per code and band.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import shapely

from cadastre.reconcile import reconcile

BANDS = (0.7, 1.3, 2.0, 5.0)
SEEDS = range(6)
KINDS = ("CORNER", "OVERLAP_MAP", "AREA", "SHAPE", "SPLIT", "MERGED", "UNMAPPED")


def corner(rng: Any, land: Any, i: int, band: float) -> np.ndarray:
    ring, mapped = land.ground_ring(i), land.map_ring(i)
    at = int(rng.choice(land.real_corners(i)))
    middle = mapped.mean(axis=0) - mapped[at]
    ring[at] = mapped[at] + band * land.allowed * middle / np.hypot(*middle)
    return ring


def over(rng: Any, land: Any, i: int, band: float) -> np.ndarray:
    """Move the side between the second and the third real corner outwards."""
    ring, mapped = land.ground_ring(i), land.map_ring(i)
    real = land.real_corners(i)
    first, last = int(real[1]), int(real[2])
    side = (first + np.arange((last - first) % len(ring) + 1)) % len(ring)
    along = mapped[side[-1]] - mapped[side[0]]
    ring[side] = mapped[side] + band * land.allowed * np.array([along[1], -along[0]]) / np.hypot(
        *along
    )
    return ring


def bump(land: Any, i: int, band: float) -> np.ndarray:
    """One corner more, in the middle of an edge, off by band x allowed from the map's edge."""
    ring, mapped = land.ground_ring(i), land.map_ring(i)
    length = np.hypot(*(np.roll(mapped, -1, axis=0) - mapped).T)
    at = int(np.argmax(length))
    a, b = mapped[at], mapped[(at + 1) % len(mapped)]
    inward = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a))
    return np.insert(ring, at + 1, (a + b) / 2 + band * land.allowed * inward, axis=0)


def beside(land: Any, i: int) -> bool:
    """Whether the next parcel lies along the second side of this one."""
    if i + 1 >= len(land.rings):
        return False
    real = land.real_corners(i)
    side = {int(land.rings[i][real[1]]), int(land.rings[i][real[2]])}
    return side <= {int(v) for v in land.rings[i + 1]}


def plant(land: Any, seed: int, per_kind: int) -> tuple[dict, dict, set, list]:
    """Labels -> rings, register areas, unmapped parcels, and what was planted."""
    rng = np.random.default_rng(1000 + seed)
    shapes = shapely.polygons([shapely.linearrings(land.truth[r]) for r in land.rings])
    tree = shapely.STRtree(shapes)
    free = set(range(len(shapes)))
    ground = {f"KV-1/{i + 1}": land.ground_ring(i) for i in range(len(shapes))}
    register: dict[int, float] = {}
    unmapped: set[int] = set()
    planted: list[tuple[str, float, set[int], str]] = []

    def take(kind: str) -> tuple[int, list[int]]:
        for i in rng.permutation(sorted(free)):
            around = [int(j) for j in tree.query(shapes[i], predicate="intersects")]
            if kind in ("OVERLAP_MAP", "MERGED") and not beside(land, int(i)):
                continue
            if set(around) <= free:
                return int(i), around
        raise RuntimeError("not enough land")

    for kind in KINDS:
        bands = BANDS if kind in ("CORNER", "OVERLAP_MAP", "AREA", "SHAPE") else (5.0,)
        for band in bands * per_kind:
            i, around = take(kind)
            label = f"KV-1/{i + 1}"
            names = {i}
            if kind == "CORNER":
                ground[label] = corner(rng, land, i, band)
            elif kind == "OVERLAP_MAP":
                ground[label] = over(rng, land, i, band)
            elif kind == "SHAPE":
                ground[label] = bump(land, i, band)
            elif kind == "AREA":
                area = shapely.area(shapely.polygons(ground[label]))
                sign = rng.choice([-1, 1])
                register[i] = area + sign * band * land.area_allowed(ground[label])
            elif kind == "SPLIT":
                whole = shapely.polygons(ground.pop(label))
                middle = whole.centroid.y + rng.uniform(-2, 2)
                box = shapely.box(
                    whole.bounds[0] - 1, whole.bounds[1] - 1, whole.bounds[2] + 1, middle
                )
                ground[f"{label}-1"] = whole.intersection(box)
                ground[f"{label}-2"] = whole.difference(box)
            elif kind == "MERGED":
                other = f"KV-1/{i + 2}"
                both = [shapely.polygons(ground.pop(x)) for x in (label, other)]
                ground[f"{label}+{i + 2}"] = shapely.union_all(both)
                names.add(i + 1)
                around += [int(j) for j in tree.query(shapes[i + 1], predicate="intersects")]
            else:
                unmapped.add(i)
            planted.append((kind, band, names, label))
            free -= set(around)
    return ground, register, unmapped, planted


@pytest.mark.parametrize("scale", [500, 1000, 2000])
def test_planted_faults_are_found_and_nothing_else(new_land: Any, frames: Any, scale: int) -> None:
    found, total = Counter[tuple[str, float]](), Counter[tuple[str, float]]()
    blocked_below = Counter[str]()
    worst = 0.0
    size = {500: (6.0, 22.0), 1000: (10.0, 30.0), 2000: (25.0, 60.0)}[scale]
    for seed in SEEDS:
        land = new_land(seed, scale=scale, rows=26, lots=50, size=size)
        ground, register, unmapped, planted = plant(land, seed, 3)
        parcels, measured = frames(land, ground=ground, register=register, skip_map=unmapped)
        result = reconcile(parcels, measured)
        flags = result.mismatches
        of_label = dict(zip(measured["measured_uid"], measured["label"], strict=True))
        flagged = {
            (str(code), str(of_label.get(uid, "")).split("-1/")[-1].split("-")[0].split("+")[0])
            for code, uid in zip(flags["code"], flags["measured_uid"], strict=True)
        }
        touched: set[int] = set()
        for kind, band, names, _label in planted:
            number = str(min(names) + 1)
            total[kind, band] += 1
            found[kind, band] += (kind, number) in flagged
            touched |= names
            if band < 1:
                codes = {
                    c
                    for c, s, uid in zip(
                        flags["code"], flags["severity"], flags["measured_uid"], strict=True
                    )
                    if s == "blocking" and of_label.get(uid) == f"KV-1/{number}"
                }
                blocked_below.update((kind, c) for c in codes)
        quiet = [i for i in range(len(land.rings)) if i not in touched]
        blocking = set(flags.loc[flags["severity"] == "blocking", "measured_uid"])
        wrong = sum(f"m-KV-1/{i + 1}" in blocking for i in quiet)
        worst = max(worst, wrong / len(quiet))
    table = {key: found[key] / total[key] for key in sorted(total)}
    print(f"\n1:{scale}", {f"{k} {b}": round(v, 3) for (k, b), v in table.items()})
    print(
        "blocking on unchanged, worst seed:", round(worst, 4), "below limit:", dict(blocked_below)
    )
    assert all(share >= 0.99 for (_, band), share in table.items() if band > 1)
    assert worst < 0.01
    assert not {k for k in blocked_below if k[0] == k[1]}

"""Faults along the edges of sheets: land that overlaps or gapes beyond the limit.

The limit is the position limit of the coarser of the two scales (with the wider limit of
farmland only where ``merge.join.farmland`` says so). The inner vertices of a common
boundary are moved on one sheet so that they lie band x limit from the other sheet's copy
of the same vertex, square to the boundary; the ends keep their ordinary error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

from cadastre.regulation import Regulation
from sample_data.faults import BANDS, Fault, Ledger
from sample_data.map_copies import Copies
from sample_data.neighbours import Neighbours

INNER_VERTICES, INNER_LENGTH_M = 3, 8.0
#: Least width of a strip at its inner vertices, as a share of the planted one.
STRIP_SHARE = 0.85


@dataclass(frozen=True)
class Chain:
    """Inner vertices of the boundary between two faces of different sheets."""

    face: int
    other: int
    inner: tuple[int, ...]
    outward: np.ndarray  # unit normals, out of ``face``


def find_chains(
    rng: np.random.Generator, neighbours: Neighbours, sheet_of: dict[int, int]
) -> list[Chain]:
    """Boundaries between sheets with enough inner vertices, in random order."""
    found: list[Chain] = []
    for face in sheet_of:
        ring = neighbours.ring[face]
        following = np.roll(ring, -1)
        beside = [
            neighbours.across(face, int(a), int(b)) for a, b in zip(ring, following, strict=True)
        ]
        for other in {b for b in beside if b is not None and b in sheet_of}:
            if sheet_of[other] != sheet_of[face]:
                chain = _chain(neighbours, face, other, ring, beside)
                if chain is not None:
                    found.append(chain)
    return [found[i] for i in rng.permutation(len(found))]


def _chain(
    neighbours: Neighbours, face: int, other: int, ring: np.ndarray, beside: list[int | None]
) -> Chain | None:
    n = len(ring)
    inner = [
        i for i in range(n)
        if beside[i] == other and beside[i - 1] == other
        and set(neighbours.faces_at[ring[i]].tolist()) == {face, other}
    ]  # fmt: skip
    if len(inner) < INNER_VERTICES:
        return None
    breaks = [k for k in range(len(inner)) if (inner[k] - inner[k - 1]) % n != 1]
    if len(breaks) != 1:  # one run only, possibly across the start of the ring
        return None
    run = inner[breaks[0] :] + inner[: breaks[0]]
    xy = neighbours.xy[ring[run]]
    if np.hypot(*np.diff(xy, axis=0).T).sum() < INNER_LENGTH_M:
        return None
    step = (
        neighbours.xy[ring[[(i + 1) % n for i in run]]] - neighbours.xy[ring[[i - 1 for i in run]]]
    )
    length = np.maximum(np.hypot(*step.T), 1e-9)
    outward = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None]
    return Chain(face, other, tuple(int(v) for v in ring[run]), outward)


def plant_edge_faults(
    rng: np.random.Generator,
    copies: Copies,
    neighbours: Neighbours,
    copy_of_face: dict[int, int],
    avoid_sheets: set[int],
    ledger: Ledger,
    regulation: Regulation,
    each: int,
) -> None:
    """Plant ``each`` overlaps and gaps of every band."""
    sheet_of = {
        face: int(copies.sheet[copy])
        for face, copy in copy_of_face.items()
        if int(copies.sheet[copy]) not in avoid_sheets
    }
    chains = iter(find_chains(rng, neighbours, sheet_of))
    place = copies.places()
    wanted = [(code, band) for band in sorted(BANDS, reverse=True)
              for code in ("EDGE_OVERLAP", "EDGE_GAP")] * each  # fmt: skip
    for code, band in wanted:
        for chain in chains:
            if _plant(code, band, chain, copies, place, copy_of_face, ledger, regulation):
                break


def _plant(
    code: str,
    band: float,
    chain: Chain,
    copies: Copies,
    place: dict[tuple[int, int], int],
    copy_of_face: dict[int, int],
    ledger: Ledger,
    regulation: Regulation,
) -> bool:
    if {chain.face, chain.other} & ledger.taken:
        return False
    mine, theirs = copy_of_face[chain.face], copy_of_face[chain.other]
    limit = edge_limit(copies, mine, theirs, regulation)
    depth = band * limit * (1 if code == "EDGE_OVERLAP" else -1)
    pair = copies.polygons(np.array([mine, theirs]))
    if np.sqrt(shapely.area(pair)).min() < 7 * abs(depth):
        return False
    rows = np.array([place[int(copies.sheet[mine]), v] for v in chain.inner])
    beside = np.array([place[int(copies.sheet[theirs]), v] for v in chain.inner])
    before = copies.position[rows].copy()
    copies.position[rows] = np.round(copies.position[beside] + depth * chain.outward, 4)
    after = copies.polygons(np.array([mine]))[0]
    if not after.is_valid or not _wide(copies.position[rows], pair[1], abs(depth)):
        copies.position[rows] = before
        return False
    ledger.taken |= {chain.face, chain.other}
    middle = copies.position[rows][len(rows) // 2]
    ledger.add(Fault(
        code, band, other={"copy": theirs}, former_parcel=str(mine), measured=abs(depth),
        limit=limit, unit="m", where=[round(float(v), 3) for v in middle],
        note="width of the strip at the inner vertices of the common boundary",
    ))  # fmt: skip
    return True


def _wide(moved: np.ndarray, other: Polygon, depth: float) -> bool:
    """Whether the strip really is that wide: thin or sharply bent land would narrow it."""
    distance = shapely.distance(shapely.points(moved), other.exterior)
    return bool(distance.min() > STRIP_SHARE * depth)


def edge_limit(copies: Copies, one: int, other: int, regulation: Regulation) -> float:
    """Position limit of the coarser of two copies, in metres."""
    scale = np.array([copies.scale[one], copies.scale[other]])
    both = bool(copies.farmland[one] and copies.farmland[other])
    wide = both and bool(regulation["merge"]["join"]["farmland"])
    return float(regulation.accuracy.position_limit(scale, wide).max())

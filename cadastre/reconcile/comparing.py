"""Map against ground: every difference that matters, and only those.

1. Find what probably belongs together and how far each sheet lies off (``placing``).
2. Lay the map where the sheets' shifts put it; relate measured and mapped parcels by the
   land that they share, within each survey (``matching``).
3. Pair the corners of parcels that stand one to one; judge corners, edges and areas, each
   only when significant and beyond its limit (``pairing``, ``judgement``).
4. Look for measured land in a neighbour, and for measured parcels that overlap
   (``conflicts``); draw the verdict and write the mismatches (``verdicts``, ``flags``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre.mismatch import mismatch_frame
from cadastre.reconcile.conflicts import (
    Conflict,
    between_measured,
    into_neighbours,
    left_free,
    without_needles,
)
from cadastre.reconcile.corner_table import CornerColumns
from cadastre.reconcile.corners import Corners
from cadastre.reconcile.differing import any_beyond
from cadastre.reconcile.findings import Findings, Pairs
from cadastre.reconcile.flags import write_mismatches
from cadastre.reconcile.freeing import give_back
from cadastre.reconcile.judgement import (
    PairLimits,
    area_sigma,
    judge_area,
    judge_corners,
    judge_edges,
    map_variance,
    pair_limits,
)
from cadastre.reconcile.matching import (
    Relations,
    all_links,
    covered_shares,
    relate,
    telling,
)
from cadastre.reconcile.pairing import pair_corners
from cadastre.reconcile.placing import Placed, place
from cadastre.reconcile.regrouping import PairedCorners, pair_again
from cadastre.reconcile.repeats import compare_repeats, measured_twice
from cadastre.reconcile.ring_pairs import pair_rings
from cadastre.reconcile.sharing import together
from cadastre.reconcile.shift import shift_table
from cadastre.reconcile.sides import GroundSide, MapSide, both_sides
from cadastre.reconcile.tables import match_table
from cadastre.reconcile.tolerances import between_allowed, into_allowed
from cadastre.reconcile.verdicts import Verdicts, draw_verdicts
from cadastre.reconcile.wholes import compare_wholes
from cadastre.regulation import Regulation, load

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the comparison found; columns as the public surface names them.

    ``matches``: one row per relation of a measured and a mapped parcel. ``corners``: one
    row per corner of parcels that stand one to one; ``distance_m`` after the sheet's shift,
    ``raw_distance_m`` before it. ``shifts``: one row per sheet with measured parcels.
    """

    matches: pd.DataFrame
    corners: pd.DataFrame
    shifts: pd.DataFrame
    mismatches: gpd.GeoDataFrame


def reconcile(
    parcels: gpd.GeoDataFrame,
    measured: gpd.GeoDataFrame,
    *,
    boundary: pd.DataFrame | None = None,
    regulation: Regulation | None = None,
    decisions: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Reconciliation:
    """Compare measured parcels with the parcel map.

    Parameters
    ----------
    parcels : ParcelFrame, in a VN-2000 zone
    measured : MeasuredFrame, in the same zone; ``boundary_confirmed`` is used if present
    boundary : signed boundary descriptions, columns parcel_uid, confirmed
        (unchanged, changed, disputed, not recorded)
    decisions : mismatch_id -> decision; a SHEET_SHIFT that is "not_a_mismatch" is not applied
    progress : called with (share 0..1, stage)

    Raises
    ------
    cadastre.frames.FrameRefused
        A frame lacks columns, or the two are not in one zone.
    """
    regulation = regulation or load()
    tell = progress or (lambda share, stage: None)
    told = dict(decisions or {})
    map_side, ground = both_sides(parcels, measured, regulation)
    tell(0.1, "place")
    placed, relations, pairs = _compared(map_side, ground, regulation, told, tell)
    count = len(map_side.shapes) + len(ground.shapes)
    tell(0.7, "judge")
    findings = _judged(map_side, ground, placed, relations, pairs, told, regulation)
    verdicts = draw_verdicts(map_side, ground, findings, boundary, regulation)
    tell(0.9, "flag")
    tables = _tables(map_side, ground, findings, verdicts, regulation)
    # The table of corners is as large as all else: what it does not need goes before it comes.
    del map_side, ground, placed, relations, pairs, findings, verdicts
    give_back(count)
    matches, mismatches, shifts, columns = tables
    return Reconciliation(matches, columns.table(), shifts, mismatches)


def _tables(
    map_side: MapSide,
    ground: GroundSide,
    findings: Findings,
    verdicts: Verdicts,
    regulation: Regulation,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame, CornerColumns]:
    """Matches, mismatches, shifts, and what the corners' table is made of."""
    matches, mismatches, columns = together(
        lambda: match_table(map_side, ground, findings, verdicts),
        lambda: mismatch_frame(
            write_mismatches(map_side, ground, findings, verdicts, regulation), ground.srid
        ),
        lambda: CornerColumns.of(map_side, ground, findings),
    )
    shifts = shift_table(findings.placed.models, map_side.sheets)
    return matches, mismatches, shifts, columns


def _compared(
    map_side: MapSide,
    ground: GroundSide,
    regulation: Regulation,
    told: dict[str, str],
    tell: Progress,
) -> tuple[Placed, Relations, Pairs]:
    """The map laid on the ground, what belongs together, and the corners judged."""
    placed, known = place(map_side, ground, regulation, told)
    tell(0.4, "relate")
    relations, known, limits = _related(map_side, ground, placed, known, regulation)
    m, p = known.m, known.p
    corners = known.corners.telling(limits.threshold)
    del known  # as large as the corners that are kept
    return placed, relations, _pairs(m, p, placed, corners, limits, regulation)


def _related(
    map_side: MapSide,
    ground: GroundSide,
    placed: Placed,
    known: PairedCorners,
    regulation: Regulation,
) -> tuple[Relations, PairedCorners, PairLimits]:
    """Relations of all measured parcels, the corners of one-to-one pairs and their limits.

    Parcels that lie clearly on one mapped parcel and whose corners all fit need no look at
    their neighbours; only the others are searched. ``known`` are corners paired already, without
    a parcel (-1) where the map has moved since.
    """
    rules = regulation["reconcile"]["match"]

    def pair(m: np.ndarray, p: np.ndarray) -> Corners:
        close = regulation.accuracy.allowed(map_side.limit_m[p], ground.sigma[m])
        rings = placed.adjusted, placed.ground_rings
        return pair_corners(*rings, pair_rings(*rings, p, m), close)

    first = known
    if (known.p < 0).any():
        at = np.flatnonzero(placed.clear >= 0)
        first = pair_again(known, at, placed.clear[at], pair)

    def limits_of(some: PairedCorners) -> PairLimits:
        count = some.corners.paired_count(len(some.m))
        return pair_limits(map_side, ground, (some.m, some.p), count, regulation)

    limits = limits_of(first)
    beyond = any_beyond(first.corners, placed.adjusted.xy, placed.ground_rings.xy, limits.threshold)
    searched = placed.clear < 0
    searched[first.m[beyond]] = True
    laid = placed.rough, placed.rough_box
    links = all_links(map_side, ground, laid, placed.clear, searched, rules)
    covered = covered_shares(links, len(ground.shapes))
    relations = relate(telling(map_side, ground, links), covered, ground.survey, rules)
    final = pair_again(
        first,
        relations.links.m[relations.single],
        relations.links.p[relations.single],
        pair,
    )
    return relations, final, limits if final.corners is first.corners else limits_of(final)


def _pairs(
    m: np.ndarray,
    p: np.ndarray,
    placed: Placed,
    corners: Corners,
    limits: PairLimits,
    regulation: Regulation,
) -> Pairs:
    """Corners judged; a vertex without partner that lies on the other outline says nothing."""
    judged = judge_corners(
        corners,
        placed.adjusted.xy,
        placed.rings.xy,
        placed.ground_rings.xy,
        limits,
        regulation,
    )
    bad = judged.moved | judged.off
    beyond = np.zeros(len(m), dtype=bool)
    beyond[corners.pair[bad]] = True
    return Pairs(m, p, corners, limits, judged, beyond)


def _judged(
    map_side: MapSide,
    ground: GroundSide,
    placed: Placed,
    relations: Relations,
    pairs: Pairs,
    told: dict[str, str],
    regulation: Regulation,
) -> Findings:
    m, p = pairs.m, pairs.p
    sigma = (
        area_sigma(ground.shapes.chord_m2[m], ground.sigma[m] ** 2),
        area_sigma(map_side.shapes.chord_m2[p], map_variance(map_side.limit_m[p], regulation)),
    )
    scale, area = map_side.scale[p], ground.shapes.area[m]
    edges = judge_edges(
        pairs.corners,
        (p, m),
        (placed.adjusted, placed.ground_rings),
        scale,
        map_side.farmland[p],
        ground.sigma[m],
        pairs.limits,
        regulation,
    )
    register = map_side.columns["register_area_m2"].to_numpy(dtype=np.float64)[p]
    printed = map_side.columns["printed_area_m2"].to_numpy(dtype=np.float64)[p]
    paper = np.where(np.isfinite(register), register, printed)
    suspect = np.ones(len(ground.shapes), dtype=bool)
    suspect[m[~pairs.beyond]] = False
    into = _into(ground, placed, relations, suspect)
    same_land = measured_twice(relations)
    between = between_measured(ground.shapes, suspect, same_land[:, :2])
    limit = into_allowed(map_side, ground, pairs, relations, into, regulation)
    into = without_needles(into, limit)
    return Findings(
        placed=placed,
        relations=relations,
        pairs=pairs,
        area=judge_area(area, map_side.shapes.area[p], paper, scale, sigma, regulation),
        edges=edges,
        into=into,
        between=between,
        into_allowed=limit,
        between_allowed=between_allowed(map_side, ground, relations, between, regulation),
        agreed=left_free(ground, relations, into, limit),
        repeats=compare_repeats(map_side, ground, placed, same_land, told, regulation),
        wholes=compare_wholes(map_side, ground, relations, placed, regulation),
    )


def _into(
    ground: GroundSide, placed: Placed, relations: Relations, suspect: np.ndarray
) -> Conflict:
    """Conflicts with mapped neighbours, of suspected parcels that have land of their own."""
    m, p = relations.links.m, relations.links.p
    kept = np.flatnonzero(suspect[m])
    kept = kept[np.argsort(m[kept], kind="stable")]
    which, start = np.unique(m[kept], return_index=True)
    runs = np.split(p[kept], start[1:])

    def own_land(at: np.ndarray) -> np.ndarray:
        wanted, place = np.unique(at, return_inverse=True)
        some = [runs[i] for i in wanted]
        land = placed.drawn(np.concatenate(some)) if some else np.zeros(0, dtype=object)
        parts = np.split(land, np.cumsum([len(run) for run in some])[:-1])
        return np.array([shapely.union_all(part) for part in parts], dtype=object)[place]

    return into_neighbours(ground.shapes, which, own_land, placed, (m[kept], p[kept]))

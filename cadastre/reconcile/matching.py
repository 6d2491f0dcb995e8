"""Which measured parcel is which mapped parcel: same, part, whole, many or none.

Parcels that share most of either area belong together. Within one survey, one mapped
parcel under several measured ones was split on the ground; several under one were
measured as one. A candidate's score joins overlap, likeness of area and the label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cadastre.reconcile.nearness import near_pairs
from cadastre.reconcile.overlap import common_area
from cadastre.reconcile.rings import Rings
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.words import Words

#: What a measured and a mapped parcel are to each other.
RELATIONS = ("same", "part", "whole", "many")


@dataclass(frozen=True)
class Links:
    """Candidate pairs: measured ``m``, mapped ``p``, common area, shares of either, score."""

    m: np.ndarray
    p: np.ndarray
    overlap: np.ndarray
    in_m: np.ndarray
    in_p: np.ndarray
    iou: np.ndarray
    score: np.ndarray
    label: np.ndarray

    def take(self, which: np.ndarray) -> Links:
        """Return some of the candidates."""
        return Links(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Relations:
    """Edges that hold, with their relation; ``single`` marks pairs of one and one.

    ``runner_up`` is the next best score of the measured parcel, ``ambiguous`` marks matches
    that lead it by too little; ``covered`` is the share of each measured parcel on the map.
    """

    links: Links
    relation: Words
    single: np.ndarray
    runner_up: np.ndarray
    ambiguous: np.ndarray
    covered: np.ndarray


def links_of(
    map_side: MapSide,
    ground: GroundSide,
    rings: Rings,
    pairs: tuple[np.ndarray, np.ndarray],
    rules: Mapping[str, Any],
) -> Links:
    """Overlap and score of pairs (m, p), with the map's shapes given by ``rings``."""
    m, p = pairs
    overlap = common_area(ground.shapes.rings, m, rings, p)
    area_m, area_p = ground.shapes.area[m], map_side.shapes.area[p]
    ratio = _share(np.minimum(area_m, area_p), np.maximum(area_m, area_p))
    label = _label_term(map_side, ground, m, p)
    iou = _share(overlap, area_m + area_p - overlap)
    score = (
        float(rules["weight_overlap"]) * iou
        + float(rules["weight_shape"]) * ratio
        + float(rules["weight_label"]) * label
    )
    in_m, in_p = _share(overlap, area_m), _share(overlap, area_p)
    return Links(m, p, overlap, in_m, in_p, iou, score, label)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Share of a whole, none where the whole has no area (an outline that is only a line)."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0.0)


def _label_term(map_side: MapSide, ground: GroundSide, m: np.ndarray, p: np.ndarray) -> np.ndarray:
    """1 where the label names the parcel, 0 where it names another known one, else 1/2."""
    key = ground.key[m]
    hit = (key >= 0) & ((key == map_side.key_old[p]) | (key == map_side.key_new[p]))
    return np.where(hit, 1.0, np.where(ground.known[m], 0.0, 0.5))


def all_links(
    map_side: MapSide,
    ground: GroundSide,
    placed: tuple[Rings, np.ndarray],
    clear: np.ndarray,
    searched: np.ndarray,
    rules: Mapping[str, Any],
) -> Links:
    """Candidates: every neighbour for ``searched`` parcels, the clear one for the others.

    Parameters
    ----------
    placed : the map where it is laid: rings, and box of each parcel
    """
    rings, box = placed
    at = np.flatnonzero(searched)
    query, found = near_pairs(box, ground.shapes.box[at], 0.0)
    ranked = np.lexsort((found, query))
    query, found = query[ranked], found[ranked]
    rest = np.flatnonzero(~searched & (clear >= 0))
    m = np.concatenate([at[query], rest])
    p = np.concatenate([found, clear[rest]])
    links = links_of(map_side, ground, rings, (m, p), rules)
    shared = links.overlap > 0.0
    touching = links if shared.all() else links.take(shared)
    # Two runs in order, of different parcels: a stable sort has only to put them together.
    return touching.take(np.argsort(touching.m, kind="stable"))


def telling(map_side: MapSide, ground: GroundSide, links: Links) -> Links:
    """Candidates that say something: of parcels narrower than the position limit the best.

    Such a parcel may lie wholly within its neighbour by noise alone; land in common says
    nothing of it, the best of shape and number does.
    """
    limit = map_side.limit_m[links.p]
    says = np.ones(len(links.m), dtype=bool)
    for own, width in ((links.m, ground.shapes.width), (links.p, map_side.shapes.width)):
        thin = np.flatnonzero(width[own] < limit)
        order = thin[np.lexsort((thin, -links.score[thin], own[thin]))]
        says[order[np.diff(own[order], prepend=-1) == 0]] = False
    return links if says.all() else links.take(says)


def best_links(links: Links, count: int) -> np.ndarray:
    """Best-scoring mapped parcel of each measured one, or -1."""
    best = np.full(count, -1, dtype=np.intp)
    order = _by_score(links)
    first = np.flatnonzero(np.diff(links.m[order], prepend=-1))
    best[links.m[order][first]] = links.p[order][first]
    return best


def _by_score(links: Links) -> np.ndarray:
    """Order of measured parcel, then from the best score; ``links`` are in the first already."""
    order = np.arange(len(links.m))
    count = np.bincount(links.m, minlength=1)
    several = np.flatnonzero(count[links.m] > 1)
    ranked = np.lexsort((links.p[several], -links.score[several], links.m[several]))
    order[several] = several[ranked]
    return order


def covered_shares(links: Links, count: int) -> np.ndarray:
    """Share of each measured parcel on the map; slivers cover what they cover."""
    return np.bincount(links.m, weights=links.in_m, minlength=count)


def relate(
    links: Links, covered: np.ndarray, survey: np.ndarray, rules: Mapping[str, Any]
) -> Relations:
    """Relations of candidate pairs; ``survey`` is the survey number of each measured parcel."""
    count = len(covered)
    edge = float(rules["edge_share"])
    strong = (links.in_m >= edge) | (links.in_p >= edge)
    weak = _weak(links, strong, covered, count, rules)
    strong &= ~_overrun(links, edge, survey)
    used = links.take(strong | weak)
    is_weak = weak[strong | weak]
    relation, single = _classified(used, is_weak, survey, count, rules)
    runner = _runner_up(links, used, count)
    lead = used.score - runner
    ambiguous = is_weak & (lead < float(rules["ambiguous_margin"]))
    return Relations(used, relation, single, runner, ambiguous, covered)


def _overrun(links: Links, edge: float, survey: np.ndarray) -> np.ndarray:
    """Candidates of two parcels that each have one of their own in the same survey.

    A measured parcel that runs over a small neighbour, which was measured too, is in conflict
    with it; neither was split nor merged.
    """
    both = (links.in_m >= edge) & (links.in_p >= edge)
    rest = np.flatnonzero(~both)
    key = links.p * (int(survey.max(initial=0)) + 1) + survey[links.m]
    own = np.zeros(int(links.m.max(initial=-1)) + 1, dtype=bool)
    own[links.m[both]] = True
    rest = rest[own[links.m[rest]]]
    overrun = np.zeros(len(both), dtype=bool)
    overrun[rest] = np.isin(key[rest], key[both]) if len(rest) else False
    return overrun


def _weak(
    links: Links, strong: np.ndarray, covered: np.ndarray, count: int, rules: Mapping[str, Any]
) -> np.ndarray:
    """The best candidate of parcels that share most of no area, when they lie on the map."""
    has = np.zeros(count, dtype=bool)
    has[links.m[strong]] = True
    best = best_links(links, count)
    weak = ~has[links.m] & (best[links.m] == links.p)
    return np.asarray(
        weak
        & (np.maximum(links.in_m, links.in_p) >= float(rules["weak_share"]))
        & (covered[links.m] >= float(rules["unmapped_cover"]))
    )


def _classified(
    used: Links, weak: np.ndarray, survey: np.ndarray, count: int, rules: Mapping[str, Any]
) -> tuple[Words, np.ndarray]:
    """Relation of each link, and whether the two stand one to one.

    Links whose parcels have no other are told apart at once; the groups of the rest by graph.
    """
    edge = float(rules["edge_share"])
    both = ((used.in_m >= edge) & (used.in_p >= edge)) | weak
    relation = _plain(both, used.in_m >= edge)
    single = np.ones(len(used.m), dtype=bool)
    others = np.bincount(used.m, minlength=1)[used.m] + np.bincount(used.p, minlength=1)[used.p]
    at = np.flatnonzero(others > 2)
    if len(at):
        grouped, single[at] = _grouped(used.take(at), both[at], survey, count, rules)
        relation.code[at] = grouped.code
    return relation, single


def _plain(both: np.ndarray, part: np.ndarray) -> Words:
    """Relations of links whose parcels have no other."""
    relation = Words.all_of(RELATIONS, len(both))
    relation.put(~both, "whole")
    relation.put(~both & part, "part")
    return relation


def _grouped(
    used: Links, both: np.ndarray, survey: np.ndarray, count: int, rules: Mapping[str, Any]
) -> tuple[Words, np.ndarray]:
    surveys = int(survey.max()) + 1
    _, node_p = np.unique(used.p * surveys + survey[used.m], return_inverse=True)
    size = count + int(node_p.max()) + 1
    graph = coo_matrix((np.ones(len(used.m)), (used.m, count + node_p)), shape=(size, size))
    group = connected_components(graph, directed=False)[1]
    of_edge = group[used.m]
    measured = np.bincount(group[np.unique(used.m)], minlength=size)[of_edge]
    mapped = np.bincount(group[count + np.unique(node_p)], minlength=size)[of_edge]
    cover = np.bincount(node_p, weights=used.in_p)[node_p]
    edge = float(rules["edge_share"])
    relation = _plain(both, used.in_m >= edge)
    one_one = (measured == 1) & (mapped == 1)
    relation.put(~one_one, "many")
    split = (measured > 1) & (mapped == 1)
    repeated = split & (cover > float(rules["duplicate_cover"]))
    relation.put(split, "part")
    relation.put(repeated & both, "same")
    relation.put((measured == 1) & (mapped > 1), "whole")
    return relation, one_one | (repeated & both)


def _runner_up(links: Links, used: Links, count: int) -> np.ndarray:
    """Score of the best candidate other than the one used, 0 when there is none."""
    order = _by_score(links)
    m, p, score = links.m[order], links.p[order], links.score[order]
    start = np.searchsorted(m, used.m)
    end = np.searchsorted(m, used.m, side="right")
    second = start + (p[start] == used.p)
    return np.where(second < end, score[np.minimum(second, len(score) - 1)], 0.0)

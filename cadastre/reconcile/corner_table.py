"""The table of corners of the public surface, made last and out of what it replaces.

A corner takes 67 bytes, a parcel some ten to twenty corners: the table is the largest thing
that a comparison makes. Differences are in single precision, positions in double; identifiers
and kinds are categories, so that a corner holds only their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadastre.reconcile.corners import Corners
from cadastre.reconcile.differing import write_places, write_shared
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.judgement import CornerJudgement
from cadastre.reconcile.sides import GroundSide, MapSide

_KINDS = pd.Index(["paired", "added", "lost"])
_BLOCK = 100_000  # corners


@dataclass
class CornerColumns:
    """What the table is made of; emptied by :meth:`table`.

    ``names`` are the measured parcels of the pairs, which number them, and the mapped parcels
    with the number of each pair's; ``xy`` are the vertices on the map and on the ground.
    """

    rows: Corners
    judged: CornerJudgement
    bounds: np.ndarray
    allowed: np.ndarray
    names: tuple[pd.Index, pd.Index, np.ndarray]
    xy: list[np.ndarray]

    @classmethod
    def of(cls, map_side: MapSide, ground: GroundSide, findings: Findings) -> CornerColumns:
        """Corners of one-to-one pairs."""
        pairs, placed = findings.pairs, findings.placed
        used, number = np.unique(pairs.p, return_inverse=True)
        names = pd.Index(ground.shapes.uid.take(pairs.m)), pd.Index(map_side.shapes.uid.take(used))
        return cls(
            pairs.corners, pairs.judged, pairs.corners.bounds(len(pairs.m)), pairs.limits.allowed,
            (*names, number.astype(np.int32)), [placed.ground_rings.xy, placed.rings.xy],
        )  # fmt: skip

    def table(self) -> pd.DataFrame:
        """Return one row a corner; ``kind`` is paired, added (ground only) or lost (map only).

        ``corner`` counts from 1 within a pair. Vertices without a partner that lie on the other
        outline are not listed.
        """
        rows, judged = self.rows, self.judged
        kind, distance, significant = _told(rows, judged)
        beyond = judged.moved | judged.off
        map_e, map_n = write_places(self.xy.pop(), rows.map_vertex)
        measured_e, measured_n = write_places(self.xy.pop(), rows.ground_vertex)
        code, number, limit = write_shared(rows.pair, self.bounds, self.names[2], self.allowed)
        columns = {
            "measured_uid": _category(rows.pair, self.names[0]),
            "parcel_uid": _category(code, self.names[1]),
            "corner": number,
            "map_e": map_e,
            "map_n": map_n,
            "measured_e": measured_e,
            "measured_n": measured_n,
            "de": judged.difference[0],
            "dn": judged.difference[1],
            "distance_m": distance,
            "raw_distance_m": judged.raw.copy() if judged.raw is distance else judged.raw,
            "allowed_m": limit,
            "significant": significant,
            "beyond": beyond,
            "kind": _category(kind, _KINDS),
        }
        return pd.DataFrame(columns, copy=False)


def _category(code: np.ndarray, names: pd.Index) -> pd.Categorical:
    return pd.Categorical.from_codes(code, categories=names, validate=False)


def _told(rows: Corners, judged: CornerJudgement) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind, distance and significance of corners: one without partner is by itself telling."""
    lone = rows.lone()
    kind = np.zeros(len(rows.pair), dtype=np.int8)
    if not len(lone):
        return kind, judged.distance, judged.significant
    distance, significant = judged.distance.copy(), judged.significant.copy()
    kind[lone] = np.where(rows.map_vertex[lone] < 0, 1, 2)
    distance[lone], significant[lone] = rows.off_m[lone], True
    return kind, distance, significant

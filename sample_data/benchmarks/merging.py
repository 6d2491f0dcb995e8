"""``cadastre bench merge``: the merge beside one ``shapely.coverage_clean`` of the same polygons.

Parcels of twelve and more corners with bent sides, enclaves cut from their hosts, drawn on
sheets of 24 x 24 lots whose common edges differ by drawing noise, most of it inside the
position limit. Both get the same polygons in the same run. Identifiers are timed apart:
their pole of inaccessibility costs the same for any merge. The peer only snaps and fills;
it knows no sheets, no limits, no report. Both clocks are shown, best of the runs each: on a
machine that does other work the processor's own time is the fairer one. The sizes take turns,
the smallest before and after the others: the growth of the cost of a parcel is that within a turn,
since the pace of a machine changes by more than the growth from one minute to the next.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Floats = npt.NDArray[np.float64]
SRID = 9217
_CORNER = np.array([562_000.0, 1_337_000.0])
_LOTS, _SIDE_M, _BENDS = 24, 22.0, 2
_SCALES = (500, 1000, 2000)
_FORMER = ("22609", "22630", "22645")
_NOISE_SHARE = 0.3  # sigma of the drawing of an edge, as a share of the position limit
_ENCLAVE_EVERY = 37


def main(arguments: Sequence[str]) -> int:
    """Time both at several sizes and print one line for each."""
    parser = argparse.ArgumentParser(prog="cadastre bench merge", description=__doc__)
    parser.add_argument("--parcels", type=int, nargs="+", default=[10_000, 100_000, 300_000])
    parser.add_argument("--repeat", type=int, default=2, help="so many turns")
    parser.add_argument("--no-identifiers", action="store_true")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    chosen = parser.parse_args(list(arguments))
    _Size(_LOTS**2).turn()  # imports and caches are no part of the cost
    sizes = [_Size(count) for count in chosen.parcels]
    growth = [_turn(sizes) for _ in range(max(chosen.repeat, 1))]
    rows = [size.told(identifiers=not chosen.no_identifiers) for size in sizes]
    wall, cpu = (round(statistics.median(column), 2) for column in zip(*growth, strict=True))
    told = "".join(_line(row, first=row is rows[0]) for row in rows)
    told += f"cost per parcel, largest over smallest: {wall:.2f}, by processor time {cpu:.2f}\n"
    facts = {"sizes": rows, "growth": wall, "cpu_growth": cpu}
    sys.stdout.write(json.dumps(facts) + "\n" if chosen.json else told)
    return 0


def _turn(sizes: list[_Size]) -> tuple[float, float]:
    """All sizes once, the smallest twice; growth of a parcel's cost by either clock."""
    smallest, largest = sizes[0], sizes[-1]
    costs = [size.turn() for size in sizes]
    again = smallest.turn() if largest is not smallest else costs[0]
    first = [(one + other) / 2 for one, other in zip(costs[0], again, strict=True)]
    return costs[-1][0] / first[0], costs[-1][1] / first[1]


def drawn_sheets(count: int, *, seed: int = 22609) -> list[gpd.GeoDataFrame]:
    """About ``count`` parcels on square sheets, the same for the same seed.

    >>> frames = drawn_sheets(600)
    >>> len(frames), bool(frames[0].is_valid.all())
    (1, True)
    """
    across = max(1, round(np.sqrt(count / _LOTS**2)))
    down = max(1, round(count / _LOTS**2 / across))
    rng = np.random.default_rng(seed)
    nodes, level, upright = _lines(rng, across * _LOTS, down * _LOTS)
    frames = []
    for number in range(across * down):
        i, j = number % across, number // across
        part = np.s_[i * _LOTS : (i + 1) * _LOTS + 1, j * _LOTS : (j + 1) * _LOTS + 1]
        scale = _SCALES[(i // 3 + j // 3) % 3]
        noise = np.random.default_rng((seed, number))
        drawn = _redrawn(noise, nodes[part], level[part], upright[part], scale)
        frames.append(_sheet(drawn, _FORMER[(i + j) % 3], str(number + 1), scale))
    return frames


def _lines(rng: Any, across: int, down: int) -> tuple[Floats, Floats, Floats]:
    """Corners of all lots, and the bends of their level and upright sides."""
    grid = np.stack(np.meshgrid(np.arange(across + 1.0), np.arange(down + 1.0), indexing="ij"), -1)
    nodes = _CORNER + grid * _SIDE_M + rng.normal(0, 1.5, grid.shape)
    share = (np.arange(1, _BENDS + 1) / (_BENDS + 1))[:, None]

    def bent(axis: int) -> Floats:
        ends = np.concatenate(
            [np.diff(nodes, axis=axis), np.zeros_like(nodes.take([0], axis))], axis
        )
        between = nodes[:, :, None, :] + share * ends[:, :, None, :]
        return np.asarray(between + rng.normal(0, 0.4, between.shape))

    return nodes, bent(0), bent(1)


def _redrawn(
    rng: Any, nodes: Floats, level: Floats, upright: Floats, scale: int
) -> tuple[Floats, Floats, Floats]:
    """Return one sheet as its surveyor drew it: its rim differs from that of its neighbours."""
    from cadastre.regulation import load

    sigma = _NOISE_SHARE * float(load().accuracy.position_limit(scale))
    nodes, level, upright = nodes.copy(), level.copy(), upright.copy()
    for side in (0, -1):
        for lines in (nodes, level, upright):
            lines[side] += rng.normal(0, sigma, lines[side].shape)
            lines[:, side] += rng.normal(0, sigma, lines[:, side].shape)
    return nodes, level, upright


def _sheet(
    drawn: tuple[Floats, Floats, Floats], former: str, number: str, scale: int
) -> gpd.GeoDataFrame:
    from cadastre.frames import parcel_key

    nodes, level, upright = drawn
    south, north = level[:-1, :-1], level[:-1, 1:, ::-1]
    west, east = upright[:-1, :-1, ::-1], upright[1:, :-1]
    sides = [
        nodes[:-1, :-1, None], south, nodes[1:, :-1, None], east,
        nodes[1:, 1:, None], north, nodes[:-1, 1:, None], west,
    ]  # fmt: skip
    shapes = shapely.polygons(np.concatenate(sides, axis=2).reshape(-1, 4 + 4 * _BENDS, 2))
    hosts = np.arange(0, len(shapes), _ENCLAVE_EVERY)
    inner = shapely.buffer(shapely.centroid(shapes[hosts]), 3.0, quad_segs=3)
    shapes[hosts] = shapely.difference(shapes[hosts], inner)
    shapes = np.r_[shapes, inner]
    labels = [str(k + 1) for k in range(len(shapes))]
    return gpd.GeoDataFrame(
        {
            "parcel_uid": [parcel_key(former, "", scale, number, label) for label in labels],
            "former_commune": former,
            "map_set": "",
            "former_sheet": number,
            "former_parcel": labels,
            "scale": scale,
            "surveyed_on": pd.to_datetime(pd.Series([None] * len(shapes))).astype("datetime64[ns]"),
            "land_use": "ODT",
        },
        geometry=list(shapes),
        crs=SRID,
    )


class _Size:
    """Sheets of about ``count`` parcels, and the runs over them: (wall, processor) seconds."""

    def __init__(self, count: int) -> None:
        self.frames = drawn_sheets(count)
        self.shapes = np.concatenate([frame.geometry.to_numpy() for frame in self.frames])
        self.peer: list[tuple[float, float]] = []
        self.merge: list[tuple[float, float]] = []
        self.result: Any = None

    def turn(self) -> tuple[float, float]:
        """Run both once; the merge's seconds for each parcel."""
        from cadastre.merge import merge_sheets

        self.peer.append(_timed(lambda: shapely.coverage_clean(self.shapes))[0])
        self.result = None
        seconds, self.result = _timed(lambda: merge_sheets(self.frames, commune=_FORMER[0]))
        self.merge.append(seconds)
        return seconds[0] / len(self.shapes), seconds[1] / len(self.shapes)

    def told(self, *, identifiers: bool) -> dict[str, Any]:
        """Figures of the best runs."""
        from cadastre.merge import parcel_identifiers

        named = None
        if identifiers:
            named = round(_timed(lambda: parcel_identifiers(self.result.parcels))[0][0], 3)
        (peer, peer_cpu), (merge, cpu) = (
            tuple(map(min, zip(*runs, strict=True))) for runs in (self.peer, self.merge)
        )
        count = len(self.shapes)
        return {
            "parcels": count,
            "sheets": len(self.frames),
            "vertices": int(shapely.get_num_coordinates(self.shapes).sum()),
            "coverage_clean_s": round(peer, 3),
            "merge_s": round(merge, 3),
            "ratio": round(merge / peer, 2),
            "peer_cpu_s": round(peer_cpu, 3),
            "merge_cpu_s": round(cpu, 3),
            "cpu_ratio": round(cpu / peer_cpu, 2),
            "identifiers_s": named,
            "merge_us_per_parcel": round(merge / count * 1e6, 1),
            "cpu_us_per_parcel": round(cpu / count * 1e6, 1),
            "moved": len(self.result.moves),
            "mismatches": len(self.result.mismatches),
        }


def _timed(work: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Seconds of wall and of processor time, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - wall, time.process_time() - cpu), result


_COLUMNS = [
    ("parcels", 9), ("sheets", 7), ("vertices", 10), ("coverage_clean_s", 17), ("merge_s", 9),
    ("ratio", 7), ("peer_cpu_s", 12), ("merge_cpu_s", 13), ("cpu_ratio", 11),
    ("identifiers_s", 15), ("merge_us_per_parcel", 21), ("cpu_us_per_parcel", 19), ("moved", 8),
    ("mismatches", 11),
]  # fmt: skip


def _line(row: dict[str, Any], *, first: bool) -> str:
    head = "".join(name.rjust(width) for name, width in _COLUMNS) + "\n" if first else ""
    return head + "".join(str(row[name]).rjust(width) for name, width in _COLUMNS) + "\n"

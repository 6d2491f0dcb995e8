"""``cadastre bench reconcile``: map against ground beside a full overlay and an SQL join.

The same frames, one run: the whole comparison (match, overlap, corners, shifts, mismatches)
against ``geopandas.overlay`` with the best overlap kept, a PostGIS join with
``ST_Intersection`` (embedded server, temporary folder) and SedonaDB where it is installed.
The peers only find the best match and its area; all must agree on both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_ZONE = 9217
_SHEET_PARCELS = 900
_AGREE_M2 = 1.0e-4
_HOLES, _LONG, _LONG_VERTICES = 0.05, 0.02, 210


def land(count: int, seed: int = 1) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Mapped and measured parcels: bent sides, courtyards, some very long outlines.

    Mean of at least eight vertices, 5 % with a hole, 2 % with over 200 vertices; the map is
    3 cm off the ground, RMS of one coordinate, and every hundredth fence was moved.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    kind = rng.random(count)
    mapped, measured = [], []
    for i in range(count):
        east, north = 500_000.0 + 22.0 * (i % side), 1_340_000.0 + 16.0 * (i // side)
        n = _LONG_VERTICES if kind[i] < _LONG else int(rng.integers(8, 13))
        ring = _lot(n) * rng.uniform(0.85, 1.0) + (east, north)
        other = ring + rng.normal(0.0, 0.03, ring.shape)
        if i % 100 == 7:
            other[np.argmax(other[:, 0])] += (0.6, 0.0)
        hole = kind[i] > 1.0 - _HOLES
        inner = [ring.mean(axis=0) + _COURT] if hole else []
        mapped.append(shapely.Polygon(ring, inner))
        measured.append(shapely.Polygon(other, [inner[0] + 0.01] if hole else []))
    number = np.arange(count)
    uid = [f"{i:08d}" for i in number]
    label = [f"T-{i // _SHEET_PARCELS + 1}/{i % _SHEET_PARCELS + 1}" for i in number]
    parcels = gpd.GeoDataFrame(
        {
            "parcel_uid": uid,
            "former_commune": "22609",
            "former_sheet": (number // _SHEET_PARCELS + 1).astype(str),
            "former_parcel": (number % _SHEET_PARCELS + 1).astype(str),
            "scale": 500,
            "land_use": "ONT",
            "register_area_m2": shapely.area(mapped).round(1),
        },
        geometry=mapped,
        crs=_ZONE,
    )
    ground = gpd.GeoDataFrame(
        {"measured_uid": uid, "survey": "K", "label": label, "sigma_m": 0.03},
        geometry=measured,
        crs=_ZONE,
    )
    return parcels, ground


_COURT = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)])


def _lot(n: int) -> np.ndarray:
    """Outline of n vertices round a lot of 20 x 14 m with bent sides, counter-clockwise."""
    turn = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
    reach = 1.0 / (np.abs(np.cos(turn)) ** 4 + np.abs(np.sin(turn)) ** 4) ** 0.25
    return np.column_stack([10.0 * reach * np.cos(turn), 7.0 * reach * np.sin(turn)])


def _ours(parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame) -> pd.DataFrame:
    from cadastre.reconcile import reconcile

    found: pd.DataFrame = reconcile(parcels, measured).matches
    return found[["measured_uid", "parcel_uid", "overlap_m2"]]


def _overlay(parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame) -> pd.DataFrame:
    cut = gpd.overlay(measured[["measured_uid", "geometry"]], parcels[["parcel_uid", "geometry"]])
    return pd.DataFrame(cut.assign(overlap_m2=cut.area).drop(columns="geometry"))


_JOIN = """
SELECT m.uid AS measured_uid, p.uid AS parcel_uid,
       ST_Area(ST_Intersection(m.geom, p.geom)) AS overlap_m2
FROM measured AS m JOIN parcels AS p ON ST_Intersects(m.geom, p.geom)
"""


def _postgis(dsn: str) -> Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], pd.DataFrame]:
    import psycopg

    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")

    def run(parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame) -> pd.DataFrame:
        for name, frame in (("parcels", parcels), ("measured", measured)):
            uid = frame["parcel_uid" if name == "parcels" else "measured_uid"]
            connection.execute(f"DROP TABLE IF EXISTS {name}")  # two names of this module
            connection.execute(f"CREATE TABLE {name} (uid text, geom geometry)")
            with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                shapes = shapely.to_wkb(frame.geometry.to_numpy(), hex=True)
                for row in zip(uid, shapes, strict=True):
                    copy.write_row(row)
            connection.execute(f"CREATE INDEX ON {name} USING gist (geom)")
            connection.execute(f"ANALYZE {name}")
        run.started = time.perf_counter()  # type: ignore[attr-defined]
        rows = connection.execute(_JOIN).fetchall()
        return pd.DataFrame(rows, columns=["measured_uid", "parcel_uid", "overlap_m2"])

    return run


def _best(found: pd.DataFrame) -> pd.DataFrame:
    ordered = found.sort_values(["measured_uid", "overlap_m2"], ascending=[True, False])
    return ordered.drop_duplicates("measured_uid").set_index("measured_uid")


def _timed(run: Any, frames: tuple[Any, Any]) -> tuple[pd.DataFrame, float, float]:
    wall, busy = time.perf_counter(), time.process_time()
    found = run(*frames)
    wall = getattr(run, "started", wall)  # loading a peer's tables is not counted against it
    return _best(found), time.perf_counter() - wall, time.process_time() - busy


def _compare(count: int, peers: dict[str, Any], say: Callable[[str], Any]) -> bool:
    frames = land(count)
    vertices = shapely.get_num_coordinates(frames[0].geometry.to_numpy()) - 1
    say(f"{count} parcels, {vertices.mean():.1f} vertices on average\n")
    ours, wall, busy = _timed(_ours, frames)
    say(f"  cadastre.reconcile  {wall:8.2f} s wall {busy:8.2f} s CPU, whole result\n")
    same = True
    for name, run in peers.items():
        theirs, other, _ = _timed(run, frames)
        agree = ours["parcel_uid"].equals(theirs["parcel_uid"].reindex(ours.index))
        worst = (ours["overlap_m2"] - theirs["overlap_m2"]).abs().max()
        agree = bool(agree and worst <= _AGREE_M2)
        same &= agree
        say(
            f"  {name:<18}  {other:8.2f} s wall, {other / wall:5.1f} x ours; "
            f"{'same match and area' if agree else 'DIFFERENT RESULT'} "
            f"(worst {worst:.1e} m2)\n"
        )
    return same


def main(arguments: Sequence[str]) -> int:
    """Print times and ratios; 1 when the results differ."""
    parser = argparse.ArgumentParser(prog="cadastre bench reconcile", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="1 000 000 parcels too")
    parser.add_argument("--without-postgis", action="store_true")
    options = parser.parse_args(list(arguments))
    import_module("cadastre.reconcile").reconcile(*land(50))  # the libraries are loaded now
    peers: dict[str, Any] = {"geopandas.overlay": _overlay}
    sizes = [*options.sizes, *([1_000_000] if options.million else [])]
    if find_spec("sedonadb") is None:
        sys.stdout.write("SedonaDB is not installed; it is left out.\n")
    if options.without_postgis:
        return 0 if all(_compare(n, peers, sys.stdout.write) for n in sizes) else 1
    from cadastre.store.embedded import EmbeddedServer

    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder))
        try:
            peers["PostGIS"] = _postgis(server.start())
            return 0 if all(_compare(n, peers, sys.stdout.write) for n in sizes) else 1
        finally:
            server.stop()

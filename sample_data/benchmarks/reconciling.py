"""``cadastre bench reconcile``: map against ground beside an overlay and two SQL joins.

The same frames, one run: the whole comparison (validation, match, overlap, corners, shifts,
mismatches with their sentences) against ``geopandas.overlay``, a PostGIS join with
``ST_Intersection`` (embedded server, temporary folder) and a SedonaDB join (dependency group
``bench``; left out, and said so, where it is not installed). The peers only find pairs and
their common area, from which the best is kept outside their time. Loading PostGIS's tables,
its index and ANALYZE are not counted against it, nor the hand-over of the frames to SedonaDB;
everything is counted against the comparison. All must agree on match and area.

Small sizes are run several times in turns, the best of each counts: a run of a tenth of a second
says more of the machine than of the code. Text is kept as where the service is installed, also
where a peer has brought pyarrow. Peak memory is that of a process of its own, above what the
frames took before the call.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_ZONE = 9217
_SHEET_SIDE = 30  # parcels along a side of a sheet
_AGREE_M2 = 1.0e-4
_HOLES, _LONG, _LONG_VERTICES = 0.05, 0.02, 210
#: Times slower than the comparison that each peer should be: goal and floor.
_OURS = "cadastre.reconcile"
_GOALS = {"geopandas.overlay": (10.0, 6.0), "PostGIS": (8.0, 5.0), "SedonaDB": (4.0, 2.5)}
_GROWTH, _MEMORY_BYTES = 1.3, 2000
_COMPARED, _MOST_ROUNDS = 500_000, 20  # parcels of all rounds of a size, unless told otherwise
_TEXTS = "python"  # how pandas keeps text without pyarrow


def land(count: int, seed: int = 1) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Mapped and measured parcels: bent sides, courtyards, some very long outlines.

    Mean of at least eight vertices, 5 % with a hole, 2 % with over 200 vertices; the map is
    3 cm off the ground, RMS of one coordinate, and every hundredth fence was moved. Lots
    stand apart, so that a peer has nothing to cut but the parcels that belong together.
    """
    rng = np.random.default_rng(seed)
    number = np.arange(count)
    kind = rng.random(count)
    size = np.where(kind < _LONG, _LONG_VERTICES, rng.integers(8, 13, count))
    owner = np.repeat(number, size)
    place = _places(count)
    ring = _lots(size) * rng.uniform(0.85, 1.0, count)[owner][:, None] + place[owner]
    other = ring + rng.normal(0.0, 0.03, ring.shape)
    ends = np.cumsum(size)
    for i in range(7, count, 100):
        here = slice(ends[i] - size[i], ends[i])
        other[here][np.argmax(other[here, 0])] += (0.6, 0.0)
    hole = np.flatnonzero(kind > 1.0 - _HOLES)
    middle = np.column_stack([np.bincount(owner, ring[:, axis]) for axis in (0, 1)]) / size[:, None]
    court = middle[hole][:, None, :] + _COURT
    mapped, measured = (
        _polygons(xy, owner, hole, inner) for xy, inner in ((ring, court), (other, court + 0.01))
    )
    uid = [f"{i:08d}" for i in number]
    sheet, plot = _numbers(count)
    label = [f"T-{s}/{p}" for s, p in zip(sheet, plot, strict=True)]
    parcels = gpd.GeoDataFrame(
        {
            "parcel_uid": uid,
            "former_commune": "22609",
            "former_sheet": sheet.astype(str),
            "former_parcel": plot.astype(str),
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


def _places(count: int) -> np.ndarray:
    """Middle of each lot, row after row."""
    across, up = _grid(count)
    return np.column_stack([500_000.0 + 22.0 * across, 1_340_000.0 + 16.0 * up])


def _grid(count: int) -> tuple[np.ndarray, np.ndarray]:
    at = np.arange(count)
    side = int(np.ceil(np.sqrt(count)))
    return at % side, at // side


def _numbers(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sheet and number of each lot: sheets are square, so that a shift of each is estimated."""
    across, up = _grid(count)
    sheets = int(across.max() // _SHEET_SIDE) + 1
    sheet = up // _SHEET_SIDE * sheets + across // _SHEET_SIDE + 1
    return sheet, up % _SHEET_SIDE * _SHEET_SIDE + across % _SHEET_SIDE + 1


def _lots(size: np.ndarray) -> np.ndarray:
    """Outlines of so many vertices round lots of 20 x 14 m with bent sides, counter-clockwise."""
    inside = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    turn = 2.0 * np.pi * inside / np.repeat(size, size)
    reach = 1.0 / (np.abs(np.cos(turn)) ** 4 + np.abs(np.sin(turn)) ** 4) ** 0.25
    return np.column_stack([10.0 * reach * np.cos(turn), 7.0 * reach * np.sin(turn)])


def _polygons(xy: np.ndarray, owner: np.ndarray, hole: np.ndarray, court: np.ndarray) -> np.ndarray:
    outer = shapely.linearrings(xy, indices=owner)
    shapes = shapely.polygons(outer)
    shapes[hole] = [
        shapely.polygons(ring, [inner])
        for ring, inner in zip(outer[hole], shapely.linearrings(court), strict=True)
    ]
    return np.asarray(shapes)


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


def _sedona(parcels: gpd.GeoDataFrame, measured: gpd.GeoDataFrame) -> pd.DataFrame:
    database = import_module("sedonadb").connect()
    for name, frame, uid in (
        ("parcels", parcels, "parcel_uid"),
        ("measured", measured, "measured_uid"),
    ):
        plain = frame[[uid, "geometry"]].rename(columns={uid: "uid", "geometry": "geom"})
        database.create_data_frame(plain.set_geometry("geom")).to_view(name, overwrite=True)
    _sedona.started = time.perf_counter()  # type: ignore[attr-defined]
    found: pd.DataFrame = database.sql(_JOIN).to_pandas()
    return found


def _best(found: pd.DataFrame) -> pd.DataFrame:
    ordered = found.sort_values(["measured_uid", "overlap_m2"], ascending=[True, False])
    return ordered.drop_duplicates("measured_uid").set_index("measured_uid")


def _timed(run: Any, frames: tuple[Any, Any]) -> tuple[pd.DataFrame, float, float]:
    wall, busy = time.perf_counter(), time.process_time()
    found = run(*frames)
    end, busy = time.perf_counter(), time.process_time() - busy
    wall = getattr(run, "started", wall)  # loading a peer's tables is not counted against it
    return _best(found), end - wall, busy


@dataclass
class Bench:
    """Sizes one after another; ``good`` stays true while all agree on the results."""

    peers: dict[str, Any]
    say: Callable[[str], Any]
    rounds: int | None = None
    good: bool = True

    def compare(self, count: int) -> float:
        """Print times of one size; return the comparison's seconds for each parcel."""
        frames = land(count)
        vertices = shapely.get_num_coordinates(frames[0].geometry.to_numpy()) - 1
        self.say(f"{count} parcels, {vertices.mean():.1f} vertices on average\n")
        # All take turns, so that they meet the same machine.
        ways = {_OURS: _ours, **self.peers}
        runs: dict[str, list[tuple[pd.DataFrame, float, float]]] = {name: [] for name in ways}
        rounds = self.rounds or max(1, min(_COMPARED // count, _MOST_ROUNDS))
        for _ in range(rounds):
            for name, run in ways.items():
                runs[name].append(_timed(run, frames))
        ours = runs.pop(_OURS)
        wall, busy = min(run[1] for run in ours), min(run[2] for run in ours)
        self.say(f"  {_OURS:<18}  {wall:8.2f} s wall, whole result, ")
        self.say(f"{busy:.2f} s CPU, best of {rounds}\n")
        for name, theirs in runs.items():
            self._peer(name, theirs[0][0], min(run[1] for run in theirs), ours[0][0], wall)
        return wall / count

    def _peer(
        self, name: str, theirs: pd.DataFrame, other: float, ours: pd.DataFrame, wall: float
    ) -> None:
        agree = (
            ours["parcel_uid"]
            .astype(str)
            .equals(theirs["parcel_uid"].reindex(ours.index).astype(str))
        )
        worst = (ours["overlap_m2"] - theirs["overlap_m2"]).abs().max()
        agree = bool(agree and worst <= _AGREE_M2)
        self.good &= agree
        goal, floor = _GOALS[name]
        ratio = other / wall
        reached = "goal" if ratio >= goal else "floor" if ratio >= floor else "MISSED"
        self.say(
            f"  {name:<18}  {other:8.2f} s wall, {ratio:5.1f} x ours "
            f"(goal {goal:g}, floor {floor:g}: {reached}); "
            f"{'same match and area' if agree else 'DIFFERENT RESULT'} (worst {worst:.1e} m2)\n"
        )

    def memory(self, count: int) -> None:
        """Print the peak of a process of its own."""
        told = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"from {__name__} import tell_peak; tell_peak({count})"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        each = float(told.stdout) / count
        self.say(
            f"  peak memory of {count} parcels beyond the input: {each:.0f} bytes a parcel "
            f"(goal {_MEMORY_BYTES}: {'reached' if each <= _MEMORY_BYTES else 'MISSED'})\n"
        )


def tell_peak(count: int) -> None:
    """Print by how many bytes the comparison raises this process's memory at its peak.

    Where a peer has brought pyarrow, pandas would keep text there, which takes 4 MB for itself.
    """
    pd.set_option("mode.string_storage", _TEXTS)
    reconcile = import_module("cadastre.reconcile").reconcile
    reconcile(*land(2000))  # the libraries and the compiled loops are loaded now
    frames = land(count)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what making the frames left over is given back
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _resident("VmRSS")
    result = reconcile(*frames)
    sys.stdout.write(str(_resident("VmHWM") - before))
    del result


def _resident(kind: str) -> int:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if kind in x)
    return int(line.split()[1]) * 1024


def _compile() -> None:
    """Have the loops compiled (or read from their cache), and say what it took."""
    start = time.perf_counter()
    reconcile = import_module("cadastre.reconcile").reconcile
    reconcile(*land(2000))
    sys.stdout.write(f"first run, with loading: {time.perf_counter() - start:.1f} s\n")


def main(arguments: Sequence[str]) -> int:
    """Print times, ratios and memory; 1 when the results differ."""
    parser = argparse.ArgumentParser(prog="cadastre bench reconcile", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="1 000 000 parcels too")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--rounds", type=int, help="best of so many runs of each")
    options = parser.parse_args(list(arguments))
    pd.set_option("mode.string_storage", _TEXTS)
    _compile()
    sizes = [*options.sizes, *([1_000_000] if options.million else [])]
    with tempfile.TemporaryDirectory() as folder:
        server = None if options.alone else _server(Path(folder))
        try:
            peers = {} if server is None else _peers(server.start())
            return _run(Bench(peers, sys.stdout.write, options.rounds), sizes)
        finally:
            if server is not None:
                server.stop()


def _server(folder: Path) -> Any:
    return import_module("cadastre.store.embedded").EmbeddedServer(folder)


def _peers(dsn: str) -> dict[str, Any]:
    peers: dict[str, Any] = {"geopandas.overlay": _overlay, "PostGIS": _postgis(dsn)}
    if find_spec("sedonadb") is None:
        sys.stdout.write("SedonaDB is not installed (uv sync --group bench); it is left out.\n")
    else:
        peers["SedonaDB"] = _sedona
    return peers


def _run(bench: Bench, sizes: Sequence[int]) -> int:
    each = {count: bench.compare(count) for count in sizes}
    for count in sizes:
        bench.memory(count)
    if len(each) > 1:
        growth = each[sizes[-1]] / each[sizes[-2]]
        bench.say(
            f"  cost of a parcel at {sizes[-1]} is {growth:.2f} of that at {sizes[-2]} "
            f"(goal {_GROWTH}: {'reached' if growth <= _GROWTH else 'MISSED'})\n"
        )
    return 0 if bench.good else 1

"""``cadastre bench import``: polygons into PostGIS, ours beside ogr2ogr and GeoPandas.

The same GeoPackage goes four ways into tables of one private server, each in a process of its
own: our reading in chunks with its account of every record and COPY; the whole of
``read_sheet`` (zone, repair, enclaves, mismatches) and COPY; ``ogr2ogr`` with COPY; and
``GeoDataFrame.to_postgis``. All tables end with the same columns and a spatial index. The ways
take turns, so that all meet the same machine; the best of the repetitions is told, for our
processes without the start of the interpreter. Memory is the peak of the process; ``start`` is
what the interpreter and its libraries take before any file is read.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SRID = 9217
_SELF = "sample_data.benchmarks.importing"
COLUMNS = ("so_to", "so_thua", "loai_dat", "dien_tich", "ten_chu", "ty_le")
WAYS = ("chunks", "sheet", "ogr2ogr", "to_postgis")
_TITLES = {
    "chunks": "ours: chunks, account, COPY",
    "sheet": "ours: read_sheet, COPY",
    "ogr2ogr": "ogr2ogr, PG_USE_COPY",
    "to_postgis": "GeoDataFrame.to_postgis",
    "start": "(interpreter and libraries)",
}
_CORNER = (562_000.0, 1_337_000.0)
_SIDE_M, _BENDS = 22.0, 2
_TABLE = (
    "CREATE TABLE {name} (record integer, so_to text, so_thua text, loai_dat text,"
    " dien_tich float8, ten_chu text, ty_le integer, geometry geometry(Geometry, 9217))"
)
_INDEX = "CREATE INDEX ON {name} USING gist (geometry)"


def main(arguments: Sequence[str]) -> int:
    """Run all ways on the same data, or one of them in this process (``--way``)."""
    parser = argparse.ArgumentParser(prog="cadastre bench import", description=__doc__)
    parser.add_argument("--polygons", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="only some ways")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--way", choices=[*_STEPS, "write"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(list(arguments))
    if chosen.way == "write":
        write_parcels(chosen.file, chosen.polygons)
        return 0
    if chosen.way:
        return _one_way(chosen.way, chosen.file, os.environ["CADASTRE_BENCH_DSN"])
    figures = _compare(chosen.polygons, chosen.repeat, chosen.ways)
    sys.stdout.write(json.dumps(figures) + "\n" if chosen.json else _table(figures))
    return 0


def _compare(polygons: int, repeat: int, asked: Sequence[str]) -> dict[str, Any]:
    from cadastre.store.embedded import EmbeddedServer

    folder = Path(tempfile.mkdtemp(prefix="bench-import-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "server")
    try:
        # In a process of its own: the peak of a child begins with the memory of its parent.
        file = folder / "to_1.gpkg"
        _measured([sys.executable, "-m", _SELF, "--way", "write", "--file", str(file),
                   "--polygons", str(polygons)], {})  # fmt: skip
        dsn = server.start()
        _execute(dsn, "CREATE EXTENSION IF NOT EXISTS postgis")
        ways = _in_turns([way for way in asked if _available(way)], file, dsn, repeat)
        _check_rows(dsn, ways, polygons)
        return {"polygons": polygons, "file_mb": file.stat().st_size / 1e6, "ways": ways}
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _available(way: str) -> bool:
    return way != "ogr2ogr" or shutil.which("ogr2ogr") is not None


def write_parcels(path: Path, polygons: int) -> Path:
    """Write adjoining parcels of about nine vertices with the columns of a former commune."""
    import geopandas as gpd
    import shapely

    rng = np.random.default_rng(22609)
    across = int(np.ceil(np.sqrt(polygons)))
    fine = _BENDS
    east, north = np.meshgrid(np.arange(across * fine + 1), np.arange(across * fine + 1))
    step = _SIDE_M / fine
    xy = np.stack([east, north], axis=-1) * step + rng.uniform(
        -step / 4, step / 4, (*east.shape, 2)
    )
    around = [(0, c) for c in range(fine)] + [(r, fine) for r in range(fine)]
    around += [(fine, c) for c in range(fine, 0, -1)] + [(r, 0) for r in range(fine, 0, -1)]
    at = np.arange(polygons)
    rows, columns = (at // across) * fine, (at % across) * fine
    rings = np.stack([xy[rows + r, columns + c] for r, c in around], axis=1) + np.array(_CORNER)
    shapes = shapely.polygons(np.round(rings, 3))
    frame = gpd.GeoDataFrame(
        {
            "so_to": (at // 1000 + 1).astype(str),
            "so_thua": (at % 1000 + 1).astype(str),
            "loai_dat": np.array(["ONT", "LUC", "CLN"])[at % 3],
            "dien_tich": np.round(shapely.area(shapes), 1),
            "ten_chu": np.array(["Nguyễn Văn Thành", "Đinh Thị Hường"])[at % 2],
            "ty_le": np.full(polygons, 1000),
        },
        geometry=shapes,
        crs=SRID,
    )
    frame.to_file(path, engine="pyogrio")
    return path


def _in_turns(ways: list[str], file: Path, dsn: str, repeat: int) -> dict[str, Any]:
    runs: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(repeat):
        for way in ways:
            _execute(dsn, f"DROP TABLE IF EXISTS bench_{way}")
            step = _ogr2ogr if way == "ogr2ogr" else partial(_in_process, way)
            runs[way].append(step(file, dsn))
    return {way: _summary(found) for way, found in runs.items()} | {
        "start": _summary([_in_process("start", file, dsn)])
    }


def _summary(runs: list[tuple[float, float]]) -> dict[str, float]:
    seconds = [s for s, _ in runs]
    return {"seconds": min(seconds), "slowest": max(seconds), "peak_mb": max(p for _, p in runs)}


def _in_process(way: str, file: Path, dsn: str) -> tuple[float, float]:
    command = [sys.executable, "-m", _SELF, "--way", way, "--file", str(file)]
    said, _, peak = _measured(command, {"CADASTRE_BENCH_DSN": dsn})
    return float(json.loads(said)["seconds"]), peak


def _ogr2ogr(file: Path, dsn: str) -> tuple[float, float]:
    command = [
        "ogr2ogr", "-f", "PostgreSQL", f"PG:{dsn}", str(file), "-nln", "bench_ogr2ogr",
        "-a_srs", f"EPSG:{SRID}", "-lco", "GEOMETRY_NAME=geometry", "-lco", "SPATIAL_INDEX=GIST",
        "-gt", "200000", "--config", "PG_USE_COPY", "YES",
    ]  # fmt: skip
    _, seconds, peak = _measured(command, {})
    return seconds, peak


def _measured(command: list[str], more: dict[str, str]) -> tuple[str, float, float]:
    """Return what a process said, how long it took, and the peak of its memory in MB."""
    started = time.perf_counter()
    child = subprocess.Popen(  # noqa: S603 - our own program or ogr2ogr, no shell
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **more}
    )
    said = child.stdout.read() if child.stdout is not None else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return said, time.perf_counter() - started, usage.ru_maxrss / 1024


def _one_way(way: str, file: Path, dsn: str) -> int:
    import cadastre.sheets.reading
    import cadastre.store.copying  # noqa: F401 - loaded before the clock starts

    started = time.perf_counter()
    _STEPS[way](file, dsn)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}))
    return 0


def _by_chunks(file: Path, dsn: str) -> None:
    """Every record is booked as loaded or refused before its chunk is copied."""
    from cadastre.formats.accounting import Ledger, content_hash
    from cadastre.formats.vector import open_table
    from cadastre.store.copying import copy_chunks

    table = open_table(file)
    ledger = Ledger(file.name, content_hash(file), table.records)
    with _engine(dsn).begin() as connection:
        connection.exec_driver_sql(_TABLE.format(name="bench_chunks"))
        columns = ("record", *COLUMNS, "geometry")
        copied = copy_chunks(
            connection, "bench_chunks", columns, _rows(table, ledger), zones={"geometry": SRID}
        )
        connection.exec_driver_sql(_INDEX.format(name="bench_chunks"))
        report = ledger.close()
        if copied != report.loaded:
            raise ValueError(f"{copied} copied, {report.loaded} accounted for")


def _rows(table: Any, ledger: Any) -> Iterator[Any]:
    """Yield one chunk after another as rows, text in NFC, the outline as it was read."""
    import pandas as pd
    import shapely

    from cadastre.formats.text import decode_columns

    for chunk in table.chunks():
        for record, reason in chunk.failures.items():
            ledger.refuse(record, reason, field="geometry")
        good = ~shapely.is_missing(chunk.geometries)
        values, _ = decode_columns(
            {name: chunk.attributes[name] for name in COLUMNS}, byte_text=table.byte_text
        )
        wkb = shapely.to_wkb(chunk.geometries, byte_order=1) if chunk.wkb is None else chunk.wkb
        columns = {"record": chunk.records, **{n: values[n] for n in COLUMNS}, "geometry": wkb}
        if not good.all():
            columns = {name: column[good] for name, column in columns.items()}
        # Text stays as the objects that it is: COPY writes each distinct one once.
        yield pd.DataFrame({n: pd.Series(c, dtype=c.dtype) for n, c in columns.items()})


def _by_sheet(file: Path, dsn: str) -> None:
    """The reading that the office uses, with everything that it judges."""
    import pyogrio
    import shapely

    from cadastre import crs
    from cadastre.sheets import read_sheet
    from cadastre.store.copying import copy_frame

    west, south, east, north = pyogrio.read_info(file)["total_bounds"]
    outline = crs.to_wgs84(shapely.box(west, south, east, north).buffer(500), SRID).item()
    reading = read_sheet(file, former_commune="22609", outline=outline)
    frame = reading.parcels[["record", "former_sheet", "former_parcel", "land_use",
                             "printed_area_m2", "scale", "geometry"]]  # fmt: skip
    frame = frame.assign(ten_chu=reading.persons["value"].to_numpy()).rename(
        columns=dict(zip(
            ["former_sheet", "former_parcel", "land_use", "printed_area_m2", "scale"],
            ["so_to", "so_thua", "loai_dat", "dien_tich", "ty_le"], strict=True,
        ))
    )  # fmt: skip
    with _engine(dsn).begin() as connection:
        connection.exec_driver_sql(_TABLE.format(name="bench_sheet"))
        copy_frame(connection, "bench_sheet", frame, srid=SRID, display=None)
        connection.exec_driver_sql(_INDEX.format(name="bench_sheet"))


def _by_geopandas(file: Path, dsn: str) -> None:
    import geopandas as gpd

    frame = gpd.read_file(file, engine="pyogrio")
    frame.to_postgis("bench_to_postgis", _engine(dsn))


def _engine(dsn: str) -> Any:
    from sqlalchemy import create_engine

    return create_engine(dsn.replace("postgresql://", "postgresql+psycopg://", 1))


def _execute(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


def _check_rows(dsn: str, ways: dict[str, Any], polygons: int) -> None:
    for way in ways.keys() - {"start"}:
        held = _execute(dsn, f"SELECT count(*) FROM bench_{way}")[0][0]
        if held != polygons:
            raise ValueError(f"{way}: {held} of {polygons} polygons arrived")


def _table(figures: dict[str, Any]) -> str:
    ways = figures["ways"]
    mine = ways.get("chunks", {"seconds": float("nan")})["seconds"]
    lines = [f"{figures['polygons']} polygons, {figures['file_mb']:.1f} MB GeoPackage"]
    lines.append(f"{'way':30}{'best s':>8}{'worst s':>9}{'peak MB':>9}{'ours / it':>11}")
    for way, found in ways.items():
        if way == "start":
            lines.append(f"{_TITLES[way]:30}{'':17}{found['peak_mb']:9.0f}")
            continue
        lines.append(
            f"{_TITLES[way]:30}{found['seconds']:8.2f}{found['slowest']:9.2f}"
            f"{found['peak_mb']:9.0f}{mine / found['seconds']:11.2f}"
        )
    if not _available("ogr2ogr"):
        lines.append("ogr2ogr is not installed (Debian: gdal-bin)")
    return "\n".join(lines) + "\n"


#: The ways that run in a process of ours.
_STEPS: dict[str, Callable[[Path, str], None]] = {
    "chunks": _by_chunks,
    "sheet": _by_sheet,
    "to_postgis": _by_geopandas,
    "start": lambda _file, _dsn: None,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

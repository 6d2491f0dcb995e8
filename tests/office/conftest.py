"""Small real files of two former communes, and a desk on a real PostGIS."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from cadastre.office.create_account import create_account
from cadastre.office.desk import Desk
from cadastre.store.actor import SYSTEM, Actor

EAST, NORTH = 570_000.0, 1_348_000.0


def lots(count: int, *, east: float = EAST, north: float = NORTH, size: float = 10.0) -> list:
    return [
        shapely.box(
            east + i * size, north + j * size, east + (i + 1) * size, north + (j + 1) * size
        )
        for i in range(count)
        for j in range(count)
    ]


def write_sheet(path: Path, shapes: list, *, scale: int, land_use: str, sheet: str = "1") -> Path:
    n = len(shapes)
    gpd.GeoDataFrame(
        {
            "so_to": [sheet] * n,
            "so_thua": [str(i + 1) for i in range(n)],
            "loai_dat": [land_use] * n,
            "dien_tich": [round(shape.area, 1) for shape in shapes],
            "ty_le": [scale] * n,
            "ten_chu": ["Nguyễn Văn Mẫu"] * n,
            "xu_dong": ["Đồng Ao"] * n,
        },
        geometry=shapes,
        crs=9217,
    ).to_file(path)
    return path


def write_landbook(path: Path, rows: list[tuple]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.append(
        ["Mã xã cũ", "Tờ bản đồ", "Thửa đất", "Diện tích", "Loại đất", "Tên chủ", "Số CCCD"]
    )
    for row in rows:
        page.append(list(row))
    book.save(path)
    return path


def write_survey(path: Path, parcels: dict[str, list[tuple[float, float]]]) -> Path:
    lines = ["diem;X;Y;H;thua;ma;sai_so"]
    number = 0
    for label, corners in parcels.items():
        for east, north in corners:
            number += 1
            lines.append(f"P{number};{north:.3f};{east:.3f};12.0;{label};RG;0.02")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def desk(commune_database) -> Desk:
    return Desk(commune_database.worker_engine, SYSTEM, commune_database.home)


@pytest.fixture
def officer(commune_database) -> Desk:
    actor = Actor("can-bo", "officer", ("22609",))
    create_account(
        Desk(commune_database.worker_engine, SYSTEM, commune_database.home),
        commune="22609",
        username=actor.username,
        display_name="Cán bộ thử",
        password="mật khẩu để thử",
        role=actor.role,
        communes=actor.communes,
    )
    return Desk(commune_database.web_engine, actor, commune_database.home)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_sheet(tmp_path / "tt.gpkg", lots(5), scale=500, land_use="ODT")


@pytest.fixture
def village(tmp_path: Path) -> Path:
    shapes = lots(5, east=EAST + 50.05)
    return write_sheet(tmp_path / "sc.gpkg", shapes, scale=1000, land_use="ONT")

"""The files are what former communes hand over, byte for byte where it matters."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import struct
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely

from cadastre import crs
from sample_data import generate, tcvn3
from tests.sample.written import parcels_of

LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ"


def test_every_file_has_the_records_that_the_counts_say(
    sample: Path, manifest: dict[str, Any], expected: dict[str, Any]
) -> None:
    for sheet in manifest["sheets"]:
        path = sample / sheet["file"]
        if path.suffix == ".gpkg":
            with closing(sqlite3.connect(path)) as base:
                found = base.execute("select count(*) from thua_dat").fetchone()[0]
        elif path.suffix == ".shp":
            found = struct.unpack("<I", path.with_suffix(".dbf").read_bytes()[4:8])[0]
        else:
            found = len(json.loads(path.read_text(encoding="utf-8"))["features"])
        assert found == expected["counts"]["files"][sheet["file"]]


def test_the_dbf_holds_tcvn3_bytes(sample: Path) -> None:
    tables = sorted((sample / "22630").glob("*.dbf"))
    raw = b"".join(path.read_bytes() for path in tables)
    assert b"Th\xabn \xa7\xabng" in raw  # Thôn Đông
    assert "Thôn".encode() not in raw
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


def test_the_encoder_agrees_with_the_reader_table() -> None:
    from cadastre.formats.text import decode

    assert decode(tcvn3.encode(LETTERS), "tcvn3") == LETTERS


@pytest.mark.parametrize("word", ["Tiếng Việt rất hay", "Đặng Thị Hằng", "Nguyễn Quốc Dũng"])
def test_the_encoder_agrees_with_the_system_library(word: str) -> None:
    iconv = shutil.which("iconv")
    assert iconv is not None
    back = subprocess.run(
        [iconv, "-f", "TCVN", "-t", "UTF-8"], input=tcvn3.encode(word), capture_output=True,
        check=True,
    )  # fmt: skip
    assert back.stdout.decode() == word


def test_one_sheet_declares_the_wrong_zone(sample: Path, expected: dict[str, Any]) -> None:
    wrong = next(f for f in expected["faults"] if f["code"] == "CRS_ZONE")
    meridian = {
        path.stem: float(re.search(r'Central_Meridian",([\d.]+)', path.read_text())[1])
        for path in (sample / "22630").glob("*.prj")
    }
    assert meridian.pop(f"DC{wrong['former_sheet']}") == 108.5
    assert set(meridian.values()) == {108.25}


def test_the_outline_encloses_the_parcels(sample: Path, manifest: dict[str, Any]) -> None:
    shape = json.loads((sample / "outline.geojson").read_text(encoding="utf-8"))
    outline = shapely.from_geojson(json.dumps(shape["features"][0]["geometry"]))
    plane = crs.from_wgs84([outline], 9217)[0]
    points = shapely.point_on_surface(
        [p.geometry for p in parcels_of(sample, manifest).values() if p.geometry.is_valid]
    )
    assert shapely.contains(plane, points).all()


def test_numbers_collide_between_map_sets_and_communes(
    sample: Path, manifest: dict[str, Any]
) -> None:
    keys = parcels_of(sample, manifest)
    inside = [(k[2], k[3]) for k in keys if k[0] == "22609"]
    assert len(set(inside)) < len(inside)
    everywhere = [(k[2], k[3]) for k in keys]
    assert len(set(everywhere)) < 0.75 * len(everywhere)


def test_identity_numbers_are_plainly_invented(sample: Path) -> None:
    book = openpyxl.load_workbook(sample / "so_muc_ke.xlsx", read_only=True)
    rows = list(book.active.iter_rows(min_row=4, values_only=True))
    book.close()
    assert all(re.fullmatch(r"999\d{9}", row[10]) for row in rows)
    assert {row[6] for row in rows} == {"Cá nhân", "Vợ chồng", "Hộ gia đình", "Đồng sử dụng"}


def test_the_same_seed_gives_the_same_files(sample: Path, tmp_path: Path) -> None:
    again = generate(tmp_path / "again", parcels=600).parent
    for path in sorted(p for p in sample.rglob("*") if p.is_file()):
        assert _content(path) == _content(again / path.relative_to(sample)), path.name


def test_another_seed_gives_other_land(sample: Path, tmp_path: Path) -> None:
    other = generate(tmp_path / "other", seed=1, parcels=600).parent
    name = "22645/khanh_phu.geojson"
    assert _content(sample / name) != _content(other / name)


def _content(path: Path) -> object:
    if path.suffix == ".xlsx":  # the archive keeps the time of writing
        book = openpyxl.load_workbook(path, read_only=True)
        rows = [row for sheet in book for row in sheet.iter_rows(values_only=True)]
        book.close()
        return rows
    return hashlib.sha256(path.read_bytes()).hexdigest()

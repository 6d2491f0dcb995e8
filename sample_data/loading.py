"""Load the sample commune through the same verbs that users call.

Each step asks the register first, so that a second start repeats nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from cadastre.certificate.procedure import load_all
from cadastre.office.create_account import create_account
from cadastre.office.desk import Desk
from cadastre.office.import_sheets import import_sheets
from cadastre.office.load_blanks import load_blanks
from cadastre.office.load_catalogue import load_catalogue
from cadastre.office.load_landbook import load_landbook
from cadastre.office.merge_commune import merge_commune
from cadastre.office.open_commune import commune_of, open_commune
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.store.accounts import actor_by_username
from cadastre.store.setup import verbs_done
from sample_data import generate
from sample_data.catalogue import catalogue_table
from sample_data.dossiers import load_dossiers

ACCOUNTS = {
    "officer": ("can-bo", "Cán bộ địa chính (mẫu)"),
    "surveyor": ("do-dac", "Đo đạc viên (mẫu)"),
    "registrar": ("mot-cua", "Bộ phận Một cửa (mẫu)"),
    "chair": ("chu-tich", "Chủ tịch UBND xã (mẫu)"),
    "manager": ("quan-ly", "Quản lý (mẫu)"),
    "admin": ("quan-tri", "Quản trị (mẫu)"),
}
BLANKS = ("AA", 1, 500)  # letters, first number, how many: sample blanks only

Say = Callable[[str], None]


def load_sample(
    desk: Desk,
    *,
    parcels: int = 6000,
    seed: int = 22609,
    say: Say = lambda line: None,
) -> Path:
    """Generate the sample commune when missing and load what is not loaded yet.

    Returns the path of the accounts file (mode 600).
    """
    folder = desk.home / "sample"
    manifest_path = folder / "manifest.json"
    if not manifest_path.exists():
        say("Tạo dữ liệu mẫu / Generating the sample commune")
        generate(folder, seed=seed, parcels=parcels)
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    commune = manifest["commune"]["code"]
    done = verbs_done(desk.engine, commune)
    if "reconcile_commune" not in done:
        _open(desk, manifest, folder)
        _load_land(desk, manifest, folder, say)
    accounts = _accounts(desk, commune)
    if "load_catalogue" not in done:
        say("Nạp danh mục thủ tục mẫu / Loading the sample's catalogue of procedures")
        table = catalogue_table(load_all(desk.regulation))
        load_catalogue(desk, commune=commune, content=table, name="danh-muc-thu-tuc-mau.csv")
    if "lodge_dossier" not in done:
        say("Tiếp nhận và giải quyết hồ sơ mẫu / Walking the sample dossiers")
        actors = {
            role: actor_by_username(desk.engine, username)
            for role, (username, _shown) in ACCOUNTS.items()
        }
        load_dossiers(desk, commune=commune, actors=actors)
    return accounts


def _open(desk: Desk, manifest: dict[str, Any], folder: Path) -> None:
    about = manifest["commune"]
    outline = None
    if about.get("outline"):
        told = json.loads((folder / about["outline"]).read_text(encoding="utf-8"))
        feature = told["features"][0] if told.get("type") == "FeatureCollection" else told
        outline = shapely.from_geojson(json.dumps(feature.get("geometry", feature)))
    described = {**about, "former_communes": manifest["former_communes"]}
    open_commune(desk, **commune_of(described), outline=outline)


def _load_land(desk: Desk, manifest: dict[str, Any], folder: Path, say: Say) -> None:
    commune = manifest["commune"]["code"]
    say(f"Nhập {len(manifest['sheets'])} tệp bản đồ / Importing the map sheets")
    for sheet in manifest["sheets"]:
        made = sheet.get("surveyed_on")
        import_sheets(
            desk,
            commune=commune,
            path=folder / sheet["file"],
            former_commune=sheet["former_commune"],
            sheet=sheet.get("sheet"),
            scale=sheet.get("scale"),
            map_set=sheet.get("map_set"),
            surveyed_on=date.fromisoformat(made) if made else None,
        )
    say("Nạp sổ mục kê / Loading the land book")
    for book in manifest["landbook"]:
        load_landbook(
            desk,
            commune=commune,
            path=folder / book["file"],
            former_commune=book.get("former_commune"),
        )
    say("Ghép bản đồ / Merging the parcel map")
    merge_commune(desk, commune=commune)
    say("Nạp số liệu đo / Recording the surveys")
    for survey in manifest["surveys"]:
        record_survey(
            desk, commune=commune, path=folder / survey["file"], label=survey.get("label")
        )
    say("So bản đồ với thực địa / Comparing map and ground")
    letters, first, count = BLANKS
    load_blanks(desk, commune=commune, letters=letters, first=first, count=count)
    # The last step: its event says that the land of the sample is loaded.
    reconcile_commune(desk, commune=commune)


def _accounts(desk: Desk, commune: str) -> Path:
    path = desk.home / "sample-accounts.json"
    if path.exists():
        return path
    accounts = {}
    for role, (username, shown) in ACCOUNTS.items():
        password = secrets.token_urlsafe(9)
        create_account(
            desk,
            commune=commune,
            username=username,
            display_name=shown,
            password=password,
            role=role,
            communes=(commune,),
        )
        accounts[role] = {"username": username, "password": password}
    path.touch(mode=0o600)
    path.write_text(json.dumps(accounts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path

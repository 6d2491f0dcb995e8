"""Import the sheets of one file that a former commune handed over.

Importing the same file again changes nothing; a corrected file opens and closes only the
parcels that it changed. Every record of the file is accounted for in the sheet's report.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre.errors import InputRefused
from cadastre.formats.accounting import ReadReport, content_hash
from cadastre.frames import NAMESPACE
from cadastre.office.desk import Desk
from cadastre.office.permissions import require
from cadastre.sheets import SheetReading, read_sheet
from cadastre.store.copying import copy_frame, copy_rows
from cadastre.store.deliveries import (
    columns_kept,
    control_points,
    edges_held,
    keep_columns,
    open_sheet,
)
from cadastre.store.evidence import register_source
from cadastre.store.land_register import (
    CommuneFacts,
    delivered_parcels,
    lock_subject,
    read_commune,
)
from cadastre.store.mismatch_register import record_run
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, reading
from cadastre.store.versions import VersionChange, version_change


class FormerCommuneUnknown(InputRefused):
    """This former commune did not become part of the commune."""

    message_vi = "Đơn vị cũ này không thuộc xã đã chọn."


@dataclass(frozen=True)
class ImportResult:
    """What one file brought: its accounting and what it changed in the register."""

    file: str
    sheets: tuple[str, ...]
    report: dict[str, Any]
    opened: int
    closed: int
    unchanged: int
    mismatches: int
    zone: dict[str, Any] = field(default_factory=dict)
    zones: tuple[dict[str, Any], ...] = ()
    refused_files: tuple[dict[str, Any], ...] = ()


class SheetDeliveredTwice(InputRefused):
    """Another file of this delivery holds the same sheet; importing both would lose one."""

    message_vi = "Một tệp khác trong lần nộp này có cùng tờ bản đồ; nhập cả hai sẽ mất một tệp."


_KIND = "sheet"
_SHEET_COLUMNS = ["former_commune", "map_set", "scale", "former_sheet"]
_COMPARED = ["former_parcel", "land_use", "printed_area_m2", "surveyed_on", "attributes"]
_DELIVERED = [
    "record", "parcel_uid", "former_commune", "map_set", "former_sheet", "former_parcel",
    "scale", "surveyed_on", "land_use", "printed_area_m2", "attributes", "sheet_uid",
]  # fmt: skip


def import_sheets(
    desk: Desk,
    *,
    commune: str,
    path: Path,
    former_commune: str,
    name: str | None = None,
    sheet: str | None = None,
    scale: int | None = None,
    map_set: str | None = None,
    surveyed_on: date | None = None,
    crs: str | int = "auto",
    encoding: str = "auto",
    columns: dict[str, str] | str = "auto",
    levels: Path | dict[str, Any] | None = None,
    layer: str | None = None,
    bounds: tuple[float, float, float, float] | None = None,
    delivered: dict[str, str] | None = None,
) -> ImportResult:
    """Read one file and keep its sheets as delivered, with every fault flagged.

    Control points, the edges of sheets already in and the commune's outline speak for the
    zone of the file. The columns that were used, chosen or suggested, are kept for files of the
    same form.

    Parameters
    ----------
    path : the uploaded file (a Shapefile's parts may come as a zip)
    name : its name as the person knows it, when ``path`` is a kept copy
    sheet, scale, map_set, surveyed_on : what the file itself does not say
    crs, encoding, columns : the person's word where the evidence is not clear
    levels : what the levels of a drawing are for, a dictionary or a TOML file
    layer : which layer of a file with several
    bounds : west, south, east, north in degrees (WGS 84): a box around the commune, the weakest
        evidence for the zone
    delivered : sheet -> file of this delivery that brought it; it is added to

    Raises
    ------
    FormerCommuneUnknown, SheetDeliveredTwice
        Nothing was imported, nor when the reader refuses the file.
    """
    require("import_sheets", role=desk.actor.role, communes=desk.actor.communes, commune=commune)
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        control = control_points(connection, commune, facts.srid)
        own = content_hash(path) if Path(path).is_file() else None
        neighbours = edges_held(connection, commune, facts.srid, sha256=own)
        kept = columns_kept(connection, commune, _KIND) if columns == "auto" else columns
    if former_commune not in {former.code for former in facts.former}:
        raise FormerCommuneUnknown(f"({former_commune})", former_commune=former_commune)
    desk.progress(0.05, "read")
    found = read_sheet(
        path,
        former_commune=former_commune,
        sheet=sheet,
        scale=scale,
        map_set=map_set,
        crs=crs,
        encoding=encoding,
        columns=kept,
        levels=levels,
        layer=layer,
        control=control,
        neighbours=neighbours,
        outline=facts.outline,
        bounds=bounds,
        target_srid=facts.srid,
        regulation=desk.regulation,
    )
    desk.progress(0.6, "store")
    shown = name or Path(path).name
    _check_delivered(found, shown, delivered if delivered is not None else {})
    with desk.transaction("import_sheets", commune=commune, subject=shown) as transaction:
        if found.headers:
            keep_columns(transaction, _KIND, found.headers, found.columns)
        return _store(desk, transaction, facts, found, Path(path), shown, surveyed_on)


def _check_delivered(found: SheetReading, shown: str, delivered: dict[str, str]) -> None:
    """Refuse a file whose sheet came with another file of the same delivery."""
    parcels = found.parcels.assign(map_set=found.parcels["map_set"].fillna(""))
    keys = parcels[_SHEET_COLUMNS].drop_duplicates().itertuples(index=False, name=None)
    labels = sorted(map(_sheet_label, keys))
    twice = next((label for label in labels if delivered.get(label, shown) != shown), None)
    if twice is not None:
        first = delivered[twice]
        raise SheetDeliveredTwice(
            f"{shown} and {first}: {twice}. Name the sheet or the map set of each file.",
            f"{shown} và {first}: {twice}. Hãy khai số tờ hoặc bộ bản đồ của từng tệp.",
            file=shown,
            other=first,
            sheet=twice,
        )
    delivered.update(dict.fromkeys(labels, shown))


def _store(
    desk: Desk,
    transaction: Transaction,
    facts: CommuneFacts,
    found: SheetReading,
    path: Path,
    shown: str,
    surveyed_on: date | None,
) -> ImportResult:
    lock_subject(transaction.connection, "import", facts.code)
    source_id = register_source(transaction, desk.evidence, path, kind="sheet", name=shown)
    parcels = _prepared(found, surveyed_on)
    sheets = _open_sheets(transaction, facts, parcels, found, source_id)
    parcels["sheet_uid"] = _by_sheet(parcels, sheets)
    labels = {key: _sheet_label(key) for key in sheets}
    uids = sorted(set(sheets.values()))
    current = delivered_parcels(transaction.connection, facts.code, facts.srid, uids)
    change = version_change(current, parcels, key="parcel_uid", columns=_COMPARED)
    _write_parcels(transaction, facts, parcels, change, uids)
    _write_persons(transaction, found, parcels.iloc[change.opened])
    outcome = record_run(
        transaction,
        moment="import",
        found=_on_sheets(found, parcels, labels),
        srid=facts.srid,
        lapse_share=float(desk.regulation["accuracy"]["judgement"]["lapse_share"]),
        sheets=sorted(labels.values()),
    )
    result = ImportResult(
        file=shown,
        sheets=tuple(sorted(set(parcels["former_sheet"].astype(str)))),
        report=_report(found.report, shown),
        opened=len(change.opened),
        closed=len(change.closed),
        unchanged=change.unchanged,
        mismatches=outcome.opened + outcome.renewed,
        zone=found.zone.to_dict(),
        zones=tuple(zone.to_dict() for zone in found.zones),
        refused_files=tuple(n for n in found.report.notes if n["code"] == "FILE_REFUSED"),
    )
    transaction.note(opened=result.opened, closed=result.closed, unchanged=result.unchanged)
    return result


def _prepared(found: SheetReading, surveyed_on: date | None) -> gpd.GeoDataFrame:
    parcels = found.parcels.copy()
    parcels["map_set"] = parcels["map_set"].fillna("")
    if surveyed_on is not None:
        parcels["surveyed_on"] = parcels["surveyed_on"].fillna(pd.Timestamp(surveyed_on))
    told = _told(found.attributes)
    parcels["attributes"] = [told.get(uid, "{}") for uid in parcels["parcel_uid"]]
    return parcels


def _told(rows: pd.DataFrame) -> dict[str, str]:
    """What is told of each parcel as JSON, in the order in which ``jsonb`` keeps its keys."""
    rows = rows.drop_duplicates(["parcel_uid", "name"], keep="last")
    order = {str(name): at for at, name in enumerate(sorted(set(rows["name"]), key=_jsonb_order))}
    rows = rows.iloc[np.argsort(rows["name"].map(order).to_numpy(), kind="stable")]
    encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
    told: dict[str, str] = {}
    for uid, name, value in zip(rows["parcel_uid"], rows["name"], rows["value"], strict=True):
        said = f"{encode(str(name))}: {encode(value)}"
        told[uid] = f"{told[uid]}, {said}" if uid in told else said
    return {uid: f"{{{said}}}" for uid, said in told.items()}


def _jsonb_order(name: str) -> tuple[int, bytes]:
    content = str(name).encode()
    return len(content), content


def _by_sheet(parcels: pd.DataFrame, of: Mapping[tuple[Any, ...], str]) -> np.ndarray:
    """Give each parcel what ``of`` says about its sheet."""
    places, keys = pd.MultiIndex.from_frame(parcels[_SHEET_COLUMNS]).factorize()
    return np.array([of[key] for key in keys], dtype=object)[places]


def _sheet_label(key: tuple[Any, ...]) -> str:
    return "/".join(str(part) for part in key)


def _open_sheets(
    transaction: Transaction,
    facts: CommuneFacts,
    parcels: gpd.GeoDataFrame,
    found: SheetReading,
    source_id: str,
) -> dict[tuple[str, str, int, str], str]:
    opened = {}
    report = json.dumps(_report(found.report, found.report.file), ensure_ascii=False)
    newest = parcels.groupby(_SHEET_COLUMNS, sort=True)["surveyed_on"].max()
    for key, made in newest.items():
        former, map_set, scale, number = key
        label = f"sheet|{facts.code}|{_sheet_label(key)}"
        opened[key] = open_sheet(
            transaction,
            {
                "sheet_uid": str(uuid.uuid5(NAMESPACE, label)),
                "former_commune": former,
                "map_set": map_set,
                "scale": int(scale),
                "former_sheet": number,
                "surveyed_on": None if pd.isna(made) else made.date(),
                "source_id": source_id,
                "medium": "digital",
                "declared_crs": found.zone.declared,
                "srid": found.zone.found_srid,
                "report": report,
            },
        )
    return opened


def _write_parcels(
    transaction: Transaction,
    facts: CommuneFacts,
    parcels: gpd.GeoDataFrame,
    change: VersionChange,
    sheets: list[str],
) -> None:
    if change.closed:
        transaction.connection.execute(
            query("sheet_parcels_close"),
            {
                "commune": facts.code,
                "uids": change.closed,
                "sheets": sheets,
                "event": transaction.event_id,
            },
        )
    if len(change.opened):
        copy_frame(
            transaction.connection,
            "cadastre.sheet_parcel",
            parcels.iloc[change.opened][[*_DELIVERED, parcels.geometry.name]],
            srid=facts.srid,
            extra={"commune": facts.code, "opened_by": transaction.event_id},
        )


def _write_persons(transaction: Transaction, found: SheetReading, opened: gpd.GeoDataFrame) -> None:
    persons = found.persons[found.persons["parcel_uid"].isin(opened["parcel_uid"])]
    if persons.empty:
        return
    told = pd.DataFrame(_told(persons).items(), columns=["parcel_uid", "attributes"])
    transaction.connection.execute(query("person_stage_create"))
    copy_rows(transaction.connection, "person_stage", list(told.columns), told)
    transaction.connection.execute(query("person_store"), {"commune": transaction.commune})


def _on_sheets(
    found: SheetReading, parcels: gpd.GeoDataFrame, labels: Mapping[tuple[Any, ...], str]
) -> gpd.GeoDataFrame:
    """Give each mismatch the label of its sheet, so that a re-import finds it again."""
    of_parcel = pd.Series(_by_sheet(parcels, labels), index=parcels["parcel_uid"])
    whole_file = min(labels.values(), default="")
    sheet = of_parcel.reindex(found.mismatches["parcel_uid"]).fillna(whole_file)
    return found.mismatches.assign(sheet=sheet.to_numpy(dtype=object))


def _report(report: ReadReport, shown: str) -> dict[str, Any]:
    return {**report.to_dict(), "file": shown}

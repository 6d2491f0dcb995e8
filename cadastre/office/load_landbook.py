"""Load a land book: parties, rights with shares, purposes, registered areas, old certificates.

A delivery replaces the records of the sheets that it covers by closing their rows: books
come in volumes. Records are joined to parcels by their old numbers, or by their numbers in
the new commune; what finds no parcel is kept and flagged.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cadastre.frames import NAMESPACE
from cadastre.merge.lookup import plain
from cadastre.office.desk import Desk
from cadastre.office.permissions import require
from cadastre.sheets import LandbookReading, judge_landbook, read_landbook
from cadastre.store import states
from cadastre.store.copying import copy_rows
from cadastre.store.deliveries import columns_kept, keep_columns
from cadastre.store.evidence import register_source
from cadastre.store.land_register import (
    current_parcels,
    delivered_parcels,
    lock_subject,
    open_parcel_versions,
    read_commune,
    read_table,
)
from cadastre.store.mismatch_register import record_run
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, reading

_KIND = "landbook"
_NUMBER = ["former_commune", "map_set", "scale", "former_sheet", "former_parcel"]


@dataclass(frozen=True)
class LandbookResult:
    """What a land book brought."""

    file: str
    report: dict[str, Any]
    records: int
    joined: int
    parties: int
    unchanged: bool
    mismatches: int


def load_landbook(
    desk: Desk,
    *,
    commune: str,
    path: Path,
    name: str | None = None,
    former_commune: str | None = None,
    columns: dict[str, str] | str = "auto",
    encoding: str = "auto",
) -> LandbookResult:
    """Read a land book and enter it; the same file again changes nothing.

    Columns that a person chose are kept for books of the same form. The same file is read
    again when other columns are chosen, or when a sheet that came since has parcels for
    records that had none.

    Parameters
    ----------
    former_commune : for books that do not name the former commune themselves
    """
    require("load_landbook", role=desk.actor.role, communes=desk.actor.communes, commune=commune)
    desk.progress(0.05, "read")
    with reading(desk.engine, desk.actor) as connection:
        names = {one.name: one.code for one in read_commune(connection, commune).former}
        kept = columns_kept(connection, commune, _KIND)
    book = read_landbook(
        path,
        former_commune=former_commune,
        columns=kept if columns == "auto" else columns,
        encoding=encoding,
        former_communes=names,
    )
    shown = name or Path(path).name
    same_columns = columns == "auto" or kept.of(book.headers) == book.columns
    with desk.transaction("load_landbook", commune=commune, subject=shown) as transaction:
        connection = transaction.connection
        lock_subject(connection, "landbook", commune)
        facts = read_commune(connection, commune)
        known = connection.execute(
            query("landbook_of_content"), {"commune": commune, "sha256": book.report.sha256}
        ).one()
        report = {**book.report.to_dict(), "file": shown}
        book = replace(book, records=_by_new_numbers(transaction, book.records))
        joinable = int(_joined(transaction, book.records)["parcel_uid"].notna().sum())
        if known.records and same_columns and joinable == known.joined:
            return LandbookResult(shown, report, known.records, known.joined, 0, True, 0)
        keep_columns(transaction, _KIND, book.headers, book.columns)
        source_id = register_source(transaction, desk.evidence, path, kind="landbook", name=shown)
        joined = _enter(transaction, book, source_id)
        desk.progress(0.7, "judge")
        changed = _apply_register_areas(transaction, commune, facts.srid)
        found = _judge(transaction, commune, facts.srid, book)
        outcome = record_run(
            transaction,
            moment="landbook",
            found=found,
            srid=facts.srid,
            lapse_share=float(desk.regulation["accuracy"]["judgement"]["lapse_share"]),
        )
        states.refresh(connection, commune, None)
        transaction.note(records=len(book.records), joined=joined, versions=changed)
        return LandbookResult(
            shown, report, len(book.records), joined, len(book.parties), False,
            outcome.opened + outcome.renewed,
        )  # fmt: skip


def _by_new_numbers(transaction: Transaction, records: pd.DataFrame) -> pd.DataFrame:
    """Give the old number to records that name a parcel by its number in the new commune.

    The new commune has the code of one former commune: a number that this one has is old.
    """
    walk = read_table(transaction.connection, "numbers_converted", commune=transaction.commune)
    walk = walk.assign(new_sheet=walk["sheet"].astype("Int64").astype(str))
    walk = walk[~walk.duplicated(["new_sheet", "parcel"], keep=False)]
    old = set(zip(walk["former_commune"], walk["former_sheet"], walk["former_parcel"], strict=True))
    olds = {name: walk[name].tolist() for name in _NUMBER}
    new = {
        (sheet, parcel): at
        for at, (sheet, parcel) in enumerate(zip(walk["new_sheet"], walk["parcel"], strict=True))
    }
    held = {name: records[name].tolist() for name in _NUMBER}
    stated = zip(*(held[n] for n in ("former_commune", "former_sheet", "former_parcel")),
                 strict=True)  # fmt: skip
    meant = [
        new.get(number[1:]) if number[0] == transaction.commune and number not in old else None
        for number in stated
    ]
    for row, at in enumerate(meant):
        if at is not None:
            for name in _NUMBER:
                held[name][row] = olds[name][at]
    return records.assign(**held).astype({"scale": "Int64"})


def _enter(transaction: Transaction, book: LandbookReading, source_id: str) -> int:
    connection = transaction.connection
    volumes = sorted(
        set(zip(book.records["former_commune"], book.records["former_sheet"], strict=True))
    )
    ended = {
        "commune": transaction.commune,
        "former_communes": [former for former, _ in volumes],
        "former_sheets": [sheet for _, sheet in volumes],
        "event": transaction.event_id,
    }
    connection.execute(query("landbook_close"), ended)
    records = _joined(transaction, book.records).assign(source_id=source_id)
    # A book may be entered again after another one replaced it: its records are new versions,
    # its parties the same.
    records["row_uid"] = [_uid(source_id, "record", row) for row in records["row_number"]]
    records["record_uid"] = [_uid(row, transaction.event_id) for row in records["row_uid"]]
    _copy(transaction, "cadastre.landbook_record", records, [
        "record_uid", "source_id", "row_number", "former_commune", "map_set", "scale",
        "former_sheet", "former_parcel", "parcel_uid", "register_area_m2", "address",
        "certificate_serial", "book_number",
    ])  # fmt: skip
    _enter_parties(transaction, book, records)
    _enter_purposes(transaction, book, records)
    return int(records["parcel_uid"].notna().sum())


def _joined(transaction: Transaction, records: pd.DataFrame) -> pd.DataFrame:
    """Give each record the parcel with its old number, where exactly one has it."""
    numbers = read_table(transaction.connection, "numbers_known", commune=transaction.commune)
    filled = records.assign(
        map_set=records["map_set"].fillna(""),
        scale=pd.to_numeric(records["scale"]).astype("Int64"),
    )
    exact = _only(numbers, _NUMBER)
    loose = _only(numbers, ["former_commune", "former_sheet", "former_parcel"])
    keyed = filled.merge(exact, on=_NUMBER, how="left").merge(
        loose,
        on=["former_commune", "former_sheet", "former_parcel"],
        how="left",
        suffixes=("", "_loose"),
    )
    uid = keyed["parcel_uid"].astype("object")
    chosen = uid.where(uid.notna(), keyed["parcel_uid_loose"].astype("object"))
    return filled.assign(parcel_uid=chosen.where(chosen.notna(), None).to_numpy())


def _only(numbers: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return the parcel behind each number that exactly one parcel has."""
    once = numbers[~numbers.duplicated(key, keep=False)].copy()
    once["scale"] = once["scale"].astype("Int64")
    return once[[*key, "parcel_uid"]]


def _enter_parties(transaction: Transaction, book: LandbookReading, records: pd.DataFrame) -> None:
    parties = book.parties.merge(
        records[["row_number", "row_uid", "record_uid", "parcel_uid"]], on="row_number", how="inner"
    )
    # The same person in several records of a book is one party: the identity number says so.
    identity = [
        _uid(transaction.commune, "party", number)
        if isinstance(number, str) and number
        else _uid(row, "party", ordinal)
        for number, row, ordinal in zip(
            parties["id_number"], parties["row_uid"], parties["ordinal"], strict=True
        )
    ]
    parties = parties.assign(
        party_uid=identity, name_search=[plain(name) for name in parties["name"]]
    )
    held = read_table(transaction.connection, "parties_held", commune=transaction.commune)
    once = parties.drop_duplicates("party_uid")
    once = once[~once["party_uid"].isin(set(held["party_uid"]))]
    _copy(transaction, "cadastre.party", once, [
        "party_uid", "kind", "name", "name_search", "id_number", "birth_date", "gender", "address",
    ])  # fmt: skip
    rights = parties.assign(
        right_uid=[
            _uid(record, "right", ordinal)
            for record, ordinal in zip(parties["record_uid"], parties["ordinal"], strict=True)
        ]
    )
    _copy(transaction, "cadastre.parcel_right", rights, [
        "right_uid", "parcel_uid", "record_uid", "party_uid", "share_numerator",
        "share_denominator", "role",
    ])  # fmt: skip


def _enter_purposes(transaction: Transaction, book: LandbookReading, records: pd.DataFrame) -> None:
    purposes = book.purposes.merge(
        records[["row_number", "parcel_uid"]], on="row_number", how="inner"
    ).dropna(subset=["parcel_uid", "land_use"])
    purposes = purposes.drop_duplicates(["parcel_uid", "ordinal"])
    _copy(transaction, "cadastre.parcel_purpose", purposes, [
        "parcel_uid", "ordinal", "land_use", "area_m2", "origin", "term",
    ])  # fmt: skip


def _apply_register_areas(transaction: Transaction, commune: str, srid: int) -> int:
    """Open new versions of merged parcels whose registered area the book changes."""
    parcels = current_parcels(transaction.connection, commune, srid)
    if parcels.empty:
        return 0
    areas = read_table(transaction.connection, "register_areas", commune=commune)
    wanted = parcels["parcel_uid"].map(
        dict(zip(areas["parcel_uid"], areas["register_area_m2"], strict=True))
    )
    differs = (wanted.fillna(-1.0) != parcels["register_area_m2"].fillna(-1.0)).to_numpy()
    changed = parcels[differs].assign(register_area_m2=wanted[differs].astype("float64"))
    for origin, group in changed.groupby("origin", sort=True):
        open_parcel_versions(transaction, group, srid=srid, origin=str(origin))
    return len(changed)


def _judge(transaction: Transaction, commune: str, srid: int, book: LandbookReading) -> Any:
    records = read_table(transaction.connection, "landbook_records_current", commune=commune)
    parcels = delivered_parcels(transaction.connection, commune, srid)
    return judge_landbook(records, book.purposes, parcels)


def _copy(transaction: Transaction, table: str, frame: pd.DataFrame, columns: list[str]) -> None:
    if frame.empty:
        return
    rows = frame[columns].assign(commune=transaction.commune, opened_by=transaction.event_id)
    copy_rows(transaction.connection, table, list(rows.columns), rows)


def _uid(*parts: object) -> str:
    return str(uuid.uuid5(NAMESPACE, "|".join(str(part) for part in parts)))

"""The files of one set (a zip, or a single file): opened, counted, every refusal booked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from cadastre.errors import InputRefused
from cadastre.formats.accounting import AccountBroken, Ledger, set_hash
from cadastre.formats.containers import parts_of
from cadastre.formats.vector import VectorTable, open_table
from cadastre.sheets.drawing import READERS, DrawingTable, open_drawing

Table = VectorTable | DrawingTable


@dataclass(frozen=True)
class SetFile:
    """One file of a set: its table, its name for people, how many records come before it."""

    table: Table
    name: str
    offset: int


def opened_all(
    members: Sequence[Path], layer: str | None
) -> tuple[list[Table], list[tuple[str, InputRefused]]]:
    """Tables of the files of a set, and the files that cannot be opened.

    The only file of a set is the set: its refusal is raised.
    """
    tables: list[Table] = []
    unopened: list[tuple[str, InputRefused]] = []
    for member in members:
        try:
            tables.append(_opened(member, layer))
        except InputRefused as refusal:
            if len(members) == 1:
                raise
            unopened.append((member.name, refusal))
    return tables, unopened


def _opened(path: Path, layer: str | None) -> Table:
    if path.suffix.lower() in READERS:
        return open_drawing(path)
    return open_table(path, layer=layer)


def open_ledger(
    path: Path, tables: Sequence[Table], unopened: Sequence[tuple[str, InputRefused]]
) -> Ledger:
    """Open the account; a file that cannot be opened counts as one record, refused."""
    inside = path.suffix.lower() == ".zip"
    digest = set_hash([path] if inside else parts_of(path))
    readable = sum(table.records for table in tables)
    ledger = Ledger(path.name, digest, readable + len(unopened))
    for at, (name, refusal) in enumerate(unopened):
        _book(ledger, name, readable + at, 1, refusal)
    for table in tables:
        if table.counted_by != "file":
            ledger.note(
                "COUNT_BY_READER",
                {
                    "vi": f"{table.path.name}: định dạng không tự ghi số bản ghi.",
                    "en": f"{table.path.name}: the format does not state its record count.",
                },
            )
    return ledger


def set_files(tables: Sequence[Table], ledger: Ledger) -> list[SetFile]:
    """Return the files in their order, each with its place in the account."""
    offsets = accumulate((table.records for table in tables), initial=0)
    return [
        SetFile(table, _shown(table.path.name, ledger.file), offset)
        for table, offset in zip(tables, offsets, strict=False)
    ]


def _shown(name: str, of: str) -> str:
    return name if name == of else f"{of}/{name}"


def book_refused(ledger: Ledger, file: SetFile, refusal: InputRefused) -> None:
    """Account for a file of a set that is refused while the others are read."""
    _book(ledger, file.table.path.name, file.offset, file.table.records, refusal)


def _book(ledger: Ledger, name: str, offset: int, records: int, refusal: InputRefused) -> None:
    reason = {"vi": refusal.message("vi"), "en": refusal.message("en")}
    for record in range(offset + 1, offset + records + 1):
        ledger.refuse(record, reason, field="file")
    ledger.note("FILE_REFUSED", reason, file=name, records=records, refusal=refusal.code)


def check_account(tables: Sequence[Table], loaded: Iterable[Iterable[int]], ledger: Ledger) -> None:
    """Each record of a table of polygons is a parcel or refused; nothing else can be."""
    if any(isinstance(table, DrawingTable) for table in tables):
        return
    known = ledger.refused_records.union(*map(np.asarray, loaded))
    if known != set(range(1, ledger.records + 1)):
        raise AccountBroken(
            f"{ledger.file}: {ledger.records} records, {len(known)} found.",
            f"{ledger.file}: {ledger.records} bản ghi, thấy {len(known)}.",
            file=ledger.file,
            records=ledger.records,
            accounted=len(known),
        )

"""Load the catalogue of procedures that the office posts, from a table (XLSX or CSV).

TT 01/2018/TT-VPCP and Decree 61/2018/ND-CP Art 13: procedures are posted with their papers,
days and fees. An entry that changed or is gone ends, it is never deleted.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cadastre.certificate.catalogue import CatalogueReading, read_catalogue
from cadastre.certificate.profile import profile_names
from cadastre.office.desk import Desk
from cadastre.store.counter import catalogue_current, close_entries, open_entries
from cadastre.store.evidence import register_source
from cadastre.store.land_register import lock_subject


@dataclass(frozen=True)
class CatalogueResult:
    """What a table changed: every row is loaded or refused, and refused ones are named."""

    records: int
    loaded: int
    refused: int
    new: int
    changed: int
    ended: int
    posted: int
    online: int
    lines: tuple[dict[str, Any], ...]


def load_catalogue(desk: Desk, *, commune: str, content: bytes, name: str) -> CatalogueResult:
    """Load a table of procedures; it replaces the catalogue that is posted.

    Raises
    ------
    TableUnreadable, CatalogueRefused
        The file is no table, or names no procedure.
    """
    reading = _read(content, name, desk)
    with desk.transaction("load_catalogue", commune=commune, subject=name) as transaction:
        lock_subject(transaction.connection, "catalogue", commune)
        register_source(transaction, desk.evidence, content, kind="document", name=name)
        before = catalogue_current(transaction.connection, commune)
        wanted = {entry["code"]: entry for entry in reading.entries}
        changed = {
            code
            for code, entry in wanted.items()
            if code in before and any(before[code][key] != entry[key] for key in before[code])
        }
        ended = set(before) - set(wanted)
        new = set(wanted) - set(before)
        close_entries(transaction, sorted(changed | ended))
        open_entries(transaction, [wanted[code] for code in sorted(new | changed)])
        result = CatalogueResult(
            records=reading.records,
            loaded=len(wanted),
            refused=len(reading.lines),
            new=len(new),
            changed=len(changed),
            ended=len(ended),
            posted=len(wanted),
            online=sum(entry["online"] for entry in wanted.values()),
            lines=reading.lines,
        )
        transaction.note(new=result.new, changed=result.changed, ended=result.ended)
        return result


def _read(content: bytes, name: str, desk: Desk) -> CatalogueReading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"catalogue{Path(name).suffix.lower() or '.csv'}"
        path.write_bytes(content)
        return read_catalogue(path, profiles=profile_names(desk.regulation), name=name)

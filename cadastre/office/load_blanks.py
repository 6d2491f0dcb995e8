"""Blanks of the certificate form: a range comes in, a damaged one is accounted for."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.certificate.numbers import serial_range
from cadastre.office.desk import Desk
from cadastre.store.certificates import blanks_counted, load_serials, spoil_serial


@dataclass(frozen=True)
class BlanksResult:
    """How many blanks were new, and what the office has now."""

    loaded: int
    free: int
    used: int
    spoiled: int


def load_blanks(desk: Desk, *, commune: str, letters: str, first: int, count: int) -> BlanksResult:
    """Enter a range of blanks; known serials are left as they are.

    Parameters
    ----------
    letters, first, count : series, number of the first blank, how many
    """
    serials = serial_range(f"{letters} {first:08d}", f"{letters} {first + count - 1:08d}")
    with desk.transaction("load_blanks", commune=commune, subject=serials[0]) as transaction:
        loaded = load_serials(transaction, serials)
        transaction.note(first=serials[0], last=serials[-1], loaded=loaded)
        return BlanksResult(loaded, **blanks_counted(transaction.connection, commune))


def spoil_blank(desk: Desk, *, commune: str, serial: str, reason: str) -> BlanksResult:
    """Account for a damaged blank; it is never used again."""
    with desk.transaction("spoil_blank", commune=commune, subject=serial) as transaction:
        spoil_serial(transaction, serial, reason)
        transaction.note(reason=reason)
        return BlanksResult(0, **blanks_counted(transaction.connection, commune))

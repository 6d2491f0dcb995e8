"""Numbers that the office gives: dossier codes, serials of blanks, book numbers, tokens.

Dossier code: unit, date of receipt, four-digit daily sequence (TT 01/2018/TT-VPCP Art 19).
Serial of the certificate form: two letters and eight digits (TT 10/2024/TT-BTNMT Art 29).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from cadastre.errors import InputRefused

_CODE = re.compile(r"(?P<unit>.+)-(?P<day>\d{6})-(?P<ordinal>\d{4})")
_SERIAL = re.compile(r"([A-Z]{2}) ?(\d{8})")
_MOST_IN_A_DAY = 9999


class CodeRefused(InputRefused):
    """This is not a dossier code."""

    message_vi = "Đây không phải mã hồ sơ."


class SerialRefused(InputRefused):
    """A serial has two capital letters and eight digits; a range runs upwards in one series."""

    message_vi = "Số phát hành gồm 2 chữ in và 8 chữ số; dải số phải tăng trong cùng một sê-ri."


@dataclass(frozen=True, slots=True)
class DossierCode:
    """A dossier code taken apart."""

    unit: str
    day: date
    ordinal: int


def dossier_code(unit: str, day: date, ordinal: int) -> str:
    """Return the code printed as a barcode on the receipt.

    >>> dossier_code("H32.22609", date(2026, 2, 6), 12)
    'H32.22609-260206-0012'
    """
    if not 1 <= ordinal <= _MOST_IN_A_DAY:
        raise CodeRefused(f"Ordinal {ordinal} does not fit four digits.", ordinal=ordinal)
    return f"{unit}-{day:%y%m%d}-{ordinal:04d}"


def parse_dossier_code(text: str) -> DossierCode:
    """Take a dossier code apart.

    >>> parse_dossier_code("H32.22609-260206-0012").ordinal
    12
    """
    found = _CODE.fullmatch(text.strip())
    if found is None:
        raise CodeRefused(f"({text})", text=text)
    try:
        day = datetime.strptime(f"20{found['day']}", "%Y%m%d").date()
    except ValueError as wrong:
        raise CodeRefused(f"({text})", text=text) from wrong
    return DossierCode(found["unit"], day, int(found["ordinal"]))


def serial_range(first: str, last: str) -> list[str]:
    """Every serial from ``first`` to ``last``, both included.

    >>> serial_range("AA 00000009", "AA 00000010")
    ['AA 00000009', 'AA 00000010']
    """
    letters, start = _serial(first)
    other, end = _serial(last)
    if letters != other or end < start:
        raise SerialRefused(f"({first} - {last})", first=first, last=last)
    return [f"{letters} {number:08d}" for number in range(start, end + 1)]


def _serial(text: str) -> tuple[str, int]:
    found = _SERIAL.fullmatch(text.strip())
    if found is None:
        raise SerialRefused(f"({text})", text=text)
    return found[1], int(found[2])


def new_token() -> str:
    """Return an unguessable name of a certificate, for its QR code (128 bits, URL-safe)."""
    return secrets.token_urlsafe(16)

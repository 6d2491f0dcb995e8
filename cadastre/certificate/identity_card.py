"""The QR code of a citizen identity card, as a hand scanner types it.

Seven fields between bars: number, old number, name, date of birth (DDMMYYYY), sex, address,
date of issue (TT 06/2021/TT-BCA prints the code on the card; the order of the fields is that
of cards in use). Cards of 2024 add empty fields. The number is checked against the date of
birth and the sex that it holds: three digits of the province, one of century and sex, two of
the year (TT 59/2021/TT-BCA Art 4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from cadastre.errors import InputRefused

_NUMBER = re.compile(r"\d{12}")
_OLD_NUMBER = re.compile(r"(\d{9})?")
_LEAST_FIELDS = 6
_SEXES = ("Nam", "Nữ")


class IdentityCardRefused(InputRefused):
    """This is not the QR code of a citizen identity card; scan it again."""

    message_vi = "Đây không phải mã QR của thẻ căn cước; hãy quét lại."


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """What the card's code says of its holder."""

    id_number: str
    old_id_number: str | None
    name: str
    birth_date: date
    gender: str
    address: str
    issued_on: date | None


def read_identity_card(scanned: str) -> IdentityCard:
    """Return the holder of a scanned card.

    Raises
    ------
    IdentityCardRefused
        Naming the field that is wrong.

    >>> card = read_identity_card(
    ...     "056190000017||Cao Thị Mẫu|01051990|Nữ|Tổ 3, Khánh Vĩnh, Khánh Hòa|10052021")
    >>> card.name, card.birth_date.isoformat(), card.old_id_number
    ('Cao Thị Mẫu', '1990-05-01', None)
    """
    fields = [field.strip() for field in scanned.strip().split("|")]
    if len(fields) < _LEAST_FIELDS:
        raise IdentityCardRefused(f"({len(fields)} fields)", field="card")
    number, old, name, born, sex, address = fields[:_LEAST_FIELDS]
    issued = fields[_LEAST_FIELDS] if len(fields) > _LEAST_FIELDS else ""
    _check(_NUMBER.fullmatch(number), "id_number", number)
    _check(_OLD_NUMBER.fullmatch(old), "old_id_number", old)
    _check(name and not any(c.isdigit() for c in name), "name", name)
    _check(sex in _SEXES, "gender", sex)
    birth_date = _day("birth_date", born)
    _check(number[3:6] == _century_and_year(birth_date, sex), "id_number", number)
    return IdentityCard(
        id_number=number,
        old_id_number=old or None,
        name=" ".join(name.split()),
        birth_date=birth_date,
        gender=sex,
        address=address,
        issued_on=_day("issued_on", issued) if issued else None,
    )


def _century_and_year(born: date, sex: str) -> str:
    digit = 2 * (born.year // 100 - 19) + _SEXES.index(sex)
    return f"{digit}{born.year % 100:02d}"


def _day(field: str, text: str) -> date:
    try:
        return datetime.strptime(text, "%d%m%Y").date()
    except ValueError as wrong:
        raise IdentityCardRefused(f"({field}: {text})", field=field) from wrong


def _check(holds: object, field: str, value: str) -> None:
    if not holds:
        raise IdentityCardRefused(f"({field}: {value})", field=field)

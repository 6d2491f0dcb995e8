"""Numbers, dates and the legal empty value as Vietnamese papers write them.

Areas are rounded to 0.1 m2 and an empty entry is ``-/-`` (TT 10/2024/TT-BTNMT Art 8 and
10); decimals take a comma; in dates, days below 10 and the months 1 and 2 take a leading
zero (ND 30/2020/ND-CP, Annex I).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

EMPTY = "-/-"
#: The legal time of Viet Nam.
LEGAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")


def number_vi(value: float, decimals: int, *, grouped: bool = True) -> str:
    """Return a number with a decimal comma, and dots between thousands when ``grouped``.

    Halves round away from zero on the decimal digits that a person sees.

    >>> number_vi(12345.65, 1), number_vi(1345678.125, 2, grouped=False), number_vi(-0.04, 1)
    ('12.345,7', '1345678,13', '0,0')
    """
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    if rounded == 0:
        rounded = abs(rounded)
    text = f"{rounded:,.{decimals}f}" if grouped else f"{rounded:.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,"))


def parcel_vi(sheet: int | str, parcel: str | None) -> str:
    """Return how a parcel is called by its sheet and number.

    >>> parcel_vi(98, "34"), parcel_vi(98, None)
    ('Tờ 98 thửa 34', 'Tờ 98 thửa ?')
    """
    return f"Tờ {sheet} thửa {parcel or '?'}"


def area_vi(area_m2: float | None) -> str:
    """Return an area in m2 to one decimal, or the empty value.

    >>> area_vi(245.84), area_vi(None)
    ('245,8', '-/-')
    """
    return EMPTY if area_m2 is None else number_vi(area_m2, 1)


def coordinate_vi(metres: float, decimals: int = 3) -> str:
    """Return a plane coordinate in metres, ungrouped so that it can be typed back.

    >>> coordinate_vi(1345678.1234)
    '1345678,123'
    """
    return number_vi(metres, decimals, grouped=False)


def length_vi(metres: float) -> str:
    """Return the length of an edge in metres to the centimetre.

    >>> length_vi(12.345)
    '12,35'
    """
    return number_vi(metres, 2)


def text_vi(value: str | None) -> str:
    """Return the text, or the empty value when there is none.

    >>> text_vi("  "), text_vi("Tổ 3")
    ('-/-', 'Tổ 3')
    """
    return value.strip() if value and value.strip() else EMPTY


def date_vi(day: date | None) -> str:
    """Return a date as ``dd/mm/yyyy``, or the empty value.

    >>> date_vi(date(2026, 3, 5))
    '05/03/2026'
    """
    return EMPTY if day is None else f"{day:%d/%m/%Y}"


def long_date_vi(day: date) -> str:
    """Return a date in words, as under the place of signing.

    >>> long_date_vi(date(2026, 3, 5)), long_date_vi(date(2026, 2, 15))
    ('ngày 05 tháng 3 năm 2026', 'ngày 15 tháng 02 năm 2026')
    """
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def moment_vi(moment: datetime) -> str:
    """Return hour, minute and date in the legal time of Viet Nam.

    >>> from datetime import UTC
    >>> moment_vi(datetime(2026, 3, 5, 1, 7, tzinfo=UTC))
    '08 giờ 07 phút, ngày 05/03/2026'
    """
    local = moment.astimezone(LEGAL_TIME)
    return f"{local:%H} giờ {local:%M} phút, ngày {local:%d/%m/%Y}"

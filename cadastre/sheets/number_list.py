"""Numbers of parcels as a person types them: ``1-120, 125, 126a``."""

from __future__ import annotations

import re

from cadastre.errors import InputRefused

_RANGE = re.compile(r"(\d{1,6})\s*(?:-|–|\.\.|đến|to)\s*(\d{1,6})", re.IGNORECASE)
_ONE = re.compile(r"\d{1,6}[a-zA-Z]?(?:/\d{1,4})?")
_MOST = 20_000


class NumberListUnclear(InputRefused):
    """Parcel numbers are given as 1-120, 125, 126a."""

    message_vi = "Số thửa ghi theo dạng 1-120, 125, 126a."


def parse_number_list(text: str) -> list[str]:
    """Return the numbers in the order in which they were typed, each once.

    Raises
    ------
    NumberListUnclear
        ``part`` is what cannot be read, a range from high to low or too long a list.

    >>> parse_number_list("1-4; 7, 12a 3")
    ['1', '2', '3', '4', '7', '12a']
    """
    found: dict[str, None] = {}
    spaced = _RANGE.sub(lambda m: f"{m[1]}-{m[2]}", text)
    for part in re.split(r"[\s,;]+", spaced.strip()):
        if not part:
            continue
        ends = re.fullmatch(r"(\d+)-(\d+)", part)
        if ends:
            first, last = int(ends[1]), int(ends[2])
            if not first <= last <= first + _MOST:
                raise _unclear(part)
            found.update(dict.fromkeys(map(str, range(first, last + 1))))
        elif _ONE.fullmatch(part):
            found[part.lstrip("0") or part] = None
        else:
            raise _unclear(part)
        if len(found) > _MOST:
            raise _unclear(part)
    return list(found)


def _unclear(part: str) -> NumberListUnclear:
    return NumberListUnclear(f"({part[:40]})", field="parcels", part=part[:40])

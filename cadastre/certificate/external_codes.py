"""Codes that other systems give a dossier: received or scanned and checked, never minted.

Where the portal issues the code of a dossier (TT 01/2018/TT-VPCP Art 19; TT 03/2025/TT-VPCP)
ours stands beside it. The form of each system's code is data: ``office.toml``. The code has
no check digit; what can be checked is its form, its date of receipt and its daily number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from cadastre.errors import InputRefused


class ExternalCodeRefused(InputRefused):
    """This is not a code of that system; scan it again, do not type it."""

    message_vi = "Đây không phải mã của hệ thống đó; hãy quét lại mã, không gõ tay."


def checked_code(system: str, scanned: str, rules: Mapping[str, Any], *, today: date) -> str:
    r"""Return a scanned code in its one written form, or refuse it.

    Parameters
    ----------
    system : name of a system in ``rules``
    scanned : what the scanner read
    rules : system -> ``pattern`` with the groups ``day`` (YYMMDD) and ``ordinal``, where the
        code has them
    today : a code cannot be of a later day

    >>> rules = {"portal": {"pattern": r"[A-Z0-9.]+-(?P<day>\d{6})-(?P<ordinal>\d{4})"}}
    >>> checked_code("portal", " g22.99-260302-0001", rules, today=date(2026, 3, 2))
    'G22.99-260302-0001'
    """
    rule = rules.get(system)
    if not isinstance(rule, Mapping) or "pattern" not in rule:
        known = ", ".join(sorted(k for k, v in rules.items() if isinstance(v, Mapping)))
        raise ExternalCodeRefused(
            f"There is no system {system}; known: {known}.",
            f"Không có hệ thống {system}; các hệ thống: {known}.",
            field="system",
        )
    code = "".join(scanned.split()).upper()
    found = re.fullmatch(str(rule["pattern"]), code)
    if found is None:
        raise _refused(system, code, "the form is wrong", "sai định dạng")
    parts = found.groupdict()
    if parts.get("day") is not None:
        _check_day(system, code, parts["day"], today)
    if parts.get("ordinal") is not None and int(parts["ordinal"]) == 0:
        raise _refused(system, code, "numbers begin at 1", "số thứ tự bắt đầu từ 1")
    return code


def _check_day(system: str, code: str, day: str, today: date) -> None:
    try:
        received = datetime.strptime(f"20{day}", "%Y%m%d").date()
    except ValueError as wrong:
        raise _refused(system, code, f"{day} is no date", f"{day} không phải ngày") from wrong
    if received > today:
        raise _refused(
            system,
            code,
            f"it is of a later day, {received:%d/%m/%Y}",
            f"ngày trong mã, {received:%d/%m/%Y}, ở tương lai",
        )


def _refused(system: str, code: str, why_en: str, why_vi: str) -> ExternalCodeRefused:
    return ExternalCodeRefused(
        f"{system}: {code}: {why_en}; scan it again.",
        f"{system}: {code}: {why_vi}; hãy quét lại mã.",
        field="external_codes",
        system=system,
    )

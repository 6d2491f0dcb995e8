"""A profile for each procedure of the catalogue that has none of its own.

The counter handles every procedure of the commune (Decree 118/2025/ND-CP). Receipt,
handling and result are the same for all of them and stand in ``general_procedure.toml``;
title, code, days and papers are those of the procedure's row in the catalogue. Like every
profile its text is kept with the dossier, which a later catalogue does not change.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from typing import Any

from cadastre.certificate.machine import machine_class
from cadastre.certificate.profile import Profile, profile_of_tables
from cadastre.regulation import Regulation

FILE = "general_procedure"
_BETWEEN_PAPERS = re.compile(r"[;\n]+")


def general_profile(entry: Mapping[str, Any], regulation: Regulation) -> Profile:
    """Return the profile under which a procedure of the catalogue is handled, proven sound.

    Parameters
    ----------
    entry : a row of the catalogue: ``code``, ``title``, ``days`` (working days; None where the
        row has none), ``documents`` (papers between semicolons), ``basis``, ``online``

    >>> from cadastre.regulation import load
    >>> row = {"code": "1.004772", "title": "Đăng ký khai sinh", "days": 0.5, "online": True,
    ...        "documents": "Tờ khai; Giấy chứng sinh", "basis": ""}
    >>> birth = general_profile(row, load())
    >>> birth.name, birth.title.vi, birth.limits(mountain=True, wants_certificate=False)
    ('1.004772', 'Đăng ký khai sinh', {'result': 1})
    >>> [paper.title.vi for paper in birth.lodged_papers]
    ['Tờ khai', 'Giấy chứng sinh']
    """
    tables = copy.deepcopy(dict(regulation[FILE]))
    tables |= {
        "title_vi": entry["title"],
        "title_en": entry["title"],
        "procedure_code": entry["code"],
        "source": entry.get("basis") or tables["source"],
        "online": bool(entry.get("online")),
        "lodged": [
            {"kind": f"paper_{number}", "title_vi": title, "title_en": title}
            for number, title in enumerate(_papers(str(entry.get("documents") or "")), start=1)
        ],
    }
    if entry.get("days"):
        # Half a day is promised for the next working day.
        (result,) = tables["appointments"]
        result["days"] = max(1, math.ceil(float(entry["days"])))
    profile = profile_of_tables(str(entry["code"]), tables)
    machine_class(profile)
    return profile


def general_titles(regulation: Regulation) -> Profile:
    """Return the general profile of no procedure in particular, for the titles of its states."""
    return profile_of_tables(FILE, regulation[FILE])


def _papers(text: str) -> list[str]:
    return [part.strip(" .-") for part in _BETWEEN_PAPERS.split(text) if part.strip(" .-")]
